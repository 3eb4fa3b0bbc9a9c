#include "crawler/volatile.h"

#include "crawler/cue.h"
#include "crawler/moment.h"
#include "crawler/money.h"
#include "crawler/text.h"

/* Prose says "modified on" as well; a block that is longer is taken for prose. */
#define SHORT_BLOCK 80
#define LABEL_MAX 40   /* a block that may be the label of the next one */
#define WINDOW_MAX 64  /* bytes in front of a token in which a cue is looked for */
#define LABELLED_MAX 4 /* bytes a block may have before what its label tells of: "on " */
#define ID_MIN 12      /* shorter ones number sessions of a conference */
#define AGO_MAX 2      /* digits; programs take a greater unit then, historians do not */

struct masker {
	struct buf *out;
	struct span block, label; /* label: the block before, if it is short */
	size_t at;
	bool is_running; /* a running time stood in this block: its numbers are counts */
	char window[LABEL_MAX + 1 + WINDOW_MAX];
};

static struct span rest_of(const struct masker *m)
{
	return span_from(m->block.data + m->at, m->block.len - m->at);
}

/* Latin and Cyrillic letters of two bytes keep their length. */
static void lower(char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i], next;

		if (c >= 'A' && c <= 'Z')
			text[i] |= 0x20;
		if (i + 1 == n)
			return;
		next = (unsigned char)text[i + 1];
		if ((c == 0xC3 && next >= 0x80 && next <= 0x9E) ||
		    (c == 0xD0 && next >= 0x90 && next <= 0x9F)) {
			text[i + 1] = (char)(next + 0x20);
		} else if (c == 0xD0 && next >= 0xA0 && next <= 0xAF) {
			text[i] = (char)0xD1;
			text[i + 1] = (char)(next - 0x20);
		}
	}
}

/* What stands in front of the token, in lower case; the label is part of it when the token
 * is at the start of its block. */
static struct span before(struct masker *m)
{
	size_t from = m->at > WINDOW_MAX ? m->at - WINDOW_MAX : 0, n = 0;

	if (m->at <= LABELLED_MAX && m->label.len) {
		memcpy(m->window, m->label.data, m->label.len);
		n = m->label.len;
		m->window[n++] = ' ';
	}
	memcpy(m->window + n, m->block.data + from, m->at - from);
	n += m->at - from;
	lower(m->window, n);
	return span_from(m->window, n);
}

/* Is that the end of what is said, as far as a date is concerned? Not of "as of 1 March the
 * pool is closed". */
static bool ends_item(struct span behind)
{
	behind = span_trim(behind);
	return !behind.len || memchr(".)|/", behind.data[0], 4) ||
	       span_starts_with(behind, SPAN("\xC2\xB7"));
}

static bool is_stamp(struct masker *m, const struct moment *moment)
{
	struct span lead = before(m), behind = rest_of(m);
	bool is_labelled = m->at <= LABELLED_MAX && m->label.len;

	behind = span_from(behind.data + moment->len, behind.len - moment->len);
	if (moment->has_date && moment->has_seconds && moment->len == m->block.len)
		return true;
	if (cue_stands(CUE_STAMP, lead))
		return !is_labelled || !span_trim(behind).len;
	return moment->has_date && m->block.len <= SHORT_BLOCK &&
	       (moment->has_time || ends_item(behind)) &&
	       cue_begins(CUE_WEAK_STAMP, lead);
}

/* Does the token stand by itself at that side: at an end of the block, or by a sign that
 * parts items? */
static bool parts(char c)
{
	return c == '|' || c == ',' || c == '(' || c == ')' || c == '/' || c == '-';
}

static bool stands_first(const struct masker *m)
{
	size_t at = m->at;

	while (at && m->block.data[at - 1] == ' ')
		at--;
	return !at || parts(m->block.data[at - 1]) ||
	       (at >= 2 && (unsigned char)m->block.data[at - 2] == 0xC2 &&
		(unsigned char)m->block.data[at - 1] == 0xB7); /* a middle dot */
}

static bool is_last(struct span rest)
{
	rest = span_trim(rest);
	return !rest.len || parts(rest.data[0]) ||
	       (rest.len >= 2 && memcmp(rest.data, "\xC2\xB7", 2) == 0);
}

/* ... or behind the word for "at" that Chinese puts before a time. */
static bool stands_alone(const struct masker *m)
{
	static const struct span at[] = { { "\u4E8E", 3 }, { "\u65BC", 3 } };
	struct span lead = span_trim(span_from(m->block.data, m->at));

	return stands_first(m) ||
	       (lead.len >= 3 &&
		(span_equal(span_from(lead.data + lead.len - 3, 3), at[0]) ||
		 span_equal(span_from(lead.data + lead.len - 3, 3), at[1])));
}

