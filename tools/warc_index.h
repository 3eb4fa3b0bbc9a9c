/*
 * warc_index.h - the index beside a WARC file: the lines of cdxj.h, in order, so that a
 * reader can search in them by halves.
 */
#ifndef TOOLS_WARC_INDEX_H
#define TOOLS_WARC_INDEX_H

#include "store/base/buf.h"

/* Sorts `lines` in place. */
MUST_CHECK enum err warc_index_sort(struct buf *lines);
/* Sorts `lines` and writes them, in one piece, beside the file at `path`: X.warc.gz has
 * X.cdxj. ERR_IO, and `why` says what could not be written. */
MUST_CHECK enum err warc_index_write(struct buf *lines, const char *path,
				     struct why *why);

#endif
