/*
 * validator.h - what an ETag or a Last-Modified is worth.
 *
 * Pure functions on field values as received: a validator is judged, compared and echoed
 * byte for byte, never repaired or re-formatted. Clauses are of RFC 9110.
 */
#ifndef CRAWLER_VALIDATOR_H
#define CRAWLER_VALIDATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "crawler/header.h"
#include "store/base/buf.h"

#define ETAG_MAX 4096 /* octets with quotes and W/: REQ 14 */

/*
 * Is this an entity tag that we store and send? One quoted string of at most ETAG_MAX
 * octets, with or without W/ (8.8.3), exactly as it stands; a space in it is let pass,
 * because servers write and compare it.
 *
 * Not used (REQ 14): no quotes or single ones, w/, a quote inside, a bare `*` (it matches
 * anything: 13.1.2), control octets. An unquoted tag earned a 304 from none of thirteen
 * servers measured and a 400 from one, so echoing it has no use.
 */
bool validator_etag_is_usable(struct span value);

/* The rest take usable tags. */
bool validator_etag_is_weak(struct span etag);
/* Weak comparison, which revalidation uses (8.8.3.2, 13.1.2; REQ 24). */
bool validator_weak_match(struct span a, struct span b);
/* Both strong, and the same (8.8.3.2). */
bool validator_strong_match(struct span a, struct span b);

/* The next tag of a list as If-None-Match carries it (13.1.2). False at the end, which
 * is clean when `rest` is then empty, and else where no usable tag stands. */
bool validator_list_next(struct span *rest, struct span *etag);

/* Is this Last-Modified an HTTP-date (REQ 13)? `now_ms` is for two-digit years only. */
bool validator_date_is_usable(struct span value, int64_t now_ms, int64_t *at_ms);

/* When one answer was made, and what it says of itself. 0: unknown. */
struct validator_dates {
	int64_t last_modified_at_ms;
	int64_t date_at_ms; /* its Date; without one, when it was received (6.6.1) */
	int64_t previous_visit_at_ms; /* 0: this is the first one */
	bool changed;                 /* the content is not that of the previous visit */
};

/*
 * May Last-Modified be believed as the time of the change? Not when it lies after the
 * answer (8.8.2.1), nor before a visit that still saw the old content, nor within 5 s of
 * Date: then the page is made on the fly, or changed twice in the date's second (8.8.2.2).
 */
bool validator_date_is_trusted(const struct validator_dates *dates);

/* The validators of one answer, each empty when there is none to use. */
struct validator_pair {
	struct span etag, last_modified; /* borrowed from the headers */
	int64_t last_modified_at_ms;     /* 0 without last_modified */
};

/* A field that stands there twice counts as absent: the lines cannot both be true, and
 * joined they name nothing (REQ 15). */
struct validator_pair validators_from_headers(const struct header_list *headers,
					      int64_t now_ms);

#endif
