/*
 * ahead.h - a store whose last run went by a clock that was ahead of the present one
 * (REQ 92). What visits dated later than now would not be asked before that day has come.
 */
#ifndef SCHEDULER_AHEAD_H
#define SCHEDULER_AHEAD_H

#include "store/store.h"

/* Clocks that are kept by NTP, or set by hand, are not farther apart. */
#define AHEAD_MIN_MS 60000
/* So far both clocks may be off, and neither does harm: a run takes back by itself. What is
 * more, somebody has to say which of the two is right: a machine that has just been started
 * may believe that it is 1970, and every page would be 56 years old when it hears better. */
#define AHEAD_BY_ITSELF_MS (26 * INT64_C(3600000))

/* How much later than `now_ms` the last request of all runs is said to have been, if by over
 * AHEAD_MIN_MS; else 0. */
int64_t ahead_of_ms(const struct store *store, int64_t now_ms);

/*
 * For a writer before anything of the queue is read: pages and sources that were visited, or
 * added, later than now are taken back by `by_ms`, so their distances stay. A host rests for
 * its delay, or for what it has asked for, a day at most, from now on: it may have been asked
 * a moment ago. What was told (feed, history) keeps its dates. A walk over all pages, which
 * commits as it goes; where it is broken off, the next one goes on.
 */
MUST_CHECK enum err ahead_take_back(struct store *store, int64_t by_ms, int64_t now_ms);

#endif
