/* fuzz_source_date.c - any text is a date or none, and a date is within the calendar. */
#include "tests/fuzz/fuzz.h"

#include "crawler/source_date.h"
#include "store/base/clock.h"

FUZZ_TARGET(source_date)
{
	struct source_date date = { -1, -1 };
	bool read = source_date_parse(input, &date);

	FUZZ_REQUIRE(read || (date.from_ms == -1 && date.until_ms == -1));
	if (!read)
		return;
	FUZZ_REQUIRE(date.from_ms >= 0 && date.from_ms <= date.until_ms);
	FUZZ_REQUIRE(date.until_ms - date.from_ms < 366 * MS_PER_DAY);
	/* The year 9999 in the westernmost zone there is to write. */
	FUZZ_REQUIRE(date.until_ms < INT64_C(253402300800000) + MS_PER_DAY);
}
