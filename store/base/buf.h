/*
 * buf.h - bytes: `struct buf` owns them, `struct span` borrows them.
 *
 * Neither assumes text: a NUL is a byte like any other. A non-empty buf always has a
 * NUL behind its last byte (not counted in len), so text in it can go to printf.
 */
#ifndef STORE_BASE_BUF_H
#define STORE_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "store/base/err.h"

struct span {
	const char *data; /* borrowed; may be NULL when len is 0 */
	size_t len;
};

struct buf {
	char *data; /* NULL until something is appended */
	size_t len, cap;
};

#define BUF_INIT           \
	{                  \
		NULL, 0, 0 \
	}
#define SPAN(literal) ((struct span){ "" literal, sizeof(literal) - 1 })

static inline struct span span_of(const char *text)
{
	return (struct span){ text, text ? strlen(text) : 0 };
}

static inline struct span span_from(const void *data, size_t len)
{
	return (struct span){ data, len };
}

/* Borrowed: valid until `b` is next changed. */
static inline struct span buf_span(const struct buf *b)
{
	return (struct span){ b->data, b->len };
}

/* The text in `b`, "" when it is empty. Borrowed like buf_span(). */
static inline const char *buf_text(const struct buf *b)
{
	return b->data ? b->data : "";
}

bool span_equal(struct span a, struct span b);
bool span_equal_letters(const char *a, const char *b, size_t len);
/* Without case, of ASCII letters only. Most texts differ in length, and cost no call. */
static inline bool span_equal_nocase(struct span a, struct span b)
{
	return a.len == b.len && span_equal_letters(a.data, b.data, a.len);
}
bool span_starts_with(struct span s, struct span prefix);
/* `s` without space, TAB, CR and LF at both ends. */
struct span span_trim(struct span s);
/* Position of `byte` in `s`, or s.len. */
size_t span_find(struct span s, char byte);
/* Splits off and returns what stands before the first `separator`; `*rest` keeps what
 * stands behind it (empty at the end). */
struct span span_cut(struct span *rest, char separator);

/* On failure (ERR_NOMEM only) `b` is as it was. */
MUST_CHECK enum err buf_reserve(struct buf *b, size_t more);
MUST_CHECK enum err buf_append(struct buf *b, const void *data, size_t len);
MUST_CHECK enum err buf_append_span(struct buf *b, struct span s);
MUST_CHECK enum err buf_append_text(struct buf *b, const char *text);
MUST_CHECK enum err buf_append_byte(struct buf *b, char byte);
MUST_CHECK enum err buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
/* Replaces the contents. `s` may point into `b`. */
MUST_CHECK enum err buf_set(struct buf *b, struct span s);

/* Forgets the contents, keeps the memory. */
void buf_clear(struct buf *b);
/* Frees the memory; `b` is then empty and may be used again. */
void buf_release(struct buf *b);
/* Moves the contents out; the caller releases them, `b` is then empty. */
struct buf buf_take(struct buf *b);

#endif
