/*
 * url_host.h - the host of a canonical URL. Clauses are of the WHATWG URL Standard.
 *
 * Where libidn2 is stricter than the standard (labels over 63 octets, hyphens at either
 * end or doubled, emoji: IDNA2008 has none), an internationalised host is refused rather
 * than spelled in a way that another program would not.
 */
#ifndef STORE_BASE_URL_HOST_H
#define STORE_BASE_URL_HOST_H

#include "store/base/url_text.h"

/* Appends the canonical form of `host` (host parser, 3.5): a domain in ASCII, dotted
 * IPv4, or IPv6 in brackets. On failure `why` has a phrase; `text` is then worthless. */
MUST_CHECK enum err url_host_put(struct url_text *text, struct span host,
				 struct why *why);

#endif
