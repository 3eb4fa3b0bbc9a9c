/* test_frontier_hosts.c - the frontier among hosts that are not always ready. */
#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/classes.h"
#include "store/base/clock.h"
#include "tests/crawl.h"

#define N_HOSTS 20

static uint64_t random_state;

static double uniform(void)
{
	random_state = random_state * UINT64_C(6364136223846793005) +
		       UINT64_C(1442695040888963407);
	return ((double)(random_state >> 11) + 0.5) / 9007199254740992.0;
}

static double spread(double decades)
{
	return pow(10, decades * (uniform() - 0.5));
}

static struct rate_gamma learned(double rate_per_day)
{
	return (struct rate_gamma){ 2, 2 / rate_per_day };
}

static int host_of_job(const struct crawl *c)
{
	return (int)strtol(buf_text(&c->job.host->name) + strlen("http://h"), NULL, 10);
}

static double value_of_job(const struct crawl *c)
{
	return class_value(c->job.entry.position.class, &c->job.entry.worth,
			   (double)(c->now_ms - c->job.entry.position.order_ms) /
				   (double)MS_PER_DAY);
}

/* Host h waits for (h + 1) * 100 ms. */
static void own_delays(void *context, const struct host *host,
		       struct frontier_rules *rules)
{
	(void)context;
	rules->delay_ms =
		100 *
		((int)strtol(buf_text(&host->name) + strlen("http://h"), NULL, 10) + 1);
}

/* Far more pages than hosts can be asked for: all but a few are parked. */
static void fill(struct crawl *c, int per_host)
{
	random_state = 3;
	for (int i = 0; i < N_HOSTS * per_host; i++)
		crawl_add(c, i % N_HOSTS, i, 1 + 10 * uniform(), learned(uniform()),
			  10 * uniform());
}

/* ---- politeness -------------------------------------------------------------------------- */

static void no_host_is_asked_within_its_delay_nor_left_idle_REQ53(void **state)
{
	struct crawl *c = *state;
	int64_t last_ms[N_HOSTS] = { 0 };
	int n[N_HOSTS] = { 0 };
	int64_t end_ms = c->now_ms + 60000;

	c->config.rules = own_delays;
	fill(c, 1000);
	crawl_open(c);
	while (c->now_ms < end_ms) {
		int i = crawl_next(c), h;

		if (i < 0) {
			assert_true(c->job.next_at_ms >= c->now_ms);
			crawl_commit(c);
			c->now_ms += 10;
			continue;
		}
		h = host_of_job(c);
		assert_true(!n[h] || c->now_ms - last_ms[h] >= 100 * (h + 1));
		frontier_started(c->frontier, c->job.host, c->now_ms);
		last_ms[h] = c->now_ms;
		n[h]++;
		crawl_back(c);
	}
	for (int h = 0; h < N_HOSTS; h++)
		assert_in_range(n[h], 60000 / (100 * (h + 1)) * 9 / 10,
				60000 / (100 * (h + 1)) + 1);
	crawl_commit(c);
	assert_int_equal(crawl_n_differences(c), 0);
}

static void a_host_has_one_job_at_a_time_unless_told_REQ53(void **state)
{
	struct crawl *c = *state;

	fill(c, 5);
	crawl_open(c);
	for (int h = 0; h < N_HOSTS; h++)
		assert_true(crawl_next(c) >= 0);
	assert_int_equal(crawl_next(c), -1);
	assert_true(c->job.next_at_ms == POLITENESS_NEVER);
}

/* ---- held and parked pages keep their order -------------------------------------------------- */

/* The best ones first, though each was held or parked long before its turn. */
static void assert_best_first(struct crawl *c, int n)
{
	double last = 1e300;

	for (int k = 0; k < n; k++, c->now_ms += 1000) {
		int i = crawl_next(c);

		if (i < 0) {
			crawl_commit(c);
			i = crawl_next(c);
		}
		assert_true(i >= 0);
		assert_true(value_of_job(c) <= last * 1.02);
		last = value_of_job(c);
		frontier_started(c->frontier, c->job.host, c->now_ms);
		crawl_back(c);
	}
	crawl_commit(c);
	assert_int_equal(crawl_n_differences(c), 0);
}

/* In classes of hundreds, order is that of classes: only the class is made known. */
static void a_ready_host_gives_its_best_page(void **state)
{
	struct crawl *c = *state;

	c->config.politeness.host_delay_ms = 1000;
	c->worths_are_unknown = true;
	random_state = 4;
	for (int i = 0; i < 3000; i++)
		crawl_add(c, 0, i, 1 + 10 * uniform(), learned(uniform()),
			  1 + 10 * uniform());
	crawl_open(c);
	assert_best_first(c, 2500);
}

