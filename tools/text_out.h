/*
 * text_out.h - plain text for a terminal: columns, times and numbers as people read them.
 * Outside text is made safe (REQ 74). All append to `out`.
 */
#ifndef TOOLS_TEXT_OUT_H
#define TOOLS_TEXT_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "store/base/buf.h"

/* What the reader's terminal can show. */
struct text_style {
	bool utf8;  /* blocks for bars, else ASCII */
	bool color; /* TEXT_RED and the like */
};
/* By the locale of the environment. */
bool text_wants_utf8(void);

#define TEXT_BOLD "\033[1m"
#define TEXT_RED "\033[31m"
#define TEXT_GREEN "\033[32m"
#define TEXT_YELLOW "\033[33m"
#define TEXT_BLUE "\033[34m"
#define TEXT_PLAIN "\033[0m"

/* Room for a picture of so many characters. */
#define TEXT_BAR_SIZE(columns) (3 * (columns) + 1)
/* A bar as long as `share` of the columns: in ASCII to the nearest "#", else to an eighth. */
void text_bar(const struct text_style *style, double share, size_t columns, char *text);
/* One mark for each number, as high as its part of the greatest; none is lost. */
void text_sparks(const struct text_style *style, const int64_t *numbers, size_t n,
		 char *text);

/* "2026-11-22 14:00:00", UTC; "never" for 0. */
#define TEXT_TIME_SIZE 32
void text_time(int64_t at_ms, char text[TEXT_TIME_SIZE]);
/* "2026-11-22 14:00:00Z (3h 5m ago)" or "(in 2d 4h)". */
MUST_CHECK enum err text_when(struct buf *out, int64_t at_ms, int64_t now_ms);
/* "12.3%", "-" for NaN. */
#define TEXT_SHARE_SIZE 16
void text_share(double share, char text[TEXT_SHARE_SIZE]);

/* How many bytes the first `columns` characters of `text` take. */
size_t text_measure(struct span text, size_t columns);
/* At most `columns` characters of `text`, safe; a cut is marked by "~" at the end.
 * `pad`: filled up with spaces. */
MUST_CHECK enum err text_column(struct buf *out, struct span text, size_t columns,
				bool pad);
/* A URL, whole, at the end of its line: lists are copied from. */
MUST_CHECK enum err text_url(struct buf *out, struct span url);
/* Cuts the last line of `out`, which begins at `start`, to `columns` characters, and ends
 * it. */
MUST_CHECK enum err text_end_line(struct buf *out, size_t start, size_t columns);

#endif
