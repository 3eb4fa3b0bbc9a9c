/*
 * freshness.h - how fresh is a page that is visited f times a day?
 *
 * Time averages, for visits at equal distances (periodic) or at the instants of a Poisson
 * process (random order). Sources: Cho & Garcia-Molina, TODS 28(4) 2003, sections 3 and 4
 * (freshness, age); Azar et al., PNAS 115(32) 2018, and Kolobov et al., NeurIPS 2019
 * (random order, harmonic penalty). A page that never changes is always fresh; one that
 * changes and is never visited is never fresh, and its age and penalty are INFINITY.
 */
#ifndef SCHEDULER_FRESHNESS_H
#define SCHEDULER_FRESHNESS_H

#include "scheduler/rate.h"

/* Share of the time that the copy is current: F = (f/rate)(1 - e^(-rate/f)). */
double freshness_periodic(double rate_per_day, double visits_per_day);
/* ... f/(f + rate). */
double freshness_random(double rate_per_day, double visits_per_day);
/* ... periodic visits, rate known only as a posterior: the mean of p(s) from visit to
 * visit. */
double freshness_learned(struct rate_gamma g, double visits_per_day);

/* Mean time since the first change not yet seen, 0 while fresh:
 * (1/f)(1/2 - 1/x + (1 - e^-x)/x²), x = rate/f. */
double freshness_age_periodic_days(double rate_per_day, double visits_per_day);
/* ... 1/f - 1/(f + rate). */
double freshness_age_random_days(double rate_per_day, double visits_per_day);

/* ln((f + rate)/f), which is the mean of 1 + 1/2 + ... + 1/n for n unseen changes under
 * random visits: it never lets a page starve. */
double freshness_harmonic_penalty(double rate_per_day, double visits_per_day);

#endif
