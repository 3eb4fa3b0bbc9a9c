/*
 * report_check.h - "stale>5%,freshness<0.9,overdue>1h": does any of it hold?
 *
 * Comparisons (< <= > >= =) parted by commas. Shares are written 5% or 0.05, durations
 * 1h, counts 12. What is not known (freshness without pages) makes no comparison hold.
 */
#ifndef TOOLS_REPORT_CHECK_H
#define TOOLS_REPORT_CHECK_H

#include "tools/report.h"

/* Is it well-formed? ERR_INVALID: `why` is a phrase for "--check 'x': ...". */
MUST_CHECK enum err report_check_parse(struct span text, struct why *why);
/* `text` is well-formed. On true `holding` (replaced) is the first that holds and the
 * number found: "stale>5% (is 0.12)". */
MUST_CHECK enum err report_check(struct span text, const struct report *report,
				 bool *holds, struct buf *holding);
/* "freshness|stale|...": the names that can be compared, for help. */
MUST_CHECK enum err report_check_names(struct buf *out);

#endif
