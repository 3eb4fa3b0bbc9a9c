/*
 * field.h - the small grammar that field values share (RFC 9110 5.5, 5.6).
 * Pure functions on borrowed bytes; everything returned points into the argument.
 */
#ifndef CRAWLER_FIELD_H
#define CRAWLER_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "store/base/buf.h"

/* May a value that came from a server be sent back? Not with 0x00-0x08, 0x0A-0x1F or
 * 0x7F in it (REQ 6). */
bool field_is_sendable(struct span value);

/* `s` without its first `n` octets; n is at most s.len. */
static inline struct span field_skip(struct span s, size_t n)
{
	return n ? span_from(s.data + n, s.len - n) : s;
}

/* The next element of a comma-separated list (5.6.1), trimmed; commas inside quoted
 * strings do not count, empty elements are skipped. False at the end. */
bool field_list_next(struct span *rest, struct span *element);

/* What a quoted string holds when it holds no escape, else `s` as it is (5.6.4). */
struct span field_unquote(struct span s);

/* 1*DIGIT and nothing else; INT64_MAX when it is larger than that. */
bool field_parse_number(struct span digits, int64_t *number);

#endif
