/*
 * stored_head.h - the fields of a page's stored response, as a cache would present them:
 * those of the last 200, updated by the 304s since (RFC 9111 4.3.4).
 */
#ifndef TOOLS_STORED_HEAD_H
#define TOOLS_STORED_HEAD_H

#include "store/store.h"

/* "Name: value\n" lines, replaced. Empty when none are stored. */
MUST_CHECK enum err stored_head_get(struct store *store, const struct page *page,
				    struct buf *lines);
/* Takes the next line off `rest`. False at the end. */
bool stored_head_next(struct span *rest, struct span *name, struct span *value);
/* Lays `newer` over `older`: each name that `newer` has replaces every line of it.
 * Appends to `lines`. */
MUST_CHECK enum err stored_head_merge(struct span older, struct span newer,
				      struct buf *lines);

#endif
