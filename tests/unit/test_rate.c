#include "tests/unit/unit.h"

#include <math.h>

#include "scheduler/gamma.h"
#include "scheduler/rate.h"
#include "store/base/err.h"

static const struct rate_rules rules = RATE_RULES;

static bool is_sane(struct rate_gamma g)
{
	return g.a >= 0.999999e-3 && g.b_days >= 0.999999e-9 && isfinite(g.a) &&
	       isfinite(g.b_days);
}

static void a_censored_change_counts_for_at_most_one(void **unused)
{
	(void)unused;
	for (double a = 1e-3; a < 1e5; a *= 7)
		for (double b = 1e-9; b < 1e9; b *= 100)
			for (double tau = 1e-12; tau < 1e7; tau *= 100) {
				struct rate_gamma g = { a, b };
				struct rate_gamma after = rate_gamma_censored(g, tau);

				if (!is_sane(after) || after.a > a + 1 + 1e-6 ||
				    after.a < a * (1 - 1e-6) ||
				    rate_mean_per_day(after) <
					    rate_mean_per_day(g) * (1 - 1e-9))
					fail_msg("a %g b %g tau %g: a %g b %g", a, b, tau,
						 after.a, after.b_days);
			}
}

static void a_change_at_once_counts_wholly_and_a_late_one_for_nothing(void **unused)
{
	struct rate_gamma g = { 0.5, 10 };

	(void)unused;
	assert_true(rate_gamma_censored(g, 0).a == 1.5);
	assert_true(rate_gamma_censored(g, -3).a == 1.5);
	/* After 1e12 days a change is no news. */
	assert_true(fabs(rate_gamma_censored(g, 1e12).a - 0.5) < 1e-4);
}

static void evidence_stays_bounded_and_sane_over_any_history(void **unused)
{
	static const double taus[] = { 0, 1e-12, 1e-3, 1, 400, 1e6, -7 };
	struct rate_evidence e = { 0 };
	uint32_t bits = 1;

	(void)unused;
	for (int i = 0; i < 20000; i++) {
		double tau;

		bits = bits * 1664525 + 1013904223;
		tau = taus[(bits >> 24) % ARRAY_SIZE(taus)];
		if (bits & 0x10000)
			rate_unchanged(&rules, &e, tau);
		else if (bits & 0x20000)
			rate_changed_dated(&rules, &e, tau, tau / 2);
		else
			rate_changed(&rules, &e, bits & 0x40000 ? 1e-9 : 1e4, tau);
		assert_true(e.n_changes >= 0 && e.n_changes <= 12.5001); /* 1/(1-0.92) */
		assert_true(e.days >= 0 && e.days <= 1.0001e7);
		assert_true(is_sane(rate_posterior(&rules, &e, 0.01)));
	}
}

/* The rate learned from visits tau apart to a page that changes by Poisson. */
static double learn(double rate, double tau, int n_visits, bool dated)
{
	struct rate_rules keep_all = { 0.5, 1 };
	struct rate_evidence e = { 0 };
	uint64_t state = 88172645463325252u;

	for (int i = 0; i < n_visits; i++) {
		double u, since;

		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		u = ((double)(state >> 11) + 0.5) / 9007199254740992.0;
		since = -log(u) / rate;
		if (since >= tau)
			rate_unchanged(&keep_all, &e, tau);
		else if (dated)
			rate_changed_dated(&keep_all, &e, tau, since);
		else
			rate_changed(&keep_all, &e, 0.01, tau);
	}
	return rate_mean_per_day(rate_posterior(&keep_all, &e, 0.01));
}

static void the_true_rate_is_found_with_dates_and_without(void **unused)
{
	(void)unused;
	/* Also where most visits hide several changes: X/T would stop at 1/tau. */
	for (double tau = 0.1; tau < 2; tau *= 2) {
		assert_true(fabs(learn(2, tau, 20000, false) / 2 - 1) < 0.06);
		assert_true(fabs(learn(2, tau, 20000, true) / 2 - 1) < 0.06);
	}
}

