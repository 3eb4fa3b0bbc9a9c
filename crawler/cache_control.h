/*
 * cache_control.h - how long the origin itself calls an answer fresh (RFC 9111).
 *
 * freshet serves nothing from a cache; it reads these fields as a hint when to look
 * again. It reads them as a shared cache does: one copy, many readers. Pure functions.
 */
#ifndef CRAWLER_CACHE_CONTROL_H
#define CRAWLER_CACHE_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "crawler/header.h"

/* Seconds are -1 when the directive is absent. */
struct cache_control {
	bool no_cache, no_store, must_revalidate, is_private, immutable;
	int64_t max_age_s, s_maxage_s;
	int64_t stale_while_revalidate_s, stale_if_error_s; /* RFC 5861 */
};

/* All Cache-Control lines together (5.2). Of a directive that stands there twice the
 * first counts (4.2.1); seconds that are no number are 0, which is stale (4.2.1); those
 * over 2^31 are 2^31 (1.2.2). no-cache="field" is taken as no-cache (5.2.2.4). */
struct cache_control cache_control_from_headers(const struct header_list *headers);

/* When an answer was asked for and received. */
struct cache_times {
	int64_t requested_at_ms, received_at_ms;
};

/* Freshness lifetime (4.2.1): s-maxage, max-age, or Expires less Date (less the time of
 * receipt without Date). An Expires that is no date, such as 0, is past (5.3). -1: the
 * origin states none; nothing is guessed here. */
int64_t cache_lifetime_ms(const struct header_list *headers, const struct cache_times *t);

/* Age when received (4.2.3): how long the answer had been in caches, or on its way. */
int64_t cache_age_ms(const struct header_list *headers, const struct cache_times *t);

/* For how long after receipt the origin vouches for the answer: 0 not at all (also for
 * no-cache and no-store), -1 it does not say. */
int64_t cache_fresh_for_ms(const struct header_list *headers,
			   const struct cache_times *t);

#endif
