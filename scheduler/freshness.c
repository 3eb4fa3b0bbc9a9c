#include "scheduler/freshness.h"

#include <math.h>

#include "scheduler/value.h"

#define AGE_SERIES_BELOW 1e-2

double freshness_periodic(double rate_per_day, double visits_per_day)
{
	double x = rate_per_day / visits_per_day;

	if (!(rate_per_day > 0))
		return 1;
	if (!(visits_per_day > 0))
		return 0;
	return x > 0 ? -expm1(-x) / x : 1;
}

double freshness_random(double rate_per_day, double visits_per_day)
{
	if (!(rate_per_day > 0))
		return 1;
	return visits_per_day > 0 ? visits_per_day / (visits_per_day + rate_per_day) : 0;
}

double freshness_learned(struct rate_gamma g, double visits_per_day)
{
	double tau = 1 / visits_per_day;

	if (!(visits_per_day > 0) || isinf(tau))
		return 0;
	/* V = w (integral - tau p), so the integral comes without new formulas. */
	return fmin(1, value_learned(1, g, tau) / tau + rate_fresh_probability(g, tau));
}

double freshness_age_periodic_days(double rate_per_day, double visits_per_day)
{
	double x = rate_per_day / visits_per_day, shape;

	if (!(rate_per_day > 0))
		return 0;
	if (!(visits_per_day > 0) || isinf(x))
		return INFINITY;
	if (x < AGE_SERIES_BELOW)
		shape = x * (1.0 / 6 - x * (1.0 / 24 - x * (1.0 / 120 - x / 720)));
	else
		shape = 0.5 - 1 / x - expm1(-x) / x / x;
	return shape / visits_per_day;
}

double freshness_age_random_days(double rate_per_day, double visits_per_day)
{
	if (!(rate_per_day > 0))
		return 0;
	if (!(visits_per_day > 0))
		return INFINITY;
	/* 1/f - 1/(f + rate) without the cancellation. */
	return rate_per_day / (visits_per_day + rate_per_day) / visits_per_day;
}

double freshness_harmonic_penalty(double rate_per_day, double visits_per_day)
{
	if (!(rate_per_day > 0))
		return 0;
	return visits_per_day > 0 ? log1p(rate_per_day / visits_per_day) : INFINITY;
}
