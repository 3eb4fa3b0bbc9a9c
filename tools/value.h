/*
 * value.h - the kinds of value that flags and settings take, and their limits.
 *
 * A kind knows how it is parsed, what to tell somebody who got it wrong, and which word
 * stands for it in help. Limits are text, so that one column of the table serves the
 * parser and the reader: "a|b|c" for choices, "least..most" (either may be missing) for
 * what has an order.
 */
#ifndef TOOLS_VALUE_H
#define TOOLS_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/base/buf.h"

enum value_kind {
	VALUE_BOOL, /* a flag of this kind takes no value */
	VALUE_TEXT,
	VALUE_FILE,
	VALUE_DIR,
	VALUE_TOKEN,   /* a robots product token: [A-Za-z_-]+ (RFC 9309 2.2.1) */
	VALUE_CONTACT, /* goes into a request head: visible ASCII, no parentheses */
	VALUE_SECRET, /* visible ASCII, 16 bytes or more; never from a flag, never shown */
	VALUE_LISTEN, /* ADDR:PORT */
	VALUE_COUNT,
	VALUE_NUMBER,
	VALUE_DURATION,
	VALUE_SIZE,
	VALUE_RATE,
	VALUE_TIME,
	VALUE_CHOICE,
	/* Lists: repeatable, and split at commas. */
	VALUE_TEXTS,
	VALUE_CHOICES,
	VALUE_CIDRS,
	VALUE_RESOLVES, /* HOST:PORT:ADDR */
	VALUE_IGNORES,  /* rules of crawler/ignore.h */
	VALUE_HEADERS,  /* "Name: value"; repeatable, never split */
	VALUE_KINDS,
};

/* What one text means. Text kinds leave it zero: their value is the text. */
struct value {
	int64_t whole; /* BOOL COUNT DURATION(ms) SIZE TIME(ms) CHOICE(index) */
	double real;   /* NUMBER RATE(per second) */
};

/* Parses one value (of a list: one item). On ERR_INVALID `why` is a phrase that goes
 * behind "--flag 'text': ". */
MUST_CHECK enum err value_parse(enum value_kind kind, const char *limits,
				struct span text, struct value *value, struct why *why);

bool value_is_list(enum value_kind kind);
/* Takes the next item of a list off `rest` (blanks trimmed, empty items skipped); of any
 * other kind the whole of it. False when nothing is left. */
bool value_next_item(enum value_kind kind, struct span *rest, struct span *item);

/* "duration", "list of nets", ...: for the reader of help and config files. */
const char *value_kind_text(enum value_kind kind);
/* "D", "SIZE", ...: stands for the value in usage lines; "" for BOOL and choices. */
const char *value_kind_word(enum value_kind kind);

#endif
