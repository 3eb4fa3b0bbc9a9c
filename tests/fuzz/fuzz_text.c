/* fuzz_text.c - words and blocks of a plain text; nothing is left to tidy. */
#include "tests/fuzz/fuzz.h"

#include "crawler/charset.h"
#include "crawler/simhash.h"
#include "crawler/text.h"

static void require_words(struct span text)
{
	struct span rest = text, word;
	const char *end = text.data;

	while (text_next_word(&rest, &word)) {
		FUZZ_REQUIRE(word.len && word.data >= end);
		end = word.data + word.len;
		FUZZ_REQUIRE(end <= text.data + text.len);
	}
}

FUZZ_PASSES(text, 2)

FUZZ_TARGET(text)
{
	struct buf scratch = BUF_INIT, once = BUF_INIT, twice = BUF_INIT;
	struct text_writer writer = { .out = &once }, writer2 = { .out = &twice };
	struct digest digest, digest2;
	struct span utf8;

	FUZZ_REQUIRE(!charset_decode(input, SPAN("utf-8"), false, &scratch, &utf8));
	FUZZ_REQUIRE(!text_add_lines(&writer, utf8));
	FUZZ_REQUIRE(fuzz_is_clean_utf8(buf_span(&once), "\n"));
	FUZZ_REQUIRE(!text_add_lines(&writer2, buf_span(&once)));
	FUZZ_REQUIRE(span_equal(buf_span(&once), buf_span(&twice)));
	require_words(buf_span(&once));
	FUZZ_REQUIRE(!text_digest(buf_span(&once), &scratch, &digest));
	FUZZ_REQUIRE(!text_digest(buf_span(&twice), &scratch, &digest2));
	FUZZ_REQUIRE(digest_equal(&digest, &digest2));
	FUZZ_REQUIRE(simhash_similarity(simhash_of(buf_span(&once)),
					simhash_of(buf_span(&twice))) == 1.0);
	buf_release(&scratch);
	buf_release(&once);
	buf_release(&twice);
}
