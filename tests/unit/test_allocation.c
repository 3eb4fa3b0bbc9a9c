#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>

#include "scheduler/allocation.h"
#include "scheduler/classes.h"
#include "scheduler/freshness.h"
#include "scheduler/value.h"

#define N 500
#define N_HOSTS 12

static double next_uniform(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return ((double)(*state >> 11) + 0.5) / 9007199254740992.0;
}

/* Rates over seven powers of ten, Zipf weights, some learned. */
static void make_pages(struct allocation_page *pages, size_t n, bool learned)
{
	uint64_t state = 2463534242;

	for (size_t i = 0; i < n; i++) {
		double rate = pow(10, 7 * next_uniform(&state) - 5);
		double a = 0.5 + 8 * next_uniform(&state);

		pages[i] = (struct allocation_page){
			.rate_per_day = rate,
			.weight = pow((double)(i + 1), -0.8),
			.n_pages = 1,
			.host = (uint32_t)(next_uniform(&state) * N_HOSTS),
		};
		if (learned)
			pages[i].learned = (struct rate_gamma){ a, a / rate };
	}
}

static void fill(double *visits, size_t n, double each)
{
	for (size_t i = 0; i < n; i++)
		visits[i] = each;
}

static void the_published_example_comes_out(void **unused)
{
	static const double f[] = { 1.15, 1.36, 1.35, 1.14, 0.00 };
	struct allocation_page pages[5];
	double visits[5];
	struct allocation best, uniform;

	(void)unused;
	for (int i = 0; i < 5; i++)
		pages[i] = (struct allocation_page){ .rate_per_day = i + 1,
						     .weight = 1,
						     .n_pages = 1 };
	best = allocation_solve(AIM_PERIODIC, pages, 5, 5, visits);
	for (int i = 0; i < 5; i++)
		assert_true(fabs(visits[i] - f[i]) < 0.005);
	assert_true(fabs(best.freshness - 0.373889) < 1e-6);
	fill(visits, 5, 1);
	uniform = allocation_judge(AIM_PERIODIC, pages, 5, visits);
	assert_true(fabs(uniform.freshness - 0.365053) < 1e-6);
	for (int i = 0; i < 5; i++)
		visits[i] = 5.0 * (i + 1) / 15;
	uniform = allocation_judge(AIM_PERIODIC, pages, 5, visits);
	assert_true(fabs(uniform.freshness - 0.316738) < 1e-6);
}

static const enum allocation_aim aims[] = { AIM_PERIODIC, AIM_RANDOM, AIM_HARMONIC };

static void the_budget_is_spent_and_nothing_uniform_beats_it(void **unused)
{
	struct allocation_page pages[N];
	double visits[N];

	(void)unused;
	for (int learned = 0; learned < 2; learned++)
		for (size_t k = 0; k < ARRAY_SIZE(aims); k++)
			for (double budget = 1e-4; budget < 1e7; budget *= 10) {
				struct allocation best, uniform;

				make_pages(pages, N, learned);
				best = allocation_solve(aims[k], pages, N, budget,
							visits);
				if (!(fabs(best.visits_per_day / budget - 1) < 1e-9))
					fail_msg("aim %d: %g spent of %g", aims[k],
						 best.visits_per_day, budget);
				fill(visits, N, budget / N);
				uniform = allocation_judge(aims[k], pages, N, visits);
				if (aims[k] == AIM_HARMONIC)
					assert_true(best.penalty < uniform.penalty);
				else
					assert_true(best.freshness > uniform.freshness);
			}
}

/* Moving a little budget from any page to another gains nothing: the optimum. */
static void no_exchange_between_two_pages_gains(void **unused)
{
	struct allocation_page pages[N];
	double visits[N];
	struct allocation best;

	(void)unused;
	make_pages(pages, N, false);
	best = allocation_solve(AIM_PERIODIC, pages, N, 300, visits);
	for (size_t i = 0; i < N; i++) {
		double f = visits[i], rate = pages[i].rate_per_day, x = rate / f;
		double gain = f > 0 ? pages[i].weight / rate * (1 - (1 + x) * exp(-x))
				    : pages[i].weight / rate; /* of the first visit */

		if (f > 0)
			assert_true(fabs(gain / best.price - 1) < 1e-6);
		else
			assert_true(gain <= best.price * (1 + 1e-9));
	}
}

static void a_small_budget_goes_to_the_best_page(void **unused)
{
	struct allocation_page pages[3] = {
		{ .rate_per_day = 3, .weight = 1, .n_pages = 1 },
		{ .rate_per_day = 3, .weight = 1.1, .n_pages = 2 },
		{ .rate_per_day = 0, .weight = 9, .n_pages = 1 },
	};
	double visits[3];
	struct allocation a = allocation_solve(AIM_PERIODIC, pages, 3, 0.01, visits);

	(void)unused;
	/* Both pages of the line alike, to the last bit of the budget; F = f/rate. */
	assert_true(visits[0] == 0 && visits[2] == 0);
	assert_true(fabs(visits[1] - 0.005) < 1e-12);
	assert_true(fabs(a.freshness - (9 + 2.2 * 0.005 / 3) / 12.2) < 1e-12);
}