static void a_ready_host_gives_the_very_best_of_few_pages(void **state)
{
	struct crawl *c = *state;

	c->config.politeness.host_delay_ms = 1000;
	random_state = 5;
	for (int i = 0; i < 200; i++)
		crawl_add(c, 0, i, spread(5), learned(spread(2)), 1 + 10 * uniform());
	crawl_open(c);
	assert_best_first(c, 150);
}

static void the_best_page_held_competes_with_all_others(void **state)
{
	struct crawl *c = *state;

	c->config.politeness.host_delay_ms = 1000;
	crawl_add(c, 0, 1, 100, learned(1), 5);
	crawl_add(c, 0, 2, 10, learned(1), 5);
	crawl_add(c, 0, 3, 0.1, learned(1), 5);
	crawl_add(c, 1, 4, 30, learned(1), 5);
	crawl_add(c, 2, 5, 1, learned(1), 5);
	crawl_open(c);
	assert_int_equal(crawl_visit(c), 1);
	assert_int_equal(crawl_visit(c), 4); /* host 0 is not ready: 2 is held */
	c->now_ms += 1000;
	assert_int_equal(crawl_visit(c), 2);
	assert_int_equal(crawl_visit(c), 5); /* ... and 3 */
	assert_int_equal(crawl_visit(c), -1);
	c->now_ms += 1000;
	assert_int_equal(crawl_visit(c), 3);
}

static void a_better_page_overtakes_what_is_held_and_parked(void **state)
{
	struct crawl *c = *state;

	c->config.politeness.host_delay_ms = 1000;
	for (int i = 0; i < 3000; i++)
		crawl_add(c, 0, i, 1, learned(1), 5);
	crawl_open(c);
	assert_true(crawl_visit(c) >= 0);
	assert_int_equal(crawl_next(c), -1); /* all are held or parked now */
	crawl_add(c, 0, 5000, 100, learned(1), 5);
	crawl_commit(c);
	assert_int_equal(crawl_next(c), -1);
	c->now_ms += 1000;
	assert_int_equal(crawl_visit(c), 5000);
	crawl_commit(c);
	assert_int_equal(crawl_n_differences(c), 0);
}

static void parked_pages_outlive_a_restart(void **state)
{
	struct crawl *c = *state;
	int seen[2000] = { 0 };

	c->config.politeness.host_delay_ms = 1000;
	c->config.once = c->config.force = true;
	for (int i = 0; i < 2000; i++)
		crawl_add_due(c, 0, i, c->now_ms - i);
	crawl_open(c);
	for (int k = 0; k < 100; k++, c->now_ms += 1000)
		seen[crawl_visit(c)]++;
	/* The process ends; nothing but what was committed is left. */
	crawl_commit(c);
	c->config.force = false;
	crawl_open(c);
	for (int i; (i = crawl_visit(c)) >= 0; seen[i]++) {
		crawl_commit(c);
		c->now_ms += 1000;
		if (i == -1)
			break;
	}
	for (int i = 0; i < 2000; i++)
		assert_int_equal(seen[i], 1);
	assert_int_equal(crawl_n_differences(c), 0);
}

/* One host's pages, a second apart: all but the first are held or parked while that one is
 * out. Each look of the frontier's goes through 1024 of them. */
static void queue_up(struct crawl *c, int n)
{
	c->config.politeness.host_delay_ms = 1000;
	for (int i = 0; i < n; i++)
		crawl_add_due(c, 0, i, c->now_ms - (n - i) * MS_PER_SECOND);
	crawl_open(c);
	assert_int_equal(crawl_next(c), 0);
	frontier_started(c->frontier, c->job.host, c->now_ms);
}

static void what_moved_before_it_was_parked_stands_once(void **state)
{
	struct crawl *c = *state;

	queue_up(c, 3000);
	assert_int_equal(frontier_next(c->frontier, c->now_ms, &c->job), ERR_OK);
	/* Some are held by now, some read, and some neither. */
	for (int i = 900; i < 1300; i++)
		crawl_move(c, 0, i, c->now_ms + i);
	for (int n = 0; n < 10; n++)
		assert_int_equal(crawl_next(c), -1);
	crawl_commit(c);
	assert_int_equal(crawl_n_differences(c), 0);
}

