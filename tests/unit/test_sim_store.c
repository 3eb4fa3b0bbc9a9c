/* The visits of a store as a history. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "store/base/clock.h"
#include "tests/scratch_store.h"
#include "tools/sim_store.h"
#include "tools/sim_world.h"

#define URL "http://a.example/x"
#define START_MS (INT64_C(20000) * MS_PER_DAY)

static const struct {
	int day;
	enum verdict verdict;
} rows[] = {
	{ 0, VERDICT_NEW },    { 10, VERDICT_UNCHANGED }, { 20, VERDICT_CHANGED },
	{ 24, VERDICT_ERROR }, { 30, VERDICT_CHANGED },   { 40, VERDICT_MINOR },
};

static void fill(struct store *store)
{
	struct host *host = NULL;
	struct page page;

	page_init(&page);
	assert_int_equal(page_key_of(SPAN(URL), &page.key), ERR_OK);
	assert_int_equal(buf_set(&page.url, SPAN(URL)), ERR_OK);
	page.first_seen_at_ms = START_MS;
	assert_int_equal(store_acquire_host(store, &page.key.host,
					    SPAN("http://a.example"), &host),
			 ERR_OK);
	assert_int_equal(store_put_page(store, &page, host), ERR_OK);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct visit visit = { .at_ms = START_MS + rows[i].day * MS_PER_DAY,
				       .cursor = store_next_cursor(store),
				       .verdict = (uint8_t)rows[i].verdict };

		assert_int_equal(store_append_visit(store, &page.key, &visit), ERR_OK);
	}
	assert_int_equal(store_commit(store), ERR_OK);
	store_release_host(store, host);
	page_release(&page);
}

static void a_change_lies_half_way_between_two_visits_that_saw_content(void **state)
{
	struct scratch *s = *state;
	struct trace trace;
	struct why why = { "" };

	fill(s->store);
	trace_init(&trace);
	if (trace_of_store(s->dir, &trace, &why))
		fail_msg("%s", why.text);
	assert_int_equal(trace.n_pages, 1);
	assert_true(span_equal(trace_path(&trace, &trace.pages[0]), SPAN(URL)));
	assert_int_equal(trace.n_at, 3);
	assert_int_equal(trace.at_s[0], 20000 * 86400);
	assert_int_equal(trace.at_s[1], 20015 * 86400);
	assert_int_equal(trace.at_s[2], 20025 * 86400); /* the error saw nothing */
	assert_int_equal(trace.last_at_s, 20040 * 86400);
	trace_release(&trace);
}

/* No page of it is three years old: what followed their creation is the window. */
static void a_young_history_is_a_world_too(void **unused)
{
	struct sim_setting setting = { .relative = 1, .n_pages_max = 100, .zipf = true };
	struct sim_world world;
	struct trace trace;
	struct why why = { "" };

	(void)unused;
	trace_init(&trace);
	sim_world_init(&world);
	for (int i = 0; i < 20; i++) {
		char path[16];

		snprintf(path, sizeof(path), "/%d", i);
		assert_int_equal(trace_add_page(&trace, span_of(path)), ERR_OK);
		assert_int_equal(trace_add_version(&trace, 1000000 + i), ERR_OK);
		assert_int_equal(trace_add_version(&trace, 1900000 + i), ERR_OK);
	}
	trace_reach(&trace, 2000000);
	if (sim_world_of_trace(&trace, &setting, &world, &why))
		fail_msg("%s", why.text);
	assert_int_equal(world.n_changes, world.n);
	assert_true(world.n >= 18 && world.days > 11 && world.days < 12);
	sim_world_release(&world);
	trace_release(&trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_change_lies_half_way_between_two_visits_that_saw_content,
			scratch_setup, scratch_teardown),
		cmocka_unit_test(a_young_history_is_a_world_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
