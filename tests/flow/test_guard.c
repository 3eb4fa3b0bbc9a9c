/* test_guard.c - an outage or a bot wall empties no index (PRODUCT 4: mass guard). */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "store/base/clock.h"
#include "store/guard.h"
#include "tests/steps.h"
#include "tools/edit.h"

#define HTML "Content-Type: text/html\r\n"
#define N_PAGES 40

static const char *path_of(int i, char path[16])
{
	snprintf(path, 16, "/p%d", i);
	return path;
}

/* Each page has words and a tag of its own, and answers 304 to it. */
static void serve_well(struct world *w, int from, int to)
{
	char path[16], headers[64], body[64], condition[64];

	for (int i = from; i < to; i++) {
		snprintf(headers, sizeof(headers), HTML "ETag: \"%d\"\r\n", i);
		snprintf(body, sizeof(body), "<p>the story of page %d", i);
		snprintf(condition, sizeof(condition), "If-None-Match: \"%d\"", i);
		step_ok(w, path_of(i, path), headers, body);
		origin_reply(w->origin, path, condition, ORIGIN_NOT_MODIFIED);
	}
}

/* The same for all, whatever the condition. */
static void serve_all(struct world *w, int from, int to, const char *raw)
{
	char path[16], condition[64];

	for (int i = from; i < to; i++) {
		snprintf(condition, sizeof(condition), "If-None-Match: \"%d\"", i);
		step_reply(w, path_of(i, path), raw);
		origin_reply(w->origin, path, condition, raw);
	}
}

static void begin(struct world *w, int n)
{
	char path[16];

	world_set(w, "schedule.min_interval", "1d");
	world_set(w, "fetch.host_delay", "100ms");
	world_set(w, "fetch.gone_after", "1");
	serve_well(w, 0, n);
	for (int i = 0; i < n; i++)
		world_seed(w, path_of(i, path));
	world_run_once(w);
	assert_int_equal(world_n_changes(w), n);
}

static size_t n_told(struct world *w, enum change_kind kind)
{
	size_t n = world_n_changes(w), told = 0;

	for (size_t i = 0; i < n; i++)
		told += world_change(w, i)->kind == kind;
	return told;
}

static uint32_t n_held(struct world *w, enum hold hold)
{
	return world_host(w, 0)->guard.n_held[hold];
}

static void release(struct world *w)
{
	struct editor editor = { .store = w->store, .now_ms = w->now_ms };
	struct host_key key = world_host(w, 0)->key;

	assert_int_equal(edit_host(&editor, &key, HOST_RELEASE), ERR_OK);
	assert_int_equal(edit_commit(&editor), ERR_OK);
}

static void from_the_twentieth_on_pages_that_are_gone_are_held(void **state)
{
	struct world *w = *state;
	char path[16];
	int held = 0;

	begin(w, N_PAGES);
	serve_all(w, 0, N_PAGES, ORIGIN_NOT_FOUND);
	step_visit_due(w);
	assert_int_equal(n_told(w, CHANGE_GONE), GUARD_VISITED_MIN - 1);
	assert_int_equal(n_held(w, HOLD_GONE), N_PAGES - GUARD_VISITED_MIN + 1);
	for (int i = 0; i < N_PAGES; i++) {
		const struct page *page = world_page(w, path_of(i, path));

		assert_int_equal(page->verdict, VERDICT_GONE);
		if (!page->held)
			continue;
		held++;
		assert_int_equal(page->version, 1);
		assert_true(page->has_body && page->etag.len);
		assert_int_equal(page_state(page), STATE_FAILING);
	}
	assert_int_equal(held, N_PAGES - GUARD_VISITED_MIN + 1);
	assert_int_equal(world_n_differences(w), 0);
}

static void what_comes_back_was_never_away(void **state)
{
	struct world *w = *state;

	begin(w, N_PAGES);
	serve_all(w, 0, N_PAGES, ORIGIN_NOT_FOUND);
	step_visit_due(w);
	serve_well(w, 0, N_PAGES);
	world_run_for(w, 3 * MS_PER_DAY);
	assert_int_equal(n_told(w, CHANGE_GONE), GUARD_VISITED_MIN - 1);
	assert_int_equal(n_told(w, CHANGE_BACK), GUARD_VISITED_MIN - 1);
	assert_int_equal(n_held(w, HOLD_GONE), 0);
	assert_int_equal(world_n_changes(w), N_PAGES + 2 * (GUARD_VISITED_MIN - 1));
	assert_int_equal(world_n_differences(w), 0);
}

