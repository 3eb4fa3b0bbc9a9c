/* test_heap.c - the smallest rank is on top, whatever was put, moved and removed. */
#include "tests/unit/unit.h"

#include <string.h>

#include "scheduler/heap.h"

#define N 300

static struct heap_node nodes[N];

/* The truth, found the slow way. */
static int64_t least(void)
{
	int64_t rank = INT64_MAX;

	for (size_t i = 0; i < N; i++)
		if (nodes[i].place && nodes[i].rank < rank)
			rank = nodes[i].rank;
	return rank;
}

static void check(const struct heap *heap)
{
	size_t n = 0;

	for (size_t i = 0; i < N; i++) {
		n += nodes[i].place != 0;
		if (nodes[i].place)
			assert_ptr_equal(heap->nodes[nodes[i].place - 1], &nodes[i]);
	}
	assert_int_equal(n, heap->n);
	if (n)
		assert_true(heap_top(heap)->rank == least());
	else
		assert_null(heap_top(heap));
}

static void the_least_is_on_top_after_any_history(void **unused)
{
	struct heap heap = { NULL, 0, 0 };
	uint32_t random = 12345;

	(void)unused;
	memset(nodes, 0, sizeof(nodes));
	for (int i = 0; i < 20000; i++) {
		struct heap_node *node;

		random = random * 1664525 + 1013904223;
		node = &nodes[(random >> 8) % N];
		random = random * 1664525 + 1013904223;
		if (random >> 30 == 0)
			heap_remove(&heap, node);
		else /* few ranks: many are equal */
			assert_int_equal(heap_put(&heap, node, (random >> 8) % 97), 0);
		check(&heap);
	}
	heap_release(&heap);
}

static void it_empties_in_order(void **unused)
{
	struct heap heap = { NULL, 0, 0 };
	int64_t last = INT64_MIN;

	(void)unused;
	memset(nodes, 0, sizeof(nodes));
	for (int i = 0; i < N; i++)
		assert_int_equal(heap_put(&heap, &nodes[i], i * 7919 % N - N / 2), 0);
	assert_int_equal(heap_put(&heap, &nodes[3], INT64_MAX), 0);
	assert_int_equal(heap_put(&heap, &nodes[4], INT64_MIN), 0);
	for (struct heap_node *top; (top = heap_top(&heap)); heap_remove(&heap, top)) {
		assert_true(top->rank >= last);
		last = top->rank;
	}
	assert_true(last == INT64_MAX);
	heap_release(&heap);
}

static void what_stands_in_no_heap_cannot_be_removed(void **unused)
{
	struct heap heap = { NULL, 0, 0 };
	struct heap_node in = { 0, 0 }, out = { 0, 0 };

	(void)unused;
	heap_remove(&heap, &out);
	assert_null(heap_top(&heap));
	assert_int_equal(heap_put(&heap, &in, 5), 0);
	heap_remove(&heap, &out);
	assert_ptr_equal(heap_top(&heap), &in);
	heap_remove(&heap, &in);
	heap_remove(&heap, &in);
	assert_null(heap_top(&heap));
	heap_release(&heap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_least_is_on_top_after_any_history),
		cmocka_unit_test(it_empties_in_order),
		cmocka_unit_test(what_stands_in_no_heap_cannot_be_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
