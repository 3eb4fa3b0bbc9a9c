#include "tests/unit/unit.h"

#include <stdlib.h>
#include <zlib.h>

#include "crawler/content_coding.h"
#include "tests/unit/headers.h"

#define GZIP (MAX_WBITS + 16)
#define ZLIB MAX_WBITS
#define RAW (-MAX_WBITS)
#define MIB ((size_t)1024 * 1024)

static struct buf packed(int window_bits, struct span plain)
{
	z_stream z = { 0 };
	struct buf out = BUF_INIT;
	size_t room;

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, window_bits, 8, 0), Z_OK);
	room = deflateBound(&z, plain.len);
	assert_int_equal(buf_reserve(&out, room), ERR_OK);
	z.next_in = (unsigned char *)(uintptr_t)plain.data;
	z.avail_in = (unsigned)plain.len;
	z.next_out = (unsigned char *)out.data;
	z.avail_out = (unsigned)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out.len = room - z.avail_out;
	deflateEnd(&z);
	return out;
}

static enum coding_verdict decode_to(const char *headers, struct span wire, size_t max,
				     struct buf *body)
{
	struct header_list list = headers_of(headers);
	enum coding_verdict verdict;

	assert_int_equal(content_decode(&list, wire, max, body, &verdict), ERR_OK);
	header_list_release(&list);
	return verdict;
}

/* The verdict; a DECODED body must be `plain`, any other must be left alone. */
static enum coding_verdict decode(const char *headers, struct span wire,
				  struct span plain)
{
	struct buf body = BUF_INIT;
	enum coding_verdict verdict;

	assert_int_equal(buf_append_text(&body, "as it was"), ERR_OK);
	verdict = decode_to(headers, wire, DECODED_MAX_BYTES, &body);
	if (verdict == DECODED)
		assert_true(span_equal(buf_span(&body), plain));
	else
		assert_string_equal(buf_text(&body), "as it was");
	buf_release(&body);
	return verdict;
}

#define PLAIN SPAN("hello, hello, hello, world\n")

/* RFC 9110 8.4, REQ 61 */
static const struct {
	const char *headers;
	int first, second; /* what was applied, in this order */
	enum coding_verdict verdict;
} rows[] = {
	{ "", 0, 0, DECODED },
	{ "Content-Encoding:\n", 0, 0, DECODED },
	{ "Content-Encoding: identity\n", 0, 0, DECODED },
	{ "Content-Encoding: gzip\n", GZIP, 0, DECODED },
	{ "content-encoding: X-GZIP\n", GZIP, 0, DECODED },
	{ "Content-Encoding: deflate\n", ZLIB, 0, DECODED },
	{ "Content-Encoding: deflate\n", RAW, 0, DECODED },
	{ "Content-Encoding: deflate, gzip\n", ZLIB, GZIP, DECODED },
	{ "Content-Encoding: gzip, identity, gzip\n", GZIP, GZIP, DECODED },
	{ "Content-Encoding: gzip\nContent-Encoding: deflate\n", GZIP, RAW, DECODED },
	{ "Content-Encoding: gzip, deflate\n", ZLIB, GZIP, CODING_BROKEN },
	{ "Content-Encoding: gzip, gzip, gzip\n", GZIP, GZIP, CODING_UNKNOWN },
	{ "Content-Encoding: br\n", 0, 0, CODING_UNKNOWN },
	{ "Content-Encoding: gzip, br\n", GZIP, 0, CODING_UNKNOWN },
	{ "Content-Encoding: zstd\n", GZIP, 0, CODING_UNKNOWN },
	{ "Content-Encoding: UTF-8\n", 0, 0, CODING_UNKNOWN },
	{ "Content-Encoding: gzip;q=1\n", GZIP, 0, CODING_UNKNOWN },
	{ "Content-Encoding: gzip\n", 0, 0, CODING_BROKEN },
	{ "Content-Encoding: gzip\n", ZLIB, 0, CODING_BROKEN },
	{ "Content-Encoding: deflate\n", GZIP, 0, CODING_BROKEN },
	{ "Content-Encoding: deflate\n", 0, 0, CODING_BROKEN },
};

