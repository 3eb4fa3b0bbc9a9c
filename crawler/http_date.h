/*
 * http_date.h - reads an HTTP-date (RFC 9110 5.6.7, REQ 13). Nothing writes one: a date
 * that is sent is one that was received, byte for byte (REQ 12).
 */
#ifndef CRAWLER_HTTP_DATE_H
#define CRAWLER_HTTP_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/base/buf.h"

/*
 * IMF-fixdate, RFC 850 and asctime forms, with case as the grammar has it. The weekday
 * must be one, but need not be the right one (nobody needs it, and servers get it
 * wrong); second 60 is read as the next minute's 0. A two-digit year is the latest one
 * that is not more than 50 years after `now_ms`; the other forms ignore `now_ms`.
 *
 * False, and `*at_ms` as it was, for anything else. The instant may be 0 or negative.
 */
bool http_date_parse(struct span text, int64_t now_ms, int64_t *at_ms);

#endif
