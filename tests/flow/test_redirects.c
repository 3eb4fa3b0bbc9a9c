/* test_redirects.c - where hostile redirects lead (REQ 36-40), and where they must not. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "crawler/transport.h"
#include "store/base/clock.h"
#include "tests/steps.h"

#define HTML "Content-Type: text/html\r\n"

/* /hop0 -> /hop1 -> ... -> /hopN, which is a page. */
static void chain(struct world *w, int n)
{
	char from[32], to[32];

	for (int i = 0; i < n; i++) {
		snprintf(from, sizeof(from), "/hop%d", i);
		snprintf(to, sizeof(to), "/hop%d", i + 1);
		step_redirect(w, from, "302 Found", to);
	}
	snprintf(from, sizeof(from), "/hop%d", n);
	step_ok(w, from, HTML, "<p>here");
	world_seed(w, "/hop0");
	world_run_once(w);
}

static void ten_hops_are_followed_REQ36(void **state)
{
	struct world *w = *state;

	chain(w, 10);
	step_expect(w, "/hop0", VERDICT_NEW);
}

static void eleven_hops_are_not_REQ36(void **state)
{
	struct world *w = *state;

	chain(w, 11);
	step_expect(w, "/hop0", VERDICT_ERROR);
	assert_int_equal(world_page(w, "/hop0")->error, FETCH_REDIRECT);
	assert_int_equal(origin_n_requests(w->origin, "/hop11"), 0);
}

static void every_redirecting_status_is_followed_and_no_other_REQ36(void **state)
{
	static const struct {
		const char *path, *status;
		enum verdict verdict;
	} rows[] = {
		{ "/301", "301 x", VERDICT_MOVED }, { "/302", "302 x", VERDICT_NEW },
		{ "/303", "303 x", VERDICT_NEW },   { "/307", "307 x", VERDICT_NEW },
		{ "/308", "308 x", VERDICT_MOVED }, { "/300", "300 x", VERDICT_ERROR },
		{ "/305", "305 x", VERDICT_ERROR }, { "/306", "306 x", VERDICT_ERROR },
		{ "/309", "309 x", VERDICT_ERROR }, { "/399", "399 x", VERDICT_ERROR },
		{ "/201", "201 x", VERDICT_ERROR }, { "/200", "200 x", VERDICT_NEW },
	};
	struct world *w = *state;

	step_ok(w, "/target", HTML, "<p>here");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		step_redirect(w, rows[i].path, rows[i].status, "/target");
		world_seed(w, rows[i].path);
	}
	world_run_once(w);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		step_expect(w, rows[i].path, rows[i].verdict);
	assert_int_equal(origin_n_requests(w->origin, "/target"), 5);
}

static void a_location_that_is_none_ends_the_visit_REQ38(void **state)
{
	static const char *const locations[] = {
		"",
		"ftp://127.77.1.1/x",
		"file:///etc/passwd",
		"javascript:alert(1)",
		"data:text/html,x",
		"gopher://127.77.1.1/",
		"mailto:a@b.example",
		"http://user@127.77.1.1/x",
		"http://user:secret@127.77.1.1/x",
		"//user@127.77.1.1/x",
		"http://",
		"http:///",
		"http://[::1/x",
		"http://127.77.1.1:99999/x",
		"http://127.77.1.1:x/",
		"http://a b/",
		"http://%00/",
		"http://exa%20mple.com/",
		"http://127.0.0.1.5/",
	};
	struct world *w = *state;
	char path[32];

	for (size_t i = 0; i < ARRAY_SIZE(locations); i++) {
		snprintf(path, sizeof(path), "/bad%zu", i);
		step_redirect(w, path, "302 Found", locations[i]);
		world_seed(w, path);
	}
	step_status(w, "/none", "301 Moved", "");
	world_seed(w, "/none");
	step_status(w, "/two", "301 Moved", "Location: /x\r\nLocation: /y\r\n");
	world_seed(w, "/two");
	world_run_once(w);
	step_expect(w, "/none", VERDICT_ERROR);
	step_expect(w, "/two", VERDICT_ERROR);
	for (size_t i = 0; i < ARRAY_SIZE(locations); i++) {
		snprintf(path, sizeof(path), "/bad%zu", i);
		if (world_page(w, path)->error != FETCH_REDIRECT)
			print_message("'%s' led somewhere\n", locations[i]);
		step_expect(w, path, VERDICT_ERROR);
		assert_int_equal(world_page(w, path)->error, FETCH_REDIRECT);
	}
	assert_int_equal(origin_n_requests(w->origin, "/x"), 0);
	/* robots.txt, and each page once: nothing else was asked of anybody */
	assert_int_equal(origin_n_requests(w->origin, ANY_PATH),
			 1 + ARRAY_SIZE(locations) + 2);
}

