/* test_pack.c - validators in fewer bytes, and back byte for byte. */
#include "tests/unit/unit.h"

#include "store/base/pack.h"

#define MAX 4096

/* How many bytes it takes; fails unless it comes back as it was. */
static size_t packed_size(struct span text)
{
	char packed[MAX + PACK_OVERHEAD];
	struct buf back = BUF_INIT;
	size_t len = (size_t)(pack_text(text, packed) - packed);

	assert_true(len <= text.len + PACK_OVERHEAD);
	assert_int_equal(unpack_text(span_from(packed, len), MAX, &back), ERR_OK);
	if (!span_equal(buf_span(&back), text))
		fail_msg("'%.*s' came back as '%s'", (int)text.len, text.data,
			 buf_text(&back));
	assert_int_equal(unpack_text(span_from(packed, len), text.len - 1, &back),
			 ERR_CORRUPT);
	buf_release(&back);
	return len;
}

static const struct {
	const char *text;
	size_t size;
} rows[] = {
	/* servers' own: nginx, Apache, IIS, S3 */
	{ "\"65f1c2a3-1a2b\"", 8 },
	{ "W/\"65f1c2a3-1a2b\"", 8 },
	{ "\"2d-432a5e4a73a80\"", 10 },
	{ "\"1a2b3c-2d-432a5e4a73a80\"", 13 },
	{ "\"d41d8cd98f00b204e9800998ecf8427e\"", 17 },
	{ "\"D41D8CD98F00B204E9800998ECF8427E\"", 17 },
	{ "\"d41d8cd98f00b204e9800998ecf8427e-12\"", 38 }, /* too long for one of many */
	{ "\"0fa32b3d5dcd81:0\"", 19 },
	{ "\"2d-432a5e4a73a80-gzip\"", 24 },
	/* at the edges */
	{ "\"1\"", 2 },
	{ "\"A\"", 2 },
	{ "\"123\"", 3 },
	{ "\"1-2-3-4\"", 5 },
	{ "\"1-2-3-4-5\"", 12 },
	{ "\"123456789012345-1\"", 10 },
	{ "\"1234567890123456-1\"", 21 },
	{ "\"-\"", 4 },
	{ "\"-1\"", 5 },
	{ "\"1-\"", 5 },
	{ "\"1--2\"", 7 },
	{ "\"aB\"", 5 },
	{ "\"ab-CD\"", 8 },
	{ "\"v1\"", 5 },
	{ "\"\"", 3 },
	{ "W/\"\"", 5 },
	{ "w/\"1\"", 6 },
	{ "\"1", 3 },
	{ "1", 2 },
	{ "W/", 3 },
	{ "\"1\"\"", 5 },
	/* dates */
	{ "Thu, 01 Jan 1970 00:00:00 GMT", 5 },
	{ "Sun, 06 Nov 1994 08:49:37 GMT", 5 },
	{ "Tue, 29 Feb 2000 23:59:59 GMT", 5 },
	{ "Thu, 29 Feb 2024 12:00:00 GMT", 5 },
	{ "Sun, 28 Feb 2100 12:00:00 GMT", 5 },
	{ "Mon, 01 Mar 2100 12:00:00 GMT", 5 },
	{ "Sun, 07 Feb 2106 06:28:15 GMT", 5 },
	{ "Sun, 07 Feb 2106 06:28:16 GMT", 30 }, /* four bytes end there */
	{ "Wed, 31 Dec 1969 23:59:59 GMT", 30 },
	{ "Mon, 06 Nov 1994 08:49:37 GMT", 30 }, /* it was a Sunday */
	{ "sun, 06 Nov 1994 08:49:37 GMT", 30 },
	{ "Sun, 06 nov 1994 08:49:37 GMT", 30 },
	{ "Sun, 06 Nov 1994 08:49:60 GMT", 30 },
	{ "Sun, 06 Nov 1994 24:00:00 GMT", 30 },
	{ "Sat, 30 Feb 2024 08:49:37 GMT", 30 },
	{ "Sun, 06 Xxx 1994 08:49:37 GMT", 30 },
	{ "Sun, 06 Nov 1994 08:49:37 UTC", 30 },
	{ "Sunday, 06-Nov-94 08:49:37 GMT", 31 },
	{ "Sun Nov  6 08:49:37 1994", 25 },
};