static void codings_are_undone_in_reverse_order(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct buf first = BUF_INIT, second = BUF_INIT;
		struct span wire = PLAIN;

		if (rows[i].first) {
			first = packed(rows[i].first, wire);
			wire = buf_span(&first);
		}
		if (rows[i].second) {
			second = packed(rows[i].second, wire);
			wire = buf_span(&second);
		}
		if (decode(rows[i].headers, wire, PLAIN) != rows[i].verdict)
			fail_msg("row %zu: %s", i, rows[i].headers);
		buf_release(&first);
		buf_release(&second);
	}
}

/* REQ 27: the stream has ended and its trailer is right */
static void every_truncation_is_broken(void **unused)
{
	static const int wrappings[] = { GZIP, ZLIB, RAW };

	(void)unused;
	for (size_t w = 0; w < ARRAY_SIZE(wrappings); w++) {
		struct buf wire = packed(wrappings[w], PLAIN);
		const char *headers = wrappings[w] == GZIP
					      ? "Content-Encoding: gzip\n"
					      : "Content-Encoding: deflate\n";

		for (size_t len = 0; len < wire.len; len++) {
			/* on the heap, so that a byte read too far is seen */
			char *copy = malloc(len + !len);

			assert_non_null(copy);
			memcpy(copy, wire.data, len);
			assert_int_equal(decode(headers, span_from(copy, len), PLAIN),
					 CODING_BROKEN);
			free(copy);
		}
		buf_release(&wire);
	}
}

static void a_wrong_checksum_or_length_is_broken(void **unused)
{
	struct buf wire = packed(GZIP, PLAIN);

	(void)unused;
	for (size_t i = 1; i <= 8; i++) {
		wire.data[wire.len - i] ^= 1;
		assert_int_equal(
			decode("Content-Encoding: gzip\n", buf_span(&wire), PLAIN),
			CODING_BROKEN);
		wire.data[wire.len - i] ^= 1;
	}
	assert_int_equal(decode("Content-Encoding: gzip\n", buf_span(&wire), PLAIN),
			 DECODED);
	buf_release(&wire);
}

/* A flipped bit in the data gives an error or, in a raw stream, other bytes: never a read
 * or write outside. The sanitizers judge. */
static void damage_anywhere_is_survived(void **unused)
{
	struct buf wire = packed(GZIP, PLAIN);

	(void)unused;
	for (size_t bit = 0; bit < wire.len * 8; bit++) {
		struct buf body = BUF_INIT;
		char mask = (char)(1 << (bit % 8));

		wire.data[bit / 8] ^= mask;
		(void)decode_to("Content-Encoding: gzip\n", buf_span(&wire), 4096, &body);
		(void)decode_to("Content-Encoding: deflate\n",
				span_from(wire.data + 10, wire.len - 10), 4096, &body);
		wire.data[bit / 8] ^= mask;
		buf_release(&body);
	}
	buf_release(&wire);
}

static void members_are_joined_and_what_follows_is_ignored(void **unused)
{
	static const struct {
		const char *why;
		struct span more;
		enum coding_verdict verdict;
	} tails[] = {
		{ "padding", { "\0\0\0\0", 4 }, DECODED },
		{ "text behind", { "<!-- cached -->", 15 }, DECODED },
		{ "one octet of a member", { "\x1f", 1 }, DECODED },
		{ "a member that breaks off", { "\x1f\x8b\x08", 3 }, CODING_BROKEN },
		{ "not deflate", { "\x1f\x8b\x07\0\0\0\0\0\0\0", 10 }, CODING_BROKEN },
	};
	struct buf wire = packed(GZIP, SPAN("hello, hello, "));
	struct buf second = packed(GZIP, SPAN("hello, world\n"));
	size_t whole;

	(void)unused;
	assert_int_equal(buf_append_span(&wire, buf_span(&second)), ERR_OK);
	whole = wire.len;
	assert_int_equal(decode("Content-Encoding: gzip\n", buf_span(&wire), PLAIN),
			 DECODED);
	for (size_t i = 0; i < ARRAY_SIZE(tails); i++) {
		wire.len = whole;
		assert_int_equal(buf_append_span(&wire, tails[i].more), ERR_OK);
		if (decode("Content-Encoding: gzip\n", buf_span(&wire), PLAIN) !=
		    tails[i].verdict)
			fail_msg("row %zu: %s", i, tails[i].why);
	}
	buf_release(&wire);
	buf_release(&second);
}

