#include "tests/unit/unit.h"

#include <stdlib.h>

#include "store/base/zip.h"

static int set_up(void **state)
{
	return zip_new(3, (struct zip **)state) == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	zip_free(*state);
	return 0;
}

/* `n` bytes that compress well but are not all the same. */
static void fill(struct buf *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(buf_append_byte(b, (char)("abcdefg"[i % 7] + i / 900)),
				 ERR_OK);
}

static void what_was_zipped_comes_back_behind_what_was_there(void **state)
{
	static const size_t sizes[] = { 0, 1, 7, 4096, 300000 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct buf plain = BUF_INIT, frame = BUF_INIT, back = BUF_INIT;

		fill(&plain, sizes[i]);
		assert_int_equal(buf_append_text(&back, "kept"), ERR_OK);
		assert_int_equal(zip_compress(*state, buf_span(&plain), &frame), ERR_OK);
		assert_int_equal(
			zip_decompress(*state, buf_span(&frame), sizes[i], &back),
			ERR_OK);
		assert_int_equal(back.len, 4 + sizes[i]);
		assert_memory_equal(back.data, "kept", 4);
		assert_true(
			span_equal(span_from(back.data + 4, sizes[i]), buf_span(&plain)));
		assert_int_equal(back.data[back.len], '\0');
		buf_release(&plain);
		buf_release(&frame);
		buf_release(&back);
	}
}

static void more_than_the_ceiling_never_comes_out(void **state)
{
	struct buf plain = BUF_INIT, frame = BUF_INIT, back = BUF_INIT;

	fill(&plain, 5000);
	assert_int_equal(zip_compress(*state, buf_span(&plain), &frame), ERR_OK);
	assert_int_equal(zip_decompress(*state, buf_span(&frame), 4999, &back),
			 ERR_TOO_LARGE);
	assert_int_equal(back.len, 0);
	buf_release(&plain);
	buf_release(&frame);
	buf_release(&back);
}

/* REQ 82: a damaged record is reported, and never yields other bytes. */
static void a_damaged_frame_is_corrupt_or_harmless(void **state)
{
	struct buf plain = BUF_INIT, frame = BUF_INIT, back = BUF_INIT;
	size_t n_corrupt = 0;

	fill(&plain, 5000);
	assert_int_equal(zip_compress(*state, buf_span(&plain), &frame), ERR_OK);
	for (size_t i = 0; i < frame.len * 8; i++) {
		enum err err;

		frame.data[i / 8] ^= (char)(1 << i % 8);
		buf_clear(&back);
		err = zip_decompress(*state, buf_span(&frame), 5000, &back);
		if (err) {
			n_corrupt++;
			assert_int_equal(back.len, 0);
		} else {
			assert_true(span_equal(buf_span(&plain), buf_span(&back)));
		}
		frame.data[i / 8] ^= (char)(1 << i % 8);
	}
	assert_true(n_corrupt > frame.len * 8 - 16);
	for (size_t len = 0; len < frame.len; len++)
		assert_int_equal(
			zip_decompress(*state, span_from(frame.data, len), 5000, &back),
			ERR_CORRUPT);
	buf_release(&plain);
	buf_release(&frame);
	buf_release(&back);
}

static void two_frames_are_not_one(void **state)
{
	struct buf frame = BUF_INIT, back = BUF_INIT;

	assert_int_equal(zip_compress(*state, SPAN("one"), &frame), ERR_OK);
	assert_int_equal(zip_compress(*state, SPAN("two"), &frame), ERR_OK);
	assert_int_equal(zip_decompress(*state, buf_span(&frame), 100, &back),
			 ERR_CORRUPT);
	buf_release(&frame);
	buf_release(&back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_zipped_comes_back_behind_what_was_there),
		cmocka_unit_test(more_than_the_ceiling_never_comes_out),
		cmocka_unit_test(a_damaged_frame_is_corrupt_or_harmless),
		cmocka_unit_test(two_frames_are_not_one),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
