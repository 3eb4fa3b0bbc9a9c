/* test_robots.c - robots.txt as hostile and broken servers serve it (REQ 41-52). */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "crawler/robots.h"
#include "crawler/transport.h"
#include "store/base/clock.h"
#include "tests/steps.h"

#define HTML "Content-Type: text/html\r\n"
#define NO_A "User-agent: freshet\nDisallow: /a\n"

static void seed(struct world *w)
{
	step_ok(w, "/a", HTML, "<p>here");
	world_seed(w, "/a");
	world_run_once(w);
}

static void expect_robots(struct world *w, enum robots_state state)
{
	const struct host *host = world_host(w, 0);

	if (host->robots_state != state)
		fail_msg("robots.txt: %s, not %s",
			 robots_state_text((enum robots_state)host->robots_state),
			 robots_state_text(state));
}

static void it_is_read_anew_after_a_day_and_not_before_REQ41(void **state)
{
	struct world *w = *state;

	world_set(w, "schedule.interval", "1h");
	seed(w);
	world_run_for(w, 23 * MS_PER_HOUR);
	assert_true(origin_n_requests(w->origin, "/a") > 20);
	assert_int_equal(origin_n_requests(w->origin, "/robots.txt"), 1);
	world_run_for(w, 3 * MS_PER_HOUR);
	assert_int_equal(origin_n_requests(w->origin, "/robots.txt"), 2);
	world_run_for(w, 24 * MS_PER_HOUR);
	assert_int_equal(origin_n_requests(w->origin, "/robots.txt"), 3);
}

static void it_is_kept_over_a_restart_REQ41(void **state)
{
	struct world *w = *state;

	step_ok(w, "/robots.txt", "", NO_A);
	seed(w);
	step_expect(w, "/a", VERDICT_BLOCKED);
	world_restart(w);
	world_seed(w, "/a2");
	world_seed(w, "/b");
	world_run_once(w);
	step_expect(w, "/a2", VERDICT_BLOCKED);
	assert_int_equal(origin_n_requests(w->origin, "/robots.txt"), 1);
	assert_int_equal(origin_n_requests(w->origin, "/b"), 1);
}

static void pages_that_wait_share_one_reading_REQ42(void **state)
{
	struct origin_manner slow = { .delay_ms = 300 };
	const char *raw;
	struct world *w = *state;
	char path[16];

	world_set(w, "fetch.per_host", "4");
	raw = origin_ok(w->origin, "", NO_A);
	origin_reply_as(w->origin, "/robots.txt", ANY_REQUEST, raw, strlen(raw), slow);
	for (int i = 0; i < 12; i++) {
		snprintf(path, sizeof(path), "/p%d", i);
		step_ok(w, path, HTML, "<p>here");
		world_seed(w, path);
	}
	world_run_once(w);
	assert_int_equal(origin_n_requests(w->origin, "/robots.txt"), 1);
	assert_int_equal(w->tally.by_verdict[VERDICT_NEW], 12);
}

static void each_authority_has_its_own_REQ41(void **state)
{
	struct world *w = *state;

	step_ok(w, "/a", HTML, "<p>here");
	for (int host = 0; host < 4; host++)
		world_seed_on(w, host, "/a");
	world_run_once(w);
	assert_int_equal(origin_n_requests(w->origin, "/robots.txt"), 4);
}

