/*
 * page_writer.h - one page after another to a stream, as table, CSV or NDJSON.
 */
#ifndef TOOLS_PAGE_WRITER_H
#define TOOLS_PAGE_WRITER_H

#include <stdio.h>

#include "tools/page_view.h"

/* In the order of the choices of `list --format`. */
enum page_format { PAGES_TABLE, PAGES_CSV, PAGES_NDJSON };

struct page_writer {
	FILE *stream; /* borrowed */
	enum page_format format;
	struct buf line;
};

/* Each returns ERR_IO when the stream took less than all; errno tells why. */
MUST_CHECK enum err page_writer_start(struct page_writer *w, FILE *stream,
				      enum page_format format);
MUST_CHECK enum err page_writer_page(struct page_writer *w, const struct page_view *view);
/* Flushes the stream. */
MUST_CHECK enum err page_writer_end(struct page_writer *w);
void page_writer_release(struct page_writer *w);

#endif
