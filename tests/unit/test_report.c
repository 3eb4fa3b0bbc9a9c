#include "tests/unit/unit.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "store/base/clock.h"
#include "tests/filled_store.h"
#include "tools/render.h"
#include "tools/tables.h"
#include "tools/report_check.h"

#define NOW (INT64_C(1790000000) * 1000)

/* Two hosts, six pages, eight visits. */
static void fill(struct filled_store *f)
{
	const struct filled_visit visits[] = {
		{ .url = "http://a.test/1",
		  .at_ms = NOW - 5 * MS_PER_DAY,
		  .verdict = VERDICT_NEW,
		  .evidence = EVIDENCE_BODY,
		  .http_status = 200,
		  .etag = "\"1\"",
		  .body = "one",
		  .wire_bytes = 100 },
		{ .url = "http://a.test/1",
		  .at_ms = NOW - MS_PER_DAY,
		  .verdict = VERDICT_UNCHANGED,
		  .evidence = EVIDENCE_304_STRONG,
		  .http_status = 304,
		  .wire_bytes = 10,
		  .bytes_saved = 3,
		  .next_at_ms = NOW + MS_PER_DAY },
		{ .url = "http://a.test/2",
		  .at_ms = NOW - 4 * MS_PER_DAY,
		  .verdict = VERDICT_NEW,
		  .evidence = EVIDENCE_BODY,
		  .http_status = 200,
		  .etag = "W/\"2\"",
		  .body = "two",
		  .wire_bytes = 100,
		  .next_at_ms = NOW - 2 * MS_PER_HOUR },
		{ .url = "http://a.test/3",
		  .at_ms = NOW - 3 * MS_PER_DAY,
		  .verdict = VERDICT_NEW,
		  .evidence = EVIDENCE_BODY,
		  .http_status = 200,
		  .body = "three",
		  .wire_bytes = 100 },
		{ .url = "http://a.test/3",
		  .at_ms = NOW - 2 * MS_PER_DAY,
		  .verdict = VERDICT_GONE,
		  .evidence = EVIDENCE_STATUS,
		  .http_status = 410,
		  .wire_bytes = 20,
		  .next_at_ms = NOW + MS_PER_DAY },
		{ .url = "http://b.test:81/",
		  .at_ms = NOW - 40 * MS_PER_DAY,
		  .verdict = VERDICT_NEW,
		  .evidence = EVIDENCE_BODY,
		  .http_status = 200,
		  .last_modified = "Sun, 01 Nov 2026 10:00:00 GMT",
		  .body = "four",
		  .wire_bytes = 100,
		  .next_at_ms = NOW + MS_PER_DAY },
		{ .url = "http://b.test:81/e",
		  .at_ms = NOW - MS_PER_DAY,
		  .verdict = VERDICT_ERROR,
		  .http_status = 503,
		  .wire_bytes = 30,
		  .next_at_ms = NOW + MS_PER_DAY },
	};

	for (size_t i = 0; i < ARRAY_SIZE(visits); i++)
		filled_store_visit(f, &visits[i]);
	filled_store_seed(f, "http://b.test:81/new", "docs", 2, NOW - MS_PER_DAY);
}

struct fixture {
	struct filled_store store;
	struct settings settings;
	struct report report;
};

static void make_compared(struct fixture *x, const struct filter *filter,
			  int64_t window_ms, int64_t compare_ms)
{
	struct report_query query = { .settings = &x->settings,
				      .filter = filter,
				      .now_ms = NOW,
				      .window_ms = window_ms,
				      .compare_ms = compare_ms };

	assert_int_equal(report_make(x->store.store, &query, &x->report), ERR_OK);
}

static void make(struct fixture *x, const struct filter *filter, int64_t window_ms)
{
	make_compared(x, filter, window_ms, 0);
}

static void start(struct fixture *x)
{
	filled_store_make(&x->store);
	fill(&x->store);
	filled_store_read(&x->store);
	assert_int_equal(settings_default(&x->settings), ERR_OK);
}

static void end(struct fixture *x)
{
	report_release(&x->report);
	settings_release(&x->settings);
	filled_store_remove(&x->store);
}

static const struct filter everything;
static const struct text_style plain;

