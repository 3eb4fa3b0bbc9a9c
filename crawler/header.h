/*
 * header.h - the fields of one response head, byte for byte as received.
 *
 * A list keeps every line in order; names compare without case (RFC 9110 5.1), values
 * lose only the whitespace around them (5.5). Nothing is joined, decoded or judged.
 */
#ifndef CRAWLER_HEADER_H
#define CRAWLER_HEADER_H

#include <stdbool.h>

#include "store/base/buf.h"

#define HEADER_MAX_BYTES (64 * 1024) /* REQ 59 */
#define HEADER_MAX_LINES 256

struct header_list {
	struct buf lines; /* "Name: value\n" each, value trimmed */
	struct buf marks; /* a struct header_mark for each */
	size_t n_lines;
};

struct header_mark {
	uint32_t at, name_len;
};

#define HEADER_LIST_INIT              \
	{                             \
		BUF_INIT, BUF_INIT, 0 \
	}

/* Adds one raw line, with or without its CRLF. ERR_INVALID: no colon, an empty name, a
 * space or control octet in it, or CR, LF or NUL in the value (RFC 9110 5.5: refuse or
 * replace; they would forge lines here). The line is then not kept. ERR_TOO_LARGE over
 * REQ 59. */
MUST_CHECK enum err header_add_line(struct header_list *list, struct span line);
/* Appends "name: value\n" as it is. */
MUST_CHECK enum err header_append(struct buf *lines, struct span name, struct span value);
void header_list_clear(struct header_list *list);
void header_list_release(struct header_list *list);

/* The value of the index-th line called `name` (0 is the first). False: none such.
 * Borrowed until the list changes. */
bool header_get(const struct header_list *list, const char *name, size_t index,
		struct span *value);
/* How many lines are called `name`. */
size_t header_count(const struct header_list *list, const char *name);
/* Walks the list: `*at`, how many were met, starts as 0. False at the end. */
bool header_next(const struct header_list *list, size_t *at, struct span *name,
		 struct span *value);

#endif
