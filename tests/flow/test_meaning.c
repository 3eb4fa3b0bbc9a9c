/* test_meaning.c - what changed, not just that bytes changed (PRODUCT 4, REQ 35). */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "store/base/clock.h"
#include "tests/steps.h"
#include "tools/edit.h"

#define HTML "Content-Type: text/html\r\n"
#define N_PAGES 20

static const char *path_of(int i, char path[16])
{
	snprintf(path, 16, "/p%d", i);
	return path;
}

/* A page of the site: navigation, a release stamp, words of its own, a footer. */
static void serve(struct world *w, int i, const char *release, const char *own,
		  const char *footer)
{
	char path[16], body[512];

	snprintf(body, sizeof(body),
		 "<title>Page %d</title><nav>Home Products Contact us</nav><div>%s</div>"
		 "<p>the story of page %d %s</p><footer>%s</footer>",
		 i, release, i, own, footer);
	step_ok(w, path_of(i, path), HTML, body);
}

#define FOOTER "Example company, all the rights are reserved"

static void begin(struct world *w)
{
	char path[16];

	world_set(w, "fetch.host_delay", "100ms");
	for (int i = 0; i < N_PAGES; i++) {
		serve(w, i, "6.1.170", "is told", FOOTER);
		world_seed(w, path_of(i, path));
	}
	world_run_once(w);
	assert_int_equal(world_n_changes(w), N_PAGES);
}

static int count(struct world *w, enum verdict verdict)
{
	char path[16];
	int n = 0;

	for (int i = 0; i < N_PAGES; i++)
		n += world_page(w, path_of(i, path))->verdict == verdict;
	return n;
}

static void a_new_release_stamp_is_minor_from_the_first_page_on(void **state)
{
	struct world *w = *state;

	begin(w);
	for (int release = 171; release < 175; release++) {
		char stamp[16];

		snprintf(stamp, sizeof(stamp), "6.1.%d", release);
		for (int i = 0; i < N_PAGES; i++)
			serve(w, i, stamp, "is told", FOOTER);
		step_revisit(w);
		assert_int_equal(count(w, VERDICT_MINOR), N_PAGES);
		assert_int_equal(world_page(w, "/p3")->differs, DIFFERS_BOILERPLATE);
		world_restart(w); /* what the host repeats is remembered */
	}
	assert_int_equal(world_n_changes(w), N_PAGES);
	assert_int_equal(world_n_differences(w), 0);
}

static void a_page_with_news_has_changed_beside_a_deploy(void **state)
{
	struct world *w = *state;

	begin(w);
	for (int i = 0; i < N_PAGES; i++)
		serve(w, i, "6.1.171", i == 7 ? "is retold" : "is told", FOOTER);
	step_revisit(w);
	assert_int_equal(count(w, VERDICT_MINOR), N_PAGES - 1);
	step_expect(w, "/p7", VERDICT_CHANGED);
	step_expect_told(w, "/p7", CHANGE_CHANGED);
}

/* The first ones cannot be told from edits of single pages. */
static void new_words_in_the_footer_of_all_pages_are_a_deploy(void **state)
{
	struct world *w = *state;
	int n_changed;

	begin(w);
	for (int i = 0; i < N_PAGES; i++)
		serve(w, i, "6.1.170", "is told", "Example group, a company of many");
	step_revisit(w);
	n_changed = count(w, VERDICT_CHANGED);
	/* two pages may count as one: boilerplate_note_edit() */
	assert_in_range(n_changed, BOILERPLATE_EDIT_PAGES, 3 * BOILERPLATE_EDIT_PAGES);
	assert_int_equal(count(w, VERDICT_MINOR), N_PAGES - n_changed);
}

/* Back again: what a deploy has put in is known for the frame. */
static void the_next_deploy_is_known_as_well(void **state)
{
	static const char *const footers[] = { "Example group, a company of many",
					       FOOTER };
	struct world *w = *state;

	begin(w);
	for (int day = 0; day < 4; day++) {
		for (int i = 0; i < N_PAGES; i++)
			serve(w, i, "6.1.170", "is told", footers[day % 2]);
		step_revisit(w);
		/* two pages may count as one: boilerplate_note_edit() */
		assert_in_range(count(w, VERDICT_CHANGED), 0, 3 * BOILERPLATE_EDIT_PAGES);
	}
}

/* "In stock" on most pages of a shop: each that is sold out is news, on whichever day. */
static void what_comes_to_one_page_after_another_is_news_of_each(void **state)
{
	struct world *w = *state;

	begin(w);
	for (int day = 0; day < 8; day++) {
		char path[16];

		serve(w, day, "6.1.170", "is told", "Sold out, we are sorry for that");
		step_revisit(w);
		step_expect(w, path_of(day, path), VERDICT_CHANGED);
	}
}

