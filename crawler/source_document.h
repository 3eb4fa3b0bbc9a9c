/*
 * source_document.h - documents that tell of other pages and of when they changed:
 * sitemaps and sitemap indexes (XML; plain text), RSS 2.0 and 1.0 (RDF), Atom.
 *
 * sitemaps.org's protocol 0.9, RSS 2.0, RFC 4287. Pure: bytes in, entries out. What a
 * document tells is a claim of whoever wrote it; nothing here believes it.
 */
#ifndef CRAWLER_SOURCE_DOCUMENT_H
#define CRAWLER_SOURCE_DOCUMENT_H

#include <stdbool.h>

#include "crawler/source_date.h"
#include "store/source.h"

#define SOURCE_MAX_BYTES ((size_t)50 * 1024 * 1024) /* REQ 64, decoded */
#define SOURCE_MAX_ENTRIES 50000                    /* REQ 64 */
#define SOURCE_MAX_US INT64_C(10000000)             /* of reading */

struct source_entry {
	size_t url_at, url_len; /* in source_document.urls: as written, trimmed */
	unsigned line;
	bool has_date;
	struct source_date date;
};

struct source_document {
	enum source_kind kind;
	struct buf urls;
	struct source_entry *entries; /* in the document's order */
	size_t n_entries, entries_room;
	bool is_cut;        /* there were more than SOURCE_MAX_ENTRIES */
	bool is_damaged;    /* read up to, or around, what is wrong with it */
	size_t n_bad_dates; /* given, and not understood */
	struct why why;     /* what is damaged, or why it is none; outside text */
	struct buf scratch; /* our own */
};

void source_document_init(struct source_document *document);
void source_document_release(struct source_document *document);

/* The URL of an entry; relative in a feed, perhaps. Borrowed from the document. */
struct span source_entry_url(const struct source_document *document,
			     const struct source_entry *entry);

/* Does `bytes`, a document's beginning, look like XML (and not like a list of URLs)? */
bool source_looks_like_xml(struct span bytes);

/*
 * Reads `body`, whose codings are undone; a gzip file (sitemap.xml.gz) is undone here.
 * SOURCE_NONE: it is none of these, `why` says why not. Text that is not XML is a sitemap
 * if every line of it is an http URL. The error is ERR_NOMEM only. `now_us`:
 * clock_monotonic_us(); NULL: take all the time.
 */
MUST_CHECK enum err source_document_read(struct span body, int64_t (*now_us)(void),
					 struct source_document *document);

#endif
