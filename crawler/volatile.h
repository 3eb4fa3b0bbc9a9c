/*
 * volatile.h - what a page shows that is different at every look without being news.
 *
 * A token is volatile by its form and its context together, never by its form alone:
 * "12 May 2026" behind "Last updated on" is, in a programme of events it is the news. So a
 * bare number, a price, a quantity, a version in prose are never volatile here. What only
 * the comparison with other pages of the host can tell is left to difference.h.
 */
#ifndef CRAWLER_VOLATILE_H
#define CRAWLER_VOLATILE_H

#include "store/base/buf.h"

/* Stands for each token that was masked; a text has no such byte of its own. */
#define VOLATILE_MARK '\x01'

/* Changes whenever another text may be masked otherwise: part of the extraction epoch. */
#define VOLATILE_VERSION 4

/* A longer text stands as it is: one of nothing but numbers takes over a second a MiB, and
 * no page may take more than two (REQ 63). */
#define VOLATILE_MAX_BYTES ((size_t)1 << 20)

/*
 * Replaces `masked` by `text` (see text.h) with a mark for each volatile token, block for
 * block: the date and time of a stamp ("last updated", "generated on"; also a block that is
 * nothing but date and time to the second), relative times ("3 hours ago"), counters of
 * views and comments, years of copyright, versions and running times of what generated the
 * page, ids of requests, sessions and builds. ERR_NOMEM only.
 */
MUST_CHECK enum err volatile_mask(struct span text, struct buf *masked);

#endif
