#include "scheduler/heap.h"

#include <stdlib.h>

static void set(struct heap *heap, size_t place, struct heap_node *node)
{
	heap->nodes[place - 1] = node;
	node->place = place;
}

static void sift_up(struct heap *heap, struct heap_node *node)
{
	size_t place = node->place;

	while (place > 1 && heap->nodes[place / 2 - 1]->rank > node->rank) {
		set(heap, place, heap->nodes[place / 2 - 1]);
		place /= 2;
	}
	set(heap, place, node);
}

static void sift_down(struct heap *heap, struct heap_node *node)
{
	size_t place = node->place;

	for (;;) {
		size_t child = 2 * place;

		if (child < heap->n &&
		    heap->nodes[child]->rank < heap->nodes[child - 1]->rank)
			child++;
		if (child > heap->n || heap->nodes[child - 1]->rank >= node->rank)
			break;
		set(heap, place, heap->nodes[child - 1]);
		place = child;
	}
	set(heap, place, node);
}

enum err heap_put(struct heap *heap, struct heap_node *node, int64_t rank)
{
	if (!node->place) {
		if (heap->n == heap->cap) {
			size_t cap = heap->cap ? 2 * heap->cap : 64;
			struct heap_node **nodes =
				realloc(heap->nodes, cap * sizeof(struct heap_node *));

			if (!nodes)
				return ERR_NOMEM;
			heap->nodes = nodes;
			heap->cap = cap;
		}
		set(heap, ++heap->n, node);
	}
	node->rank = rank;
	sift_up(heap, node);
	sift_down(heap, node);
	return ERR_OK;
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
	size_t place = node->place;
	struct heap_node *last;

	if (!place)
		return;
	last = heap->nodes[--heap->n];
	node->place = 0;
	if (last == node)
		return;
	set(heap, place, last);
	sift_up(heap, last);
	sift_down(heap, last);
}

void heap_rerank(struct heap *heap,
		 int64_t (*rank)(void *context, const struct heap_node *node),
		 void *context)
{
	for (size_t i = 0; i < heap->n; i++)
		heap->nodes[i]->rank = rank(context, heap->nodes[i]);
	for (size_t i = heap->n / 2; i > 0; i--)
		sift_down(heap, heap->nodes[i - 1]);
}

struct heap_node *heap_top(const struct heap *heap)
{
	return heap->n ? heap->nodes[0] : NULL;
}

void heap_release(struct heap *heap)
{
	free(heap->nodes);
	*heap = (struct heap){ NULL, 0, 0 };
}
