/*
 * policy.h - which page deserves the next visit, and how long the others can wait.
 *
 * A policy is arithmetic: no clock, no store. It either gives each page an interval, after
 * which it is due (class 0 of the queue), or puts it into a class: a queue by last visit,
 * where it waits for its turn. Bounds, back-off and the rest of a page's life are the same
 * under every policy (plan.h).
 *
 *   optimal   value classes (classes.h); the greatest crawl value is next
 *   uniform   one class; the page left alone for longest is next
 *   fixed     due after schedule.interval
 *
 * Classes that another policy has left in the queue are read as that of a page of which
 * nothing is known, or go by the time since the last visit.
 */
#ifndef SCHEDULER_POLICY_H
#define SCHEDULER_POLICY_H

#include "store/observation.h"

/* What a policy may go by besides the page itself. */
struct policy_context {
	double budget_per_s; /* requests in all; 0: no limit */
	double bytes_per_s;  /* ... and bytes */
	int64_t interval_ms; /* schedule.interval, for `fixed` */
	uint64_t n_pages;    /* in the store */
	double price;        /* that a visit must be worth; 0: not known */
	/* at which bytes count, see scheduler/cost.h; 0: they do not */
	double requests_per_byte;
};

/* The class of all pages under a policy that makes no difference between them. */
#define CLASS_OF_ALL 1

/* An interval without end. */
#define POLICY_NEVER_MS (INT64_MAX / 4)

struct policy {
	const char *name;
	bool has_price; /* `value` is what a visit is worth */
	/* The interval that `page` deserves after a good answer, as things stand. */
	int64_t (*interval_ms)(const struct policy_context *context,
			       const struct page *page);
	/* The class (not 0) in which it waits for its turn; NULL: it is due after the
	 * interval instead. */
	uint16_t (*class_of)(const struct policy_context *context,
			     const struct page *page);
	/* The interval of a page of a class other than 0, as things stand. `worth`, here and
	 * below, may be all zero: by what all pages of the class have in common. */
	int64_t (*class_interval_ms)(const struct policy_context *context, uint16_t class,
				     const struct page_worth *worth);
	/* What a visit now would gain; grows with tau. The greatest is next. */
	double (*value)(uint16_t class, const struct page_worth *worth, double tau_days);
};

/* The policy of that name, or NULL. Static. */
const struct policy *policy_find(struct span name);
/* All pages equally often: the time in which the budget goes round once, N / R. 0 without
 * a budget. */
int64_t policy_round_ms(const struct policy_context *context);

extern const struct policy policy_optimal;
extern const struct policy policy_uniform;
extern const struct policy policy_fixed;

#endif
