#include "tests/unit/unit.h"

#include <stdlib.h>

#include "crawler/text.h"

static const struct {
	const char *why, *in, *out;
} space_rows[] = {
	{ "white space collapses", " a \t\r\n  b ", "a b" },
	{ "no-break spaces are spaces",
	  "a\xC2\xA0\xC2\xA0"
	  "b",
	  "a b" },
	{ "so are typographic ones",
	  "a\xE2\x80\x83\xE3\x80\x80"
	  "b",
	  "a b" },
	{ "control characters are spaces",
	  "a\x1B[1m\xC2\x9B"
	  "b",
	  "a [1m b" },
	{ "soft hyphens are not there", "hy\xC2\xADphen", "hyphen" },
	{ "nor zero-width spaces", "zero\xE2\x80\x8Bwidth", "zerowidth" },
	{ "other characters pass", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80",
	  "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80" },
	{ "joiners belong to words",
	  "a\xE2\x80\x8D"
	  "b",
	  "a\xE2\x80\x8D"
	  "b" },
	{ "only space is nothing", " \n\xC2\xA0", "" },
};

static void white_space_is_normalised(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(space_rows); i++) {
		struct buf out = BUF_INIT;
		struct text_writer writer = { &out, TEXT_JOINED };

		assert_int_equal(text_add(&writer, span_of(space_rows[i].in)), ERR_OK);
		if (strcmp(buf_text(&out), space_rows[i].out) != 0)
			fail_msg("row %zu: %s: '%s'", i, space_rows[i].why, out.data);
		buf_release(&out);
	}
}

static void the_strongest_gap_wins_and_none_stands_at_an_end(void **unused)
{
	struct buf out = BUF_INIT;
	struct text_writer writer = { &out, TEXT_JOINED };

	(void)unused;
	text_gap(&writer, TEXT_BLOCK);
	assert_int_equal(text_add(&writer, SPAN(" a")), ERR_OK);
	assert_int_equal(text_add(&writer, SPAN("b ")), ERR_OK);
	text_gap(&writer, TEXT_BLOCK);
	text_gap(&writer, TEXT_SPACE);
	assert_int_equal(text_add(&writer, SPAN(" c")), ERR_OK);
	text_gap(&writer, TEXT_SPACE);
	assert_int_equal(text_add(&writer, SPAN("d ")), ERR_OK);
	assert_string_equal(buf_text(&out), "ab\nc d");
	buf_release(&out);
}

static void lines_of_plain_text_are_blocks(void **unused)
{
	struct buf out = BUF_INIT;
	struct text_writer writer = { &out, TEXT_JOINED };

	(void)unused;
	assert_int_equal(text_add_lines(&writer, SPAN("\n a  b\r\n\n\n c\n")), ERR_OK);
	assert_string_equal(buf_text(&out), "a b\nc");
	buf_release(&out);
}

static void the_digest_is_of_words_not_of_blocks(void **unused)
{
	struct buf scratch = BUF_INIT;
	struct digest a, b;

	(void)unused;
	assert_int_equal(text_digest(SPAN("a\nb c"), &scratch, &a), ERR_OK);
	assert_int_equal(text_digest(SPAN("a b\nc"), &scratch, &b), ERR_OK);
	assert_true(digest_equal(&a, &b));
	assert_int_equal(text_digest(SPAN("a bc"), &scratch, &b), ERR_OK);
	assert_false(digest_equal(&a, &b));
	assert_int_equal(text_digest(SPAN(""), &scratch, &b), ERR_OK);
	assert_true(digest_is_none(&b));
	buf_release(&scratch);
}

static const struct {
	const char *why, *text, *words;
} word_rows[] = {
	{ "punctuation parts", "Don't: stop,now! 3.14", "Don|t|stop|now|3|14" },
	{ "blocks part", "a\nb c", "a|b|c" },
	{ "letters beyond ASCII join", "na\xC3\xAFve \xD0\xBC\xD0\xB8\xD1\x80",
	  "na\xC3\xAFve|\xD0\xBC\xD0\xB8\xD1\x80" },
	{ "dashes and quotes part",
	  "a\xE2\x80\x94"
	  "b\xE2\x80\x9D \xC2\xAB"
	  "c\xC2\xBB",
	  "a|b|c" },
	{ "ideographs stand alone",
	  "ab\xE6\x97\xA5\xE6\x9C\xAC\xE3\x80\x82\xE8\xAA\x9E"
	  "c",
	  "ab|\xE6\x97\xA5|\xE6\x9C\xAC|\xE8\xAA\x9E|c" },
	{ "Hangul joins", "\xED\x95\x9C\xEA\xB5\xAD", "\xED\x95\x9C\xEA\xB5\xAD" },
	{ "Thai stands alone", "\xE0\xB8\x81\xE0\xB8\x82", "\xE0\xB8\x81|\xE0\xB8\x82" },
	{ "no words, no word", " .,-\xE2\x80\xA6", "" },
	{ "nothing", "", "" },
	{ "a cut character ends the text", "a \xE6\x97", "a|\xE6\x97" },
};

static void words_are_what_a_reader_calls_words(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(word_rows); i++) {
		struct span rest = span_of(word_rows[i].text), word;
		struct buf words = BUF_INIT;

		while (text_next_word(&rest, &word)) {
			if (words.len)
				assert_int_equal(buf_append_byte(&words, '|'), ERR_OK);
			assert_int_equal(buf_append_span(&words, word), ERR_OK);
		}
		assert_int_equal(rest.len, 0);
		if (strcmp(buf_text(&words), word_rows[i].words) != 0)
			fail_msg("row %zu: %s: '%s'", i, word_rows[i].why,
				 buf_text(&words));
		buf_release(&words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(white_space_is_normalised),
		cmocka_unit_test(the_strongest_gap_wins_and_none_stands_at_an_end),
		cmocka_unit_test(lines_of_plain_text_are_blocks),
		cmocka_unit_test(the_digest_is_of_words_not_of_blocks),
		cmocka_unit_test(words_are_what_a_reader_calls_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
