#include "tests/unit/unit.h"

#include <stdlib.h>
#include <time.h>

#include "crawler/http_date.h"
#include "store/base/clock.h"

#define NOW_MS INT64_C(1793527200000) /* Sun, 01 Nov 2026 10:00:00 GMT */

/* REQ 13; RFC 9110 5.6.7 */
static const struct {
	const char *text;
	int64_t at_s;
} good_rows[] = {
	{ "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
	{ "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
	{ "Sun Nov  6 08:49:37 1994", 784111777 },
	{ "Sun Nov 16 08:49:37 1994", 784975777 },
	{ "Sun, 01 Nov 2026 10:00:00 GMT", 1793527200 },
	/* the weekday is not checked against the date */
	{ "Mon, 06 Nov 1994 08:49:37 GMT", 784111777 },
	{ "Thursday, 06-Nov-94 08:49:37 GMT", 784111777 },
	{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
	{ "Wed, 31 Dec 1969 23:59:59 GMT", -1 },
	{ "Mon, 01 Jan 0001 00:00:00 GMT", INT64_C(-62135596800) },
	{ "Fri, 31 Dec 9999 23:59:59 GMT", INT64_C(253402300799) },
	{ "Tue, 29 Feb 2000 00:00:00 GMT", 951782400 },
	{ "Thu, 29 Feb 2024 12:00:00 GMT", 1709208000 },
	/* a leap second is the second after */
	{ "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800 },
	{ "Tue, 19 Jan 2038 03:14:08 GMT", INT64_C(2147483648) },
};

static void all_three_forms_are_read(void **unused)
{
	int64_t at_ms;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(good_rows); i++) {
		if (!http_date_parse(span_of(good_rows[i].text), NOW_MS, &at_ms))
			fail_msg("not read: %s", good_rows[i].text);
		if (at_ms != good_rows[i].at_s * MS_PER_SECOND)
			fail_msg("%s is not %lld", good_rows[i].text, (long long)at_ms);
	}
}

static const char *const bad_rows[] = {
	"",
	"0",
	"-1",
	"now",
	"784111777",
	"1994-11-06T08:49:37Z",
	"Sun, 6 Nov 1994 08:49:37 GMT",
	"Sun, 06 Nov 94 08:49:37 GMT",
	"Sun, 06 Nov 1994 08:49:37",
	"Sun, 06 Nov 1994 08:49:37 UTC",
	"Sun, 06 Nov 1994 08:49:37 +0000",
	"Sun, 06 Nov 1994 08:49:37 GMT+1",
	"Sun, 06 Nov 1994 08:49:37 GMT ",
	" Sun, 06 Nov 1994 08:49:37 GMT",
	"Sun,  06 Nov 1994 08:49:37 GMT",
	"Sun, 06  Nov 1994 08:49:37 GMT",
	"Sun 06 Nov 1994 08:49:37 GMT",
	"sun, 06 nov 1994 08:49:37 gmt",
	"Xyz, 06 Nov 1994 08:49:37 GMT",
	"06 Nov 1994 08:49:37 GMT",
	"Sun, 06 Nov 1994 8:49:37 GMT",
	"Sun, 06 Nov 1994 08:49 GMT",
	"Sun, 06 Nov 1994 08-49-37 GMT",
	"Sun, 06 Nov 1994 08:49-37 GMT",
	"Sun, 06 Foo 1994 08:49:37 GMT",
	"Sun, 06 Nov1994 08:49:37 GMT",
	"Sun, 06 Nov 199408:49:37 GMT",
	"Sun, 06 Nov 19x4 08:49:37 GMT",
	"Sun, 00 Nov 1994 08:49:37 GMT",
	"Sun, 32 Jan 1994 08:49:37 GMT",
	"Sun, 31 Nov 1994 08:49:37 GMT",
	"Wed, 29 Feb 2023 08:49:37 GMT",
	"Wed, 29 Feb 1900 08:49:37 GMT",
	"Sun, 06 Nov 0000 08:49:37 GMT",
	"Sun, 06 Nov 1994 24:00:00 GMT",
	"Sun, 06 Nov 1994 08:60:37 GMT",
	"Sun, 06 Nov 1994 08:49:61 GMT",
	"Sunday, 06-Nov-1994 08:49:37 GMT",
	"Sun, 06-Nov-94 08:49:37 GMT",
	"Sunday, 06 Nov-94 08:49:37 GMT",
	"Sunday, 06-Nov 94 08:49:37 GMT",
	"Sunday, 06-Nov-94T08:49:37 GMT",
	"Sunday, 06-Nov-94 08:49:37 PST",
	"Sunday, 06-Nov-94 08:49:37 GMTx",
	"Sunday 06-Nov-94 08:49:37 GMT",
	"Sunday, 6-Nov-94 08:49:37 GMT",
	"Sunday, 06-Xxx-94 08:49:37 GMT",
	"Sunday, 06-Nov-9x 08:49:37 GMT",
	"Sunday, 06-Nov-94 08:49:3x GMT",
	"Sun Nov 6 08:49:37 1994",
	"Sun Nov 06x08:49:37 1994",
	"Sun Nov   6 08:49:37 1994",
	"Sun Nov  6 08:49:37 94",
	"Sun Nov  6 08:49:37 1994 GMT",
	"Sun Nov  6 08:49:37-1994",
	"Sun Nov  6 08:49:xx 1994",
	"Sun Nox  6 08:49:37 1994",
	"Sun Nov-06 08:49:37 1994",
	"Sun Nov  x 08:49:37 1994",
};

static void garbage_is_no_date_and_writes_nothing(void **unused)
{
	int64_t at_ms = 42;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(bad_rows); i++) {
		if (http_date_parse(span_of(bad_rows[i]), NOW_MS, &at_ms))
			fail_msg("read: %s", bad_rows[i]);
	}
	assert_false(http_date_parse(SPAN("Sun, 06 Nov 1994\0 8:49:37 GMT"), 0, &at_ms));
	assert_int_equal(at_ms, 42);
}

static void every_shortened_date_is_no_date(void **unused)
{
	int64_t at_ms = 42;

	(void)unused;
	for (size_t i = 0; i < 3; i++) {
		size_t whole = strlen(good_rows[i].text);

		for (size_t len = 0; len < whole; len++) {
			/* on the heap, so that a byte read too far is seen */
			char *copy = malloc(len + !len);

			assert_non_null(copy);
			memcpy(copy, good_rows[i].text, len);
			assert_false(http_date_parse(span_from(copy, len), 0, &at_ms));
			free(copy);
		}
	}
	assert_int_equal(at_ms, 42);
}

/* "MUST interpret a timestamp that appears to be more than 50 years in the future as
 * representing the most recent year in the past that had the same last two digits" */
static const struct {
	const char *text;
	const char *same;
	const char *now;
} year_rows[] = {
	{ "Sunday, 01-Nov-26 10:00:00 GMT", "Sun, 01 Nov 2026 10:00:00 GMT", NULL },
	{ "Sunday, 01-Nov-00 10:00:00 GMT", "Sun, 01 Nov 2000 10:00:00 GMT", NULL },
	{ "Sunday, 01-Nov-99 10:00:00 GMT", "Sun, 01 Nov 1999 10:00:00 GMT", NULL },
	{ "Sunday, 01-Nov-77 10:00:00 GMT", "Sun, 01 Nov 1977 10:00:00 GMT", NULL },
	{ "Sunday, 01-Nov-75 10:00:00 GMT", "Sun, 01 Nov 2075 10:00:00 GMT", NULL },
	/* to the second: 50 years ahead is not more than 50 */
	{ "Sunday, 01-Nov-76 10:00:00 GMT", "Sun, 01 Nov 2076 10:00:00 GMT", NULL },
	{ "Sunday, 01-Nov-76 10:00:01 GMT", "Sun, 01 Nov 1976 10:00:01 GMT", NULL },
	{ "Sunday, 01-Nov-10 10:00:00 GMT", "Sun, 01 Nov 2110 10:00:00 GMT",
	  "Sun, 01 Nov 2090 10:00:00 GMT" },
	{ "Sunday, 29-Feb-00 10:00:00 GMT", "Tue, 29 Feb 2000 10:00:00 GMT", NULL },
	{ "Sunday, 01-Jan-70 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT",
	  "Thu, 01 Jan 1970 00:00:00 GMT" },
};

static void two_digit_years_are_at_most_50_years_ahead(void **unused)
{
	int64_t now_ms, at_ms, same_ms;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(year_rows); i++) {
		now_ms = NOW_MS;
		if (year_rows[i].now)
			assert_true(
				http_date_parse(span_of(year_rows[i].now), 0, &now_ms));
		assert_true(http_date_parse(span_of(year_rows[i].same), 0, &same_ms));
		assert_true(http_date_parse(span_of(year_rows[i].text), now_ms, &at_ms));
		if (at_ms != same_ms)
			fail_msg("row %zu: %s", i, year_rows[i].text);
	}
	assert_true(http_date_parse(span_of(year_rows[0].text), INT64_MIN, &at_ms));
	assert_true(http_date_parse(span_of(year_rows[0].text), INT64_MAX, &at_ms));
}

/* Held against the C library over 250 years, in steps that hit every month. */
static void the_calendar_is_the_c_librarys(void **unused)
{
	char text[64];
	int64_t at_ms;

	(void)unused;
	for (time_t t = -3000000000; t < 5000000000; t += 1234567) {
		struct tm tm;

		assert_non_null(gmtime_r(&t, &tm));
		strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
		assert_true(http_date_parse(span_of(text), 0, &at_ms));
		assert_true(at_ms == t * MS_PER_SECOND);
		strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", &tm);
		assert_true(http_date_parse(span_of(text), 0, &at_ms));
		assert_true(at_ms == t * MS_PER_SECOND);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_three_forms_are_read),
		cmocka_unit_test(garbage_is_no_date_and_writes_nothing),
		cmocka_unit_test(every_shortened_date_is_no_date),
		cmocka_unit_test(two_digit_years_are_at_most_50_years_ahead),
		cmocka_unit_test(the_calendar_is_the_c_librarys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
