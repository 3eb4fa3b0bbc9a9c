/* test_codec.c - records to bytes and back, whatever the bytes. */
#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>

#include "store/base/codec.h"
#include "store/base/digest.h"

#define NOTE_MAX 20
#define TAG_MAX 300

struct all_types {
	bool flag;
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64, hash;
	int64_t i64;
	float f32, half, like_half;
	int64_t since;
	uint16_t like;
	struct digest digest, short_digest;
	uint32_t hash32;
	struct buf note, tag;
};

static const struct field all_fields[] = {
	FIELD(1, FIELD_BOOL, all_types, flag),
	FIELD(2, FIELD_U8, all_types, u8),
	FIELD(3, FIELD_U16, all_types, u16),
	FIELD(4, FIELD_U32, all_types, u32),
	FIELD(5, FIELD_U64, all_types, u64),
	FIELD(6, FIELD_HASH64, all_types, hash),
	FIELD(7, FIELD_I64, all_types, i64),
	FIELD(15, FIELD_F32, all_types, f32),
	FIELD(16, FIELD_DIGEST, all_types, digest), /* the first tag of two bytes */
	FIELD_BY(FIELD_IN_RUN, 20, FIELD_HALF, all_types, half),
	FIELD_BASED(FIELD_IN_RUN, 21, FIELD_SINCE, all_types, since, i64),
	FIELD_BASED(FIELD_LIKE, 22, FIELD_U16, all_types, like, u16),
	FIELD_BASED(FIELD_LIKE, 23, FIELD_HALF, all_types, like_half, f32),
	FIELD(24, FIELD_SHORT_DIGEST, all_types, short_digest),
	FIELD(25, FIELD_HASH32, all_types, hash32),
	FIELD_VALIDATOR(26, all_types, tag, TAG_MAX),
	FIELD_TEXT(255, all_types, note, NOTE_MAX),
	FIELD_BY(FIELD_READ, 9, FIELD_I64, all_types, since),
	FIELD_BY(FIELD_READ, 10, FIELD_HASH64_TOP, all_types, hash32),
};

static const struct record_type all_type = { "all", 3, all_fields,
					     ARRAY_SIZE(all_fields) };
/* An older build: it knows two of the fields. */
static const struct field few_fields[] = {
	FIELD(3, FIELD_U16, all_types, u16),
	FIELD_TEXT(255, all_types, note, NOTE_MAX),
};
static const struct record_type few_type = { "few", 3, few_fields,
					     ARRAY_SIZE(few_fields) };

static bool equal(const struct all_types *a, const struct all_types *b)
{
	return a->flag == b->flag && a->u8 == b->u8 && a->u16 == b->u16 &&
	       a->u32 == b->u32 && a->u64 == b->u64 && a->hash == b->hash &&
	       a->i64 == b->i64 && memcmp(&a->f32, &b->f32, sizeof(a->f32)) == 0 &&
	       a->since == b->since && a->like == b->like &&
	       half_of(a->half) == half_of(b->half) &&
	       half_of(a->like_half) == half_of(b->like_half) &&
	       digest_equal(&a->digest, &b->digest) &&
	       digest_equal(&a->short_digest, &b->short_digest) &&
	       a->hash32 == b->hash32 &&
	       span_equal(buf_span(&a->tag), buf_span(&b->tag)) &&
	       span_equal(buf_span(&a->note), buf_span(&b->note));
}

/* Of both kinds that pack, and one that takes two bytes to say how long it is. */
static void fill_tag(struct buf *tag, uint64_t bits)
{
	buf_clear(tag);
	if (bits % 3 == 0)
		assert_int_equal(buf_append_text(tag, "\"5f2-abc\""), ERR_OK);
	for (size_t i = 0; bits % 3 == 1 && i < TAG_MAX; i++)
		assert_int_equal(buf_append_byte(tag, (char)('a' + i % 26)), ERR_OK);
}

