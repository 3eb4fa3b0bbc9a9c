/* test_polls.c - whose turn it is to be polled, through the real loop. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "store/base/clock.h"
#include "store/base/units.h"
#include "tests/world.h"
#include "tools/sources.h"

#define SITEMAP "<urlset><url><loc>/p</loc></url></urlset>"

static void url_on(struct world *w, int host, const char *path, char url[ORIGIN_URL_SIZE])
{
	(void)origin_url_on(w->origin, host, path, url);
}

/* A source that is due `after_ms` from now. */
static void name(struct world *w, int host, const char *path, int64_t after_ms)
{
	char url[ORIGIN_URL_SIZE], origin[ORIGIN_URL_SIZE];
	struct source_name name = { .named_by = SOURCE_BY_USER,
				    .first_poll_at_ms = w->now_ms + after_ms,
				    .max_of_host = 10000 };
	bool added;

	url_on(w, host, path, url);
	url_on(w, host, "", origin);
	name.url = span_of(url);
	name.host = span_of(origin);
	assert_int_equal(sources_name(w->store, &name, w->now_ms, &added), ERR_OK);
	assert_true(added);
}

static void name_many(struct world *w, int n)
{
	char path[24];

	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/s%d.xml", i);
		name(w, 0, path, i);
		origin_reply(w->origin, path, ANY_REQUEST,
			     origin_ok(w->origin, "", SITEMAP));
	}
	origin_reply(w->origin, "/other.xml", ANY_REQUEST,
		     origin_ok(w->origin, "", SITEMAP));
	name(w, 1, "/other.xml", n);
	assert_int_equal(store_commit(w->store), ERR_OK);
}

static size_t n_polled(struct world *w, int n)
{
	size_t n_polled = 0;
	char path[24];

	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/s%d.xml", i);
		n_polled += origin_n_requests(w->origin, path);
	}
	return n_polled;
}

/* A host with sources enough for all places, which takes a minute for each of them. */
static void a_slow_host_keeps_nobody_waiting(void **state)
{
	struct world *w = *state;

	origin_reply(w->origin, "/robots.txt", ANY_REQUEST,
		     origin_ok(w->origin, "", "User-agent: *\nCrawl-delay: 60\n"));
	world_set(w, "sources.min_interval", "1d");
	name_many(w, 12);
	world_run_for(w, 90 * MS_PER_SECOND);
	assert_true(n_polled(w, 12) <= 3);
	assert_int_equal(origin_n_requests(w->origin, "/other.xml"), 1);
	world_run_for(w, 15 * MS_PER_MINUTE);
	assert_int_equal(n_polled(w, 12), 12); /* each in its turn, and once */
	assert_int_equal(origin_n_requests(w->origin, "/other.xml"), 1);
	assert_int_equal(world_n_differences(w), 0);
}

/* Behind more sources of hosts that are not wanted than are looked at in one turn. */
static void a_run_for_one_host_finds_its_source(void **state)
{
	struct world *w = *state;
	char host[ORIGIN_URL_SIZE];
	struct host_filter filter;
	struct loop_config config = { .settings = &w->settings,
				      .once = true,
				      .hosts = &filter,
				      .n_hosts = 1,
				      .virtual_now_ms = &w->now_ms,
				      .no_control = true };
	struct loop *loop = NULL;
	struct why why = { "" };

	name_many(w, 1200);
	world_sleep(w, MS_PER_MINUTE);
	url_on(w, 1, "", host);
	assert_int_equal(host_filter_init(&filter, span_of(host), &why), ERR_OK);
	assert_int_equal(loop_new(w->store, &config, &loop, &why), ERR_OK);
	assert_int_equal(loop_run(loop, &why), ERR_OK);
	loop_free(loop);
	host_filter_release(&filter);
	assert_int_equal(n_polled(w, 1200), 0);
	assert_int_equal(origin_n_requests(w->origin, "/other.xml"), 1);
}

/* ---- a run that dies while it carries out the news ---------------------------------------- */

#define N_PAGES 300

struct dying {
	struct world *w;
	struct loop *loop;
};

static const char *page_path(int i, char path[24])
{
	snprintf(path, 24, "/p%d", i);
	return path;
}

static void publish_all(struct world *w)
{
	struct buf body = BUF_INIT;
	char date[UNITS_TIME_SIZE], path[24];

	units_format_time(w->now_ms, date);
	assert_int_equal(buf_append_text(&body, "<urlset>"), ERR_OK);
	for (int i = 0; i < N_PAGES; i++)
		assert_int_equal(buf_printf(&body,
					    "<url><loc>%s</loc><lastmod>%s</lastmod>"
					    "</url>",
					    page_path(i, path), date),
				 ERR_OK);
	assert_int_equal(buf_append_text(&body, "</urlset>"), ERR_OK);
	origin_reply(w->origin, "/s.xml", ANY_REQUEST,
		     origin_ok(w->origin, "", buf_text(&body)));
	buf_release(&body);
}

