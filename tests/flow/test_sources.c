/* test_sources.c - sitemaps and feeds as sources of signals, through the real loop. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "scheduler/told.h"
#include "store/base/clock.h"
#include "store/base/units.h"
#include "tests/world.h"
#include "tools/sources.h"

#define N_PAGES 40
#define TYPE "Content-Type: text/html\r\n"
#define STEP_MS (MS_PER_DAY / 4)

/* A site whose pages change at random, each at its own rate. */
struct site {
	struct world *w;
	int64_t changed_at_ms[N_PAGES];
	unsigned version[N_PAGES];
	uint32_t random;
	bool lies; /* its sitemap calls every page new all the time */
	double fresh;
	unsigned n_looks;
};

static const char *path_of(int i, char path[16])
{
	snprintf(path, 16, "/p%d", i);
	return path;
}

static unsigned draw(struct site *site)
{
	site->random = site->random * 1664525 + 1013904223;
	return site->random >> 16;
}

static void publish_page(struct site *site, int i)
{
	char path[16], body[128];

	snprintf(body, sizeof(body), "<p>page %d in its version %c%c%c", i,
		 'a' + site->version[i] % 26, 'a' + site->version[i] / 26 % 26,
		 'a' + site->version[i] / 676 % 26);
	origin_reply(site->w->origin, path_of(i, path), ANY_REQUEST,
		     origin_ok(site->w->origin, TYPE, body));
}

static void publish_sitemap(struct site *site, const char *path)
{
	struct buf body = BUF_INIT;

	assert_int_equal(buf_append_text(&body, "<urlset>"), ERR_OK);
	for (int i = 0; i < N_PAGES; i++) {
		char url[ORIGIN_URL_SIZE], page[16], date[UNITS_TIME_SIZE];

		units_format_time(site->lies ? site->w->now_ms : site->changed_at_ms[i],
				  date);
		assert_int_equal(
			buf_printf(&body, "<url><loc>%s</loc><lastmod>%s</lastmod></url>",
				   origin_url(site->w->origin, path_of(i, page), url),
				   date),
			ERR_OK);
	}
	assert_int_equal(buf_append_text(&body, "</urlset>"), ERR_OK);
	origin_reply(site->w->origin, path, ANY_REQUEST,
		     origin_ok(site->w->origin, "", buf_text(&body)));
	buf_release(&body);
}

static void found(struct world *w, struct site *site)
{
	*site = (struct site){ .w = w, .random = 7 };
	world_set(w, "schedule.budget", "12/d");
	world_set(w, "sources.min_interval", "1h");
	for (int i = 0; i < N_PAGES; i++) {
		char path[16];

		site->changed_at_ms[i] = w->now_ms - MS_PER_DAY;
		publish_page(site, i);
		world_seed(w, path_of(i, path));
	}
}

/* Page i changes once in 2 to 40 days. */
static void change_some(struct site *site)
{
	for (int i = 0; i < N_PAGES; i++) {
		if (draw(site) % (8u + 4u * (unsigned)i) != 0)
			continue;
		site->version[i]++;
		site->changed_at_ms[i] = site->w->now_ms;
		publish_page(site, i);
	}
}

static void look(struct site *site)
{
	for (int i = 0; i < N_PAGES; i++) {
		char path[16];
		const struct page *page = world_page(site->w, path_of(i, path));

		site->fresh += page->last_verified_at_ms >= site->changed_at_ms[i];
		site->n_looks++;
	}
}

static double live(struct site *site, int n_days, const char *sitemap)
{
	site->fresh = 0;
	site->n_looks = 0;
	for (int step = 0; step < 4 * n_days; step++) {
		change_some(site);
		if (sitemap)
			publish_sitemap(site, sitemap);
		world_run_for(site->w, STEP_MS / 2);
		look(site);
		world_run_for(site->w, STEP_MS / 2);
		look(site);
	}
	return site->fresh / site->n_looks;
}

static void name(struct world *w, const char *path, bool adds_pages)
{
	char url[ORIGIN_URL_SIZE], host[ORIGIN_URL_SIZE];
	struct source_name name = { .named_by = SOURCE_BY_USER,
				    .adds_pages = adds_pages,
				    .first_poll_at_ms = w->now_ms,
				    .max_of_host = 100 };
	bool added;

	name.url = span_of(origin_url(w->origin, path, url));
	name.host = span_of(origin_url(w->origin, "", host));
	assert_int_equal(sources_name(w->store, &name, w->now_ms, &added), ERR_OK);
	assert_int_equal(store_commit(w->store), ERR_OK);
}