static void the_answer_decides_REQ43_45(void **state)
{
	static const struct {
		const char *status;
		enum robots_state robots;
	} rows[] = {
		{ "200 OK", ROBOTS_STATE_PARSED },
		{ "206 x", ROBOTS_STATE_PARSED },
		{ "400 x", ROBOTS_STATE_NONE },
		{ "401 x", ROBOTS_STATE_NONE },
		{ "403 x", ROBOTS_STATE_NONE },
		{ "404 x", ROBOTS_STATE_NONE },
		{ "410 x", ROBOTS_STATE_NONE },
		{ "418 x", ROBOTS_STATE_NONE },
		{ "451 x", ROBOTS_STATE_NONE },
		{ "499 x", ROBOTS_STATE_NONE },
		{ "429 x", ROBOTS_STATE_UNREACHABLE },
		{ "500 x", ROBOTS_STATE_UNREACHABLE },
		{ "503 x", ROBOTS_STATE_UNREACHABLE },
		{ "599 x", ROBOTS_STATE_UNREACHABLE },
		{ "999 x", ROBOTS_STATE_UNREACHABLE },
	};
	struct world *w = *state;

	step_ok(w, "/a", HTML, "<p>here");
	world_seed(w, "/a");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t before = origin_n_requests(w->origin, "/a");
		bool fetched;

		step_reply(w, "/robots.txt",
			   origin_response(w->origin, rows[i].status, "",
					   "User-agent: *\nDisallow: /\n"));
		step_revisit(w);
		expect_robots(w, rows[i].robots);
		fetched = origin_n_requests(w->origin, "/a") > before;
		if (fetched != (rows[i].robots == ROBOTS_STATE_NONE))
			fail_msg("%s: the page was%s fetched", rows[i].status,
				 fetched ? "" : " not");
		world_sleep(w, 2 * MS_PER_DAY); /* any back-off is over */
	}
	assert_int_equal(world_n_differences(w), 0);
}

static void one_that_breaks_off_disallows_everything_REQ45(void **state)
{
	struct world *w = *state;
	const char *raw = origin_ok(w->origin, "", "User-agent: *\nDisallow: /nothing\n");
	static const struct origin_manner manners[] = {
		{ .cut_at = 60, .close = true },
		{ .cut_at = 60, .reset = true },
		{ .silent = true },
		{ .cut_at = 1, .close = true },
	};

	step_ok(w, "/a", HTML, "<p>here");
	world_seed(w, "/a");
	world_set(w, "fetch.header_timeout", "300ms");
	for (size_t i = 0; i < ARRAY_SIZE(manners); i++) {
		origin_reply_as(w->origin, "/robots.txt", ANY_REQUEST, raw, strlen(raw),
				manners[i]);
		step_revisit(w);
		expect_robots(w, ROBOTS_STATE_UNREACHABLE);
		world_sleep(w, 2 * MS_PER_DAY);
	}
	step_ok(w, "/robots.txt", "Content-Encoding: gzip\r\n", "not gzip");
	step_revisit(w);
	expect_robots(w, ROBOTS_STATE_UNREACHABLE);
	world_sleep(w, 2 * MS_PER_DAY);
	step_ok(w, "/robots.txt", "Content-Encoding: br\r\n", "x");
	step_revisit(w);
	expect_robots(w, ROBOTS_STATE_UNREACHABLE);
	assert_int_equal(origin_n_requests(w->origin, "/a"), 0);
	assert_int_equal(world_n_changes(w), 0);
}

static void it_may_be_zipped_REQ43(void **state)
{
	struct world *w = *state;
	unsigned char zipped[256];
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)NO_A,
		       .avail_in = sizeof(NO_A) - 1,
		       .next_out = zipped,
		       .avail_out = sizeof(zipped) };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, MAX_WBITS + 16, 8, 0), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	origin_reply_body(w->origin, "/robots.txt", ANY_REQUEST,
			  "Content-Encoding: gzip\r\n", zipped, z.total_out);
	seed(w);
	step_expect(w, "/a", VERDICT_BLOCKED);
	expect_robots(w, ROBOTS_STATE_PARSED);
}