static int n_announced(struct world *w, int n_pages, int *most)
{
	int n_all = 0;
	char path[24];

	*most = 0;
	for (int i = 0; i < n_pages; i++) {
		int n = world_page(w, page_path(i, path))
				->told[TOLD_BY_SITEMAP]
				.n_announced;

		n_all += n;
		if (n > *most)
			*most = n;
	}
	return n_all;
}

/* As a signal that comes twice: what is under way is dropped. */
static void die_half_way(void *context, int64_t now_ms)
{
	struct dying *dying = context;
	int most;

	(void)now_ms;
	if (!n_announced(dying->w, 20, &most))
		return;
	loop_ask_to_stop(dying->loop);
	loop_ask_to_stop(dying->loop);
}

static void run_until_it_dies(struct world *w)
{
	struct dying dying = { .w = w };
	struct loop_config config = { .settings = &w->settings,
				      .for_ms = MS_PER_HOUR,
				      .virtual_now_ms = &w->now_ms,
				      .no_control = true,
				      .progress = die_half_way,
				      .progress_context = &dying };
	struct why why = { "" };

	assert_int_equal(loop_new(w->store, &config, &dying.loop, &why), ERR_OK);
	assert_int_equal(loop_run(dying.loop, &why), ERR_OK);
	loop_free(dying.loop);
}

static void nothing_is_announced_twice_by_one_poll(void **state)
{
	struct world *w = *state;
	int most, n_before;
	char path[24];

	world_set(w, "sources.min_interval", "6h");
	for (int i = 0; i < N_PAGES; i++) {
		page_path(i, path);
		origin_reply(w->origin, path, ANY_REQUEST,
			     origin_ok(w->origin, "Content-Type: text/html\r\n", "<p>a"));
		world_seed(w, path);
	}
	world_run_once(w);
	world_set(w, "schedule.budget", "200/d");
	world_sleep(w, MS_PER_DAY);
	publish_all(w);
	name(w, 0, "/s.xml", 0);
	assert_int_equal(store_commit(w->store), ERR_OK);
	run_until_it_dies(w);
	n_before = n_announced(w, N_PAGES, &most);
	assert_in_range(n_before, 1, N_PAGES - 50);
	world_run_for(w, 2 * MS_PER_HOUR);
	assert_int_equal(origin_n_requests(w->origin, "/s.xml"), 2);
	assert_true(n_announced(w, N_PAGES, &most) > N_PAGES - 50);
	assert_int_equal(most, 1);
	assert_int_equal(world_n_differences(w), 0);
}

/* ---- a clock that is set under a run ------------------------------------------------------- */

static struct {
	int64_t asked_at_ms[2]; /* the source, by time that really went by */
	bool was_set;
} watched;

static void set_clock_between(struct world *w)
{
	size_t n = origin_n_requests(w->origin, "/s.xml");

	for (size_t i = 0; i < n && i < 2; i++)
		if (!watched.asked_at_ms[i])
			watched.asked_at_ms[i] = w->now_ms - w->stepped_ms;
	if (watched.was_set || !n || w->now_ms == watched.asked_at_ms[0])
		return;
	watched.was_set = true;
	world_set_clock(w, MS_PER_DAY);
}

static void a_clock_set_forward_ends_no_retry_after_of_a_source_REQ92(void **state)
{
	struct world *w = *state;
	int64_t waited_ms;

	memset(&watched, 0, sizeof(watched));
	origin_reply(
		w->origin, "/s.xml", ANY_REQUEST,
		"HTTP/1.1 503 Busy\r\nRetry-After: 7200\r\nContent-Length: 0\r\n\r\n");
	name(w, 0, "/s.xml", 0);
	assert_int_equal(store_commit(w->store), ERR_OK);
	w->turn = set_clock_between;
	world_run_for(w, 6 * MS_PER_HOUR);
	waited_ms = watched.asked_at_ms[1] - watched.asked_at_ms[0];
	assert_true(watched.was_set);
	assert_in_range(waited_ms, 7200 * MS_PER_SECOND - 1000, 3 * MS_PER_HOUR);
	assert_int_equal(world_n_differences(w), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_slow_host_keeps_nobody_waiting),
		TEST(a_run_for_one_host_finds_its_source),
		TEST(nothing_is_announced_twice_by_one_poll),
		TEST(a_clock_set_forward_ends_no_retry_after_of_a_source_REQ92),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
