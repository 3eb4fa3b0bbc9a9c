/* test_head.c - the fields of a response in few bytes, and back byte for byte. */
#include "tests/unit/unit.h"

#include "store/head.h"

static struct page page;

static int setup(void **unused)
{
	(void)unused;
	page_init(&page);
	return buf_set(&page.etag, SPAN("\"5f2-abc\"")) ||
	       buf_set(&page.last_modified, SPAN("Sun, 01 Nov 2026 10:00:00 GMT")) ||
	       buf_set(&page.content_type, SPAN("text/html"));
}

static int teardown(void **unused)
{
	(void)unused;
	page_release(&page);
	return 0;
}

/* How many bytes it takes; fails unless it comes back as it was. */
static size_t packed_size(const char *lines)
{
	struct buf back = BUF_INIT;

	assert_int_equal(head_pack(&page, span_of(lines), &page.head), ERR_OK);
	assert_int_equal(head_unpack(&page, &back), ERR_OK);
	assert_string_equal(buf_text(&back), lines);
	buf_release(&back);
	return page.head.len;
}

static const struct {
	const char *lines;
	size_t size;
} rows[] = {
	{ "", 0 },
	{ "Server: nginx\n", 8 },
	{ "server: nginx\n", 8 },
	{ "SERVER: nginx\n", 15 },
	{ "sErver: nginx\n", 15 },
	{ "Server:nginx\n", 14 },
	{ "Server:  nginx\n", 9 },
	{ "Server: \n", 3 },
	{ "Server:\n", 9 },
	{ "Server\n", 8 },
	{ ": x\n", 5 },
	{ "\n", 2 },
	{ "\n\n", 4 },
	{ "X-Own: 1\n", 10 },
	{ "ETag: \"5f2-abc\"\n", 1 },
	{ "etag: \"5f2-abc\"\n", 1 },
	{ "ETag: \"5f2-abd\"\n", 7 },
	{ "Last-Modified: Sun, 01 Nov 2026 10:00:00 GMT\n", 1 },
	{ "Date: Sun, 01 Nov 2026 10:00:00 GMT\n", 7 }, /* its own: see below */
	{ "Date: Mon, 02 Nov 2026 10:00:00 GMT\n", 7 },
	{ "Content-Type: text/html\nContent-Type: text/plain\n", 14 },
	{ "Server: nginx\nETag: \"5f2-abc\"\nVary: Cookie\nX: y\n", 24 },
};

static void what_is_unpacked_is_what_was_packed(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t size = packed_size(rows[i].lines);

		if (size != rows[i].size)
			fail_msg("%s: %zu bytes", rows[i].lines, size);
	}
}

/* As with a page that was made when it was asked for. */
static void a_304_changes_the_page_and_no_other_field(void **unused)
{
	struct buf lines = BUF_INIT;

	(void)unused;
	assert_int_equal(head_pack(&page,
				   SPAN("Date: Sun, 01 Nov 2026 10:00:00 GMT\n"
					"Expires: Sun, 01 Nov 2026 10:00:00 GMT\n"),
				   &page.head),
			 ERR_OK);
	assert_int_equal(
		buf_set(&page.last_modified, SPAN("Mon, 02 Nov 2026 10:00:00 GMT")),
		ERR_OK);
	assert_int_equal(head_unpack(&page, &lines), ERR_OK);
	assert_string_equal(buf_text(&lines), "Date: Sun, 01 Nov 2026 10:00:00 GMT\n"
					      "Expires: Sun, 01 Nov 2026 10:00:00 GMT\n");
	buf_release(&lines);
}

static void what_does_not_fit_stays_outside(void **unused)
{
	struct buf lines = BUF_INIT;

	(void)unused;
	assert_int_equal(head_pack(&page, SPAN("Server: x"), &page.head), ERR_TOO_LARGE);
	while (head_pack(&page, buf_span(&lines), &page.head) == ERR_OK) {
		assert_true(page.head.len <= PAGE_HEAD_MAX && lines.len < 4096);
		assert_int_equal(buf_append_text(&lines, "Vary: Cookie\n"), ERR_OK);
	}
	assert_true(lines.len > PAGE_HEAD_MAX);
	buf_clear(&lines);
	assert_int_equal(buf_append_text(&lines, "Vary: "), ERR_OK);
	for (int i = 0; i < 5000; i++)
		assert_int_equal(buf_append_byte(&lines, 'x'), ERR_OK);
	assert_int_equal(buf_append_byte(&lines, '\n'), ERR_OK);
	assert_int_equal(head_pack(&page, buf_span(&lines), &page.head), ERR_TOO_LARGE);
	buf_release(&lines);
}

static void what_nothing_packs_to_is_corrupt(void **unused)
{
	static const struct span heads[] = {
		SPAN("\x01"),             /* a value without a length */
		SPAN("\x01\x02\x00"),     /* ... shorter than it says */
		SPAN("\x01\x00"),         /* ... that is no packed text */
		SPAN("\x01\x02\x10\x31"), /* ... likewise */
		SPAN("\x00\x02x"),        /* a line shorter than it says */
		SPAN("\x00"),
		SPAN("\x1f\x01\x00"), /* a name that there is none of */
		SPAN("\x20\x01\x00"), /* none at all */
		SPAN("\xe0"),
	};
	struct buf lines = BUF_INIT;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		assert_int_equal(buf_set(&page.head, heads[i]), ERR_OK);
		if (head_unpack(&page, &lines) != ERR_CORRUPT)
			fail_msg("row %zu: '%s'", i, buf_text(&lines));
	}
	buf_release(&lines);
}

#define with_page(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_page(what_is_unpacked_is_what_was_packed),
		with_page(a_304_changes_the_page_and_no_other_field),
		with_page(what_does_not_fit_stays_outside),
		with_page(what_nothing_packs_to_is_corrupt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
