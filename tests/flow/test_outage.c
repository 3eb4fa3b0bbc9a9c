/* test_outage.c - a day on which nobody answers, and a clock that is set in the middle
 * of a run: nobody is flooded afterwards, nothing is believed gone, nobody asked early. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "scheduler/ahead.h"
#include "store/base/clock.h"
#include "tests/steps.h"

#define N_HOSTS 4
#define N_PER_HOST 5
#define N_PAGES (N_HOSTS * N_PER_HOST)

/* Requests in the present second of virtual time, and the most in any. */
static struct {
	int64_t second;
	size_t n_before, most;
} pace;

static void watch_pace(struct world *w)
{
	size_t n = origin_n_requests(w->origin, ANY_PATH);

	if (w->now_ms / MS_PER_SECOND != pace.second) {
		pace.second = w->now_ms / MS_PER_SECOND;
		pace.n_before = n;
	}
	if (n - pace.n_before > pace.most)
		pace.most = n - pace.n_before;
}

static const struct page *page_at(struct world *w, int i)
{
	char path[16];

	snprintf(path, sizeof(path), "/%d", i / N_HOSTS);
	return world_page_on(w, i % N_HOSTS, path);
}

static const char raw[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
			  "ETag: \"1\"\r\nContent-Length: 8\r\n\r\n<p>hello";

static void answer_all(struct world *w, struct origin_manner manner)
{
	origin_reply_as(w->origin, ANY_PATH, ANY_REQUEST, raw, sizeof(raw) - 1, manner);
}

static void hourly(struct world *w)
{
	world_set(w, "schedule.policy", "fixed");
	world_set(w, "schedule.interval", "1h");
	answer_all(w, (struct origin_manner){ .n_uses = 0 });
}

static void a_day_without_answers_costs_nothing_and_is_believed_of_nobody(void **state)
{
	struct world *w = *state;
	size_t n_changes, n, n_in_health, n_in_outage;
	int64_t back_at_ms;

	hourly(w);
	for (int i = 0; i < N_PAGES; i++) {
		char path[16];

		snprintf(path, sizeof(path), "/%d", i / N_HOSTS);
		world_seed_on(w, i % N_HOSTS, path);
	}
	world_run_for(w, MS_PER_DAY);
	n_changes = world_n_changes(w);
	n_in_health = origin_n_requests(w->origin, ANY_PATH);
	answer_all(w, (struct origin_manner){ .reset = true });
	world_run_for(w, MS_PER_DAY);
	n = origin_n_requests(w->origin, ANY_PATH);
	n_in_outage = n - n_in_health;
	assert_in_range(n_in_outage, N_HOSTS, n_in_health);
	assert_int_equal(world_n_changes(w), n_changes);
	for (int i = 0; i < N_PAGES; i++)
		assert_int_equal(page_at(w, i)->version, 1);
	/* Back: each is asked again, one after another. */
	answer_all(w, (struct origin_manner){ .n_uses = 0 });
	back_at_ms = w->now_ms;
	memset(&pace, 0, sizeof(pace));
	w->turn = watch_pace;
	world_run_for(w, MS_PER_DAY);
	assert_in_range(pace.most, 1, 2 * N_HOSTS);
	assert_in_range(origin_n_requests(w->origin, ANY_PATH) - n, N_PAGES, n_in_health);
	for (int i = 0; i < N_PAGES; i++) {
		assert_true(page_at(w, i)->last_verified_at_ms > back_at_ms);
		assert_int_equal(page_at(w, i)->version, 1);
	}
	assert_int_equal(world_n_changes(w), n_changes);
	assert_int_equal(world_n_differences(w), 0);
}

/* ---- the clock ----------------------------------------------------------------------------- */

#define N_SLOW 20 /* pages of a host with a long delay */

static struct {
	int64_t start_ms, step_ms;
	bool is_known; /* else it looks as if so much time had gone by, or come back */
	bool was_set;
	int64_t asked_at_ms[2]; /* time that really went by, at requests for /busy */
	bool all; /* is measured, not only the requests for "/0", "/1", ... */
	int64_t least_gap_ms, last_ms; /* between two of those */
	size_t n;
} clock_of;

static int64_t really_ms(const struct world *w)
{
	return w->now_ms - clock_of.start_ms - (clock_of.was_set ? clock_of.step_ms : 0);
}

static size_t n_measured(struct world *w)
{
	size_t n = 0;
	char path[16];

	if (clock_of.all)
		return origin_n_requests(w->origin, ANY_PATH);
	for (int i = 0; i < N_SLOW; i++) {
		snprintf(path, sizeof(path), "/%d", i);
		n += origin_n_requests(w->origin, path);
	}
	return n;
}

static void note_requests(struct world *w)
{
	size_t n = origin_n_requests(w->origin, "/busy");

	for (size_t i = 0; i < n && i < 2; i++)
		if (!clock_of.asked_at_ms[i])
			clock_of.asked_at_ms[i] = really_ms(w) + 1;
	n = n_measured(w);
	if (n == clock_of.n)
		return;
	if (clock_of.n && really_ms(w) - clock_of.last_ms < clock_of.least_gap_ms)
		clock_of.least_gap_ms = really_ms(w) - clock_of.last_ms;
	clock_of.last_ms = really_ms(w);
	clock_of.n = n;
}

static void set_once(struct world *w)
{
	note_requests(w);
	if (clock_of.was_set || really_ms(w) < MS_PER_HOUR / 2)
		return;
	clock_of.was_set = true;
	if (clock_of.is_known)
		world_set_clock(w, clock_of.step_ms);
	else
		w->now_ms += clock_of.step_ms;
}

static void set_clock(struct world *w, int64_t step_ms, bool is_known)
{
	memset(&clock_of, 0, sizeof(clock_of));
	clock_of.start_ms = w->now_ms;
	clock_of.step_ms = step_ms;
	clock_of.is_known = is_known;
	clock_of.least_gap_ms = INT64_MAX;
	w->turn = set_once;
	/* So that there are turns while the others wait. */
	world_set(w, "schedule.interval", "4m");
	world_seed_on(w, 2, "/tick");
}

static void be_busy(struct world *w)
{
	origin_reply(
		w->origin, "/busy", ANY_REQUEST,
		"HTTP/1.1 503 Busy\r\nRetry-After: 7200\r\nContent-Length: 0\r\n\r\n");
	world_seed_on(w, 1, "/busy");
}

static void require_busy_left_alone(struct world *w, int64_t at_most_ms)
{
	int64_t waited_ms = clock_of.asked_at_ms[1] - clock_of.asked_at_ms[0];

	assert_true(clock_of.was_set);
	assert_in_range(waited_ms, 7200 * MS_PER_SECOND - 1000, at_most_ms);
	assert_int_equal(world_n_differences(w), 0);
}

static void a_clock_set_back_under_a_run_asks_nobody_early_REQ92(void **state)
{
	struct world *w = *state;

	hourly(w);
	be_busy(w);
	world_seed(w, "/a");
	set_clock(w, -6 * MS_PER_HOUR, false);
	world_set(w, "schedule.interval", "1h");
	world_run_for(w, MS_PER_DAY);
	require_busy_left_alone(w, MS_PER_DAY);
	/* And the others go on: an hour apart, but for the hours that come twice. */
	assert_in_range(origin_n_requests(w->origin, "/a"), 12, 26);
}

/* Of a host that is out of play by then: its record alone knows. */
static void a_clock_set_forward_ends_no_retry_after_REQ55_REQ92(void **state)
{
	struct world *w = *state;

	hourly(w);
	be_busy(w);
	set_clock(w, MS_PER_DAY, true);
	world_run_for(w, 6 * MS_PER_HOUR);
	require_busy_left_alone(w, 3 * MS_PER_HOUR);
	assert_int_equal(w->now_ms - clock_of.start_ms, 30 * MS_PER_HOUR);
}

static void seed_slow_host(struct world *w)
{
	char path[16];

	for (int i = 0; i < N_SLOW; i++) {
		snprintf(path, sizeof(path), "/%d", i);
		world_seed(w, path);
	}
}

static void require_gaps_of(int64_t ms)
{
	assert_true(clock_of.was_set);
	assert_in_range(clock_of.least_gap_ms, ms - 1000, ms + 1000);
}

/* ... nor of one that is in the middle of its pages. What its address waits for would cover
 * what the host does. */
static void a_clock_set_forward_ends_no_delay_REQ53_REQ92(void **state)
{
	struct world *w = *state;

	hourly(w);
	world_set(w, "fetch.host_delay", "7m");
	world_set(w, "fetch.per_address", "0");
	seed_slow_host(w);
	set_clock(w, 5 * MS_PER_MINUTE, true);
	world_run_for(w, 2 * MS_PER_HOUR);
	assert_in_range(clock_of.n, 15, 18);
	require_gaps_of(7 * MS_PER_MINUTE);
}

static void spend(struct world *w, const char *setting, const char *budget,
		  int64_t step_ms)
{
	hourly(w);
	world_set(w, "fetch.host_delay", "0s");
	world_set(w, setting, budget);
	/* What an answer costs is known when it is there. */
	world_set(w, "fetch.concurrency", "1");
	seed_slow_host(w);
	set_clock(w, step_ms, true);
	clock_of.all = true;
	world_run_for(w, 2 * MS_PER_HOUR);
}

static void a_clock_set_forward_adds_to_no_budget_REQ56_REQ92(void **state)
{
	spend(*state, "schedule.budget", "12/h", 4 * MS_PER_MINUTE);
	assert_in_range(clock_of.n, 23, 25);
	require_gaps_of(5 * MS_PER_MINUTE);
}

/* A byte a second: an answer costs so many seconds. */
static void nor_to_one_of_bytes_REQ56_REQ92(void **state)
{
	spend(*state, "schedule.byte_budget", "1", MS_PER_MINUTE);
	require_gaps_of((int64_t)(sizeof(raw) - 1) * MS_PER_SECOND);
}

#define flow(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

/* A run by a clock that is ahead, which is put right before the next run. */
static void run_ahead(struct world *w, int64_t ms)
{
	hourly(w);
	be_busy(w);
	world_seed(w, "/a");
	world_run_once(w);
	w->now_ms += ms;
	world_seed(w, "/b");
	world_run_once(w);
	assert_int_equal(origin_n_requests(w->origin, "/a"), 2);
	assert_int_equal(origin_n_requests(w->origin, "/b"), 1);
	w->now_ms += MS_PER_MINUTE - ms;
	world_restart(w);
}

/* ... and who had asked to be left alone is, nobody knows when that was. */
static void require_in_step(struct world *w)
{
	size_t n_busy = origin_n_requests(w->origin, "/busy");

	world_run_for(w, 90 * MS_PER_MINUTE);
	assert_int_equal(origin_n_requests(w->origin, "/a"), 3);
	assert_int_equal(origin_n_requests(w->origin, "/b"), 2);
	assert_int_equal(origin_n_requests(w->origin, "/busy"), n_busy);
	assert_true(world_page(w, "/a")->last_visit_at_ms <= w->now_ms);
	world_run_for(w, MS_PER_DAY);
	assert_true(origin_n_requests(w->origin, "/busy") > n_busy);
	assert_int_equal(world_n_differences(w), 0);
}

static void a_clock_that_was_ahead_stalls_nobody_REQ92(void **state)
{
	struct world *w = *state;

	run_ahead(w, MS_PER_DAY);
	require_in_step(w);
}

/* By so much nobody knows which of the two clocks is right, until somebody says so. */
static void one_that_was_far_ahead_waits_to_be_told_REQ92(void **state)
{
	struct world *w = *state;
	int64_t ahead_ms;

	run_ahead(w, 365 * MS_PER_DAY);
	world_run_for(w, 2 * MS_PER_HOUR);
	assert_int_equal(origin_n_requests(w->origin, "/a"), 2);
	ahead_ms = ahead_of_ms(w->store, w->now_ms);
	assert_in_range(ahead_ms, 364 * MS_PER_DAY, 365 * MS_PER_DAY);
	assert_int_equal(ahead_take_back(w->store, ahead_ms, w->now_ms), ERR_OK);
	assert_int_equal(ahead_of_ms(w->store, w->now_ms), 0);
	require_in_step(w);
}

static void put_clock_right(struct world *w)
{
	if (clock_of.was_set || w->now_ms < clock_of.start_ms + MS_PER_HOUR / 2)
		return;
	clock_of.was_set = true;
	world_set_clock(w, -20 * MS_PER_HOUR);
}

/* The same where the clock is put right while the run goes on. */
static void nor_does_one_that_is_put_right_under_a_run_REQ92(void **state)
{
	struct world *w = *state;

	hourly(w);
	be_busy(w);
	world_seed(w, "/a");
	world_run_once(w);
	w->now_ms += 20 * MS_PER_HOUR;
	world_seed(w, "/b");
	memset(&clock_of, 0, sizeof(clock_of));
	clock_of.start_ms = w->now_ms;
	w->turn = put_clock_right;
	world_set(w, "schedule.interval", "10m");
	world_run_for(w, 2 * MS_PER_HOUR);
	assert_true(clock_of.was_set);
	assert_in_range(origin_n_requests(w->origin, "/a"), 12, 14);
	assert_in_range(origin_n_requests(w->origin, "/b"), 11, 13);
	assert_int_equal(origin_n_requests(w->origin, "/busy"), 2);
	assert_true(world_page(w, "/a")->last_visit_at_ms <= w->now_ms);
	assert_int_equal(world_n_differences(w), 0);
}

/* By little, again and again: what each step did has come to pass when the next one is made.
 * The last one does more, and just after a visit. */
static void put_back_often(struct world *w)
{
	int64_t really_at_ms = w->now_ms - w->stepped_ms;
	size_t n = origin_n_requests(w->origin, "/a");

	if (n > clock_of.n && n > 1 &&
	    really_at_ms - clock_of.last_ms < clock_of.least_gap_ms)
		clock_of.least_gap_ms = really_at_ms - clock_of.last_ms;
	if (n == clock_of.n || clock_of.was_set)
		return;
	clock_of.n = n;
	clock_of.last_ms = really_at_ms;
	clock_of.was_set = n == 20;
	world_set_clock(w, clock_of.was_set ? -90 * MS_PER_SECOND : -55 * MS_PER_SECOND);
}

static void steps_do_not_add_up_REQ92(void **state)
{
	struct world *w = *state;

	hourly(w);
	world_seed(w, "/a");
	memset(&clock_of, 0, sizeof(clock_of));
	clock_of.least_gap_ms = INT64_MAX;
	world_set(w, "schedule.interval", "10m");
	w->turn = put_back_often;
	world_run_for(w, 6 * MS_PER_HOUR);
	assert_true(clock_of.was_set);
	assert_in_range(clock_of.least_gap_ms, 9 * MS_PER_MINUTE, 11 * MS_PER_MINUTE);
	assert_int_equal(world_n_differences(w), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		flow(a_day_without_answers_costs_nothing_and_is_believed_of_nobody),
		flow(a_clock_set_back_under_a_run_asks_nobody_early_REQ92),
		flow(a_clock_set_forward_ends_no_retry_after_REQ55_REQ92),
		flow(a_clock_set_forward_ends_no_delay_REQ53_REQ92),
		flow(a_clock_set_forward_adds_to_no_budget_REQ56_REQ92),
		flow(nor_to_one_of_bytes_REQ56_REQ92),
		flow(a_clock_that_was_ahead_stalls_nobody_REQ92),
		flow(one_that_was_far_ahead_waits_to_be_told_REQ92),
		flow(nor_does_one_that_is_put_right_under_a_run_REQ92),
		flow(steps_do_not_add_up_REQ92),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