static void a_location_over_8_kib_is_not_cut_REQ62(void **state)
{
	struct world *w = *state;
	char location[9000];

	memset(location, 'x', sizeof(location));
	location[0] = '/';
	location[sizeof(location) - 1] = '\0';
	step_redirect(w, "/a", "302 Found", location);
	world_seed(w, "/a");
	world_run_once(w);
	step_expect(w, "/a", VERDICT_ERROR);
	assert_int_equal(origin_n_requests(w->origin, ANY_PATH), 2);
}

static void an_odd_location_is_resolved_and_sent_clean_REQ5(void **state)
{
	static const struct {
		const char *location, *asked;
	} rows[] = {
		{ "/t/rel", "/t/rel" },
		{ "rel", "/dir/rel" },
		{ "./x/../y", "/dir/y" },
		{ "../../up", "/up" },
		{ "?q=1", "/dir/r4?q=1" },
		{ "/t/f#frag", "/t/f" },
		{ "/t/a b", "/t/a%20b" },
		{ "/t/caf\xc3\xa9", "/t/caf%C3%A9" },
		{ "/t/q?x=\xc3\xa9 y", "/t/q?x=%C3%A9%20y" },
		{ "/t/\"<>", "/t/%22%3C%3E" },
		{ "/t/a\tb", "/t/ab" },
		{ "\\t\\back", "/t/back" },
		{ "/t/%41%2f", "/t/%41%2f" },
	};
	struct world *w = *state;
	char path[32];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(path, sizeof(path), "/dir/r%zu", i);
		step_redirect(w, path, "302 Found", rows[i].location);
		step_ok(w, rows[i].asked, HTML, "<p>here");
		world_seed(w, path);
	}
	world_run_once(w);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (origin_n_requests(w->origin, rows[i].asked) != 1)
			fail_msg("'%s' did not lead to %s", rows[i].location,
				 rows[i].asked);
		snprintf(path, sizeof(path), "/dir/r%zu", i);
		step_expect(w, path, VERDICT_NEW);
	}
}

static void octets_that_are_no_utf8_are_escaped_REQ5(void **state)
{
	struct world *w = *state;
	const struct origin_request *last;

	step_redirect(w, "/a", "302 Found", "/caf\xe9");
	world_seed(w, "/a");
	world_run_once(w);
	last = origin_request(w->origin, ANY_PATH, 2);
	assert_non_null(last);
	for (const char *c = last->path; *c; c++)
		assert_true(*c > 0x20 && *c < 0x7f);
}

static void redirects_to_oneself_end_at_once_REQ36(void **state)
{
	static const char *const locations[] = { "/self",   "",     "#x",
						 "/self#y", "self", "/x/../self" };
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(locations); i++) {
		step_redirect(w, "/self", "301 Moved", locations[i]);
		world_seed(w, "/self");
		if (i)
			step_revisit(w);
		else
			world_run_once(w);
		step_expect(w, "/self", VERDICT_ERROR);
		assert_int_equal(origin_n_requests(w->origin, "/self"), i + 1);
	}
	assert_int_equal(world_n_changes(w), 0);
}

