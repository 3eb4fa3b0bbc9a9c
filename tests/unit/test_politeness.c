/* test_politeness.c - when a host may be asked again (REQ 51-56, 92). */
#include "tests/unit/unit.h"

#include "scheduler/plan.h"
#include "scheduler/politeness.h"
#include "store/base/clock.h"

#define T0 INT64_C(1790000000000)

static const struct politeness_config config = {
	.host_delay_ms = MS_PER_SECOND,
	.max_crawl_delay_ms = MS_PER_MINUTE,
	.retry_min_ms = MS_PER_MINUTE,
	.retry_max_ms = MS_PER_DAY,
};

static const struct {
	const char *why;
	int64_t ours_ms, crawl_delay_ms, delay_ms;
} delay_rows[] = {
	{ "ours without a Crawl-delay", 1000, 0, 1000 },
	{ "a Crawl-delay raises it", 1000, 7000, 7000 },
	{ "... and never lowers it", 5000, 2000, 5000 },
	{ "... up to a limit", 1000, 3600000, 60000 },
	{ "... which is none of ours", 90000, 3600000, 90000 },
};

static void a_crawl_delay_raises_the_delay_within_limits_REQ51(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(delay_rows); i++) {
		struct politeness_config own = config;
		struct host host;

		host_init(&host);
		own.host_delay_ms = delay_rows[i].ours_ms;
		host.crawl_delay_ms = delay_rows[i].crawl_delay_ms;
		if (politeness_delay_ms(&own, &host) != delay_rows[i].delay_ms)
			fail_msg("%s", delay_rows[i].why);
	}
}

static void the_delay_runs_from_start_to_start_REQ53(void **unused)
{
	struct host host;

	(void)unused;
	host_init(&host);
	assert_true(politeness_ready_at_ms(&host, false) <= T0);
	politeness_started(&config, &host, T0);
	assert_true(politeness_ready_at_ms(&host, false) == T0 + MS_PER_SECOND);
	/* A slow answer does not add to it. */
	politeness_answered(&config, &host, HEALTH_GOOD, 0, T0 + 900);
	assert_true(politeness_ready_at_ms(&host, false) == T0 + MS_PER_SECOND);
	assert_true(host.dirty); /* it holds over a restart: REQ 54 */
}

static void a_paused_host_is_never_asked(void **unused)
{
	struct host host;

	(void)unused;
	host_init(&host);
	host.paused = true;
	assert_true(politeness_ready_at_ms(&host, false) == POLITENESS_NEVER);
	assert_true(politeness_ready_at_ms(&host, true) == POLITENESS_NEVER);
}

static const struct {
	enum host_health health;
	int n_harmless; /* failures in a row before the first back-off */
} patience_rows[] = {
	{ HEALTH_BEGS, 0 },
	{ HEALTH_HARD, 2 },
	{ HEALTH_SOFT, 4 },
	{ HEALTH_DENIED, 19 },
};

/* How long the host is left alone after one more failure. */
static int64_t fail_once(struct host *host, enum host_health health)
{
	politeness_answered(&config, host, health, 0, T0);
	return host->backoff_until_ms ? host->backoff_until_ms - T0 : 0;
}

static void backoff_doubles_from_a_minute_to_a_day_REQ56(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(patience_rows); i++)
		for (uint64_t host_id = 0; host_id < 50; host_id++) {
			int64_t wait_ms = MS_PER_MINUTE;
			struct host host;

			host_init(&host);
			host.key.host_id = host_id * UINT64_C(0x123456789abcdef);
			for (int n = 0; n < patience_rows[i].n_harmless; n++)
				assert_true(fail_once(&host, patience_rows[i].health) ==
					    0);
			for (int n = 0; n < 40; n++) {
				int64_t ms = fail_once(&host, patience_rows[i].health);

				assert_true(ms >= wait_ms - wait_ms / 10);
				assert_true(ms <= wait_ms + wait_ms / 10);
				wait_ms = wait_ms < MS_PER_DAY / 2 ? 2 * wait_ms
								   : MS_PER_DAY;
			}
		}
}

static void hosts_that_fail_together_do_not_come_back_together_REQ56(void **unused)
{
	int64_t least_ms = INT64_MAX, most_ms = 0;

	(void)unused;
	for (uint64_t host_id = 0; host_id < 100; host_id++) {
		int64_t ms = backoff_ms(1, MS_PER_HOUR, MS_PER_DAY,
					hash64(span_from(&host_id, sizeof(host_id))));

		least_ms = ms < least_ms ? ms : least_ms;
		most_ms = ms > most_ms ? ms : most_ms;
	}
	assert_true(most_ms - least_ms > MS_PER_HOUR / 10);
}

