/*
 * page_detail.h - all that `show` tells of one page, gathered; in no format yet.
 */
#ifndef TOOLS_PAGE_DETAIL_H
#define TOOLS_PAGE_DETAIL_H

#include "store/host.h"
#include "store/visit.h"
#include "tools/page_view.h"
#include "tools/source_view.h"

struct page_detail {
	struct page_view view;
	const struct host *host;     /* NULL: no record of it */
	const struct visit *history; /* oldest first */
	size_t n_history;
	bool with_head;   /* it was asked for */
	struct span head; /* "Name: value\n" lines, see stored_head.h */
	double value; /* what a visit would gain now; NAN: nothing is known of its rate */
	double price; /* what a visit must gain at present; 0: not known */
	/* who tells of it, by sort: page.told says how often of late */
	struct source_view sources[PAGE_N_TOLD];
	bool has_source[PAGE_N_TOLD];
	int64_t now_ms;
};

#endif
