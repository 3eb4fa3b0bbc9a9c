/*
 * source_news.h - what a source says now that it did not say when it was last read.
 *
 * Of each entry of the host that the source speaks for, the hash of its URL and its date
 * are remembered: 12 bytes. So a sitemap of 50,000 pages of which ten have changed costs
 * ten looks at a page, and not 50,000. The URLs stay in the document, which may be 50 MiB,
 * and are nowhere twice. Pure.
 */
#ifndef CRAWLER_SOURCE_NEWS_H
#define CRAWLER_SOURCE_NEWS_H

#include "crawler/source_document.h"

enum news_kind {
	NEWS_NEW,     /* was not there, or nothing was remembered */
	NEWS_CHANGED, /* has another date than before, and a later one */
	NEWS_LOST,    /* is not there any more; only its hash is known */
	NEWS_SAME,    /* nothing new; told only when all are asked for */
};

struct news {
	enum news_kind kind;
	uint64_t url_hash; /* of the canonical URL */
	uint32_t index;    /* of the document's entries; of NEWS_LOST none */
	bool has_date;
	struct source_date date;
};

struct source_news {
	struct news *items;
	size_t n, room;
	struct buf entries;   /* to be remembered in place of what was */
	uint32_t n_entries;   /* ... so many */
	uint32_t n_elsewhere; /* entries of other hosts, or no URLs: left out */
	uint32_t n_dated;
};

void source_news_init(struct source_news *news);
void source_news_release(struct source_news *news);
/* The canonical URL of an item of `document`, which came from `url`, into `out`; "" of
 * NEWS_LOST. The error is ERR_NOMEM only. */
MUST_CHECK enum err news_url(const struct source_document *document, struct span url,
			     const struct news *item, struct buf *out);

/*
 * Compares `document`, which came from `url` (canonical), with `remembered`, the entries of
 * the last reading (empty: none). Only URLs of the origin `host` ("https://example.org")
 * count and, of an index, those of the origin of `url`. What a damaged or cut document does
 * not say is not lost. `remembered` that is none of ours counts as empty. `all`: tell what
 * is the same, too. The error is
 * ERR_NOMEM only.
 */
MUST_CHECK enum err source_news_read(const struct source_document *document,
				     struct span url, struct span host,
				     struct span remembered, bool all,
				     struct source_news *news);

/* Does it announce that a page whose content was last proved at `proved_at_ms` has changed?
 * If by its date, all of it, the change may be later. The first reading of a source
 * (`is_first`) is more careful: then the whole date must be. A date to come is none. What
 * is new in a feed is news even without a date. */
bool news_announces(const struct news *item, enum source_kind kind, bool is_first,
		    int64_t proved_at_ms, int64_t now_ms);

/* All that was remembered is lost. */
MUST_CHECK enum err source_news_end(struct span remembered, struct source_news *news);

#endif