static void pages_are_counted_by_state(void **unused)
{
	struct fixture x;

	(void)unused;
	start(&x);
	make(&x, &everything, 30 * MS_PER_DAY);
	assert_int_equal(x.report.pages.n_total, 6);
	assert_int_equal(x.report.pages.n[STATE_STALE], 3); /* nothing acknowledged */
	assert_int_equal(x.report.pages.n[STATE_GONE], 1);
	assert_int_equal(x.report.pages.n[STATE_FAILING], 1);
	assert_int_equal(x.report.pages.n[STATE_UNFETCHED], 1);
	for (int s = 0; s < N_STATES; s++)
		assert_int_equal(x.report.pages.n[s], x.report.totals.n[s]);
	assert_int_equal(x.report.pages.validators[VALIDATOR_KIND_STRONG], 1);
	assert_int_equal(x.report.pages.validators[VALIDATOR_KIND_WEAK], 1);
	assert_int_equal(x.report.pages.validators[VALIDATOR_KIND_DATE], 1);
	assert_int_equal(x.report.pages.statuses[503], 1);
	assert_int_equal(x.report.pages.n_overdue, 2);
	assert_int_equal(x.report.pages.overdue_max_ms, MS_PER_DAY);
	end(&x);
}

/* Three pages hold content, last proved 1, 4 and 40 days ago; without evidence of their
 * own p(s) = (1 + s/50)^-0.5. */
static void freshness_is_the_mean_chance_that_we_are_right(void **unused)
{
	struct fixture x;
	double low, high,
		want = (pow(1 + 1.0 / 50, -0.5) + pow(1 + 4.0 / 50, -0.5) +
			pow(1 + 40.0 / 50, -0.5)) /
		       3;

	(void)unused;
	start(&x);
	make(&x, &everything, 30 * MS_PER_DAY);
	assert_float_equal(report_freshness(&x.report.pages), want, 1e-6);
	assert_float_equal(report_freshness_weighted(&x.report.pages), want, 1e-6);
	assert_float_equal(report_freshness_of_index(&x.report.pages), 0, 0);
	report_freshness_interval(&x.report.pages, &low, &high);
	assert_true(low >= 0 && low < want && want < high && high <= 1);
	assert_in_range((int)report_age_s(&x.report.pages, 0.5), 4 * 86400 * 95 / 100,
			4 * 86400 * 105 / 100);
	end(&x);
}

static void a_window_counts_what_lies_in_it(void **unused)
{
	struct fixture x;

	(void)unused;
	start(&x);
	make(&x, &everything, 30 * MS_PER_DAY);
	assert_int_equal(counters_visits(&x.report.window), 6);
	assert_int_equal(counters_visits(&x.report.previous.counters), 1);
	assert_int_equal(counters_visits(&x.report.totals), 7);
	assert_int_equal(counters_bytes(&x.report.window), 360);
	assert_int_equal(x.report.window.n[COUNT_BYTES_SAVED], 3);
	assert_int_equal(x.report.n_series, 6); /* today and five days back */
	assert_int_equal(x.report.series_step_ms, MS_PER_DAY);
	end(&x);
}

static void a_short_window_is_shown_by_the_hour(void **unused)
{
	struct fixture x;
	int64_t n = 0;

	(void)unused;
	start(&x);
	make(&x, &everything, 36 * MS_PER_HOUR);
	assert_int_equal(x.report.series_step_ms, MS_PER_HOUR);
	for (size_t i = 0; i < x.report.n_series; i++)
		n += counters_visits(&x.report.series[i].counters);
	assert_int_equal(n, 2);
	end(&x);
}

/* The day that ended 39 days ago had one visit, by the counters as
 * by the histories. */
static void a_window_is_compared_with_one_of_long_ago(void **unused)
{
	struct filter filter = { .by_state = false };
	const struct report_previous *p;
	struct host_filter host;
	struct fixture x;

	(void)unused;
	start(&x);
	make_compared(&x, &everything, MS_PER_DAY, 39 * MS_PER_DAY);
	p = &x.report.previous;
	assert_int_equal(p->until_ms, NOW - 39 * MS_PER_DAY);
	assert_int_equal(p->until_ms - p->since_ms, MS_PER_DAY);
	assert_int_equal(counters_visits(&p->counters), 1);
	assert_int_equal(counters_n_pages(&p->counters), 5); /* as the last hour knew */
	report_release(&x.report);
	assert_int_equal(host_filter_init(&host, SPAN("b.test"), NULL), ERR_OK);
	filter.host = &host;
	make_compared(&x, &filter, MS_PER_DAY, 39 * MS_PER_DAY);
	assert_int_equal(counters_visits(&x.report.previous.counters), 1);
	host_filter_release(&host);
	end(&x);
}