static void where_nothing_can_be_gained_nothing_is_spent(void **unused)
{
	struct allocation_page pages[2] = {
		{ .rate_per_day = 0, .weight = 1, .n_pages = 1 },
		{ .rate_per_day = 1, .weight = 0, .n_pages = 1 },
	};
	double visits[2];
	struct allocation a = allocation_solve(AIM_PERIODIC, pages, 2, 10, visits);

	(void)unused;
	assert_true(a.price == 0 && a.visits_per_day == 0 && a.freshness == 1);
	a = allocation_solve(AIM_PERIODIC, pages, 0, 10, visits);
	assert_true(a.visits_per_day == 0);
	pages[0].rate_per_day = 1;
	a = allocation_solve(AIM_PERIODIC, pages, 2, 0, visits);
	assert_true(a.visits_per_day == 0 && a.freshness == 0);
}

static void caps_hold_and_wide_caps_change_nothing(void **unused)
{
	struct allocation_page pages[N];
	double visits[N], free_visits[N], cap[N_HOSTS], price[N_HOSTS];
	struct allocation_hosts hosts = { cap, price, N_HOSTS };
	struct allocation capped, best;

	(void)unused;
	make_pages(pages, N, false);
	best = allocation_solve(AIM_PERIODIC, pages, N, 300, free_visits);
	fill(cap, N_HOSTS, INFINITY);
	assert_int_equal(allocation_solve_capped(AIM_PERIODIC, pages, N, 300, &hosts,
						 visits, &capped),
			 ERR_OK);
	assert_true(fabs(capped.freshness - best.freshness) < 1e-12);
	for (double each = 1e-3; each < 1e3; each *= 3) {
		double used[N_HOSTS] = { 0 };

		fill(cap, N_HOSTS, each);
		cap[0] = 0;
		cap[1] = INFINITY;
		assert_int_equal(allocation_solve_capped(AIM_PERIODIC, pages, N, 300,
							 &hosts, visits, &capped),
				 ERR_OK);
		for (size_t i = 0; i < N; i++)
			used[pages[i].host] += visits[i];
		for (size_t h = 0; h < N_HOSTS; h++)
			assert_true(used[h] <= cap[h] * (1 + 1e-9));
		assert_true(fabs(capped.visits_per_day / 300 - 1) < 1e-9);
		assert_true(capped.freshness < best.freshness);
	}
}

static void a_page_of_an_unknown_host_is_refused(void **unused)
{
	struct allocation_page page = {
		.rate_per_day = 1, .weight = 1, .n_pages = 1, .host = 1
	};
	double cap = 1, price, visits;
	struct allocation_hosts hosts = { &cap, &price, 1 };
	struct allocation a;

	(void)unused;
	assert_int_equal(
		allocation_solve_capped(AIM_PERIODIC, &page, 1, 1, &hosts, &visits, &a),
		ERR_INVALID);
}

static void the_budget_for_a_freshness_reaches_it(void **unused)
{
	struct allocation_page pages[N];
	double visits[N];

	(void)unused;
	make_pages(pages, N, true);
	for (double target = 0.1; target < 1; target += 0.2) {
		struct allocation need =
			allocation_for_freshness(AIM_PERIODIC, pages, N, target);
		struct allocation back = allocation_solve(AIM_PERIODIC, pages, N,
							  need.visits_per_day, visits);

		assert_true(fabs(need.freshness - target) < 1e-9);
		assert_true(fabs(back.freshness - target) < 1e-9);
	}
}

static void pages_alike_may_stand_in_one_line(void **unused)
{
	struct allocation_page one[4], lines[2];
	double visits[4], line_visits[2];
	struct allocation a, b;

	(void)unused;
	for (int i = 0; i < 4; i++)
		one[i] = (struct allocation_page){ .rate_per_day = i ? 2 : 1,
						   .weight = 1,
						   .n_pages = 1 };
	lines[0] = one[0];
	lines[1] = one[1];
	lines[1].n_pages = 3;
	a = allocation_solve(AIM_PERIODIC, one, 4, 3, visits);
	b = allocation_solve(AIM_PERIODIC, lines, 2, 3, line_visits);
	assert_true(fabs(a.freshness - b.freshness) < 1e-12);
	assert_true(fabs(visits[3] - line_visits[1]) < 1e-9);
}

/* What rounding to classes costs, by the classes' own account. */
static void classes_lose_less_than_half_a_percent(void **unused)
{
	struct allocation_page pages[N], rounded[N];
	double visits[N];
	struct allocation best, with_classes;

	(void)unused;
	make_pages(pages, N, true);
	for (size_t i = 0; i < N; i++)
		rounded[i] = class_allocation_page(
			class_of(pages[i].weight, pages[i].learned), 1);
	for (double budget = 30; budget < 30000; budget *= 10) {
		best = allocation_solve(AIM_PERIODIC, pages, N, budget, visits);
		(void)allocation_solve(AIM_PERIODIC, rounded, N, budget, visits);
		with_classes = allocation_judge(AIM_PERIODIC, pages, N, visits);
		assert_true(with_classes.freshness > 0.995 * best.freshness);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_example_comes_out),
		cmocka_unit_test(the_budget_is_spent_and_nothing_uniform_beats_it),
		cmocka_unit_test(no_exchange_between_two_pages_gains),
		cmocka_unit_test(a_small_budget_goes_to_the_best_page),
		cmocka_unit_test(where_nothing_can_be_gained_nothing_is_spent),
		cmocka_unit_test(caps_hold_and_wide_caps_change_nothing),
		cmocka_unit_test(a_page_of_an_unknown_host_is_refused),
		cmocka_unit_test(the_budget_for_a_freshness_reaches_it),
		cmocka_unit_test(pages_alike_may_stand_in_one_line),
		cmocka_unit_test(classes_lose_less_than_half_a_percent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
