/* test_budget.c - requests a second, whatever the clock does. */
#include "tests/unit/unit.h"

#include "scheduler/budget.h"
#include "store/base/clock.h"

#define T0 INT64_C(1790000000000)

/* Requests that start when one is tried every millisecond. */
static int n_taken(struct budget *budget, int64_t from_ms, int64_t ms)
{
	int n = 0;

	for (int64_t at_ms = from_ms; at_ms < from_ms + ms; at_ms++)
		while (budget_take(budget, at_ms))
			n++;
	return n;
}

static const struct {
	double per_s;
	int in_ten_seconds;
} rate_rows[] = {
	{ 0.1, 2 }, { 0.5, 5 }, { 1, 10 }, { 3, 30 }, { 50, 500 }, { 997, 9970 },
};

static void ten_seconds_hold_ten_seconds_worth(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(rate_rows) / sizeof(rate_rows[0]); i++) {
		struct budget budget;
		int n;

		budget_init(&budget, rate_rows[i].per_s, T0);
		n = n_taken(&budget, T0, 10 * MS_PER_SECOND);
		if (n < rate_rows[i].in_ten_seconds - 1 ||
		    n > rate_rows[i].in_ten_seconds + 1)
			fail_msg("%g/s: %d in ten seconds", rate_rows[i].per_s, n);
	}
}

static void a_burst_is_one_second_at_most(void **unused)
{
	struct budget budget;

	(void)unused;
	budget_init(&budget, 50, T0);
	assert_int_equal(n_taken(&budget, T0, 1), 1); /* a start is no burst */
	assert_int_equal(n_taken(&budget, T0 + 3 * MS_PER_HOUR, 1), 50);
	budget_init(&budget, 0.01, T0);
	assert_int_equal(n_taken(&budget, T0 + 3 * MS_PER_HOUR, 1), 1);
}

static void a_debt_is_paid_before_the_next_one_starts(void **unused)
{
	struct budget bytes;

	(void)unused;
	budget_init(&bytes, 1000, T0);
	assert_int_equal(budget_ready_at_ms(&bytes, T0), T0);
	budget_charge(&bytes, 5000, T0); /* known only afterwards */
	assert_int_equal(budget_ready_at_ms(&bytes, T0), T0 + 5000);
	budget_charge(&bytes, -2000, T0 + 1000); /* it was less */
	assert_int_equal(budget_ready_at_ms(&bytes, T0 + 1000), T0 + 3000);
	budget_charge(&bytes, -1e9, T0 + 1000); /* one second's worth at most */
	budget_charge(&bytes, 1000, T0 + 1000);
	assert_int_equal(budget_ready_at_ms(&bytes, T0 + 1000), T0 + 1001);
	budget_init(&bytes, 0, T0);
	budget_charge(&bytes, 1e9, T0);
	assert_int_equal(budget_ready_at_ms(&bytes, T0), T0);
}

static void no_limit_is_always_ready(void **unused)
{
	struct budget budget;

	(void)unused;
	budget_init(&budget, 0, T0);
	for (int i = 0; i < 100000; i++)
		assert_true(budget_take(&budget, T0));
	assert_true(budget_ready_at_ms(&budget, T0) == T0);
}

static void what_it_foretells_comes_true(void **unused)
{
	static const double rates[] = { 0.001, 0.3, 1, 7, 333 };

	(void)unused;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct budget budget;
		int64_t now_ms = T0;

		budget_init(&budget, rates[i], now_ms);
		for (int n = 0; n < 1000; n++) {
			int64_t at_ms = budget_ready_at_ms(&budget, now_ms);

			assert_true(at_ms >= now_ms);
			if (at_ms > now_ms)
				assert_false(budget_take(&budget, at_ms - 1));
			/* One millisecond more may be lost to rounding, no more. */
			if (!budget_take(&budget, at_ms))
				assert_true(budget_take(&budget, ++at_ms));
			now_ms = at_ms;
		}
	}
}

static void a_clock_stepping_back_neither_stalls_nor_storms_REQ92(void **unused)
{
	struct budget budget;
	int64_t now_ms = T0 - MS_PER_DAY;

	(void)unused;
	budget_init(&budget, 2, T0);
	while (budget_take(&budget, T0))
		;
	/* Asked as the loop does: it takes only when it is told that it may. */
	for (int waits = 0; budget_ready_at_ms(&budget, now_ms) > now_ms; waits++) {
		assert_in_range(waits, 0, 3);
		now_ms = budget_ready_at_ms(&budget, now_ms);
	}
	assert_true(now_ms <= T0 - MS_PER_DAY + 2 * MS_PER_SECOND);
	assert_int_equal(n_taken(&budget, now_ms, 1), 1);
}

static void a_clock_leaping_ahead_gives_one_burst_REQ92(void **unused)
{
	struct budget budget;

	(void)unused;
	budget_init(&budget, 20, T0);
	assert_int_equal(n_taken(&budget, T0 + MS_PER_DAY, 1), 20);
	assert_int_equal(n_taken(&budget, T0 + MS_PER_DAY + 1, 1000), 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_seconds_hold_ten_seconds_worth),
		cmocka_unit_test(a_burst_is_one_second_at_most),
		cmocka_unit_test(a_debt_is_paid_before_the_next_one_starts),
		cmocka_unit_test(no_limit_is_always_ready),
		cmocka_unit_test(what_it_foretells_comes_true),
		cmocka_unit_test(a_clock_stepping_back_neither_stalls_nor_storms_REQ92),
		cmocka_unit_test(a_clock_leaping_ahead_gives_one_burst_REQ92),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
