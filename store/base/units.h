/*
 * units.h - durations, sizes, rates and instants as people write and read them.
 *
 * Pure: no clock, no locale. A parser takes the whole of `text` or fails with
 * ERR_INVALID (ERR_TOO_LARGE where the result would not fit); numbers are decimal, may
 * have a fraction ("1.5h") and are never negative. What units_spell_*() writes, the
 * parser of the same unit reads back; units_format_*() writes for people.
 */
#ifndef STORE_BASE_UNITS_H
#define STORE_BASE_UNITS_H

#include <stdint.h>

#include "store/base/buf.h"

/* ms s m h d; a bare 0 needs no unit. */
MUST_CHECK enum err units_parse_duration(struct span text, int64_t *ms);
/* Bytes; K M G T are powers of 1024, with or without a B or iB behind. */
MUST_CHECK enum err units_parse_size(struct span text, int64_t *bytes);
/* A number per s, m, h or d: "50/s", "100000/d". */
MUST_CHECK enum err units_parse_rate(struct span text, double *per_second);
/* RFC 3339 with any offset, to the millisecond; further digits are dropped. */
MUST_CHECK enum err units_parse_time(struct span text, int64_t *at_ms);
/* Plain numbers: a whole one, and one that may have a fraction. */
MUST_CHECK enum err units_parse_count(struct span text, int64_t *count);
MUST_CHECK enum err units_parse_number(struct span text, double *number);

#define UNITS_TIME_SIZE 32
#define UNITS_TEXT_SIZE 64

/* "2026-11-22T14:00:00.123Z"; clamped to the years 0000 to 9999. */
void units_format_time(int64_t at_ms, char text[UNITS_TIME_SIZE]);
/* The two leading units: "3d 4h", "15m", "2.5s", "250 ms". */
void units_format_duration(int64_t ms, char text[UNITS_TEXT_SIZE]);
/* "512 B", "1.5 KiB", "8.0 MiB". */
void units_format_size(int64_t bytes, char text[UNITS_TEXT_SIZE]);
/* "1,234,567". */
void units_format_count(int64_t count, char text[UNITS_TEXT_SIZE]);

/* The shortest exact spelling: "90s", "1d"; "8M"; "50/s". */
void units_spell_duration(int64_t ms, char text[UNITS_TEXT_SIZE]);
void units_spell_size(int64_t bytes, char text[UNITS_TEXT_SIZE]);
void units_spell_rate(double per_second, char text[UNITS_TEXT_SIZE]);
/* Up to 15 digits, without trailing zeros: "0.03". */
void units_spell_number(double number, char text[UNITS_TEXT_SIZE]);

#endif
