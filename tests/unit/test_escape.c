#include "tests/unit/unit.h"

#include "tools/escape.h"

typedef enum err escaper(struct buf *out, struct span text);

#define BAD "\xef\xbf\xbd"

static const struct {
	escaper *escape;
	const char *why;
	struct span in;
	const char *out;
} rows[] = {
	/* REQ 71 */
	{ escape_json_text, "plain", SPAN("abc"), "\"abc\"" },
	{ escape_json_text, "empty", SPAN(""), "\"\"" },
	{ escape_json_text, "quote and backslash", SPAN("\"\\"), "\"\\\"\\\\\"" },
	{ escape_json_text, "C0", SPAN("\n\r\t\x01\0"), "\"\\n\\r\\t\\u0001\\u0000\"" },
	{ escape_json_text, "DEL and C1", SPAN("\x7f\xc2\x9b"), "\"\\u007f\\u009b\"" },
	{ escape_json_text, "script", SPAN("</a>&"), "\"\\u003c/a>&\"" },
	{ escape_json_text, "line separator", SPAN("\xe2\x80\xa8"), "\"\\u2028\"" },
	{ escape_json_text, "good UTF-8", SPAN("\xc3\xa9\xf0\x9f\x98\x80"),
	  "\"\xc3\xa9\xf0\x9f\x98\x80\"" },
	{ escape_json_text, "stray byte",
	  SPAN("a\xff"
	       "b"),
	  "\"a" BAD "b\"" },
	{ escape_json_text, "overlong", SPAN("\xc0\xaf"), "\"" BAD BAD "\"" },
	{ escape_json_text, "surrogate", SPAN("\xed\xa0\x80"), "\"" BAD BAD BAD "\"" },
	{ escape_json_text, "cut short", SPAN("\xe2\x82"), "\"" BAD BAD "\"" },
	{ escape_json_text, "beyond Unicode", SPAN("\xf4\x90\x80\x80"),
	  "\"" BAD BAD BAD BAD "\"" },
	/* REQ 73 */
	{ escape_json_in_html, "markup", SPAN("[\"</script>&\", 1]"),
	  "[\"\\u003c/script\\u003e\\u0026\", 1]" },
	{ escape_json_bytes, "a tag stays exact", SPAN("W/\"a\\\xe9\x01\""),
	  "\"W/\\\"a\\\\\\\\\\\\xe9\\\\x01\\\"\"" },
	{ escape_bytes, "nothing is lost", SPAN("a\\\x1b[m\xc3\xa9\r\n"),
	  "a\\\\\\x1b[m\\xc3\\xa9\\x0d\\x0a" },
	/* REQ 72 */
	{ escape_csv, "plain", SPAN("abc"), "abc" },
	{ escape_csv, "empty", SPAN(""), "" },
	{ escape_csv, "comma", SPAN("a,b"), "\"a,b\"" },
	{ escape_csv, "quote", SPAN("a\"b"), "\"a\"\"b\"" },
	{ escape_csv, "line ends", SPAN("a\r\nb"), "\"a  b\"" },
	{ escape_csv, "formula", SPAN("=1+1"), "'=1+1" },
	{ escape_csv, "plus", SPAN("+1"), "'+1" },
	{ escape_csv, "minus", SPAN("-1"), "'-1" },
	{ escape_csv, "at", SPAN("@a"), "'@a" },
	{ escape_csv, "tab", SPAN("\ta"), "'\ta" },
	{ escape_csv, "CR", SPAN("\ra"), "\"' a\"" },
	{ escape_csv, "quoted formula", SPAN("=a,b"), "\"'=a,b\"" },
	{ escape_csv, "not a formula inside", SPAN("a=b"), "a=b" },
	/* REQ 74 */
	{ escape_terminal, "ESC", SPAN("a\x1b[31mb"), "a" BAD "[31mb" },
	{ escape_terminal, "C1",
	  SPAN("\xc2\x9b"
	       "31m"),
	  BAD "31m" },
	{ escape_terminal, "raw C1 byte",
	  SPAN("\x9b"
	       "31m"),
	  BAD "31m" },
	{ escape_terminal, "one line", SPAN("a\r\n\tb"), "a   b" },
	{ escape_terminal, "NUL and DEL", SPAN("\0\x7f"), BAD BAD },
	{ escape_terminal, "right-to-left override", SPAN("\xe2\x80\xae"), BAD },
	{ escape_terminal, "good UTF-8", SPAN("\xc3\xa9"), "\xc3\xa9" },
	{ escape_terminal_lines, "lines", SPAN("a\n\tb\r\x1b"), "a\n\tb " BAD },
	/* REQ 73 */
	{ escape_html, "all five", SPAN("&<>\"'"), "&amp;&lt;&gt;&quot;&#39;" },
	{ escape_html, "control and bad byte", SPAN("\x01\xff"), BAD BAD },
	{ escape_html, "lines stay", SPAN("a\nb"), "a\nb" },
	{ escape_roff, "leading dot", SPAN(".TH"), "\\&.TH" },
	{ escape_roff, "leading quote", SPAN("'so"), "\\&'so" },
	{ escape_roff, "backslash and hyphen", SPAN("a\\-b"), "a\\e\\-b" },
};

static void outside_text_is_safe_wherever_it_is_shown(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct buf out = BUF_INIT;

		assert_int_equal(rows[i].escape(&out, rows[i].in), ERR_OK);
		if (strcmp(buf_text(&out), rows[i].out) != 0)
			fail_msg("row %zu (%s): %s", i, rows[i].why, buf_text(&out));
		buf_release(&out);
	}
}

/* Every pair of octets: no raw control, no half of a sequence gets through. */
static void no_octet_pair_gets_a_control_through(void **unused)
{
	static escaper *const escapers[] = { escape_json_text, escape_json_bytes,
					     escape_terminal, escape_html };

	(void)unused;
	for (unsigned pair = 0; pair < 0x10000; pair++) {
		char in[2] = { (char)(pair >> 8), (char)pair };

		for (size_t e = 0; e < ARRAY_SIZE(escapers); e++) {
			struct buf out = BUF_INIT;

			assert_int_equal(escapers[e](&out, span_from(in, 2)), ERR_OK);
			for (size_t i = 0; i < out.len; i++) {
				unsigned char c = (unsigned char)out.data[i];

				if ((c < 0x20 && e != 3) || c == 0x1b || c == 0x7f ||
				    (c == 0xc2 && (unsigned char)out.data[i + 1] < 0xa0))
					fail_msg("pair %04x, escaper %zu", pair, e);
			}
			buf_release(&out);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outside_text_is_safe_wherever_it_is_shown),
		cmocka_unit_test(no_octet_pair_gets_a_control_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
