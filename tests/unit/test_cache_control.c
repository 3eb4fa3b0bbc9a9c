#include "tests/unit/unit.h"

#include "crawler/cache_control.h"
#include "tests/unit/headers.h"

#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\n"
#define DATE_MS INT64_C(784111777000)

/* RFC 9111 5.2 */
static const struct {
	const char *headers;
	struct cache_control c;
} rows[] = {
	{ "", { .max_age_s = -1, .s_maxage_s = -1 } },
	{ "Cache-Control: max-age=60, S-MaxAge=5\n",
	  { .max_age_s = 60, .s_maxage_s = 5 } },
	{ "Cache-Control: no-cache\nCache-Control: no-store , MUST-REVALIDATE,\n",
	  { true, true, true, .max_age_s = -1, .s_maxage_s = -1 } },
	{ "Cache-Control: private, immutable\n",
	  { .is_private = true, .immutable = true, .max_age_s = -1, .s_maxage_s = -1 } },
	{ "Cache-Control: no-cache=\"set-cookie, max-age=5\", max-age=\"7\"\n",
	  { .no_cache = true, .max_age_s = 7, .s_maxage_s = -1 } },
	{ "Cache-Control: max-age = 9\n", { .max_age_s = 9, .s_maxage_s = -1 } },
	/* the first of two counts; what is no number is stale */
	{ "Cache-Control: max-age=1, max-age=9\nCache-Control: max-age=8\n",
	  { .max_age_s = 1, .s_maxage_s = -1 } },
	{ "Cache-Control: max-age=-1, s-maxage\n", { .max_age_s = 0, .s_maxage_s = 0 } },
	{ "Cache-Control: max-age=1.5, s-maxage=1h\n",
	  { .max_age_s = 0, .s_maxage_s = 0 } },
	{ "Cache-Control: max-age=99999999999999999999, s-maxage=2147483649\n",
	  { .max_age_s = INT64_C(1) << 31, .s_maxage_s = INT64_C(1) << 31 } },
	{ "Cache-Control: xmax-age=1, max-agex=2, \"max-age\"=3, =4, public\n",
	  { .max_age_s = -1, .s_maxage_s = -1 } },
};

static void directives_follow_rfc9111_5_2(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct header_list headers = headers_of(rows[i].headers);
		struct cache_control c = cache_control_from_headers(&headers);
		const struct cache_control *want = &rows[i].c;

		if (c.no_cache != want->no_cache || c.no_store != want->no_store ||
		    c.must_revalidate != want->must_revalidate ||
		    c.is_private != want->is_private || c.immutable != want->immutable ||
		    c.max_age_s != want->max_age_s || c.s_maxage_s != want->s_maxage_s)
			fail_msg("row %zu: %s", i, rows[i].headers);
		header_list_release(&headers);
	}
}

static void stale_directives_follow_rfc5861(void **unused)
{
	struct header_list headers = headers_of(
		"Cache-Control: stale-while-revalidate=30, stale-if-error=3600\n");
	struct cache_control c = cache_control_from_headers(&headers);

	(void)unused;
	assert_int_equal(c.stale_while_revalidate_s, 30);
	assert_int_equal(c.stale_if_error_s, 3600);
	header_list_clear(&headers);
	c = cache_control_from_headers(&headers);
	assert_int_equal(c.stale_while_revalidate_s, -1);
	assert_int_equal(c.stale_if_error_s, -1);
	header_list_release(&headers);
}

/* RFC 9111 4.2.1, 4.2.3, 5.1, 5.3: asked at Date + 1 s, received at Date + 3 s */
static const struct {
	const char *headers;
	int64_t lifetime_s, age_s, fresh_for_s;
} fresh_rows[] = {
	{ DATE, -1, 3, -1 },
	{ "", -1, 2, -1 },
	{ DATE "Cache-Control: max-age=60\n", 60, 3, 57 },
	{ DATE "Cache-Control: max-age=60, s-maxage=10\n", 10, 3, 7 },
	{ DATE "Cache-Control: max-age=2\n", 2, 3, 0 },
	{ DATE "Cache-Control: max-age=60, no-cache\n", 60, 3, 0 },
	{ DATE "Cache-Control: no-store\n", -1, 3, 0 },
	{ DATE "Cache-Control: max-age=60\nAge: 20\n", 60, 22, 38 },
	{ DATE "Cache-Control: max-age=60\nAge: 20, 99\nAge: 50\n", 60, 22, 38 },
	{ DATE "Cache-Control: max-age=60\nAge: -5\n", 60, 3, 57 },
	{ DATE "Cache-Control: max-age=60\nAge:\n", 60, 3, 57 },
	{ DATE "Cache-Control: max-age=60\nAge: 99999999999999999999\n", 60,
	  (INT64_C(1) << 31) + 2, 0 },
	{ DATE "Expires: Sun, 06 Nov 1994 08:50:37 GMT\n", 60, 3, 57 },
	{ DATE "Expires: Sun, 06 Nov 1994 08:50:37 GMT\nCache-Control: max-age=9\n", 9, 3,
	  6 },
	{ DATE "Expires: Sun, 06 Nov 1994 08:48:37 GMT\n", 0, 3, 0 },
	{ DATE "Expires: 0\n", 0, 3, 0 },
	{ DATE "Expires: Thu, 01 Jan 1970 00:00:00 GMT\n", 0, 3, 0 },
	{ "Expires: Sun, 06 Nov 1994 08:50:37 GMT\n", 57, 2, 55 },
	{ "Date: yesterday\nExpires: Sun, 06 Nov 1994 08:50:37 GMT\n", 57, 2, 55 },
	/* a clock ahead of ours makes nobody younger than the trip */
	{ "Date: Sun, 06 Nov 1994 09:49:37 GMT\nCache-Control: max-age=60\n", 60, 2, 58 },
};

static void freshness_follows_rfc9111_4_2(void **unused)
{
	const struct cache_times t = { DATE_MS + 1000, DATE_MS + 3000 };

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(fresh_rows); i++) {
		struct header_list headers = headers_of(fresh_rows[i].headers);
		int64_t lifetime_ms = cache_lifetime_ms(&headers, &t);
		int64_t fresh_ms = cache_fresh_for_ms(&headers, &t);
		int64_t want_lifetime = fresh_rows[i].lifetime_s;
		int64_t want_fresh = fresh_rows[i].fresh_for_s;

		if (lifetime_ms != (want_lifetime < 0 ? -1 : want_lifetime * 1000) ||
		    cache_age_ms(&headers, &t) != fresh_rows[i].age_s * 1000 ||
		    fresh_ms != (want_fresh < 0 ? -1 : want_fresh * 1000))
			fail_msg("row %zu: %s", i, fresh_rows[i].headers);
		header_list_release(&headers);
	}
}

static void a_clock_that_jumped_back_makes_no_negative_age(void **unused)
{
	const struct cache_times t = { DATE_MS, DATE_MS - 5000 };
	struct header_list headers = headers_of(DATE "Cache-Control: max-age=60\n");

	(void)unused;
	assert_int_equal(cache_age_ms(&headers, &t), 0);
	assert_int_equal(cache_fresh_for_ms(&headers, &t), 60000);
	header_list_release(&headers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(directives_follow_rfc9111_5_2),
		cmocka_unit_test(stale_directives_follow_rfc5861),
		cmocka_unit_test(freshness_follows_rfc9111_4_2),
		cmocka_unit_test(a_clock_that_jumped_back_makes_no_negative_age),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
