/*
 * content_coding.h - undoes the Content-Encoding of a whole response (RFC 9110 8.4).
 * Pure functions with limits on what they make.
 */
#ifndef CRAWLER_CONTENT_CODING_H
#define CRAWLER_CONTENT_CODING_H

#include "crawler/header.h"
#include "store/base/buf.h"

/* What is asked for, on every request the same (REQ 4): exactly what is undone here. */
#define ACCEPT_ENCODING "gzip, deflate"

#define DECODED_MAX_BYTES (8 * 1024 * 1024) /* REQ 60, the default */
#define CODINGS_MAX 2                       /* REQ 61 */
#define DECODED_RATIO_MAX 200               /* REQ 61; counts once over ... */
#define DECODED_RATIO_FROM (1024 * 1024)    /* ... this many octets */

enum coding_verdict {
	DECODED,
	CODING_UNKNOWN,   /* not one of ours, or more than CODINGS_MAX of them */
	CODING_BROKEN,    /* truncated, damaged, or not what it says it is */
	CODING_BOMB,      /* over the ratio: REQ 61 */
	CODING_TOO_LARGE, /* over `max_bytes`, also in between two codings */
};

/* "decoded", "unknown coding", ...: static. */
const char *coding_verdict_text(enum coding_verdict verdict);

/*
 * Decodes `wire`, the body as received, by the Content-Encoding lines in `headers`:
 * identity, gzip (x-gzip), deflate with its zlib wrapper or, as some servers send it,
 * without. The last coding in the list is undone first.
 *
 * A stream must be whole: its end seen and its checksum right (REQ 27); an empty body is
 * no gzip stream. A gzip file is a row of members (RFC 1952 2.2), and each must be whole.
 * What follows the last one and does not start as a member is ignored, as browsers do:
 * the stream vouches for itself, and refusing it would shut out for ever pages that
 * everybody can read.
 *
 * `body` is replaced when `*verdict` is DECODED, else it is as it was. The error is
 * ERR_NOMEM only.
 */
MUST_CHECK enum err content_decode(const struct header_list *headers, struct span wire,
				   size_t max_bytes, struct buf *body,
				   enum coding_verdict *verdict);

#endif