static void fill(struct all_types *r, uint64_t bits)
{
	r->flag = bits & 1;
	r->u8 = (uint8_t)bits;
	r->u16 = (uint16_t)bits;
	r->u32 = (uint32_t)bits;
	r->u64 = r->hash = bits;
	r->i64 = (int64_t)bits;
	memcpy(&r->f32, &r->u32, sizeof(r->f32));
	r->half = half_value((uint16_t)(bits % HALF_INFINITE));
	r->since = (int64_t)(bits ^ (bits & 8));
	r->like = (uint16_t)(bits ^ (bits & 4));
	r->like_half = bits & 2 ? r->f32 : r->half;
	memset(&r->digest, (int)(bits & 0xff), sizeof(r->digest));
	be64_put(r->short_digest.bytes, bits);
	r->hash32 = (uint32_t)bits;
	fill_tag(&r->tag, bits);
	assert_int_equal(buf_set(&r->note, span_from(&bits, bits % 8)), ERR_OK);
}

static void must_round_trip(const struct all_types *r)
{
	struct all_types back = { .flag = true, .u64 = 77, .hash = 1 };
	struct buf bytes = BUF_INIT;

	assert_int_equal(buf_append_text(&back.note, "left over"), ERR_OK);
	assert_int_equal(codec_encode(&all_type, r, &bytes), ERR_OK);
	assert_int_equal(codec_decode(&all_type, buf_span(&bytes), &back), ERR_OK);
	assert_true(equal(r, &back));
	codec_release(&all_type, &back);
	buf_release(&bytes);
}

static void every_type_survives_at_its_limits(void **unused)
{
	static const uint64_t bits[] = { 0,
					 1,
					 0x7f,
					 0x80,
					 0xff,
					 0x3fff,
					 0x4000,
					 0xffff,
					 0x7fffffff,
					 0x80000000,
					 0xffffffff,
					 0x7fffffffffffffff,
					 0x8000000000000000,
					 0xfffffffffffffffe,
					 0xffffffffffffffff };
	struct all_types r = { .u8 = 0 };

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(bits); i++) {
		fill(&r, bits[i]);
		must_round_trip(&r);
	}
	codec_release(&all_type, &r);
}

static void defaults_take_no_space(void **unused)
{
	struct all_types r = { .u8 = 0 };
	struct buf bytes = BUF_INIT;

	(void)unused;
	assert_int_equal(codec_encode(&all_type, &r, &bytes), ERR_OK);
	assert_int_equal(bytes.len, 1);
	assert_int_equal(bytes.data[0], all_type.version);
	buf_release(&bytes);
}

/* The format itself: whoever changes one of these bytes breaks every store. */
static void the_bytes_are_these(void **unused)
{
	static const char expected[] = "\x03"
				       "\x08\x01"
				       "\x20\xac\x02"
				       "\x32\x00\x00\x00\x00\x00\x00\x01\x02"
				       "\x38\x03"
				       "\xfc\x0f\x02hi";
	struct all_types r = { .flag = true, .u32 = 300, .hash = 0x102, .i64 = -2 };
	struct buf bytes = BUF_INIT;

	(void)unused;
	assert_int_equal(buf_set(&r.note, SPAN("hi")), ERR_OK);
	assert_int_equal(codec_encode(&all_type, &r, &bytes), ERR_OK);
	assert_int_equal(bytes.len, sizeof(expected) - 1);
	assert_memory_equal(bytes.data, expected, bytes.len);
	codec_release(&all_type, &r);
	buf_release(&bytes);
}

static void a_run_has_one_tag_and_what_is_alike_no_value(void **unused)
{
	static const char expected[] = "\x03"
				       "\x18\x05"                 /* u16 */
				       "\x38\x90\x03"             /* i64, 200 */
				       "\xa6\x01\x02\x7f\x00\x05" /* from 20 on two */
				       "\xb4\x01\x00";            /* like u16 */
	struct all_types r = { .u16 = 5, .i64 = 200, .half = 1, .since = 197, .like = 5 };
	struct all_types back = { .u8 = 0 };
	struct buf bytes = BUF_INIT;

	(void)unused;
	assert_int_equal(codec_encode(&all_type, &r, &bytes), ERR_OK);
	assert_int_equal(bytes.len, sizeof(expected) - 1);
	assert_memory_equal(bytes.data, expected, bytes.len);
	assert_int_equal(codec_decode(&all_type, buf_span(&bytes), &back), ERR_OK);
	assert_true(equal(&r, &back));
	/* As an older build wrote it. */
	assert_int_equal(codec_decode(&all_type, SPAN("\x03\x48\x0a"), &back), ERR_OK);
	assert_int_equal(back.since, 5);
	assert_int_equal(codec_decode(&all_type, SPAN("\x03\x52WORDlost"), &back),
			 ERR_OK);
	assert_int_equal(back.hash32, 0x574f5244);
	assert_int_equal(codec_decode(&all_type, SPAN("\x03\xd4\x01\x02\x10\x31"), &back),
			 ERR_CORRUPT);
	codec_release(&all_type, &back);
	buf_release(&bytes);
}