static void what_is_unpacked_is_what_was_packed(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t size = packed_size(span_of(rows[i].text));

		if (size != rows[i].size)
			fail_msg("%s: %zu bytes", rows[i].text, size);
	}
}

static uint64_t next(uint64_t *random)
{
	*random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *random >> 33;
}

/* Of the letters that tags are made of, any may stand anywhere. */
static void any_text_of_a_tags_letters_comes_back(void **unused)
{
	static const char letters[] = "\"-0123456789abcdefABCDEFW/ \x80";
	uint64_t random = 1;
	char text[160];

	(void)unused;
	for (int i = 0; i < 200000; i++) {
		size_t len = 1 + next(&random) % (i % 4 ? 12 : sizeof(text) - 1);
		size_t of = i % 3 ? sizeof(letters) - 1 : 17; /* mostly digits */

		for (size_t n = 0; n < len; n++)
			text[n] = letters[next(&random) % of];
		if (i % 2)
			text[0] = text[len - 1] = '"';
		(void)packed_size(span_from(text, len));
	}
}

static void every_day_and_every_second_of_one_comes_back(void **unused)
{
	uint8_t packed[5] = { 0x30 };
	struct buf text = BUF_INIT;

	(void)unused;
	for (uint64_t at = 0; at <= UINT32_MAX; at += at % 7 ? 86400 : 86399) {
		for (int i = 0; i < 4; i++)
			packed[1 + i] = (uint8_t)(at >> (24 - 8 * i));
		assert_int_equal(unpack_text(span_from(packed, 5), MAX, &text), ERR_OK);
		assert_int_equal(packed_size(buf_span(&text)), 5);
	}
	buf_release(&text);
}

static const struct span no_packed[] = {
	SPAN(""),
	SPAN("\x10"),         /* no length */
	SPAN("\x10\x00"),     /* a number without digits */
	SPAN("\x10\x31"),     /* fewer digits than it says */
	SPAN("\x10\x11\x01"), /* more */
	SPAN("\x10\x21\x01"), /* a half byte that is not 0 */
	SPAN("\x14\x11"),     /* the second number is missing */
	SPAN("\x20"),
	SPAN("\x28\x11"),                 /* a flag that there is none of */
	SPAN("\x24\x11"),                 /* odd, and the half byte is not 0 */
	SPAN("\x30\x00\x00\x00"),         /* a date too short */
	SPAN("\x30\x00\x00\x00\x00\x00"), /* ... too long */
	SPAN("\x31\x00\x00\x00\x00"),
	SPAN("\x01"),
	SPAN("\x40"),
	SPAN("\xff\xff"),
};

static void what_nothing_packs_to_is_corrupt(void **unused)
{
	static char many[70];
	struct buf text = BUF_INIT;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(no_packed); i++)
		if (unpack_text(no_packed[i], MAX, &text) != ERR_CORRUPT)
			fail_msg("row %zu: '%s'", i, buf_text(&text));
	many[0] = 0x20;
	assert_int_equal(unpack_text(span_from(many, 65), MAX, &text), ERR_OK);
	assert_int_equal(unpack_text(span_from(many, 66), MAX, &text), ERR_CORRUPT);
	assert_int_equal(unpack_text(span_from(many, 65), 129, &text), ERR_CORRUPT);
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_unpacked_is_what_was_packed),
		cmocka_unit_test(any_text_of_a_tags_letters_comes_back),
		cmocka_unit_test(every_day_and_every_second_of_one_comes_back),
		cmocka_unit_test(what_nothing_packs_to_is_corrupt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
