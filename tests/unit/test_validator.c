#include "tests/unit/unit.h"

#include "crawler/validator.h"
#include "store/base/clock.h"
#include "tests/unit/headers.h"

/* REQ 10, 14; RFC 9110 8.8.3 */
static const struct {
	const char *why;
	struct span etag;
	bool usable;
} etag_rows[] = {
	{ "plain", { "\"a\"", 3 }, true },
	{ "weak", { "W/\"a\"", 5 }, true },
	{ "empty", { "\"\"", 2 }, true },
	{ "weak and empty", { "W/\"\"", 4 }, true },
	{ "backslash is a byte", { "\"a\\\"", 4 }, true },
	{ "comma", { "\"a,b\"", 5 }, true },
	{ "obs-text", { "\"\x80\xff\"", 4 }, true },
	{ "a space inside is let pass", { "\"a b\"", 5 }, true },
	{ "a quoted star is a tag", { "\"*\"", 3 }, true },
	{ "Apache's", { "\"5f2-abc-gzip\"", 14 }, true },
	{ "nothing", { "", 0 }, false },
	{ "star matches anything", { "*", 1 }, false },
	{ "no quotes", { "abc", 3 }, false },
	{ "one quote", { "\"", 1 }, false },
	{ "open", { "\"abc", 4 }, false },
	{ "not opened", { "abc\"", 4 }, false },
	{ "single quotes", { "'abc'", 5 }, false },
	{ "small w", { "w/\"a\"", 5 }, false },
	{ "W alone", { "W/", 2 }, false },
	{ "W without slash", { "W\"a\"", 4 }, false },
	{ "space behind W/", { "W/ \"a\"", 6 }, false },
	{ "weak unquoted", { "W/a", 3 }, false },
	{ "quote inside", { "\"a\"b\"", 5 }, false },
	{ "two tags are no tag", { "\"a\", \"b\"", 8 }, false },
	{ "NUL", { "\"a\0\"", 4 }, false },
	{ "TAB is a control octet", { "\"a\t\"", 4 }, false },
	{ "LF", { "\"a\nX: y\"", 8 }, false },
	{ "DEL", { "\"a\x7f\"", 4 }, false },
	{ "surrounding space", { " \"a\"", 4 }, false },
};

static void only_whole_entity_tags_are_used(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(etag_rows); i++) {
		if (validator_etag_is_usable(etag_rows[i].etag) != etag_rows[i].usable)
			fail_msg("row %zu: %s", i, etag_rows[i].why);
	}
}

/* REQ 14 */
static void a_tag_over_4096_octets_is_not_used(void **unused)
{
	static char tag[ETAG_MAX + 1];

	(void)unused;
	memset(tag, 'x', sizeof(tag));
	tag[0] = tag[ETAG_MAX - 1] = '"';
	assert_true(validator_etag_is_usable(span_from(tag, ETAG_MAX)));
	tag[ETAG_MAX - 1] = 'x';
	tag[ETAG_MAX] = '"';
	assert_false(validator_etag_is_usable(span_from(tag, ETAG_MAX + 1)));
}

/* RFC 9110 8.8.3.2, its table first; REQ 24 */
static const struct {
	const char *a, *b;
	bool strong, weak;
} match_rows[] = {
	{ "W/\"1\"", "W/\"1\"", false, true }, { "W/\"1\"", "W/\"2\"", false, false },
	{ "W/\"1\"", "\"1\"", false, true },   { "\"1\"", "\"1\"", true, true },
	{ "\"a\"", "\"A\"", false, false },    { "\"a\"", "\"a \"", false, false },
	{ "\"\"", "\"\"", true, true },        { "\"W/\"", "\"W/\"", true, true },
};

static void comparison_follows_rfc9110_8_8_3_2(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(match_rows); i++) {
		struct span a = span_of(match_rows[i].a), b = span_of(match_rows[i].b);

		if (validator_strong_match(a, b) != match_rows[i].strong ||
		    validator_strong_match(b, a) != match_rows[i].strong ||
		    validator_weak_match(a, b) != match_rows[i].weak ||
		    validator_weak_match(b, a) != match_rows[i].weak)
			fail_msg("row %zu: %s %s", i, match_rows[i].a, match_rows[i].b);
	}
	assert_true(validator_etag_is_weak(SPAN("W/\"a\"")));
	assert_false(validator_etag_is_weak(SPAN("\"W/a\"")));
}

