/* test_visit.c - one page, one origin: what each answer makes of the record. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "tests/world.h"
#include "store/base/clock.h"
#include "tools/stored_head.h"

#define V1 "Content-Type: text/html\r\nETag: \"v1\"\r\nDate: {date}\r\n"
#define V2 "Content-Type: text/html\r\nETag: \"v2\"\r\nDate: {date}\r\n"

/* A page that has been seen once, with the tag "v1". */
static void see_once(struct world *w, const char *path)
{
	origin_reply(w->origin, path, ANY_REQUEST,
		     origin_ok(w->origin, V1, "<p>first words"));
	world_seed(w, path);
	world_run_once(w);
	assert_int_equal(world_page(w, path)->verdict, VERDICT_NEW);
}

static void revisit(struct world *w)
{
	w->force = true;
	world_sleep(w, MS_PER_DAY);
	world_run_once(w);
}

static void first_contact_is_unconditional_REQ9(void **state)
{
	struct world *w = *state;

	see_once(w, "/a");
	assert_int_equal(origin_n_requests(w->origin, "/a"), 1);
	assert_false(world_asked_with(w, "/a", 0, "If-"));
	assert_int_equal(world_n_changes(w), 1);
	assert_int_equal(world_change(w, 0)->kind, CHANGE_NEW);
	assert_int_equal(world_page(w, "/a")->version, 1);
	assert_int_equal(world_n_differences(w), 0);
}

static void robots_txt_comes_first_REQ41(void **state)
{
	struct world *w = *state;

	see_once(w, "/a");
	assert_string_equal(origin_request(w->origin, ANY_PATH, 0)->path, "/robots.txt");
	assert_int_equal(origin_n_requests(w->origin, "/robots.txt"), 1);
	assert_int_equal(world_host(w, 0)->robots_state, ROBOTS_STATE_NONE);
}

static void a_304_proves_a_page_unchanged_REQ10_19(void **state)
{
	struct world *w = *state;

	see_once(w, "/a");
	origin_reply(w->origin, "/a", "If-None-Match: \"v1\"", ORIGIN_NOT_MODIFIED);
	revisit(w);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_UNCHANGED);
	assert_int_equal(world_page(w, "/a")->evidence, EVIDENCE_304_STRONG);
	assert_int_equal(world_page(w, "/a")->version, 1);
	assert_int_equal(world_n_changes(w), 1); /* REQ 34: the first sight alone */
	assert_int_equal(world_n_differences(w), 0);
}

/* RFC 9111 4.3.4: each 304 updates what it names, and keeps what earlier ones told; of a
 * body it says nothing (REQ 20). */
static void each_304_freshens_the_stored_head_REQ19_20(void **state)
{
	struct world *w = *state;
	struct buf head = BUF_INIT;

	origin_reply(w->origin, "/a", ANY_REQUEST,
		     origin_ok(w->origin,
			       "Content-Type: text/html\r\nETag: \"v1\"\r\n"
			       "A: 1\r\nB: 1\r\n",
			       "<p>words"));
	origin_reply_n(w->origin, "/a", "If-None-Match: \"v1\"", 1,
		       "HTTP/1.1 304 Not Modified\r\nA: 2\r\nA: 3\r\nC: 1\r\n"
		       "Content-Type: x/y\r\nContent-Encoding: gzip\r\n\r\n");
	origin_reply_n(w->origin, "/a", "If-None-Match: \"v1\"", 1,
		       "HTTP/1.1 304 Not Modified\r\nB: 2\r\n\r\n");
	world_seed(w, "/a");
	world_run_once(w);
	revisit(w);
	revisit(w);
	assert_int_equal(stored_head_get(w->store, world_page(w, "/a"), &head), ERR_OK);
	assert_string_equal(buf_text(&head),
			    "Content-Length: 8\nContent-Type: text/html\nETag: \"v1\"\n"
			    "A: 2\nA: 3\nC: 1\nB: 2\n");
	buf_release(&head);
}

