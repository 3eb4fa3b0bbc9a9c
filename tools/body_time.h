/*
 * body_time.h - when the content that the store has of a page was received: for the date of
 * an archive's record.
 */
#ifndef TOOLS_BODY_TIME_H
#define TOOLS_BODY_TIME_H

#include "store/store.h"

/* As far as the page's history goes back; where it does not, when the page last became
 * another one. */
MUST_CHECK enum err body_time(struct store *store, const struct page *page,
			      int64_t *at_ms);

#endif
