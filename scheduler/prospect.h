/*
 * prospect.h - what a budget can buy, by the histogram of classes: no page is looked at, so
 * the answer takes milliseconds at ten million pages.
 *
 * Pages of which nothing is learned yet are left out, and politeness: this is the bound
 * that no policy passes, not what hosts allow.
 */
#ifndef SCHEDULER_PROSPECT_H
#define SCHEDULER_PROSPECT_H

#include "scheduler/allocation.h"
#include "store/store.h"

struct prospect {
	struct allocation_page *lines; /* one a class in use */
	double *visits;                /* per day and page, of the last answer */
	size_t n;
	double n_pages;
};

/* n_pages[STORE_N_CLASSES], such as the store's: how many pages stand in each class.
 * ERR_NOMEM. */
MUST_CHECK enum err prospect_init(struct prospect *prospect, const uint32_t *n_pages);
void prospect_release(struct prospect *prospect);

/* The best that so many visits a day can reach. */
struct allocation prospect_at_budget(struct prospect *prospect, double per_day);
/* The least budget that reaches a freshness. */
struct allocation prospect_for_freshness(struct prospect *prospect, double freshness);
/* What as many visits reach when all pages get the same. */
struct allocation prospect_uniform(struct prospect *prospect, double per_day);

/* The price of a visit under a budget; that of the last run if no class is in use, or for
 * want of memory. 0: not known, or there is no limit. */
double prospect_price(const struct store *store, double budget_per_s);

#endif