static void the_first_mebibyte_of_a_longer_one_counts_REQ43(void **state)
{
	struct world *w = *state;
	size_t len = 3 << 20;
	char *text = malloc(len);
	const char *late = "\nUser-agent: *\nDisallow: /late\n";

	assert_non_null(text);
	memset(text, '#', len);
	memcpy(text, NO_A, strlen(NO_A));
	for (size_t i = strlen(NO_A); i < len; i += 64)
		text[i] = '\n';
	memcpy(text + 900000, "\nDisallow: /b\n", 14);
	memcpy(text + len - strlen(late), late, strlen(late));
	origin_reply_body(w->origin, "/robots.txt", ANY_REQUEST, "", text, len);
	free(text);
	step_ok(w, "/b", HTML, "<p>here");
	step_ok(w, "/late", HTML, "<p>here");
	world_seed(w, "/b");
	world_seed(w, "/late");
	seed(w);
	step_expect(w, "/a", VERDICT_BLOCKED);
	step_expect(w, "/b", VERDICT_BLOCKED);
	step_expect(w, "/late", VERDICT_NEW);
}

static void five_redirects_lead_to_the_rules_of_the_first_authority_REQ44(void **state)
{
	struct world *w = *state;
	char url[ORIGIN_URL_SIZE];

	world_set(w, "fetch.max_redirects", "0"); /* that is of pages */
	step_redirect(w, "/robots.txt", "301 Moved", "/r1");
	step_redirect(w, "/r1", "302 Found", "/r2");
	step_redirect(w, "/r2", "303 x", origin_url_on(w->origin, 1, "/r3", url));
	step_redirect(w, "/r3", "307 x", "/r4");
	step_redirect(w, "/r4", "308 x", "/rules");
	step_ok(w, "/rules", "", NO_A);
	seed(w);
	step_expect(w, "/a", VERDICT_BLOCKED);
	expect_robots(w, ROBOTS_STATE_PARSED);
	assert_int_equal(origin_n_requests(w->origin, "/robots.txt"), 1);
	assert_int_equal(origin_n_requests(w->origin, "/rules"), 1);
}

/* Each robots.txt leads to the other's host: neither may wait for the other. */
static void two_hosts_that_send_for_each_others_rules_do_not_lock_REQ44(void **state)
{
	struct world *w = *state;
	char url[ORIGIN_URL_SIZE];

	origin_reply(w->origin, "/robots.txt", "Host: 127.77.1.1",
		     origin_response(w->origin, "301 x", "Location: /mine\r\n", ""));
	step_redirect(w, "/mine", "301 x", origin_url_on(w->origin, 1, "/rules", url));
	step_redirect(w, "/robots.txt", "301 x", origin_url(w->origin, "/rules", url));
	step_ok(w, "/rules", "", NO_A);
	step_ok(w, "/b", HTML, "<p>here");
	for (int host = 0; host < 2; host++) {
		world_seed_on(w, host, "/a");
		world_seed_on(w, host, "/b");
	}
	world_run_once(w);
	for (int host = 0; host < 2; host++) {
		assert_int_equal(world_page_on(w, host, "/a")->verdict, VERDICT_BLOCKED);
		assert_int_equal(world_page_on(w, host, "/b")->verdict, VERDICT_NEW);
	}
	assert_int_equal(world_n_differences(w), 0);
}

static void a_redirect_loop_is_no_rules_and_no_hang_REQ44(void **state)
{
	struct world *w = *state;

	step_redirect(w, "/robots.txt", "301 x", "/robots.txt");
	seed(w);
	step_expect(w, "/a", VERDICT_NEW);
	assert_int_equal(origin_n_requests(w->origin, "/robots.txt"), 1);
	/* one that leads where we may not go is a refused address */
	world_sleep(w, 2 * MS_PER_DAY);
	world_set(w, "bot.url", "https://crawler.example/");
	step_redirect(w, "/robots.txt", "301 x", "http://10.1.2.3/robots.txt");
	step_revisit(w);
	step_expect(w, "/a", VERDICT_BLOCKED);
	expect_robots(w, ROBOTS_STATE_UNREACHABLE);
}

