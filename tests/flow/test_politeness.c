/* test_politeness.c - how hosts are spared, whatever they answer (REQ 31, 53-56). */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "store/base/clock.h"
#include "tests/name_server.h"
#include "tests/scratch_store.h"
#include "tests/steps.h"
#include "tools/host_view.h"
#include "tools/outlook.h"
#include "tools/render.h"

#define HTML "Content-Type: text/html\r\n"
#define TAG HTML "ETag: \"v1\"\r\n"

static const char *path_of(int i, char path[16])
{
	snprintf(path, 16, "/p%d", i);
	return path;
}

/* So many pages that have been seen well, on a host that then answers `status`. */
static void turn(struct world *w, int n, const char *status, const char *headers)
{
	char path[16];

	world_set(w, "schedule.min_interval", "1d");
	for (int i = 0; i < n; i++) {
		step_ok(w, path_of(i, path), TAG, "<p>words");
		world_seed(w, path);
	}
	world_run_once(w);
	assert_int_equal(world_n_changes(w), n);
	for (int i = 0; i < n; i++)
		step_status(w, path_of(i, path), status, headers);
}

static size_t n_asked(struct world *w)
{
	return origin_n_requests(w->origin, ANY_PATH);
}

static void expect_nothing_lost(struct world *w, int n)
{
	char path[16];

	for (int i = 0; i < n; i++) {
		const struct page *page = world_page(w, path_of(i, path));

		assert_int_equal(page->version, 1);
		assert_true(page->has_body);
		assert_string_equal(buf_text(&page->etag), "\"v1\"");
	}
	assert_int_equal(world_n_changes(w), n);
	assert_int_equal(world_n_differences(w), 0);
}

/* How many of 30 pages are asked for before the host is left alone for a while. */
static void a_failing_host_is_soon_left_alone_REQ31_56(void **state)
{
	static const struct {
		const char *status;
		size_t most; /* in the first five minutes */
	} rows[] = {
		{ "429 Slow down", 4 }, { "503 Busy", 8 },   { "500 Oops", 10 },
		{ "502 Oops", 10 },     { "599 x", 10 },     { "403 No", 26 },
		{ "401 Who", 26 },      { "407 Proxy", 26 },
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t before;

		if (i) {
			assert_int_equal(world_teardown(state), 0);
			assert_int_equal(world_setup(state), 0);
			w = *state;
		}
		turn(w, 30, rows[i].status, "");
		world_sleep(w, 2 * MS_PER_DAY);
		step_reply(w, "/robots.txt", ORIGIN_NOT_FOUND);
		before = n_asked(w);
		world_run_for(w, 5 * MS_PER_MINUTE);
		if (n_asked(w) - before > rows[i].most)
			fail_msg("%s: %zu requests", rows[i].status, n_asked(w) - before);
		expect_nothing_lost(w, 30);
	}
}

static void an_outage_of_days_loses_nothing_and_ends_by_itself_REQ31(void **state)
{
	struct world *w = *state;
	char path[16];

	turn(w, 10, "500 Oops", "");
	world_sleep(w, 2 * MS_PER_DAY);
	world_run_for(w, 5 * MS_PER_DAY);
	expect_nothing_lost(w, 10);
	for (int i = 0; i < 10; i++)
		step_ok(w, path_of(i, path), TAG, "<p>words");
	world_run_for(w, 5 * MS_PER_DAY);
	for (int i = 0; i < 10; i++)
		step_expect(w, path_of(i, path), VERDICT_UNCHANGED);
	expect_nothing_lost(w, 10);
	assert_int_equal(world_host(w, 0)->n_failures_in_a_row, 0);
}

