#include "tests/unit/unit.h"

#include <math.h>

#include "scheduler/freshness.h"
#include "scheduler/root.h"
#include "scheduler/value.h"
#include "store/base/err.h"

/* Extremes on every axis; the tests go through all their combinations. */
static const double all_rates[] = { 0, 1e-9, 1e-4, 0.03, 1, 24, 1e4 };
static const double all_taus[] = { 0, 1e-12, 1e-6, 1e-3, 0.1, 1, 30, 1e3, 1e6 };
static const double all_as[] = { 1e-9,         1e-3, 0.499999, 0.5, 0.9999999999, 1,
				 1.0000000001, 1.5,  10,       90,  1e6 };
static const double all_bs[] = { 1e-9, 1e-3, 0.05, 50, 5e8 };
static const double all_weights[] = { 0, 1e-6, 1, 1e6 };

#define EACH(x, list) for (const double *x = (list); x < (list) + ARRAY_SIZE(list); x++)

/* Rounding may lower a value by its last digits, no more. */
#define ROUNDING (1 - 1e-11)

static void known_values_are_finite_and_never_fall(void **unused)
{
	(void)unused;
	EACH(rate, all_rates)
	EACH(w, all_weights)
	{
		double before = 0;

		EACH(tau, all_taus)
		{
			double v = value_known(*w, *rate, *tau);

			if (!isfinite(v) || v < before * ROUNDING)
				fail_msg("rate %g w %g tau %g: %g after %g", *rate, *w,
					 *tau, v, before);
			assert_true(isfinite(value_known_slope(*w, *rate, *tau)));
			before = v;
		}
	}
}

static void learned_values_are_finite_and_never_fall(void **unused)
{
	(void)unused;
	EACH(a, all_as)
	EACH(b, all_bs)
	EACH(w, all_weights)
	{
		struct rate_gamma g = { *a, *b };
		double before = 0;

		EACH(tau, all_taus)
		{
			double v = value_learned(*w, g, *tau);

			if (!isfinite(v) || v < before * ROUNDING)
				fail_msg("a %g b %g w %g tau %g: %g after %g", *a, *b, *w,
					 *tau, v, before);
			assert_true(isfinite(value_learned_slope(*w, g, *tau)));
			before = v;
		}
	}
}

static void the_series_meet_the_closed_forms(void **unused)
{
	(void)unused;
	/* Known: at rate tau = 0.01. Learned: at (a + 8) tau/b = 0.05. */
	double below = value_known(1, 1, 0.01 * (1 - 1e-13));
	double above = value_known(1, 1, 0.01 * (1 + 1e-13));

	assert_true(fabs(above / below - 1) < 1e-11);
	EACH(a, all_as)
	{
		struct rate_gamma g = { *a, 3 };
		double tau = 3 * 0.05 / (*a + 8);

		below = value_learned(1, g, tau * (1 - 1e-13));
		above = value_learned(1, g, tau * (1 + 1e-13));
		if (!(fabs(above / below - 1) < 1e-9))
			fail_msg("a %g: %.17g and %.17g", *a, below, above);
	}
}

static void the_forms_for_small_and_for_large_a_meet_at_one_half(void **unused)
{
	(void)unused;
	EACH(tau, all_taus)
	{
		double below =
			value_learned(1, (struct rate_gamma){ 0.5 - 1e-13, 2 }, *tau);
		double above = value_learned(1, (struct rate_gamma){ 0.5, 2 }, *tau);

		assert_true(fabs(above - below) <= 1e-10 * above);
	}
}

/* A posterior of a million changes is as good as knowing the rate. */
static void much_evidence_is_knowledge(void **unused)
{
	(void)unused;
	for (double tau = 0.01; tau < 100; tau *= 3) {
		double known = value_known(2, 0.3, tau);
		double learned = value_learned(2, (struct rate_gamma){ 3e7, 1e8 }, tau);

		assert_true(fabs(learned / known - 1) < 1e-5);
	}
}