static void a_longer_loop_ends_REQ36(void **state)
{
	struct world *w = *state;

	step_redirect(w, "/a", "301 x", "/b");
	step_redirect(w, "/b", "302 x", "/c");
	step_redirect(w, "/c", "307 x", "/b");
	world_seed(w, "/a");
	world_run_once(w);
	step_expect(w, "/a", VERDICT_ERROR);
	assert_int_equal(origin_n_requests(w->origin, "/b"), 1);
	assert_int_equal(origin_n_requests(w->origin, "/c"), 1);
}

static void the_target_hosts_robots_are_asked_REQ37(void **state)
{
	struct world *w = *state;
	char url[ORIGIN_URL_SIZE];

	step_redirect(w, "/a", "302 Found", origin_url_on(w->origin, 1, "/private", url));
	step_ok(w, "/robots.txt", "", "User-agent: *\nDisallow: /private\n");
	world_seed(w, "/a");
	world_run_once(w);
	step_expect(w, "/a", VERDICT_BLOCKED);
	assert_int_equal(origin_n_requests(w->origin, "/private"), 0);
	assert_int_equal(origin_n_requests(w->origin, "/robots.txt"), 2);
	assert_string_equal(buf_text(&world_page(w, "/a")->redirect_to),
			    origin_url_on(w->origin, 1, "/private", url));
}

static void the_target_hosts_delay_is_kept_REQ37(void **state)
{
	struct world *w = *state;
	char url[ORIGIN_URL_SIZE], path[16];
	int64_t before_ms = w->now_ms;

	for (int i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "/r%d", i);
		step_redirect(w, path, "302 Found",
			      origin_url_on(w->origin, 7, "/target", url));
	}
	step_ok(w, "/target", HTML, "<p>here");
	for (int i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "/r%d", i);
		world_seed_on(w, i, path);
	}
	world_run_once(w);
	assert_int_equal(origin_n_requests(w->origin, "/target"), 4);
	/* its robots.txt and four pages, a second apart */
	assert_true(w->now_ms - before_ms >= 4 * MS_PER_SECOND);
}

static void a_private_address_is_not_connected_to_REQ66(void **state)
{
	struct world *w = *state;
	static const char *const locations[] = {
		"http://10.0.0.1/x",         "http://169.254.169.254/latest",
		"http://[::ffff:10.0.0.1]/", "http://0x0a.1/",
		"http://167772161/",         "http://0.0.0.0/",
	};
	char path[16];

	world_set(w, "bot.url", "https://crawler.example/");
	for (size_t i = 0; i < ARRAY_SIZE(locations); i++) {
		snprintf(path, sizeof(path), "/p%zu", i);
		step_redirect(w, path, "302 Found", locations[i]);
		world_seed(w, path);
	}
	world_run_once(w);
	for (size_t i = 0; i < ARRAY_SIZE(locations); i++) {
		snprintf(path, sizeof(path), "/p%zu", i);
		/* REQ 45: its robots.txt cannot be had, so it is disallowed */
		step_expect(w, path, VERDICT_BLOCKED);
		assert_int_equal(world_page(w, path)->version, 0);
	}
	assert_int_equal(world_n_changes(w), 0);
}