static bool is_told(const struct report *report, const char *code)
{
	for (size_t i = 0; i < report->attention.n; i++) {
		const struct report_attention *a = best_item(&report->attention, i);

		if (strcmp(a->code, code) == 0)
			return true;
	}
	return false;
}

/* Three minutes lost is nothing in a day's work, and much in an hour's. */
static void a_store_that_stalls_is_told(void **unused)
{
	for (int hours = 1; hours <= 24; hours += 23) {
		struct fixture x;

		(void)unused;
		filled_store_make(&x.store);
		fill(&x.store);
		store_count(x.store.store, COUNT_STALLED_MS, 200000, NOW - 1);
		for (int i = 1; i <= hours; i++)
			store_count(x.store.store, COUNT_REQUESTS, 1,
				    NOW - i * MS_PER_HOUR);
		assert_int_equal(store_commit(x.store.store), ERR_OK);
		filled_store_read(&x.store);
		assert_int_equal(settings_default(&x.settings), ERR_OK);
		make(&x, &everything, MS_PER_DAY);
		assert_int_equal(is_told(&x.report, "store-stalls"), hours == 1);
		end(&x);
	}
}

static void html_holds_the_json_and_little_else(void **unused)
{
	struct buf out = BUF_INIT;
	struct fixture x;

	(void)unused;
	start(&x);
	make(&x, &everything, 30 * MS_PER_DAY);
	assert_int_equal(render_html_report(&out, &x.report), ERR_OK);
	assert_non_null(
		strstr(buf_text(&out), "id=\"data\">{\"schema\":\"freshet.report/1\""));
	assert_in_range(out.len, 50000, 200000);
	buf_release(&out);
	end(&x);
}

/* By host, from the histories: the same numbers that the counters would give. */
static void a_filter_reports_its_own_pages_only(void **unused)
{
	struct filter filter = { .by_state = false };
	struct host_filter host;
	struct fixture x;

	(void)unused;
	start(&x);
	assert_int_equal(host_filter_init(&host, SPAN("A.test"), NULL), ERR_OK);
	filter.host = &host;
	make(&x, &filter, 30 * MS_PER_DAY);
	assert_int_equal(x.report.pages.n_total, 3);
	assert_int_equal(counters_visits(&x.report.window), 5);
	assert_int_equal(counters_bytes(&x.report.window), 330);
	assert_int_equal(x.report.window.n[COUNT_EVIDENCE_304_STRONG], 1);
	assert_int_equal(x.report.hosts.n, 1);
	report_release(&x.report);
	filter = (struct filter){ .tag = SPAN("docs") };
	make(&x, &filter, 30 * MS_PER_DAY);
	assert_int_equal(x.report.pages.n_total, 1);
	host_filter_release(&host);
	end(&x);
}

static void hosts_come_with_the_largest_first(void **unused)
{
	const struct report_host *h;
	struct fixture x;

	(void)unused;
	start(&x);
	make(&x, &everything, 30 * MS_PER_DAY);
	assert_int_equal(x.report.hosts.n, 2);
	h = best_item(&x.report.hosts, 0);
	assert_true(h->n_total == 3);
	assert_ptr_equal(h->view.host, &h->host);
	assert_int_equal(h->view.delay_ms, MS_PER_SECOND);
	assert_float_equal(h->view.one_pass_s, 3, 1e-9);
	end(&x);
}

static void json_has_every_promised_key(void **unused)
{
	static const char *const keys[] = {
		"schema", "pages",       "verdicts",   "freshness", "staleness",
		"rates",  "calibration", "validators", "hosts",     "status_codes",
		"budget", "attention",   "series",     "totals",    "window",
	};
	struct buf out = BUF_INIT;
	json_t *root, *unchanged;
	struct fixture x;

	(void)unused;
	start(&x);
	make(&x, &everything, 30 * MS_PER_DAY);
	assert_int_equal(render_json_report(&out, &x.report), ERR_OK);
	root = json_loadb(out.data, out.len, 0, NULL);
	assert_non_null(root);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!json_object_get(root, keys[i]))
			fail_msg("no key '%s'", keys[i]);
	unchanged = json_object_get(json_object_get(root, "verdicts"), "unchanged");
	assert_int_equal(json_integer_value(json_object_get(unchanged, "count")), 1);
	assert_int_equal(json_integer_value(json_object_get(unchanged, "bytes")), 10);
	assert_int_equal(json_integer_value(json_object_get(unchanged, "bytes_saved")),
			 3);
	assert_int_equal(json_array_size(json_object_get(root, "staleness")),
			 N_FRESH_BUCKETS);
	json_decref(root);
	buf_release(&out);
	end(&x);
}

