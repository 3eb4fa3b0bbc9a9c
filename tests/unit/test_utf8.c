#include "tests/unit/unit.h"

#include "store/base/utf8.h"

static const struct {
	const char *why;
	struct span text;
	bool printable;
} rows[] = {
	{ "nothing", SPAN(""), true },
	{ "ASCII", SPAN("a ~"), true },
	{ "two, three and four octets", SPAN("\u00e9\u20ac\U0001f4a9"), true },
	{ "greatest code point but two", SPAN("\xf4\x8f\xbf\xbd"), true },
	{ "NUL", SPAN("a\0b"), false },
	{ "escape", SPAN("\x1b[2J"), false },
	{ "DEL", SPAN("\x7f"), false },
	{ "C1", SPAN("\xc2\x9b"), false },
	{ "right-to-left override", SPAN("\u202e"), false },
	{ "line separator", SPAN("\u2028"), false },
	{ "byte order mark", SPAN("\ufeff"), false },
	{ "noncharacter", SPAN("\xef\xbf\xbf"), false },
	{ "lone continuation", SPAN("\x80"), false },
	{ "Latin-1", SPAN("caf\xe9"), false },
	{ "truncated", SPAN("\xe2\x82"), false },
	{ "truncated in the middle", SPAN("\xe2\x82z"), false },
	{ "overlong slash", SPAN("\xc0\xaf"), false },
	{ "overlong in three octets", SPAN("\xe0\x80\xaf"), false },
	{ "overlong in four octets", SPAN("\xf0\x80\x80\xaf"), false },
	{ "surrogate", SPAN("\xed\xa0\x80"), false },
	{ "over U+10FFFF", SPAN("\xf4\x90\x80\x80"), false },
	{ "no form at all", SPAN("\xff"), false },
};

static void only_well_formed_text_is_printable_rfc3629(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (utf8_is_printable(rows[i].text) != rows[i].printable)
			fail_msg("row %zu: %s", i, rows[i].why);
	}
}

static void a_bad_octet_is_taken_alone(void **unused)
{
	struct span rest = SPAN("\xe2\x82\u20ac");
	uint32_t c;

	(void)unused;
	assert_false(utf8_take(&rest, &c));
	assert_int_equal(c, 0xe2);
	assert_false(utf8_take(&rest, &c));
	assert_true(utf8_take(&rest, &c));
	assert_int_equal(c, 0x20ac);
	assert_int_equal(rest.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_well_formed_text_is_printable_rfc3629),
		cmocka_unit_test(a_bad_octet_is_taken_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
