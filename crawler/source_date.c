#include "crawler/source_date.h"

#include <time.h>

#include "crawler/field.h"
#include "store/base/clock.h"

struct moment {
	int year, month, day, hour, minute, second, ms; /* month and day from 1 */
	int64_t length_ms;                              /* 0: it follows from the date */
	int64_t offset_ms;
};

/* The take_ functions read one thing off the front of `s`, or return false. */
static bool take(struct span *s, char byte)
{
	if (!s->len || s->data[0] != byte)
		return false;
	*s = field_skip(*s, 1);
	return true;
}

static bool take_any(struct span *s, const char *bytes)
{
	for (; *bytes; bytes++)
		if (take(s, *bytes))
			return true;
	return false;
}

static bool is_digit(struct span s, size_t at)
{
	return at < s.len && s.data[at] >= '0' && s.data[at] <= '9';
}

static bool take_number(struct span *s, size_t least, size_t most, int *number)
{
	size_t n = 0;
	int value = 0;

	for (; n < most && is_digit(*s, n); n++)
		value = value * 10 + (s->data[n] - '0');
	if (n < least)
		return false;
	*s = field_skip(*s, n);
	*number = value;
	return true;
}

/* The index-th of the names of `len` letters in `names`. */
static bool take_name(struct span *s, const char *names, size_t len, int *index)
{
	if (s->len < len)
		return false;
	for (*index = 0; *names; names += len, ++*index)
		if (span_equal_nocase(span_from(s->data, len), span_from(names, len))) {
			*s = field_skip(*s, len);
			return true;
		}
	return false;
}

static void skip_blanks(struct span *s)
{
	while (take_any(s, " \t\r\n"))
		;
}

/* +01:00, -0500, +01 */
static bool take_offset(struct span *s, int64_t *offset_ms)
{
	int sign = take(s, '-') ? -1 : 1, hours, minutes = 0;

	if (sign > 0 && !take(s, '+'))
		return false;
	if (!take_number(s, 2, 2, &hours))
		return false;
	(void)take(s, ':');
	if (is_digit(*s, 0) && !take_number(s, 2, 2, &minutes))
		return false;
	*offset_ms = sign * (hours * MS_PER_HOUR + minutes * MS_PER_MINUTE);
	return hours <= 23 && minutes <= 59;
}

/* Any zone, or none. Unknown letters are read as UTC: RFC 822's military zones were
 * defined the wrong way round, so that RFC 5322 takes them for nothing known. */
static bool take_zone(struct span *s, int64_t *offset_ms)
{
	static const char names[] = "ESTEDTCSTCDTMSTMDTPSTPDT";
	static const int hours[] = { -5, -4, -6, -5, -7, -6, -8, -7 };
	int index;

	skip_blanks(s);
	if (!s->len || take_offset(s, offset_ms))
		return true;
	if (take_name(s, names, 3, &index)) {
		*offset_ms = hours[index] * MS_PER_HOUR;
		return true;
	}
	for (index = 0; s->len && index < 5; index++) {
		char letter = s->data[0];

		if (!((letter >= 'A' && letter <= 'Z') ||
		      (letter >= 'a' && letter <= 'z')))
			return false;
		*s = field_skip(*s, 1);
	}
	return true;
}

static bool take_fraction(struct span *s, struct moment *m)
{
	int64_t unit = 100;

	if (!take_any(s, ".,"))
		return true;
	if (!is_digit(*s, 0))
		return false;
	for (; is_digit(*s, 0); *s = field_skip(*s, 1)) {
		m->ms += (int)unit * (s->data[0] - '0');
		m->length_ms = unit ? unit : 1;
		unit /= 10;
	}
	return true;
}