/* What a terminal and a browser call "304" is one number. */
static void json_tells_a_hosts_304s_per_answer_as_text_does(void **unused)
{
	struct buf out = BUF_INIT, text = BUF_INIT;
	struct report_host *h;
	json_t *root, *host;
	struct fixture x;

	(void)unused;
	start(&x);
	make(&x, &everything, 30 * MS_PER_DAY);
	h = best_item(&x.report.hosts, 0);
	h->host.n_requests = 20; /* errors and redirects among them */
	h->host.n_ok = 6;
	h->host.n_not_modified = 2;
	host_view_make(&h->view, &h->host, &x.settings);
	assert_int_equal(render_json_report(&out, &x.report), ERR_OK);
	assert_int_equal(render_text_report(&text, &x.report, &plain), ERR_OK);
	root = json_loadb(out.data, out.len, 0, NULL);
	host = json_array_get(json_object_get(root, "hosts"), 0);
	assert_float_equal(json_number_value(json_object_get(host, "not_modified_rate")),
			   0.25, 1e-9);
	assert_non_null(strstr(buf_text(&text), "  25.0%\n"));
	json_decref(root);
	buf_release(&text);
	buf_release(&out);
	end(&x);
}

static void text_fits_a_terminal(void **unused)
{
	struct buf out = BUF_INIT;
	struct fixture x;
	struct span rest;
	size_t n = 0;

	(void)unused;
	start(&x);
	make(&x, &everything, 30 * MS_PER_DAY);
	assert_int_equal(render_text_report(&out, &x.report, &plain), ERR_OK);
	for (rest = buf_span(&out); rest.len; n++)
		assert_true(span_cut(&rest, '\n').len <= 80);
	assert_true(n > 20 && n <= REPORT_LINES_MAX);
	buf_release(&out);
	end(&x);
}

/* Without its colours it is the same as with ASCII, but for the bars. */
static void colors_and_blocks_take_no_room(void **unused)
{
	static const struct text_style rich = { .utf8 = true, .color = true };
	struct buf out = BUF_INIT, ascii = BUF_INIT;
	struct fixture x;
	struct span rest, plain_rest;

	(void)unused;
	start(&x);
	make(&x, &everything, 30 * MS_PER_DAY);
	assert_int_equal(render_text_report(&out, &x.report, &rich), ERR_OK);
	assert_int_equal(render_text_report(&ascii, &x.report, &plain), ERR_OK);
	assert_non_null(strstr(buf_text(&out), TEXT_BOLD "Verdicts"));
	assert_non_null(strstr(buf_text(&out), TEXT_YELLOW "! "));
	assert_null(strchr(buf_text(&ascii), '\033'));
	for (rest = buf_span(&out), plain_rest = buf_span(&ascii); rest.len;) {
		struct span line = span_cut(&rest, '\n'),
			    same = span_cut(&plain_rest, '\n');
		size_t columns = 0;

		for (size_t i = 0; i < line.len; i++) {
			if (line.data[i] == '\033')
				i += span_find(span_from(line.data + i, line.len - i),
					       'm');
			else
				columns += (line.data[i] & 0xc0) != 0x80;
		}
		assert_true(columns <= 80 && same.len <= 80);
	}
	assert_int_equal(plain_rest.len, 0); /* as many lines */
	buf_release(&out);
	buf_release(&ascii);
	end(&x);
}

static void bars_and_sparks_lose_nothing(void **unused)
{
	static const struct {
		bool utf8;
		double share;
		const char *bar;
	} rows[] = {
		{ false, 0.5, "##" }, { false, 0.01, "" }, { false, NAN, "" },
		{ false, 7, "####" }, { true, 0.5, "██" }, { true, 0.001, "▏" },
		{ true, 0.6, "██▍" }, { true, 0, "" },     { true, 2, "████" },
	};
	static const int64_t numbers[] = { 0, 1, 50, 100 };
	char drawn[TEXT_BAR_SIZE(4)];

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		text_bar(&(struct text_style){ .utf8 = rows[i].utf8 }, rows[i].share, 4,
			 drawn);
		assert_string_equal(drawn, rows[i].bar);
	}
	text_sparks(&(struct text_style){ .utf8 = true }, numbers, 4, drawn);
	assert_string_equal(drawn, " ▁▄█");
	text_sparks(&plain, numbers, 4, drawn);
	assert_string_equal(drawn, " .=@");
}

