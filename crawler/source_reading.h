/*
 * source_reading.h - what source_document.c, sitemap.c and feed_document.c share: the
 * entry that is being read. Nobody else includes it.
 */
#ifndef CRAWLER_SOURCE_READING_H
#define CRAWLER_SOURCE_READING_H

#include "crawler/source_document.h"
#include "crawler/xml.h"

struct source_reading;

/* A kind of document, by its root, and how to find its entries. */
struct source_format {
	const char *root;
	enum source_kind kind;
	const char *entry; /* name of the element that is an entry ... */
	int depth;         /* ... and where it stands; 1: the root */
	/* A child of an entry has begun, or ended with its text; `start` may be NULL. */
	enum err (*start)(struct source_reading *r, const struct xml_element *child);
	enum err (*end)(struct source_reading *r, const struct xml_element *child,
			struct span text);
};

struct source_reading {
	struct source_document *document;
	const struct source_format *format; /* NULL before the root */
	enum err err;
	/* of the entry under way */
	bool in_entry;
	struct buf url;
	int url_rank; /* how good the link is that was found; 0: none */
	unsigned line;
	bool has_date;
	struct source_date date;
	struct buf value;
};

/* NULL: no such root. */
const struct source_format *sitemap_format(struct span root);
const struct source_format *feed_format(struct span root);

/* A link of the entry, better than what it has if `rank` is greater. */
MUST_CHECK enum err source_take_url(struct source_reading *r, struct span url, int rank);
/* A date of the entry: the latest one counts. */
void source_take_date(struct source_reading *r, struct span text);
/* Adds an entry to the document; over its limits it is only noted. */
MUST_CHECK enum err source_add_entry(struct source_document *document, struct span url,
				     unsigned line, const struct source_date *date);

/* A sitemap in plain text: a URL a line. False: it is none. */
MUST_CHECK enum err sitemap_read_text(struct span text, struct source_document *document,
				      bool *is_sitemap);

#endif
