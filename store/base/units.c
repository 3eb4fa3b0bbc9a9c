#include "store/base/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "store/base/clock.h"

struct unit {
	const char *name;
	int64_t factor;
};

/* Greatest last, so that the exact spelling is searched from the end. */
static const struct unit duration_units[] = {
	{ "ms", 1 },          { "s", MS_PER_SECOND }, { "m", MS_PER_MINUTE },
	{ "h", MS_PER_HOUR }, { "d", MS_PER_DAY },
};

static const struct unit size_units[] = {
	{ "", 1 },
	{ "K", INT64_C(1) << 10 },
	{ "M", INT64_C(1) << 20 },
	{ "G", INT64_C(1) << 30 },
	{ "T", INT64_C(1) << 40 },
};

static const struct unit rate_units[] = {
	{ "/s", 1 },
	{ "/m", 60 },
	{ "/h", 3600 },
	{ "/d", 86400 },
};

/* A decimal number: whole + fraction / scale. */
struct decimal {
	int64_t whole;
	int64_t fraction, scale;
};

/* Reals up to here are spelled and read back without loss. */
#define REAL_WHOLE_MAX (INT64_C(1) << 53)
/* ... and a rate may have to be spelled per day. */
#define RATE_MAX 1e11

/* More digits than these change no result by a millisecond or a byte. */
#define FRACTION_SCALE_MAX INT64_C(1000000000)

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static enum err take_whole(struct span *rest, int64_t *whole)
{
	int64_t sum = 0;

	if (!rest->len || !is_digit(rest->data[0]))
		return ERR_INVALID;
	for (; rest->len && is_digit(rest->data[0]); rest->data++, rest->len--) {
		if (__builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_add_overflow(sum, rest->data[0] - '0', &sum))
			return ERR_TOO_LARGE;
	}
	*whole = sum;
	return ERR_OK;
}

/* Digits behind a point; those too small to matter are read and dropped. */
static enum err take_fraction(struct span *rest, struct decimal *d)
{
	if (!rest->len || !is_digit(rest->data[0]))
		return ERR_INVALID;
	for (; rest->len && is_digit(rest->data[0]); rest->data++, rest->len--) {
		if (d->scale == FRACTION_SCALE_MAX)
			continue;
		d->scale *= 10;
		d->fraction = d->fraction * 10 + (rest->data[0] - '0');
	}
	return ERR_OK;
}

/* Takes the number at the start of `rest`. */
static enum err take_decimal(struct span *rest, struct decimal *d)
{
	enum err err = take_whole(rest, &d->whole);

	d->fraction = 0;
	d->scale = 1;
	if (err || !rest->len || rest->data[0] != '.')
		return err;
	rest->data++;
	rest->len--;
	return take_fraction(rest, d);
}

static double decimal_value(const struct decimal *d)
{
	return (double)d->whole + (double)d->fraction / (double)d->scale;
}

static const struct unit *find_unit(const struct unit *units, size_t n, struct span name)
{
	for (size_t i = 0; i < n; i++) {
		if (span_equal(span_of(units[i].name), name))
			return &units[i];
	}
	return NULL;
}

static enum err scale_exactly(const struct decimal *d, int64_t factor, int64_t *result)
{
	int64_t whole,
		part = llround((double)d->fraction / (double)d->scale * (double)factor);

	if (__builtin_mul_overflow(d->whole, factor, &whole) ||
	    __builtin_add_overflow(whole, part, &whole))
		return ERR_TOO_LARGE;
	*result = whole;
	return ERR_OK;
}

enum err units_parse_duration(struct span text, int64_t *ms)
{
	const struct unit *unit;
	struct decimal d;
	enum err err = take_decimal(&text, &d);

	if (err)
		return err;
	if (!text.len && d.whole == 0 && d.fraction == 0) {
		*ms = 0;
		return ERR_OK;
	}
	unit = find_unit(duration_units, ARRAY_SIZE(duration_units), text);
	return unit ? scale_exactly(&d, unit->factor, ms) : ERR_INVALID;
}

