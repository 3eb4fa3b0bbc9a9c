#include "store/base/url_path.h"

enum {
	END_PATH = 1,     /* ends a path segment; '\' too, as http(s) is special */
	ESCAPE_PATH = 2,  /* path percent-encode set */
	ESCAPE_QUERY = 4, /* special-query percent-encode set */
};
#define ESCAPE_BOTH (ESCAPE_PATH | ESCAPE_QUERY)

/* Percent-encode sets of 1.3. */
static const unsigned char octets[256] = {
	[0x00 ... 0x20] = ESCAPE_BOTH,
	[0x7f ... 0xff] = ESCAPE_BOTH,
	['"'] = ESCAPE_BOTH,
	['<'] = ESCAPE_BOTH,
	['>'] = ESCAPE_BOTH,
	['^'] = ESCAPE_PATH,
	['`'] = ESCAPE_PATH,
	['{'] = ESCAPE_PATH,
	['}'] = ESCAPE_PATH,
	['\''] = ESCAPE_QUERY,
	['/'] = END_PATH,
	['\\'] = END_PATH,
	['?'] = END_PATH,
	['#'] = END_PATH,
};

/* How many octets at the start of `s` are none of `kinds`. */
static size_t run_without(struct span s, unsigned kinds)
{
	size_t n = 0;

	while (n < s.len && !(octets[(unsigned char)s.data[n]] & kinds))
		n++;
	return n;
}

static void put_escaped(struct url_text *text, struct span s, unsigned kind)
{
	static const char hex[] = "0123456789ABCDEF";

	while (s.len) {
		size_t plain = run_without(s, kind);
		unsigned char c;

		url_text_put(text, span_from(s.data, plain));
		s = span_from(s.data + plain, s.len - plain);
		if (!s.len)
			return;
		c = (unsigned char)s.data[0];
		url_text_put(text,
			     span_from((char[]){ '%', hex[c >> 4], hex[c & 15] }, 3));
		s = span_from(s.data + 1, s.len - 1);
	}
}

/* Number of dots that `segment` is made of, "%2e" being one; 0 for any other segment. */
static int count_dots(struct span segment)
{
	int dots = 0;

	if (segment.len > 6)
		return 0;
	for (size_t i = 0; i < segment.len; dots++) {
		struct span rest = { segment.data + i, segment.len - i };

		if (rest.data[0] == '.')
			i += 1;
		else if (rest.len >= 3 &&
			 span_equal_nocase(span_from(rest.data, 3), SPAN("%2e")))
			i += 3;
		else
			return 0;
	}
	return dots;
}

void url_path_shorten(struct url_text *text)
{
	while (text->len && text->bytes[text->len - 1] != '/')
		text->len--;
}

static void put_segment(struct url_text *text, size_t path_at, struct span segment,
			bool is_last)
{
	int dots = count_dots(segment);

	if (dots == 2 && text->len > path_at + 1) {
		text->len--;
		url_path_shorten(text);
	}
	if (dots == 1 || dots == 2)
		return;
	put_escaped(text, segment, ESCAPE_PATH);
	if (!is_last)
		url_text_put_byte(text, '/');
}

void url_path_put(struct url_text *text, size_t path_at, struct span *rest)
{
	bool is_last = false;

	while (!is_last) {
		struct span segment = { rest->data, run_without(*rest, END_PATH) };
		size_t used = segment.len;

		is_last = used == rest->len || rest->data[used] == '?' ||
			  rest->data[used] == '#';
		put_segment(text, path_at, segment, is_last);
		if (!is_last)
			used++;
		*rest = span_from(rest->data + used, rest->len - used);
	}
}

void url_path_put_query(struct url_text *text, struct span rest)
{
	if (!rest.len || rest.data[0] != '?')
		return;
	rest.len = span_find(rest, '#');
	url_text_put_byte(text, '?');
	put_escaped(text, span_from(rest.data + 1, rest.len - 1), ESCAPE_QUERY);
}