static void a_redirect_to_a_host_that_backs_off_ends_REQ44(void **state)
{
	struct world *w = *state;
	char url[ORIGIN_URL_SIZE];

	step_status(w, "/busy", "503 Busy", "Retry-After: 36000\r\n");
	world_seed_on(w, 1, "/busy");
	world_run_once(w);
	origin_reply(w->origin, "/robots.txt", "Host: 127.77.1.1",
		     origin_response(w->origin, "404 x", "", ""));
	world_sleep(w, MS_PER_MINUTE);
	origin_url_on(w->origin, 1, "/rules", url);
	step_ok(w, "/a", HTML, "<p>here");
	step_redirect(w, "/robots.txt", "302 x", url);
	world_seed_on(w, 2, "/a");
	world_run_once(w);
	assert_int_equal(world_page_on(w, 2, "/a")->verdict, VERDICT_BLOCKED);
	assert_int_equal(origin_n_requests(w->origin, "/rules"), 0);
}

static void an_outage_is_retried_with_back_off_and_ends_after_30_days_REQ45(void **state)
{
	struct world *w = *state;
	size_t n;

	step_ok(w, "/robots.txt", "", "User-agent: *\nDisallow: /b\n");
	step_ok(w, "/b", HTML, "<p>here");
	world_seed(w, "/b");
	seed(w);
	step_expect(w, "/a", VERDICT_NEW);
	step_status(w, "/robots.txt", "500 Oops", "");
	world_sleep(w, 2 * MS_PER_DAY);
	world_run_for(w, MS_PER_DAY);
	expect_robots(w, ROBOTS_STATE_UNREACHABLE);
	n = origin_n_requests(w->origin, "/robots.txt");
	assert_in_range(n, 8, 16); /* 1, 2, 4 ... minutes */
	assert_int_equal(origin_n_requests(w->origin, "/a"), 1);
	world_run_for(w, 26 * MS_PER_DAY);
	assert_int_equal(origin_n_requests(w->origin, "/a"), 1);
	world_run_for(w, 5 * MS_PER_DAY);
	assert_true(origin_n_requests(w->origin, "/a") > 1);
	assert_int_equal(origin_n_requests(w->origin, "/b"), 0); /* the copy we have */
	step_expect(w, "/b", VERDICT_BLOCKED);
	step_ok(w, "/robots.txt", "", "");
	world_run_for(w, 2 * MS_PER_DAY);
	assert_true(origin_n_requests(w->origin, "/b") > 0);
	assert_int_equal(world_n_differences(w), 0);
}

static void a_retry_after_on_it_is_obeyed_and_hangs_nothing_REQ55(void **state)
{
	static const char *const statuses[] = { "503 Busy", "429 Slow down" };
	struct world *w = *state;

	step_ok(w, "/a", HTML, "<p>here");
	for (int i = 0; i < 2; i++) {
		int64_t before_ms = w->now_ms;

		step_status(w, "/robots.txt", statuses[i], "Retry-After: 7200\r\n");
		world_seed_on(w, i, "/a");
		world_run_once(w);
		assert_true(w->now_ms - before_ms < MS_PER_MINUTE);
		assert_int_equal(world_page_on(w, i, "/a")->verdict, VERDICT_BLOCKED);
		assert_int_equal(origin_n_requests(w->origin, "/robots.txt"), 2 * i + 1);
		world_run_for(w, MS_PER_HOUR);
		assert_int_equal(origin_n_requests(w->origin, "/robots.txt"), 2 * i + 1);
		world_sleep(w, 3 * MS_PER_HOUR);
		step_ok(w, "/robots.txt", "", "");
		world_run_once(w);
		assert_int_equal(world_page_on(w, i, "/a")->verdict, VERDICT_NEW);
	}
	assert_int_equal(world_n_changes(w), 2); /* the outages told nobody anything */
}

