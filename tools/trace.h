/*
 * trace.h - histories of when pages changed, read from files.
 *
 * A page per line, "PATH<TAB>t0,d1,d2,...": the Unix time in seconds of its first known
 * version, then the seconds from each change to the next. Gzip or not. The text comes
 * from outside: a line that does not read so ends the reading, because a history with
 * holes would be measured as if it were whole.
 */
#ifndef TOOLS_TRACE_H
#define TOOLS_TRACE_H

#include <stdint.h>

#include "store/base/buf.h"

/* Ceilings: of one file, all pages together. */
#define TRACE_PAGES_MAX 4000000
#define TRACE_CHANGES_MAX 100000000

struct trace_page {
	size_t path_at, path_len; /* in trace.text */
	size_t first, n; /* at_s[first] is its first version, then n - 1 changes */
};

struct trace {
	struct buf name; /* the file's, without folder and extensions */
	struct buf text; /* all paths */
	struct trace_page *pages;
	size_t n_pages, pages_cap;
	int64_t *at_s; /* ascending within a page */
	size_t n_at, at_cap;
	int64_t last_at_s; /* the latest instant of all */
};

void trace_init(struct trace *trace);
void trace_release(struct trace *trace);

/* `path` may be "-". ERR_INVALID: `why` names the file, the line and what is wrong there;
 * ERR_IO, ERR_CORRUPT: it cannot be read; ERR_TOO_LARGE. Needs an empty trace, and leaves
 * one to release in any case. */
MUST_CHECK enum err trace_read(const char *path, struct trace *trace, struct why *why);

/* Adds a page, then its versions in ascending order: for histories that come from
 * elsewhere. ERR_INVALID: not ascending. */
MUST_CHECK enum err trace_add_page(struct trace *trace, struct span path);
MUST_CHECK enum err trace_add_version(struct trace *trace, int64_t at_s);
/* The history is known up to `at_s` at least. */
void trace_reach(struct trace *trace, int64_t at_s);

/* Borrowed: valid until a page is added. */
struct span trace_path(const struct trace *trace, const struct trace_page *page);

#endif
