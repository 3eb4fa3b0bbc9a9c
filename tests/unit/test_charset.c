#include "tests/unit/unit.h"

#include <stdlib.h>

#include "crawler/charset.h"

#define FFFD "\xEF\xBF\xBD"

static const struct {
	const char *why, *label;
	bool markup;
	struct span in, out;
} rows[] = {
	{ "plain UTF-8 passes", "", true, SPAN("a\xC3\xA4\n"), SPAN("a\xC3\xA4\n") },
	{ "undeclared Latin is windows-1252", "", true, SPAN("caf\xE9 \x80"),
	  SPAN("caf\xC3\xA9 \xE2\x82\xAC") },
	{ "... also behind a control character", "", true,
	  SPAN("\x01"
	       "caf\xE9"),
	  SPAN(" caf\xC3\xA9") },
	{ "the header's word counts", "ISO-8859-2", true, SPAN("\xB1"),
	  SPAN("\xC4\x85") },
	{ "... and outranks the page's", "utf-8", true,
	  SPAN("<meta charset=koi8-r>\xC3\xA4"), SPAN("<meta charset=koi8-r>\xC3\xA4") },
	{ "an unknown label counts as none", "x-nonsense", true,
	  SPAN("<meta charset=koi8-r>\xC1"), SPAN("<meta charset=koi8-r>\xD0\xB0") },
	{ "a mark outranks both", "koi8-r", true, SPAN("\xEF\xBB\xBF\xC3\xA4"),
	  SPAN("\xC3\xA4") },
	{ "UTF-16 by its mark", "", true, SPAN("\xFF\xFE\xE4\0b\0"),
	  SPAN("\xC3\xA4"
	       "b") },
	{ "big-endian too", "", false, SPAN("\xFE\xFF\0\xE4"), SPAN("\xC3\xA4") },
	{ "half a UTF-16 unit is replaced", "utf-16le", false, SPAN("a\0b"),
	  SPAN("a" FFFD) },
	{ "a page cannot declare UTF-16", "", true, SPAN("<meta charset=utf-16>\xC3\xA4"),
	  SPAN("<meta charset=utf-16>\xC3\xA4") },
	{ "only markup declares", "", false, SPAN("<meta charset=koi8-r>\xC1"),
	  SPAN("<meta charset=koi8-r>\xC3\x81") },
	{ "broken UTF-8 is replaced byte by byte", "utf-8", true, SPAN("a\xC3(\xE2\x82"),
	  SPAN("a" FFFD "(" FFFD FFFD) },
	{ "overlong forms are broken", "utf-8", true, SPAN("\xC0\xAF"), SPAN(FFFD FFFD) },
	{ "surrogates are broken", "utf-8", true, SPAN("\xED\xA0\x80"),
	  SPAN(FFFD FFFD FFFD) },
	{ "past U+10FFFF is broken", "utf-8", true, SPAN("\xF4\x90\x80\x80"),
	  SPAN(FFFD FFFD FFFD FFFD) },
	{ "U+FFFF is no character", "utf-8", true, SPAN("\xEF\xBF\xBF"),
	  SPAN(FFFD FFFD FFFD) },
	{ "... by whatever encoding", "utf-16be", false, SPAN("\0a\xFF\xFF"),
	  SPAN("a" FFFD) },
	{ "NUL and friends are spaces", "utf-8", true, SPAN("a\0b\x1B\x7F\tc"),
	  SPAN("a b  \tc") },
	{ "... in other encodings too", "latin1", true, SPAN("a\0b\x1B"), SPAN("a b ") },
	{ "multi-byte Japanese", "Shift_JIS", true, SPAN("\x93\xFA\x96\x7B"),
	  SPAN("\xE6\x97\xA5\xE6\x9C\xAC") },
	{ "a truncated pair is replaced", "shift_jis", true, SPAN("\x93\xFA\x96"),
	  SPAN("\xE6\x97\xA5" FFFD) },
	{ "what a converter held back is given out", "windows-1258", false, SPAN("a"),
	  SPAN("a") },
	{ "nothing stays nothing", "", true, SPAN(""), SPAN("") },
};

