/* test_store_kill.c - kill -9 at any moment loses nothing that was committed, and halves
 * nothing (law 1, REQ 78, 79). */
#include "tests/unit/unit.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/scratch_store.h"

#define N_PAGES 5
#define N_KILLS 20

/* One visit as the loop records it: body, headers, history, change, page, counters. */
static void visit(struct scratch *s, int i)
{
	static const struct digest none;
	struct digest old;
	char body[64];
	struct visit visit = { .verdict = VERDICT_CHANGED };

	scratch_load(s, i, &s->page);
	old = s->page.has_body ? s->page.digest : none;
	s->page.verdict = VERDICT_CHANGED;
	s->page.version++;
	s->page.n_visits++;
	s->page.position.order_ms++;
	/* Some bodies are shared, and come back. */
	snprintf(body, sizeof(body), "body %u", s->page.version % 3);
	scratch_swap_body(s, &s->page, &old, span_of(body));
	must(store_put_headers(s->store, &s->page.key, 0, span_of(body)), "headers");
	visit.cursor = scratch_append_change(s, &s->page);
	visit.version = s->page.version;
	must(store_append_visit(s->store, &s->page.key, &visit), "visit");
	scratch_put(s, &s->page);
	store_count(s->store, COUNT_VERDICT_CHANGED, 1, s->now_ms);
}

/* Visits and commits for ever, and says after each commit which cursor is safe. */
static int visit_on(const char *dir)
{
	struct scratch s = { .now_ms = 1 };
	unsigned random = (unsigned)getpid();
	struct why why;

	snprintf(s.dir, sizeof(s.dir), "%s", dir);
	page_init(&s.page);
	if (store_open(dir, STORE_WRITE, NULL, &s.store, &why))
		return 1;
	for (int i = 0;; i++) {
		uint64_t cursor;

		visit(&s, i % N_PAGES);
		random = random * 1664525 + 1013904223;
		if (random >> 29)
			continue;
		must(store_commit(s.store), "commit");
		if (random >> 20 & 1 && i % 7 == 0)
			must(store_compact(s.store), "compact");
		cursor = store_last_cursor(s.store);
		if (write(STDOUT_FILENO, &cursor, sizeof(cursor)) != sizeof(cursor))
			return 2;
	}
}

/* The last cursor that the helper called safe before it died. */
static uint64_t kill_after(const char *dir, unsigned n_commits, int then_ms)
{
	uint64_t cursor, safe = 0;
	int stop, out;
	pid_t helper = scratch_start_helper("visit-on", dir, &stop, &out);

	while (n_commits-- && read(out, &cursor, sizeof(cursor)) == sizeof(cursor))
		safe = cursor;
	(void)poll(NULL, 0, then_ms); /* somewhere between, or within, commits */
	assert_int_equal(kill(helper, SIGKILL), 0);
	while (read(out, &cursor, sizeof(cursor)) == sizeof(cursor))
		safe = cursor;
	close(out);
	assert_int_equal(scratch_end_helper(helper, stop), SIGKILL);
	return safe;
}

static void must_be_whole(struct scratch *s, uint64_t safe)
{
	struct visit visits[HISTORY_MAX];
	struct store_walk *walk;
	struct change change;
	uint64_t next = 1;
	size_t n;

	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
	assert_true(store_last_cursor(s->store) >= safe);
	change_init(&change);
	must(store_walk_changes(s->store, 0, &walk), "walk");
	while (!store_walk_change(walk, &change))
		assert_int_equal(change.cursor, next++); /* none lost, none twice */
	store_walk_end(walk);
	change_release(&change);
	assert_int_equal(next, store_last_cursor(s->store) + 1);
	assert_int_equal(store_totals(s->store)->n[COUNT_VERDICT_CHANGED], next - 1);
	for (int i = 0; i < N_PAGES; i++) {
		scratch_load(s, i, &s->page);
		must(store_get_history(s->store, &s->page.key, visits, &n), "history");
		assert_int_equal(n, s->page.version < HISTORY_MAX ? s->page.version
								  : HISTORY_MAX);
		if (n)
			assert_int_equal(visits[n - 1].cursor, s->page.change_cursor);
		if (n)
			assert_int_equal(visits[n - 1].version, s->page.version);
	}
}

static void a_visit_is_there_wholly_or_not_at_all(void **state)
{
	struct scratch *s = *state;
	unsigned random = 4711;

	scratch_add_pages(s, N_PAGES);
	for (int i = 0; i < N_KILLS; i++) {
		uint64_t safe;

		store_close(s->store);
		s->store = NULL;
		random = random * 1664525 + 1013904223;
		safe = kill_after(s->dir, 1 + (random >> 16) % 20, (random >> 8) % 8);
		scratch_reopen(s);
		must_be_whole(s, safe);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_visit_is_there_wholly_or_not_at_all,
						scratch_setup, scratch_teardown),
	};

	if (argc == 3)
		return visit_on(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
