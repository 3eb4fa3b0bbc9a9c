/* fuzz_retry_after.c - a host cannot switch itself off for more than a day (REQ 55). */
#include "tests/fuzz/fuzz.h"

#include "crawler/retry_after.h"
#include "store/base/clock.h"
#include "tests/fuzz/headers_of.h"

FUZZ_TARGET(retry_after)
{
	struct header_list list = fuzz_headers_of(&input);
	int64_t delay_ms = -7;

	if (retry_after_from_headers(&list, INT64_C(1790000000000), &delay_ms))
		FUZZ_REQUIRE(delay_ms >= 0 && delay_ms <= MS_PER_DAY);
	else
		FUZZ_REQUIRE(delay_ms == -7 || !delay_ms);
	header_list_release(&list);
}