/* "3 hours ago", "vor 3 Stunden", "3時間前": bytes from the number's start, 0: it is none. */
static size_t relative_len(struct masker *m, size_t n)
{
	struct span rest = rest_of(m);
	size_t unit, ago;

	if (n > AGO_MAX)
		return 0;
	if (n < rest.len && rest.data[n] == ' ')
		n++;
	unit = cue_unit(span_from(rest.data + n, rest.len - n));
	if (!unit)
		return 0;
	n += unit;
	if (cue_stands(CUE_AGO_BEFORE, before(m)))
		return n;
	if (n < rest.len && rest.data[n] == ' ')
		n++;
	rest = span_from(rest.data + n, rest.len - n);
	ago = cue_ago(rest);
	if (!ago && stands_alone(m))
		ago = cue_ago_or_before(rest);
	return ago && (cue_ago(rest) ||
		       is_last(span_from(rest.data + ago, rest.len - ago)))
		       ? n + ago
		       : 0;
}

/* "1,234 views", "Comments (12)": the number alone is masked. */
static bool is_counter(struct masker *m, size_t n)
{
	struct span behind = rest_of(m);
	size_t noun;

	if (m->block.len > SHORT_BLOCK)
		return false;
	behind = span_from(behind.data + n, behind.len - n);
	if (cue_counted_before(before(m)) && is_last(behind))
		return true;
	behind = span_trim(behind);
	noun = cue_counted(behind);
	return noun && stands_first(m) &&
	       is_last(span_from(behind.data + noun, behind.len - noun));
}

static bool is_year(struct span text)
{
	return text.len >= 4 &&
	       (memcmp(text.data, "19", 2) == 0 || memcmp(text.data, "20", 2) == 0) &&
	       text_is_digit(text.data[2]) && text_is_digit(text.data[3]) &&
	       (text.len == 4 || !text_is_digit(text.data[4]));
}

/* The "26" of "2001-26": 2, else 0. */
static size_t short_year_len(struct span text)
{
	return text.len >= 2 && text_is_digit(text.data[0]) &&
			       text_is_digit(text.data[1]) &&
			       (text.len == 2 || text.data[2] == ' ' ||
				text.data[2] == ',')
		       ? 2
		       : 0;
}

/* "2026", "2001-2026", "2001, 2026" behind a sign of copyright; prose has the word, too. A
 * telephone's number behind the years is none of them. */
static size_t years_len(struct masker *m, size_t n)
{
	struct span rest = rest_of(m);
	size_t at = n;

	if (n != 4 || !is_year(rest) ||
	    !(cue_stands(CUE_COPYRIGHT_SIGN, before(m)) ||
	      cue_begins(CUE_COPYRIGHT, before(m))))
		return 0;
	while (at < rest.len && memchr(" ,-\xE2\x80\x93", rest.data[at], 6)) {
		struct span next = span_from(rest.data + at + 1, rest.len - at - 1);
		bool is_range = rest.data[at] == '-' && at == n;

		if (is_year(next))
			n = at + 1 + 4;
		else if (is_range && short_year_len(next))
			n = at + 1 + 2;
		at = n > at ? n : at + 1;
	}
	return n;
}

/* Digits with points, commas between them: "1,234", "5.3.0"; a point at the end is not
 * part of it. */
static size_t number_len(struct span rest)
{
	size_t n = 0;

	while (n < rest.len && (text_is_digit(rest.data[n]) ||
				((rest.data[n] == '.' || rest.data[n] == ',') &&
				 n + 1 < rest.len && text_is_digit(rest.data[n + 1]))))
		n++;
	return n;
}

/* Letters, digits and what ids are written with. */
static size_t token_len(struct span rest)
{
	size_t n = 0;

	while (n < rest.len &&
	       (text_is_word_byte(rest.data[n]) || memchr("-_:+/=", rest.data[n], 6)))
		n++;
	return n;
}

/* As version control writes it: small letters. */
static bool is_hash(struct span token)
{
	bool digits = false, letters = false;

	for (size_t i = 0; i < token.len; i++) {
		char c = token.data[i];

		digits |= text_is_digit(c);
		letters |= c >= 'a' && c <= 'f';
		if (!text_is_digit(c) && !(c >= 'a' && c <= 'f'))
			return false;
	}
	return digits && letters && token.len >= 7 && token.len <= 64;
}

static bool has_digit(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text_is_digit(text.data[i]))
			return true;
	return false;
}

/* Ids of requests and builds; only in short blocks, where they are all there is. */
static size_t id_len(struct masker *m)
{
	struct span token, lead;

	if (m->block.len > SHORT_BLOCK)
		return 0;
	token = span_from(rest_of(m).data, token_len(rest_of(m)));
	if (!has_digit(token))
		return 0;
	lead = before(m);
	if (token.len >= ID_MIN && cue_stands(CUE_ID, lead))
		return token.len;
	/* "Build 3f2a1bc", but not "fixed in commit 3f2a1bc" */
	return is_hash(token) && m->at <= LABEL_MAX / 2 && cue_stands(CUE_BUILD, lead) &&
			       !memchr(lead.data, ' ', span_trim(lead).len)
		       ? token.len
		       : 0;
}

