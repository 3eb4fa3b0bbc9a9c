#include "crawler/charset.h"

#include <errno.h>
#include <iconv.h>

#define REPLACEMENT "\xEF\xBF\xBD"

static struct span skip(struct span s, size_t n)
{
	return n ? span_from(s.data + n, s.len - n) : s; /* NULL + 0 is undefined */
}

/* Length of the UTF-8 sequence (of 2 to 4 bytes) that `s` starts with; 0: not valid. */
static size_t sequence_len(const unsigned char *s, size_t len)
{
	/* The second byte's range rules out overlong forms, surrogates and > U+10FFFF. */
	unsigned char low = 0x80, high = 0xBF;
	size_t n = s[0] < 0xC2   ? 0
		   : s[0] < 0xE0 ? 2
		   : s[0] < 0xF0 ? 3
		   : s[0] < 0xF5 ? 4
				 : 0;

	if (s[0] == 0xE0)
		low = 0xA0;
	else if (s[0] == 0xED)
		high = 0x9F;
	else if (s[0] == 0xF0)
		low = 0x90;
	else if (s[0] == 0xF4)
		high = 0x8F;
	if (!n || n > len || s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++) {
		if (s[i] < 0x80 || s[i] > 0xBF)
			return 0;
	}
	/* U+FFFE and U+FFFF are not characters, and no XML parser takes them for one. */
	return n == 3 && s[0] == 0xEF && s[1] == 0xBF && s[2] >= 0xBE ? 0 : n;
}

static bool is_control(unsigned char c)
{
	return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
}

/* Are all eight bytes printable ASCII? (DEL alone is left to the slow path: no.) */
static bool is_plain_word(const unsigned char *s)
{
	const uint64_t high = UINT64_C(0x8080808080808080);
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t w;

	memcpy(&w, s, sizeof(w));
	/* With no high bits set, adding 1 finds 0x7F and subtracting 0x20 what is below. */
	return !((w | (w + ones) | (w - ones * 0x20)) & high);
}

size_t charset_clean_prefix(struct span s)
{
	const unsigned char *data = (const unsigned char *)s.data;
	size_t i = 0;

	while (i < s.len) {
		if (s.len - i >= 8 && is_plain_word(data + i)) {
			i += 8;
		} else if (data[i] < 0x80) {
			if (is_control(data[i]))
				break;
			i++;
		} else {
			size_t n = sequence_len(data + i, s.len - i);

			if (!n)
				break;
			i += n;
		}
	}
	return i;
}

/* From UTF-8 as it comes; valid input is not copied. */
static enum err clean_utf8(struct span bytes, size_t n_clean, struct buf *scratch,
			   struct span *utf8)
{
	enum err err = ERR_OK;

	if (n_clean == bytes.len) {
		*utf8 = bytes;
		return ERR_OK;
	}
	buf_clear(scratch);
	while (!err) {
		err = buf_append(scratch, bytes.data, n_clean);
		bytes = skip(bytes, n_clean);
		if (err || !bytes.len)
			break;
		err = is_control((unsigned char)bytes.data[0])
			      ? buf_append_byte(scratch, ' ')
			      : buf_append_span(scratch, SPAN(REPLACEMENT));
		bytes = skip(bytes, 1);
		n_clean = charset_clean_prefix(bytes);
	}
	*utf8 = buf_span(scratch);
	return err;
}

/* One call of iconv(); a byte that does not decode becomes U+FFFD. With nothing left in
 * `in` the converter gives out what it held back (CP1258 composes letters). */
static enum err convert_some(iconv_t converter, struct span *in, struct buf *out)
{
	char *from = (char *)in->data;
	size_t n_in = in->len, room, n_free;
	enum err err = buf_reserve(out, 3 * (n_in < 4096 ? n_in : 4096) + 64);
	char *to;

	if (err)
		return err;
	to = out->data + out->len;
	room = n_free = out->cap - out->len - sizeof(REPLACEMENT);
	if (iconv(converter, n_in ? &from : NULL, &n_in, &to, &n_free) == (size_t)-1 &&
	    errno != E2BIG && n_in) {
		memcpy(to, REPLACEMENT, sizeof(REPLACEMENT) - 1);
		n_free -= sizeof(REPLACEMENT) - 1; /* below 0 is well: it was set aside */
		from++;
		n_in--;
	}
	out->len += room - n_free;
	out->data[out->len] = '\0';
	*in = span_from(from, n_in);
	return ERR_OK;
}

/* What iconv gives out is valid but need not be clean. */
static void clean_in_place(struct buf *text)
{
	size_t i = 0;

	while ((i += charset_clean_prefix(span_from(text->data + i, text->len - i))) <
	       text->len) {
		if (is_control((unsigned char)text->data[i]))
			text->data[i] = ' ';
		else if (text->len - i >= 3)
			memcpy(text->data + i, REPLACEMENT, 3); /* U+FFFE, U+FFFF */
		else
			text->len = i;
	}
}

static enum err convert(const char *iconv_name, struct span bytes, struct buf *scratch,
			struct span *utf8)
{
	iconv_t converter = iconv_open("UTF-8", iconv_name);
	enum err err = ERR_OK;

	/* A system without that converter: what is ASCII in it still reads. */
	if (converter == (iconv_t)-1)
		return clean_utf8(bytes, charset_clean_prefix(bytes), scratch, utf8);
	buf_clear(scratch);
	while (bytes.len && !err)
		err = convert_some(converter, &bytes, scratch);
	if (!err)
		err = convert_some(converter, &bytes, scratch);
	iconv_close(converter);
	clean_in_place(scratch);
	*utf8 = buf_span(scratch);
	return err;
}

/* A byte order mark outranks every label; it is cut off. */
static const char *cut_mark(struct span *bytes)
{
	static const struct {
		const char *mark, *iconv_name;
	} marks[] = {
		{ "\xEF\xBB\xBF", "UTF-8" },
		{ "\xFE\xFF", "UTF-16BE" },
		{ "\xFF\xFE", "UTF-16LE" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		if (span_starts_with(*bytes, span_of(marks[i].mark))) {
			*bytes = skip(*bytes, strlen(marks[i].mark));
			return marks[i].iconv_name;
		}
	}
	return NULL;
}

/* UTF-8 throughout, whatever control characters stand in it? */
static bool is_utf8(struct span bytes)
{
	for (;;) {
		bytes = skip(bytes, charset_clean_prefix(bytes));
		if (!bytes.len)
			return true;
		if (!is_control((unsigned char)bytes.data[0]))
			return false;
		bytes = skip(bytes, 1);
	}
}

enum err charset_decode(struct span bytes, struct span label, bool markup,
			struct buf *scratch, struct span *utf8)
{
	const char *name = cut_mark(&bytes);

	if (!name)
		name = charset_iconv_name(label);
	if (!name && markup) {
		name = charset_iconv_name(charset_declared(bytes));
		/* Bytes that spell a declaration in ASCII are no UTF-16 (HTML 13.2.3.2). */
		if (name && strncmp(name, "UTF-16", 6) == 0)
			name = "UTF-8";
	}
	if (!name)
		name = is_utf8(bytes) ? "UTF-8" : "CP1252";
	if (strcmp(name, "UTF-8") == 0)
		return clean_utf8(bytes, charset_clean_prefix(bytes), scratch, utf8);
	return convert(name, bytes, scratch, utf8);
}
