/*
 * learn.h - what a visit teaches about a page: its change rate, its value class, its part
 * in its host's prior.
 *
 * The time that counts is the time since the last visit that told whether the page had
 * changed: failures say nothing, so an outage does not make a page look calm (law 8).
 *
 *   unchanged, minor        not changed (the index need not care for a minor change)
 *   changed                 changed; dated when its Last-Modified is trusted
 *   gone, moved             changed when that is news; while it lasts, gone teaches
 *                           nothing and moved is one more "not changed"
 *   back from gone, moved   changed
 *   new                     nothing, or its age by a trusted Last-Modified
 *   error, refused, blocked nothing
 */
#ifndef SCHEDULER_LEARN_H
#define SCHEDULER_LEARN_H

#include "scheduler/rate.h"
#include "scheduler/signal.h"
#include "store/host.h"
#include "store/observation.h"
#include "store/store.h"

enum lesson { LESSON_NONE, LESSON_SAME, LESSON_CHANGED };

/* Mean of the prior for a page of `host`. */
double learn_prior_per_day(const struct store_classes *all, const struct host *host);
/* What is known of the page's change rate. */
struct rate_gamma learn_posterior(const struct page *page, double prior_per_day);
/* Chance that the page has changed since that was last known; 0 if it never was. */
double learn_change_probability(const struct page *page, double prior_per_day,
				int64_t now_ms);

/* Chance that it is as it was `days` ago, by its rate and what its sources have said since,
 * or have not. */
double learn_fresh_probability(const struct page *page, double prior_per_day,
			       double days);

/*
 * To be called before page_observe(), with the page as it stood. Foretells the outcome
 * into o->predicted, then takes the lesson: changes what page.h calls "learned". Anything
 * but LESSON_NONE is to be told to calibration_count().
 */
enum lesson learn_visit(struct page *page, struct observation *o, double prior_per_day);

/* A source that announces the page's changes (scheduler/signal.h). */
struct learn_source {
	struct signal_quality quality;
	unsigned n_announced; /* since the last visit that told the page's content */
	double price;         /* of a visit at present; 0: not known */
};

/* The same for a page with a source. Its class is the one it has among pages without
 * (signal_stand()); its part in the host's prior is its whole rate. */
enum lesson learn_visit_told(struct page *page, struct observation *o,
			     double prior_per_day, const struct learn_source *source);

#endif
