/*
 * page_gather.h - all that `show` tells of one page, gathered from the store.
 */
#ifndef TOOLS_PAGE_GATHER_H
#define TOOLS_PAGE_GATHER_H

#include "store/store.h"
#include "tools/page_detail.h"
#include "tools/settings.h"

#define PAGE_GATHER_HISTORY 10 /* visits shown when nobody says how many */

/* What is gathered, and what `detail` borrows from. */
struct page_gather {
	struct store *store;
	struct page page;
	struct host *host;
	struct visit visits[HISTORY_MAX];
	struct buf head;
	struct page_detail detail;
};

void page_gather_init(struct page_gather *gather, struct store *store);
void page_gather_release(struct page_gather *gather);

/* Of gather->page, which the caller has read; its last `n_history` visits, and the kept
 * response fields if `with_head`. */
MUST_CHECK enum err page_gather(struct page_gather *gather,
				const struct settings *settings, size_t n_history,
				bool with_head, int64_t now_ms);

#endif
