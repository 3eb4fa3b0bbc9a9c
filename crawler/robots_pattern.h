/*
 * robots_pattern.h - one path pattern of a robots.txt against one URL (RFC 9309 2.2.2,
 * 2.2.3). Pure functions on bytes.
 */
#ifndef CRAWLER_ROBOTS_PATTERN_H
#define CRAWLER_ROBOTS_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/base/buf.h"

/* Which side of the comparison is being normalised. */
enum robots_side {
	ROBOTS_PATTERN, /* a star, and a dollar at the end, are special */
	ROBOTS_TARGET,  /* path and query of a URL: nothing is */
};

/* No octet grows to more than this many. */
#define ROBOTS_NORMALISED_GROWTH 3

/*
 * Writes the form in which both sides are compared to `out`, which has room for
 * ROBOTS_NORMALISED_GROWTH times text.len, and returns its length (REQ 48).
 *
 * Percent-encoded unreserved octets are decoded; what is neither unreserved nor reserved
 * (RFC 3986 2.2) is encoded with capital digits, as is a literal `*` or `$`, so that
 * `%2A` in a pattern means the star itself (2.2.3). A reserved octet equals its encoded
 * form (2.2.2) except where it would delimit: %2F and %3F in the path, %26, %3D, %2B and
 * %3B in the query.
 */
size_t robots_normalise(struct span text, enum robots_side side, char *out);

/*
 * Does `pattern` match `target`, both normalised? `*work` is lowered by about the octets
 * looked at: at most a few times target.len, whatever the number of stars, since no star
 * is ever tried twice (REQ 50).
 */
bool robots_pattern_matches(struct span pattern, struct span target, int64_t *work);

#endif
