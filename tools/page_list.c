#include "tools/page_list.h"

#include <math.h>
#include <stdlib.h>

#include "tools/best.h"
#include "tools/priors.h"
#include "tools/progress.h"

struct listing {
	struct store *store;
	struct page_list list;
	struct page_writer *writer;
	size_t n_written;
	struct best best;
	struct priors priors;
};

/* What a page is sorted by; the page itself is read again when it is printed. */
struct list_item {
	double order; /* ascending */
	char *url;    /* only when sorted by it */
	struct page_key key;
};

static int compare_items(const void *a, const void *b)
{
	const struct list_item *x = a, *y = b;
	uint8_t x_key[PAGE_KEY_SIZE], y_key[PAGE_KEY_SIZE];
	int order = x->url && y->url ? strcmp(x->url, y->url)
				     : (x->order > y->order) - (x->order < y->order);

	if (order)
		return order;
	page_key_encode(&x->key, x_key);
	page_key_encode(&y->key, y_key);
	return memcmp(x_key, y_key, sizeof(x_key));
}

static void release_item(void *item)
{
	free(((struct list_item *)item)->url);
}

static bool is_wanted(const struct listing *l, const struct page_view *view)
{
	/* Of a page that was never seen nothing is known: it is as changed as can be. */
	double p_changed =
		isnan(view->fresh_probability) ? 1 : 1 - view->fresh_probability;

	return p_changed >= l->list.min_p_changed;
}

/* The oldest, the longest due and the most likely changed come first. */
static double order_of(const struct listing *l, const struct page_view *view)
{
	switch (l->list.sort) {
	case SORT_AGE:
		return isnan(view->age_days) ? -INFINITY : -view->age_days;
	case SORT_DUE:
		return (double)view->page->next_visit_at_ms;
	default:
		return isnan(view->fresh_probability) ? -1 : view->fresh_probability;
	}
}

static enum err keep_page(struct listing *l, const struct page_view *view)
{
	struct list_item item = { .order = order_of(l, view), .key = view->page->key };

	if (l->list.sort == SORT_URL) {
		item.url = strdup(buf_text(&view->page->url));
		if (!item.url)
			return ERR_NOMEM;
	}
	return best_offer(&l->best, &item);
}

static enum err write_page(struct listing *l, const struct page_view *view)
{
	l->n_written++;
	return page_writer_page(l->writer, view);
}

static enum err view_page(struct listing *l, struct page_view *view,
			  const struct page *page)
{
	double prior;
	enum err err = priors_get(&l->priors, &page->key, &prior);

	if (!err)
		page_view_make(view, page, prior, l->list.now_ms);
	return err;
}

static enum err walk_pages(struct listing *l, struct page *page)
{
	struct filter_walk *walk = NULL;
	struct page_view view;
	enum err err = filter_walk_start(l->store, l->list.filter, &walk);

	while (!err && (!l->list.limit || l->n_written < l->list.limit)) {
		err = filter_walk_page(walk, page);
		if (err)
			break;
		err = view_page(l, &view, page);
		if (err || !is_wanted(l, &view))
			continue;
		err = l->list.sort == SORT_NONE ? write_page(l, &view)
						: keep_page(l, &view);
	}
	filter_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err write_kept(struct listing *l, struct page *page)
{
	struct page_view view;
	enum err err = ERR_OK;

	best_sort(&l->best);
	if (l->list.progress)
		progress_end(l->list.progress);
	for (size_t i = 0; !err && i < l->best.n; i++) {
		const struct list_item *item = best_item(&l->best, i);

		err = store_get_page(l->store, &item->key, page);
		if (!err)
			err = view_page(l, &view, page);
		if (!err)
			err = write_page(l, &view);
	}
	return err;
}

enum err page_list_write(struct store *store, const struct page_list *list,
			 struct page_writer *writer)
{
	struct listing l = {
		.store = store,
		.list = *list,
		.writer = writer,
		.priors = { .store = store },
	};
	struct page page;
	enum err err;

	best_init(&l.best, sizeof(struct list_item), list->limit, compare_items,
		  release_item);
	page_init(&page);
	err = walk_pages(&l, &page);
	if (!err)
		err = write_kept(&l, &page);
	page_release(&page);
	best_release(&l.best);
	return err;
}
