/*
 * policy.h - how long a page that answered well is left alone.
 *
 * A policy is arithmetic: no clock, no store. It names an interval; bounds, back-off and
 * the rest of a page's life are the same under every policy (plan.h).
 */
#ifndef SCHEDULER_POLICY_H
#define SCHEDULER_POLICY_H

#include "store/observation.h"

/* What a policy may go by besides the page itself. */
struct policy_context {
	double budget_per_s; /* requests in all; 0: no limit */
	int64_t interval_ms; /* schedule.interval, for `fixed` */
	uint64_t n_pages;    /* in the store */
};

struct policy {
	const char *name;
	/* The interval that `page` deserves after a good answer. */
	int64_t (*interval_ms)(const struct policy_context *context,
			       const struct page *page);
};

/* The policy of that name, or NULL. Static. */
const struct policy *policy_find(struct span name);

/* Every page once an interval: schedule.interval. */
extern const struct policy policy_fixed;
/* All pages equally often, as the budget allows: N / R. */
extern const struct policy policy_uniform;

#endif
