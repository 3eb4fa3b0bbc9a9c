#include "tests/unit/unit.h"

#include "crawler/source_date.h"
#include "store/base/units.h"

/* REQ 64: what sitemaps (W3C datetime) and feeds (RFC 3339, RFC 822) say */
static const struct {
	const char *why, *text, *from, *until; /* from NULL: no date */
} rows[] = {
	{ "a year", "2026", "2026-01-01T00:00:00.000Z", "2026-12-31T23:59:59.999Z" },
	{ "a month", "2024-02", "2024-02-01T00:00:00.000Z", "2024-02-29T23:59:59.999Z" },
	{ "December", "2024-12", "2024-12-01T00:00:00.000Z", "2024-12-31T23:59:59.999Z" },
	{ "a day", "2026-11-22", "2026-11-22T00:00:00.000Z", "2026-11-22T23:59:59.999Z" },
	{ "a minute", "2026-11-22T10:05Z", "2026-11-22T10:05:00.000Z",
	  "2026-11-22T10:05:59.999Z" },
	{ "a second", "2026-11-22T10:05:06Z", "2026-11-22T10:05:06.000Z",
	  "2026-11-22T10:05:06.999Z" },
	{ "a tenth", "2026-11-22T10:05:06.5Z", "2026-11-22T10:05:06.500Z",
	  "2026-11-22T10:05:06.599Z" },
	{ "a microsecond", "2026-11-22T10:05:06.123456Z", "2026-11-22T10:05:06.123Z",
	  "2026-11-22T10:05:06.123Z" },
	{ "an offset", "2026-11-22T10:05:06+01:30", "2026-11-22T08:35:06.000Z",
	  "2026-11-22T08:35:06.999Z" },
	{ "an offset back over midnight", "2026-11-22T23:05:06-05:00",
	  "2026-11-23T04:05:06.000Z", "2026-11-23T04:05:06.999Z" },
	{ "an offset without colon", "2026-11-22T10:05:06+0130",
	  "2026-11-22T08:35:06.000Z", "2026-11-22T08:35:06.999Z" },
	{ "no zone", "2026-11-22T10:05:06", "2026-11-22T10:05:06.000Z",
	  "2026-11-22T10:05:06.999Z" },
	{ "a blank for the T", "2026-11-22 10:05:06 +0000", "2026-11-22T10:05:06.000Z",
	  "2026-11-22T10:05:06.999Z" },
	{ "small letters", "2026-11-22t10:05:06z", "2026-11-22T10:05:06.000Z",
	  "2026-11-22T10:05:06.999Z" },
	{ "blanks around", " \n2026-11-22\t", "2026-11-22T00:00:00.000Z",
	  "2026-11-22T23:59:59.999Z" },
	{ "RFC 822", "Sun, 22 Nov 2026 10:05:06 GMT", "2026-11-22T10:05:06.000Z",
	  "2026-11-22T10:05:06.999Z" },
	{ "no weekday", "22 Nov 2026 10:05:06 +0100", "2026-11-22T09:05:06.000Z",
	  "2026-11-22T09:05:06.999Z" },
	{ "a named zone", "Sun, 22 Nov 2026 10:05:06 EST", "2026-11-22T15:05:06.000Z",
	  "2026-11-22T15:05:06.999Z" },
	{ "summer", "Sun, 22 Nov 2026 10:05:06 PDT", "2026-11-22T17:05:06.000Z",
	  "2026-11-22T17:05:06.999Z" },
	{ "no seconds", "Sun, 2 Nov 2026 1:05 UT", "2026-11-02T01:05:00.000Z",
	  "2026-11-02T01:05:59.999Z" },
	{ "two digits of a year", "02 Nov 98 01:05:00 Z", "1998-11-02T01:05:00.000Z",
	  "1998-11-02T01:05:00.999Z" },
	{ "a whole month name", "Sunday, 22 November 2026 10:05:06 GMT",
	  "2026-11-22T10:05:06.000Z", "2026-11-22T10:05:06.999Z" },
	{ "only a day", "22 Nov 2026", "2026-11-22T00:00:00.000Z",
	  "2026-11-22T23:59:59.999Z" },
	{ "nothing", "", NULL, NULL },
	{ "a word", "yesterday", NULL, NULL },
	{ "the 30th of February", "2026-02-30", NULL, NULL },
	{ "the 31st of April", "31 Apr 2026 00:00:00 GMT", NULL, NULL },
	{ "month 13", "2026-13-01", NULL, NULL },
	{ "month 0", "2026-00-01", NULL, NULL },
	{ "hour 25", "2026-11-22T25:00:00Z", NULL, NULL },
	{ "minute 60", "2026-11-22T10:60:00Z", NULL, NULL },
	{ "before 1970", "1969-12-31", NULL, NULL },
	{ "before 1970 by its zone", "1970-01-01T00:30:00+01:00", NULL, NULL },
	{ "never", "0000-00-00 00:00:00", NULL, NULL },
	{ "Unix time", "1700000000", NULL, NULL },
	{ "more behind it", "2026-11-22 or so", NULL, NULL },
	{ "an empty fraction", "2026-11-22T10:05:06.Z", NULL, NULL },
	{ "day before month", "22.11.2026", NULL, NULL },
	{ "half a date", "2026-1", NULL, NULL },
};

static int64_t ms_of(const char *text)
{
	int64_t at_ms;

	assert_int_equal(units_parse_time(span_of(text), &at_ms), ERR_OK);
	return at_ms;
}

static void dates_are_as_long_as_they_are_vague_req64(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct source_date date = { -7, -7 };
		bool read = source_date_parse(span_of(rows[i].text), &date);

		if (read != (rows[i].from != NULL))
			fail_msg("%s: '%s' is%s read", rows[i].why, rows[i].text,
				 read ? "" : " not");
		if (!read && date.from_ms != -7)
			fail_msg("%s: the date was touched", rows[i].why);
		if (read && (date.from_ms != ms_of(rows[i].from) ||
			     date.until_ms != ms_of(rows[i].until)))
			fail_msg("%s: '%s' reads as %lld to %lld", rows[i].why,
				 rows[i].text, (long long)date.from_ms,
				 (long long)date.until_ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_as_long_as_they_are_vague_req64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