/* What a 304 adds goes with the next 200, and comes back with the 304 after it. */
static void a_304_after_another_200_freshens_anew(void **state)
{
	static const char not_modified[] = "HTTP/1.1 304 Not Modified\r\nC: 1\r\n\r\n";
	struct world *w = *state;
	struct buf head = BUF_INIT;

	origin_reply(w->origin, "/a", ANY_REQUEST,
		     origin_ok(w->origin, "Content-Type: text/html\r\nETag: \"v1\"\r\n",
			       "<p>words"));
	origin_reply_n(w->origin, "/a", "If-None-Match", 2, not_modified);
	world_seed(w, "/a");
	for (int i = 0; i < 4; i++)
		revisit(w);
	assert_int_equal(stored_head_get(w->store, world_page(w, "/a"), &head), ERR_OK);
	assert_string_equal(buf_text(&head),
			    "Content-Length: 8\nContent-Type: text/html\nETag: \"v1\"\n");
	origin_reply_n(w->origin, "/a", "If-None-Match", 1, not_modified);
	revisit(w);
	assert_int_equal(stored_head_get(w->store, world_page(w, "/a"), &head), ERR_OK);
	assert_string_equal(
		buf_text(&head),
		"Content-Length: 8\nContent-Type: text/html\nETag: \"v1\"\nC: 1\n");
	buf_release(&head);
}

static void new_words_are_a_new_version(void **state)
{
	struct world *w = *state;

	see_once(w, "/a");
	origin_reply(w->origin, "/a", ANY_REQUEST,
		     origin_ok(w->origin, V2, "<p>quite other words"));
	revisit(w);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_CHANGED);
	assert_int_equal(world_page(w, "/a")->version, 2);
	assert_string_equal(buf_text(&world_page(w, "/a")->etag), "\"v2\"");
	assert_int_equal(world_n_changes(w), 2);
	assert_int_equal(world_change(w, 1)->kind, CHANGE_CHANGED);
	assert_int_equal(world_n_differences(w), 0);
}

static void other_markup_around_the_same_words_is_minor_REQ35(void **state)
{
	struct world *w = *state;

	see_once(w, "/a");
	origin_reply(w->origin, "/a", ANY_REQUEST,
		     origin_ok(w->origin, V2, "<p class=x>first words<!-- build 2 -->"));
	revisit(w);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_MINOR);
	assert_int_equal(world_page(w, "/a")->version, 1);
	assert_string_equal(buf_text(&world_page(w, "/a")->etag), "\"v2\"");
	assert_int_equal(world_n_changes(w), 1);
	assert_int_equal(world_n_differences(w), 0);
}

static void the_same_bytes_under_a_new_tag_are_unchanged_REQ26(void **state)
{
	struct world *w = *state;

	see_once(w, "/a");
	origin_reply(w->origin, "/a", ANY_REQUEST,
		     origin_ok(w->origin, V2, "<p>first words"));
	revisit(w);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_UNCHANGED);
	assert_int_equal(world_page(w, "/a")->evidence, EVIDENCE_DIGEST);
	assert_string_equal(buf_text(&world_page(w, "/a")->etag), "\"v2\"");
	assert_int_equal(world_n_differences(w), 0);
}

static void a_404_wants_a_second_witness_REQ30(void **state)
{
	struct world *w = *state;

	see_once(w, "/a");
	origin_reply(w->origin, "/a", ANY_REQUEST, ORIGIN_NOT_FOUND);
	world_set(w, "schedule.interval", "1d");
	world_sleep(w, MS_PER_DAY);
	w->force = false;
	world_run_for(w, MS_PER_MINUTE * 30);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_ERROR);
	assert_int_equal(world_n_changes(w), 1);
	world_run_for(w, MS_PER_HOUR);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_GONE);
	world_run_for(w, 3 * MS_PER_DAY);
	assert_int_equal(world_n_changes(w), 2); /* told once, however often it is seen */
	assert_int_equal(world_change(w, 1)->kind, CHANGE_GONE);
	origin_reply(w->origin, "/a", ANY_REQUEST,
		     origin_ok(w->origin, V1, "<p>first words"));
	revisit(w);
	assert_int_equal(world_n_changes(w), 3);
	assert_int_equal(world_change(w, 2)->kind, CHANGE_BACK);
	assert_int_equal(world_n_differences(w), 0);
}