static void retry_after_is_read_in_both_forms_and_no_other_REQ55(void **state)
{
	static const struct {
		const char *status, *value;
		int64_t least_s, most_s; /* until the host is asked again */
	} rows[] = {
		{ "503 x", "7200", 7200, 7260 },
		{ "429 x", "7200", 7200, 7260 },
		{ "500 x", "7200", 7200, 7260 },
		{ "503 x", "{date}", 0, 130 }, /* now: as good as none */
		{ "503 x", "999999999", 86400, 86460 },
		{ "503 x", "Fri, 31 Dec 9999 23:59:59 GMT", 86400, 86460 },
		{ "503 x", "Thu, 01 Jan 1970 00:00:00 GMT", 0, 130 },
		{ "503 x", "-5", 0, 130 },
		{ "503 x", "1e9", 0, 130 },
		{ "503 x", "99999999999999999999999999", 0, 130 },
		{ "503 x", "soon", 0, 130 },
		{ "503 x", "", 0, 130 },
		{ "503 x", "0", 0, 130 },
		{ "503 x", "3600, 7200", 0, 130 },
	};
	struct world *w = *state;
	char headers[128];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t before;
		int64_t from_ms;

		if (i) {
			assert_int_equal(world_teardown(state), 0);
			assert_int_equal(world_setup(state), 0);
			w = *state;
		}
		snprintf(headers, sizeof(headers), "Retry-After: %s\r\n", rows[i].value);
		turn(w, 1, rows[i].status, headers);
		step_revisit(w);
		before = origin_n_requests(w->origin, "/p0");
		from_ms = w->now_ms;
		/* In one stride to a minute before it may be asked, then in steps. */
		if (rows[i].least_s) {
			world_run_for(w, (rows[i].least_s - 60) * MS_PER_SECOND);
			assert_int_equal(origin_n_requests(w->origin, "/p0"), before);
		}
		while (origin_n_requests(w->origin, "/p0") == before) {
			if (w->now_ms - from_ms > rows[i].most_s * 1000)
				fail_msg("%s: not asked again", headers);
			world_run_for(w, 10 * MS_PER_SECOND);
		}
		if (w->now_ms - from_ms < rows[i].least_s * 1000)
			fail_msg("%s: asked after %lld ms", headers,
				 (long long)(w->now_ms - from_ms));
	}
}

static void a_429_that_breaks_off_is_one_REQ31(void **state)
{
	struct world *w = *state;
	const char *raw = origin_response(w->origin, "429 Slow", "", "please slow down");
	char path[16];

	turn(w, 10, "429 Slow", "");
	for (int i = 0; i < 10; i++)
		origin_reply_as(w->origin, path_of(i, path), ANY_REQUEST, raw,
				strlen(raw) - 5, (struct origin_manner){ .close = true });
	world_sleep(w, MS_PER_DAY - MS_PER_HOUR); /* robots.txt is still good */
	w->force = true;
	world_run_once(w);
	assert_true(world_host(w, 0)->backoff_until_ms > w->now_ms);
	expect_nothing_lost(w, 10);
}

static void the_delay_holds_over_a_restart_REQ54(void **state)
{
	struct world *w = *state;
	const struct origin_request *r;
	int64_t before_ms;

	world_set(w, "fetch.host_delay", "30s");
	step_ok(w, "/a", HTML, "<p>here");
	step_ok(w, "/b", HTML, "<p>here");
	world_seed(w, "/a");
	world_run_once(w);
	before_ms = w->now_ms;
	world_restart(w);
	world_seed(w, "/b");
	world_run_once(w);
	r = origin_request(w->origin, "/b", 0);
	assert_non_null(r);
	assert_true(w->now_ms - before_ms >= 29 * MS_PER_SECOND);
}

static void redirects_and_robots_count_as_requests_REQ53(void **state)
{
	struct world *w = *state;
	int64_t before_ms = w->now_ms;

	step_redirect(w, "/a", "302 Found", "/b");
	step_redirect(w, "/b", "302 Found", "/c");
	step_ok(w, "/c", HTML, "<p>here");
	world_seed(w, "/a");
	world_run_once(w);
	assert_int_equal(n_asked(w), 4);
	assert_true(w->now_ms - before_ms >= 3 * MS_PER_SECOND);
}

/* How long the loop was held up between a start and its sending, one after another. */
static const int64_t late_ms[] = { 700, 0, 400, 1500, 0 };
static struct {
	size_t n_started;
	int n_out;
	int64_t sent_at_ms[ARRAY_SIZE(late_ms)];
} late;

