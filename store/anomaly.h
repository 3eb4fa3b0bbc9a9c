/*
 * anomaly.h - answers that contradict HTTP or themselves, and each host's list of them.
 *
 * They are facts about the origin, counted and shown; none of them makes a verdict.
 */
#ifndef STORE_ANOMALY_H
#define STORE_ANOMALY_H

#include <stdbool.h>
#include <stdint.h>

#include "store/base/buf.h"

/* Bits of observation.anomalies; bit numbers are stored: only add at the end. */
enum anomaly {
	ANOMALY_UNSOLICITED_304, /* REQ 22 */
	ANOMALY_OTHER_TAG_304,   /* REQ 21 */
	ANOMALY_FALSE_304, /* an audit found other content under the same validators */
	ANOMALY_SAME_TAG_OTHER_BODY,
	ANOMALY_TAG_CHURN, /* other tag, same bytes of the same date */
	ANOMALY_DATE_BACKWARDS,
	ANOMALY_DATE_IN_FUTURE,
	ANOMALY_CONDITION_REFUSED, /* REQ 23: 400 or 412 */
	ANOMALY_BODY_ON_304,       /* REQ 20 */
	ANOMALY_CLOCK_SKEW,        /* its Date, with its Age, is not our time */
	N_ANOMALIES
};

/* In words for people, and in one word for programs. */
const char *anomaly_text(enum anomaly a);
const char *anomaly_code(enum anomaly a);

/* A URL longer than this is no example: a cut one would name another page. */
#define ANOMALY_EXAMPLE_MAX 1024
#define ANOMALY_LOG_MAX (N_ANOMALIES * (ANOMALY_EXAMPLE_MAX + 64))

/* What a host's list holds of one kind. */
struct anomaly_entry {
	enum anomaly kind;
	uint64_t count;
	int64_t at_ms;       /* of the last one */
	struct span example; /* its URL; borrowed from the log; may be empty */
};

/* Counts each kind in `kinds` (bits) in the log of a host, with the canonical URL that
 * showed it. On failure (ERR_NOMEM only) the log is as it was. */
MUST_CHECK enum err anomaly_note(struct buf *log, uint32_t kinds, struct span url,
				 int64_t at_ms);
/* The next entry; `rest` starts as the whole log. False at its end. What cannot be read
 * (a newer build's kind, damage) is passed over. */
bool anomaly_next(struct span *rest, struct anomaly_entry *entry);

#endif
