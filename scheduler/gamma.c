#include "scheduler/gamma.h"

#include <float.h>
#include <math.h>

#include "scheduler/root.h"

#define GAMMA_MAX_TERMS 100000
/* Above this shape Wilson and Hilferty's cube of a normal is right to 1e-6. */
#define GAMMA_LARGE_SHAPE 1e6

/* x^a e^-x / Gamma(a + 1). lgamma() would write a global. */
static double leading_term(double a, double x)
{
	int sign;

	return exp(a * log(x) - x - lgamma_r(a + 1, &sign));
}

static double lower_by_series(double a, double x)
{
	double term = 1, sum = 1;

	for (int n = 1; n < GAMMA_MAX_TERMS && term > sum * DBL_EPSILON; n++) {
		term *= x / (a + n);
		sum += term;
	}
	return sum * leading_term(a, x);
}

/* Lentz's method; x > a + 1, where it converges and no denominator is near zero. */
static double upper_by_fraction(double a, double x)
{
	double b = x + 1 - a, c = 1 / DBL_MIN, d = 1 / b, product = d, factor = 0;

	for (int n = 1; n < GAMMA_MAX_TERMS && fabs(factor - 1) > DBL_EPSILON; n++) {
		double numerator = -n * (n - a);

		b += 2;
		d = 1 / (numerator * d + b);
		c = b + numerator / c;
		factor = c * d;
		product *= factor;
	}
	return product * a * leading_term(a, x);
}

/* P(Z <= z) of the normal that (X/a)^(1/3) nearly is. */
static double large_shape_probability(double a, double x)
{
	double z = (cbrt(x / a) - 1 + 1 / (9 * a)) * 3 * sqrt(a);

	return erfc(-z / sqrt(2)) / 2;
}

double gamma_probability(double a, double x)
{
	if (!(x > 0))
		return 0;
	if (x > 1e300)
		return 1;
	if (a > GAMMA_LARGE_SHAPE)
		return large_shape_probability(a, x);
	if (x < a + 1)
		return fmin(lower_by_series(a, x), 1);
	return fmax(0, 1 - upper_by_fraction(a, x));
}

static struct root_point probability_at(const void *context, double x)
{
	double a = *(const double *)context;

	return (struct root_point){
		.value = gamma_probability(a, x),
		.slope = x > 0 ? a / x * leading_term(a, x) : 0,
	};
}

double gamma_quantile(double a, double q)
{
	double low = DBL_MIN, high = 2 * a + 1000, guess;
	int sign;

	if (!(q > 0))
		return 0;
	q = fmin(q, 1 - 1e-15);
	/* The first term of the series, exact for small x. */
	guess = exp((log(q) + lgamma_r(a + 1, &sign)) / a);
	if (guess < low)
		return 0;
	return root_find(probability_at, &a, q, fmin(guess, fmax(a, 1)), low, high);
}
