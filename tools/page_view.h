/*
 * page_view.h - what is said of one page: the record, and what follows from it now.
 *
 * The one place that computes it, so that show, list, report and every format of theirs
 * agree. Pure: time and prior are arguments.
 */
#ifndef TOOLS_PAGE_VIEW_H
#define TOOLS_PAGE_VIEW_H

#include "scheduler/rate.h"
#include "store/page.h"
#include "tools/cell.h"

struct page_view {
	const struct page *page; /* borrowed */
	struct span host;        /* "scheme://host[:port]", borrowed from the page */
	enum page_state state;
	struct rate_gamma posterior;
	/* P(the origin still has what we know of the page); NaN until something is. */
	double fresh_probability;
	double age_days;    /* since that was last proved; NaN: never */
	double interval_s;  /* from the last visit to the next; NaN: no visit yet */
	int64_t overdue_ms; /* since the page was due; 0: it is not */
	bool has_version;   /* counts for freshness: we hold content that is not gone */
};

/* `view` borrows `page`, which must have its URL. */
void page_view_make(struct page_view *view, const struct page *page,
		    double prior_mean_per_day, int64_t now_ms);

/* In the order of the columns; the names are the keys of freshet.page/1. Computes the
 * credible interval of the rate, which is the costly part. */
#define PAGE_CELLS_MAX 64
size_t page_view_cells(const struct page_view *view, struct cell cells[PAGE_CELLS_MAX]);

/* "due when the interval ...": why the page is visited next when it is, for people. */
const char *page_view_reason(const struct page_view *view);

const char *validator_kind_text(enum validator_kind kind);

/* The decimal that a float was most likely written as: 0.1f is 0.1. */
double float_as_written(float x);

#endif
