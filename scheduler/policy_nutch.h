/*
 * policy_nutch.h - Apache Nutch's AdaptiveFetchSchedule, for comparison.
 *
 * After org.apache.nutch.crawl.AdaptiveFetchSchedule of Nutch 1.x, setFetchSchedule(): the
 * interval grows by inc_rate when a page was not modified and shrinks by dec_rate when it
 * was; with sync_delta it is at least the time since the last modification, and the next
 * fetch is drawn a share of that time towards the modification. Re-written from the rule,
 * in milliseconds instead of floats of seconds. Nutch then fetches what is due, oldest
 * fetch time first.
 */
#ifndef SCHEDULER_POLICY_NUTCH_H
#define SCHEDULER_POLICY_NUTCH_H

#include <stdbool.h>
#include <stdint.h>

struct nutch_rules {
	double inc_rate, dec_rate;
	bool sync_delta;
	double sync_delta_rate;
	int64_t default_interval_ms, min_interval_ms, max_interval_ms;
};

/* As conf/nutch-default.xml has it (the class itself falls back to 0.2 for all rates). */
extern const struct nutch_rules nutch_default_rules;

/* Nutch's state of a page. All zero: never fetched. */
struct nutch_page {
	int64_t interval_ms;    /* 0: the default one */
	int64_t modified_at_ms; /* 0: unknown */
	int64_t fetch_at_ms;    /* due */
};

/* The page was fetched at `now_ms`. A change counts as made now: Nutch does not ask the
 * origin when. */
void nutch_visited(const struct nutch_rules *rules, struct nutch_page *page,
		   int64_t now_ms, bool was_modified);

#endif
