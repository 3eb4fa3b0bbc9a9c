/*
 * told.h - a page and the sources that tell of it.
 *
 * A sitemap, a feed and pings may tell of one page. They are taken for independent of each
 * other: what none of them would announce is silent, and a page that two announce is
 * doubted by both. So together they are one source as signal.h has it.
 */
#ifndef SCHEDULER_TOLD_H
#define SCHEDULER_TOLD_H

#include "scheduler/learn.h"
#include "store/source.h"

/* By sort, as in page.told; no source: has[] is false. */
struct told {
	bool has[PAGE_N_TOLD];
	struct source_trust trust[PAGE_N_TOLD];
};

struct signal_quality told_quality(const struct source_trust *trust);
/* All of them as one, with what they announced of `page` since its last visit. False: there
 * is none, or none that is worth listening to. */
bool told_join(const struct told *told, const struct page *page, double price,
	       struct learn_source *source);
/* What the visit to `page` teaches of each. `g` is the page's posterior before it. */
void told_observe(struct told *told, const struct page *page, struct rate_gamma g,
		  double days, bool has_changed);
/* A source with that trust announces that `page` has changed: notes it, and returns what a
 * visit is worth now. 0: nobody listens to that source. */
double told_announce(const struct told *told, struct page *page, int sort,
		     double prior_per_day, int64_t now_ms);
/* The source of that sort tells of the page no more: its class is what it is without. */
void told_forget(struct page *page, int sort, double prior_per_day);

#endif
