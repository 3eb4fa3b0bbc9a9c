/*
 * source_date.h - reads the dates that sitemaps and feeds give for a page's last change.
 *
 * Such a date is a claim to be compared with others, never a validator: nothing here is
 * ever sent to an origin.
 */
#ifndef CRAWLER_SOURCE_DATE_H
#define CRAWLER_SOURCE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/base/buf.h"

/* A date is as long as it is vague: "2026-11" is a month, "...T10:00:05Z" a second. */
struct source_date {
	int64_t from_ms, until_ms; /* its first and last millisecond */
};

/*
 * W3C datetime in all its precisions (year to fraction of a second; RFC 3339 is one of
 * them) and RFC 822 as RSS has it (weekday or not, two- or four-digit year, named zones).
 * Read leniently: a blank for the T, offsets without a colon, no zone at all (UTC).
 * False, and `*date` as it was, for anything else, and for instants before 1970 or after
 * 9999.
 */
bool source_date_parse(struct span text, struct source_date *date);

#endif
