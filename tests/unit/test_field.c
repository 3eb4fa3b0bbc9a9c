#include "tests/unit/unit.h"

#include "crawler/field.h"

/* REQ 6 */
static void only_tab_of_the_control_octets_is_sendable(void **unused)
{
	(void)unused;
	for (int c = 0; c < 256; c++) {
		char byte = (char)c;
		bool control = (c < 0x20 && c != 9) || c == 0x7f;

		assert_int_equal(field_is_sendable(span_from(&byte, 1)), !control);
	}
	assert_true(field_is_sendable(SPAN("")));
	assert_false(field_is_sendable(SPAN("a\r\nX: y")));
}

static const struct {
	const char *list, *elements; /* joined with | */
} list_rows[] = {
	{ "", "" },
	{ " , ,,\t,", "" },
	{ "a", "a" },
	{ "a,b", "a|b" },
	{ " a , ,b\t", "a|b" },
	{ "x=\"a,b\",c", "x=\"a,b\"|c" },
	{ "x=\"a\\\",b\",c", "x=\"a\\\",b\"|c" },
	{ "x=\"open,c", "x=\"open,c" },
	{ "x=\"\\", "x=\"\\" },
	{ "a\\,b", "a\\|b" },
};

static void lists_follow_rfc9110_5_6_1(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(list_rows); i++) {
		struct span rest = span_of(list_rows[i].list), element;
		struct buf joined = BUF_INIT;

		while (field_list_next(&rest, &element)) {
			if (joined.len)
				assert_int_equal(buf_append_byte(&joined, '|'), ERR_OK);
			assert_int_equal(buf_append_span(&joined, element), ERR_OK);
		}
		assert_string_equal(buf_text(&joined), list_rows[i].elements);
		buf_release(&joined);
	}
}

static void quotes_come_off_when_nothing_is_escaped(void **unused)
{
	(void)unused;
	assert_true(span_equal(field_unquote(SPAN("\"a b\"")), SPAN("a b")));
	assert_true(span_equal(field_unquote(SPAN("\"\"")), SPAN("")));
	assert_true(span_equal(field_unquote(SPAN("\"")), SPAN("\"")));
	assert_true(span_equal(field_unquote(SPAN("a\"")), SPAN("a\"")));
	assert_true(span_equal(field_unquote(SPAN("\"a")), SPAN("\"a")));
	assert_true(span_equal(field_unquote(SPAN("\"a\\b\"")), SPAN("\"a\\b\"")));
}

static void numbers_are_digits_only_and_saturate(void **unused)
{
	static const char *const bad[] = {
		"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "a"
	};
	int64_t n = 42;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(field_parse_number(span_of(bad[i]), &n));
	assert_int_equal(n, 42);
	assert_true(field_parse_number(SPAN("007"), &n));
	assert_int_equal(n, 7);
	assert_true(field_parse_number(SPAN("9223372036854775806"), &n));
	assert_true(n == INT64_MAX - 1);
	assert_true(field_parse_number(SPAN("9223372036854775808"), &n));
	assert_true(n == INT64_MAX);
	assert_true(field_parse_number(SPAN("99999999999999999999999999990"), &n));
	assert_true(n == INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_tab_of_the_control_octets_is_sendable),
		cmocka_unit_test(lists_follow_rfc9110_5_6_1),
		cmocka_unit_test(quotes_come_off_when_nothing_is_escaped),
		cmocka_unit_test(numbers_are_digits_only_and_saturate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
