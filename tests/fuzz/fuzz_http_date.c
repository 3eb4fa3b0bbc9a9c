/* fuzz_http_date.c - a date that was read, written in the preferred form, reads the same. */
#include "tests/fuzz/fuzz.h"

#include <time.h>

#include "crawler/http_date.h"

#define NOW_MS INT64_C(1790000000000)

FUZZ_TARGET(http_date)
{
	int64_t at_ms = -7, again_ms = 0;
	char text[64];
	struct tm tm;
	time_t at;

	if (!http_date_parse(input, NOW_MS, &at_ms)) {
		FUZZ_REQUIRE(at_ms == -7);
		return;
	}
	FUZZ_REQUIRE(at_ms % 1000 == 0);
	at = (time_t)(at_ms / 1000);
	FUZZ_REQUIRE(gmtime_r(&at, &tm) != NULL);
	if (tm.tm_year + 1900 < 0 || tm.tm_year + 1900 > 9999)
		return; /* 23:59:60 at the end of the year 9999 */
	strftime(text, sizeof(text), "%a, %d %b ", &tm);
	snprintf(text + 12, sizeof(text) - 12, "%04d %02d:%02d:%02d GMT",
		 tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	FUZZ_REQUIRE(http_date_parse(span_of(text), 0, &again_ms));
	FUZZ_REQUIRE(again_ms == at_ms);
}