static void permanent_and_temporary_hops_are_told_apart_REQ40(void **state)
{
	static const struct {
		const char *first, *second;
		enum verdict verdict;
		const char *redirect_to; /* of a page that moved */
	} rows[] = {
		{ "301 x", "308 x", VERDICT_MOVED, "/c" },
		{ "301 x", "302 x", VERDICT_MOVED, "/b" },
		{ "302 x", "301 x", VERDICT_NEW, "/c" },
		{ "307 x", "303 x", VERDICT_UNCHANGED, "/c" },
	};
	struct world *w = *state;
	char url[ORIGIN_URL_SIZE], hops[512];

	step_ok(w, "/c", HTML, "<p>here");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		step_redirect(w, "/a", rows[i].first, "/b");
		step_redirect(w, "/b", rows[i].second, "/c");
		if (!i)
			world_seed(w, "/a");
		step_revisit(w);
		step_expect(w, "/a", rows[i].verdict);
		assert_string_equal(buf_text(&world_page(w, "/a")->redirect_to),
				    origin_url(w->origin, rows[i].redirect_to, url));
		snprintf(hops, sizeof(hops), "%.3s %s\n", rows[i].first,
			 origin_url(w->origin, "/a", url));
		snprintf(hops + strlen(hops), sizeof(hops) - strlen(hops), "%.3s %s\n",
			 rows[i].second, origin_url(w->origin, "/b", url));
		assert_string_equal(buf_text(&world_page(w, "/a")->hops), hops);
	}
	assert_int_equal(world_n_differences(w), 0);
}

static void a_redirect_to_trouble_is_trouble_and_to_nothing_is_gone(void **state)
{
	static const struct {
		const char *status;
		enum verdict verdict;
	} rows[] = {
		{ "500 x", VERDICT_ERROR }, { "403 x", VERDICT_ERROR },
		{ "304 x", VERDICT_ERROR }, /* REQ 22 */
		{ "204 x", VERDICT_ERROR }, { "404 x", VERDICT_ERROR },
		{ "410 x", VERDICT_GONE },
	};
	struct world *w = *state;

	step_redirect(w, "/a", "301 Moved", "/b");
	world_seed(w, "/a");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].status[0] == '3' || rows[i].status[1] == '0')
			step_reply(w, "/b",
				   origin_response(w->origin, rows[i].status, "", ""));
		else
			step_status(w, "/b", rows[i].status, "");
		step_revisit(w);
		step_expect(w, "/a", rows[i].verdict);
	}
	assert_int_equal(world_n_changes(w), 1);
}

static void a_304_behind_a_redirect_is_the_targets_REQ16(void **state)
{
	struct world *w = *state;

	step_redirect(w, "/a", "302 Found", "/b");
	step_see(w, "/b", HTML "ETag: \"b\"\r\n", "<p>here");
	world_seed(w, "/a");
	world_run_once(w);
	step_expect(w, "/a", VERDICT_NEW);
	origin_reply(w->origin, "/b", "If-None-Match: \"b\"", ORIGIN_NOT_MODIFIED);
	step_revisit(w);
	step_expect(w, "/a", VERDICT_UNCHANGED);
	/* Now /a is a page of its own, then redirects again: nothing is mixed up. */
	step_ok(w, "/a", HTML "ETag: \"a\"\r\n", "<p>now at home");
	step_revisit(w);
	step_expect(w, "/a", VERDICT_CHANGED);
	assert_false(step_last_asked_with(w, "/a", "If-None-Match"));
	step_redirect(w, "/a", "302 Found", "/b");
	step_revisit(w);
	assert_true(step_last_asked_with(w, "/a", "If-None-Match: \"a\""));
	step_expect(w, "/a", VERDICT_CHANGED);
	assert_int_equal(world_n_differences(w), 0);
}

static void moved_is_told_once_and_coming_home_is_back_REQ34(void **state)
{
	struct world *w = *state;

	step_see(w, "/a", HTML, "<p>here");
	step_ok(w, "/b", HTML, "<p>here");
	step_redirect(w, "/a", "301 Moved", "/b");
	for (int i = 0; i < 3; i++)
		step_revisit(w);
	step_expect(w, "/a", VERDICT_MOVED);
	step_expect_told(w, "/a", CHANGE_MOVED);
	assert_int_equal(world_n_changes(w), 2);
	assert_true(world_page(w, "/a")->has_body);
	step_ok(w, "/a", HTML, "<p>here");
	step_revisit(w);
	step_expect_told(w, "/a", CHANGE_BACK);
	assert_int_equal(world_n_changes(w), 3);
	assert_int_equal(world_n_differences(w), 0);
}