static void a_raw_stream_that_begins_like_a_wrapped_one_is_read(void **unused)
{
	/* a stored block of one octet: its type and length, 78 01, are also a zlib header */
	static const char raw[] = "\x78\x01\x00\xfe\xffh\x03\x00";

	(void)unused;
	assert_int_equal(decode("Content-Encoding: deflate\n",
				span_from(raw, sizeof(raw) - 1), SPAN("h")),
			 DECODED);
}

static struct buf zeros(size_t len)
{
	struct buf b = BUF_INIT;

	assert_int_equal(buf_reserve(&b, len), ERR_OK);
	memset(b.data, 0, len);
	b.len = len;
	return b;
}

/* REQ 61: a ratio counts past 1 MiB only */
static void a_bomb_is_stopped_and_a_small_dense_page_is_not(void **unused)
{
	struct buf plain = zeros(MIB + 1), body = BUF_INIT;
	struct buf small = packed(GZIP, span_from(plain.data, MIB));
	struct buf bomb = packed(GZIP, buf_span(&plain));
	struct buf twice = packed(GZIP, buf_span(&bomb));

	(void)unused;
	assert_int_equal(
		decode_to("Content-Encoding: gzip\n", buf_span(&small), 2 * MIB, &body),
		DECODED);
	assert_int_equal(body.len, MIB);
	assert_int_equal(
		decode_to("Content-Encoding: gzip\n", buf_span(&bomb), 2 * MIB, &body),
		CODING_BOMB);
	/* the ratio is that of both codings together */
	assert_int_equal(decode_to("Content-Encoding: gzip, gzip\n", buf_span(&twice),
				   2 * MIB, &body),
			 CODING_BOMB);
	assert_int_equal(body.len, MIB);
	buf_release(&plain);
	buf_release(&small);
	buf_release(&bomb);
	buf_release(&twice);
	buf_release(&body);
}

/* REQ 60 */
static void the_decoded_limit_is_exact(void **unused)
{
	struct buf body = BUF_INIT, wire = packed(GZIP, PLAIN);
	size_t len = PLAIN.len;

	(void)unused;
	assert_int_equal(decode_to("", PLAIN, len, &body), DECODED);
	assert_int_equal(decode_to("", PLAIN, len - 1, &body), CODING_TOO_LARGE);
	assert_int_equal(
		decode_to("Content-Encoding: gzip\n", buf_span(&wire), len, &body),
		CODING_TOO_LARGE);
	buf_release(&wire);
	wire = zeros(50000);
	buf_release(&body);
	body = packed(ZLIB, buf_span(&wire));
	buf_release(&wire);
	wire = buf_take(&body);
	assert_int_equal(
		decode_to("Content-Encoding: deflate\n", buf_span(&wire), 50000, &body),
		DECODED);
	assert_int_equal(body.len, 50000);
	assert_int_equal(
		decode_to("Content-Encoding: deflate\n", buf_span(&wire), 49999, &body),
		CODING_TOO_LARGE);
	buf_release(&wire);
	buf_release(&body);
}

/* REQ 4 */
static void what_is_asked_for_is_what_is_undone(void **unused)
{
	(void)unused;
	assert_string_equal(ACCEPT_ENCODING, "gzip, deflate");
	assert_string_equal(coding_verdict_text(DECODED), "decoded");
	assert_string_equal(coding_verdict_text(CODING_TOO_LARGE), "too large");
	assert_string_equal(coding_verdict_text((enum coding_verdict)99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codings_are_undone_in_reverse_order),
		cmocka_unit_test(every_truncation_is_broken),
		cmocka_unit_test(a_wrong_checksum_or_length_is_broken),
		cmocka_unit_test(damage_anywhere_is_survived),
		cmocka_unit_test(members_are_joined_and_what_follows_is_ignored),
		cmocka_unit_test(a_raw_stream_that_begins_like_a_wrapped_one_is_read),
		cmocka_unit_test(a_bomb_is_stopped_and_a_small_dense_page_is_not),
		cmocka_unit_test(the_decoded_limit_is_exact),
		cmocka_unit_test(what_is_asked_for_is_what_is_undone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