static void ping(struct world *w, int n)
{
	struct editor editor = { .store = w->store, .now_ms = w->now_ms };
	char url[ORIGIN_URL_SIZE], path[16];

	for (int i = 0; i < n; i++)
		assert_int_equal(
			edit_url(&editor, EDIT_PING,
				 span_of(origin_url(w->origin, path_of(i, path), url))),
			ERR_OK);
	assert_int_equal(edit_commit(&editor), ERR_OK);
}

/* A delivery that did not come: the shop tells of its pages in one night, and they are visited
 * one behind the other. */
static void what_comes_to_pages_that_are_told_of_is_news_of_each(void **state)
{
	enum { N_SOLD_OUT = 12 };
	struct world *w = *state;
	char path[16];

	begin(w);
	for (int i = 0; i < N_SOLD_OUT; i++)
		serve(w, i, "6.1.170", "is told", "Sold out, we are sorry for that");
	ping(w, N_SOLD_OUT);
	step_revisit(w);
	for (int i = 0; i < N_SOLD_OUT; i++)
		step_expect(w, path_of(i, path), VERDICT_CHANGED);
}

/* A talk of a day with many, moved by a day. */
static void a_date_of_most_pages_moves_on_one(void **state)
{
	struct world *w = *state;
	char path[16];

	world_set(w, "fetch.host_delay", "100ms");
	for (int i = 0; i < N_PAGES; i++) {
		serve(w, i, "6.1.170", "is told", "When: 12 May 2026");
		world_seed(w, path_of(i, path));
	}
	world_run_once(w);
	serve(w, 4, "6.1.170", "is told", "When: 13 May 2026");
	step_revisit(w);
	step_expect(w, "/p4", VERDICT_CHANGED);
	assert_int_equal(count(w, VERDICT_UNCHANGED), N_PAGES - 1);
}

static void the_same_words_on_one_page_are_news(void **state)
{
	struct world *w = *state;

	begin(w);
	for (int day = 0; day < 8; day++) {
		serve(w, 4, "6.1.170", "is told",
		      day % 2 ? FOOTER : "This page is withdrawn");
		step_revisit(w);
		step_expect(w, "/p4", VERDICT_CHANGED);
	}
	assert_int_equal(count(w, VERDICT_UNCHANGED), N_PAGES - 1);
}

static void what_made_a_page_minor_is_told(void **state)
{
	struct world *w = *state;

	step_see(w, "/", HTML, "<p>Words. <p>Last updated on 12 May 2026");
	step_ok(w, "/", HTML, "<p>Words. <p>Last updated on 12 May 2026<!-- x -->");
	step_revisit(w);
	step_expect(w, "/", VERDICT_MINOR);
	assert_int_equal(world_page(w, "/")->differs, DIFFERS_MARKUP);
	step_ok(w, "/", HTML, "<p>Words. <p>Last updated on 7 October 2026");
	step_revisit(w);
	step_expect(w, "/", VERDICT_MINOR);
	assert_int_equal(world_page(w, "/")->differs, DIFFERS_VOLATILE);
	step_ok(w, "/", HTML, "<p>Words! <p>Last changed by 7 men");
	step_revisit(w);
	step_expect(w, "/", VERDICT_CHANGED);
	assert_int_equal(world_page(w, "/")->differs, DIFFERS_NONE);
	assert_int_equal(world_n_changes(w), 2);
}

static void what_a_page_says_of_itself_is_kept_and_told(void **state)
{
	struct world *w = *state;
	const struct page *page;

	step_see(w, "/", HTML "X-Robots-Tag: noarchive\r\n",
		 "<html lang=de><meta name=robots content=noindex>"
		 "<link rel=canonical href=/a><p><a href=/b>b</a>");
	page = world_page(w, "/");
	assert_string_equal(buf_text(&page->language), "de");
	assert_string_equal(buf_text(&page->canonical), "/a");
	assert_true(page->noindex && page->noarchive);
	assert_false(digest_is_none(&page->link_digest));
	assert_true(world_change(w, 0)->noindex && world_change(w, 0)->noarchive);
}

static void leave_to_be_indexed_is_news(void **state)
{
	struct world *w = *state;

	step_see(w, "/", HTML, "<p>Words of the page");
	step_ok(w, "/", HTML, "<meta name=robots content=noindex><p>Words of the page");
	step_revisit(w);
	step_expect(w, "/", VERDICT_CHANGED);
	assert_true(world_change(w, 1)->noindex);
	step_ok(w, "/", HTML, "<meta name=robots content=none><p>Words of the page");
	step_revisit(w);
	step_expect(w, "/", VERDICT_MINOR);
}

/* Without bodies there is nothing to compare with; what stands in the text by itself is
 * still masked. */
static void without_bodies_stamps_are_still_minor(void **state)
{
	struct world *w = *state;

	world_set(w, "store.body", "none");
	step_see(w, "/", HTML, "<p>Words. <p>Last updated on 12 May 2026");
	step_ok(w, "/", HTML, "<p>Words. <p>Last updated on 7 October 2026");
	step_revisit(w);
	step_expect(w, "/", VERDICT_MINOR);
}