static void every_encoding_becomes_clean_utf8(void **unused)
{
	struct buf scratch = BUF_INIT;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct span utf8;

		assert_int_equal(charset_decode(rows[i].in, span_of(rows[i].label),
						rows[i].markup, &scratch, &utf8),
				 ERR_OK);
		if (!span_equal(utf8, rows[i].out))
			fail_msg("row %zu: %s: got '%.*s'", i, rows[i].why, (int)utf8.len,
				 utf8.data);
		assert_int_equal(charset_clean_prefix(utf8), utf8.len);
	}
	buf_release(&scratch);
}

static const struct {
	const char *markup, *declared;
} declarations[] = {
	{ "<html><meta charset=\"utf-8\">", "utf-8" },
	{ "<META CHARSET = 'x'>", "x" },
	{ "<meta http-equiv=content-type content=\"text/html; charset=big5\">", "big5" },
	{ "<!-- <meta charset=a> --><meta charset=b/>", "b" },
	{ "<meta name=x><meta charset=c>", "c" },
	{ "<?xml version='1.0' encoding='euc-kr'?><html>", "euc-kr" },
	{ "<meta charset", "" },
	{ "<meta charset=", "" },
	{ "<!-- <meta charset=a>", "" },
	{ "", "" },
};

static void a_declaration_is_found_where_browsers_look(void **unused)
{
	struct buf far = BUF_INIT;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(declarations); i++) {
		struct span got = charset_declared(span_of(declarations[i].markup));

		if (!span_equal(got, span_of(declarations[i].declared)))
			fail_msg("row %zu: got '%.*s'", i, (int)got.len, got.data);
	}
	for (int i = 0; i < 1024; i++)
		assert_int_equal(buf_append_byte(&far, ' '), ERR_OK);
	assert_int_equal(buf_append_text(&far, "<meta charset=koi8-r>"), ERR_OK);
	assert_int_equal(charset_declared(buf_span(&far)).len, 0);
	buf_release(&far);
}

/* iconv knows far more names than the web; none of them is reachable. */
static void only_the_standards_labels_are_known(void **unused)
{
	static const char *const refused[] = { "iso-2022-cn",
					       "iso-2022-cn-ext",
					       "iso-2022-kr",
					       "utf-7",
					       "ibm1390",
					       "utf-8//IGNORE",
					       "",
					       "utf-8 utf8" };

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		assert_null(charset_iconv_name(span_of(refused[i])));
	assert_string_equal(charset_iconv_name(SPAN(" LATIN1 ")), "CP1252");
}

/* Long and wrong all the way: every growth of the output is crossed. */
static void large_garbage_converts_within_three_times_its_size(void **unused)
{
	static const char *const labels[] = { "utf-8",  "gb18030",     "big5",
					      "euc-jp", "iso-2022-jp", "koi8-u",
					      "cp1258", "utf-16be",    "sjis",
					      "euc-kr" };
	struct buf in = BUF_INIT, scratch = BUF_INIT;
	uint32_t random = 1;

	(void)unused;
	for (int i = 0; i < 100000; i++) {
		random = random * 1664525 + 1013904223;
		assert_int_equal(buf_append_byte(&in, (char)(random >> 24)), ERR_OK);
	}
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++) {
		struct span utf8;

		assert_int_equal(charset_decode(buf_span(&in), span_of(labels[i]), true,
						&scratch, &utf8),
				 ERR_OK);
		assert_true(utf8.len <= 3 * in.len);
		assert_int_equal(charset_clean_prefix(utf8), utf8.len);
	}
	buf_release(&in);
	buf_release(&scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_encoding_becomes_clean_utf8),
		cmocka_unit_test(a_declaration_is_found_where_browsers_look),
		cmocka_unit_test(only_the_standards_labels_are_known),
		cmocka_unit_test(large_garbage_converts_within_three_times_its_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
