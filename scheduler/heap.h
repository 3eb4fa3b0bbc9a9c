/*
 * heap.h - a binary min-heap of things that know their place in it.
 *
 * An item embeds a struct heap_node; it stands in at most one heap, and is not owned.
 */
#ifndef SCHEDULER_HEAP_H
#define SCHEDULER_HEAP_H

#include <stdbool.h>
#include <stdint.h>

#include "store/base/err.h"

struct heap_node {
	int64_t rank; /* the smallest is on top; set by heap_put() only */
	size_t place; /* 1-based; 0: in no heap */
};

struct heap {
	struct heap_node **nodes;
	size_t n, cap;
};

/* Adds the node, or moves it to its new rank. ERR_NOMEM leaves the heap as it was. */
MUST_CHECK enum err heap_put(struct heap *heap, struct heap_node *node, int64_t rank);
/* Nothing happens if it stands in no heap. */
void heap_remove(struct heap *heap, struct heap_node *node);
/* Gives every item the rank that `rank` names, in O(n). */
void heap_rerank(struct heap *heap,
		 int64_t (*rank)(void *context, const struct heap_node *node),
		 void *context);
/* NULL when empty. */
struct heap_node *heap_top(const struct heap *heap);
void heap_release(struct heap *heap);

#endif