static void send_late(struct world *w)
{
	if (w->tally.n_in_flight && !late.n_out) {
		assert_in_range(late.n_started, 0, ARRAY_SIZE(late_ms) - 1);
		w->now_ms += late_ms[late.n_started];
		late.sent_at_ms[late.n_started++] = w->now_ms;
	}
	late.n_out = w->tally.n_in_flight;
}

/* REQ 53: robots.txt, a redirect, its target and what has to wait for them. */
static void the_origin_sees_the_delay_however_late_requests_leave(void **state)
{
	struct world *w = *state;

	memset(&late, 0, sizeof(late));
	world_set(w, "fetch.threads",
		  "0"); /* what is started goes out in the next turn */
	step_redirect(w, "/a", "302 Found", "/b");
	step_status(w, "/b", "404 Not Found", "");
	step_status(w, "/c", "404 Not Found", "");
	step_status(w, "/d", "404 Not Found", "");
	world_seed(w, "/a");
	world_seed(w, "/c");
	world_seed(w, "/d");
	w->turn = send_late;
	world_run_once(w);
	assert_int_equal(n_asked(w), ARRAY_SIZE(late_ms));
	for (size_t i = 1; i < ARRAY_SIZE(late_ms); i++) {
		int64_t gap_ms = late.sent_at_ms[i] - late.sent_at_ms[i - 1];

		if (gap_ms != MS_PER_SECOND + late_ms[i])
			fail_msg("request %zu came %lld ms after the one before", i,
				 (long long)gap_ms);
	}
	assert_int_equal(late.n_started, ARRAY_SIZE(late_ms));
}

static int64_t first_ms, second_ms;

static void note_when_asked(struct world *w)
{
	size_t n = origin_n_requests(w->origin, "/a");

	if (n > 0 && !first_ms)
		first_ms = w->now_ms;
	if (n > 1 && !second_ms)
		second_ms = w->now_ms;
}

/* The server may have read it, or not: it sees the delay, and is blamed for nothing. */
static void a_request_lost_on_a_warm_connection_waits_its_turn_REQ8_53(void **state)
{
	struct world *w = *state;

	first_ms = second_ms = 0;
	step_reply(w, "/robots.txt", ORIGIN_NOT_FOUND);
	step_ok(w, "/a", HTML, "<p>here");
	origin_reply_as(w->origin, "/a", ANY_REQUEST, "", 0,
			(struct origin_manner){ .n_uses = 1, .close = true });
	world_seed(w, "/a");
	w->turn = note_when_asked;
	world_run_once(w);
	step_expect(w, "/a", VERDICT_NEW);
	assert_int_equal(origin_n_requests(w->origin, "/a"), 2);
	assert_int_equal(second_ms - first_ms, MS_PER_SECOND);
	assert_int_equal(world_host(w, 0)->n_requests, 3);
	assert_int_equal(w->tally.n_requests, 3);
	assert_int_equal(store_totals(w->store)->n[COUNT_REQUESTS], 3);
	assert_int_equal(store_totals(w->store)->n[COUNT_STATUS_0], 1);
	assert_int_equal(world_host(w, 0)->n_errors, 1); /* robots.txt */
	assert_int_equal(world_host(w, 0)->last_failure_at_ms, 0);
}

#define N_NAMES 10
#define REPLY_MS 10
#define PAGE "HTTP/1.1 200 OK\r\n" HTML "Content-Length: 7\r\n\r\n<p>here"

/* A page each of so many names, all at one address: robots.txt and the page. */
static void visit_names(struct world *w, const char *host_delay, const char *per_address)
{
	struct name_server *names = name_server_start();

	name_server_say(names, "*", (struct name_reply){ .a = "127.77.1.1" });
	world_set(w, "bot.url", "https://bot.example/");
	world_set(w, "fetch.dns_servers", name_server_address(names));
	world_set(w, "fetch.host_delay", host_delay);
	world_set(w, "fetch.per_address", per_address);
	origin_reply_as(w->origin, "/a", ANY_REQUEST, PAGE, sizeof(PAGE) - 1,
			(struct origin_manner){ .delay_ms = REPLY_MS });
	for (int i = 0; i < N_NAMES; i++) {
		char url[ORIGIN_URL_SIZE];

		snprintf(url, sizeof(url), "http://n%d.test:%d/a", i,
			 origin_port(w->origin));
		world_seed_url(w, url);
	}
	world_run_once(w);
	assert_int_equal(n_asked(w), 2 * N_NAMES);
	assert_int_equal(world_n_changes(w), N_NAMES);
	assert_int_equal(world_n_differences(w), 0);
	name_server_stop(names);
}