static void a_silent_page_is_forgotten_slowly_a_new_habit_is_followed(void **unused)
{
	struct rate_evidence e = { 0 };
	double before;

	(void)unused;
	for (int i = 0; i < 50; i++)
		rate_unchanged(&rules, &e, 1);
	before = rate_mean_per_day(rate_posterior(&rules, &e, 0.01));
	for (int i = 0; i < 10; i++)
		rate_changed(&rules, &e, 0.01, 1);
	assert_true(rate_mean_per_day(rate_posterior(&rules, &e, 0.01)) > 10 * before);
}

#define DAY_MS INT64_C(86400000)

static const struct {
	const char *why;
	int64_t last_modified, date;
	bool changed;
	int64_t previous_visit;
	bool trusted;
} date_rows[] = {
	{ "an old date on a first visit", 1 * DAY_MS, 9 * DAY_MS, false, 0, true },
	{ "no Last-Modified", 0, 9 * DAY_MS, false, 0, false },
	{ "no Date to hold it against", 1 * DAY_MS, 0, false, 0, false },
	{ "after the origin's clock", 10 * DAY_MS, 9 * DAY_MS, false, 0, false },
	{ "made on request", 9 * DAY_MS - 5000, 9 * DAY_MS, false, 0, false },
	{ "six seconds old", 9 * DAY_MS - 6000, 9 * DAY_MS, false, 0, true },
	{ "changed since the last visit", 8 * DAY_MS, 9 * DAY_MS, true, 7 * DAY_MS,
	  true },
	{ "changed, but dated before", 6 * DAY_MS, 9 * DAY_MS, true, 7 * DAY_MS, false },
	{ "unchanged, dated before", 6 * DAY_MS, 9 * DAY_MS, false, 7 * DAY_MS, true },
};

static void only_a_plausible_date_is_trusted(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(date_rows); i++)
		if (rate_last_modified_is_trusted(date_rows[i].last_modified,
						  date_rows[i].date, date_rows[i].changed,
						  date_rows[i].previous_visit) !=
		    date_rows[i].trusted)
			fail_msg("row %zu: %s", i, date_rows[i].why);
}

static void a_credible_interval_holds_its_share(void **unused)
{
	(void)unused;
	for (double a = 1e-3; a < 2e7; a *= 9) {
		struct rate_gamma g = { a, 7 };
		struct rate_interval i = rate_credible_interval(g, 0.9);
		double below = gamma_probability(a, i.low_per_day * 7);
		double above = 1 - gamma_probability(a, i.high_per_day * 7);

		assert_true(i.low_per_day >= 0 && i.low_per_day <= i.high_per_day);
		assert_true(isfinite(i.high_per_day));
		/* For a near zero the low end is too small for a double: then it is 0. */
		if (i.low_per_day > 0)
			assert_true(fabs(below - 0.05) < 1e-6);
		assert_true(fabs(above - 0.05) < 1e-6);
	}
}

static void fresh_and_changed_add_up_to_one(void **unused)
{
	(void)unused;
	for (double days = 1e-12; days < 1e7; days *= 10) {
		struct rate_gamma g = { 1.3, 20 };
		double fresh = rate_fresh_probability(g, days);
		double changed = rate_change_probability(g, days);

		assert_true(fabs(fresh + changed - 1) < 1e-15);
		assert_true(changed > 0 && fresh > 0);
	}
	assert_true(rate_fresh_probability((struct rate_gamma){ 1, 1 }, -1) == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_censored_change_counts_for_at_most_one),
		cmocka_unit_test(
			a_change_at_once_counts_wholly_and_a_late_one_for_nothing),
		cmocka_unit_test(evidence_stays_bounded_and_sane_over_any_history),
		cmocka_unit_test(the_true_rate_is_found_with_dates_and_without),
		cmocka_unit_test(
			a_silent_page_is_forgotten_slowly_a_new_habit_is_followed),
		cmocka_unit_test(only_a_plausible_date_is_trusted),
		cmocka_unit_test(a_credible_interval_holds_its_share),
		cmocka_unit_test(fresh_and_changed_add_up_to_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
