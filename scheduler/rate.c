#include "scheduler/rate.h"

#include <math.h>

#include "scheduler/gamma.h"
#include "store/base/clock.h"

#define RATE_MIN_A 1e-3
#define RATE_MIN_B_DAYS 1e-9
/* Bounds of a prior's mean: once in a million years, once in 10 s. */
#define RATE_MIN_MEAN_PER_DAY 1e-9
#define RATE_MAX_MEAN_PER_DAY 1e4
#define RATE_MADE_ON_REQUEST_MS (5 * MS_PER_SECOND)

/* NaN counts as zero too. */
static double not_negative(double x)
{
	return x > 0 ? x : 0;
}

void rate_forget(const struct rate_rules *rules, struct rate_evidence *e)
{
	e->n_changes *= rules->keep;
	e->days *= rules->keep;
}

void rate_first_fetch_dated(struct rate_evidence *e, double age_days)
{
	e->n_changes = 1;
	e->days = not_negative(age_days);
}

void rate_unchanged(const struct rate_rules *rules, struct rate_evidence *e,
		    double tau_days)
{
	rate_forget(rules, e);
	e->days += not_negative(tau_days);
}

void rate_changed_dated(const struct rate_rules *rules, struct rate_evidence *e,
			double tau_days, double age_days)
{
	rate_forget(rules, e);
	e->n_changes += 1;
	e->days += fmin(not_negative(age_days), not_negative(tau_days));
}

void rate_changed(const struct rate_rules *rules, struct rate_evidence *e,
		  double prior_mean_per_day, double tau_days)
{
	struct rate_gamma before, after;

	rate_forget(rules, e);
	before = rate_posterior(rules, e, prior_mean_per_day);
	after = rate_gamma_censored(before, tau_days);
	e->n_changes = not_negative(e->n_changes + after.a - before.a);
	e->days = not_negative(e->days + after.b_days - before.b_days);
}

/*
 * With L = ln(1 + tau/b) the moments of the censored posterior are
 *   E r   = a/b       (1 - e^-(a+1)L) / (1 - e^-aL)
 *   E r^2 = a(a+1)/b² (1 - e^-(a+2)L) / (1 - e^-aL)
 * and expm1 keeps them exact for a visit seconds after the last one.
 */
struct rate_gamma rate_gamma_censored(struct rate_gamma g, double tau_days)
{
	double a = g.a, b = g.b_days;
	double l = log1p(not_negative(tau_days) / b);
	double changed = -expm1(-a * l);
	double first, second, variance;

	/* No time has passed: a change all the same, at the limit of the formulas. */
	if (changed < 1e-280)
		return (struct rate_gamma){ a + 1, b };
	first = a * (-expm1(-(a + 1) * l) / changed); /* in units of 1/b */
	second = a * (a + 1) * (-expm1(-(a + 2) * l) / changed);
	variance = second - first * first;
	/* Only rounding can do this, in a posterior too narrow to learn anything. */
	if (!(variance > 0))
		return g;
	return (struct rate_gamma){ first * first / variance, b * (first / variance) };
}

struct rate_gamma rate_posterior(const struct rate_rules *rules,
				 const struct rate_evidence *e, double prior_mean_per_day)
{
	double mean = fmin(fmax(prior_mean_per_day, RATE_MIN_MEAN_PER_DAY),
			   RATE_MAX_MEAN_PER_DAY);

	return (struct rate_gamma){
		.a = fmax(rules->prior_a + e->n_changes, RATE_MIN_A),
		.b_days = fmax(rules->prior_a / mean + e->days, RATE_MIN_B_DAYS),
	};
}

bool rate_last_modified_is_trusted(int64_t last_modified_at_ms, int64_t date_at_ms,
				   bool has_changed, int64_t previous_visit_at_ms)
{
	if (last_modified_at_ms <= 0 || date_at_ms <= 0)
		return false;
	if (date_at_ms - last_modified_at_ms <= RATE_MADE_ON_REQUEST_MS)
		return false;
	return !has_changed || last_modified_at_ms > previous_visit_at_ms;
}

double rate_mean_per_day(struct rate_gamma g)
{
	return g.a / g.b_days;
}

double rate_quantile_per_day(struct rate_gamma g, double q)
{
	return gamma_quantile(g.a, q) / g.b_days;
}

struct rate_interval rate_credible_interval(struct rate_gamma g, double level)
{
	double outside = 1 - fmin(fmax(level, 0), 1);

	return (struct rate_interval){
		.low_per_day = rate_quantile_per_day(g, outside / 2),
		.high_per_day = rate_quantile_per_day(g, 1 - outside / 2),
	};
}

double rate_fresh_probability(struct rate_gamma g, double days)
{
	return exp(-g.a * log1p(not_negative(days) / g.b_days));
}

double rate_change_probability(struct rate_gamma g, double days)
{
	return -expm1(-g.a * log1p(not_negative(days) / g.b_days));
}