/* Retry-After of an hour at the target: the visit ends, the run too. */
static void a_target_that_backs_off_holds_up_nobody(void **state)
{
	struct world *w = *state;
	char url[ORIGIN_URL_SIZE];
	int64_t before_ms;

	origin_url_on(w->origin, 1, "/b", url);
	step_status(w, "/b", "503 Busy", "Retry-After: 36000\r\n");
	world_seed_on(w, 1, "/b");
	world_run_once(w);
	step_redirect(w, "/a", "302 Found", url);
	world_seed(w, "/a");
	before_ms = w->now_ms;
	world_run_once(w);
	assert_true(w->now_ms - before_ms < MS_PER_MINUTE);
	step_expect(w, "/a", VERDICT_ERROR);
	assert_int_equal(world_page(w, "/a")->error, FETCH_REDIRECT);
	assert_int_equal(origin_n_requests(w->origin, "/b"), 1);
	/* ... nor does a run that goes on: a place is free for others meanwhile. */
	world_set(w, "fetch.concurrency", "1");
	step_ok(w, "/c", HTML, "<p>here");
	world_seed(w, "/c");
	world_run_for(w, MS_PER_HOUR);
	assert_int_equal(world_page(w, "/c")->version, 1);
	step_expect(w, "/a", VERDICT_ERROR);
	assert_int_equal(origin_n_requests(w->origin, "/b"), 1);
}

static void a_single_place_is_enough_for_redirects_and_robots(void **state)
{
	struct world *w = *state;
	char url[ORIGIN_URL_SIZE];

	world_set(w, "fetch.concurrency", "1");
	step_redirect(w, "/a", "302 Found", origin_url_on(w->origin, 1, "/b", url));
	step_ok(w, "/b", HTML, "<p>here");
	world_seed(w, "/a");
	world_seed_on(w, 2, "/b");
	world_run_once(w);
	step_expect(w, "/a", VERDICT_NEW);
	assert_int_equal(world_page_on(w, 2, "/b")->verdict, VERDICT_NEW);
}

static void a_redirect_in_a_temporary_storm_moves_nothing_REQ40(void **state)
{
	struct world *w = *state;

	step_see(w, "/a", HTML "ETag: \"v1\"\r\n", "<p>here");
	step_redirect(w, "/a", "302 Found", "/maintenance");
	step_status(w, "/maintenance", "503 Back soon", "");
	step_revisit(w);
	step_expect(w, "/a", VERDICT_ERROR);
	assert_int_equal(world_page(w, "/a")->version, 1);
	assert_string_equal(buf_text(&world_page(w, "/a")->etag), "\"v1\"");
	assert_int_equal(world_n_changes(w), 1);
}

#define flow(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		flow(ten_hops_are_followed_REQ36),
		flow(eleven_hops_are_not_REQ36),
		flow(every_redirecting_status_is_followed_and_no_other_REQ36),
		flow(a_location_that_is_none_ends_the_visit_REQ38),
		flow(a_location_over_8_kib_is_not_cut_REQ62),
		flow(an_odd_location_is_resolved_and_sent_clean_REQ5),
		flow(octets_that_are_no_utf8_are_escaped_REQ5),
		flow(redirects_to_oneself_end_at_once_REQ36),
		flow(a_longer_loop_ends_REQ36),
		flow(the_target_hosts_robots_are_asked_REQ37),
		flow(the_target_hosts_delay_is_kept_REQ37),
		flow(a_private_address_is_not_connected_to_REQ66),
		flow(permanent_and_temporary_hops_are_told_apart_REQ40),
		flow(a_redirect_to_trouble_is_trouble_and_to_nothing_is_gone),
		flow(a_304_behind_a_redirect_is_the_targets_REQ16),
		flow(moved_is_told_once_and_coming_home_is_back_REQ34),
		flow(a_target_that_backs_off_holds_up_nobody),
		flow(a_single_place_is_enough_for_redirects_and_robots),
		flow(a_redirect_in_a_temporary_storm_moves_nothing_REQ40),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