/* RFC 9110 13.1.2 */
static const struct {
	const char *list, *tags; /* joined with | */
	bool clean;
} list_rows[] = {
	{ "", "", true },
	{ " ,\t,", "", true },
	{ "\"a\"", "\"a\"", true },
	{ "\"a\", W/\"b\" ,\"c\"", "\"a\"|W/\"b\"|\"c\"", true },
	{ ",, \"a\" ,,", "\"a\"", true },
	{ "\"a,b\\\", \"c\"", "\"a,b\\\"|\"c\"", true },
	{ "*", "", false },
	{ "\"a\", b", "\"a\"", false },
	{ "\"a\" \"b\"", "", false },
	{ "\"a\", \"b", "\"a\"", false },
	{ "\"a\"b, \"c\"", "", false },
};

static void a_list_is_walked_up_to_the_first_thing_that_is_no_tag(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(list_rows); i++) {
		struct span rest = span_of(list_rows[i].list), tag;
		struct buf joined = BUF_INIT;

		while (validator_list_next(&rest, &tag)) {
			if (joined.len)
				assert_int_equal(buf_append_byte(&joined, '|'), ERR_OK);
			assert_int_equal(buf_append_span(&joined, tag), ERR_OK);
		}
		assert_string_equal(buf_text(&joined), list_rows[i].tags);
		assert_int_equal(rest.len == 0, list_rows[i].clean);
		buf_release(&joined);
	}
}

#define T INT64_C(1793527200000)

static const struct {
	const char *why;
	struct validator_dates dates;
	bool trusted;
} trust_rows[] = {
	{ "well before Date", { T - 60000, T, 0, false }, true },
	{ "no Last-Modified", { 0, T, 0, false }, false },
	{ "before 1970", { -1, T, 0, false }, false },
	{ "no Date known", { T, 0, 0, false }, false },
	{ "after Date", { T + 1000, T, 0, false }, false },
	{ "far after Date", { T + MS_PER_DAY, T, 0, false }, false },
	{ "equal to Date: made on the fly", { T, T, 0, false }, false },
	{ "5 s before", { T - 5000, T, 0, false }, false },
	{ "6 s before", { T - 6000, T, 0, false }, true },
	{ "changed since the visit", { T - 60000, T, T - 90000, true }, true },
	{ "changed, but dated before the visit",
	  { T - 90000, T, T - 60000, true },
	  false },
	{ "changed, dated at the visit", { T - 60000, T, T - 60000, true }, false },
	{ "unchanged and old", { T - 90000, T, T - 60000, false }, true },
};

static void a_date_is_trusted_when_it_fits_what_was_seen(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(trust_rows); i++) {
		if (validator_date_is_trusted(&trust_rows[i].dates) !=
		    trust_rows[i].trusted)
			fail_msg("row %zu: %s", i, trust_rows[i].why);
	}
}

#define NOV_1994 "Sun, 06 Nov 1994 08:49:37 GMT"

/* REQ 10, 13, 14, 15 */
static const struct {
	const char *headers, *etag, *last_modified;
} header_rows[] = {
	{ "", "", "" },
	{ "ETag: \"a\"\nLast-Modified: " NOV_1994 "\n", "\"a\"", NOV_1994 },
	{ "etag:  W/\"a\" \t\n", "W/\"a\"", "" },
	{ "ETag: \"a\"\nETag: \"b\"\nLast-Modified: " NOV_1994 "\n", "", NOV_1994 },
	{ "ETag: \"a\"\nETag: \"a\"\n", "", "" },
	{ "ETag: a\nLast-Modified: yesterday\n", "", "" },
	{ "ETag: *\n", "", "" },
	{ "ETag: \"a\"\nLast-Modified: " NOV_1994 "\nLast-Modified: " NOV_1994 "\n",
	  "\"a\"", "" },
	{ "Last-Modified: Sunday, 06-Nov-94 08:49:37 GMT\n", "",
	  "Sunday, 06-Nov-94 08:49:37 GMT" },
};

static void headers_give_at_most_one_validator_of_each_kind(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(header_rows); i++) {
		struct header_list headers = headers_of(header_rows[i].headers);
		struct validator_pair pair = validators_from_headers(&headers, T);
		bool dated = *header_rows[i].last_modified != '\0';

		assert_true(span_equal(pair.etag, span_of(header_rows[i].etag)));
		assert_true(span_equal(pair.last_modified,
				       span_of(header_rows[i].last_modified)));
		assert_true(pair.last_modified_at_ms ==
			    (dated ? INT64_C(784111777000) : 0));
		header_list_release(&headers);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_whole_entity_tags_are_used),
		cmocka_unit_test(a_tag_over_4096_octets_is_not_used),
		cmocka_unit_test(comparison_follows_rfc9110_8_8_3_2),
		cmocka_unit_test(a_list_is_walked_up_to_the_first_thing_that_is_no_tag),
		cmocka_unit_test(a_date_is_trusted_when_it_fits_what_was_seen),
		cmocka_unit_test(headers_give_at_most_one_validator_of_each_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