/* "k", "KB" and "KiB" all mean "K". */
static const struct unit *find_size_unit(struct span name)
{
	char letter = name.len ? name.data[0] : 'B';
	struct span behind =
		span_from(name.data + (name.len ? 1 : 0), name.len ? name.len - 1 : 0);

	if (letter == 'B')
		return behind.len ? NULL : &size_units[0];
	if (behind.len && !span_equal(behind, SPAN("B")) &&
	    !span_equal(behind, SPAN("iB")))
		return NULL;
	if (letter >= 'a' && letter <= 'z')
		letter = (char)(letter - 'a' + 'A');
	return find_unit(size_units, ARRAY_SIZE(size_units), span_from(&letter, 1));
}

enum err units_parse_size(struct span text, int64_t *bytes)
{
	const struct unit *unit;
	struct decimal d;
	enum err err = take_decimal(&text, &d);

	if (err)
		return err;
	unit = find_size_unit(text);
	return unit ? scale_exactly(&d, unit->factor, bytes) : ERR_INVALID;
}

enum err units_parse_rate(struct span text, double *per_second)
{
	const struct unit *unit;
	struct decimal d;
	double value;
	enum err err = take_decimal(&text, &d);

	if (err)
		return err;
	unit = find_unit(rate_units, ARRAY_SIZE(rate_units), text);
	if (!unit)
		return ERR_INVALID;
	value = decimal_value(&d) / (double)unit->factor;
	if (value > RATE_MAX)
		return ERR_TOO_LARGE;
	*per_second = value;
	return ERR_OK;
}

enum err units_parse_count(struct span text, int64_t *count)
{
	int64_t whole;
	enum err err = take_whole(&text, &whole);

	if (err)
		return err;
	if (text.len)
		return ERR_INVALID;
	*count = whole;
	return ERR_OK;
}

enum err units_parse_number(struct span text, double *number)
{
	struct decimal d;
	enum err err = take_decimal(&text, &d);

	if (err)
		return err;
	if (text.len)
		return ERR_INVALID;
	if (d.whole > REAL_WHOLE_MAX)
		return ERR_TOO_LARGE;
	*number = decimal_value(&d);
	return ERR_OK;
}

/* Exactly `n_digits` digits and then `separator` (0: nothing). */
static bool take_field(struct span *rest, size_t n_digits, char separator, int *field)
{
	int sum = 0;

	if (rest->len < n_digits + (separator != 0))
		return false;
	for (size_t i = 0; i < n_digits; i++) {
		if (!is_digit(rest->data[i]))
			return false;
		sum = sum * 10 + (rest->data[i] - '0');
	}
	if (separator && rest->data[n_digits] != separator)
		return false;
	rest->data += n_digits + (separator != 0);
	rest->len -= n_digits + (separator != 0);
	*field = sum;
	return true;
}

/* "Z" or "+01:30", the whole of `rest`. */
static bool parse_offset(struct span rest, int *seconds)
{
	int hours, minutes, sign;

	*seconds = 0;
	if (rest.len == 1)
		return rest.data[0] == 'Z' || rest.data[0] == 'z';
	if (rest.len != 6 || (rest.data[0] != '+' && rest.data[0] != '-'))
		return false;
	sign = rest.data[0] == '-' ? -1 : 1;
	rest = span_from(rest.data + 1, 5);
	if (!take_field(&rest, 2, ':', &hours) || !take_field(&rest, 2, 0, &minutes) ||
	    hours > 23 || minutes > 59)
		return false;
	*seconds = sign * (hours * 3600 + minutes * 60);
	return true;
}

static bool take_date(struct span *rest, struct tm *tm)
{
	if (!take_field(rest, 4, '-', &tm->tm_year) ||
	    !take_field(rest, 2, '-', &tm->tm_mon) ||
	    !take_field(rest, 2, 0, &tm->tm_mday))
		return false;
	if (!rest->len || !strchr("Tt ", rest->data[0]) || !rest->data[0])
		return false;
	rest->data++;
	rest->len--;
	return tm->tm_mon >= 1 && tm->tm_mon <= 12 && tm->tm_mday >= 1;
}