static void what_is_parked_while_it_is_out_stands_once(void **state)
{
	struct crawl *c = *state;
	struct job job;

	queue_up(c, 3000);
	job = c->job;
	assert_true(job.certain);
	/* So many older ones that the queue is read anew from before the one that is out, and
	 * no room is left for it. */
	for (int i = 0; i < 2000; i++)
		crawl_add_due(c, 0, 5000 + i, c->now_ms - MS_PER_DAY + i * MS_PER_SECOND);
	crawl_commit(c);
	for (int n = 0; n < 10; n++)
		assert_int_equal(crawl_next(c), -1);
	crawl_commit(c);
	c->job = job;
	crawl_back(c);
	crawl_commit(c);
	assert_int_equal(crawl_n_differences(c), 0);
}

/* What is held of it is where it was; it is not taken for where it is. */
static void a_page_that_moves_while_it_is_held_gets_its_turn(void **state)
{
	struct crawl *c = *state;
	int n_seen = 0;

	queue_up(c, 20);
	crawl_back(c);
	assert_int_equal(crawl_next(c), -1); /* 1 to 19 are held now */
	crawl_move(c, 0, 7, c->now_ms - MS_PER_DAY);
	crawl_commit(c);
	assert_int_equal(crawl_next(c), -1);
	for (int i = 0; i < 40; i++) {
		c->now_ms += MS_PER_SECOND;
		n_seen += crawl_visit(c) == 7;
		assert_int_equal(n_seen, 1); /* first of all, and once */
		crawl_commit(c);
	}
	assert_int_equal(crawl_n_differences(c), 0);
}

static bool is_even(void *context, const struct page_key *key)
{
	struct crawl *c = context;
	struct page page;
	bool even;

	page_init(&page);
	assert_int_equal(store_get_page(c->store, key, &page), ERR_OK);
	even = (int)strtol(strrchr(buf_text(&page.url), '/') + 1, NULL, 10) % 2 == 0;
	page_release(&page);
	return even;
}

static void only_wanted_pages_are_handed_out_and_it_ends(void **state)
{
	struct crawl *c = *state;
	int n = 0;

	c->config.once = true;
	c->config.politeness.host_delay_ms = 10;
	for (int i = 0; i < 3000; i++)
		crawl_add_due(c, 0, i, c->now_ms - i);
	crawl_open(c);
	assert_true(crawl_visit(c) >= 0); /* the rest is parked by now */
	crawl_commit(c);
	c->config.wants = is_even;
	c->config.context = c;
	crawl_open(c);
	for (;;) {
		int i = crawl_visit(c);

		if (i < 0 && c->job.next_at_ms == POLITENESS_NEVER)
			break;
		assert_true(i < 0 || i % 2 == 0);
		n += i >= 0;
		c->now_ms += 10;
		crawl_commit(c);
	}
	assert_in_range(n, 1499, 1500);
}

/* ---- clocks (REQ 92) -------------------------------------------------------------------------- */

/* One visit a second where there is one: what the loop's budget does. */
static int crawl_for(struct crawl *c, int seconds)
{
	int n = 0;

	for (int s = 0; s < seconds; s++, c->now_ms += 1000) {
		n += crawl_visit(c) >= 0;
		crawl_commit(c);
	}
	return n;
}

static void prepare_for_clocks(struct crawl *c)
{
	c->config.schedule.min_interval_ms = MS_PER_MINUTE;
	c->config.schedule.context.budget_per_s = 1;
	c->config.politeness.host_delay_ms = 5000;
	random_state = 5;
	for (int i = 0; i < 200; i++)
		crawl_add(c, i % N_HOSTS, i, 1, learned(1), uniform());
	crawl_open(c);
	assert_int_equal(crawl_for(c, 600), 600);
}

static void a_clock_set_back_by_a_day_is_no_stall_REQ92(void **state)
{
	struct crawl *c = *state;

	prepare_for_clocks(c);
	c->now_ms -= MS_PER_DAY;
	(void)crawl_for(c, 10); /* delays are kept once more */
	assert_int_equal(crawl_for(c, 3600), 3600);
}

static void a_clock_set_forward_by_a_day_and_back_is_no_stall_REQ92(void **state)
{
	struct crawl *c = *state;

	prepare_for_clocks(c);
	c->now_ms += MS_PER_DAY;
	assert_int_equal(crawl_for(c, 600), 600);
	c->now_ms -= MS_PER_DAY;
	(void)crawl_for(c, 10);
	assert_int_equal(crawl_for(c, 3600), 3600);
}

