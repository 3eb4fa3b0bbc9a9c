#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>

#include "scheduler/classes.h"
#include "scheduler/cost.h"
#include "scheduler/value.h"
#include "store/base/clock.h"
#include "store/base/codec.h"
#include "tests/crawl.h"

#define N 400

static const struct page_worth unknown;
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

static struct rate_gamma known_well(double rate_per_day)
{
	return (struct rate_gamma){ 8, 8 / rate_per_day };
}

/* What the test knows of the pages, to find the best one the slow way. */
static struct {
	double weight;
	struct rate_gamma posterior;
	uint16_t class;
	int64_t last_ms;
} known[N];

/* To 0.2 %. Classes, whose axes have steps of 41 %, lose 0.2 % of what can be had. */
static double as_the_queue_keeps(double x)
{
	return (double)half_value(half_of((float)x));
}

static void add_known(struct crawl *c, int i, int host)
{
	double tau = 30 * uniform();

	known[i].weight = as_the_queue_keeps(spread(3));
	known[i].posterior.a = as_the_queue_keeps(0.5 + 5 * uniform());
	known[i].posterior.b_days = as_the_queue_keeps(10 * spread(3));
	known[i].class = class_of(known[i].weight, known[i].posterior);
	crawl_add(c, host, i, known[i].weight, known[i].posterior, tau);
	known[i].last_ms = c->now_ms - (int64_t)(tau * (double)MS_PER_DAY);
}

static double days_since(const struct crawl *c, int i)
{
	return (double)(c->now_ms - known[i].last_ms) / (double)MS_PER_DAY;
}

static double class_value_now(const struct crawl *c, int i)
{
	return class_value(known[i].class, &unknown, days_since(c, i));
}

static double value_now(const struct crawl *c, int i)
{
	return value_learned(known[i].weight, known[i].posterior, days_since(c, i));
}

static int best_by(const struct crawl *c, double (*value)(const struct crawl *, int))
{
	int best = 0;

	for (int i = 1; i < N; i++)
		if (value(c, i) > value(c, best))
			best = i;
	return best;
}

/* ---- the order -------------------------------------------------------------------------- */

static void every_pick_is_the_best_of_all_pages(void **state)
{
	struct crawl *c = *state;

	random_state = 1;
	for (int i = 0; i < N; i++)
		add_known(c, i, i);
	crawl_open(c);
	for (int k = 0; k < 5 * N; k++) {
		int best = best_by(c, value_now), picked = crawl_visit(c);

		assert_true(picked >= 0);
		assert_true(value_now(c, picked) >= value_now(c, best) * (1 - 1e-6));
		known[picked].last_ms = c->now_ms;
		crawl_commit(c);
		c->now_ms += (int64_t)(uniform() * 7200000);
	}
	assert_int_equal(crawl_n_differences(c), 0);
}

/* A queue written before there were worths: as good as classes are. */
static void without_a_known_worth_the_class_decides(void **state)
{
	struct crawl *c = *state;

	random_state = 1;
	c->worths_are_unknown = true;
	for (int i = 0; i < N; i++)
		add_known(c, i, i);
	crawl_open(c);
	for (int k = 0; k < 5 * N; k++) {
		int best = best_by(c, class_value_now), picked = crawl_visit(c);

		assert_true(picked >= 0);
		assert_true(class_value_now(c, picked) >=
			    class_value_now(c, best) * (1 - 1e-9));
		known[picked].last_ms = c->now_ms;
		crawl_commit(c);
		c->now_ms += (int64_t)(uniform() * 7200000);
	}
	assert_int_equal(crawl_n_differences(c), 0);
}

/* Weight times days that a page is expected to have been fresh since its last visit. */
static double fresh_days(const struct crawl *c, int i)
{
	double b = known[i].posterior.b_days, a = known[i].posterior.a;

	double l = log1p(days_since(c, i) / b);

	return known[i].weight * b * (a == 1 ? l : expm1((1 - a) * l) / (1 - a));
}

