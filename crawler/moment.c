#include "crawler/moment.h"

#include "crawler/text.h"

/* A word that is longer names no month; a run of letters may be as long as the page. */
#define NAME_MAX_BYTES 48
/* Nor do shorter ones: "di", "jan". */
#define WEEKDAY_MIN_BYTES 2
#define MONTH_MIN_BYTES 3

/* Reads from the start of a text; every step that fails leaves it where it was. */
struct cursor {
	struct span rest;
};

static bool is_letter(char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)c >= 0x80;
}

static char peek(const struct cursor *c)
{
	return c->rest.len ? c->rest.data[0] : '\0';
}

static void skip(struct cursor *c, size_t n)
{
	c->rest = span_from(c->rest.data + n, c->rest.len - n);
}

static char small(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* `text` is in small letters; what is there may be in any. */
static bool take(struct cursor *c, const char *text)
{
	size_t n = 0;

	for (; text[n]; n++)
		if (n == c->rest.len || small(c->rest.data[n]) != text[n])
			return false;
	skip(c, n);
	return true;
}

/* A number of `min` to `max` digits between `low` and `high`, no digit behind it. */
static bool take_number(struct cursor *c, size_t min, size_t max, int low, int high,
			int *value)
{
	size_t n = 0;
	int number = 0;

	while (n < c->rest.len && n < max && text_is_digit(c->rest.data[n]))
		number = 10 * number + (c->rest.data[n++] - '0');
	if (n < min || number < low || number > high ||
	    (n < c->rest.len && text_is_digit(c->rest.data[n])))
		return false;
	skip(c, n);
	*value = number;
	return true;
}

static bool take_year(struct cursor *c)
{
	int year;

	return take_number(c, 4, 4, 1900, 2199, &year);
}

static bool take_day(struct cursor *c)
{
	int day;

	return take_number(c, 1, 2, 1, 31, &day);
}

static struct span word_of(const struct cursor *c)
{
	size_t n = 0;

	while (n < c->rest.len && n < NAME_MAX_BYTES && is_letter(c->rest.data[n]))
		n++;
	return span_from(c->rest.data, n);
}

/* ---- dates in digits ------------------------------------------------------------------------ */

/* 2026-05-12, 2026/5/12, 2026.05.12 */
static bool take_year_first(struct cursor *c)
{
	struct cursor at = *c;
	int month;
	char sign;

	if (!take_year(&at))
		return false;
	sign = peek(&at);
	if (sign != '-' && sign != '/' && sign != '.')
		return false;
	skip(&at, 1);
	if (!take_number(&at, 1, 2, 1, 12, &month) || peek(&at) != sign)
		return false;
	skip(&at, 1);
	if (!take_day(&at))
		return false;
	*c = at;
	return true;
}

/* 12.05.2026, 5/12/2026, 12-5-2026, 05/12/26 */
static bool take_year_last(struct cursor *c)
{
	struct cursor at = *c;
	int first, second, year;
	char sign;

	if (!take_number(&at, 1, 2, 1, 31, &first))
		return false;
	sign = peek(&at);
	if (sign != '-' && sign != '/' && sign != '.')
		return false;
	skip(&at, 1);
	if (!take_number(&at, 1, 2, 1, 31, &second) || peek(&at) != sign ||
	    (first > 12 && second > 12))
		return false;
	skip(&at, 1);
	if (!take_year(&at) && (sign != '/' || !take_number(&at, 2, 2, 0, 99, &year)))
		return false;
	*c = at;
	return true;
}

/* 2026年5月12日, 2026년 5월 12일 */
static bool take_ideographic(struct cursor *c)
{
	static const struct {
		const char *year, *month, *day;
	} scripts[] = { { "年", "月", "日" }, { "년", "월", "일" } };

	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		struct cursor at = *c;
		int month;

		if (!take_year(&at) || !take(&at, scripts[i].year))
			continue;
		(void)take(&at, " ");
		if (!take_number(&at, 1, 2, 1, 12, &month) ||
		    !take(&at, scripts[i].month))
			continue;
		(void)take(&at, " ");
		if (!take_day(&at) || !take(&at, scripts[i].day))
			continue;
		*c = at;
		return true;
	}
	return false;
}

/* ---- dates in words --------------------------------------------------------------------------- */

static void skip_ordinal(struct cursor *c)
{
	static const char *const signs[] = { "st", "nd", "rd", "th", "er", "º", "." };
	struct cursor at = *c;

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		if (!take(&at, signs[i]))
			continue;
		if (!is_letter(peek(&at)))
			*c = at;
		return;
	}
}

/* What stands between the parts of a date in words: " ", ", ", " de ", "-". */
static bool skip_between(struct cursor *c)
{
	static const char *const words[] = { "de ", "del ", "of ", "do ", "og " };
	size_t before = c->rest.len;

	(void)take(c, ",");
	while (take(c, " ") || take(c, "-"))
		;
	if (c->rest.len == before)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (take(c, words[i]))
			break;
	return true;
}

/* A month, with the number behind it that every date has there, the day or the year. Few
 * words have one, and only of those is it worth knowing whether they are names. */
static bool take_month(struct cursor *c)
{
	struct span word = word_of(c);
	struct cursor behind = *c, number;

	if (word.len < MONTH_MIN_BYTES)
		return false;
	skip(&behind, word.len);
	(void)take(&behind, ".");
	number = behind;
	if (!skip_between(&number) || !text_is_digit(peek(&number)) ||
	    !month_of_name(word))
		return false;
	*c = behind;
	return true;
}

