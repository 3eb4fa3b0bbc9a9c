/*
 * moment.h - dates and times as people and programs write them into pages.
 *
 * Only forms are judged here, not what they mean: that a date stands in a text says
 * nothing of whether it is news (see volatile.h). Text is UTF-8.
 */
#ifndef CRAWLER_MOMENT_H
#define CRAWLER_MOMENT_H

#include <stdbool.h>

#include "store/base/buf.h"

struct moment {
	size_t len;       /* bytes; 0: there is none */
	bool has_date;    /* a day, or a month with its year */
	bool has_time;    /* hours and minutes */
	bool has_seconds; /* other than :00 and :59, which people write: a program did */
};

/*
 * The longest date, time or both that `text` starts with: "2026-05-12T10:33:21Z",
 * "12.05.2026", "May 12, 2026", "12 de mayo de 2026, 10:33", "Tue, 12 May 2026",
 * "10:33 pm", "Sun Nov 6 08:49:37 1994". Month and weekday names of some fifteen languages.
 * The caller sees to it that `text` does not start inside a word or number.
 */
struct moment moment_at(struct span text);

/* 1 to 12 for the name of a month, also abbreviated, in any case of ASCII letters; 0: none. */
int month_of_name(struct span word);
bool is_weekday_name(struct span word);

#endif