/* Two crawls of 40 visits a page, one that goes by classes, one by the exact values. */
static void classes_lose_less_than_half_a_per_cent(void **state)
{
	struct crawl *c = *state;
	double fresh[2] = { 0, 0 };

	for (int with_classes = 0; with_classes < 2; with_classes++) {
		random_state = 2;
		c->now_ms = CRAWL_START_MS;
		for (int i = 0; i < N; i++) {
			add_known(c, i, i);
			fresh[with_classes] -= fresh_days(c, i);
		}
		for (int k = 0; k < 40 * N; k++) {
			int i = best_by(c, with_classes ? class_value_now : value_now);

			fresh[with_classes] += fresh_days(c, i);
			known[i].last_ms = c->now_ms;
			c->now_ms += MS_PER_HOUR;
		}
		for (int i = 0; i < N; i++)
			fresh[with_classes] += fresh_days(c, i);
	}
	print_message("classes: %.3f %% lost\n", 100 * (1 - fresh[1] / fresh[0]));
	assert_true(fresh[1] > 0.995 * fresh[0]);
}

static void what_is_due_comes_first_the_longest_overdue_at_once(void **state)
{
	struct crawl *c = *state;

	crawl_add(c, 0, 1, 1e4, known_well(10), 100);
	crawl_add_due(c, 1, 2, c->now_ms - 5);
	crawl_add_due(c, 2, 3, c->now_ms - 50);
	crawl_add_due(c, 3, 4, c->now_ms + 1000);
	crawl_open(c);
	assert_int_equal(crawl_visit(c), 3);
	assert_int_equal(crawl_visit(c), 2);
	assert_int_equal(crawl_visit(c), 1);
	crawl_commit(c);
	c->now_ms += 999;
	assert_int_equal(crawl_visit(c), 1); /* there is no least interval */
	crawl_commit(c);
	c->now_ms++;
	assert_int_equal(crawl_visit(c), 4);
}

static void nothing_is_visited_within_the_least_interval(void **state)
{
	struct crawl *c = *state;

	c->config.schedule.min_interval_ms = MS_PER_MINUTE;
	crawl_add(c, 0, 1, 1e4, known_well(1000), 0.5);
	crawl_open(c);
	assert_int_equal(crawl_visit(c), 1);
	crawl_commit(c);
	assert_int_equal(crawl_next(c), -1);
	assert_int_equal(c->job.next_at_ms, c->now_ms + MS_PER_MINUTE);
	c->now_ms += MS_PER_MINUTE - 1;
	assert_int_equal(crawl_next(c), -1);
	c->now_ms++;
	assert_int_equal(crawl_visit(c), 1);
}

/* In a long queue one of the first is chosen ahead of its time: that one is better, but not
 * due yet, makes no older one wait. */
static void the_oldest_of_many_does_not_wait_for_a_better_one(void **state)
{
	struct crawl *c = *state;
	double second = 1.0 / 86400;

	c->config.schedule.min_interval_ms = MS_PER_MINUTE;
	for (int i = 0; i < 100; i++)
		crawl_add(c, i, i, i < 2 ? 1.01 : 1.3, known_well(1),
			  (i < 2 ? 61 - i * 0.5 : 59.5) * second);
	assert_int_equal(class_of(1.01, known_well(1)), class_of(1.3, known_well(1)));
	crawl_open(c);
	assert_int_equal(crawl_visit(c), 0);
	assert_int_equal(crawl_visit(c), 1);
	assert_int_equal(crawl_next(c), -1);
	assert_in_range(c->job.next_at_ms, c->now_ms + 500, c->now_ms + 501);
	c->now_ms += 501;
	assert_true(crawl_visit(c) > 1);
}

/* Nor does one that starves, though others are worth more. */
static void the_oldest_of_many_does_not_starve_for_better_ones(void **state)
{
	struct crawl *c = *state;
	int64_t floor_ms = 10 * 100 * MS_PER_MINUTE; /* ten rounds */

	c->config.schedule.context.budget_per_s = 1.0 / 60;
	crawl_add(c, 0, 0, 1.01, known_well(0.001), 1);
	for (int i = 1; i < 100; i++)
		crawl_add(c, i, i, 1.4, known_well(0.001), 0.99);
	crawl_open(c);
	for (int k = 0;; k++) {
		if (crawl_visit(c) == 0)
			break;
		crawl_commit(c);
		c->now_ms += MS_PER_MINUTE;
		assert_true(c->now_ms - CRAWL_START_MS <= floor_ms + MS_PER_MINUTE);
	}
}