static const struct {
	float x, kept; /* the nearest of those that have eight bits of fraction */
} half_rows[] = {
	{ 0, 0 },
	{ -1, 0 },
	{ NAN, 0 },
	{ 1, 1 },
	{ 300, 300 },
	{ 0.5F, 0.5F },
	{ 1.001F, 1 },
	{ 1.003F, 1.00390625F },
	{ 3.4e38F, INFINITY },
	{ INFINITY, INFINITY },
};

static void a_half_is_right_to_a_fifth_of_a_percent(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(half_rows); i++) {
		float x = half_rows[i].x, kept = half_value(half_of(x));

		if (memcmp(&kept, &half_rows[i].kept, sizeof(kept)) != 0)
			fail_msg("row %zu: %g", i, (double)kept);
	}
	for (float x = 1e-30F; x < 1e30F; x *= 1.37F)
		assert_true(fabsf(half_value(half_of(x)) / x - 1) <= 1 / 512.0F);
	for (unsigned half = 0; half <= HALF_INFINITE; half++)
		assert_int_equal(half_of(half_value((uint16_t)half)), half);
}

static void a_short_digest_is_half_and_shown_so(void **unused)
{
	struct digest whole = digest_of(SPAN("x")), half = digest_short_of(SPAN("x")),
		      back;
	char text[DIGEST_TEXT_SIZE], short_text[DIGEST_TEXT_SIZE];

	(void)unused;
	digest_format(&whole, text);
	digest_format(&half, short_text);
	assert_int_equal(strlen(text), 5 + 32);
	assert_int_equal(strlen(short_text), 5 + 16);
	assert_memory_equal(text, short_text, 5 + 16);
	assert_int_equal(digest_parse(span_of(text), &back), ERR_OK);
	assert_int_equal(digest_parse(span_of(short_text), &back), ERR_INVALID);
	digest_shorten(&whole);
	assert_true(digest_equal(&whole, &half));
}

static void unknown_fields_are_skipped(void **unused)
{
	struct all_types r = { .u8 = 0 }, back = { .u8 = 9 };
	struct buf bytes = BUF_INIT;

	(void)unused;
	fill(&r, 0x8182838485868787);
	r.half = 0; /* fields in a run are not skipped */
	r.since = 0;
	assert_int_equal(codec_encode(&all_type, &r, &bytes), ERR_OK);
	assert_int_equal(codec_decode(&few_type, buf_span(&bytes), &back), ERR_OK);
	assert_int_equal(back.u16, 0x8787);
	assert_true(span_equal(buf_span(&back.note), buf_span(&r.note)));
	assert_int_equal(back.u8, 9); /* not a field of that build */
	codec_release(&all_type, &r);
	codec_release(&all_type, &back);
	buf_release(&bytes);
}

/* A table may have been put in another order since the record was written. */
static void fields_may_come_in_any_order(void **unused)
{
	struct field backwards[ARRAY_SIZE(all_fields)];
	struct record_type type = { "backwards", 3, backwards, ARRAY_SIZE(backwards) };
	struct all_types r = { .flag = false }, back = { .flag = false };
	struct buf bytes = BUF_INIT;

	(void)unused;
	for (size_t i = 0; i < type.n_fields; i++)
		backwards[i] = all_fields[type.n_fields - 1 - i];
	fill(&r, 0x0102030405060707);
	r.since = r.like = 0; /* their bases come first */
	r.like_half = 0;
	assert_int_equal(codec_encode(&type, &r, &bytes), ERR_OK);
	assert_int_equal(codec_decode(&all_type, buf_span(&bytes), &back), ERR_OK);
	assert_true(equal(&r, &back));
	buf_release(&bytes);
	codec_release(&all_type, &r);
	codec_release(&all_type, &back);
}

