/*
 * value.h - the crawl value: what a visit now would gain.
 *
 *   V(tau) = w (integral_0^tau p(s) ds - tau p(tau)),  p(s) = P(unchanged s days after)
 *
 * Under a request budget the weighted freshness is greatest when the pages of greatest V
 * are visited: V is where the derivatives of all pages' freshness by their visit rate
 * meet (Cho & Garcia-Molina, TODS 28(4) 2003, section 5.1, Lagrange multiplier; Olston &
 * Pandey, WWW 2008, for any p). It is measured in weight times days, grows with tau, and
 * is never negative. The price is the V below which no visit is worth its request.
 *
 * tau: days since the last visit; below zero counts as zero. The results are finite for
 * any weight >= 0, rates from 0 to 1e4 per day and days up to 1e6.
 */
#ifndef SCHEDULER_VALUE_H
#define SCHEDULER_VALUE_H

#include <math.h>

#include "scheduler/rate.h"

/* The due interval of a page that no waiting makes worth the price. */
#define VALUE_NEVER INFINITY

/* p(s) = e^(-rate s): the rate is known. */
double value_known(double weight, double rate_per_day, double tau_days);
/* p(s) = (1 + s/b)^-a: the rate is learned. Taking the whole posterior and not a point of
 * it matters: a page once over-estimated would starve for ever. */
double value_learned(double weight, struct rate_gamma g, double tau_days);

/* Days after the last visit at which V reaches `price`; VALUE_NEVER if it does not. */
double value_known_due_days(double weight, double rate_per_day, double price);
double value_learned_due_days(double weight, struct rate_gamma g, double price);

/* What V tends to as tau grows: w/rate, or w b/(a-1), infinite for a <= 1. A price above
 * it is never reached. */
double value_known_limit(double weight, double rate_per_day);
double value_learned_limit(double weight, struct rate_gamma g);

/* dV/dtau = -w tau p'(tau). */
double value_known_slope(double weight, double rate_per_day, double tau_days);
double value_learned_slope(double weight, struct rate_gamma g, double tau_days);

#endif
