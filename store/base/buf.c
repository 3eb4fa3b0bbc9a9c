#include "store/base/buf.h"

#include <stdio.h>
#include <stdlib.h>

bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool span_equal_letters(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (a[i] != b[i] && lower(a[i]) != lower(b[i]))
			return false;
	}
	return true;
}

bool span_starts_with(struct span s, struct span prefix)
{
	return s.len >= prefix.len &&
	       (prefix.len == 0 || memcmp(s.data, prefix.data, prefix.len) == 0);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span span_trim(struct span s)
{
	while (s.len && is_blank(s.data[0])) {
		s.data++;
		s.len--;
	}
	while (s.len && is_blank(s.data[s.len - 1]))
		s.len--;
	return s;
}

size_t span_find(struct span s, char byte)
{
	const char *at = s.len ? memchr(s.data, byte, s.len) : NULL;

	return at ? (size_t)(at - s.data) : s.len;
}

struct span span_cut(struct span *rest, char separator)
{
	size_t at = span_find(*rest, separator);
	struct span head = { rest->data, at };
	size_t used = at < rest->len ? at + 1 : at;

	if (used)
		rest->data += used;
	rest->len -= used;
	return head;
}

enum err buf_reserve(struct buf *b, size_t more)
{
	size_t need, cap;
	char *data;

	if (more > SIZE_MAX / 2 - b->len)
		return ERR_NOMEM;
	need = b->len + more + 1;
	if (need <= b->cap)
		return ERR_OK;
	cap = b->cap ? b->cap : 32;
	while (cap < need)
		cap += cap / 2;
	data = realloc(b->data, cap);
	if (!data)
		return ERR_NOMEM;
	data[b->len] = '\0';
	b->data = data;
	b->cap = cap;
	return ERR_OK;
}

enum err buf_append(struct buf *b, const void *data, size_t len)
{
	enum err err;

	if (!len)
		return ERR_OK;
	err = buf_reserve(b, len);
	if (err)
		return err;
	memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
	return ERR_OK;
}

enum err buf_append_span(struct buf *b, struct span s)
{
	return buf_append(b, s.data, s.len);
}

enum err buf_append_text(struct buf *b, const char *text)
{
	return buf_append(b, text, strlen(text));
}

enum err buf_append_byte(struct buf *b, char byte)
{
	return buf_append(b, &byte, 1);
}

enum err buf_printf(struct buf *b, const char *format, ...)
{
	size_t room = b->cap - b->len;
	va_list args;
	enum err err;
	int len;

	/* Most often it fits where it is to stand, and is printed once. */
	va_start(args, format);
	len = vsnprintf(room ? b->data + b->len : NULL, room, format, args);
	va_end(args);
	if (len >= 0 && (size_t)len < room) {
		b->len += (size_t)len;
		return ERR_OK;
	}
	if (room)
		b->data[b->len] = '\0';
	if (len < 0)
		return ERR_INVALID;
	err = buf_reserve(b, (size_t)len);
	if (err)
		return err;
	va_start(args, format);
	vsnprintf(b->data + b->len, (size_t)len + 1, format, args);
	va_end(args);
	b->len += (size_t)len;
	return ERR_OK;
}

enum err buf_set(struct buf *b, struct span s)
{
	struct buf fresh = BUF_INIT;
	enum err err;

	if (s.len < b->cap) {
		if (s.len)
			memmove(b->data, s.data, s.len);
		b->len = s.len;
		b->data[s.len] = '\0';
		return ERR_OK;
	}
	err = buf_append_span(&fresh, s);
	if (err)
		return err;
	buf_release(b);
	*b = fresh;
	return ERR_OK;
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->data)
		b->data[0] = '\0';
}

void buf_release(struct buf *b)
{
	free(b->data);
	*b = (struct buf)BUF_INIT;
}

struct buf buf_take(struct buf *b)
{
	struct buf taken = *b;

	*b = (struct buf)BUF_INIT;
	return taken;
}
