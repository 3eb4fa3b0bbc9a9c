/* test_store_view.c - another thread looks at the store that this one writes. */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <stdatomic.h>

#include "tests/scratch_store.h"

static struct store *open_view(struct scratch *s)
{
	struct why why = { "" };
	struct store *view = NULL;

	must(store_open_view(s->store, &view, &why), "open a view");
	return view;
}

/* Pages `from` to `to` - 1 in one commit. */
static void add(struct scratch *s, int from, int to)
{
	for (int i = from; i < to; i++) {
		struct page page;

		page_init(&page);
		scratch_page(s, i, &page);
		scratch_put(s, &page);
		page_release(&page);
	}
	must(store_commit(s->store), "commit");
}

static size_t n_walked(struct store *store)
{
	struct store_walk *walk = NULL;
	struct page page;
	size_t n = 0;
	enum err err;

	page_init(&page);
	must(store_walk_pages(store, NULL, &walk), "walk");
	while (!(err = store_walk_page(walk, &page)))
		n++;
	assert_int_equal(err, ERR_NOT_FOUND);
	store_walk_end(walk);
	page_release(&page);
	return n;
}

static void a_view_sees_what_was_committed_when_it_was_opened(void **state)
{
	struct scratch *s = *state;
	struct store *before, *after;

	add(s, 0, 3);
	before = open_view(s);
	add(s, 3, 13);
	after = open_view(s);
	assert_int_equal(n_walked(before), 3);
	assert_int_equal(store_n_pages(before), 3);
	assert_int_equal(n_walked(after), store_n_pages(s->store));
	store_close(before);
	assert_int_equal(n_walked(after), store_n_pages(s->store));
	store_close(after);
}

static void a_view_does_not_see_what_is_pending(void **state)
{
	struct scratch *s = *state;
	struct store *view;

	add(s, 0, 1);
	scratch_page(s, 77, &s->page);
	scratch_put(s, &s->page);
	view = open_view(s);
	assert_int_equal(n_walked(view), 1);
	assert_int_equal(store_find_page(view, buf_span(&s->page.url), &s->page),
			 ERR_NOT_FOUND);
	store_close(view);
	must(store_commit(s->store), "commit");
}

static void a_view_sees_the_queue_as_it_was(void **state)
{
	struct scratch *s = *state;
	struct queue_entry entries[8];
	struct store *view;
	uint16_t class = 0;
	size_t n = 0;

	add(s, 0, 2);
	view = open_view(s);
	add(s, 2, 7);
	store_freeze_queue(view);
	must(store_next_class(view, 0, &class), "a class");
	must(store_read_queue(view, class, 0, NULL, entries, 8, &n), "the queue");
	assert_int_equal(n, 2);
	store_thaw_queue(view);
	must(store_read_queue(view, class, 0, NULL, entries, 8, &n), "the queue");
	assert_int_equal(n, 2);
	store_close(view);
}

static void a_cancelled_walk_ends(void **state)
{
	struct scratch *s = *state;
	struct store_walk *walk = NULL;
	struct store *view;

	add(s, 0, 3);
	view = open_view(s);
	must(store_walk_pages(view, NULL, &walk), "walk");
	must(store_walk_page(walk, &s->page), "the first page");
	store_cancel(view);
	assert_int_equal(store_walk_page(walk, &s->page), ERR_STOPPED);
	store_walk_end(walk);
	store_close(view);
	assert_int_equal(n_walked(s->store), 3);
}

struct watcher {
	struct scratch *scratch;
	atomic_bool stop;
	size_t n_looks;
	bool wrong;
};

/* Pages are put five at a time: any other number would be half a commit. */
static void *watch(void *argument)
{
	struct watcher *w = argument;
	size_t last = 0;

	do {
		struct store *view = open_view(w->scratch);
		size_t n = n_walked(view);

		w->wrong = w->wrong || n % 5 || n < last || n != store_n_pages(view);
		last = n;
		w->n_looks++;
		store_close(view);
	} while (!atomic_load(&w->stop));
	return NULL;
}

static void views_of_another_thread_are_whole_commits(void **state)
{
	struct scratch *s = *state;
	struct watcher w = { .scratch = s };
	pthread_t thread;

	add(s, 0, 5);
	assert_int_equal(pthread_create(&thread, NULL, watch, &w), 0);
	for (int i = 1; i < 60; i++)
		add(s, 5 * i, 5 * i + 5);
	atomic_store(&w.stop, true);
	pthread_join(thread, NULL);
	assert_true(w.n_looks > 0);
	assert_false(w.wrong);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_view_sees_what_was_committed_when_it_was_opened),
		TEST(a_view_does_not_see_what_is_pending),
		TEST(a_view_sees_the_queue_as_it_was),
		TEST(a_cancelled_walk_ends),
		TEST(views_of_another_thread_are_whole_commits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
