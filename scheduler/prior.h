/*
 * prior.h - what a host's pages teach about a page of it never seen before.
 *
 * Empirical Bayes: the prior's mean is the mean rate of the host's pages, drawn towards
 * the mean of all pages as if ten more pages had it. Kept as sums, so that a visit costs
 * one subtraction and one addition. Whoever adds a page's rate must later remove the very
 * same number: the page's record keeps it (page.rate_micro).
 */
#ifndef SCHEDULER_PRIOR_H
#define SCHEDULER_PRIOR_H

#include <stdint.h>

/* With nothing known: once in a hundred days. A hundred times too low does no harm, far
 * too high costs up to 6 points of freshness until it is unlearned. */
#define PRIOR_START_PER_DAY 0.01
/* How many pages the mean of all pages counts for within a host. */
#define PRIOR_HOST_PSEUDO_PAGES 10.0

/* Of a host, or of all pages. All zero: none. */
struct prior_sum {
	double rate_per_day; /* sum of the pages' rates */
	uint64_t n_pages;
};

void prior_add(struct prior_sum *s, double rate_per_day);
void prior_remove(struct prior_sum *s, double rate_per_day);

/* Mean of all pages; PRIOR_START_PER_DAY if there are none. */
double prior_global_mean_per_day(const struct prior_sum *all);
/* (sum of the host's rates + 10 global mean) / (its pages + 10). */
double prior_host_mean_per_day(const struct prior_sum *host, double global_mean_per_day);

#endif
