#include "crawler/http_date.h"

#include "crawler/field.h"
#include "store/base/clock.h"

struct moment {
	int year, month, day; /* month and day count from 1 */
	int hour, minute, second;
};

static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
				      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const char *const short_days[] = {
	"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"
};
static const char *const long_days[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
					 "Friday", "Saturday", "Sunday" };

/* The take_ functions read one thing off the front of `s`, or return false. */
static bool take_text(struct span *s, const char *text)
{
	size_t n = 0;

	for (; text[n]; n++)
		if (n == s->len || s->data[n] != text[n])
			return false;
	*s = field_skip(*s, n);
	return true;
}

static bool take_name(struct span *s, const char *const *names, int n_names, int *number)
{
	for (int i = 0; i < n_names; i++) {
		if (take_text(s, names[i])) {
			*number = i + 1;
			return true;
		}
	}
	return false;
}

static bool take_digits(struct span *s, size_t n_digits, int *number)
{
	int n = 0;

	if (s->len < n_digits)
		return false;
	for (size_t i = 0; i < n_digits; i++) {
		if (s->data[i] < '0' || s->data[i] > '9')
			return false;
		n = n * 10 + (s->data[i] - '0');
	}
	*s = field_skip(*s, n_digits);
	*number = n;
	return true;
}

static bool take_month(struct span *s, struct moment *m)
{
	return take_name(s, months, 12, &m->month);
}

static bool take_time(struct span *s, struct moment *m)
{
	return take_digits(s, 2, &m->hour) && take_text(s, ":") &&
	       take_digits(s, 2, &m->minute) && take_text(s, ":") &&
	       take_digits(s, 2, &m->second);
}

/* Sun, 06 Nov 1994 08:49:37 GMT */
static bool read_imf_fixdate(struct span s, struct moment *m)
{
	int weekday;

	return take_name(&s, short_days, 7, &weekday) && take_text(&s, ", ") &&
	       take_digits(&s, 2, &m->day) && take_text(&s, " ") && take_month(&s, m) &&
	       take_text(&s, " ") && take_digits(&s, 4, &m->year) && take_text(&s, " ") &&
	       take_time(&s, m) && take_text(&s, " GMT") && s.len == 0;
}

/* Sunday, 06-Nov-94 08:49:37 GMT; leaves the year's two digits in `year` */
static bool read_rfc850(struct span s, struct moment *m)
{
	int weekday;

	return take_name(&s, long_days, 7, &weekday) && take_text(&s, ", ") &&
	       take_digits(&s, 2, &m->day) && take_text(&s, "-") && take_month(&s, m) &&
	       take_text(&s, "-") && take_digits(&s, 2, &m->year) && take_text(&s, " ") &&
	       take_time(&s, m) && take_text(&s, " GMT") && s.len == 0;
}

/* Sun Nov  6 08:49:37 1994 */
static bool read_asctime(struct span s, struct moment *m)
{
	int weekday;

	return take_name(&s, short_days, 7, &weekday) && take_text(&s, " ") &&
	       take_month(&s, m) && take_text(&s, " ") &&
	       take_digits(&s, take_text(&s, " ") ? 1 : 2, &m->day) &&
	       take_text(&s, " ") && take_time(&s, m) && take_text(&s, " ") &&
	       take_digits(&s, 4, &m->year) && s.len == 0;
}

static bool is_leap_year(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap_year(year));
}

static bool is_possible(const struct moment *m)
{
	return m->year >= 1 && m->day >= 1 &&
	       m->day <= days_in_month(m->year, m->month) && m->hour <= 23 &&
	       m->minute <= 59 && m->second <= 60;
}

static int64_t instant_ms(const struct moment *m)
{
	int64_t years = m->year - 1;
	/* 719162 days lie between 0001-01-01 and 1970-01-01 */
	int64_t days = years * 365 + years / 4 - years / 100 + years / 400 - 719162;

	for (int month = 1; month < m->month; month++)
		days += days_in_month(m->year, month);
	days += m->day - 1;
	return days * MS_PER_DAY + m->hour * MS_PER_HOUR + m->minute * MS_PER_MINUTE +
	       m->second * MS_PER_SECOND;
}

static bool is_over_50_years_ahead(struct moment m, int64_t now_ms)
{
	m.year -= 50;
	return instant_ms(&m) > now_ms;
}

/* RFC 9110 5.6.7 MUST. Counting down from the last century needs no calendar for now. */
static void complete_year(struct moment *m, int64_t now_ms)
{
	m->year += 9900;
	while (m->year >= 200 && is_over_50_years_ahead(*m, now_ms))
		m->year -= 100;
}

bool http_date_parse(struct span text, int64_t now_ms, int64_t *at_ms)
{
	struct moment m = { 0 };

	if (!read_imf_fixdate(text, &m) && !read_asctime(text, &m)) {
		if (!read_rfc850(text, &m))
			return false;
		complete_year(&m, now_ms);
	}
	if (!is_possible(&m))
		return false;
	*at_ms = instant_ms(&m);
	return true;
}
