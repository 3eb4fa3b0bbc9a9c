#include "tests/unit/unit.h"

#include <math.h>

#include "scheduler/prior.h"

static void nothing_known_is_a_slow_page(void **unused)
{
	struct prior_sum none = { 0 };

	(void)unused;
	assert_true(prior_global_mean_per_day(&none) == PRIOR_START_PER_DAY);
	assert_true(prior_host_mean_per_day(&none, 0.3) == 0.3);
}

static void many_pages_outvote_all_others(void **unused)
{
	struct prior_sum host = { 0 };

	(void)unused;
	for (int i = 0; i < 10; i++)
		prior_add(&host, 2);
	assert_true(fabs(prior_host_mean_per_day(&host, 1) - 1.5) < 1e-12);
	for (int i = 0; i < 9990; i++)
		prior_add(&host, 2);
	assert_true(fabs(prior_host_mean_per_day(&host, 1) - 2) < 0.002);
}

static void what_is_removed_leaves_no_trace(void **unused)
{
	struct prior_sum s = { 0 };

	(void)unused;
	for (int i = 1; i <= 1000; i++)
		prior_add(&s, 1.0 / i);
	for (int i = 1; i < 1000; i++)
		prior_remove(&s, 1.0 / i);
	assert_int_equal(s.n_pages, 1);
	assert_true(fabs(s.rate_per_day - 0.001) < 1e-12);
	prior_remove(&s, 0.001);
	assert_true(s.rate_per_day == 0 && s.n_pages == 0);
	prior_remove(&s, 1); /* a page too many does not turn it negative */
	assert_true(s.rate_per_day == 0 && s.n_pages == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_known_is_a_slow_page),
		cmocka_unit_test(many_pages_outvote_all_others),
		cmocka_unit_test(what_is_removed_leaves_no_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
