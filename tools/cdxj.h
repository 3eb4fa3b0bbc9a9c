/*
 * cdxj.h - a line of a web archive's index: SURT key, 14-digit time, JSON.
 *
 * Besides what every such index has we write, and read, what makes the next visit to an
 * adopted page a conditional one: `etag`, `last_modified` and `body_digest` (of the decoded
 * body). Pure.
 */
#ifndef TOOLS_CDXJ_H
#define TOOLS_CDXJ_H

#include <jansson.h>
#include <stdint.h>

#include "store/base/buf.h"
#include "store/base/digest.h"

#define CDXJ_REVISIT "warc/revisit" /* the `mime` of a revisit record */

/* Spans are borrowed; what is empty or zero is left out, or was not there. */
struct cdxj {
	struct span url; /* canonical, when it is to be written */
	int64_t at_ms;
	struct span mime; /* may have parameters, which are not written */
	int status;
	struct span digest; /* with "sha1:" in front or not */
	struct span etag, last_modified;
	struct digest body_digest;
};

/* Appends the line up to the closing brace, which cdxj_end() adds. ERR_INVALID, and nothing
 * is appended: the URL is not canonical. */
MUST_CHECK enum err cdxj_begin(struct buf *out, const struct cdxj *entry);
/* `filename` NULL: the record is in no file. */
MUST_CHECK enum err cdxj_end(struct buf *out, uint64_t offset, uint64_t length,
			     const char *filename);

/* Is this a line of such an index, or one of its header lines? */
bool cdxj_is_line(struct span line);
/* Reads a line; `entry` borrows from `*root` (replaced; json_decref() it at last).
 * ERR_NOT_FOUND: a header line. ERR_INVALID: `why` is a phrase fit for "line 3: ...". */
MUST_CHECK enum err cdxj_parse(struct span line, struct cdxj *entry, json_t **root,
			       struct why *why);

#endif
