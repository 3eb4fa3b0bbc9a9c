#include "tests/unit/unit.h"

#include "crawler/source_news.h"
#include "crawler/xml.h"
#include "store/base/clock.h"

#define HOST "http://h"

/* The document that was heard last. */
static struct source_document document;

static void read_document(const char *text)
{
	source_document_release(&document);
	assert_int_equal(source_document_read(span_of(text), NULL, &document), ERR_OK);
}

/* Replaces `news` by what `text` says beyond `remembered`; then that is remembered. */
static void hear(const char *text, bool all, struct buf *remembered,
		 struct source_news *news)
{
	source_news_release(news);
	read_document(text);
	assert_int_equal(source_news_read(&document, SPAN(HOST "/s.xml"), SPAN(HOST),
					  buf_span(remembered), all, news),
			 ERR_OK);
	assert_int_equal(buf_set(remembered, buf_span(&news->entries)), ERR_OK);
}

static const struct news *find(const struct source_news *news, const char *url)
{
	const struct news *found = NULL;
	struct buf at = BUF_INIT;

	for (size_t i = 0; i < news->n && !found; i++) {
		assert_int_equal(
			news_url(&document, SPAN(HOST "/s.xml"), &news->items[i], &at),
			ERR_OK);
		if (span_equal(buf_span(&at), span_of(url)))
			found = &news->items[i];
	}
	buf_release(&at);
	return found;
}

#define URL(loc, date) "<url><loc>" loc "</loc><lastmod>" date "</lastmod></url>"

static void only_what_is_new_is_told(void **unused)
{
	struct source_news news;
	struct buf remembered = BUF_INIT;

	(void)unused;
	source_news_init(&news);
	hear("<urlset>" URL("http://h/a", "2026-01-01") URL("http://h/b", "2026-01-01")
		     URL("http://h/b#twice", "2025") "</urlset>",
	     false, &remembered, &news);
	assert_int_equal(news.n, 2);
	assert_int_equal(news.n_entries, 2);
	assert_int_equal(find(&news, "http://h/b")->kind, NEWS_NEW);
	hear("<urlset>" URL("http://h/a", "2026-01-02") URL("http://h/b", "2025-01-01")
		     URL("http://h/c", "2026-01-01") "</urlset>",
	     false, &remembered, &news);
	assert_int_equal(news.n, 2); /* b has gone back: that is no news */
	assert_int_equal(find(&news, "http://h/a")->kind, NEWS_CHANGED);
	assert_int_equal(find(&news, "http://h/c")->kind, NEWS_NEW);
	hear("<urlset>" URL("http://h/a", "2026-01-02") "</urlset>", true, &remembered,
	     &news);
	assert_int_equal(news.n, 3);
	assert_int_equal(find(&news, "http://h/a")->kind, NEWS_SAME);
	assert_int_equal(find(&news, "")->kind, NEWS_LOST);
	assert_int_equal(news.n_entries, 1);
	source_news_release(&news);
	buf_release(&remembered);
}

/* Half a document must not look as if the other half had gone. */
static void what_damage_hides_is_not_lost(void **unused)
{
	struct source_news news;
	struct buf remembered = BUF_INIT;

	(void)unused;
	source_news_init(&news);
	hear("<urlset>" URL("http://h/a", "2026") URL("http://h/b", "2026") "</urlset>",
	     false, &remembered, &news);
	hear("<urlset>" URL("http://h/a", "2026") "<url><loc>http", false, &remembered,
	     &news);
	assert_int_equal(news.n, 0);
	assert_int_equal(news.n_entries, 2);
	source_news_release(&news);
	assert_int_equal(source_news_end(buf_span(&remembered), &news), ERR_OK);
	assert_int_equal(news.n, 2);
	assert_int_equal(news.items[0].kind, NEWS_LOST);
	source_news_release(&news);
	buf_release(&remembered);
}

static void of_other_hosts_nothing_counts(void **unused)
{
	struct source_news news;
	struct buf remembered = BUF_INIT;

	(void)unused;
	source_news_init(&news);
	hear("<urlset>" URL("http://h/a", "2026") URL("https://h/a", "2026")
		     URL("http://h:81/", "2026") URL("http://other/", "2026")
			     URL("ftp://h/", "2026") URL("/b", "2026") "</urlset>",
	     false, &remembered, &news);
	assert_int_equal(news.n, 2);
	assert_int_equal(news.n_elsewhere, 4);
	assert_non_null(find(&news, "http://h/b"));
	source_news_release(&news);
	buf_release(&remembered);
}

