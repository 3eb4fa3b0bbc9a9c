#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>

#include "crawler/simhash.h"
#include "crawler/text.h"
#include "store/base/digest.h"

/* Words w0 w1 ... with every `step`-th one (0: none) replaced by another. */
static void make_text(struct buf *text, int n_words, int step)
{
	buf_clear(text);
	for (int i = 0; i < n_words; i++)
		assert_int_equal(buf_printf(text, "%s%d ",
					    step && i % step == step - 1 ? "new" : "w",
					    i * 7919 % 100003),
				 ERR_OK);
}

static void the_stored_value_never_changes(void **unused)
{
	(void)unused;
	assert_int_equal(simhash_of(SPAN("")), 0);
	assert_int_equal(simhash_of(SPAN(" ...")), 0);
	assert_true(simhash_of(SPAN("the quick brown fox jumps over the lazy dog")) ==
		    UINT64_C(0xC94446A8750800B9));
}

static void layout_and_punctuation_do_not_count_but_order_does(void **unused)
{
	uint64_t abc = simhash_of(SPAN("a b c d e"));

	(void)unused;
	assert_true(abc == simhash_of(SPAN("a, b\nc -- d (e)")));
	assert_true(abc != simhash_of(SPAN("e d c b a")));
	assert_true(simhash_of(SPAN("one two")) != simhash_of(SPAN("two one")));
	assert_true(simhash_of(SPAN("one")) != 0);
	assert_true(simhash_of(SPAN("x x x x")) != simhash_of(SPAN("y y y y")));
}

/* With one word in `step` replaced, 3 of `step` shingles are: the cosine of the counts
 * is 1 - 3/step, and the estimate must come near it. */
static void similarity_estimates_the_share_of_common_shingles(void **unused)
{
	static const struct {
		int step;
		double at_least, at_most;
	} rows[] = { { 1000, 0.98, 1 }, { 50, 0.86, 0.99 }, { 10, 0.45, 0.9 } };
	struct buf a = BUF_INIT, b = BUF_INIT;

	(void)unused;
	make_text(&a, 2000, 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		double similarity;

		make_text(&b, 2000, rows[i].step);
		similarity = simhash_similarity(simhash_of(buf_span(&a)),
						simhash_of(buf_span(&b)));
		if (similarity < rows[i].at_least || similarity > rows[i].at_most)
			fail_msg("one in %d: %f", rows[i].step, similarity);
	}
	make_text(&b, 2000, 1);
	assert_true(simhash_similarity(simhash_of(buf_span(&a)),
				       simhash_of(buf_span(&b))) < 0.5);
	buf_release(&a);
	buf_release(&b);
}

static void similarity_falls_from_1_to_0_with_each_bit(void **unused)
{
	double before = 1;
	uint64_t b = 0;

	(void)unused;
	assert_true(simhash_similarity(42, 42) == 1);
	for (int bit = 0; bit < 32; bit++) {
		double now;

		b |= UINT64_C(1) << bit;
		now = simhash_similarity(0, b);
		assert_true(now < before && now >= 0);
		before = now;
	}
	assert_true(simhash_similarity(0, UINT64_MAX) == 0);
	assert_true(fabs(simhash_similarity(0, 0xFFFF) - sqrt(0.5)) < 1e-9);
}

/* The slow and obvious way: 64 counters. */
static void the_tally_counts_as_64_counters_would(void **unused)
{
	struct buf text = BUF_INIT;
	int votes[64] = { 0 };
	uint64_t expected = 0;

	(void)unused;
	make_text(&text, 1001, 0);
	for (size_t start = 0, n = 0; n < 999; n++) {
		struct span rest = span_from(text.data + start, text.len - start), w[3];
		struct span three;
		uint64_t h;

		for (int i = 0; i < 3; i++)
			assert_true(text_next_word(&rest, &w[i]));
		three = span_from(w[0].data, (size_t)(w[2].data + w[2].len - w[0].data));
		h = simhash_of(three); /* of one shingle: its own votes */
		for (int bit = 0; bit < 64; bit++)
			votes[bit] += h >> bit & 1 ? 1 : -1;
		start = (size_t)(w[1].data - text.data);
	}
	for (int bit = 0; bit < 64; bit++)
		expected |= (uint64_t)(votes[bit] > 0) << bit;
	assert_true(expected == simhash_of(buf_span(&text)));
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_stored_value_never_changes),
		cmocka_unit_test(layout_and_punctuation_do_not_count_but_order_does),
		cmocka_unit_test(similarity_estimates_the_share_of_common_shingles),
		cmocka_unit_test(similarity_falls_from_1_to_0_with_each_bit),
		cmocka_unit_test(the_tally_counts_as_64_counters_would),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
