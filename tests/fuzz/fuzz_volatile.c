/* fuzz_volatile.c - masking takes tokens out of blocks, and nothing else. */
#include "tests/fuzz/fuzz.h"

#include "crawler/charset.h"
#include "crawler/moment.h"
#include "crawler/text.h"
#include "crawler/volatile.h"

static size_t count(struct span text, char byte)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += text.data[i] == byte;
	return n;
}

/* What is not masked stands there in the same order. */
static void require_rest(struct span text, struct span masked)
{
	size_t at = 0;

	for (size_t i = 0; i < masked.len; i++) {
		if (masked.data[i] == VOLATILE_MARK)
			continue;
		while (at < text.len && text.data[at] != masked.data[i])
			at++;
		FUZZ_REQUIRE(at++ < text.len);
	}
}

FUZZ_TARGET(volatile)
{
	struct buf scratch = BUF_INIT, out = BUF_INIT, masked = BUF_INIT;
	struct text_writer writer = { .out = &out };
	struct span utf8, text;

	FUZZ_REQUIRE(moment_at(input).len <= input.len);
	FUZZ_REQUIRE(!charset_decode(input, SPAN("utf-8"), false, &scratch, &utf8));
	FUZZ_REQUIRE(!text_add_lines(&writer, utf8));
	text = buf_span(&out);
	FUZZ_REQUIRE(!volatile_mask(text, &masked));
	FUZZ_REQUIRE(masked.len <= text.len);
	FUZZ_REQUIRE(count(buf_span(&masked), '\n') == count(text, '\n'));
	require_rest(text, buf_span(&masked));
	buf_release(&scratch);
	buf_release(&out);
	buf_release(&masked);
}
