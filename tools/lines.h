/*
 * lines.h - the lines of a file or pipe, gzip or not, in bounded memory.
 *
 * A byte order mark is skipped, and so is the CR of a CRLF. Gzip is told by its first
 * two bytes; several members in one file are read as one. A line that is too long costs
 * itself, not those behind it.
 */
#ifndef TOOLS_LINES_H
#define TOOLS_LINES_H

#include "store/base/buf.h"

/* The longest URL, both validators and all tags fit in twice. */
#define LINES_MAX_LEN 32768

struct lines;

/* Are there at most so many bytes, and lines, in the file `fd`, unpacked? It is read from
 * its beginning, and stands there again. What is damaged fits. ERR_IO. */
MUST_CHECK enum err lines_fit(int fd, size_t max_bytes, size_t max_lines, bool *fit);

/* `path` may be "-": standard input. On failure `why` names the path. */
MUST_CHECK enum err lines_open(const char *path, struct lines **lines, struct why *why);
/* Reads from `fd` and leaves it open; `name` is for messages and must outlive `lines`. */
MUST_CHECK enum err lines_open_fd(int fd, const char *name, struct lines **lines,
				  struct why *why);
void lines_close(struct lines *lines); /* NULL is allowed */

/*
 * The next line, without its end. ERR_NOT_FOUND: there is none. ERR_TOO_LARGE: `line` is
 * the start of one that was skipped. After ERR_IO and ERR_CORRUPT (damaged gzip), which
 * `why` explains, there is nothing more to read; a line that the damage cut is not
 * delivered. Borrowed until the next call.
 */
MUST_CHECK enum err lines_next(struct lines *lines, struct span *line, struct why *why);

/* Makes the current line longer by the one behind it and the break between them; the old
 * `line` is no longer valid. When that fails as lines_next() may, `line` is the current
 * line as it was. */
MUST_CHECK enum err lines_extend(struct lines *lines, struct span *line, struct why *why);
/* Takes all extending back: the next line is the one behind the first. */
void lines_shorten(struct lines *lines);

/* The first bytes, before any line was asked for; empty at the end. Borrowed until the
 * next call. */
struct span lines_peek(struct lines *lines);
/* All bytes that are unread, in place of further lines, into `bytes` (replaced).
 * ERR_TOO_LARGE: there are more than `max`; `bytes` holds the first ones. Else as
 * lines_next(). */
MUST_CHECK enum err lines_rest(struct lines *lines, size_t max, struct buf *bytes,
			       struct why *why);

/* Of the input, for messages. */
const char *lines_name(const struct lines *lines);
/* Number of the current line (of its first one when it was extended), from 1. */
uint64_t lines_number(const struct lines *lines);

#endif