static void a_second_witness_half_a_day_later_lets_it_out(void **state)
{
	struct world *w = *state;

	begin(w, N_PAGES);
	serve_all(w, 0, N_PAGES, ORIGIN_NOT_FOUND);
	step_visit_due(w);
	world_run_for(w, 4 * MS_PER_DAY);
	assert_int_equal(n_told(w, CHANGE_GONE), N_PAGES);
	assert_int_equal(n_held(w, HOLD_GONE), 0);
	assert_int_equal(world_n_differences(w), 0);
}

static void an_outage_on_the_next_day_is_no_witness(void **state)
{
	struct world *w = *state;

	begin(w, N_PAGES);
	serve_all(w, 0, N_PAGES, ORIGIN_NOT_FOUND);
	step_visit_due(w);
	serve_all(w, 0, N_PAGES, "HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n");
	world_run_for(w, 4 * MS_PER_DAY);
	assert_int_equal(n_told(w, CHANGE_GONE), GUARD_VISITED_MIN - 1);
	assert_int_equal(n_held(w, HOLD_GONE), N_PAGES - GUARD_VISITED_MIN + 1);
	assert_int_equal(world_n_differences(w), 0);
}

static void the_user_may_release_what_is_held(void **state)
{
	struct world *w = *state;

	begin(w, N_PAGES);
	serve_all(w, 0, N_PAGES, ORIGIN_NOT_FOUND);
	step_visit_due(w);
	release(w);
	assert_int_equal(n_told(w, CHANGE_GONE), N_PAGES);
	assert_int_equal(n_held(w, HOLD_GONE), 0);
	assert_int_equal(world_n_differences(w), 0);
	world_run_for(w, 3 * MS_PER_DAY);
	assert_int_equal(world_n_changes(w), 2 * N_PAGES);
}

static void fewer_than_half_is_news_not_an_outage(void **state)
{
	struct world *w = *state;

	begin(w, 3 * N_PAGES);
	for (int i = 0; i < 3 * N_PAGES; i += 3)
		serve_all(w, i, i + 1, ORIGIN_NOT_FOUND);
	step_visit_due(w);
	assert_int_equal(n_told(w, CHANGE_GONE), N_PAGES);
	assert_int_equal(n_held(w, HOLD_GONE), 0);
}

/* All were seen well on the same day, so half of the day's pages would be many. */
static void a_large_host_loses_no_half_of_its_pages(void **state)
{
	struct world *w = *state;

	begin(w, 300);
	serve_all(w, 0, 300, ORIGIN_NOT_FOUND);
	w->force = true;
	world_sleep(w, MS_PER_HOUR);
	world_run_once(w);
	assert_in_range(n_told(w, CHANGE_GONE), GUARD_VISITED_MIN - 1, 100);
	assert_int_equal(n_held(w, HOLD_GONE), 300 - n_told(w, CHANGE_GONE));
}

static void dead_seeds_are_no_outage(void **state)
{
	struct world *w = *state;
	char path[16];

	world_set(w, "fetch.gone_after", "1");
	world_set(w, "fetch.host_delay", "100ms");
	for (int i = 0; i < N_PAGES; i++)
		world_seed(w, path_of(i, path));
	world_run_once(w);
	assert_int_equal(n_told(w, CHANGE_GONE), N_PAGES);
}

#define CHALLENGE                                                          \
	"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nETag: \"wall\"\r\n" \
	"Content-Length: 23\r\n\r\n<p>Prove you are human."

static void many_pages_with_one_text_are_held(void **state)
{
	struct world *w = *state;
	char path[16], tag[16];

	begin(w, N_PAGES);
	serve_all(w, 0, N_PAGES, CHALLENGE);
	step_visit_due(w);
	/* the first ones leak; hash collisions may add one or two */
	assert_in_range(n_told(w, CHANGE_CHANGED), GUARD_ALIKE_MIN - 1,
			GUARD_ALIKE_MIN + 3);
	assert_int_equal(n_held(w, HOLD_SAME_TEXT), N_PAGES - n_told(w, CHANGE_CHANGED));
	for (int i = 0; i < N_PAGES; i++) {
		const struct page *page = world_page(w, path_of(i, path));

		if (!page->held)
			continue;
		snprintf(tag, sizeof(tag), "\"%d\"", i);
		assert_int_equal(page->held, HOLD_SAME_TEXT);
		assert_int_equal(page->verdict, VERDICT_CHANGED);
		assert_string_equal(buf_text(&page->etag), tag);
		assert_int_equal(page->version, 1);
	}
	assert_int_equal(world_n_differences(w), 0);
	/* the wall falls within the day: nothing was ever told of the held ones */
	serve_well(w, 0, N_PAGES);
	world_run_for(w, 3 * MS_PER_DAY);
	assert_int_equal(n_held(w, HOLD_SAME_TEXT), 0);
	assert_in_range(n_told(w, CHANGE_CHANGED), 2 * (GUARD_ALIKE_MIN - 1),
			2 * (GUARD_ALIKE_MIN + 3));
	assert_int_equal(world_n_differences(w), 0);
}