/* The record; valid until the next call. */
static const struct source *source_of(struct world *w, const char *path)
{
	static struct source source;
	char url[ORIGIN_URL_SIZE];
	struct page_key key;

	source_release(&source);
	source_init(&source);
	assert_int_equal(page_key_of(span_of(origin_url(w->origin, path, url)), &key),
			 ERR_OK);
	if (store_get_source(w->store, &key, &source) != ERR_OK)
		return NULL;
	return &source;
}

/* ---- evidence ------------------------------------------------------------------------------ */

/* The same site for 30 days at the same budget, the polls within it. */
static double freshness_with(struct world *w, struct site *site, const char *sitemap)
{
	found(w, site);
	world_run_for(w, 3 * MS_PER_DAY);
	if (sitemap) {
		site->lies = strcmp(sitemap, "/lies.xml") == 0;
		publish_sitemap(site, sitemap);
		name(w, sitemap, false);
	}
	(void)live(site, 15, sitemap);
	return live(site, 15, sitemap);
}

static double without;

static void without_a_source(void **state)
{
	struct site site;

	without = freshness_with(*state, &site, NULL);
	print_message("without a source %.4f\n", without);
	assert_true(without > 0.5 && without < 0.97);
}

static void a_good_sitemap_makes_the_index_fresher(void **state)
{
	struct world *w = *state;
	struct site site;
	double with = freshness_with(w, &site, "/sitemap.xml");
	const struct source *source = source_of(w, "/sitemap.xml");
	struct signal_quality q = told_quality(&source->trust);

	print_message("with a good one %.4f, recall %.2f, precision %.2f, %u polls\n",
		      with, q.recall, q.precision, source->n_polls);
	assert_true(with > without + 0.03);
	assert_true(q.precision > 0.8 && q.recall > 0.5);
	assert_int_equal(source->n_pages, N_PAGES);
	assert_int_equal(world_n_differences(w), 0);
}

static void a_lying_sitemap_costs_nothing_after_a_while(void **state)
{
	struct world *w = *state;
	struct site site;
	double with = freshness_with(w, &site, "/lies.xml");
	const struct source *source = source_of(w, "/lies.xml");
	struct signal_quality q = told_quality(&source->trust);

	print_message("with a liar %.4f, recall %.2f, precision %.2f, %u polls\n", with,
		      q.recall, q.precision, source->n_polls);
	/* When answers come decides which page is asked first: either differs by 0.02. */
	assert_true(with > without - 0.07);
	assert_true(q.precision < 0.2);
	assert_int_equal(world_n_differences(w), 0);
}

/* ---- coming and going ---------------------------------------------------------------------- */

/* Pages 0..n-1, all fetched, and a sitemap that tells of them. */
static void settle(struct world *w, struct site *site, const char *sitemap)
{
	found(w, site);
	world_set(w, "schedule.budget", "1000/d");
	world_run_once(w);
	world_set(w, "schedule.budget", "24/d");
	if (sitemap) {
		publish_sitemap(site, sitemap);
		name(w, sitemap, false);
		world_run_for(w, 3 * MS_PER_HOUR);
	}
}

static void a_sitemap_covers_the_pages_that_are_known(void **state)
{
	struct world *w = *state;
	struct site site;

	settle(w, &site, "/sitemap.xml");
	assert_int_equal(source_of(w, "/sitemap.xml")->kind, SOURCE_SITEMAP);
	assert_int_equal(source_of(w, "/sitemap.xml")->n_pages, N_PAGES);
	assert_int_equal(world_page(w, "/p3")->told[TOLD_BY_SITEMAP].source,
			 source_of(w, "/sitemap.xml")->key.url_hash);
	assert_int_equal(world_page(w, "/p3")->told[TOLD_BY_SITEMAP].n_announced, 0);
}

static void what_a_sitemap_names_is_added_only_when_that_was_asked_for(void **state)
{
	struct world *w = *state;
	struct site site;

	found(w, &site);
	world_run_once(w);
	origin_reply(w->origin, "/new", ANY_REQUEST,
		     origin_ok(w->origin, TYPE, "<p>new"));
	origin_reply(w->origin, "/a.xml", ANY_REQUEST,
		     origin_ok(w->origin, "",
			       "<feed><entry><link href='/new'/></entry></feed>"));
	name(w, "/a.xml", false);
	world_run_for(w, MS_PER_HOUR);
	assert_int_equal(store_n_pages(w->store), N_PAGES);
	assert_int_equal(source_of(w, "/a.xml")->kind, SOURCE_FEED);
	origin_reply(w->origin, "/b.xml", ANY_REQUEST,
		     origin_ok(w->origin, "",
			       "<feed><entry><link href='/new'/></entry></feed>"));
	name(w, "/b.xml", true);
	world_run_for(w, MS_PER_DAY);
	assert_int_equal(store_n_pages(w->store), N_PAGES + 1);
	assert_int_equal(world_page(w, "/new")->verdict, VERDICT_NEW);
	assert_int_equal(world_n_differences(w), 0);
}

