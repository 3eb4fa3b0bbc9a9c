/* test_repair.c - a crawl over a store with damage, and by a clock that was set back. */
#include "tests/unit/unit.h"

#include "store/base/clock.h"
#include "store/internal.h"
#include "tests/steps.h"

#define HTML "Content-Type: text/html\r\n"
#define NO_B "User-agent: freshet\nDisallow: /b\n"

static void lose_robots_text(struct world *w)
{
	struct digest digest = world_host(w, 0)->robots_digest;

	assert_false(digest_is_none(&digest));
	if (store_delete(w->store, FAMILY_BODY, span_from(digest.bytes, DIGEST_SIZE),
			 true) ||
	    store_commit(w->store))
		fail_msg("cannot plant the damage");
}

static void a_lost_robots_txt_is_read_anew_REQ82(void **state)
{
	struct world *w = *state;

	step_ok(w, "/robots.txt", "", NO_B);
	step_ok(w, "/a", HTML, "<p>here");
	world_seed(w, "/a");
	world_run_once(w);
	lose_robots_text(w);
	world_restart(w);
	world_seed(w, "/b");
	w->force = true;
	world_run_once(w);
	assert_int_equal(origin_n_requests(w->origin, "/robots.txt"), 2);
	assert_int_equal(origin_n_requests(w->origin, "/a"), 2);
	assert_int_equal(origin_n_requests(w->origin, "/b"), 0);
	assert_int_equal(world_page(w, "/b")->verdict, VERDICT_BLOCKED);
	assert_int_equal(world_n_differences(w), 0); /* it is whole again */
}

static void a_clock_set_back_stalls_no_host_REQ92(void **state)
{
	struct world *w = *state;
	int64_t back_ms;

	step_ok(w, "/a", HTML, "<p>here");
	world_seed(w, "/a");
	world_run_once(w);
	back_ms = w->now_ms - MS_PER_DAY;
	w->now_ms = back_ms;
	w->force = true;
	world_run_once(w);
	assert_int_equal(origin_n_requests(w->origin, "/a"), 2);
	assert_true(w->now_ms < back_ms + 10 * MS_PER_SECOND);
	assert_int_equal(world_n_differences(w), 0);
}

static void a_page_comes_round_again_and_again(void **state)
{
	struct world *w = *state;

	world_set(w, "schedule.policy", "fixed");
	world_set(w, "schedule.interval", "1d");
	step_ok(w, "/a", HTML "ETag: \"v1\"\r\n", "<p>here");
	world_seed(w, "/a");
	world_run_for(w, 10 * MS_PER_DAY);
	assert_in_range(origin_n_requests(w->origin, "/a"), 9, 11);
	assert_int_equal(world_n_differences(w), 0);
}

#define flow(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		flow(a_lost_robots_txt_is_read_anew_REQ82),
		flow(a_clock_set_back_stalls_no_host_REQ92),
		flow(a_page_comes_round_again_and_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