static bool take_clock(struct span *s, struct moment *m)
{
	if (!take_number(s, 1, 2, &m->hour) || !take(s, ':') ||
	    !take_number(s, 2, 2, &m->minute))
		return false;
	m->length_ms = MS_PER_MINUTE;
	if (!take(s, ':'))
		return true;
	m->length_ms = MS_PER_SECOND;
	return take_number(s, 2, 2, &m->second) && take_fraction(s, m);
}

/* 2026, 2026-11, 2026-11-22, 2026-11-22T10:00[:05[.25]][zone] */
static bool read_w3c(struct span s, struct moment *m)
{
	if (!take_number(&s, 4, 4, &m->year))
		return false;
	if (take(&s, '-') && !take_number(&s, 2, 2, &m->month))
		return false;
	if (m->month && take(&s, '-') && !take_number(&s, 2, 2, &m->day))
		return false;
	if (m->day && take_any(&s, "Tt ")) {
		skip_blanks(&s);
		if (!take_clock(&s, m) || !take_zone(&s, &m->offset_ms))
			return false;
	}
	return s.len == 0;
}

/* [Sun,] 22 Nov 2026 10:00[:05] zone */
static bool read_rfc822(struct span s, struct moment *m)
{
	size_t comma = span_find(s, ',');

	if (comma < s.len)
		s = field_skip(s, comma + 1);
	skip_blanks(&s);
	if (!take_number(&s, 1, 2, &m->day))
		return false;
	(void)take(&s, '-');
	skip_blanks(&s);
	if (!take_name(&s, "JanFebMarAprMayJunJulAugSepOctNovDec", 3, &m->month))
		return false;
	m->month++;
	while (s.len && !is_digit(s, 0)) /* blanks, a hyphen, the rest of "November" */
		s = field_skip(s, 1);
	if (!take_number(&s, 2, 4, &m->year))
		return false;
	if (m->year < 100) /* RFC 5322 4.3 */
		m->year += m->year < 50 ? 2000 : 1900;
	skip_blanks(&s);
	if (!s.len)
		return true;
	return take_clock(&s, m) && take_zone(&s, &m->offset_ms) && s.len == 0;
}

static int64_t instant_ms(const struct moment *m)
{
	struct tm tm = { .tm_year = m->year - 1900,
			 .tm_mon = (m->month ? m->month : 1) - 1,
			 .tm_mday = m->day ? m->day : 1,
			 .tm_hour = m->hour,
			 .tm_min = m->minute,
			 .tm_sec = m->second };

	return (int64_t)timegm(&tm) * MS_PER_SECOND + m->ms;
}

static bool is_possible(const struct moment *m)
{
	struct moment date = { .year = m->year, .month = m->month, .day = m->day };
	struct tm tm;
	time_t seconds = (time_t)(instant_ms(&date) / MS_PER_SECOND);

	if (m->month > 12 || m->hour > 24 || m->minute > 59 || m->second > 60 ||
	    !gmtime_r(&seconds, &tm))
		return false;
	/* The 30th of February is normalised away. */
	return !m->day || tm.tm_mday == m->day;
}

/* The first millisecond behind it. */
static int64_t end_ms(const struct moment *m)
{
	struct moment next = *m;

	if (m->length_ms)
		return instant_ms(m) + m->length_ms;
	if (m->day)
		return instant_ms(m) + MS_PER_DAY;
	if (!m->month || m->month == 12) {
		next.month = 1;
		next.year++;
	} else {
		next.month++;
	}
	return instant_ms(&next);
}

bool source_date_parse(struct span text, struct source_date *date)
{
	struct moment m = { 0 }, other = { 0 };

	text = span_trim(text);
	if (!read_w3c(text, &m)) {
		m = other;
		if (!read_rfc822(text, &m))
			return false;
	}
	if (m.year < 1970 || m.year > 9999 || !is_possible(&m))
		return false;
	if (instant_ms(&m) - m.offset_ms < 0)
		return false;
	date->from_ms = instant_ms(&m) - m.offset_ms;
	date->until_ms = end_ms(&m) - m.offset_ms - 1;
	return true;
}