static void polls_are_conditional_and_outlive_a_restart(void **state)
{
	struct world *w = *state;
	struct site site;

	found(w, &site);
	world_run_once(w);
	origin_reply(w->origin, "/s.xml", ANY_REQUEST,
		     origin_ok(w->origin, "ETag: \"one\"\r\n",
			       "<urlset><url><loc>http://other/</loc></url></urlset>"));
	origin_reply(w->origin, "/s.xml", "If-None-Match: \"one\"", ORIGIN_NOT_MODIFIED);
	name(w, "/s.xml", false);
	world_run_for(w, MS_PER_HOUR);
	assert_int_equal(origin_n_requests(w->origin, "/s.xml"), 1);
	assert_int_equal(source_of(w, "/s.xml")->n_entries, 0); /* of another host */
	world_restart(w);
	world_run_for(w, 8 * MS_PER_DAY);
	assert_true(origin_n_requests(w->origin, "/s.xml") >= 2);
	assert_true(world_asked_with(w, "/s.xml", 1, "If-None-Match: \"one\""));
	assert_int_equal(source_of(w, "/s.xml")->http_status, 304);
	assert_int_equal(source_of(w, "/s.xml")->n_failures_in_a_row, 0);
}

static void what_robots_txt_disallows_is_not_polled_REQ52(void **state)
{
	struct world *w = *state;
	struct site site;

	found(w, &site);
	origin_reply(w->origin, "/robots.txt", ANY_REQUEST,
		     origin_ok(w->origin, "", "User-agent: *\nDisallow: /s.xml\n"));
	world_run_once(w);
	name(w, "/s.xml", false);
	world_run_for(w, MS_PER_DAY);
	assert_int_equal(origin_n_requests(w->origin, "/s.xml"), 0);
	assert_non_null(strstr(buf_text(&source_of(w, "/s.xml")->detail), "line 2"));
	assert_true(source_of(w, "/s.xml")->next_poll_at_ms > w->now_ms);
}

static void a_dead_sitemap_is_retired_and_its_pages_freed(void **state)
{
	struct world *w = *state;
	struct site site;

	settle(w, &site, "/s.xml");
	origin_reply(w->origin, "/s.xml", ANY_REQUEST, ORIGIN_NOT_FOUND);
	world_run_for(w, 9 * MS_PER_DAY);
	assert_true(source_of(w, "/s.xml")->retired_at_ms > 0);
	assert_int_equal(world_page(w, "/p3")->told[TOLD_BY_SITEMAP].source, 0);
	assert_true(world_page(w, "/p3")->told_recall == 0);
	assert_int_equal(world_n_differences(w), 0);
}

static void what_is_no_sitemap_three_times_is_retired(void **state)
{
	struct world *w = *state;
	struct site site;

	found(w, &site);
	world_run_once(w);
	origin_reply(w->origin, "/s.xml", ANY_REQUEST,
		     origin_ok(w->origin, TYPE, "<html><p>Welcome"));
	name(w, "/s.xml", false);
	world_run_for(w, MS_PER_HOUR / 2);
	assert_int_equal(source_of(w, "/s.xml")->n_failures_in_a_row, 1);
	assert_int_equal(source_of(w, "/s.xml")->retired_at_ms, 0);
	world_run_for(w, MS_PER_DAY);
	assert_true(source_of(w, "/s.xml")->retired_at_ms > 0);
	assert_int_equal(origin_n_requests(w->origin, "/s.xml"), 3);
}

static void robots_txt_names_sources_and_few_pages_do_not_poll_them_soon(void **state)
{
	struct world *w = *state;
	struct site site;
	char robots[ORIGIN_URL_SIZE], url[ORIGIN_URL_SIZE];

	found(w, &site);
	snprintf(robots, sizeof(robots), "Sitemap: %s\nSitemap: /b.xml\n",
		 origin_url(w->origin, "/a.xml", url));
	origin_reply(w->origin, "/robots.txt", ANY_REQUEST,
		     origin_ok(w->origin, "", robots));
	world_run_once(w);
	assert_int_equal(source_of(w, "/a.xml")->named_by, SOURCE_BY_ROBOTS);
	assert_false(source_of(w, "/b.xml")->adds_pages);
	assert_int_equal(world_host(w, 0)->n_sources, 2);
	assert_int_equal(origin_n_requests(w->origin, "/a.xml"), 0);
}