static void a_410_is_believed_at_once_REQ30(void **state)
{
	struct world *w = *state;

	see_once(w, "/a");
	origin_reply(w->origin, "/a", ANY_REQUEST,
		     origin_response(w->origin, "410 Gone", "", ""));
	revisit(w);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_GONE);
	assert_int_equal(world_page(w, "/a")->version, 2);
}

static void an_error_erases_nothing_REQ31(void **state)
{
	struct world *w = *state;

	see_once(w, "/a");
	origin_reply(
		w->origin, "/a", ANY_REQUEST,
		origin_response(w->origin, "500 Oops", "ETag: \"err\"\r\n", "sorry"));
	revisit(w);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_ERROR);
	assert_string_equal(buf_text(&world_page(w, "/a")->etag), "\"v1\"");
	assert_int_equal(world_page(w, "/a")->version, 1);
	assert_true(world_page(w, "/a")->has_body);
	assert_int_equal(world_n_changes(w), 1);
	assert_int_equal(world_n_differences(w), 0);
}

static void a_truncated_body_is_no_version_REQ28(void **state)
{
	struct origin_manner cut = { .cut_at = 120, .close = true };
	struct world *w = *state;
	const char *raw;

	see_once(w, "/a");
	raw = origin_ok(w->origin, V2, "<p>other words, of which not all arrive, alas");
	origin_reply_as(w->origin, "/a", ANY_REQUEST, raw, strlen(raw), cut);
	revisit(w);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_ERROR);
	assert_string_equal(buf_text(&world_page(w, "/a")->etag), "\"v1\"");
	assert_int_equal(world_n_changes(w), 1);
}

static void a_304_nobody_asked_for_is_an_error_REQ22(void **state)
{
	struct world *w = *state;

	origin_reply(w->origin, "/a", ANY_REQUEST, ORIGIN_NOT_MODIFIED);
	world_seed(w, "/a");
	world_run_once(w);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_ERROR);
	assert_int_equal(world_page(w, "/a")->version, 0);
	assert_true(world_page(w, "/a")->ask_unconditionally);
}

static void another_strong_tag_in_a_304_is_not_believed_REQ21(void **state)
{
	struct world *w = *state;

	see_once(w, "/a");
	origin_reply(w->origin, "/a", "If-None-Match",
		     "HTTP/1.1 304 x\r\nETag: \"v9\"\r\n\r\n");
	revisit(w);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_ERROR);
	world_run_for(w, MS_PER_MINUTE);
	assert_false(world_asked_with(w, "/a", 2, "If-None-Match"));
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_UNCHANGED);
}

static void a_disallowed_page_is_not_fetched_REQ52(void **state)
{
	struct world *w = *state;

	see_once(w, "/a");
	origin_reply(w->origin, "/robots.txt", ANY_REQUEST,
		     origin_ok(w->origin, "", "User-agent: freshet\nDisallow: /a\n"));
	world_sleep(w, 2 * MS_PER_DAY);
	revisit(w);
	assert_int_equal(origin_n_requests(w->origin, "/a"), 1);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_BLOCKED);
	assert_int_equal(world_page(w, "/a")->version, 1);
	assert_int_equal(world_change(w, 1)->kind, CHANGE_BLOCKED);
	assert_int_equal(world_n_differences(w), 0);
}

static void an_unreachable_robots_txt_blocks_but_tells_nobody_REQ45(void **state)
{
	struct world *w = *state;

	see_once(w, "/a");
	origin_reply(w->origin, "/robots.txt", ANY_REQUEST,
		     origin_response(w->origin, "500 Oops", "", ""));
	world_sleep(w, 2 * MS_PER_DAY);
	revisit(w);
	assert_int_equal(origin_n_requests(w->origin, "/a"), 1);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_BLOCKED);
	assert_int_equal(world_n_changes(w), 1);
}

