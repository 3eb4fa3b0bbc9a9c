/*
 * one_fetch.h - one fetch after another, each waited for on the spot, as the crawler
 * would do it: its User-Agent, its limits, the header lines of [host] sections.
 *
 * Delays between requests and robots.txt are the caller's business, but for a request that
 * was lost, or whose answer is unproven (transport.h), and is asked once more.
 */
#ifndef TOOLS_ONE_FETCH_H
#define TOOLS_ONE_FETCH_H

#include "crawler/transport.h"
#include "tools/settings.h"

struct one_fetch {
	const struct settings *settings;
	struct transport *transport;
	struct buf headers;
	int64_t delay_ms;           /* of the host, but for its Crawl-delay */
	struct fetch_result result; /* of the last fetch; may be moved out */
	bool done;
};

/* `settings` are borrowed until one_fetch_close(), which is due after a failure too. */
MUST_CHECK enum err one_fetch_open(const struct settings *settings, struct one_fetch *one,
				   struct why *why);
/* Fetches into one->result. `request->owner` is not used. What the web does is in the
 * result; an error is ours. */
MUST_CHECK enum err one_fetch_get(struct one_fetch *one,
				  const struct fetch_request *request);
void one_fetch_close(struct one_fetch *one);

#endif
