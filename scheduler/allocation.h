/*
 * allocation.h - the best way to share a request budget among pages, all rates given.
 *
 * This is the bound that every policy is measured by, the answer to "what would twice the
 * budget bring", and the price of a visit. Solved through its Lagrange multiplier: at the
 * optimum a page is visited whenever its crawl value (scheduler/value.h) has reached the
 * price, and the price is what makes the visits add up to the budget (Cho &
 * Garcia-Molina, TODS 28(4) 2003, section 5.1). With a cap on each host's visits, host h
 * has the price max(price, the one at which h alone fills its cap) (Kolobov et al., SIGIR
 * 2019). Time O(pages), some fifteen passes.
 */
#ifndef SCHEDULER_ALLOCATION_H
#define SCHEDULER_ALLOCATION_H

#include <stddef.h>
#include <stdint.h>

#include "scheduler/rate.h"
#include "store/base/err.h"

/* What is bought with visits. */
enum allocation_aim {
	AIM_PERIODIC, /* freshness under evenly spaced visits */
	AIM_RANDOM,   /* freshness under visits in random order (Azar et al., 2018) */
	AIM_HARMONIC, /* least harmonic penalty, random order (Kolobov et al., 2019) */
};

/* A page, or `n_pages` that are alike: a whole class is one line. */
struct allocation_page {
	struct rate_gamma learned; /* with a > 0 it is used instead of rate_per_day */
	double rate_per_day;
	double weight;
	double n_pages;
	uint32_t host; /* read only where there are caps */
};

struct allocation {
	double price;          /* of a visit; 0: the budget is more than can be spent */
	double visits_per_day; /* spent */
	double freshness;      /* weighted mean over the pages; for AIM_HARMONIC also */
	double penalty;        /* weighted harmonic penalty, mean per page */
};

/*
 * Shares `budget_per_day` visits. visits_per_day[i] is what each of the n_pages pages of
 * line i gets. A page too fast to be worth a visit gets none. With nothing to gain
 * anywhere (no page changes) nothing is spent and the price is 0.
 */
struct allocation allocation_solve(enum allocation_aim aim,
				   const struct allocation_page *pages, size_t n,
				   double budget_per_day, double *visits_per_day);

/* The caller's arrays, one entry a host: most visits a day in, price out. A cap may be
 * INFINITY. */
struct allocation_hosts {
	const double *cap_per_day;
	double *price;
	size_t n;
};

/* As allocation_solve(), and no host gets more than its cap. ERR_NOMEM; ERR_INVALID: a
 * page names a host that is not there. */
MUST_CHECK enum err allocation_solve_capped(enum allocation_aim aim,
					    const struct allocation_page *pages, size_t n,
					    double budget_per_day,
					    const struct allocation_hosts *hosts,
					    double *visits_per_day,
					    struct allocation *result);

/* What one page of the line is visited at that price, per day. */
double allocation_visits_at(enum allocation_aim aim, const struct allocation_page *page,
			    double price);

/* Price, freshness and visits if every visit costs `price` > 0 and nobody counts the
 * budget. The freshness wanted within a budget, or the budget for a freshness, is then a
 * search over it. */
struct allocation allocation_at_price(enum allocation_aim aim,
				      const struct allocation_page *pages, size_t n,
				      double price);

/* The least budget that reaches `freshness` (clamped below 1), and what comes with it. */
struct allocation allocation_for_freshness(enum allocation_aim aim,
					   const struct allocation_page *pages, size_t n,
					   double freshness);

/* Freshness, penalty and visits of any allocation, say a uniform one; its price is 0. */
struct allocation allocation_judge(enum allocation_aim aim,
				   const struct allocation_page *pages, size_t n,
				   const double *visits_per_day);

#endif
