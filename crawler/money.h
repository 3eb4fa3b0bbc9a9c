/*
 * money.h - which numbers are sums of money or shares of a hundred. They are news wherever
 * they stand, so whatever takes numbers for no news asks here first.
 */
#ifndef CRAWLER_MONEY_H
#define CRAWLER_MONEY_H

#include <stdbool.h>

#include "store/base/buf.h"

/* Does the number of `len` bytes at `at` of `block` (UTF-8) stand next to a percent sign, a
 * sign of a currency, its code or the word for it? "$4.99", "12.50 CHF", "Rs. 499". */
bool money_is_amount(struct span block, size_t at, size_t len);

#endif
