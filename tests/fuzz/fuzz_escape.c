/* fuzz_escape.c - outside text in each place where it is shown (REQ 71-74). */
#include "tests/fuzz/fuzz.h"

#include <jansson.h>

#include "tools/escape.h"

typedef enum err escape(struct buf *out, struct span text);

static struct buf escaped(escape *function, struct span input, const char *allowed)
{
	struct buf out = BUF_INIT;

	FUZZ_REQUIRE(!function(&out, input));
	FUZZ_REQUIRE(fuzz_is_clean_utf8(buf_span(&out), allowed));
	return out;
}

/* Reads `\xHH` and `\\` back to the bytes they stand for. */
static void require_exact(struct span input, const char *text, size_t len)
{
	size_t at = 0;

	for (size_t i = 0; i < input.len; i++) {
		char expected[8];

		if (input.data[i] == '\\')
			snprintf(expected, sizeof(expected), "\\\\");
		else if (input.data[i] >= ' ' && input.data[i] < 0x7f)
			snprintf(expected, sizeof(expected), "%c", input.data[i]);
		else
			snprintf(expected, sizeof(expected), "\\x%02X",
				 (unsigned char)input.data[i]);
		FUZZ_REQUIRE(at + strlen(expected) <= len);
		for (size_t k = 0; expected[k]; k++, at++)
			FUZZ_REQUIRE((text[at] | 0x20) == (expected[k] | 0x20));
	}
	FUZZ_REQUIRE(at == len);
}

static void json(struct span input)
{
	struct buf out = escaped(escape_json_text, input, "");
	json_t *value =
		json_loadb(out.data, out.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

	FUZZ_REQUIRE(json_is_string(value));
	FUZZ_REQUIRE(span_find(buf_span(&out), '<') == out.len);
	if (fuzz_is_clean_utf8(input, "\t\n\r"))
		FUZZ_REQUIRE(span_equal(input, span_from(json_string_value(value),
							 json_string_length(value))));
	json_decref(value);
	buf_release(&out);
	out = escaped(escape_json_bytes, input, "");
	value = json_loadb(out.data, out.len, JSON_DECODE_ANY, NULL);
	FUZZ_REQUIRE(json_is_string(value));
	require_exact(input, json_string_value(value), json_string_length(value));
	json_decref(value);
	buf_release(&out);
}

FUZZ_PASSES(escape, 7) /* what is escaped for JSON is read again */

FUZZ_TARGET(escape)
{
	struct buf out;

	json(input);
	out = escaped(escape_terminal, input, "");
	buf_release(&out);
	out = escaped(escape_terminal_lines, input, "\n\t");
	buf_release(&out);
	out = escaped(escape_html, input, "\n\t\r");
	for (size_t i = 0; i < out.len; i++)
		FUZZ_REQUIRE(!memchr("<>\"'", out.data[i], 4));
	buf_release(&out);
	out = (struct buf)BUF_INIT;
	FUZZ_REQUIRE(!escape_csv(&out, input));
	FUZZ_REQUIRE(!out.len || !memchr("=+-@\t\r", out.data[0], 6));
	FUZZ_REQUIRE(span_find(buf_span(&out), '\n') == out.len);
	FUZZ_REQUIRE(span_find(buf_span(&out), '\r') == out.len);
	buf_clear(&out);
	FUZZ_REQUIRE(!escape_roff(&out, input));
	FUZZ_REQUIRE(!out.len || !memchr(".'", out.data[0], 2));
	buf_release(&out);
}
