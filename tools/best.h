/*
 * best.h - the first so many of a stream, by any order, in memory for so many.
 */
#ifndef TOOLS_BEST_H
#define TOOLS_BEST_H

#include <stdbool.h>

#include "store/base/err.h"

struct best {
	char *items;
	size_t n, cap;
	size_t max; /* 0: keeps all */
	size_t item_size;
	size_t n_dropped; /* how many were offered and not kept */
	int (*compare)(const void *a, const void *b); /* below 0: `a` comes first */
	void (*release)(void *item);                  /* NULL: items own nothing */
};

void best_init(struct best *b, size_t item_size, size_t max,
	       int (*compare)(const void *a, const void *b), void (*release)(void *item));
void best_release(struct best *b);

/* Is there room for `item`, or one that comes behind it? Saves making what is not kept. */
bool best_wants(const struct best *b, const void *item);
/* Takes `item` over, whatever becomes of it (also on ERR_NOMEM). */
MUST_CHECK enum err best_offer(struct best *b, void *item);
/* Puts what was kept in order; nothing more may be offered. */
void best_sort(struct best *b);
/* Borrowed. */
void *best_item(const struct best *b, size_t index);

#endif
