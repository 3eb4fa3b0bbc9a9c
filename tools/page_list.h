/*
 * page_list.h - the pages that pass a filter, in some order, written one by one: what
 * `list` does.
 */
#ifndef TOOLS_PAGE_LIST_H
#define TOOLS_PAGE_LIST_H

#include "tools/filter.h"
#include "tools/page_writer.h"

/* In the order of the choices of `list --sort`. */
enum page_sort { SORT_AGE, SORT_DUE, SORT_P_CHANGED, SORT_URL, SORT_NONE };

struct progress;

struct page_list {
	const struct filter *filter;
	double min_p_changed;
	size_t limit; /* 0: none */
	enum page_sort sort;
	int64_t now_ms;
	struct progress
		*progress; /* ended before the first row of a sorted list, or NULL */
};

/* Memory goes with `limit`, without one with the pages that pass; SORT_NONE needs none.
 * ERR_IO may be the writer's stream: ferror() tells. */
MUST_CHECK enum err page_list_write(struct store *store, const struct page_list *list,
				    struct page_writer *writer);

#endif
