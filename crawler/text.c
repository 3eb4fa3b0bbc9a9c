#include "crawler/text.h"

/* How many bytes `s` starts with that show nothing: 0 if none. `*is_gap`: they part words,
 * as white space does and a soft hyphen or a zero-width space does not. */
static size_t blank_len(const unsigned char *s, size_t len, bool *is_gap)
{
	*is_gap = true;
	if (s[0] <= 0x20 || s[0] == 0x7F)
		return 1;
	if (s[0] < 0x80)
		return 0;
	if (s[0] == 0xC2 && len > 1) {
		*is_gap = s[1] != 0xAD;
		return s[1] <= 0xA0 || s[1] == 0xAD ? 2 : 0; /* C1 controls, NBSP */
	}
	if (len < 3)
		return 0;
	if (s[0] == 0xE2 && s[1] == 0x80) { /* U+2000-200B, line and paragraph marks */
		*is_gap = s[2] != 0x8B;     /* zero width */
		return s[2] <= 0x8B || s[2] == 0xA8 || s[2] == 0xA9 || s[2] == 0xAF ? 3
										    : 0;
	}
	if (s[0] == 0xE3 && s[1] == 0x80 && s[2] == 0x80) /* ideographic space */
		return 3;
	if (s[0] == 0xEF && s[1] == 0xBB && s[2] == 0xBF) { /* a stray byte order mark */
		*is_gap = false;
		return 3;
	}
	return 0;
}

void text_gap(struct text_writer *writer, enum text_gap gap)
{
	if (gap > writer->gap)
		writer->gap = gap;
}

/* Copies what shows at the start of `*from` and steps over it. */
static char *copy_visible(char *to, const unsigned char **from, const unsigned char *end)
{
	const unsigned char *s = *from;
	bool is_gap;

	while (s < end) {
		if (*s > 0x20 && *s < 0x7F)
			*to++ = (char)*s++;
		else if (*s < 0x80 || blank_len(s, (size_t)(end - s), &is_gap))
			break;
		else
			*to++ = (char)*s++;
	}
	*from = s;
	return to;
}

enum err text_add(struct text_writer *writer, struct span utf8)
{
	const unsigned char *s = (const unsigned char *)utf8.data, *end = s + utf8.len;
	/* Every gap but the first stands for at least one byte. */
	enum err err = buf_reserve(writer->out, utf8.len + 1);
	char *start, *to;

	if (err || !utf8.len)
		return err;
	start = writer->out->data;
	to = start + writer->out->len;
	while (s < end) {
		bool is_gap;
		size_t n = blank_len(s, (size_t)(end - s), &is_gap);

		if (n) {
			if (is_gap)
				text_gap(writer, TEXT_SPACE);
			s += n;
			continue;
		}
		if (writer->gap && to > start)
			*to++ = writer->gap == TEXT_BLOCK ? '\n' : ' ';
		writer->gap = TEXT_JOINED;
		to = copy_visible(to, &s, end);
	}
	*to = '\0';
	writer->out->len = (size_t)(to - start);
	return ERR_OK;
}

enum err text_add_lines(struct text_writer *writer, struct span utf8)
{
	enum err err = ERR_OK;

	while (utf8.len && !err) {
		err = text_add(writer, span_cut(&utf8, '\n'));
		text_gap(writer, TEXT_BLOCK);
	}
	return err;
}

enum err text_digest(struct span text, struct buf *scratch, struct digest *digest)
{
	enum err err = buf_set(scratch, text);

	if (err)
		return err;
	if (!text.len) {
		*digest = (struct digest){ { 0 } };
		return ERR_OK;
	}
	for (char *at = scratch->data;
	     (at = memchr(at, '\n', scratch->len - (size_t)(at - scratch->data)));)
		*at++ = ' ';
	*digest = digest_short_of(buf_span(scratch));
	return ERR_OK;
}

enum role { PARTS, JOINS, ALONE };

static bool is_ascii_word(unsigned char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)(c - '0') < 10;
}

/* General and CJK punctuation, and the signs of Latin-1 (but its three letters). */
static bool is_punctuation(const unsigned char *s, size_t n)
{
	if (n == 2)
		return s[0] == 0xC2 && s[1] != 0xAA && s[1] != 0xB5 && s[1] != 0xBA;
	return n == 3 &&
	       ((s[0] == 0xE2 && (s[1] == 0x80 || (s[1] == 0x81 && s[2] < 0xB0))) ||
		(s[0] == 0xE3 && s[1] == 0x80));
}

/* Thai and Lao (U+0E00-0EFF); kana and ideographs (U+3040-9FFF, F900-FAFF, 20000-). */
static bool stands_alone(const unsigned char *s, size_t n)
{
	if (n == 3)
		return (s[0] == 0xE0 && s[1] >= 0xB8 && s[1] <= 0xBB) ||
		       (s[0] >= 0xE3 && s[0] <= 0xE9) ||
		       (s[0] == 0xEF && s[1] >= 0xA4 && s[1] <= 0xAB);
	return n == 4 && s[0] == 0xF0 && s[1] >= 0xA0;
}

/* What the character at `s` means to words; `*n` is its length, never over `len`. */
static enum role role_of(const unsigned char *s, size_t len, size_t *n)
{
	*n = 1;
	if (s[0] < 0x80)
		return is_ascii_word(s[0]) ? JOINS : PARTS;
	*n = s[0] < 0xC0 ? 1 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
	if (*n > len)
		*n = len;
	if (is_punctuation(s, *n))
		return PARTS;
	return stands_alone(s, *n) ? ALONE : JOINS;
}

bool text_next_word(struct span *rest, struct span *word)
{
	const unsigned char *s = (const unsigned char *)rest->data;
	size_t start = 0, end, n;

	if (!rest->len)
		return false; /* it may be NULL, which nothing is to be added to */
	while (start < rest->len && role_of(s + start, rest->len - start, &n) == PARTS)
		start += n;
	for (end = start; end < rest->len; end += n) {
		enum role role;

		n = 1;
		if (is_ascii_word(s[end]))
			continue;
		role = role_of(s + end, rest->len - end, &n);
		if (role == ALONE && end == start)
			end += n;
		if (role != JOINS)
			break;
	}
	*word = span_from(rest->data + start, end - start);
	*rest = span_from(rest->data + end, rest->len - end);
	return word->len > 0;
}