static void a_permanent_redirect_moves_a_page_REQ40(void **state)
{
	struct world *w = *state;
	char url[ORIGIN_URL_SIZE];

	origin_reply(w->origin, "/old", ANY_REQUEST,
		     origin_response(w->origin, "301 Moved", "Location: /new\r\n", ""));
	origin_reply(w->origin, "/new", ANY_REQUEST, origin_ok(w->origin, V1, "<p>here"));
	world_seed(w, "/old");
	world_run_once(w);
	assert_int_equal(world_page(w, "/old")->verdict, VERDICT_MOVED);
	assert_string_equal(buf_text(&world_page(w, "/old")->redirect_to),
			    origin_url(w->origin, "/new", url));
	assert_int_equal(world_change(w, 0)->kind, CHANGE_MOVED);
}

static void validators_stay_with_who_gave_them_REQ16(void **state)
{
	struct world *w = *state;

	origin_reply(w->origin, "/a", ANY_REQUEST,
		     origin_response(w->origin, "302 Found", "Location: /b\r\n", ""));
	origin_reply(w->origin, "/b", ANY_REQUEST, origin_ok(w->origin, V1, "<p>here"));
	world_seed(w, "/a");
	world_run_once(w);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_NEW);
	origin_reply(w->origin, "/b", "If-None-Match: \"v1\"", ORIGIN_NOT_MODIFIED);
	revisit(w);
	assert_false(world_asked_with(w, "/a", 1, "If-None-Match"));
	assert_true(world_asked_with(w, "/b", 1, "If-None-Match: \"v1\""));
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_UNCHANGED);
}

static void a_redirect_loop_ends_at_its_second_visit_REQ36(void **state)
{
	struct world *w = *state;

	origin_reply(w->origin, "/a", ANY_REQUEST,
		     origin_response(w->origin, "302 Found", "Location: /b\r\n", ""));
	origin_reply(w->origin, "/b", ANY_REQUEST,
		     origin_response(w->origin, "302 Found", "Location: /a\r\n", ""));
	world_seed(w, "/a");
	world_run_once(w);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_ERROR);
	assert_int_equal(origin_n_requests(w->origin, "/a"), 1);
	assert_int_equal(origin_n_requests(w->origin, "/b"), 1);
}

static void one_host_is_asked_once_a_delay_REQ53(void **state)
{
	struct world *w = *state;
	int64_t before_ms = w->now_ms;

	for (int i = 0; i < 10; i++) {
		char path[16];

		snprintf(path, sizeof(path), "/p%d", i);
		origin_reply(w->origin, path, ANY_REQUEST,
			     origin_ok(w->origin, V1, "<p>here"));
		world_seed(w, path);
	}
	world_run_once(w);
	assert_int_equal(w->tally.by_verdict[VERDICT_NEW], 10);
	/* robots.txt and ten pages: ten delays of a second between them. */
	assert_true(w->now_ms - before_ms >= 10 * MS_PER_SECOND);
	assert_true(w->now_ms - before_ms < 12 * MS_PER_SECOND);
	assert_int_equal(world_n_differences(w), 0);
}

/* More pages than are held in memory for one host: most of them are parked. */
static void a_saturated_host_loses_no_page(void **state)
{
	struct world *w = *state;
	char path[16];

	world_set(w, "fetch.host_delay", "0s");
	world_set(w, "schedule.budget", "100000/s");
	origin_reply(w->origin, ANY_PATH, ANY_REQUEST,
		     origin_ok(w->origin, V1, "<p>here"));
	origin_reply(w->origin, "/robots.txt", ANY_REQUEST, ORIGIN_NOT_FOUND);
	for (int i = 0; i < 2500; i++) {
		snprintf(path, sizeof(path), "/p%d", i);
		world_seed(w, path);
	}
	world_run_once(w);
	assert_int_equal(w->tally.by_verdict[VERDICT_NEW], 2500);
	assert_int_equal(world_n_differences(w), 0);
}

