/* fuzz_charset.c - first line: a label; the rest: bytes said to be in that encoding. */
#include "tests/fuzz/fuzz.h"

#include "crawler/charset.h"

FUZZ_TARGET(charset)
{
	struct buf scratch = BUF_INIT, scratch2 = BUF_INIT;
	struct span label = span_cut(&input, '\n'), utf8, again;

	FUZZ_REQUIRE(!charset_decode(input, label, true, &scratch, &utf8));
	FUZZ_REQUIRE(fuzz_is_clean_utf8(utf8, "\t\n\r\x80"));
	FUZZ_REQUIRE(utf8.len <= 3 * input.len);
	FUZZ_REQUIRE(charset_clean_prefix(utf8) == utf8.len);
	/* Clean UTF-8 is left alone, but for what may be taken for a byte order mark. */
	if (!span_starts_with(utf8, SPAN("\xef\xbb\xbf"))) {
		FUZZ_REQUIRE(
			!charset_decode(utf8, SPAN("utf-8"), false, &scratch2, &again));
		FUZZ_REQUIRE(span_equal(utf8, again));
	}
	buf_release(&scratch);
	buf_release(&scratch2);
}