/* A text that was read by another epoch's rules is read anew, not called changed. */
static void another_epoch_makes_no_change(void **state)
{
	struct world *w = *state;
	static const char *const bodies[] = {
		"<p>Words of the page", "<p>Words of the page<!-- other bytes -->"
	};

	for (int i = 0; i < 2; i++) {
		struct host *host = NULL;
		struct page page;

		page_init(&page);
		step_see(w, i ? "/b" : "/a", HTML, bodies[0]);
		assert_int_equal(store_get_page(w->store,
						&world_page(w, i ? "/b" : "/a")->key,
						&page),
				 ERR_OK);
		page.epoch = 77;
		memset(page.text_digest.bytes, 9, DIGEST_SIZE);
		assert_int_equal(
			store_acquire_host(w->store, &page.key.host, SPAN(""), &host),
			ERR_OK);
		assert_int_equal(store_put_page(w->store, &page, host), ERR_OK);
		assert_int_equal(store_commit(w->store), ERR_OK);
		store_release_host(w->store, host);
		page_release(&page);
	}
	step_ok(w, "/b", HTML, bodies[1]);
	step_revisit(w);
	step_expect(w, "/a", VERDICT_UNCHANGED);
	step_expect(w, "/b", VERDICT_MINOR);
	assert_int_equal(world_page(w, "/a")->epoch, world_page(w, "/b")->epoch);
	assert_true(digest_equal(&world_page(w, "/a")->text_digest,
				 &world_page(w, "/b")->text_digest));
	assert_int_equal(world_n_changes(w), 2);
	assert_int_equal(world_n_differences(w), 0);
}

/* Two pages that never have news; one sends other bytes at each look. */
static void a_noisy_page_is_visited_less(void **state)
{
	struct world *w = *state;
	uint32_t n_noisy, n_calm;
	char body[128];

	world_set(w, "schedule.min_interval", "1d");
	step_see(w, "/calm", HTML, "<p>Words that stay");
	step_see(w, "/noisy", HTML, "<p>Words that stay");
	for (int day = 0; day < 200; day++) {
		snprintf(body, sizeof(body), "<p>Words that stay<!-- %d -->", day);
		step_ok(w, "/noisy", HTML, body);
		world_run_for(w, MS_PER_DAY);
	}
	assert_true(page_is_noisy(world_page(w, "/noisy")));
	assert_int_equal(world_page(w, "/noisy")->next_visit_reason, REASON_NOISY);
	n_noisy = world_page(w, "/noisy")->n_visits;
	n_calm = world_page(w, "/calm")->n_visits;
	assert_in_range(n_noisy, n_calm / 5, n_calm / 3);
	step_ok(w, "/noisy", HTML, "<p>Words that went");
	step_revisit(w);
	step_expect(w, "/noisy", VERDICT_CHANGED);
	assert_false(page_is_noisy(world_page(w, "/noisy")));
}

/* The rules come with a new epoch: neither they nor what they leave out make a change. */
static void a_rule_leaves_parts_of_a_page_unread(void **state)
{
	struct world *w = *state;
	struct host_rule *rule;
	struct why why;

	step_see(w, "/", HTML, "<p>Words.<div class='a clock'>Mostly sunny</div>");
	assert_int_equal(settings_add_rule(&w->settings, SPAN("*"), &rule), ERR_OK);
	assert_int_equal(
		settings_set_rule(rule, SPAN("ignore"), SPAN(".clock, //aside/p"), &why),
		ERR_OK);
	for (int day = 0; day < 3; day++) {
		step_ok(w, "/", HTML,
			day % 2 ? "<p>Words.<div class=clock>Rain</div>"
				: "<p>Words.<div class=clock>Snow</div><aside><p>x</aside>");
		step_revisit(w);
		step_expect(w, "/", VERDICT_MINOR);
	}
	step_ok(w, "/", HTML, "<p>Words!<div class=clock>Snow</div>");
	step_revisit(w);
	step_expect(w, "/", VERDICT_CHANGED);
	assert_int_equal(settings_set_rule(rule, SPAN("ignore"), SPAN("clock"), &why),
			 ERR_INVALID);
}

#define flow(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		flow(a_new_release_stamp_is_minor_from_the_first_page_on),
		flow(a_page_with_news_has_changed_beside_a_deploy),
		flow(new_words_in_the_footer_of_all_pages_are_a_deploy),
		flow(the_next_deploy_is_known_as_well),
		flow(what_comes_to_one_page_after_another_is_news_of_each),
		flow(what_comes_to_pages_that_are_told_of_is_news_of_each),
		flow(a_date_of_most_pages_moves_on_one),
		flow(the_same_words_on_one_page_are_news),
		flow(what_made_a_page_minor_is_told),
		flow(what_a_page_says_of_itself_is_kept_and_told),
		flow(leave_to_be_indexed_is_news),
		flow(without_bodies_stamps_are_still_minor),
		flow(another_epoch_makes_no_change),
		flow(a_rule_leaves_parts_of_a_page_unread),
		flow(a_noisy_page_is_visited_less),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