static void many_names_at_one_address_are_one_server_REQ53(void **state)
{
	struct world *w = *state;
	int64_t before_ms = w->now_ms;

	visit_names(w, "1s", "1");
	assert_in_range(w->now_ms - before_ms, (2 * N_NAMES - 1) * MS_PER_SECOND,
			(2 * N_NAMES + 1) * MS_PER_SECOND);
	/* nor do they without a delay come in at once */
	assert_int_equal(world_teardown(state), 0);
	assert_int_equal(world_setup(state), 0);
	w = *state;
	visit_names(w, "0s", "1");
	for (size_t i = 1; i < N_NAMES; i++)
		assert_true(origin_request(w->origin, "/a", i)->at_us -
				    origin_request(w->origin, "/a", i - 1)->at_us >=
			    REPLY_MS * 1000);
}

/* The host of a redirect's target has nothing else to do, and is where another was asked. */
static void a_redirect_to_the_same_server_waits_its_turn_REQ53(void **state)
{
	struct world *w = *state;
	struct name_server *names = name_server_start();
	int64_t before_ms = w->now_ms;
	char url[ORIGIN_URL_SIZE];

	name_server_say(names, "*", (struct name_reply){ .a = "127.77.1.1" });
	world_set(w, "bot.url", "https://bot.example/");
	world_set(w, "fetch.dns_servers", name_server_address(names));
	snprintf(url, sizeof(url), "http://127.77.1.1:%d/a", origin_port(w->origin));
	step_redirect(w, "/to", "302 Found", url);
	step_ok(w, "/a", HTML, "<p>here");
	snprintf(url, sizeof(url), "http://n.test:%d/to", origin_port(w->origin));
	world_seed_url(w, url);
	world_run_once(w);
	assert_int_equal(n_asked(w), 4);
	assert_in_range(w->now_ms - before_ms, 3 * MS_PER_SECOND, 4 * MS_PER_SECOND);
	name_server_stop(names);
}

static void the_limit_of_an_address_is_a_setting_REQ53(void **state)
{
	struct world *w = *state;
	int64_t before_ms = w->now_ms;

	visit_names(w, "1s", "5");
	assert_in_range(w->now_ms - before_ms, 3 * MS_PER_SECOND, 6 * MS_PER_SECOND);
	assert_int_equal(world_teardown(state), 0);
	assert_int_equal(world_setup(state), 0);
	w = *state;
	before_ms = w->now_ms;
	visit_names(w, "1s", "0");
	assert_in_range(w->now_ms - before_ms, MS_PER_SECOND, 2 * MS_PER_SECOND);
}

/* Each host's record says where it answered, and with how many others; `host` shows it. */
static void addresses_are_kept(struct world *w)
{
	struct buf text = BUF_INIT, json = BUF_INIT;
	struct store_walk *walk;
	struct host_view view;
	uint32_t most = 0;
	int n_there = 0;
	struct host host;

	host_init(&host);
	must(store_walk_hosts(w->store, &walk), "walk");
	while (!store_walk_host(walk, &host)) {
		n_there += strncmp(buf_text(&host.address), "127.77.1.1 ", 11) == 0;
		most = host.n_at_address > most ? host.n_at_address : most;
		host_view_make(&view, &host, &w->settings);
		must(render_text_host(&text, &view, w->now_ms), "text");
		must(render_json_host(&json, &view), "JSON");
	}
	store_walk_end(walk);
	host_release(&host);
	assert_int_equal(n_there, N_NAMES);
	assert_in_range(most, N_NAMES / 2, N_NAMES);
	assert_non_null(strstr(buf_text(&text), "hosts take turns (fetch.per_address)"));
	assert_non_null(strstr(buf_text(&json), "\"address\":{\"at\":\"127.77.1.1 "));
	buf_release(&text);
	buf_release(&json);
}

