/*
 * robots_fetch.h - one robots.txt over the network, with the crawler's own manners.
 */
#ifndef TOOLS_ROBOTS_FETCH_H
#define TOOLS_ROBOTS_FETCH_H

#include "crawler/robots.h"
#include "tools/one_fetch.h"
#include "tools/settings.h"

/* Fetches the robots.txt that rules `origin` ("https://example.org:8443", as in struct
 * url_parts), following redirects (REQ 44). `body` (replaced) is meant for
 * ROBOTS_PARSED. What the origin does is an outcome; errors are ours. */
MUST_CHECK enum err robots_from_origin(const struct settings *settings,
				       struct span origin, enum robots_outcome *outcome,
				       struct buf *body, struct why *why);

/* The same over `one`, traced, for who wants to see more: the last answer is then in
 * one->result, and `url` (replaced) is where it came from. */
MUST_CHECK enum err robots_fetch(struct one_fetch *one, struct span origin,
				 enum robots_outcome *outcome, struct buf *url,
				 struct buf *body);

#endif