static void a_crawl_delay_raises_ours_to_60_s_at_most_REQ51(void **state)
{
	static const struct {
		const char *text;
		int64_t least_s, most_s;
	} rows[] = { { "Crawl-delay: 7", 7, 8 },
		     { "Crawl-delay: 86400", 60, 61 },
		     { "Crawl-delay: 0", 1, 2 },
		     { "Crawl-delay: -5", 1, 2 },
		     { "Crawl-delay: 1e9", 1, 2 },
		     { "Crawl-delay: 99999999999999999999", 60, 61 },
		     { "Crawl-delay: banana", 1, 2 } };
	struct world *w = *state;
	char robots[128];

	world_set(w, "schedule.min_interval", "1d");
	step_ok(w, "/a", HTML, "<p>here");
	step_ok(w, "/b", HTML, "<p>here");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t before_ms = w->now_ms;

		snprintf(robots, sizeof(robots), "User-agent: *\n%s\n", rows[i].text);
		step_ok(w, "/robots.txt", "", robots);
		world_seed_on(w, (int)i, "/a");
		world_seed_on(w, (int)i, "/b");
		world_run_once(w);
		/* robots.txt, and two pages: what it asks for holds from its own request */
		assert_in_range(w->now_ms - before_ms, 2 * rows[i].least_s * 1000,
				2 * rows[i].most_s * 1000);
	}
}

static void blocked_is_told_once_and_undone_once_REQ52(void **state)
{
	struct world *w = *state;

	seed(w);
	step_ok(w, "/robots.txt", "", NO_A);
	for (int i = 0; i < 3; i++)
		step_revisit(w);
	step_expect(w, "/a", VERDICT_BLOCKED);
	assert_int_equal(origin_n_requests(w->origin, "/a"), 1);
	assert_int_equal(world_n_changes(w), 2);
	step_expect_told(w, "/a", CHANGE_BLOCKED);
	assert_true(world_page(w, "/a")->has_body);
	step_ok(w, "/robots.txt", "", "");
	step_revisit(w);
	step_revisit(w);
	step_expect(w, "/a", VERDICT_UNCHANGED);
	step_expect_told(w, "/a", CHANGE_BACK);
	assert_int_equal(world_n_changes(w), 3);
	assert_int_equal(world_n_differences(w), 0);
}

static void a_page_blocked_from_the_start_is_new_when_it_opens_REQ52(void **state)
{
	struct world *w = *state;

	step_ok(w, "/robots.txt", "", NO_A);
	seed(w);
	step_expect(w, "/a", VERDICT_BLOCKED);
	assert_int_equal(origin_n_requests(w->origin, "/a"), 0);
	step_ok(w, "/robots.txt", "", "");
	step_revisit(w);
	step_revisit(w);
	step_expect_told(w, "/a", CHANGE_NEW);
}

static void robots_txt_itself_may_be_a_page_REQ48(void **state)
{
	struct world *w = *state;

	step_ok(w, "/robots.txt", "", "User-agent: *\nDisallow: /\n");
	world_seed(w, "/robots.txt");
	world_run_once(w);
	step_expect(w, "/robots.txt", VERDICT_NEW);
}

#define flow(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		flow(it_is_read_anew_after_a_day_and_not_before_REQ41),
		flow(it_is_kept_over_a_restart_REQ41),
		flow(pages_that_wait_share_one_reading_REQ42),
		flow(each_authority_has_its_own_REQ41),
		flow(the_answer_decides_REQ43_45),
		flow(one_that_breaks_off_disallows_everything_REQ45),
		flow(it_may_be_zipped_REQ43),
		flow(the_first_mebibyte_of_a_longer_one_counts_REQ43),
		flow(five_redirects_lead_to_the_rules_of_the_first_authority_REQ44),
		flow(two_hosts_that_send_for_each_others_rules_do_not_lock_REQ44),
		flow(a_redirect_loop_is_no_rules_and_no_hang_REQ44),
		flow(a_redirect_to_a_host_that_backs_off_ends_REQ44),
		flow(an_outage_is_retried_with_back_off_and_ends_after_30_days_REQ45),
		flow(a_retry_after_on_it_is_obeyed_and_hangs_nothing_REQ55),
		flow(a_crawl_delay_raises_ours_to_60_s_at_most_REQ51),
		flow(blocked_is_told_once_and_undone_once_REQ52),
		flow(a_page_blocked_from_the_start_is_new_when_it_opens_REQ52),
		flow(robots_txt_itself_may_be_a_page_REQ48),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