/* Two pages, one too fast to be worth a visit: without a floor it would wait for ever. */
static void nobody_starves_for_more_than_ten_rounds(void **state)
{
	struct crawl *c = *state;
	int64_t last_ms = c->now_ms;
	int n = 0;

	c->config.schedule.context.budget_per_s = 2.0 / 3600; /* a round: 1 hour */
	crawl_add(c, 0, 1, 1e-4, known_well(1000), 0);
	crawl_add(c, 1, 2, 1e4, known_well(0.5), 0);
	crawl_open(c);
	for (int k = 0; k < 2 * 24 * 30; k++) {
		c->now_ms += MS_PER_HOUR / 2;
		if (crawl_visit(c) == 1) {
			assert_true(c->now_ms - last_ms <= 11 * MS_PER_HOUR);
			assert_true(c->now_ms - last_ms >= 10 * MS_PER_HOUR);
			last_ms = c->now_ms;
			n++;
		}
		crawl_commit(c);
	}
	assert_in_range(n, 60, 72);
}

static void downtime_starves_nobody_and_keeps_the_order(void **state)
{
	struct crawl *c = *state;

	c->config.schedule.context.budget_per_s = 1;
	for (int i = 0; i < 50; i++)
		crawl_add(c, i, i, i + 1, known_well(0.1), 7 + 0.001 * i);
	crawl_open(c);
	for (int k = 0, last = 100; k < 20; k++) {
		int i = crawl_visit(c);

		assert_true(i < last || class_of(i + 1, known_well(0.1)) ==
						class_of(last + 1, known_well(0.1)));
		last = i;
	}
}

static void the_price_is_what_the_last_picks_were_worth(void **state)
{
	struct crawl *c = *state;
	for (int i = 0; i < 300; i++)
		crawl_add(c, i, i, 1, known_well(1), 0.75 + i * 1e-6);
	crawl_open(c);
	for (int k = 0; k < 200; k++)
		assert_true(crawl_visit(c) >= 0);
	assert_true(
		fabs(frontier_price(c->frontier) / value_learned(1, known_well(1), 0.75) -
		     1) < 0.01);
}

/* ---- bytes ---------------------------------------------------------------------------------- */

/* Even pages are a hundred times as heavy; all are worth the same otherwise. Ten minutes
 * between requests, and bytes for a tenth of a heavy page in each. */
static void of_two_budgets_both_are_kept_and_light_pages_win(void **state)
{
	struct crawl *c = *state;
	double bytes = 0;
	int n[2] = { 0, 0 };

	c->config.schedule.context.budget_per_s = 1.0 / 600;
	c->config.schedule.context.bytes_per_s = 10000.0 / 600;
	random_state = 6;
	for (int i = 0; i < N; i++) {
		c->changed_bytes = i % 2 ? 1000 : 100000;
		crawl_add(c, i, i, 1, known_well(1), 3 * uniform());
	}
	crawl_open(c);
	for (int k = 0; k < 16 * N; k++) {
		int i = crawl_next(c);

		assert_true(i >= 0);
		if (k >= 8 * N) {
			double days =
				(double)(c->now_ms - c->job.entry.position.order_ms) /
				(double)MS_PER_DAY;

			n[i % 2]++;
			bytes += cost_expected_bytes(&c->job.entry.worth, days);
		}
		frontier_started(c->frontier, c->job.host, c->now_ms);
		crawl_back(c);
		crawl_commit(c);
		c->now_ms += 600000;
	}
	print_message("%d light, %d heavy, %.0f bytes each\n", n[1], n[0],
		      bytes / (8 * N));
	assert_true(fabs(bytes / (8 * N) / 10000 - 1) < 0.1);
	assert_true(n[1] > 5 * n[0] && n[0] > 0);
}

/* ---- other policies on the same queues ---------------------------------------------------- */

static void uniform_goes_by_the_time_since_the_last_visit(void **state)
{
	struct crawl *c = *state;

	c->config.schedule.policy = &policy_uniform;
	crawl_add(c, 0, 1, 1000, known_well(5), 1);
	crawl_add(c, 1, 2, 1, known_well(0.01), 3);
	crawl_add(c, 2, 3, 30, known_well(1), 2);
	crawl_open(c);
	assert_int_equal(crawl_visit(c), 2);
	assert_int_equal(crawl_visit(c), 3);
	assert_int_equal(crawl_visit(c), 1);
	assert_true(frontier_price(c->frontier) == 0);
}

