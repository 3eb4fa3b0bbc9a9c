#include "tests/unit/unit.h"

#include "store/base/clock.h"
#include "tests/filled_store.h"
#include "tools/filter.h"
#include "tools/stored_head.h"

#define NOW (INT64_C(1790000000) * 1000)

static void a_host_is_named_as_people_name_it(void **unused)
{
	static const struct {
		const char *filter, *name;
		bool matches;
	} rows[] = {
		{ "example.org", "http://example.org", true },
		{ "Example.ORG", "https://example.org:8443", true },
		{ "example.org", "http://www.example.org", false },
		{ "example.org:8080", "http://example.org:8080", true },
		{ "example.org:8080", "https://example.org:8080", true },
		{ "example.org:8080", "http://example.org", false },
		{ "example.org:80", "http://example.org", true },
		{ "example.org:443", "https://example.org", true },
		{ "example.org:443", "http://example.org", false },
		{ "http://example.org:8080", "http://example.org:8080", true },
		{ "http://example.org/x", "http://example.org", true },
		{ "http://example.org", "https://example.org", false },
		{ "[::1]:81", "http://[::1]:81", true },
		{ "[::1]", "http://[::1]:81", true },
		{ "b\xc3\xbc"
		  "cher.example",
		  "http://xn--bcher-kva.example", true },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct host_filter filter;
		struct why why = { "" };

		if (host_filter_init(&filter, span_of(rows[i].filter), &why))
			fail_msg("'%s': %s", rows[i].filter, why.text);
		if (host_filter_matches(&filter, span_of(rows[i].name)) !=
		    rows[i].matches)
			fail_msg("'%s' against '%s'", rows[i].filter, rows[i].name);
		host_filter_release(&filter);
	}
}

static void what_names_no_host_is_refused(void **unused)
{
	static const char *const rows[] = { "", "a b", "ftp://x", "http://u@x",
					    "x:99999" };
	struct host_filter filter;
	struct why why;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (host_filter_init(&filter, span_of(rows[i]), &why) != ERR_INVALID)
			fail_msg("'%s' passes", rows[i]);
}

static size_t count(struct store *store, const struct filter *filter)
{
	struct filter_walk *walk = NULL;
	struct page page;
	size_t n = 0;

	page_init(&page);
	assert_int_equal(filter_walk_start(store, filter, &walk), ERR_OK);
	while (filter_walk_page(walk, &page) == ERR_OK)
		n++;
	filter_walk_end(walk);
	page_release(&page);
	return n;
}

static void pages_pass_by_state_host_and_tag(void **unused)
{
	struct filled_store f;
	struct filter filter = { .by_state = false };
	struct host_filter host;

	(void)unused;
	filled_store_make(&f);
	filled_store_seed(&f, "http://a.test/1", "x,docs", 1, NOW);
	filled_store_seed(&f, "http://a.test/2", "doc", 1, NOW);
	filled_store_seed(&f, "https://a.test/3", "docs", 1, NOW);
	filled_store_seed(&f, "http://b.test/", "docs", 1, NOW);
	filled_store_visit(&f, &(struct filled_visit){ .url = "http://b.test/",
						       .at_ms = NOW,
						       .verdict = VERDICT_NEW,
						       .http_status = 200,
						       .body = "b" });
	filled_store_read(&f);
	assert_true(filter_is_empty(&filter));
	assert_int_equal(count(f.store, &filter), 4);
	filter.tag = SPAN("docs");
	assert_int_equal(count(f.store, &filter), 3);
	assert_int_equal(host_filter_init(&host, SPAN("a.test"), NULL), ERR_OK);
	filter.host = &host;
	assert_int_equal(count(f.store, &filter), 2);
	filter = (struct filter){ .by_state = true, .states[STATE_STALE] = true };
	assert_int_equal(count(f.store, &filter), 1);
	filter.host = &host;
	assert_int_equal(count(f.store, &filter), 0);
	host_filter_release(&host);
	filled_store_remove(&f);
}

/* RFC 9111 4.3.4: the 304's fields replace those of the same name, the rest stays. */
static void a_304_updates_the_stored_head(void **unused)
{
	struct buf lines = BUF_INIT;

	(void)unused;
	assert_int_equal(stored_head_merge(SPAN("Date: 1\nCache-Control: a\n"
						"cache-control: b\nETag: \"x\"\n"),
					   SPAN("CACHE-CONTROL: c\nDate: 2\n"), &lines),
			 ERR_OK);
	assert_string_equal(buf_text(&lines), "ETag: \"x\"\nCACHE-CONTROL: c\nDate: 2\n");
	buf_release(&lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_is_named_as_people_name_it),
		cmocka_unit_test(what_names_no_host_is_refused),
		cmocka_unit_test(pages_pass_by_state_host_and_tag),
		cmocka_unit_test(a_304_updates_the_stored_head),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
