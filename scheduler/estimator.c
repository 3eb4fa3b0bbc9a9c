#include "scheduler/estimator.h"

#include <math.h>

#include "scheduler/root.h"

double estimator_naive_per_day(double n_visits, double n_changes, double interval_days)
{
	double watched_days = n_visits * interval_days;

	return watched_days > 0 ? n_changes / watched_days : 0;
}

double estimator_reduced_per_day(double n_visits, double n_changes, double interval_days)
{
	if (!(n_visits > 0) || !(interval_days > 0))
		return 0;
	return -log((n_visits - n_changes + 0.5) / (n_visits + 0.5)) / interval_days;
}

struct history {
	const struct estimator_visit *visits;
	size_t n;
};

/* The sum over the changed visits, at r = 1/x: so that it grows with x. */
static struct root_point sum_over_changed(const void *context, double x)
{
	const struct history *h = context;
	struct root_point sum = { 0, 0 };

	for (size_t i = 0; i < h->n; i++) {
		double tau = h->visits[i].tau_days, odds = expm1(tau / x);

		if (!h->visits[i].has_changed || !(tau > 0))
			continue;
		sum.value += tau / odds;
		sum.slope += tau / x * (tau / x) * (1 + 1 / odds) / odds;
	}
	return sum;
}

double estimator_likeliest_per_day(const struct estimator_visit *visits, size_t n)
{
	struct history h = { visits, n };
	double unchanged_days = 0, changed_days = 0, n_changed = 0;

	for (size_t i = 0; i < n; i++) {
		if (!(visits[i].tau_days > 0))
			continue;
		if (!visits[i].has_changed) {
			unchanged_days += visits[i].tau_days;
			continue;
		}
		changed_days += visits[i].tau_days;
		n_changed++;
	}
	if (!(n_changed > 0))
		return 0;
	if (!(unchanged_days > 0))
		return INFINITY;
	/* r lies above X/T and below X/(unchanged time), as tau/(e^(r tau) - 1) <= 1/r. */
	return 1 / root_find(sum_over_changed, &h, unchanged_days,
			     (unchanged_days + changed_days / 2) / n_changed,
			     unchanged_days / n_changed / 2,
			     2 * (unchanged_days + changed_days) / n_changed);
}
