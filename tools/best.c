/* best.c - a heap whose root is what comes last: the first to be dropped. */
#include "tools/best.h"

#include <stdlib.h>
#include <string.h>

void best_init(struct best *b, size_t item_size, size_t max,
	       int (*compare)(const void *a, const void *b), void (*release)(void *item))
{
	*b = (struct best){
		.item_size = item_size, .max = max, .compare = compare, .release = release
	};
}

void *best_item(const struct best *b, size_t index)
{
	return b->items + index * b->item_size;
}

static void release_item(struct best *b, void *item)
{
	if (b->release)
		b->release(item);
}

void best_release(struct best *b)
{
	for (size_t i = 0; i < b->n; i++)
		release_item(b, best_item(b, i));
	free(b->items);
	b->items = NULL;
	b->n = b->cap = 0;
}

static enum err grow(struct best *b)
{
	size_t cap = b->cap ? 2 * b->cap : 16;
	char *items;

	if (b->n < b->cap)
		return ERR_OK;
	if (b->max && cap > b->max)
		cap = b->max;
	/* One more than can be kept: room to swap in. */
	items = realloc(b->items, (cap + 1) * b->item_size);
	if (!items)
		return ERR_NOMEM;
	b->items = items;
	b->cap = cap;
	return ERR_OK;
}

static void swap(struct best *b, size_t i, size_t k)
{
	char *room = b->items + b->cap * b->item_size;

	memcpy(room, best_item(b, i), b->item_size);
	memcpy(best_item(b, i), best_item(b, k), b->item_size);
	memcpy(best_item(b, k), room, b->item_size);
}

static bool comes_behind(const struct best *b, size_t i, size_t k)
{
	return b->compare(best_item(b, i), best_item(b, k)) > 0;
}

static void rise(struct best *b, size_t i)
{
	for (; i && comes_behind(b, i, (i - 1) / 2); i = (i - 1) / 2)
		swap(b, i, (i - 1) / 2);
}

static void sink(struct best *b, size_t i)
{
	for (size_t child = 2 * i + 1; child < b->n; child = 2 * i + 1) {
		if (child + 1 < b->n && comes_behind(b, child + 1, child))
			child++;
		if (!comes_behind(b, child, i))
			return;
		swap(b, i, child);
		i = child;
	}
}

bool best_wants(const struct best *b, const void *item)
{
	return !b->max || b->n < b->max || b->compare(item, best_item(b, 0)) < 0;
}

enum err best_offer(struct best *b, void *item)
{
	if (!best_wants(b, item)) {
		b->n_dropped++;
		release_item(b, item);
		return ERR_OK;
	}
	if (b->max && b->n == b->max) {
		b->n_dropped++;
		release_item(b, best_item(b, 0));
		memcpy(best_item(b, 0), item, b->item_size);
		sink(b, 0);
		return ERR_OK;
	}
	if (grow(b)) {
		release_item(b, item);
		return ERR_NOMEM;
	}
	memcpy(best_item(b, b->n), item, b->item_size);
	b->n++;
	if (b->max) /* what is not limited need not be a heap */
		rise(b, b->n - 1);
	return ERR_OK;
}

void best_sort(struct best *b)
{
	if (b->n)
		qsort(b->items, b->n, b->item_size, b->compare);
}
