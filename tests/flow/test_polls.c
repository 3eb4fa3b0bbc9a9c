/* test_polls.c - whose turn it is to be polled, through the real loop. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "store/base/clock.h"
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_slow_host_keeps_nobody_waiting),
		TEST(a_run_for_one_host_finds_its_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