static void an_address_rests_over_a_restart_and_plans_say_so_REQ54(void **state)
{
	struct world *w = *state;
	const struct outlook_request request = { .settings = &w->settings,
						 .n_visits = 4 };
	struct buf text = BUF_INIT;
	struct outlook outlook;
	int64_t last_ms;

	visit_names(w, "1s", "1");
	last_ms = store_last_request_ms(w->store);
	assert_in_range(w->now_ms - last_ms, 0, MS_PER_SECOND);
	for (int i = 0; i < 4; i++) {
		char url[ORIGIN_URL_SIZE];

		snprintf(url, sizeof(url), "http://n%d.test:%d/new", i,
			 origin_port(w->origin));
		world_seed_url(w, url);
	}
	world_restart(w);
	w->now_ms = last_ms + 10;
	addresses_are_kept(w);
	must(outlook_make(&outlook, w->store, &request, w->now_ms), "plan");
	assert_int_equal(outlook.n_visits, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_true(outlook.visits[i].at_ms >=
			    last_ms + (int64_t)(i + 1) * MS_PER_SECOND);
		assert_int_equal(outlook.visits[i].address_at_ms,
				 last_ms + (int64_t)(i + 1) * MS_PER_SECOND);
	}
	must(render_text_outlook(&text, &outlook), "text");
	assert_non_null(strstr(buf_text(&text), "(in line for its address)"));
	buf_release(&text);
	outlook_release(&outlook);
}

/* REQ 57: what is slow at one port holds up nothing at another of the same address. */
static void another_port_is_another_server_REQ53(void **state)
{
	struct world *w = *state;
	struct origin *second = origin_start();
	struct origin *origins[] = { w->origin, second };
	int64_t before_ms = w->now_ms;
	char url[ORIGIN_URL_SIZE];

	assert_non_null(second);
	for (int i = 0; i < 2; i++) {
		origin_reply(origins[i], "/a", ANY_REQUEST, PAGE);
		snprintf(url, sizeof(url), "http://127.0.0.1:%d/a",
			 origin_port(origins[i]));
		world_seed_url(w, url);
	}
	world_run_once(w);
	assert_int_equal(world_n_changes(w), 2);
	assert_in_range(w->now_ms - before_ms, MS_PER_SECOND, 2 * MS_PER_SECOND);
	origin_stop(second);
}

static void a_paused_host_ends_no_run_and_holds_none_up(void **state)
{
	struct world *w = *state;
	char url[ORIGIN_URL_SIZE];
	struct host *host;
	struct host_key key;

	step_ok(w, "/a", HTML, "<p>here");
	world_seed_on(w, 1, "/a");
	world_run_once(w);
	key = world_host(w, 1)->key;
	assert_int_equal(store_acquire_host(w->store, &key, SPAN(""), &host), ERR_OK);
	host->paused = host->dirty = true;
	store_release_host(w->store, host);
	assert_int_equal(store_commit(w->store), ERR_OK);
	step_redirect(w, "/to", "302 Found", origin_url_on(w->origin, 1, "/a", url));
	world_seed(w, "/to");
	step_revisit(w);
	step_expect(w, "/to", VERDICT_ERROR);
	assert_int_equal(origin_n_requests(w->origin, "/a"), 1);
}

#define flow(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		flow(a_failing_host_is_soon_left_alone_REQ31_56),
		flow(an_outage_of_days_loses_nothing_and_ends_by_itself_REQ31),
		flow(retry_after_is_read_in_both_forms_and_no_other_REQ55),
		flow(a_429_that_breaks_off_is_one_REQ31),
		flow(the_delay_holds_over_a_restart_REQ54),
		flow(redirects_and_robots_count_as_requests_REQ53),
		flow(the_origin_sees_the_delay_however_late_requests_leave),
		flow(a_request_lost_on_a_warm_connection_waits_its_turn_REQ8_53),
		flow(many_names_at_one_address_are_one_server_REQ53),
		flow(a_redirect_to_the_same_server_waits_its_turn_REQ53),
		flow(the_limit_of_an_address_is_a_setting_REQ53),
		flow(another_port_is_another_server_REQ53),
		flow(an_address_rests_over_a_restart_and_plans_say_so_REQ54),
		flow(a_paused_host_ends_no_run_and_holds_none_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
