/*
 * url.h - the canonical form of an http(s) URL (WHATWG URL Standard, special schemes).
 *
 * One page has one spelling: scheme and host in lower case, host through UTS 46
 * (non-transitional) to ASCII, IPv4/IPv6 normalised, default port dropped, dot segments
 * resolved, fragment dropped, control/space/non-ASCII octets percent-encoded. Userinfo
 * is refused (REQ 70). Pure: no resolver, no locale, no global state.
 */
#ifndef STORE_BASE_URL_H
#define STORE_BASE_URL_H

#include <stdint.h>

#include "store/base/buf.h"

#define URL_MAX 8192 /* REQ 62: longer ones are refused, never cut */

/* Writes the canonical form of `input`, resolved against `base` when `base.len` > 0
 * (itself canonical), to `canonical` (replaced). On ERR_INVALID and ERR_TOO_LARGE `why`
 * says what is wrong in a phrase fit for "line 3: ...". */
MUST_CHECK enum err url_canonical(struct span input, struct span base,
				  struct buf *canonical, struct why *why);

/* Where the parts of a canonical URL stand. All borrowed from `url`. */
struct url_parts {
	struct span scheme;    /* "http" or "https" */
	struct span authority; /* host[:port], port only if not the default */
	struct span host;      /* IPv6 with its brackets */
	uint16_t port;         /* the default made explicit */
	struct span origin;    /* scheme://authority: what names a host (REQ 41) */
	struct span target;    /* path and query: what follows the origin */
};

/* `url` must be canonical (ERR_INVALID otherwise; it is checked only for its shape). */
MUST_CHECK enum err url_split(struct span url, struct url_parts *parts);

/* The registrable domain of a canonical host ("example.co.uk"), or the host itself when
 * it is an address or has none (libpsl). Borrowed from `host`. */
struct span url_registrable_domain(struct span host);

#endif
