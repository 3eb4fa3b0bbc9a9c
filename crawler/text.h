/*
 * text.h - the visible words of a page: how they are put together and taken apart.
 *
 * A text is UTF-8 in blocks: words stand one space apart, blocks ("\n" between them) are
 * what a reader sees as paragraphs, cells, headings. Neither begins, ends or is empty:
 * two pages that show the same words in the same blocks have the same text, however
 * their source is laid out. span_cut(&rest, '\n') walks the blocks.
 */
#ifndef CRAWLER_TEXT_H
#define CRAWLER_TEXT_H

#include <stdbool.h>

#include "store/base/buf.h"
#include "store/base/digest.h"

/* From the weakest to the strongest. */
enum text_gap { TEXT_JOINED, TEXT_SPACE, TEXT_BLOCK };

struct text_writer {
	struct buf *out;   /* borrowed; what was there before counts as earlier blocks */
	enum text_gap gap; /* between what is there and what will be added */
};

/* Adds valid UTF-8. White space of any kind (no-break spaces and control characters
 * included) becomes a gap; soft hyphens and zero-width spaces vanish. ERR_NOMEM: nothing was added. */
MUST_CHECK enum err text_add(struct text_writer *writer, struct span utf8);
/* What comes next stands at least this far from what is there. */
void text_gap(struct text_writer *writer, enum text_gap gap);

/* Adds a plain-text document: every line is a block. */
MUST_CHECK enum err text_add_lines(struct text_writer *writer, struct span utf8);

/* Short digest of the words, whatever their blocks: markup that only regroups them counts for
 * nothing. None when there are no words. */
MUST_CHECK enum err text_digest(struct span text, struct buf *scratch,
				struct digest *digest);

/*
 * The next word: a run of letters and digits; in scripts that do not space their words
 * (Chinese, Japanese kana, Thai, ...) a single character. ASCII punctuation, general
 * punctuation (U+2000-206F) and CJK punctuation (U+3000-303F) part words. False at the
 * end. `word` points into `rest`.
 */
MUST_CHECK bool text_next_word(struct span *rest, struct span *word);

/* ASCII alone, whatever the locale. */
static inline bool text_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* May it stand within a word, as far as one byte can tell: ASCII letters, digits, and every
 * byte of what is not ASCII. */
static inline bool text_is_word_byte(char c)
{
	return text_is_digit(c) || (unsigned char)((c | 0x20) - 'a') < 26 ||
	       (unsigned char)c >= 0x80;
}

#endif
