/* test_limits.c - how little a hostile server can take (REQ 57-62, 66-70). */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "crawler/transport.h"
#include "store/base/clock.h"
#include "tests/steps.h"

#define HTML "Content-Type: text/html\r\n"

static void expect_error(struct world *w, const char *path, enum fetch_error error)
{
	const struct page *page = world_page(w, path);

	if (page->error != error)
		fail_msg("%s: %s (%s), not %s", path,
			 fetch_error_text((enum fetch_error)page->error),
			 buf_text(&page->error_detail), fetch_error_text(error));
	assert_int_equal(page->version, 0);
}

static void large_bodies_are_refused_REQ60(void **state)
{
	struct world *w = *state;
	char *body = malloc(200001);

	assert_non_null(body);
	memset(body, 'x', 200001);
	world_set(w, "fetch.max_wire", "200000");
	world_set(w, "fetch.max_body", "200000");
	origin_reply_body(w->origin, "/fits", ANY_REQUEST, HTML, body, 200000);
	origin_reply_body(w->origin, "/over", ANY_REQUEST, HTML, body, 200001);
	/* announced only; endless; and an error page is no better */
	step_reply(w, "/endless", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nxxxxxxxx");
	origin_reply_as(w->origin, "/endless", ANY_REQUEST,
			"HTTP/1.1 200 OK\r\n\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			60, (struct origin_manner){ .endless = true });
	world_seed(w, "/fits");
	world_seed(w, "/over");
	world_seed(w, "/endless");
	world_run_once(w);
	free(body);
	step_expect(w, "/fits", VERDICT_NEW);
	step_expect(w, "/over", VERDICT_REFUSED);
	expect_error(w, "/over", FETCH_BODY_TOO_LARGE);
	step_expect(w, "/endless", VERDICT_REFUSED);
	expect_error(w, "/endless", FETCH_BODY_TOO_LARGE);
	assert_int_equal(world_n_changes(w), 1);
	assert_int_equal(world_n_differences(w), 0);
}

static void heads_have_limits_REQ59(void **state)
{
	struct world *w = *state;
	struct buf lines = BUF_INIT, wide = BUF_INIT;

	for (int i = 0; i < 300; i++)
		assert_int_equal(buf_printf(&lines, "X-%d: y\r\n", i), ERR_OK);
	assert_int_equal(buf_append_text(&wide, "X: "), ERR_OK);
	for (int i = 0; i < 70000; i++)
		assert_int_equal(buf_append_byte(&wide, 'y'), ERR_OK);
	assert_int_equal(buf_append_text(&wide, "\r\n"), ERR_OK);
	step_ok(w, "/lines", buf_text(&lines), "x");
	step_ok(w, "/wide", buf_text(&wide), "x");
	world_seed(w, "/lines");
	world_seed(w, "/wide");
	world_run_once(w);
	buf_release(&lines);
	buf_release(&wide);
	step_expect(w, "/lines", VERDICT_REFUSED);
	step_expect(w, "/wide", VERDICT_REFUSED);
	expect_error(w, "/lines", FETCH_HEAD_TOO_LARGE);
	expect_error(w, "/wide", FETCH_HEAD_TOO_LARGE);
}

static void slow_servers_are_given_up_and_delay_nobody_REQ57(void **state)
{
	struct world *w = *state;
	const char *raw = origin_ok(w->origin, HTML, "<p>here, with a few more words");
	int64_t before_us;

	world_set(w, "fetch.timeout", "1s");
	origin_reply_as(w->origin, "/silent", ANY_REQUEST, raw, strlen(raw),
			(struct origin_manner){ .silent = true });
	origin_reply_as(w->origin, "/drip", ANY_REQUEST, raw, strlen(raw),
			(struct origin_manner){ .drip_bytes = 1, .drip_ms = 100 });
	step_ok(w, "/a", HTML, "<p>here");
	world_seed_on(w, 0, "/silent");
	world_seed_on(w, 1, "/drip");
	for (int host = 2; host < 8; host++)
		world_seed_on(w, host, "/a");
	before_us = clock_monotonic_us();
	world_run_once(w);
	/* all at once: no second in a row for each */
	assert_true(clock_monotonic_us() - before_us < 3500 * 1000);
	expect_error(w, "/silent", FETCH_TIMEOUT);
	assert_int_equal(world_page_on(w, 1, "/drip")->error, FETCH_TIMEOUT);
	for (int host = 2; host < 8; host++)
		assert_int_equal(world_page_on(w, host, "/a")->verdict, VERDICT_NEW);
}

static void addresses_are_judged_by_default_REQ66(void **state)
{
	static const char *const nets[] = { "127.77.1.2/32", NULL };
	struct world *w = *state;
	const char *const *before = w->settings.fetch_allow_net;

	w->settings.fetch_allow_net = nets; /* the world's own net is larger */
	step_ok(w, "/a", HTML, "<p>here");
	world_seed_on(w, 0, "/a");
	world_seed_on(w, 1, "/a");
	world_run_once(w);
	w->settings.fetch_allow_net = before;
	assert_int_equal(world_page_on(w, 0, "/a")->verdict, VERDICT_BLOCKED);
	assert_int_equal(world_page_on(w, 1, "/a")->verdict, VERDICT_NEW);
	assert_int_equal(origin_n_connections(w->origin), 1);
}

#define flow(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		flow(large_bodies_are_refused_REQ60),
		flow(heads_have_limits_REQ59),
		flow(slow_servers_are_given_up_and_delay_nobody_REQ57),
		flow(addresses_are_judged_by_default_REQ66),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
