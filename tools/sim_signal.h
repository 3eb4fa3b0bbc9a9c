/*
 * sim_signal.h - announcements of changes, as a sitemap or a feed would make them.
 *
 * A share of the pages has a source. It announces each change with probability `recall`,
 * `lag_days` after it; and so many false ones, at random instants, that a share
 * `precision` of all is true. What a policy is told is only "page X is announced now".
 */
#ifndef TOOLS_SIM_SIGNAL_H
#define TOOLS_SIM_SIGNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "store/base/buf.h"

struct sim_signals {
	double share, recall, precision; /* share 0: there are none */
	double lag_days;
	double cost; /* requests that an announcement takes off the budget */
};

struct sim_announcement {
	double at; /* days */
	uint32_t page;
};

/* "share=0.5,recall=0.9,precision=0.9,lag=1h,cost=0", any of them in any order; recall
 * and precision default to 1, share too. On ERR_INVALID `why` is a phrase. */
MUST_CHECK enum err sim_signals_parse(struct span spec, struct sim_signals *signals,
				      struct why *why);

struct sim_world;
/* Draws the world's announcements from its changes and world->signals. ERR_NOMEM. */
MUST_CHECK enum err sim_signals_draw(struct sim_world *world);

#endif