static void backoff_has_no_limit_it_could_overflow(void **unused)
{
	(void)unused;
	assert_true(backoff_ms(0, MS_PER_MINUTE, MS_PER_DAY, 7) == 0);
	assert_true(backoff_ms(UINT32_MAX, MS_PER_MINUTE, MS_PER_DAY, 7) <=
		    MS_PER_DAY + MS_PER_DAY / 10);
	assert_true(backoff_ms(UINT32_MAX, 1, INT64_MAX / 2, 7) > 0);
	assert_true(backoff_ms(3, 0, 0, 7) == 0);
}

static void a_good_answer_ends_a_backoff(void **unused)
{
	struct host host;

	(void)unused;
	host_init(&host);
	assert_true(fail_once(&host, HEALTH_BEGS) > 0);
	politeness_answered(&config, &host, HEALTH_GOOD, 0, T0 + 5);
	assert_int_equal(host.n_failures_in_a_row, 0);
	assert_true(politeness_ready_at_ms(&host, false) <= T0 + 5);
	assert_true(host.last_success_at_ms == T0 + 5 && host.last_failure_at_ms == T0);
}

static void retry_after_is_obeyed_to_the_end_REQ55(void **unused)
{
	struct host host;

	(void)unused;
	host_init(&host);
	politeness_answered(&config, &host, HEALTH_BEGS, 2 * MS_PER_HOUR, T0);
	assert_true(politeness_ready_at_ms(&host, false) == T0 + 2 * MS_PER_HOUR);
	assert_true(politeness_ready_at_ms(&host, true) == T0 + 2 * MS_PER_HOUR);
	/* What was under way when it came changes nothing. */
	politeness_answered(&config, &host, HEALTH_GOOD, 0, T0 + 10);
	politeness_answered(&config, &host, HEALTH_HARD, 0, T0 + 20);
	politeness_answered(&config, &host, HEALTH_BEGS, MS_PER_MINUTE, T0 + 30);
	assert_true(politeness_ready_at_ms(&host, false) == T0 + 2 * MS_PER_HOUR);
	/* A later one may be longer. */
	politeness_answered(&config, &host, HEALTH_BEGS, 3 * MS_PER_HOUR, T0 + 40);
	assert_true(politeness_ready_at_ms(&host, false) == T0 + 40 + 3 * MS_PER_HOUR);
	/* Over, it counts no more. */
	politeness_answered(&config, &host, HEALTH_GOOD, 0, T0 + 4 * MS_PER_HOUR);
	assert_true(politeness_ready_at_ms(&host, false) <= T0 + 4 * MS_PER_HOUR);
	assert_false(host.backoff_is_retry_after);
}

static void retry_after_shortens_our_own_backoff(void **unused)
{
	struct host host;

	(void)unused;
	host_init(&host);
	for (int n = 0; n < 10; n++)
		(void)fail_once(&host, HEALTH_HARD);
	assert_true(host.backoff_until_ms > T0 + MS_PER_HOUR);
	politeness_answered(&config, &host, HEALTH_HARD, MS_PER_MINUTE, T0);
	assert_true(politeness_ready_at_ms(&host, false) == T0 + MS_PER_MINUTE);
}

static void force_passes_over_our_backoff_but_not_the_delay_REQ55(void **unused)
{
	struct host host;

	(void)unused;
	host_init(&host);
	politeness_started(&config, &host, T0);
	assert_true(fail_once(&host, HEALTH_BEGS) > 0);
	assert_true(politeness_ready_at_ms(&host, false) > T0 + MS_PER_SECOND);
	assert_true(politeness_ready_at_ms(&host, true) == T0 + MS_PER_SECOND);
}