static void a_restart_after_the_clock_was_set_back_is_no_stall_REQ92(void **state)
{
	struct crawl *c = *state;

	prepare_for_clocks(c);
	c->now_ms -= MS_PER_DAY;
	crawl_open(c);
	(void)crawl_for(c, 10);
	assert_int_equal(crawl_for(c, 3600), 3600);
}

/* A single page, and its host, both touched by a clock of tomorrow. */
static void one_page_visited_tomorrow_is_visited_today_REQ92(void **state)
{
	struct crawl *c = *state;

	c->config.schedule.min_interval_ms = MS_PER_MINUTE;
	c->config.politeness.host_delay_ms = 1000;
	crawl_add(c, 0, 1, 1, learned(1), 1);
	crawl_open(c);
	assert_int_equal(crawl_visit(c), 1);
	crawl_commit(c);
	c->now_ms -= MS_PER_DAY;
	assert_int_equal(crawl_visit(c), -1);
	c->now_ms += 1000;
	assert_int_equal(crawl_visit(c), 1);
	crawl_commit(c);
	assert_int_equal(crawl_visit(c), -1); /* and only once */
	c->now_ms += 30000;
	assert_int_equal(crawl_visit(c), -1);
	c->now_ms += 30000;
	assert_int_equal(crawl_visit(c), 1);
}

static void a_week_of_downtime_makes_no_storm_REQ92(void **state)
{
	struct crawl *c = *state;
	int64_t last_ms[N_HOSTS] = { 0 };

	prepare_for_clocks(c);
	c->now_ms += 7 * MS_PER_DAY;
	crawl_open(c);
	for (int k = 0; k < 5000; k++, c->now_ms += 20) {
		int h;

		if (crawl_next(c) < 0)
			continue;
		h = host_of_job(c);
		assert_true(c->now_ms - last_ms[h] >= 5000);
		last_ms[h] = c->now_ms;
		frontier_started(c->frontier, c->job.host, c->now_ms);
		crawl_back(c);
	}
}

/* ---- what waits -------------------------------------------------------------------------------- */

static void what_waits_for_a_host_goes_before_its_pages(void **state)
{
	struct crawl *c = *state;
	int item;

	c->config.politeness.host_delay_ms = 1000;
	crawl_add(c, 0, 1, 100, learned(1), 5);
	crawl_add(c, 0, 2, 100, learned(1), 5);
	crawl_open(c);
	assert_true(crawl_next(c) >= 0);
	frontier_started(c->frontier, c->job.host, c->now_ms);
	assert_int_equal(frontier_wait(c->frontier, &c->page.key.host, SPAN(""), &item),
			 ERR_OK);
	crawl_back(c);
	assert_int_equal(crawl_next(c), -1);
	c->now_ms += 1000;
	assert_int_equal(frontier_next(c->frontier, c->now_ms, &c->job), ERR_OK);
	assert_int_equal(c->job.kind, JOB_WAITING);
	assert_ptr_equal(c->job.waiting, &item);
	frontier_finished(c->frontier, c->job.host);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, crawl_setup, crawl_teardown)
	const struct CMUnitTest tests[] = {
		TEST(no_host_is_asked_within_its_delay_nor_left_idle_REQ53),
		TEST(a_host_has_one_job_at_a_time_unless_told_REQ53),
		TEST(a_ready_host_gives_its_best_page),
		TEST(a_ready_host_gives_the_very_best_of_few_pages),
		TEST(the_best_page_held_competes_with_all_others),
		TEST(a_better_page_overtakes_what_is_held_and_parked),
		TEST(parked_pages_outlive_a_restart),
		TEST(what_moved_before_it_was_parked_stands_once),
		TEST(what_is_parked_while_it_is_out_stands_once),
		TEST(a_page_that_moves_while_it_is_held_gets_its_turn),
		TEST(only_wanted_pages_are_handed_out_and_it_ends),
		TEST(a_clock_set_back_by_a_day_is_no_stall_REQ92),
		TEST(a_clock_set_forward_by_a_day_and_back_is_no_stall_REQ92),
		TEST(a_restart_after_the_clock_was_set_back_is_no_stall_REQ92),
		TEST(one_page_visited_tomorrow_is_visited_today_REQ92),
		TEST(a_week_of_downtime_makes_no_storm_REQ92),
		TEST(what_waits_for_a_host_goes_before_its_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