static void new_fields_of_an_older_record_have_their_defaults(void **unused)
{
	struct all_types r = { .u16 = 5 }, back = { .u8 = 9, .i64 = -4 };
	struct buf bytes = BUF_INIT;

	(void)unused;
	assert_int_equal(codec_encode(&few_type, &r, &bytes), ERR_OK);
	assert_int_equal(codec_decode(&all_type, buf_span(&bytes), &back), ERR_OK);
	assert_true(equal(&back, &r));
	buf_release(&bytes);
}

static const struct {
	const char *why;
	struct span bytes;
	enum err err;
} bad_rows[] = {
	{ "no bytes at all", SPAN(""), ERR_CORRUPT },
	{ "a newer version", SPAN("\x04"), ERR_NEWER },
	{ "the newest version of all", SPAN("\xff\x08\x01"), ERR_NEWER },
	{ "a tag without a value", SPAN("\x03\x08"), ERR_CORRUPT },
	{ "a varint that does not end", SPAN("\x03\x28\xff\xff"), ERR_CORRUPT },
	{ "a varint of eleven bytes",
	  SPAN("\x03\x28\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), ERR_CORRUPT },
	{ "a varint of 65 bits", SPAN("\x03\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),
	  ERR_CORRUPT },
	{ "256 in one byte", SPAN("\x03\x10\x80\x02"), ERR_CORRUPT },
	{ "65536 in two bytes", SPAN("\x03\x18\x80\x80\x04"), ERR_CORRUPT },
	{ "2^32 in four bytes", SPAN("\x03\x20\x80\x80\x80\x80\x10"), ERR_CORRUPT },
	{ "2 in a bool", SPAN("\x03\x08\x02"), ERR_CORRUPT },
	{ "a number where text belongs", SPAN("\x03\xf8\x0f\x01"), ERR_CORRUPT },
	{ "text where a number belongs", SPAN("\x03\x14\x01x"), ERR_CORRUPT },
	{ "a wire type that is none", SPAN("\x03\x0f\x01"), ERR_CORRUPT },
	{ "a run into what is not known", SPAN("\x03\xbe\x01\x03\x01\x01"), ERR_CORRUPT },
	{ "a run without an end", SPAN("\x03\xa6\x01"), ERR_CORRUPT },
	{ "a run that is cut short", SPAN("\x03\xa6\x01\x02\x7f\x00"), ERR_CORRUPT },
	{ "a half that is no number", SPAN("\x03\xa5\x01\xff\x01"), ERR_CORRUPT },
	{ "like nothing", SPAN("\x03\x1c\x00"), ERR_CORRUPT },
	{ "... of an unknown field", SPAN("\x03\xd7\x01\x01"), ERR_CORRUPT },
	{ "text cut short", SPAN("\x03\xfc\x0f\x05tex"), ERR_CORRUPT },
	{ "text as long as memory",
	  SPAN("\x03\xfc\x0f\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x"), ERR_CORRUPT },
	{ "text over its limit",
	  SPAN("\x03\xfc\x0f\x15"
	       "123456789012345678901"),
	  ERR_CORRUPT },
	{ "eight bytes cut short", SPAN("\x03\x32\x01\x02\x03"), ERR_CORRUPT },
	{ "a digest cut short", SPAN("\x03\x83\x01\x01\x02\x03"), ERR_CORRUPT },
};

static void bad_bytes_are_an_error(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(bad_rows); i++) {
		struct all_types r = { .u8 = 0 };
		enum err err = codec_decode(&all_type, bad_rows[i].bytes, &r);

		if (err != bad_rows[i].err)
			fail_msg("%s: %s", bad_rows[i].why, err_text(err));
		codec_release(&all_type, &r);
	}
}

static void no_record_cut_short_passes_for_another(void **unused)
{
	struct all_types r = { .u8 = 0 }, back = { .u8 = 0 };
	struct buf bytes = BUF_INIT;

	(void)unused;
	fill(&r, 0x9192939495969797);
	assert_int_equal(codec_encode(&all_type, &r, &bytes), ERR_OK);
	for (size_t len = 0; len < bytes.len; len++) {
		/* An exact copy, so that a byte read too many is seen by ASan. */
		char *cut = malloc(len + 1);

		assert_non_null(cut);
		cut = realloc(cut, len ? len : 1);
		memcpy(cut, bytes.data, len);
		if (codec_decode(&all_type, span_from(cut, len), &back) == ERR_OK)
			assert_false(equal(&r, &back));
		free(cut);
	}
	codec_release(&all_type, &r);
	codec_release(&all_type, &back);
	buf_release(&bytes);
}

static void a_text_over_its_limit_is_not_written(void **unused)
{
	struct all_types r = { .u16 = 7 };
	struct buf bytes = BUF_INIT;

	(void)unused;
	assert_int_equal(buf_set(&r.note, SPAN("12345678901234567890")), ERR_OK);
	must_round_trip(&r);
	assert_int_equal(buf_append_text(&bytes, "before"), ERR_OK);
	assert_int_equal(buf_append_byte(&r.note, '!'), ERR_OK);
	assert_int_equal(codec_encode(&all_type, &r, &bytes), ERR_TOO_LARGE);
	assert_string_equal(buf_text(&bytes), "before");
	codec_release(&all_type, &r);
	buf_release(&bytes);
}

/* A generator of our own, so that a failing run can be repeated. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void any_bytes_decode_or_fail_and_what_decodes_is_kept(void **unused)
{
	uint64_t state = 0x9E3779B97F4A7C15;
	int n_decoded = 0;

	(void)unused;
	for (int i = 0; i < 100000; i++) {
		size_t len = 1 + next_random(&state) % 24;
		struct all_types r = { .u8 = 0 };
		char *bytes = malloc(len);

		assert_non_null(bytes);
		for (size_t at = 0; at < len; at++)
			bytes[at] = (char)next_random(&state);
		bytes[0] = 3;
		if (len > 1 && i % 2) /* a tag that is known: further into the code */
			bytes[1] = (char)((1 + next_random(&state) % 7) << 3);
		if (codec_decode(&all_type, span_from(bytes, len), &r) == ERR_OK) {
			must_round_trip(&r);
			n_decoded++;
		}
		codec_release(&all_type, &r);
		free(bytes);
	}
	assert_true(n_decoded > 1000);
}

