/* test_live.c - what the loop tells those who watch it. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/base/clock.h"
#include "tools/live.h"

#define T0 (INT64_C(1790000000) * 1000)

static void visit_at(struct live *live, int64_t at_ms, const char *url)
{
	struct visit visit = { .at_ms = at_ms,
			       .verdict = VERDICT_CHANGED,
			       .wire_bytes = 10 };

	live_visited(live, span_of(url), &visit);
}

static struct live_copy *read_live(struct live *live)
{
	struct live_copy *copy = malloc(sizeof(*copy));

	assert_non_null(copy);
	live_read(live, copy);
	return copy;
}

static void the_last_visits_come_newest_first(void **unused)
{
	struct live *live = NULL;
	struct live_copy *copy;
	char url[32];

	(void)unused;
	assert_int_equal(live_new(&live), ERR_OK);
	copy = read_live(live);
	assert_int_equal(copy->n_visits, 0);
	free(copy);
	for (int i = 0; i < 3 * LIVE_VISITS / 2; i++) {
		snprintf(url, sizeof(url), "http://a/%d", i);
		visit_at(live, T0 + i, url);
	}
	copy = read_live(live);
	assert_int_equal(copy->n_visits, LIVE_VISITS);
	for (size_t i = 0; i < copy->n_visits; i++)
		assert_int_equal(copy->visits[i].at_ms,
				 T0 + 3 * LIVE_VISITS / 2 - 1 - (int64_t)i);
	free(copy);
	live_free(live);
}

static void a_long_url_is_cut(void **unused)
{
	struct live *live = NULL;
	struct live_copy *copy;
	char url[2 * LIVE_URL_MAX];

	(void)unused;
	memset(url, 'a', sizeof(url));
	url[sizeof(url) - 1] = '\0';
	assert_int_equal(live_new(&live), ERR_OK);
	visit_at(live, T0, url);
	copy = read_live(live);
	assert_int_equal(copy->visits[0].url_len, LIVE_URL_MAX);
	free(copy);
	live_free(live);
}

static const struct live_minute *minute_of(const struct live_copy *copy, int64_t at_ms)
{
	for (size_t i = 0; i < LIVE_MINUTES; i++)
		if (copy->minutes[i].at_ms == at_ms - at_ms % MS_PER_MINUTE)
			return &copy->minutes[i];
	return NULL;
}

static void verdicts_are_counted_by_the_minute(void **unused)
{
	struct live *live = NULL;
	struct live_copy *copy;

	(void)unused;
	assert_int_equal(live_new(&live), ERR_OK);
	visit_at(live, T0, "http://a/");
	visit_at(live, T0 + 1, "http://a/");
	visit_at(live, T0 + MS_PER_MINUTE, "http://a/");
	copy = read_live(live);
	assert_int_equal(minute_of(copy, T0)->by_verdict[VERDICT_CHANGED], 2);
	assert_int_equal(minute_of(copy, T0)->wire_bytes, 20);
	assert_int_equal(minute_of(copy, T0 + MS_PER_MINUTE)->by_verdict[VERDICT_CHANGED],
			 1);
	free(copy);
	visit_at(live, T0 + MS_PER_HOUR, "http://a/"); /* takes the place of the first */
	copy = read_live(live);
	assert_null(minute_of(copy, T0));
	assert_int_equal(minute_of(copy, T0 + MS_PER_HOUR)->by_verdict[VERDICT_CHANGED],
			 1);
	free(copy);
	live_free(live);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_visits_come_newest_first),
		cmocka_unit_test(a_long_url_is_cut),
		cmocka_unit_test(verdicts_are_counted_by_the_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
