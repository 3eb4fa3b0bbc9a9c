/* The interval rules of other crawlers, worked through by hand from their sources. */
#include "tests/unit/unit.h"

#include "scheduler/policy_nutch.h"
#include "scheduler/policy_stormcrawler.h"
#include "store/base/clock.h"
#include "store/base/err.h"

static void nutch_shrinks_for_a_change_and_grows_without(void **unused)
{
	struct nutch_page page = { 0 };

	(void)unused;
	nutch_visited(&nutch_default_rules, &page, 100 * MS_PER_DAY, true);
	assert_int_equal(page.interval_ms, 24 * MS_PER_DAY); /* 30 days less 0.2 */
	assert_int_equal(page.fetch_at_ms, 124 * MS_PER_DAY);
	nutch_visited(&nutch_default_rules, &page, 124 * MS_PER_DAY, false);
	/* 24 days and 0.4 of them; a share 0.3 of the 24 days since the change earlier. */
	assert_int_equal(page.interval_ms, 2903040000);
	assert_int_equal(page.fetch_at_ms, 124 * MS_PER_DAY + 2903040000 - 622080000);
}

static void nutch_waits_at_least_the_time_since_the_change(void **unused)
{
	struct nutch_page page = { .interval_ms = MS_PER_DAY,
				   .modified_at_ms = 10 * MS_PER_DAY };

	(void)unused;
	nutch_visited(&nutch_default_rules, &page, 110 * MS_PER_DAY, false);
	assert_int_equal(page.interval_ms, 100 * MS_PER_DAY);
	assert_int_equal(page.fetch_at_ms, (110 - 30 + 100) * MS_PER_DAY);
}

static void nutch_stays_between_a_minute_and_a_year(void **unused)
{
	struct nutch_page page = { 0 };

	(void)unused;
	for (int i = 0; i < 100; i++)
		nutch_visited(&nutch_default_rules, &page, MS_PER_DAY, true);
	assert_int_equal(page.interval_ms, MS_PER_MINUTE);
	for (int i = 0; i < 100; i++)
		nutch_visited(&nutch_default_rules, &page, MS_PER_DAY, false);
	assert_int_equal(page.interval_ms, 365 * MS_PER_DAY);
}

static const struct {
	const char *why;
	int minutes;
	bool changed;
	int next;
} storm_rows[] = {
	{ "unchanged: half as long again", 1440, false, 2160 },
	{ "changed: half way to an hour", 1440, true, 750 },
	{ "the first time a day", 0, false, 2160 },
	{ "whole minutes, cut off", 61, false, 91 },
	{ "at most 14 days", 20000, false, 20160 },
	{ "at least an hour", 60, true, 60 },
	{ "cut off near the minimum", 61, true, 60 },
};

static void stormcrawler_halves_the_way_and_adds_a_half(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(storm_rows); i++)
		if (stormcrawler_next_minutes(
			    &stormcrawler_default_rules, storm_rows[i].minutes,
			    storm_rows[i].changed) != storm_rows[i].next)
			fail_msg("row %zu: %s", i, storm_rows[i].why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nutch_shrinks_for_a_change_and_grows_without),
		cmocka_unit_test(nutch_waits_at_least_the_time_since_the_change),
		cmocka_unit_test(nutch_stays_between_a_minute_and_a_year),
		cmocka_unit_test(stormcrawler_halves_the_way_and_adds_a_half),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