static void an_empty_store_makes_a_report_too(void **unused)
{
	struct buf out = BUF_INIT;
	struct fixture x;

	(void)unused;
	filled_store_make(&x.store);
	filled_store_read(&x.store);
	assert_int_equal(settings_default(&x.settings), ERR_OK);
	make(&x, &everything, 30 * MS_PER_DAY);
	assert_true(isnan(report_freshness(&x.report.pages)));
	assert_int_equal(render_text_report(&out, &x.report, &plain), ERR_OK);
	assert_int_equal(render_json_report(&out, &x.report), ERR_OK);
	buf_release(&out);
	end(&x);
}

static void help_names_all_that_can_be_checked(void **unused)
{
	const char *help = command_find(SPAN("report"))->more;
	struct buf names = BUF_INIT;
	struct span rest;

	(void)unused;
	assert_int_equal(report_check_names(&names), ERR_OK);
	for (rest = buf_span(&names); rest.len;) {
		struct span name = span_trim(span_cut(&rest, ','));

		if (!memmem(help, strlen(help), name.data, name.len))
			fail_msg("'%.*s' is not in the help", (int)name.len, name.data);
	}
	buf_release(&names);
}

static void checks_hold_or_do_not(void **unused)
{
	static const struct {
		const char *text;
		bool holds;
	} rows[] = {
		{ "stale>49%", true },
		{ "stale>0.49", true },
		{ "stale > 50%", false },
		{ "stale>=50%", true },
		{ "stale=50%", true },
		{ "stale<50%", false },
		{ "freshness<0.99", true },
		{ "freshness<1%", false },
		{ "overdue>1h", true },
		{ "overdue>2d", false },
		{ "pages=6", true },
		{ "pages<6,gone>10%", true },
		{ "pages<6, failing>20%", false },
		{ "overdue_pages>30%", true },
		{ "failed_visits>=16%", true },
		{ "failed_visits>17%", false },
		{ "visits<7", true },
		{ "unacknowledged>0", true },
		{ "not_modified<50%", false }, /* nothing was asked conditionally */
		{ "held>0", false },
	};
	struct buf holding = BUF_INIT;
	struct fixture x;
	bool holds;

	(void)unused;
	start(&x);
	make(&x, &everything, 30 * MS_PER_DAY);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct span text = span_of(rows[i].text);

		assert_int_equal(report_check_parse(text, NULL), ERR_OK);
		assert_int_equal(report_check(text, &x.report, &holds, &holding), ERR_OK);
		if (holds != rows[i].holds)
			fail_msg("%s: %d", rows[i].text, holds);
		assert_int_equal(holds, holding.len > 0);
	}
	buf_release(&holding);
	end(&x);
}

static void a_bad_check_is_told(void **unused)
{
	static const char *const rows[] = {
		"",          "stale",     "stale>",    "stale>x", "stale>5h",
		"nothing>5", "overdue>5", "stale>5%%", ">5",
	};
	struct why why;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (report_check_parse(span_of(rows[i]), &why) != ERR_INVALID)
			fail_msg("'%s' passes", rows[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_are_counted_by_state),
		cmocka_unit_test(freshness_is_the_mean_chance_that_we_are_right),
		cmocka_unit_test(a_window_counts_what_lies_in_it),
		cmocka_unit_test(a_short_window_is_shown_by_the_hour),
		cmocka_unit_test(a_window_is_compared_with_one_of_long_ago),
		cmocka_unit_test(a_store_that_stalls_is_told),
		cmocka_unit_test(html_holds_the_json_and_little_else),
		cmocka_unit_test(a_filter_reports_its_own_pages_only),
		cmocka_unit_test(hosts_come_with_the_largest_first),
		cmocka_unit_test(json_has_every_promised_key),
		cmocka_unit_test(json_tells_a_hosts_304s_per_answer_as_text_does),
		cmocka_unit_test(text_fits_a_terminal),
		cmocka_unit_test(colors_and_blocks_take_no_room),
		cmocka_unit_test(bars_and_sparks_lose_nothing),
		cmocka_unit_test(an_empty_store_makes_a_report_too),
		cmocka_unit_test(help_names_all_that_can_be_checked),
		cmocka_unit_test(checks_hold_or_do_not),
		cmocka_unit_test(a_bad_check_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