static void an_index_names_sitemaps_and_says_which_changed(void **state)
{
	struct world *w = *state;
	struct site site;

	found(w, &site);
	world_run_once(w);
	publish_sitemap(&site, "/pages.xml");
	origin_reply(w->origin, "/s.xml", ANY_REQUEST,
		     origin_ok(w->origin, "",
			       "<sitemapindex><sitemap><loc>/pages.xml</loc></sitemap>"
			       "</sitemapindex>"));
	name(w, "/s.xml", false);
	world_run_for(w, 2 * MS_PER_HOUR);
	assert_int_equal(source_of(w, "/s.xml")->kind, SOURCE_INDEX);
	assert_int_equal(source_of(w, "/pages.xml")->kind, SOURCE_SITEMAP);
	assert_int_equal(source_of(w, "/pages.xml")->level, 1);
	assert_int_equal(source_of(w, "/pages.xml")->n_pages, N_PAGES);
}

/* While the sitemap is being fetched for the n-th time. */
static bool is_polled(struct world *w, size_t n)
{
	if (origin_n_requests(w->origin, "/s.xml") != n)
		return false;
	w->turn = NULL;
	return true;
}

static void forget_it(struct world *w)
{
	struct editor editor = { .store = w->store, .now_ms = w->now_ms };
	char url[ORIGIN_URL_SIZE];

	if (is_polled(w, 1))
		assert_int_equal(edit_url(&editor, EDIT_FORGET,
					  span_of(origin_url(w->origin, "/s.xml", url))),
				 ERR_OK);
}

static void name_it(struct world *w)
{
	if (is_polled(w, 1))
		name(w, "/s.xml", true);
}

static void reply_slowly(struct world *w, const char *raw)
{
	struct origin_manner manner = { .delay_ms = 100 };

	origin_reply_as(w->origin, "/s.xml", ANY_REQUEST, raw, strlen(raw), manner);
}

static void of_a_source_forgotten_while_it_is_polled_nothing_stays(void **state)
{
	struct world *w = *state;
	struct buf entries = BUF_INIT;
	char url[ORIGIN_URL_SIZE];
	struct page_key key;
	struct site site;

	settle(w, &site, NULL);
	name(w, "/s.xml", false);
	reply_slowly(w, origin_ok(w->origin, "",
				  "<urlset><url><loc>/p1</loc></url>"
				  "</urlset>"));
	w->turn = forget_it;
	world_run_for(w, MS_PER_HOUR);
	assert_null(w->turn);
	assert_null(source_of(w, "/s.xml"));
	assert_int_equal(page_key_of(span_of(origin_url(w->origin, "/s.xml", url)), &key),
			 ERR_OK);
	assert_int_equal(store_get_entries(w->store, &key, &entries), ERR_NOT_FOUND);
	assert_int_equal(world_n_differences(w), 0);
	buf_release(&entries);
}

static void a_source_named_anew_while_it_dies_is_polled_at_once(void **state)
{
	struct world *w = *state;
	struct site site;

	settle(w, &site, NULL);
	name(w, "/s.xml", false);
	reply_slowly(w, "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n");
	w->turn = name_it;
	world_run_for(w, 3 * MS_PER_HOUR); /* the budget is one request an hour */
	assert_null(w->turn);
	assert_true(origin_n_requests(w->origin, "/s.xml") >= 2);
	assert_true(source_of(w, "/s.xml")->adds_pages);
	assert_int_equal(world_n_differences(w), 0);
}

static void forgetting_a_host_forgets_its_sources(void **state)
{
	struct world *w = *state;
	struct editor editor = { .store = w->store };
	char url[ORIGIN_URL_SIZE], path[16];
	struct site site;

	settle(w, &site, "/s.xml");
	name(w, "/other.xml", false);
	editor.now_ms = w->now_ms;
	assert_int_equal(edit_url(&editor, EDIT_FORGET,
				  span_of(origin_url(w->origin, "/other.xml", url))),
			 ERR_OK);
	assert_null(source_of(w, "/other.xml"));
	for (int i = 0; i < N_PAGES; i++)
		assert_int_equal(
			edit_url(&editor, EDIT_FORGET,
				 span_of(origin_url(w->origin, path_of(i, path), url))),
			ERR_OK);
	assert_int_equal(edit_commit(&editor), ERR_OK);
	assert_null(source_of(w, "/s.xml"));
	assert_int_equal(world_host(w, 0)->n_sources, 0);
	assert_int_equal(world_n_differences(w), 0);
}