static void zigzag_keeps_small_numbers_small(void **unused)
{
	static const int64_t values[] = { 0, -1, 1, -2, INT64_MAX, INT64_MIN };

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		assert_true(unzigzag(zigzag(values[i])) == values[i]);
	assert_true(zigzag(0) == 0 && zigzag(-1) == 1 && zigzag(1) == 2);
	assert_true(zigzag(INT64_MIN) == UINT64_MAX);
}

static void big_endian_sorts_like_the_number(void **unused)
{
	static const uint64_t values[] = {
		0, 1, 255, 256, 0xffff, 0x100000000, UINT64_MAX
	};
	uint8_t before[8], at[8], pair[2];

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		be64_put(at, values[i]);
		assert_true(be64_get(at) == values[i]);
		if (i)
			assert_true(memcmp(before, at, 8) < 0);
		memcpy(before, at, 8);
	}
	be16_put(pair, 0xfe01);
	assert_int_equal(be16_get(pair), 0xfe01);
	assert_int_equal(pair[0], 0xfe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_survives_at_its_limits),
		cmocka_unit_test(defaults_take_no_space),
		cmocka_unit_test(the_bytes_are_these),
		cmocka_unit_test(a_run_has_one_tag_and_what_is_alike_no_value),
		cmocka_unit_test(a_half_is_right_to_a_fifth_of_a_percent),
		cmocka_unit_test(a_short_digest_is_half_and_shown_so),
		cmocka_unit_test(unknown_fields_are_skipped),
		cmocka_unit_test(fields_may_come_in_any_order),
		cmocka_unit_test(new_fields_of_an_older_record_have_their_defaults),
		cmocka_unit_test(bad_bytes_are_an_error),
		cmocka_unit_test(no_record_cut_short_passes_for_another),
		cmocka_unit_test(a_text_over_its_limit_is_not_written),
		cmocka_unit_test(any_bytes_decode_or_fail_and_what_decodes_is_kept),
		cmocka_unit_test(zigzag_keeps_small_numbers_small),
		cmocka_unit_test(big_endian_sorts_like_the_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
