/*
 * source_fetch.h - a sitemap or feed over the network, fetched at once for a command: with
 * robots.txt, delays, redirects, limits and the address rules of the crawler.
 */
#ifndef TOOLS_SOURCE_FETCH_H
#define TOOLS_SOURCE_FETCH_H

#include "tools/check_host.h"

struct source_fetch {
	const struct settings *settings;
	struct one_fetch one;
	struct check_hosts hosts;
	struct buf url;  /* that answered */
	struct buf body; /* its codings undone */
};

/* `settings` are borrowed until source_fetch_close(), which is due after a failure too. */
MUST_CHECK enum err source_fetch_open(const struct settings *settings,
				      struct source_fetch *fetch, struct why *why);
void source_fetch_close(struct source_fetch *fetch);

/* Fetches `url` (canonical) into fetch->url and fetch->body. ERR_INVALID: it could not be
 * had, and `why` is a phrase that says why not; anything else is our own failure. */
MUST_CHECK enum err source_fetch_get(struct source_fetch *fetch, struct span url,
				     struct why *why);
/* The Sitemap lines of the robots.txt of `origin`, each ended by LF. Borrowed. Errors as
 * above. */
MUST_CHECK enum err source_fetch_named(struct source_fetch *fetch, struct span origin,
				       struct span *sitemaps, struct why *why);

#endif