static void fixed_waits_for_the_interval_whatever_the_class(void **state)
{
	struct crawl *c = *state;

	c->config.schedule.policy = &policy_fixed;
	c->config.schedule.context.interval_ms = MS_PER_DAY;
	crawl_add(c, 0, 1, 1000, known_well(5), 0.5);
	crawl_add(c, 1, 2, 1, known_well(0.01), 1.5);
	crawl_open(c);
	assert_int_equal(crawl_visit(c), 2);
	assert_int_equal(crawl_next(c), -1);
	assert_int_equal(c->job.next_at_ms, c->now_ms + MS_PER_DAY / 2);
}

/* ---- once, force --------------------------------------------------------------------------- */

static void once_is_what_is_worth_the_price(void **state)
{
	struct crawl *c = *state;
	uint16_t class = class_of(1, known_well(0.1));
	double due;
	int n = 0;

	c->config.once = true;
	c->config.schedule.context.price = 0.5;
	due = class_due_days(class, &unknown, 0.5);
	for (int i = 0; i < 20; i++)
		crawl_add(c, i, i, 1, known_well(0.1), due * (i + 0.5) / 10);
	crawl_add_due(c, 30, 30, c->now_ms);
	crawl_add_due(c, 31, 31, c->now_ms + 1);
	crawl_open(c);
	assert_int_equal(crawl_visit(c), 30);
	for (int i; (i = crawl_visit(c)) >= 0; n++) {
		assert_in_range(i, 10, 19);
		crawl_commit(c);
		c->now_ms += MS_PER_DAY;
	}
	assert_int_equal(n, 10);
	assert_true(c->job.next_at_ms == POLITENESS_NEVER);
}

static void force_takes_everything_once(void **state)
{
	struct crawl *c = *state;
	int seen[60] = { 0 };

	c->config.once = c->config.force = true;
	c->config.schedule.min_interval_ms = MS_PER_MINUTE;
	for (int i = 0; i < 30; i++)
		crawl_add(c, i % 3, i, 1, known_well(0.1), 0);
	for (int i = 30; i < 60; i++)
		crawl_add_due(c, i % 3, i, c->now_ms + MS_PER_DAY);
	crawl_open(c);
	for (int i; (i = crawl_visit(c)) >= 0; seen[i]++)
		crawl_commit(c);
	for (int i = 0; i < 60; i++)
		assert_int_equal(seen[i], 1);
}

/* ---- what comes in while it runs ------------------------------------------------------------ */

static void a_page_put_in_is_seen_after_the_commit(void **state)
{
	struct crawl *c = *state;

	crawl_open(c);
	assert_int_equal(crawl_next(c), -1);
	crawl_add(c, 0, 1, 1, known_well(1), 1);
	assert_int_equal(crawl_next(c), -1);
	crawl_commit(c);
	assert_int_equal(crawl_visit(c), 1);
	crawl_add_due(c, 0, 2, c->now_ms - MS_PER_DAY);
	crawl_commit(c);
	assert_int_equal(crawl_visit(c), 2);
	/* ... also in front of what was taken last, or at the same instant. */
	crawl_add_due(c, 0, 3, c->now_ms - 2 * MS_PER_DAY);
	crawl_add_due(c, 0, 4, c->now_ms - MS_PER_DAY);
	crawl_add_due(c, 0, 5, c->now_ms - MS_PER_DAY);
	crawl_commit(c);
	assert_int_equal(crawl_visit(c), 3);
	assert_in_range(crawl_visit(c), 4, 5);
	assert_in_range(crawl_visit(c), 4, 5);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, crawl_setup, crawl_teardown)
	const struct CMUnitTest tests[] = {
		TEST(every_pick_is_the_best_of_all_pages),
		TEST(without_a_known_worth_the_class_decides),
		TEST(classes_lose_less_than_half_a_per_cent),
		TEST(what_is_due_comes_first_the_longest_overdue_at_once),
		TEST(nothing_is_visited_within_the_least_interval),
		TEST(the_oldest_of_many_does_not_wait_for_a_better_one),
		TEST(the_oldest_of_many_does_not_starve_for_better_ones),
		TEST(nobody_starves_for_more_than_ten_rounds),
		TEST(downtime_starves_nobody_and_keeps_the_order),
		TEST(of_two_budgets_both_are_kept_and_light_pages_win),
		TEST(the_price_is_what_the_last_picks_were_worth),
		TEST(uniform_goes_by_the_time_since_the_last_visit),
		TEST(fixed_waits_for_the_interval_whatever_the_class),
		TEST(once_is_what_is_worth_the_price),
		TEST(force_takes_everything_once),
		TEST(a_page_put_in_is_seen_after_the_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
