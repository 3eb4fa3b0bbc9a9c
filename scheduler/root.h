/*
 * root.h - where an increasing function reaches a value.
 *
 * Crawl values, budgets and quantiles all ask this one question, over arguments that span
 * dozens of powers of ten. So the search runs on the logarithms of both axes, where those
 * functions are nearly straight: Newton steps, and halving where Newton would leave the
 * bracket or the slope says nothing.
 */
#ifndef SCHEDULER_ROOT_H
#define SCHEDULER_ROOT_H

struct root_point {
	double value; /* >= 0, never falls as x grows */
	double slope; /* d value / d x; 0 if unknown: then the bracket is halved */
};

typedef struct root_point root_function(const void *context, double x);

/*
 * The x in [low, high] with f(x) = target, to the last digits the function gives.
 *
 * 0 < low < high and target > 0. `guess` only saves steps. Where f jumps over the target
 * the x of the jump is returned; outside the range the nearer end.
 */
double root_find(root_function *f, const void *context, double target, double guess,
		 double low, double high);

#endif