/* REQ 53, as the origin sees it. */
static void the_delay_counts_from_when_the_origin_had_the_request(void **unused)
{
	static const struct {
		int64_t sent_ms, heard_ms, next_ms; /* since T0, where it was started */
	} rows[] = {
		{ 0, 0, 1000 },
		{ 700, 700, 1700 },   /* the connection took its time */
		{ 700, 730, 1730 },   /* it may have had it as late as it answered */
		{ 700, 9000, 1800 },  /* a slow answer is no late request */
		{ 8000, 8030, 9030 }, /* past the delay */
	};
	struct host host;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct politeness_sending sending = { T0 + rows[i].sent_ms,
						      T0 + rows[i].heard_ms };

		host_init(&host);
		politeness_started(&config, &host, T0);
		politeness_sent(&host, &sending);
		if (politeness_ready_at_ms(&host, true) != T0 + rows[i].next_ms)
			fail_msg("row %zu: %lld", i,
				 (long long)host.next_request_at_ms - T0);
		politeness_started(&config, &host, T0 + 20000);
		politeness_sent(&host, &sending); /* of another one, started before */
		assert_true(politeness_ready_at_ms(&host, true) == T0 + 21000);
	}
}

static void without_a_delay_nothing_waits_for_a_sending(void **unused)
{
	struct politeness_config none = { 0 };
	struct politeness_sending sending = { T0 + 5, T0 + 7 };
	struct host host;

	(void)unused;
	host_init(&host);
	politeness_started(&none, &host, T0);
	politeness_sent(&host, &sending);
	assert_true(politeness_ready_at_ms(&host, false) == T0);
}

static void a_new_delay_counts_from_the_last_request_REQ51_54(void **unused)
{
	struct politeness_config other = config;
	struct host host;

	(void)unused;
	host_init(&host);
	politeness_delay_changed(&config, &host);
	assert_true(politeness_ready_at_ms(&host, false) <= 0); /* never asked yet */
	politeness_started(&config, &host, T0);
	host.crawl_delay_ms = 5 * MS_PER_SECOND; /* told by the robots.txt just read */
	politeness_delay_changed(&config, &host);
	politeness_delay_changed(&config, &host); /* once, not anew each time */
	assert_true(politeness_ready_at_ms(&host, false) == T0 + 5 * MS_PER_SECOND);
	host.crawl_delay_ms = 0;
	other.host_delay_ms = 10;
	politeness_delay_changed(&other, &host);
	assert_true(politeness_ready_at_ms(&host, false) == T0 + 10);
}

static void a_clock_set_back_makes_no_delay_longer_REQ92(void **unused)
{
	int64_t now_ms = T0 - MS_PER_DAY;
	struct host host;

	(void)unused;
	host_init(&host);
	politeness_started(&config, &host, T0);
	politeness_go_by(&host, T0 + 1);
	assert_true(politeness_ready_at_ms(&host, false) == T0 + MS_PER_SECOND);
	politeness_go_by(&host, now_ms);
	assert_true(politeness_ready_at_ms(&host, false) == now_ms + MS_PER_SECOND);
	politeness_go_by(&host, now_ms + 400); /* once, not anew each time */
	assert_true(politeness_ready_at_ms(&host, false) == now_ms + MS_PER_SECOND);
	host_init(
		&host); /* without a delay, or an older build noted none: its own is added */
	host.next_request_at_ms = T0;
	politeness_go_by(&host, now_ms);
	assert_true(politeness_ready_at_ms(&host, false) == now_ms);
	politeness_delay_changed(&config, &host);
	assert_true(politeness_ready_at_ms(&host, false) == now_ms + MS_PER_SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crawl_delay_raises_the_delay_within_limits_REQ51),
		cmocka_unit_test(the_delay_runs_from_start_to_start_REQ53),
		cmocka_unit_test(the_delay_counts_from_when_the_origin_had_the_request),
		cmocka_unit_test(without_a_delay_nothing_waits_for_a_sending),
		cmocka_unit_test(a_paused_host_is_never_asked),
		cmocka_unit_test(backoff_doubles_from_a_minute_to_a_day_REQ56),
		cmocka_unit_test(
			hosts_that_fail_together_do_not_come_back_together_REQ56),
		cmocka_unit_test(backoff_has_no_limit_it_could_overflow),
		cmocka_unit_test(a_good_answer_ends_a_backoff),
		cmocka_unit_test(retry_after_is_obeyed_to_the_end_REQ55),
		cmocka_unit_test(retry_after_shortens_our_own_backoff),
		cmocka_unit_test(force_passes_over_our_backoff_but_not_the_delay_REQ55),
		cmocka_unit_test(a_new_delay_counts_from_the_last_request_REQ51_54),
		cmocka_unit_test(a_clock_set_back_makes_no_delay_longer_REQ92),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
