/*
 * metrics.h - what a monitoring system reads, in the text format of Prometheus, version
 * 0.0.4: base units, `_total` for what only grows, and no label that the web could fill.
 *
 * What only grows comes from the store, so it goes on after a restart.
 */
#ifndef TOOLS_METRICS_H
#define TOOLS_METRICS_H

#include "store/store.h"
#include "tools/live.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* What the system says of this process; NAN where it says nothing. */
struct metrics_process {
	double cpu_s, started_at_s;
	double resident_bytes, virtual_bytes;
	double n_fds, most_fds;
};

void metrics_read_process(struct metrics_process *process);

struct metrics {
	const struct counters *totals; /* borrowed */
	struct store_gauges store;
	struct live_numbers live;
	double turn_age_s; /* since the loop last turned */
	uint64_t last_cursor, acknowledged;
	/* Of the last report; NAN and 0 before there is one. */
	double freshness, freshness_weighted;
	int64_t n_overdue, reported_at_ms;
	struct metrics_process process;
};

/* Appends. Pure. */
MUST_CHECK enum err metrics_render(struct buf *out, const struct metrics *metrics);

#endif