static void entries_that_are_none_count_as_no_memory(void **unused)
{
	struct source_news news;
	struct buf remembered = BUF_INIT;

	(void)unused;
	source_news_init(&news);
	assert_int_equal(buf_set(&remembered, SPAN("seven.x")), ERR_OK);
	hear("<urlset>" URL("http://h/a", "2026") "</urlset>", false, &remembered, &news);
	assert_int_equal(news.n, 1);
	source_news_release(&news);
	buf_release(&remembered);
}

#define DAY(n) ((n)*MS_PER_DAY)

static const struct {
	const char *why;
	enum news_kind kind;
	enum source_kind source;
	bool is_first, has_date;
	int64_t from_ms, until_ms, proved_at_ms;
	bool announces;
} rows[] = {
	{ "a later date", NEWS_CHANGED, SOURCE_SITEMAP, 0, 1, DAY(9), DAY(9), DAY(8), 1 },
	{ "a date that a visit has seen", NEWS_CHANGED, SOURCE_SITEMAP, 0, 1, DAY(7),
	  DAY(7), DAY(8), 0 },
	{ "a day within which the visit was", NEWS_CHANGED, SOURCE_SITEMAP, 0, 1, DAY(8),
	  DAY(9) - 1, DAY(8) + 1, 1 },
	{ "... on the first reading", NEWS_NEW, SOURCE_SITEMAP, 1, 1, DAY(8), DAY(9) - 1,
	  DAY(8) + 1, 0 },
	{ "a later date on the first reading", NEWS_NEW, SOURCE_SITEMAP, 1, 1, DAY(9),
	  DAY(9), DAY(8), 1 },
	{ "new without a date", NEWS_NEW, SOURCE_SITEMAP, 0, 0, 0, 0, DAY(8), 0 },
	{ "new in a feed without a date", NEWS_NEW, SOURCE_FEED, 0, 0, 0, 0, DAY(8), 1 },
	{ "... on the first reading", NEWS_NEW, SOURCE_FEED, 1, 0, 0, 0, DAY(8), 0 },
	{ "new in a feed, and seen", NEWS_NEW, SOURCE_FEED, 0, 1, DAY(7), DAY(7), DAY(8),
	  0 },
	{ "a date to come", NEWS_NEW, SOURCE_SITEMAP, 0, 1, DAY(99), DAY(99), DAY(8), 0 },
	{ "another date to come", NEWS_CHANGED, SOURCE_SITEMAP, 0, 1, DAY(99), DAY(99),
	  DAY(8), 1 },
	{ "a page never seen", NEWS_CHANGED, SOURCE_SITEMAP, 0, 1, DAY(9), DAY(9), 0, 0 },
	{ "nothing new", NEWS_SAME, SOURCE_SITEMAP, 0, 1, DAY(9), DAY(9), DAY(8), 0 },
	{ "gone", NEWS_LOST, SOURCE_SITEMAP, 0, 0, 0, 0, DAY(8), 0 },
};

static void news_is_an_announcement_if_no_visit_can_have_seen_it(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct news item = { .kind = rows[i].kind,
				     .has_date = rows[i].has_date,
				     .date = { rows[i].from_ms, rows[i].until_ms } };

		if (news_announces(&item, rows[i].source, rows[i].is_first,
				   rows[i].proved_at_ms, DAY(10)) != rows[i].announces)
			fail_msg("row %zu: %s", i, rows[i].why);
	}
}

static int free_document(void **unused)
{
	(void)unused;
	source_document_release(&document);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_new_is_told),
		cmocka_unit_test(what_damage_hides_is_not_lost),
		cmocka_unit_test(of_other_hosts_nothing_counts),
		cmocka_unit_test(entries_that_are_none_count_as_no_memory),
		cmocka_unit_test(news_is_an_announcement_if_no_visit_can_have_seen_it),
	};

	xml_init();
	source_document_init(&document);
	return cmocka_run_group_tests(tests, NULL, free_document);
}