static void a_text_that_stays_is_believed(void **state)
{
	struct world *w = *state;

	begin(w, N_PAGES);
	serve_all(w, 0, N_PAGES, CHALLENGE);
	step_visit_due(w);
	world_run_for(w, 4 * MS_PER_DAY);
	assert_int_equal(n_held(w, HOLD_SAME_TEXT), 0);
	assert_int_equal(n_told(w, CHANGE_CHANGED), N_PAGES);
	assert_int_equal(world_n_differences(w), 0);
}

static void released_words_are_fetched_again(void **state)
{
	struct world *w = *state;

	begin(w, N_PAGES);
	serve_all(w, 0, N_PAGES, CHALLENGE);
	step_visit_due(w);
	release(w);
	world_run_once(w);
	assert_int_equal(n_held(w, HOLD_SAME_TEXT), 0);
	assert_int_equal(n_told(w, CHANGE_CHANGED), N_PAGES);
}

static void a_wall_by_redirect_is_one_too(void **state)
{
	struct world *w = *state;
	static const char *const walls[] = { "301 Moved", "302 Found" };

	begin(w, N_PAGES);
	step_ok(w, "/login", HTML, "<p>Please log in");
	for (int i = 0; i < 2; i++) {
		size_t before = world_n_changes(w);

		serve_all(
			w, 0, N_PAGES,
			origin_response(w->origin, walls[i], "Location: /login\r\n", ""));
		world_sleep(w, 2 * MS_PER_DAY);
		step_visit_due(w);
		assert_in_range(world_n_changes(w) - before, GUARD_ALIKE_MIN - 1,
				GUARD_ALIKE_MIN + 3);
		assert_int_equal(n_held(w, HOLD_SAME_TEXT),
				 N_PAGES - (world_n_changes(w) - before));
		serve_well(w, 0, N_PAGES);
		world_run_for(w, 3 * MS_PER_DAY);
		assert_int_equal(n_held(w, HOLD_SAME_TEXT), 0);
	}
	assert_int_equal(world_n_differences(w), 0);
}

/* Pages that were all alike before, and are all alike again, are a site's own way. */
static void pages_that_change_together_are_not_held(void **state)
{
	struct world *w = *state;
	char path[16];

	world_set(w, "fetch.host_delay", "100ms");
	for (int i = 0; i < N_PAGES; i++)
		step_ok(w, path_of(i, path), HTML, "<p>version one");
	for (int i = 0; i < N_PAGES; i++)
		world_seed(w, path_of(i, path));
	world_run_once(w);
	for (int i = 0; i < N_PAGES; i++)
		step_ok(w, path_of(i, path), HTML, "<p>version two");
	step_revisit(w);
	assert_int_equal(n_told(w, CHANGE_CHANGED), N_PAGES);
}

static void forgotten_pages_are_not_held_any_more(void **state)
{
	struct world *w = *state;
	struct editor editor = { .store = w->store };
	char url[ORIGIN_URL_SIZE], path[16];

	begin(w, N_PAGES);
	serve_all(w, 0, N_PAGES, ORIGIN_NOT_FOUND);
	step_visit_due(w);
	editor.now_ms = w->now_ms;
	for (int i = 0; i < N_PAGES; i++)
		assert_int_equal(
			edit_url(&editor, EDIT_FORGET,
				 span_of(origin_url(w->origin, path_of(i, path), url))),
			ERR_OK);
	assert_int_equal(edit_commit(&editor), ERR_OK);
	assert_int_equal(n_held(w, HOLD_GONE), 0);
	assert_int_equal(world_n_differences(w), 0);
}

#define flow(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		flow(from_the_twentieth_on_pages_that_are_gone_are_held),
		flow(what_comes_back_was_never_away),
		flow(a_second_witness_half_a_day_later_lets_it_out),
		flow(an_outage_on_the_next_day_is_no_witness),
		flow(the_user_may_release_what_is_held),
		flow(fewer_than_half_is_news_not_an_outage),
		flow(a_large_host_loses_no_half_of_its_pages),
		flow(dead_seeds_are_no_outage),
		flow(many_pages_with_one_text_are_held),
		flow(a_text_that_stays_is_believed),
		flow(released_words_are_fetched_again),
		flow(a_wall_by_redirect_is_one_too),
		flow(pages_that_change_together_are_not_held),
		flow(forgotten_pages_are_not_held_any_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
