/*
 * source.h - what we know of a source: a sitemap, a feed or the pings that tell of the
 * pages of one host, and how far it can be trusted.
 */
#ifndef STORE_SOURCE_H
#define STORE_SOURCE_H

#include "store/page.h"

/* Stored in records: only add at the end. */
enum source_kind {
	SOURCE_NONE, /* not known yet, or none of these */
	SOURCE_SITEMAP,
	SOURCE_INDEX, /* its entries are sitemaps */
	SOURCE_FEED,  /* RSS, Atom */
	SOURCE_PING,  /* somebody calls: there is nothing to fetch */
	N_SOURCE_KINDS
};

#endif