static void a_ping_is_evidence_and_learned_from(void **state)
{
	struct world *w = *state;
	struct editor editor = { .store = w->store };
	const struct page *page;
	char url[ORIGIN_URL_SIZE];
	struct site site;
	int64_t order_ms;

	settle(w, &site, NULL);
	world_run_for(w, 2 * MS_PER_DAY);
	editor.now_ms = w->now_ms;
	page = world_page(w, "/p5");
	assert_true(page->position.class > 0);
	order_ms = page->position.order_ms;
	assert_int_equal(
		edit_url(&editor, EDIT_PING, span_of(origin_url(w->origin, "/p5", url))),
		ERR_OK);
	assert_int_equal(edit_url(&editor, EDIT_PING,
				  span_of(origin_url(w->origin, "/nobody", url))),
			 ERR_NOT_FOUND);
	assert_int_equal(edit_commit(&editor), ERR_OK);
	page = world_page(w, "/p5");
	assert_int_equal(page->told[TOLD_BY_PING].n_announced, 1);
	assert_true(page->told_doubt > 0);
	assert_true(page->position.order_ms < order_ms); /* before its turn */
	assert_int_equal(page->next_visit_reason, REASON_ANNOUNCED);
	world_run_for(w, 10 * MS_PER_DAY);
	page = world_page(w, "/p5");
	assert_int_equal(page->told[TOLD_BY_PING].n_announced, 0);
	assert_int_equal(world_n_differences(w), 0);
}

/* A run that wants pages of one tag asks no source, and comes to an end. */
static void a_run_for_a_tag_polls_nothing(void **state)
{
	static const char *const tags[] = { "t", NULL };
	struct world *w = *state;
	struct loop_config config = { .settings = &w->settings,
				      .for_ms = MS_PER_DAY,
				      .tags = tags,
				      .no_control = true };
	struct loop *loop = NULL;
	struct why why = { "" };
	struct site site;

	found(w, &site);
	name(w, "/s.xml", false);
	config.virtual_now_ms = &w->now_ms;
	assert_int_equal(loop_new(w->store, &config, &loop, &why), ERR_OK);
	assert_int_equal(loop_run(loop, &why), ERR_OK);
	loop_free(loop);
	assert_int_equal(origin_n_requests(w->origin, ANY_PATH), 0);
}

static void a_source_that_fails_for_weeks_is_given_up(void **state)
{
	struct world *w = *state;
	struct site site;

	settle(w, &site, "/s.xml");
	origin_reply(w->origin, "/s.xml", ANY_REQUEST,
		     origin_response(w->origin, "503 Service Unavailable", "", ""));
	world_run_for(w, 9 * MS_PER_DAY);
	assert_int_equal(source_of(w, "/s.xml")->retired_at_ms, 0);
	assert_int_equal(source_of(w, "/s.xml")->http_status, 503);
	world_run_for(w, 40 * MS_PER_DAY);
	assert_true(source_of(w, "/s.xml")->retired_at_ms > 0);
	assert_int_equal(world_page(w, "/p3")->told[TOLD_BY_SITEMAP].source, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_source),
		TEST(a_good_sitemap_makes_the_index_fresher),
		TEST(a_lying_sitemap_costs_nothing_after_a_while),
		TEST(a_sitemap_covers_the_pages_that_are_known),
		TEST(what_a_sitemap_names_is_added_only_when_that_was_asked_for),
		TEST(polls_are_conditional_and_outlive_a_restart),
		TEST(what_robots_txt_disallows_is_not_polled_REQ52),
		TEST(a_dead_sitemap_is_retired_and_its_pages_freed),
		TEST(what_is_no_sitemap_three_times_is_retired),
		TEST(robots_txt_names_sources_and_few_pages_do_not_poll_them_soon),
		TEST(an_index_names_sitemaps_and_says_which_changed),
		TEST(of_a_source_forgotten_while_it_is_polled_nothing_stays),
		TEST(a_source_named_anew_while_it_dies_is_polled_at_once),
		TEST(forgetting_a_host_forgets_its_sources),
		TEST(a_ping_is_evidence_and_learned_from),
		TEST(a_run_for_a_tag_polls_nothing),
		TEST(a_source_that_fails_for_weeks_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
