#include "scheduler/value.h"

#include <float.h>
#include <stddef.h>

#include "scheduler/root.h"

/* Below these, the closed forms lose digits to cancellation and the series are exact. */
#define KNOWN_SERIES_BELOW 1e-2
#define LEARNED_SERIES_BELOW 0.05
#define LEARNED_SERIES_TERMS 12
/* Nothing is ever waited for longer than this many b. */
#define LEARNED_MAX_U 1e30
/* In units of the limit; under it the leading term x²/2 is all there is. */
#define PRICE_LEADING_TERM_BELOW 1e-200

static double not_negative(double x)
{
	return x > 0 ? x : 0;
}

/* (1 - (1+x) e^-x) / x for x = rate tau: so that a rate of zero needs no division. */
static double known_shape(double x)
{
	if (x < KNOWN_SERIES_BELOW)
		return x * (1.0 / 2 -
			    x * (1.0 / 3 - x * (1.0 / 8 - x * (1.0 / 30 - x / 144))));
	return (-expm1(-x) - x * exp(-x)) / x;
}

double value_known(double weight, double rate_per_day, double tau_days)
{
	double tau = not_negative(tau_days);

	return weight * tau * known_shape(rate_per_day * tau);
}

double value_known_slope(double weight, double rate_per_day, double tau_days)
{
	double x = rate_per_day * not_negative(tau_days);

	return weight * x * exp(-x);
}

static double learned_series(double a, double u)
{
	double term = a * u * u / 2, sum = 0;

	for (int k = 1; k <= LEARNED_SERIES_TERMS; k++) {
		sum += term;
		term *= -(a + k) * u * (k + 1) / ((double)k * (k + 2));
	}
	return sum;
}

/*
 * V/(w b) = (1 - (1+u)^(1-a)) / (a-1) - u (1+u)^-a, for u = tau/b.
 *
 * As it stands this loses its digits where a is near 1, and for small a where both terms
 * are nearly u. Each half of the range has a form that is safe there; they are the same
 * function.
 */
static double learned_shape(double a, double u)
{
	double l = log1p(u), p = exp(-a * l), power = (1 - a) * l;

	if ((a + 8) * u < LEARNED_SERIES_BELOW)
		return learned_series(a, u);
	if (a < 0.5)
		return (expm1(-a * l) + a * u * p) / (1 - a);
	if (fabs(power) < DBL_EPSILON)
		return l - u * p;
	return l * (expm1(power) / power) - u * p;
}

double value_learned(double weight, struct rate_gamma g, double tau_days)
{
	double u = not_negative(tau_days) / g.b_days;

	return weight * g.b_days * not_negative(learned_shape(g.a, u));
}

static double learned_shape_slope(double a, double u)
{
	return a * u * exp(-(a + 1) * log1p(u));
}

double value_learned_slope(double weight, struct rate_gamma g, double tau_days)
{
	return weight * learned_shape_slope(g.a, not_negative(tau_days) / g.b_days);
}

double value_known_limit(double weight, double rate_per_day)
{
	/* A page that never changes gains nothing, however long we wait. */
	return rate_per_day > 0 ? weight / rate_per_day : 0;
}

double value_learned_limit(double weight, struct rate_gamma g)
{
	if (!(weight > 0))
		return 0;
	return g.a > 1 ? weight * g.b_days / (g.a - 1) : INFINITY;
}

static struct root_point known_at(const void *unused, double x)
{
	(void)unused;
	return (struct root_point){ x * known_shape(x), x * exp(-x) };
}

double value_known_due_days(double weight, double rate_per_day, double price)
{
	double y, guess;

	if (!(price < value_known_limit(weight, rate_per_day)))
		return VALUE_NEVER;
	y = price * rate_per_day / weight;
	if (!(y > PRICE_LEADING_TERM_BELOW))
		return sqrt(2 * not_negative(y)) / rate_per_day;
	if (y >= 1) /* by rounding only */
		return VALUE_NEVER;
	/* V is about x²/2 at first, and 1 - (1+x) e^-x wants about -ln(1-y) later. */
	guess = y < 0.5 ? sqrt(2 * y) * (1 + y / 2) : 1 - 1.3 * log1p(-y);
	return root_find(known_at, NULL, y, guess, sqrt(y) / 2, 60) / rate_per_day;
}

static struct root_point learned_at(const void *context, double u)
{
	double a = *(const double *)context;

	return (struct root_point){ not_negative(learned_shape(a, u)),
				    learned_shape_slope(a, u) };
}

double value_learned_due_days(double weight, struct rate_gamma g, double price)
{
	double y, guess;

	if (!(price < value_learned_limit(weight, g)))
		return VALUE_NEVER;
	y = price / (weight * g.b_days);
	if (!(y > PRICE_LEADING_TERM_BELOW))
		return sqrt(2 * not_negative(y) / g.a) * g.b_days;
	if (learned_shape(g.a, LEARNED_MAX_U) <= y)
		return VALUE_NEVER;
	guess = sqrt(2 * y / g.a);
	return root_find(learned_at, &g.a, y, guess, sqrt(y / g.a) / 2, LEARNED_MAX_U) *
	       g.b_days;
}
