/*
 * estimator.h - the literature's point estimates of a change rate.
 *
 * For comparison and reports only: the scheduler uses the posterior of scheduler/rate.h.
 * Source: Cho & Garcia-Molina, Estimating Frequency of Change, TOIT 3(3) 2003.
 */
#ifndef SCHEDULER_ESTIMATOR_H
#define SCHEDULER_ESTIMATOR_H

#include <stdbool.h>
#include <stddef.h>

/* X/T (section 4.1): changes seen by time watched. Far too low once pages change more
 * often than they are visited. 0 without visits. */
double estimator_naive_per_day(double n_visits, double n_changes, double interval_days);

/* -ln((n - X + 0.5)/(n + 0.5)) / interval (section 4.2): regular visits, bias reduced,
 * finite even if every visit found a change. 0 without visits. */
double estimator_reduced_per_day(double n_visits, double n_changes, double interval_days);

/* One visit at an irregular interval. */
struct estimator_visit {
	double tau_days;
	bool has_changed;
};

/*
 * Maximum likelihood for irregular visits (section 4.3): the r with
 *   sum over changed of tau/(e^(r tau) - 1) = sum over unchanged of tau.
 * 0 if no visit found a change; INFINITY if every one did.
 */
double estimator_likeliest_per_day(const struct estimator_visit *visits, size_t n);

#endif
