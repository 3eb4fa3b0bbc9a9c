/*
 * plan.h - the one place that sets when a page is looked at again, and why (law 2).
 *
 * After a good answer the policy decides. A page with bounds of its own (its seed's, or its
 * host's in the settings) cannot wait for its turn alone: with a greatest interval, or a
 * least one longer than the interval it deserves at the present price, it waits in class 0
 * and is due then. The price moves, so a page that did join a class may have its turn before
 * its least interval has passed: plan_too_soon() sends it back.
 */
#ifndef SCHEDULER_PLAN_H
#define SCHEDULER_PLAN_H

#include "scheduler/policy.h"
#include "store/host.h"

struct plan_config {
	const struct policy *policy;
	struct policy_context context;
	int64_t min_interval_ms, max_interval_ms; /* for pages that bring no bounds */
	bool bounds_are_of_host;                  /* ... and those are not everybody's */
	int64_t gone_spacing_ms;                  /* REQ 30 */
	int64_t retry_min_ms, retry_max_ms;       /* REQ 56 */
};

/* The least and greatest time that `page` is left alone: its own bounds, else the
 * configured ones. The least never exceeds the greatest. */
void plan_bounds(const struct plan_config *config, const struct page *page,
		 int64_t *min_ms, int64_t *max_ms);

/*
 * Sets next_visit_at_ms, next_visit_reason and position of `page`, which has just been
 * given to page_observe(). `host` is the page's, already told of the answer.
 */
void plan_next_visit(const struct plan_config *config, struct page *page,
		     const struct host *host, const struct observation *o,
		     int64_t now_ms);

/* True if a page whose turn has come must not be visited yet: it is then due when it may
 * be, and is to be put back. */
bool plan_too_soon(const struct plan_config *config, struct page *page, int64_t now_ms);

/* The page is announced to have changed, and a visit would now gain `value`: moves it to
 * the place in its class at which it is worth that. A page that waits for the end of an
 * interval of its own is due now, its least interval kept, if that is above the price. */
void plan_announced(const struct plan_config *config, struct page *page, double value,
		    int64_t now_ms);

/* Makes a page due at once (a new seed, a recheck). */
void plan_at_once(struct page *page, enum visit_reason reason, int64_t now_ms);

/* First, doubled for each failure in a row, at most `max_ms`, +-10 % by `salt`
 * (REQ 56). 0 failures: 0. */
int64_t backoff_ms(uint32_t n_failures, int64_t min_ms, int64_t max_ms, uint64_t salt);

#endif