static bool take_clock(struct span *rest, struct tm *tm)
{
	/* :60 is a leap second, which Unix time gives the next second's number. */
	return take_field(rest, 2, ':', &tm->tm_hour) &&
	       take_field(rest, 2, ':', &tm->tm_min) &&
	       take_field(rest, 2, 0, &tm->tm_sec) && tm->tm_hour <= 23 &&
	       tm->tm_min <= 59 && tm->tm_sec <= 60;
}

enum err units_parse_time(struct span text, int64_t *at_ms)
{
	struct decimal fraction = { 0, 0, 1 };
	struct tm tm = { 0 }, day;
	time_t seconds;
	int offset;

	if (!take_date(&text, &tm) || !take_clock(&text, &tm))
		return ERR_INVALID;
	if (text.len && text.data[0] == '.') {
		text = span_from(text.data + 1, text.len - 1);
		if (take_fraction(&text, &fraction))
			return ERR_INVALID;
	}
	if (!parse_offset(text, &offset))
		return ERR_INVALID;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	day = (struct tm){ .tm_year = tm.tm_year,
			   .tm_mon = tm.tm_mon,
			   .tm_mday = tm.tm_mday };
	timegm(&day);
	if (day.tm_mday != tm.tm_mday) /* the 30th of February is normalised away */
		return ERR_INVALID;
	seconds = timegm(&tm) - offset;
	*at_ms = (int64_t)seconds * MS_PER_SECOND +
		 fraction.fraction * MS_PER_SECOND / fraction.scale;
	return ERR_OK;
}

#define YEAR_0000_MS INT64_C(-62167219200000)
#define YEAR_9999_END_MS INT64_C(253402300799999)

