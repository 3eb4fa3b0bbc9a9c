/*
 * policy_stormcrawler.h - StormCrawler's AdaptiveScheduler, for comparison.
 *
 * After com.digitalpebble.stormcrawler.persistence.AdaptiveScheduler, schedule(): whole
 * minutes; unchanged pages wait incr longer, up to a maximum, changed ones are drawn
 * towards the minimum by decr. Re-written from the rule.
 */
#ifndef SCHEDULER_POLICY_STORMCRAWLER_H
#define SCHEDULER_POLICY_STORMCRAWLER_H

#include <stdbool.h>

struct stormcrawler_rules {
	double incr, decr;
	int default_minutes, min_minutes, max_minutes;
};

/* Its own defaults: 0.5 and 0.5, a day, from an hour to 14 days. */
extern const struct stormcrawler_rules stormcrawler_default_rules;

/* Minutes until the next fetch, from those that led to this one (0: the default). */
int stormcrawler_next_minutes(const struct stormcrawler_rules *rules, int minutes,
			      bool has_changed);

#endif
