/*
 * live.h - what the loop tells those who watch it: its numbers, the verdicts of the last
 * hour by the minute, and the last visits.
 *
 * The loop writes once a turn and once a visit, others copy it all whenever they like; a
 * lock that is held for a copy alone is all that is between them. Nothing here touches
 * the store.
 */
#ifndef TOOLS_LIVE_H
#define TOOLS_LIVE_H

#include "store/visit.h"
#include "tools/loop.h"

#define LIVE_VISITS 64
#define LIVE_MINUTES 60
#define LIVE_URL_MAX 500 /* bytes of a URL that are kept */

struct live_numbers {
	struct loop_tally tally;
	int n_waiting; /* flights that wait for a host or its robots.txt */
	double budget_per_s;
	int64_t turned_at_us; /* monotonic */
	bool stopping;
};

struct live_minute {
	int64_t at_ms; /* its start; 0: nothing happened in it */
	uint32_t by_verdict[N_VERDICTS];
	uint64_t wire_bytes;
};

struct live_visit {
	int64_t at_ms;
	uint8_t verdict, evidence, error;
	uint16_t http_status;
	uint32_t elapsed_ms, wire_bytes;
	uint16_t url_len;
	char url[LIVE_URL_MAX];
};

/* A copy, as it was at one moment. */
struct live_copy {
	struct live_numbers numbers;
	struct live_minute minutes[LIVE_MINUTES]; /* in no order: see at_ms */
	struct live_visit visits[LIVE_VISITS];    /* the newest first */
	size_t n_visits;
};

struct live;

MUST_CHECK enum err live_new(struct live **live);
void live_free(struct live *live);

/* The loop's side. */
void live_turn(struct live *live, const struct live_numbers *numbers);
void live_visited(struct live *live, struct span url, const struct visit *visit);

/* Everybody's. */
void live_read(struct live *live, struct live_copy *copy);
/* The numbers alone: cheaper. */
struct live_numbers live_numbers(struct live *live);

#endif