void units_format_time(int64_t at_ms, char text[UNITS_TIME_SIZE])
{
	int64_t ms;
	time_t seconds;
	struct tm tm;

	if (at_ms < YEAR_0000_MS)
		at_ms = YEAR_0000_MS;
	if (at_ms > YEAR_9999_END_MS)
		at_ms = YEAR_9999_END_MS;
	ms = (at_ms % MS_PER_SECOND + MS_PER_SECOND) % MS_PER_SECOND;
	seconds = (time_t)((at_ms - ms) / MS_PER_SECOND);
	gmtime_r(&seconds, &tm);
	snprintf(text, UNITS_TIME_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
		 (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)(tm.tm_mon + 1) % 100,
		 (unsigned)tm.tm_mday % 100, (unsigned)tm.tm_hour % 100,
		 (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100,
		 (unsigned)ms % 1000);
}

/* "3d 4h": `great` units, and what is left in `small` ones. */
static void format_two(int64_t ms, const struct unit *great, const struct unit *small,
		       char text[UNITS_TEXT_SIZE])
{
	int64_t n_great = ms / great->factor;
	int64_t n_small = ms % great->factor / small->factor;

	if (n_small)
		snprintf(text, UNITS_TEXT_SIZE, "%" PRId64 "%s %" PRId64 "%s", n_great,
			 great->name, n_small, small->name);
	else
		snprintf(text, UNITS_TEXT_SIZE, "%" PRId64 "%s", n_great, great->name);
}

/* "2.5s"; tenths are cut, not rounded, so that 59.99s is not called a minute. */
static void format_seconds(int64_t ms, char text[UNITS_TEXT_SIZE])
{
	int64_t tenths = ms % MS_PER_SECOND / 100;

	if (tenths)
		snprintf(text, UNITS_TEXT_SIZE, "%" PRId64 ".%" PRId64 "s",
			 ms / MS_PER_SECOND, tenths);
	else
		snprintf(text, UNITS_TEXT_SIZE, "%" PRId64 "s", ms / MS_PER_SECOND);
}

static void format_positive(int64_t ms, char text[UNITS_TEXT_SIZE])
{
	size_t i = ARRAY_SIZE(duration_units) - 1;

	while (i > 0 && ms < duration_units[i].factor)
		i--;
	if (ms == 0)
		snprintf(text, UNITS_TEXT_SIZE, "0s");
	else if (i == 0)
		snprintf(text, UNITS_TEXT_SIZE, "%" PRId64 " ms", ms);
	else if (i == 1)
		format_seconds(ms, text);
	else
		format_two(ms, &duration_units[i], &duration_units[i - 1], text);
}

void units_format_duration(int64_t ms, char text[UNITS_TEXT_SIZE])
{
	char positive[UNITS_TEXT_SIZE];

	if (ms >= 0) {
		format_positive(ms, text);
		return;
	}
	format_positive(ms == INT64_MIN ? INT64_MAX : -ms, positive);
	snprintf(text, UNITS_TEXT_SIZE, "-%.*s", UNITS_TEXT_SIZE - 2, positive);
}

void units_format_size(int64_t bytes, char text[UNITS_TEXT_SIZE])
{
	size_t i = ARRAY_SIZE(size_units) - 1;

	while (i > 0 && fabs((double)bytes) < (double)size_units[i].factor)
		i--;
	if (i == 0)
		snprintf(text, UNITS_TEXT_SIZE, "%" PRId64 " B", bytes);
	else
		snprintf(text, UNITS_TEXT_SIZE, "%.1f %siB",
			 (double)bytes / (double)size_units[i].factor,
			 size_units[i].name);
}

void units_format_count(int64_t count, char text[UNITS_TEXT_SIZE])
{
	char digits[UNITS_TEXT_SIZE];
	int len = snprintf(digits, sizeof(digits), "%" PRId64, count);
	size_t at = 0;

	for (int i = 0; i < len; i++) {
		text[at++] = digits[i];
		if (is_digit(digits[i]) && i + 1 < len && (len - i - 1) % 3 == 0)
			text[at++] = ',';
	}
	text[at] = '\0';
}

static void spell(int64_t value, const struct unit *units, size_t n,
		  char text[UNITS_TEXT_SIZE])
{
	while (n > 1 && (value == 0 || value % units[n - 1].factor))
		n--;
	snprintf(text, UNITS_TEXT_SIZE, "%" PRId64 "%s", value / units[n - 1].factor,
		 units[n - 1].name);
}

void units_spell_duration(int64_t ms, char text[UNITS_TEXT_SIZE])
{
	if (ms == 0)
		snprintf(text, UNITS_TEXT_SIZE, "0s");
	else
		spell(ms, duration_units, ARRAY_SIZE(duration_units), text);
}

void units_spell_size(int64_t bytes, char text[UNITS_TEXT_SIZE])
{
	spell(bytes, size_units, ARRAY_SIZE(size_units), text);
}

void units_spell_number(double number, char text[UNITS_TEXT_SIZE])
{
	char *end;

	/* %f, not %g: the parsers know no exponent. */
	snprintf(text, UNITS_TEXT_SIZE, "%.9f", number);
	if (!strchr(text, '.'))
		return;
	end = text + strlen(text);
	while (end[-1] == '0')
		end--;
	if (end[-1] == '.')
		end--;
	*end = '\0';
}

void units_spell_rate(double per_second, char text[UNITS_TEXT_SIZE])
{
	size_t i = 0;
	char number[UNITS_TEXT_SIZE];

	/* The first unit that makes it whole: 100000/d is no round number a second. */
	while (i < ARRAY_SIZE(rate_units) - 1) {
		double n = per_second * (double)rate_units[i].factor;

		if (fabs(n - round(n)) < 1e-6 && round(n) > 0)
			break;
		i++;
	}
	if (per_second == 0)
		i = 0;
	units_spell_number(per_second * (double)rate_units[i].factor, number);
	snprintf(text, UNITS_TEXT_SIZE, "%.*s%s", UNITS_TEXT_SIZE - 3, number,
		 rate_units[i].name);
}