static void a_due_interval_is_where_the_value_meets_the_price(void **unused)
{
	(void)unused;
	EACH(a, all_as)
	EACH(b, all_bs)
	for (double price = 1e-12; price < 1e12; price *= 100) {
		struct rate_gamma g = { *a, *b };
		double tau = value_learned_due_days(2, g, price);

		assert_true(tau >= 0); /* so no NaN either */
		if (isinf(tau))
			assert_true(value_learned(2, g, 1e6) <= price * (1 + 1e-9));
		else if (price < value_learned_limit(2, g) * 0.999)
			assert_true(fabs(value_learned(2, g, tau) / price - 1) < 1e-8);
	}
}

static void a_known_due_interval_is_where_the_value_meets_the_price(void **unused)
{
	(void)unused;
	EACH(rate, all_rates)
	for (double price = 1e-12; price < 1e12; price *= 100) {
		double tau = value_known_due_days(2, *rate, price);

		assert_true(tau >= 0);
		if (isinf(tau))
			assert_true(value_known_limit(2, *rate) <= price * (1 + 1e-12));
		else if (price < value_known_limit(2, *rate) * 0.999)
			assert_true(fabs(value_known(2, *rate, tau) / price - 1) < 1e-9);
	}
}

static const struct {
	const char *why;
	double weight, rate, price;
	bool never;
} never_rows[] = {
	{ "a page that never changes", 1, 0, 1e-9, true },
	{ "a page of no weight", 0, 1, 1e-9, true },
	{ "a price of w/rate", 1, 2, 0.5, true },
	{ "a price below w/rate", 1, 2, 0.49, false },
	{ "nothing to pay", 1, 2, 0, false },
};

static void what_gains_too_little_is_never_due(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(never_rows); i++)
		if (isinf(value_known_due_days(never_rows[i].weight, never_rows[i].rate,
					       never_rows[i].price)) !=
		    never_rows[i].never)
			fail_msg("row %zu: %s", i, never_rows[i].why);
}

static void a_clock_set_back_makes_no_value(void **unused)
{
	(void)unused;
	assert_true(value_known(1, 1, -5) == 0);
	assert_true(value_learned(1, (struct rate_gamma){ 1, 1 }, -5) == 0);
	assert_true(value_learned(1, (struct rate_gamma){ 1, 1 }, NAN) == 0);
}

static void freshness_is_a_share_and_grows_with_visits(void **unused)
{
	(void)unused;
	EACH(rate, all_rates)
	{
		double before = 0, before_random = 0;

		for (double f = 1e-9; f < 1e9; f *= 10) {
			double now = freshness_periodic(*rate, f);
			double random = freshness_random(*rate, f);

			assert_true(now >= before * ROUNDING && now <= 1);
			assert_true(random >= before_random && random <= 1);
			assert_true(now >= random * ROUNDING); /* even spacing is best */
			assert_true(freshness_age_periodic_days(*rate, f) <=
				    freshness_age_random_days(*rate, f) * (1 + 1e-9));
			before = now;
			before_random = random;
		}
	}
	assert_true(freshness_periodic(0, 0) == 1 && freshness_periodic(1, 0) == 0);
	assert_true(isinf(freshness_age_periodic_days(1, 0)));
	assert_true(freshness_age_periodic_days(0, 0) == 0);
}

static struct root_point step_at_three(const void *unused, double x)
{
	(void)unused;
	return (struct root_point){ x < 3 ? 1 : 5, 0 };
}

static void a_root_may_be_a_jump(void **unused)
{
	(void)unused;
	assert_true(fabs(root_find(step_at_three, NULL, 2, 0, 1e-30, 1e30) - 3) < 1e-12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_values_are_finite_and_never_fall),
		cmocka_unit_test(learned_values_are_finite_and_never_fall),
		cmocka_unit_test(the_series_meet_the_closed_forms),
		cmocka_unit_test(the_forms_for_small_and_for_large_a_meet_at_one_half),
		cmocka_unit_test(much_evidence_is_knowledge),
		cmocka_unit_test(a_due_interval_is_where_the_value_meets_the_price),
		cmocka_unit_test(a_known_due_interval_is_where_the_value_meets_the_price),
		cmocka_unit_test(what_gains_too_little_is_never_due),
		cmocka_unit_test(a_clock_set_back_makes_no_value),
		cmocka_unit_test(freshness_is_a_share_and_grows_with_visits),
		cmocka_unit_test(a_root_may_be_a_jump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
