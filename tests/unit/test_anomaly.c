#include "tests/unit/unit.h"

#include "store/host.h"

#define URL_A "http://a.test/x?y=1"
#define URL_B "http://a.test/b"

static struct anomaly_entry entry_of(const struct buf *log, enum anomaly kind)
{
	struct span rest = buf_span(log);
	struct anomaly_entry entry;

	while (anomaly_next(&rest, &entry))
		if (entry.kind == kind)
			return entry;
	return (struct anomaly_entry){ .kind = N_ANOMALIES };
}

static void note(struct buf *log, uint32_t kinds, const char *url, int64_t at_ms)
{
	assert_int_equal(anomaly_note(log, kinds, span_of(url), at_ms), ERR_OK);
}

static void each_kind_is_counted_with_its_last_example(void **unused)
{
	struct buf log = BUF_INIT;
	struct anomaly_entry e;

	(void)unused;
	note(&log, 1u << ANOMALY_CLOCK_SKEW, URL_A, 1000);
	note(&log, 1u << ANOMALY_CLOCK_SKEW | 1u << ANOMALY_UNSOLICITED_304, URL_B, 2000);
	e = entry_of(&log, ANOMALY_CLOCK_SKEW);
	assert_int_equal(e.count, 2);
	assert_int_equal(e.at_ms, 2000);
	assert_true(span_equal(e.example, span_of(URL_B)));
	assert_int_equal(entry_of(&log, ANOMALY_UNSOLICITED_304).count, 1);
	assert_int_equal(entry_of(&log, ANOMALY_TAG_CHURN).kind, N_ANOMALIES);
	note(&log, 0, URL_A, 3000);
	assert_int_equal(entry_of(&log, ANOMALY_CLOCK_SKEW).count, 2);
	buf_release(&log);
}

static void a_long_url_is_no_example_and_the_log_stays_small(void **unused)
{
	static char url[URL_MAX];
	struct buf log = BUF_INIT;

	(void)unused;
	memset(url, 'u', ANOMALY_EXAMPLE_MAX);
	note(&log, (1u << N_ANOMALIES) - 1, url, INT64_MAX);
	assert_int_equal(entry_of(&log, ANOMALY_FALSE_304).example.len,
			 ANOMALY_EXAMPLE_MAX);
	assert_true(log.len <= ANOMALY_LOG_MAX);
	url[ANOMALY_EXAMPLE_MAX] = 'u';
	note(&log, (1u << N_ANOMALIES) - 1, url, INT64_MAX);
	assert_int_equal(entry_of(&log, ANOMALY_FALSE_304).count, 2);
	assert_int_equal(entry_of(&log, ANOMALY_FALSE_304).example.len,
			 ANOMALY_EXAMPLE_MAX);
	buf_release(&log);
}

static void damage_and_the_future_are_passed_over(void **unused)
{
	struct buf log = BUF_INIT;
	struct span rest;
	struct anomaly_entry e;

	(void)unused;
	assert_int_equal(buf_set(&log, SPAN("\n99 1 2 http://x/\nrubbish\n-1 1 1 y\n2 x\n"
					    "2 7 8 " URL_A)),
			 ERR_OK);
	rest = buf_span(&log);
	assert_true(anomaly_next(&rest, &e));
	assert_int_equal(e.kind, ANOMALY_FALSE_304);
	assert_int_equal(e.count, 7);
	assert_false(anomaly_next(&rest, &e));
	buf_release(&log);
}

static void every_kind_has_a_name_of_its_own(void **unused)
{
	(void)unused;
	for (int a = 0; a < N_ANOMALIES; a++) {
		assert_non_null(anomaly_text((enum anomaly)a));
		for (int b = 0; b < a; b++)
			assert_string_not_equal(anomaly_code((enum anomaly)a),
						anomaly_code((enum anomaly)b));
	}
	assert_string_equal(anomaly_code(N_ANOMALIES), "unknown");
}

static void a_host_keeps_its_profile_and_anomalies_and_so_does_a_copy(void **unused)
{
	struct buf bytes = BUF_INIT, again = BUF_INIT;
	struct host host, read, copy;

	(void)unused;
	host_init(&host);
	host_init(&read);
	host_init(&copy);
	assert_int_equal(buf_set(&host.name, SPAN("http://a.test")), ERR_OK);
	assert_int_equal(buf_set(&host.address, SPAN("192.0.2.1 80")), ERR_OK);
	host.profile = (struct validator_profile){
		.n_true_304 = { 0, 1, 2, 3, 4 },
		.n_useless_200 = { 0, 5, 6, 7, 8 },
		.n_conditional = 9,
		.n_audits = 10,
		.n_distrusted = 11,
		.n_probes = 12,
		.good = { 0, 13, 14, 15, 16 },
		.useless = { 0, 17, 18, 19, 20 },
		.n_owed = 21,
		.n_strikes = 2,
		.audit_boost = 3.5f,
		.hidden_bits = 4.5f,
		.probe_in = 22,
		.probe_wait = 23,
	};
	note(&host.anomalies, 1u << ANOMALY_BODY_ON_304, URL_A, 5);
	assert_int_equal(host_encode(&host, &bytes), ERR_OK);
	assert_int_equal(host_decode(buf_span(&bytes), &read), ERR_OK);
	assert_int_equal(host_encode(&read, &again), ERR_OK);
	assert_true(span_equal(buf_span(&bytes), buf_span(&again)));
	assert_int_equal(read.profile.useless[N_CONDITION_MODES - 1], 20);
	assert_int_equal(read.profile.n_owed, 21);
	assert_true(read.profile.hidden_bits == 4.5f);
	assert_int_equal(entry_of(&read.anomalies, ANOMALY_BODY_ON_304).count, 1);
	assert_int_equal(host_copy(&copy, &read), ERR_OK);
	host_release(&read);
	assert_int_equal(entry_of(&copy.anomalies, ANOMALY_BODY_ON_304).at_ms, 5);
	assert_string_equal(buf_text(&copy.name), "http://a.test");
	assert_string_equal(buf_text(&copy.address), "192.0.2.1 80");
	host_release(&copy);
	host_release(&host);
	buf_release(&bytes);
	buf_release(&again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_counted_with_its_last_example),
		cmocka_unit_test(a_long_url_is_no_example_and_the_log_stays_small),
		cmocka_unit_test(damage_and_the_future_are_passed_over),
		cmocka_unit_test(every_kind_has_a_name_of_its_own),
		cmocka_unit_test(
			a_host_keeps_its_profile_and_anomalies_and_so_does_a_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
