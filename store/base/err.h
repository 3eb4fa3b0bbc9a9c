/*
 * err.h - how anything here can fail.
 *
 * A function that can fail returns `enum err`; ERR_OK is zero. Results are written on
 * success only. What the web answers is never an error: it is an observation.
 */
#ifndef STORE_BASE_ERR_H
#define STORE_BASE_ERR_H

#include <stddef.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(n_format, n_first) __attribute__((format(printf, n_format, n_first)))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum err {
	ERR_OK = 0,
	ERR_NOMEM,
	ERR_IO, /* the system said no: file, socket, disk */
	ERR_NOT_FOUND,
	ERR_INVALID,   /* input that does not parse or makes no sense */
	ERR_TOO_LARGE, /* over a stated limit */
	ERR_CORRUPT,   /* our own stored bytes do not decode */
	ERR_LOCKED,    /* another process has the store */
	ERR_NEWER,     /* written by a newer freshet */
	ERR_STOPPED,   /* interrupted on purpose */
};

/* "out of memory", "not found", ...: lower case, no full stop, static. */
const char *err_text(enum err err);

/* What, where and why something failed, for the one who will print it. */
struct why {
	char text[512];
};

/* Fills `why` (which may be NULL) and returns `err`, so that callers can
 * `return why_set(...)`. */
enum err why_set(struct why *why, enum err err, const char *format, ...)
	PRINTF_LIKE(3, 4);

#endif
