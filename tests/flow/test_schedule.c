/* test_schedule.c - who is visited when, through the real loop, store and HTTP. */
#include "tests/unit/unit.h"

#include <math.h>
#include <stdio.h>

#include "scheduler/calibration.h"
#include "store/base/clock.h"
#include "tests/world.h"

#define N_PAGES 8
#define TYPE "Content-Type: text/html\r\n"

static void seed(struct world *w, int i)
{
	char path[16];

	snprintf(path, sizeof(path), "/p%d", i);
	origin_reply(w->origin, path, ANY_REQUEST,
		     origin_ok(w->origin, TYPE, "<p>first words"));
	world_seed(w, path);
}

/* Page 0 changes in every step, the others never. */
static void live(struct world *w, int n_steps, int64_t step_ms)
{
	char body[64];

	for (int step = 0; step < n_steps; step++) {
		snprintf(body, sizeof(body), "<p>words of step %d", step);
		origin_reply(w->origin, "/p0", ANY_REQUEST,
			     origin_ok(w->origin, TYPE, body));
		world_run_for(w, step_ms);
	}
}

static void prepare(struct world *w)
{
	world_set(w, "schedule.budget", "16/d");
	world_set(w, "fetch.robots_ttl", "1d");
	for (int i = 0; i < N_PAGES; i++)
		seed(w, i);
	world_run_for(w, MS_PER_DAY);
}

static void the_budget_goes_where_changes_are_found(void **state)
{
	struct world *w = *state;
	uint32_t calm = 0;

	prepare(w);
	live(w, 40, MS_PER_DAY / 2);
	for (int i = 1; i < N_PAGES; i++) {
		char path[16];

		snprintf(path, sizeof(path), "/p%d", i);
		calm += world_page(w, path)->n_visits;
		assert_int_equal(world_page(w, path)->n_changes, 0);
		assert_true(world_page(w, path)->n_visits >= 3); /* nobody starves */
	}
	assert_true(world_page(w, "/p0")->n_visits > 3 * calm / (N_PAGES - 1));
	assert_true(world_page(w, "/p0")->n_changes >= 25);
	assert_true(world_page(w, "/p0")->rate_micro > 500000);
	assert_int_equal(world_n_differences(w), 0);
}

static void the_budget_is_spent_and_not_more(void **state)
{
	struct world *w = *state;
	size_t before;

	prepare(w);
	before = origin_n_requests(w->origin, ANY_PATH);
	live(w, 10, MS_PER_DAY);
	assert_in_range(origin_n_requests(w->origin, ANY_PATH) - before, 150, 170);
}

/* Without a limit each page would be fetched once a minute: 8 of 5000 bytes. */
static void the_byte_budget_holds_whatever_bodies_cost(void **state)
{
	struct world *w = *state;
	char body[5000];

	memset(body, 'x', sizeof(body) - 1);
	body[sizeof(body) - 1] = '\0';
	world_set(w, "schedule.budget", "10/s");
	world_set(w, "schedule.byte_budget", "200");
	for (int i = 0; i < N_PAGES; i++) {
		char path[16];

		snprintf(path, sizeof(path), "/p%d", i);
		origin_reply(w->origin, path, ANY_REQUEST,
			     origin_ok(w->origin, TYPE, body));
		world_seed(w, path);
	}
	world_run_for(w, 2 * MS_PER_HOUR);
	assert_true(w->tally.wire_bytes > 200 * 7200 * 8 / 10);
	assert_true(w->tally.wire_bytes < 200 * 7200 + 3 * 5500);
}

static void visits_are_foretold_and_counted(void **state)
{
	struct world *w = *state;
	struct visit visits[HISTORY_MAX];
	struct calibration c;
	size_t n;

	prepare(w);
	live(w, 20, MS_PER_DAY / 2);
	calibration_read(store_totals(w->store), &c);
	assert_true(c.n > 100);
	assert_true(c.n_changed >= 10);
	assert_true(c.brier < 0.25 && c.log_loss < 0.7);
	assert_int_equal(
		store_get_history(w->store, &world_page(w, "/p0")->key, visits, &n),
		ERR_OK);
	assert_true(n > 3 && visits[0].predicted == 0); /* nothing was known yet */
	assert_true(visits[n - 1].predicted > 2 * visits[1].predicted);
}

static void bounds_of_its_own_are_kept(void **state)
{
	struct world *w = *state;

	world_set(w, "schedule.budget", "1/s");
	seed(w, 0);
	seed(w, 1);
	/* Alone, each would be visited once a minute. */
	world_run_once(w);
	world_set(w, "schedule.min_interval", "6h");
	world_run_for(w, 2 * MS_PER_DAY);
	assert_in_range(world_page(w, "/p0")->n_visits, 8, 10);
	assert_in_range(world_page(w, "/p1")->n_visits, 8, 10);
}

static void a_clock_that_steps_makes_neither_storm_nor_stall_REQ92(void **state)
{
	static const int64_t steps[] = { -MS_PER_DAY, MS_PER_DAY, 7 * MS_PER_DAY };
	struct world *w = *state;

	prepare(w);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		size_t before = origin_n_requests(w->origin, ANY_PATH);

		world_sleep(w, steps[i]);
		world_run_for(w, 5 * MS_PER_DAY);
		assert_in_range(origin_n_requests(w->origin, ANY_PATH) - before, 60, 100);
		assert_int_equal(world_n_differences(w), 0);
	}
}

static void price_and_classes_outlive_a_restart(void **state)
{
	struct world *w = *state;
	struct store_classes before;

	prepare(w);
	live(w, 4, MS_PER_DAY);
	before = *store_classes(w->store);
	assert_true(before.price > 0);
	assert_int_equal(before.n_rated, N_PAGES);
	world_restart(w);
	assert_memory_equal(&before, store_classes(w->store), sizeof(before));
	assert_int_equal(world_n_differences(w), 0);
}

static void every_policy_does_its_work(void **state)
{
	static const char *const policies[] = { "uniform", "fixed", "optimal" };
	struct world *w = *state;

	prepare(w);
	world_set(w, "schedule.interval", "12h");
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
		size_t before = origin_n_requests(w->origin, ANY_PATH);

		world_set(w, "schedule.policy", policies[i]);
		world_run_for(w, 4 * MS_PER_DAY);
		assert_in_range(origin_n_requests(w->origin, ANY_PATH) - before, 50, 80);
		assert_int_equal(world_n_differences(w), 0);
	}
}

int main(void)
{
#define flow(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		flow(the_budget_goes_where_changes_are_found),
		flow(the_budget_is_spent_and_not_more),
		flow(the_byte_budget_holds_whatever_bodies_cost),
		flow(visits_are_foretold_and_counted),
		flow(bounds_of_its_own_are_kept),
		flow(a_clock_that_steps_makes_neither_storm_nor_stall_REQ92),
		flow(price_and_classes_outlive_a_restart),
		flow(every_policy_does_its_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
