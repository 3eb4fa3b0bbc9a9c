#include "tests/unit/unit.h"

#include "crawler/retry_after.h"
#include "store/base/clock.h"
#include "tests/unit/headers.h"

#define NOW_MS INT64_C(784111777000) /* Sun, 06 Nov 1994 08:49:37 GMT */
#define NOTHING (-1)

/* REQ 55 */
static const struct {
	const char *headers;
	int64_t delay_ms;
} rows[] = {
	{ "", NOTHING },
	{ "Retry-After: 120\n", 120000 },
	{ "retry-after: 0\n", 0 },
	{ "Retry-After: 86399\n", 86399000 },
	{ "Retry-After: 86401\n", MS_PER_DAY },
	{ "Retry-After: 4294967297\n", MS_PER_DAY },
	{ "Retry-After: 9223372036854775806\n", MS_PER_DAY },
	{ "Retry-After: 9223372036854775807\n", NOTHING },
	{ "Retry-After: 99999999999999999999999\n", NOTHING },
	{ "Retry-After: -1\n", NOTHING },
	{ "Retry-After: +5\n", NOTHING },
	{ "Retry-After: 1.5\n", NOTHING },
	{ "Retry-After: 5 minutes\n", NOTHING },
	{ "Retry-After: 1, 2\n", NOTHING },
	{ "Retry-After:\n", NOTHING },
	{ "Retry-After: soon\n", NOTHING },
	{ "Retry-After: Sun, 06 Nov 1994 08:51:37 GMT\n", 120000 },
	{ "Retry-After: Sunday, 06-Nov-94 08:51:37 GMT\n", 120000 },
	{ "Retry-After: Sun Nov  6 08:51:37 1994\n", 120000 },
	{ "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\n", MS_PER_DAY },
	{ "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\n", NOTHING },
	{ "Retry-After: Thu, 01 Jan 1970 00:00:00 GMT\n", NOTHING },
	{ "Retry-After: 10\nRetry-After: x\nRetry-After: 60\nRetry-After: 30\n", 60000 },
};

static void both_forms_are_obeyed_for_a_day_at_most(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct header_list headers = headers_of(rows[i].headers);
		int64_t delay_ms = NOTHING;
		bool found = retry_after_from_headers(&headers, NOW_MS, &delay_ms);

		if (found != (rows[i].delay_ms != NOTHING) ||
		    delay_ms != rows[i].delay_ms)
			fail_msg("row %zu: %s", i, rows[i].headers);
		header_list_release(&headers);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_forms_are_obeyed_for_a_day_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
