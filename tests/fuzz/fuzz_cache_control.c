/* fuzz_cache_control.c - Cache-Control, Expires, Age and Date of one answer. */
#include "tests/fuzz/fuzz.h"

#include "crawler/cache_control.h"
#include "tests/fuzz/headers_of.h"

#define NOW_MS INT64_C(1790000000000)
#define MOST_S (INT64_C(1) << 31)

FUZZ_TARGET(cache_control)
{
	const struct cache_times times = { NOW_MS - 250, NOW_MS };
	struct header_list list = fuzz_headers_of(&input);
	struct cache_control c = cache_control_from_headers(&list);
	const int64_t seconds[] = { c.max_age_s, c.s_maxage_s, c.stale_while_revalidate_s,
				    c.stale_if_error_s };
	int64_t fresh_ms = cache_fresh_for_ms(&list, &times);

	for (size_t i = 0; i < ARRAY_SIZE(seconds); i++)
		FUZZ_REQUIRE(seconds[i] >= -1 && seconds[i] <= MOST_S);
	FUZZ_REQUIRE(cache_age_ms(&list, &times) >= 0);
	FUZZ_REQUIRE(cache_lifetime_ms(&list, &times) >= -1);
	FUZZ_REQUIRE(fresh_ms >= -1);
	if (c.no_cache || c.no_store)
		FUZZ_REQUIRE(fresh_ms == 0);
	header_list_release(&list);
}
