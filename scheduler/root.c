#include "scheduler/root.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

#define ROOT_MAX_STEPS 400
#define ROOT_TOLERANCE 4e-16

/* The next x to try between low and high: Newton on log-log axes, or the middle. */
static double next_x(struct root_point at, double x, double target, double low,
		     double high)
{
	double steepness = at.slope * x / at.value; /* d log f / d log x */
	double step = log(target / at.value) / steepness;
	double next = x * exp(step);

	/* Written so that NaN and infinities also fall to the middle. */
	if (next > low && next < high)
		return next;
	return sqrt(low) * sqrt(high);
}

double root_find(root_function *f, const void *context, double target, double guess,
		 double low, double high)
{
	double x = guess > low && guess < high ? guess : sqrt(low) * sqrt(high);
	double width = INFINITY;
	bool newton = true;

	assert(low > 0 && low < high && target > 0);
	for (int i = 0; i < ROOT_MAX_STEPS; i++) {
		struct root_point at = f(context, x);
		double next;

		if (at.value < target)
			low = x;
		else
			high = x;
		if (at.value == target || high / low - 1 < ROOT_TOLERANCE)
			break;
		next = newton ? next_x(at, x, target, low, high) : sqrt(low) * sqrt(high);
		if (fabs(next / x - 1) < ROOT_TOLERANCE)
			break;
		/* Every eighth step must have shrunk the bracket well, or we halve once:
		 * Newton creeps where the function flattens out. */
		newton = i % 8 != 7 || log(high / low) < width / 4;
		if (i % 8 == 7)
			width = log(high / low);
		x = next;
	}
	return x;
}
