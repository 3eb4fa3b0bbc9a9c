/*
 * retry_after.h - how long a host asks to be left alone (RFC 9110 10.2.3, REQ 55).
 * A pure function.
 */
#ifndef CRAWLER_RETRY_AFTER_H
#define CRAWLER_RETRY_AFTER_H

#include <stdbool.h>
#include <stdint.h>

#include "crawler/header.h"

/*
 * Reads Retry-After, seconds or HTTP-date, as a time from `now_ms` of at most a day (a
 * host must not be able to switch itself off for years). Of several lines the longest
 * wait counts.
 *
 * False when there is nothing to obey, and the usual back-off decides: no line, garbage,
 * a negative number, one too large for 64 bits, a date that is past.
 */
bool retry_after_from_headers(const struct header_list *headers, int64_t now_ms,
			      int64_t *delay_ms);

#endif
