/*
 * conditional.h - asks an origin "has this page changed since we saw it?"
 * Pure functions: no socket, no clock, no store. Clauses are of RFC 9110.
 */
#ifndef CRAWLER_CONDITIONAL_H
#define CRAWLER_CONDITIONAL_H

#include <stdbool.h>

#include "store/base/buf.h"

#define REQUEST_HEAD_MAX (12 * 1024) /* REQ 7 */

/* What earns a true 304 from this host (REQ 25a). Stored in records: only add at the
 * end. */
enum condition_mode {
	CONDITION_NONE,     /* nothing does: ask for the page */
	CONDITION_ETAG,     /* If-None-Match alone */
	CONDITION_DATE,     /* If-Modified-Since alone */
	CONDITION_BOTH,     /* the verbatim pair of one 200; where to start (REQ 11) */
	CONDITION_REPAIRED, /* both, and Apache's "x-gzip" also as "x" */
};

/* Is `etag` one that Apache's mod_deflate has marked, so that a repair makes sense? */
bool conditional_is_repairable(struct span etag);
/* ... and is `plain` the same tag without the mark? */
bool conditional_is_plain_form(struct span etag, struct span plain);

/* "none", "etag", "date", "both", "repaired": static. */
const char *condition_mode_text(enum condition_mode mode);

/*
 * Append the preconditions that revalidate a page to `headers`, "Name: value\n" each.
 *
 * `etag` and `last_modified` (either may be empty) are from one and the same 200 and are
 * sent byte for byte (13.1.2, 13.1.3; REQ 10-12). What is not usable by validator.h is
 * left out, wherever it came from (REQ 6, 13, 14), and so is what would make more than
 * `room` octets: first the repair, then the tag. On failure (ERR_NOMEM only) `headers`
 * is as it was.
 */
MUST_CHECK enum err conditional_append(struct span etag, struct span last_modified,
				       enum condition_mode mode, size_t room,
				       struct buf *headers);

/* How many octets of conditions a request for `url` has room for (REQ 7), when the values
 * of its User-Agent and From are `identity_len` octets long together. */
size_t conditional_room(struct span url, size_t identity_len);

#endif