static void hosts_run_in_parallel_REQ53(void **state)
{
	struct world *w = *state;
	int64_t before_ms = w->now_ms;

	origin_reply(w->origin, "/a", ANY_REQUEST, origin_ok(w->origin, V1, "<p>here"));
	for (int host = 0; host < ORIGIN_N_HOSTS; host++)
		world_seed_on(w, host, "/a");
	world_run_once(w);
	assert_int_equal(w->tally.by_verdict[VERDICT_NEW], ORIGIN_N_HOSTS);
	assert_true(w->now_ms - before_ms < 3 * MS_PER_SECOND);
}

static void retry_after_is_kept_over_a_restart_REQ54_55(void **state)
{
	struct world *w = *state;

	see_once(w, "/a");
	origin_reply(w->origin, "/a", ANY_REQUEST,
		     origin_response(w->origin, "503 Busy", "Retry-After: 7200\r\n", ""));
	revisit(w);
	world_restart(w);
	world_run_for(w, MS_PER_HOUR); /* forced: not even then */
	assert_int_equal(origin_n_requests(w->origin, "/a"), 2);
	w->force = false;
	world_run_for(w, 2 * MS_PER_HOUR);
	assert_true(origin_n_requests(w->origin, "/a") > 2);
}

static void change_settings(struct world *w)
{
	static int n;

	world_set(w, "fetch.max_body", n++ % 2 ? "7M" : "8M");
}

/* A race if a worker looks at them: this program runs under TSan, too. */
static void settings_may_be_replaced_while_workers_read(void **state)
{
	struct world *w = *state;

	origin_reply(w->origin, "/a", ANY_REQUEST,
		     origin_ok(w->origin, V1, "<p>first words"));
	for (int host = 0; host < ORIGIN_N_HOSTS; host++)
		world_seed_on(w, host, "/a");
	w->turn = change_settings;
	world_run_once(w);
	assert_int_equal(w->tally.by_verdict[VERDICT_NEW], ORIGIN_N_HOSTS);
	origin_reply(w->origin, "/a", ANY_REQUEST,
		     origin_ok(w->origin, V2, "<p>other words"));
	revisit(w); /* the old text is read again, and compared */
	assert_int_equal(w->tally.by_verdict[VERDICT_CHANGED], ORIGIN_N_HOSTS);
}

#define flow(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		flow(first_contact_is_unconditional_REQ9),
		flow(robots_txt_comes_first_REQ41),
		flow(a_304_proves_a_page_unchanged_REQ10_19),
		flow(each_304_freshens_the_stored_head_REQ19_20),
		flow(a_304_after_another_200_freshens_anew),
		flow(new_words_are_a_new_version),
		flow(other_markup_around_the_same_words_is_minor_REQ35),
		flow(the_same_bytes_under_a_new_tag_are_unchanged_REQ26),
		flow(a_404_wants_a_second_witness_REQ30),
		flow(a_410_is_believed_at_once_REQ30),
		flow(an_error_erases_nothing_REQ31),
		flow(a_truncated_body_is_no_version_REQ28),
		flow(a_304_nobody_asked_for_is_an_error_REQ22),
		flow(another_strong_tag_in_a_304_is_not_believed_REQ21),
		flow(a_disallowed_page_is_not_fetched_REQ52),
		flow(an_unreachable_robots_txt_blocks_but_tells_nobody_REQ45),
		flow(a_permanent_redirect_moves_a_page_REQ40),
		flow(validators_stay_with_who_gave_them_REQ16),
		flow(a_redirect_loop_ends_at_its_second_visit_REQ36),
		flow(one_host_is_asked_once_a_delay_REQ53),
		flow(a_saturated_host_loses_no_page),
		flow(hosts_run_in_parallel_REQ53),
		flow(retry_after_is_kept_over_a_restart_REQ54_55),
		flow(settings_may_be_replaced_while_workers_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