/* "0.034 seconds", "34 ms": people take no such pains. */
static bool is_running_time(struct span rest, size_t n)
{
	size_t at = n;

	if (at < rest.len && rest.data[at] == ' ')
		at++;
	return cue_running_unit(span_from(rest.data + at, rest.len - at),
				memchr(rest.data, '.', n) != NULL) > 0;
}

/* "Sphinx 5.3.0", "Hugo 0.92": not "2.5 kg" nor "butter 2.5 %". */
static bool is_generator_version(struct masker *m, size_t n)
{
	struct span rest = rest_of(m), behind = span_from(rest.data + n, rest.len - n);
	const char *point = memchr(rest.data, '.', n);
	bool has_two;

	if (!point)
		return false;
	has_two = memchr(point + 1, '.', n - (size_t)(point + 1 - rest.data)) != NULL;
	if (!cue_stands(CUE_GENERATOR, before(m)))
		return has_two && cue_stands(CUE_MAKER, before(m));
	return has_two || is_last(behind) || behind.data[0] == '.' ||
	       cue_joined(span_trim(behind));
}

/* What of a number of `n` bytes at the token's start looks volatile: bytes, 0: nothing. */
static size_t number_context_len(struct masker *m, size_t n)
{
	struct span rest = rest_of(m);
	size_t len;

	if (m->is_running || is_counter(m, n))
		return n;
	len = relative_len(m, n);
	if (!len)
		len = years_len(m, n);
	if (len || m->block.len > SHORT_BLOCK)
		return len;
	if (is_running_time(rest, n) && cue_stands(CUE_RUNNING, before(m))) {
		m->is_running = true;
		return n;
	}
	return is_generator_version(m, n) ? n : 0;
}

/* A sum of money never is. */
static size_t number_volatile_len(struct masker *m)
{
	size_t n = number_len(rest_of(m)), len = number_context_len(m, n);

	return len && money_is_amount(m->block, m->at, n) ? 0 : len;
}

/* The token at m->at: how much of it is masked, or in *skip how much is not to be looked
 * at again. */
static size_t volatile_len(struct masker *m, size_t *skip)
{
	struct span rest = rest_of(m);
	struct moment moment = moment_at(rest);
	size_t len;

	*skip = 0;
	if (moment.len) {
		if (is_stamp(m, &moment))
			return moment.len;
		*skip = moment.len;
		return 0;
	}
	len = text_is_digit(rest.data[0]) ? number_volatile_len(m) : 0;
	return len ? len : id_len(m);
}

/* Up to the start of the next token. Scripts that do not space their words have numbers in
 * the middle of them. */
static size_t plain_len(struct span rest)
{
	size_t n = number_len(rest);

	while (n < rest.len && text_is_word_byte(rest.data[n])) {
		bool is_ascii = (unsigned char)rest.data[n++] < 0x80;

		if (!is_ascii && n < rest.len && text_is_digit(rest.data[n]))
			return n;
	}
	while (n < rest.len && !text_is_word_byte(rest.data[n]))
		n++;
	return n;
}

static enum err mask_block(struct masker *m)
{
	size_t copied =
		0; /* of the block; what is behind it stays until a token is masked */
	enum err err = ERR_OK;

	m->is_running = false;
	for (m->at = 0; !err && m->at < m->block.len;) {
		struct span rest = rest_of(m);
		size_t skip = 0, n = 0;

		if (text_is_word_byte(rest.data[0]))
			n = volatile_len(m, &skip);
		if (!n) {
			m->at += skip ? skip : plain_len(rest);
			continue;
		}
		err = buf_append(m->out, m->block.data + copied, m->at - copied);
		if (!err)
			err = buf_append_byte(m->out, VOLATILE_MARK);
		m->at += n;
		copied = m->at;
	}
	return err ? err
		   : buf_append(m->out, m->block.data + copied, m->block.len - copied);
}

enum err volatile_mask(struct span text, struct buf *masked)
{
	struct masker m = { .out = masked };
	enum err err;

	buf_clear(masked);
	if (text.len > VOLATILE_MAX_BYTES)
		return buf_append_span(masked, text);
	err = buf_reserve(masked, text.len);
	while (text.len && !err) {
		m.block = span_cut(&text, '\n');
		if (has_digit(m.block))
			err = mask_block(&m);
		else if (cue_is_moment_ago(m.block))
			err = buf_append_byte(masked, VOLATILE_MARK);
		else
			err = buf_append_span(masked, m.block);
		if (!err && text.len)
			err = buf_append_byte(masked, '\n');
		m.label = m.block.len <= LABEL_MAX ? m.block : (struct span){ NULL, 0 };
	}
	return err;
}
