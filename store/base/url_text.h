/*
 * url_text.h - where a canonical URL grows: a fixed room of URL_MAX bytes.
 *
 * Writing past the end is remembered, not refused, so that the many small steps need no
 * check: whoever takes the result looks at `overflow` once.
 */
#ifndef STORE_BASE_URL_TEXT_H
#define STORE_BASE_URL_TEXT_H

#include "store/base/url.h"

struct url_text {
	size_t len;
	bool overflow;
	char bytes[URL_MAX];
};

static inline void url_text_put(struct url_text *text, struct span s)
{
	if (s.len > sizeof(text->bytes) - text->len) {
		text->overflow = true;
		return;
	}
	if (s.len)
		memcpy(text->bytes + text->len, s.data, s.len);
	text->len += s.len;
}

static inline void url_text_put_byte(struct url_text *text, char byte)
{
	if (text->len == sizeof(text->bytes))
		text->overflow = true;
	else
		text->bytes[text->len++] = byte;
}

#endif
