#include "tests/unit/unit.h"

#include "crawler/conditional.h"
#include "crawler/validator.h"

#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define IMS "If-Modified-Since: " DATE "\n"
#define PLENTY 10000

/* REQ 10-12, 14, 25a */
static const struct {
	const char *why, *etag, *date;
	enum condition_mode mode;
	const char *lines;
} rows[] = {
	{ "nothing held", "", "", CONDITION_BOTH, "" },
	{ "the verbatim pair", "\"a\"", DATE, CONDITION_BOTH,
	  IMS "If-None-Match: \"a\"\n" },
	{ "tag alone", "W/\"\\,\xff\"", "", CONDITION_BOTH,
	  "If-None-Match: W/\"\\,\xff\"\n" },
	{ "date alone", "", DATE, CONDITION_BOTH, IMS },
	{ "mode none", "\"a\"", DATE, CONDITION_NONE, "" },
	{ "mode etag", "\"a\"", DATE, CONDITION_ETAG, "If-None-Match: \"a\"\n" },
	{ "mode date", "\"a\"", DATE, CONDITION_DATE, IMS },
	{ "old date forms are echoed too", "", "Sun Nov  6 08:49:37 1994", CONDITION_BOTH,
	  "If-Modified-Since: Sun Nov  6 08:49:37 1994\n" },
	{ "repaired: one line with two tags", "\"x-gzip\"", DATE, CONDITION_REPAIRED,
	  IMS "If-None-Match: \"x-gzip\", \"x\"\n" },
	{ "repaired weak tag", "W/\"x-gzip\"", "", CONDITION_REPAIRED,
	  "If-None-Match: W/\"x-gzip\", W/\"x\"\n" },
	{ "no suffix, no list", "\"x\"", DATE, CONDITION_REPAIRED,
	  IMS "If-None-Match: \"x\"\n" },
	{ "suffix only when repaired", "\"x-gzip\"", "", CONDITION_BOTH,
	  "If-None-Match: \"x-gzip\"\n" },
	{ "a tag that is all suffix", "\"-gzip\"", "", CONDITION_REPAIRED,
	  "If-None-Match: \"-gzip\", \"\"\n" },
	{ "suffix inside", "\"-gzip-x\"", "", CONDITION_REPAIRED,
	  "If-None-Match: \"-gzip-x\"\n" },
	/* whatever a record or a seed file brought */
	{ "star", "*", DATE, CONDITION_BOTH, IMS },
	{ "unquoted", "a", "", CONDITION_BOTH, "" },
	{ "forged line in the tag", "\"a\r\nX: y\"", "", CONDITION_BOTH, "" },
	{ "forged line in the date", "", DATE "\r\nX: y", CONDITION_BOTH, "" },
	{ "no date", "\"a\"", "now", CONDITION_BOTH, "If-None-Match: \"a\"\n" },
};

static void conditions_are_the_validators_byte_for_byte(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct buf lines = BUF_INIT;

		assert_int_equal(buf_append_text(&lines, "A: b\n"), ERR_OK);
		assert_int_equal(conditional_append(span_of(rows[i].etag),
						    span_of(rows[i].date), rows[i].mode,
						    PLENTY, &lines),
				 ERR_OK);
		if (strcmp(buf_text(&lines) + 5, rows[i].lines))
			fail_msg("row %zu: %s: %s", i, rows[i].why, buf_text(&lines));
		buf_release(&lines);
	}
}

/* REQ 7 */
static void what_does_not_fit_is_left_out_repair_first(void **unused)
{
	static const char *const by_room[] = { "", IMS, IMS "If-None-Match: \"x-gzip\"\n",
					       IMS "If-None-Match: \"x-gzip\", \"x\"\n" };

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(by_room); i++) {
		/* a line ends in one octet more on the wire */
		size_t n_lines = i < 2 ? i : 2, room = strlen(by_room[i]) + n_lines;
		struct buf lines = BUF_INIT;

		for (size_t more = 0; more < 3; more++) {
			buf_clear(&lines);
			assert_int_equal(conditional_append(
						 SPAN("\"x-gzip\""), SPAN(DATE),
						 CONDITION_REPAIRED, room + more, &lines),
					 ERR_OK);
			assert_string_equal(buf_text(&lines), by_room[i]);
		}
		buf_release(&lines);
	}
}

static void the_largest_request_stays_under_12_kib(void **unused)
{
	static char url[20000], tag[ETAG_MAX];
	struct buf lines = BUF_INIT;
	size_t room;

	(void)unused;
	memset(tag, 'x', sizeof(tag));
	memcpy(tag + sizeof(tag) - 6, "-gzip\"", 6);
	tag[0] = '"';
	assert_true(validator_etag_is_usable(span_from(tag, sizeof(tag))));
	room = conditional_room(span_from(url, 8192), 100);
	assert_in_range(room, 3000, REQUEST_HEAD_MAX - 8192 - 100);
	assert_int_equal(conditional_append(span_from(tag, sizeof(tag)), SPAN(DATE),
					    CONDITION_REPAIRED, room, &lines),
			 ERR_OK);
	assert_string_equal(buf_text(&lines), IMS);
	assert_int_equal(conditional_room(span_from(url, sizeof(url)), 0), 0);
	buf_release(&lines);
}

static void modes_have_names(void **unused)
{
	(void)unused;
	assert_string_equal(condition_mode_text(CONDITION_NONE), "none");
	assert_string_equal(condition_mode_text(CONDITION_REPAIRED), "repaired");
	assert_string_equal(condition_mode_text((enum condition_mode)99), "unknown");
}

/* REQ 25a: a host whose tag was repaired names the plain one in its 304. */
static const struct {
	const char *etag, *plain;
	bool match;
} plain_rows[] = {
	{ "\"x-gzip\"", "\"x\"", true },
	{ "W/\"x-gzip\"", "W/\"x\"", true },
	{ "\"-gzip\"", "\"\"", true },
	{ "\"x-gzip\"", "\"x-gzip\"", false },
	{ "\"x-gzip\"", "\"y\"", false },
	{ "\"x-gzip\"", "\"x", false },
	{ "\"x-gzip\"", "\"xy\"", false },
	{ "\"x\"", "\"x\"", false },
	{ "", "\"\"", false },
	{ "\"x-gzip\"", "", false },
};

static void the_plain_form_of_a_marked_tag_is_known(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(plain_rows); i++)
		if (conditional_is_plain_form(span_of(plain_rows[i].etag),
					      span_of(plain_rows[i].plain)) !=
		    plain_rows[i].match)
			fail_msg("row %zu: %s", i, plain_rows[i].plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_plain_form_of_a_marked_tag_is_known),
		cmocka_unit_test(conditions_are_the_validators_byte_for_byte),
		cmocka_unit_test(what_does_not_fit_is_left_out_repair_first),
		cmocka_unit_test(the_largest_request_stays_under_12_kib),
		cmocka_unit_test(modes_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
