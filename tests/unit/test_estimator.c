#include "tests/unit/unit.h"

#include <math.h>

#include "scheduler/estimator.h"
#include "store/base/err.h"

static void no_visits_are_no_rate(void **unused)
{
	(void)unused;
	assert_true(estimator_naive_per_day(0, 0, 1) == 0);
	assert_true(estimator_reduced_per_day(0, 0, 1) == 0);
	assert_true(estimator_likeliest_per_day(NULL, 0) == 0);
}

static void a_change_at_every_visit_is_finite_only_when_reduced(void **unused)
{
	static const struct estimator_visit always[] = { { 1, true }, { 2, true } };

	(void)unused;
	assert_true(isinf(estimator_likeliest_per_day(always, ARRAY_SIZE(always))));
	assert_true(isfinite(estimator_reduced_per_day(2, 2, 1)));
}

static void visits_at_no_distance_say_nothing(void **unused)
{
	static const struct estimator_visit visits[] = {
		{ 1, true }, { 0, true }, { -3, false }, { 1, false }
	};

	(void)unused;
	/* n = 2, X = 1: e^-r = 1/2. */
	assert_true(fabs(estimator_likeliest_per_day(visits, ARRAY_SIZE(visits)) -
			 log(2)) < 1e-12);
}

static void the_likeliest_rate_is_found_over_many_powers_of_ten(void **unused)
{
	(void)unused;
	for (double unit = 1e-6; unit < 1e6; unit *= 10)
		for (double longer = 1; longer < 1e5; longer *= 10) {
			struct estimator_visit v[] = { { unit, false },
						       { unit * longer, true },
						       { unit, true } };
			double r = estimator_likeliest_per_day(v, ARRAY_SIZE(v));
			double sum = unit * longer / expm1(r * unit * longer) +
				     unit / expm1(r * unit);

			assert_true(fabs(sum / unit - 1) < 1e-9);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_visits_are_no_rate),
		cmocka_unit_test(a_change_at_every_visit_is_finite_only_when_reduced),
		cmocka_unit_test(visits_at_no_distance_say_nothing),
		cmocka_unit_test(the_likeliest_rate_is_found_over_many_powers_of_ten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