/* 12 May 2026, 12. Mai 2026, 12 de mayo de 2026, 12-May-2026 */
static bool take_day_month(struct cursor *c)
{
	struct cursor at = *c;

	if (!take_day(&at))
		return false;
	skip_ordinal(&at);
	if (!skip_between(&at) || !take_month(&at) || !skip_between(&at) ||
	    !take_year(&at))
		return false;
	*c = at;
	return true;
}

/* May 12, 2026 or, when no day is said, May 2026 */
static bool take_month_first(struct cursor *c)
{
	struct cursor at = *c, day;

	if (!take_month(&at) || !skip_between(&at))
		return false;
	day = at;
	if (take_day(&day)) {
		skip_ordinal(&day);
		if (!skip_between(&day) || !take_year(&day))
			return false;
		at = day;
	} else if (!take_year(&at)) {
		return false;
	}
	*c = at;
	return true;
}

static bool take_date(struct cursor *c)
{
	return text_is_digit(peek(c)) ? take_year_first(c) || take_year_last(c) ||
						take_day_month(c) || take_ideographic(c)
				      : take_month_first(c);
}

/* ---- times --------------------------------------------------------------------------------------- */

static void skip_half_of_day(struct cursor *c)
{
	static const char *const halves[] = { "a.m.", "p.m.", "am", "pm", "uhr" };
	struct cursor at = *c;

	(void)take(&at, " ");
	for (size_t i = 0; i < ARRAY_SIZE(halves); i++) {
		struct cursor behind = at;

		if (take(&behind, halves[i]) && !is_letter(peek(&behind))) {
			*c = behind;
			return;
		}
	}
}

/* UTC, (CEST), Z, +0200, +02:00 */
static void skip_zone(struct cursor *c)
{
	struct cursor at = *c;
	bool in_brackets;
	size_t n = 0;
	int offset;

	(void)take(&at, " ");
	in_brackets = take(&at, "(");
	if (peek(&at) == '+' || peek(&at) == '-') {
		skip(&at, 1);
		if (take_number(&at, 4, 4, 0, 1459, &offset) ||
		    (take_number(&at, 2, 2, 0, 14, &offset) &&
		     (!take(&at, ":") || take_number(&at, 2, 2, 0, 59, &offset))))
			*c = at;
		return;
	}
	while (n < at.rest.len && at.rest.data[n] >= 'A' && at.rest.data[n] <= 'Z')
		n++;
	if (!n || n > 5 || (n < at.rest.len && is_letter(at.rest.data[n])))
		return;
	skip(&at, n);
	if (!in_brackets || take(&at, ")"))
		*c = at;
}

static bool take_time(struct cursor *c, struct moment *m)
{
	struct cursor at = *c;
	int part;

	if (!take_number(&at, 1, 2, 0, 24, &part) || !take(&at, ":") ||
	    !take_number(&at, 2, 2, 0, 59, &part))
		return false;
	m->has_time = true;
	*c = at;
	if (take(&at, ":") && take_number(&at, 2, 2, 0, 60, &part)) {
		m->has_seconds = part > 0 && part != 59;
		*c = at;
		if ((take(&at, ".") || take(&at, ",")) &&
		    take_number(&at, 1, 9, 0, 999999999, &part))
			*c = at;
	}
	skip_half_of_day(c);
	skip_zone(c);
	return true;
}

/* ", at 10:33", " 10:33:21 UTC", "T10:33" */
static void take_time_behind(struct cursor *c, struct moment *m)
{
	static const char *const links[] = { " at ", " um ", " a las ", " à ", " - ",
					     " | ",  " @ ",  " ",       "t" };
	struct cursor at = *c;

	(void)take(&at, ",");
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		struct cursor behind = at;

		if (take(&behind, links[i]) && take_time(&behind, m)) {
			*c = behind;
			return;
		}
	}
}

/* Nov 6 08:49:37 1994, Feb 3 10:00:00 UTC 2026: as asctime() and date write it. */
static bool take_asctime(struct cursor *c, struct moment *m)
{
	struct cursor at = *c;

	if (!take_month(&at) || !take(&at, " "))
		return false;
	(void)take(&at, " ");
	if (!take_day(&at) || !take(&at, " ") || !take_time(&at, m) || !take(&at, " ") ||
	    !take_year(&at))
		return false;
	*c = at;
	return true;
}

/* Nor is a weekday looked up before anything but a number or a month. */
static void skip_weekday(struct cursor *c)
{
	struct cursor at = *c, month;
	struct span word = word_of(&at);

	if (word.len < WEEKDAY_MIN_BYTES)
		return;
	skip(&at, word.len);
	(void)take(&at, ".");
	(void)take(&at, ",");
	(void)take(&at, " ");
	(void)take(&at, "den ");
	(void)take(&at, "the ");
	month = at;
	if ((text_is_digit(peek(&at)) || take_month(&month)) && is_weekday_name(word))
		*c = at;
}

struct moment moment_at(struct span text)
{
	struct cursor c = { text }, month;
	struct moment m = { 0, false, false, false };

	skip_weekday(&c);
	month = c;
	if (!text_is_digit(peek(&c)) && !take_month(&month))
		return m;
	if (take_asctime(&c, &m)) {
		m.has_date = true;
	} else {
		m.has_time = m.has_seconds = false;
		m.has_date = take_date(&c);
		if (m.has_date)
			take_time_behind(&c, &m);
		else if (!take_time(&c, &m))
			return m;
	}
	if (text_is_digit(peek(&c)) ||
	    (is_letter(peek(&c)) && (unsigned char)peek(&c) < 0x80))
		return (struct moment){ 0, false, false, false };
	m.len = text.len - c.rest.len;
	return m;
}
