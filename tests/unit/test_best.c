#include "tests/unit/unit.h"

#include <stdlib.h>

#include "store/base/digest.h"
#include "tools/best.h"

static int compare_ints(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static void offer_shuffled(struct best *b, int n)
{
	for (int i = 0; i < n; i++) {
		int item = i * 7919 % n; /* a permutation: n is no multiple of 7919 */

		assert_int_equal(best_offer(b, &item), ERR_OK);
	}
}

static void the_first_so_many_are_kept_in_order(void **unused)
{
	static const size_t limits[] = { 1, 2, 10, 999, 1000, 1001, 0 };

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		size_t kept = limits[i] && limits[i] < 1000 ? limits[i] : 1000;
		struct best b;

		best_init(&b, sizeof(int), limits[i], compare_ints, NULL);
		offer_shuffled(&b, 1000);
		best_sort(&b);
		assert_int_equal(b.n, kept);
		assert_int_equal(b.n_dropped, 1000 - kept);
		for (size_t k = 0; k < b.n; k++)
			assert_int_equal(*(int *)best_item(&b, k), k);
		best_release(&b);
	}
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_text(void *item)
{
	free(*(char **)item);
}

/* AddressSanitizer counts. */
static void every_item_is_released_once(void **unused)
{
	static const char *const words[] = { "d", "b", "a", "c", "e" };
	struct best b;

	(void)unused;
	best_init(&b, sizeof(char *), 2, compare_texts, free_text);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		char *copy = strdup(words[i]);

		assert_non_null(copy);
		assert_int_equal(best_offer(&b, &copy), ERR_OK);
	}
	best_sort(&b);
	assert_string_equal(*(char **)best_item(&b, 1), "b");
	best_release(&b);
	best_release(&b);
}

static void what_would_be_dropped_is_not_wanted(void **unused)
{
	int one = 1, two = 2, three = 3;
	struct best b;

	(void)unused;
	best_init(&b, sizeof(int), 1, compare_ints, NULL);
	assert_true(best_wants(&b, &three));
	assert_int_equal(best_offer(&b, &two), ERR_OK);
	assert_false(best_wants(&b, &three));
	assert_true(best_wants(&b, &one));
	best_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_so_many_are_kept_in_order),
		cmocka_unit_test(every_item_is_released_once),
		cmocka_unit_test(what_would_be_dropped_is_not_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
