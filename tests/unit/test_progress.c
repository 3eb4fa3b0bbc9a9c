#include "tests/unit/unit.h"

#include <stdio.h>

#include "store/base/clock.h"
#include "tools/progress.h"

#define BEGAN INT64_C(1790000000000)

static void a_count_says_how_much_how_fast_and_how_long(void **unused)
{
	static const struct {
		int64_t after_ms;
		uint64_t n, total;
		const char *line;
	} rows[] = {
		{ 10000, 30000, 120000,
		  "30,000 of 120,000 pages (25.0%), 3,000/s, 30s left\n" },
		{ 10000, 30000, 0, "30,000 pages, 3,000/s\n" },
		{ 10000, 5, 50, "5 of 50 pages (10.0%), 0.5/s, 1m 30s left\n" },
		{ 10000, 0, 50, "0 of 50 pages (0.0%)\n" },
		/* pages came while they were counted */
		{ 10000, 60, 50, "60 of 50 pages (100.0%), 6/s\n" },
		{ 9999, 30000, 120000, "" }, /* not due yet */
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char said[256] = "";
		struct progress p = { .stream = fmemopen(said, sizeof(said), "w"),
				      .style = PROGRESS_LINES,
				      .began_at_ms = BEGAN,
				      .shown_at_ms = BEGAN };

		assert_non_null(p.stream);
		progress_count(&p, BEGAN + rows[i].after_ms, rows[i].n, rows[i].total,
			       "pages");
		fclose(p.stream);
		assert_string_equal(said, rows[i].line);
	}
}

static void a_terminal_sees_one_line_that_is_rewritten_and_ended(void **unused)
{
	char said[256] = "";
	struct progress p = { .stream = fmemopen(said, sizeof(said), "w"),
			      .style = PROGRESS_REWRITE,
			      .began_at_ms = BEGAN };

	(void)unused;
	assert_non_null(p.stream);
	progress_count(&p, BEGAN + 1000, 1, 0, "pages\n\033[31m");
	progress_count(&p, BEGAN + 1100, 2, 0, "pages"); /* too soon */
	progress_count(&p, BEGAN + 1300, 3, 0, "pages");
	progress_end(&p);
	progress_end(&p);
	fclose(p.stream);
	assert_string_equal(said, "\r1 pages \xef\xbf\xbd[31m, 1/s\033[K"
				  "\r3 pages, 2.3/s\033[K\n");
}

static void quiet_is_quiet(void **unused)
{
	struct progress p = { .stream = NULL, .style = PROGRESS_NONE };

	(void)unused;
	progress_count(&p, BEGAN, 1, 2, "pages");
	progress_end(&p);
}

/* ---- walks ------------------------------------------------------------------------------- */

#define N_PAGES 5000

static struct store *store_of_pages(void)
{
	struct store *store = NULL;
	struct host *host = NULL;
	struct page page;
	char url[64];

	assert_int_equal(store_open("/watched", STORE_MEMORY, NULL, &store, NULL),
			 ERR_OK);
	page_init(&page);
	for (int i = 0; i < N_PAGES; i++) {
		page_clear(&page);
		snprintf(url, sizeof(url), "http://h.test/%d", i);
		assert_int_equal(buf_set(&page.url, span_of(url)), ERR_OK);
		assert_int_equal(page_key_of(span_of(url), &page.key), ERR_OK);
		page.position = (struct queue_position){ .order_ms = i, .queued = true };
		assert_int_equal(store_acquire_host(store, &page.key.host,
						    SPAN("http://h.test"), &host),
				 ERR_OK);
		assert_int_equal(store_put_page(store, &page, host), ERR_OK);
		store_release_host(store, host);
	}
	page_release(&page);
	assert_int_equal(store_commit(store), ERR_OK);
	return store;
}

static void note(void *context, uint64_t n_records)
{
	*(uint64_t *)context = n_records;
}

static void no_difference(void *context, const char *difference)
{
	(void)context;
	fail_msg("%s", difference);
}

static void long_walks_tell_how_far_they_are(void **unused)
{
	struct store *store = store_of_pages();
	struct store_walk *walk = NULL;
	uint64_t told = 0, n = 0;
	struct page page;

	(void)unused;
	page_init(&page);
	store_watch_walks(store, note, &told);
	assert_int_equal(store_walk_pages(store, NULL, &walk), ERR_OK);
	while (store_walk_page(walk, &page) == ERR_OK)
		n++;
	store_walk_end(walk);
	page_release(&page);
	assert_int_equal(n, N_PAGES);
	assert_in_range(told, N_PAGES / 2, N_PAGES);
	store_watch_walks(store, note, &told); /* counts anew */
	assert_int_equal(store_verify(store, no_difference, NULL, &n), ERR_OK);
	assert_in_range(told, N_PAGES, 3 * N_PAGES); /* pages and queue at least */
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_count_says_how_much_how_fast_and_how_long),
		cmocka_unit_test(a_terminal_sees_one_line_that_is_rewritten_and_ended),
		cmocka_unit_test(quiet_is_quiet),
		cmocka_unit_test(long_walks_tell_how_far_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
