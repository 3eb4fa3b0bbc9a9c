/*
 * url_address.h - hosts that are addresses. Clauses are of the WHATWG URL Standard.
 */
#ifndef STORE_BASE_URL_ADDRESS_H
#define STORE_BASE_URL_ADDRESS_H

#include "store/base/url_text.h"

/* The value of a hexadecimal digit, 16 for any other octet. */
int url_digit_value(char c);

/* Is the last label of `domain` a number, so that it can only be an IPv4 address (ends
 * in a number checker, 3.5)? */
bool url_ends_in_number(struct span domain);

/* Appends a dotted IPv4 address, read in any of its spellings: `0x7f.1`, `2130706433`,
 * `0177.0.0.1` (3.5). ERR_INVALID when it is none. */
MUST_CHECK enum err url_ipv4_put(struct url_text *text, struct span domain);

/* Appends an IPv6 address and its brackets; `address` comes without them. */
MUST_CHECK enum err url_ipv6_put(struct url_text *text, struct span address);

#endif
