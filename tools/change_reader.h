/*
 * change_reader.h - the change feed from a cursor on, in strictly increasing order; with
 * `all`, the minor and unchanged visits too, which leave no record in the feed and are
 * read out of the pages' histories (at most HISTORY_MAX of each are known).
 */
#ifndef TOOLS_CHANGE_READER_H
#define TOOLS_CHANGE_READER_H

#include "store/store.h"

struct change_reader;

MUST_CHECK enum err change_reader_new(struct store *store, uint64_t after, bool all,
				      struct change_reader **reader);
void change_reader_free(struct change_reader *reader); /* NULL is allowed */
/* ERR_NOT_FOUND: there are no more. Borrowed until the next call. */
MUST_CHECK enum err change_reader_next(struct change_reader *reader,
				       const struct change **change);

#endif
