/*
 * progress.h - how far a long command is, on stderr.
 *
 * On a terminal one line that is rewritten, at most four times a second; elsewhere a
 * plain line every 10 s; nothing under -q or --progress never. Time is an argument.
 */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

#include <stdio.h>

#include "store/store.h"

enum progress_style { PROGRESS_NONE, PROGRESS_REWRITE, PROGRESS_LINES };

struct progress {
	FILE *stream; /* borrowed */
	enum progress_style style;
	int64_t began_at_ms, shown_at_ms; /* shown: 0: never */
	bool line_is_open;                /* a rewritten line stands without its end */
	uint64_t total;                   /* of progress_watch(), */
	const char *what;                 /* borrowed */
};

struct command_context;
/* By -q and the setting `progress`; on stderr. */
void progress_start(struct progress *p, const struct command_context *ctx);
/* Is it time to show something? Lets callers skip the counting. */
bool progress_is_due(const struct progress *p, int64_t now_ms);
/* Shows one line of text when it is due; it is made safe and cut to the terminal. */
void progress_show(struct progress *p, int64_t now_ms, struct span text);
/* The same of a count: "12,000 of 48,000 pages (25.0%), 3,000/s, 12s left". `total` 0: it is
 * not known. */
void progress_count(struct progress *p, int64_t now_ms, uint64_t n, uint64_t total,
		    const char *what);
/* Starts, and counts the records that walks through the store read, out of `total`. The store
 * keeps `p` until it is closed. */
void progress_watch(struct progress *p, const struct command_context *ctx,
		    struct store *store, uint64_t total, const char *what);
/* Ends the open line; before anything else is written to the stream. */
void progress_end(struct progress *p);

#endif
