/* test_store.c - what is put, committed, dropped and read back. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "store/base/clock.h"
#include "store/base/zip.h"
#include "store/internal.h"
#include "tests/scratch_store.h"

static void what_is_put_is_read_back_before_the_commit(void **state)
{
	struct scratch *s = *state;

	scratch_page(s, 1, &s->page);
	s->page.version = 7;
	scratch_put(s, &s->page);
	page_clear(&s->page);
	scratch_load(s, 1, &s->page);
	assert_int_equal(s->page.version, 7);
	s->page.version = 8;
	scratch_put(s, &s->page);
	page_clear(&s->page);
	scratch_load(s, 1, &s->page);
	assert_int_equal(s->page.version, 8);
	assert_int_equal(store_n_pages(s->store), 1);
	must(store_delete_page(s->store, &s->page, s->host), "delete");
	assert_int_equal(store_find_page(s->store, SPAN("http://h.example/p1"), &s->page),
			 ERR_NOT_FOUND);
	assert_int_equal(store_n_pages(s->store), 0);
}

static void closing_without_a_commit_drops_all_of_it(void **state)
{
	struct scratch *s = *state;
	uint64_t cursor;

	scratch_add_pages(s, 2);
	scratch_load(s, 0, &s->page);
	s->page.version = 1;
	cursor = scratch_append_change(s, &s->page);
	scratch_put(s, &s->page);
	scratch_page(s, 5, &s->page);
	scratch_put(s, &s->page);
	store_count(s->store, COUNT_REQUESTS, 3, s->now_ms);
	assert_true(store_n_pending(s->store) > 0);
	scratch_reopen(s);
	assert_int_equal(store_n_pages(s->store), 2);
	assert_int_equal(store_totals(s->store)->n[COUNT_REQUESTS], 0);
	scratch_load(s, 0, &s->page);
	assert_int_equal(s->page.version, 0);
	assert_int_equal(store_find_page(s->store, SPAN("http://h.example/p5"), &s->page),
			 ERR_NOT_FOUND);
	/* A cursor that no record stands under may be handed out again. */
	assert_int_equal(store_next_cursor(s->store), cursor);
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
}

static void a_commit_holds_over_a_restart(void **state)
{
	struct scratch *s = *state;
	uint64_t cursor;

	scratch_add_pages(s, 3);
	scratch_load(s, 2, &s->page);
	s->page.verdict = VERDICT_NEW;
	s->page.version = 1;
	cursor = scratch_append_change(s, &s->page);
	scratch_put(s, &s->page);
	must(store_commit(s->store), "commit");
	assert_int_equal(store_n_pending(s->store), 0);
	scratch_reopen(s);
	assert_int_equal(store_last_cursor(s->store), cursor);
	assert_int_equal(store_totals(s->store)->n[COUNT_PAGES_UNFETCHED], 2);
	assert_int_equal(store_totals(s->store)->n[COUNT_PAGES_STALE], 1);
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
}

static void another_url_of_the_same_hash_is_not_found(void **state)
{
	struct scratch *s = *state;

	scratch_page(s, 1, &s->page);
	must(buf_set(&s->page.url, SPAN("http://h.example/twin")), "url");
	scratch_put(s, &s->page); /* under the key of /p1 */
	assert_int_equal(store_find_page(s->store, SPAN("http://h.example/p1"), &s->page),
			 ERR_NOT_FOUND);
}

static void what_is_no_url_is_no_page(void **state)
{
	struct scratch *s = *state;

	assert_int_equal(store_find_page(s->store, SPAN("nonsense"), &s->page),
			 ERR_INVALID);
}

/* ---- history ---------------------------------------------------------------------------- */

static void append_visits(struct scratch *s, int from, int to, int per_commit)
{
	for (int i = from; i < to; i++) {
		struct visit visit = { .at_ms = i, .cursor = (uint64_t)i };

		must(store_append_visit(s->store, &s->page.key, &visit), "visit");
		if (i % per_commit == per_commit - 1)
			must(store_commit(s->store), "commit");
	}
	must(store_commit(s->store), "commit");
}

static void must_have_visits(struct scratch *s, int from, int to)
{
	struct visit visits[HISTORY_MAX];
	size_t n;

	must(store_get_history(s->store, &s->page.key, visits, &n), "history");
	assert_int_equal(n, to - from);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(visits[i].at_ms, from + (int)i);
}

static void the_history_is_the_last_64_visits_in_order(void **state)
{
	struct scratch *s = *state;

	scratch_add_pages(s, 1);
	scratch_load(s, 0, &s->page);
	must_have_visits(s, 0, 0);
	append_visits(s, 0, 1, 1);
	must_have_visits(s, 0, 1);
	append_visits(s, 1, 64, 1);
	must_have_visits(s, 0, 64);
	append_visits(s, 64, 65, 1);
	must_have_visits(s, 1, 65);
	append_visits(s, 65, 300, 7);
	must_have_visits(s, 236, 300);
	must(store_compact(s->store), "compact");
	must_have_visits(s, 236, 300);
	append_visits(s, 300, 310, 3);
	must_have_visits(s, 246, 310);
	must(store_compact(s->store), "compact");
	must_have_visits(s, 246, 310);
	scratch_reopen(s);
	must_have_visits(s, 246, 310);
}

static void a_page_seeded_anew_begins_a_new_history(void **state)
{
	struct scratch *s = *state;

	scratch_add_pages(s, 1);
	scratch_load(s, 0, &s->page);
	append_visits(s, 0, 5, 1);
	must(store_delete_page(s->store, &s->page, s->host), "delete");
	scratch_page(s, 0, &s->page);
	scratch_put(s, &s->page);
	append_visits(s, 90, 92, 5); /* in the same batch as the deletion */
	must_have_visits(s, 90, 92);
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
}

/* ---- headers and bodies ------------------------------------------------------------------ */

static const struct digest no_digest;

static struct digest put_body(struct scratch *s, struct page *page, const char *text)
{
	struct digest old = page->has_body ? page->digest : no_digest;
	struct digest digest = digest_of(span_of(text));
	struct buf zipped = BUF_INIT;
	struct zip *zip;

	must(zip_new(1, &zip), "zip");
	must(zip_compress(zip, span_of(text), &zipped), "zip");
	must(store_swap_body(s->store, &old, &digest, buf_span(&zipped)), "swap");
	page->digest = digest;
	page->has_body = true;
	scratch_put(s, page);
	must(store_commit(s->store), "commit");
	zip_free(zip);
	buf_release(&zipped);
	return digest;
}

static bool has_body(struct scratch *s, const struct digest *digest, const char *text)
{
	struct buf body = BUF_INIT;
	enum err err = store_get_body(s->store, digest, 1000, &body);
	bool same = !err && span_equal(buf_span(&body), span_of(text));

	buf_release(&body);
	assert_true(err || same);
	return same;
}

static void a_body_is_shared_and_goes_with_its_last_page(void **state)
{
	struct scratch *s = *state;
	struct page other;
	struct digest digest, second;

	page_init(&other);
	scratch_add_pages(s, 2);
	scratch_load(s, 0, &s->page);
	scratch_load(s, 1, &other);
	digest = put_body(s, &s->page, "the same words");
	(void)put_body(s, &other, "the same words");
	assert_true(has_body(s, &digest, "the same words"));
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
	second = put_body(s, &other, "other words");
	assert_true(has_body(s, &digest, "the same words"));
	assert_true(has_body(s, &second, "other words"));
	(void)put_body(s, &other, "the same words");
	assert_false(has_body(s, &second, "other words"));
	must(store_delete_page(s->store, &s->page, s->host), "delete");
	must(store_commit(s->store), "commit");
	assert_true(has_body(s, &digest, "the same words"));
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
	must(store_delete_page(s->store, &other, s->host), "delete");
	must(store_commit(s->store), "commit");
	assert_false(has_body(s, &digest, "the same words"));
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
	page_release(&other);
}

static void a_lost_body_comes_back_with_the_next_page_that_brings_it(void **state)
{
	struct scratch *s = *state;
	struct digest digest;

	scratch_add_pages(s, 2);
	scratch_load(s, 0, &s->page);
	digest = put_body(s, &s->page, "the same words");
	must(store_delete(s->store, FAMILY_BODY, span_from(digest.bytes, DIGEST_SIZE),
			  true),
	     "plant");
	must(store_commit(s->store), "commit");
	assert_false(has_body(s, &digest, "the same words"));
	scratch_load(s, 1, &s->page);
	(void)put_body(s, &s->page, "the same words");
	assert_true(has_body(s, &digest, "the same words"));
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
}

static void a_change_that_fails_is_taken_back_law_1(void **state)
{
	struct scratch *s = *state;
	struct digest old = digest_of(SPAN("old")), digest = digest_of(SPAN("new"));
	char refs[DIGEST_SIZE + 1];
	size_t n_pending;

	/* The count of the old body's shares cannot be read: half of the swap is done
	 * when that is met. */
	memcpy(refs, old.bytes, DIGEST_SIZE);
	refs[DIGEST_SIZE] = 'r';
	must(store_put(s->store, FAMILY_BODY, span_from(refs, sizeof(refs)), SPAN("\xff"),
		       true),
	     "plant");
	must(store_commit(s->store), "commit");
	n_pending = store_n_pending(s->store);
	assert_int_equal(store_swap_body(s->store, &old, &digest, SPAN("zstd")),
			 ERR_CORRUPT);
	assert_int_equal(store_n_pending(s->store), n_pending);
	assert_false(has_body(s, &digest, "new"));
	/* A page goes with its body, or not at all. */
	scratch_page(s, 1, &s->page);
	s->page.digest = old;
	s->page.has_body = true;
	scratch_put(s, &s->page);
	n_pending = store_n_pending(s->store);
	assert_int_equal(store_delete_page(s->store, &s->page, s->host), ERR_CORRUPT);
	assert_int_equal(store_n_pending(s->store), n_pending);
	scratch_load(s, 1, &s->page);
	assert_int_equal(store_n_pages(s->store), 1);
	must(store_commit(s->store), "commit");
	scratch_load(s, 1, &s->page);
}

#define N_KEYS 1500

/* What store_read() must find: 0: nothing. */
struct model {
	uint32_t values[N_KEYS];
	uint64_t random;
	uint32_t n_puts;
};

static uint32_t draw(struct model *m, uint32_t below)
{
	m->random = m->random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)(m->random >> 33) % below;
}

static struct span model_key(uint32_t i, char text[16])
{
	snprintf(text, 16, "model:%u", (unsigned)i);
	return span_of(text);
}

static void change_some(struct scratch *s, struct model *m)
{
	char key[16];

	for (uint32_t n = draw(m, 400); n; n--) {
		uint32_t i = draw(m, N_KEYS);

		m->values[i] = draw(m, 4) ? ++m->n_puts : 0;
		must(m->values[i] ? store_put(s->store, FAMILY_META, model_key(i, key),
					      span_from(&m->values[i], 4), true)
				  : store_delete(s->store, FAMILY_META, model_key(i, key),
						 true),
		     "change");
	}
}

static void assert_as_in_model(struct scratch *s, const struct model *m)
{
	struct buf value = BUF_INIT;
	char key[16];

	for (uint32_t i = 0; i < N_KEYS; i++) {
		enum err err =
			store_read(s->store, FAMILY_META, model_key(i, key), &value);

		assert_int_equal(err, m->values[i] ? ERR_OK : ERR_NOT_FOUND);
		assert_true(err ||
			    span_equal(buf_span(&value), span_from(&m->values[i], 4)));
	}
	buf_release(&value);
}

static void many_changes_are_kept_and_taken_back_as_a_model_has_them_law_1(void **state)
{
	struct scratch *s = *state;
	struct model *m = calloc(1, sizeof(*m)), *before = calloc(1, sizeof(*m));

	assert_true(m && before);
	for (int round = 1; round <= 30; round++) {
		bool fails = draw(m, 3) == 0;

		*before = *m;
		store_begin(s->store);
		change_some(s, m);
		assert_int_equal(store_end(s->store, fails ? ERR_CORRUPT : ERR_OK),
				 fails ? ERR_CORRUPT : ERR_OK);
		if (fails)
			memcpy(m->values, before->values, sizeof(m->values));
		if (round % 10 == 0)
			must(store_commit(s->store), "commit");
		assert_as_in_model(s, m);
	}
	scratch_reopen(s);
	assert_as_in_model(s, m);
	free(before);
	free(m);
}

static void a_body_over_the_readers_limit_is_refused(void **state)
{
	struct scratch *s = *state;
	struct buf body = BUF_INIT;
	struct digest digest;

	scratch_add_pages(s, 1);
	scratch_load(s, 0, &s->page);
	digest = put_body(s, &s->page, "ten bytes!");
	must(store_get_body(s->store, &digest, 10, &body), "body");
	assert_int_equal(store_get_body(s->store, &digest, 9, &body), ERR_TOO_LARGE);
	assert_int_equal(store_get_body(s->store, &no_digest, 9, &body), ERR_NOT_FOUND);
	buf_release(&body);
}

static void new_headers_of_a_200_drop_those_of_304s(void **state)
{
	struct scratch *s = *state;
	const struct page_key *key = &s->page.key;
	struct buf headers = BUF_INIT;

	scratch_add_pages(s, 1);
	scratch_load(s, 0, &s->page);
	must(store_put_headers(s->store, key, 0, SPAN("A: 1\n")), "put");
	must(store_put_headers(s->store, key, 1, SPAN("B: 2\n")), "put");
	must(store_commit(s->store), "commit");
	must(store_get_headers(s->store, key, 0, &headers), "get");
	assert_string_equal(buf_text(&headers), "A: 1\n");
	must(store_get_headers(s->store, key, 1, &headers), "get");
	assert_string_equal(buf_text(&headers), "B: 2\n");
	must(store_put_headers(s->store, key, 0, SPAN("A: 3\n")), "put");
	assert_int_equal(store_get_headers(s->store, key, 1, &headers), ERR_NOT_FOUND);
	must(store_delete_page(s->store, &s->page, s->host), "delete");
	must(store_commit(s->store), "commit");
	assert_int_equal(store_get_headers(s->store, key, 0, &headers), ERR_NOT_FOUND);
	buf_release(&headers);
}

static void the_head_of_a_200_is_in_the_record_where_it_fits(void **state)
{
	struct scratch *s = *state;
	struct page *page = &s->page;
	struct buf headers = BUF_INIT, large = BUF_INIT;

	scratch_add_pages(s, 1);
	scratch_load(s, 0, page);
	must(store_get_head(s->store, page, &headers), "get");
	assert_int_equal(headers.len, 0);
	must(store_put_headers(s->store, &page->key, 0, SPAN("A: 1\n")),
	     "an older build's");
	must(store_put_headers(s->store, &page->key, 1, SPAN("B: 2\n")), "of a 304");
	must(store_commit(s->store), "commit");
	must(store_get_head(s->store, page, &headers), "get");
	assert_string_equal(buf_text(&headers), "A: 1\n");
	must(store_put_head(s->store, page, SPAN("A: 3\n")), "put");
	must(store_put_page(s->store, page, s->host), "page");
	must(store_commit(s->store), "commit");
	scratch_load(s, 0, page);
	must(store_get_head(s->store, page, &headers), "get");
	assert_string_equal(buf_text(&headers), "A: 3\n");
	for (int part = 0; part < 2; part++)
		assert_int_equal(store_get_headers(s->store, &page->key, part, &headers),
				 ERR_NOT_FOUND);
	for (int i = 0; i < 100; i++)
		must(buf_append_text(&large, "X-Own: another\n"), "line");
	must(store_put_head(s->store, page, buf_span(&large)), "put");
	must(store_put_page(s->store, page, s->host), "page");
	must(store_commit(s->store), "commit");
	scratch_load(s, 0, page);
	assert_int_equal(page->head.len, 0);
	must(store_get_head(s->store, page, &headers), "get");
	assert_true(span_equal(buf_span(&headers), buf_span(&large)));
	buf_release(&headers);
	buf_release(&large);
}

/* ---- counters ------------------------------------------------------------------------------ */

static int64_t requests_between(struct scratch *s, int64_t since_ms, int64_t until_ms)
{
	struct counters sum;

	must(store_window(s->store, since_ms, until_ms, &sum), "window");
	return sum.n[COUNT_REQUESTS];
}

static void a_window_adds_up_its_hours(void **state)
{
	struct scratch *s = *state;
	int64_t hour = s->now_ms - s->now_ms % MS_PER_HOUR;

	for (int h = 0; h < 5; h++) {
		store_count(s->store, COUNT_REQUESTS, 1 << 4 * h,
			    hour + h * MS_PER_HOUR + 1800000);
		if (h % 2)
			must(store_commit(s->store), "commit");
	}
	assert_int_equal(requests_between(s, hour, hour + 5 * MS_PER_HOUR), 0x11111);
	assert_int_equal(requests_between(s, hour + MS_PER_HOUR, hour + 3 * MS_PER_HOUR),
			 0x110);
	assert_int_equal(requests_between(s, hour + 4 * MS_PER_HOUR, INT64_C(1) << 41),
			 0x10000);
	must(store_commit(s->store), "commit");
	scratch_reopen(s);
	assert_int_equal(requests_between(s, hour, hour + 5 * MS_PER_HOUR), 0x11111);
	assert_int_equal(store_totals(s->store)->n[COUNT_REQUESTS], 0x11111);
}

static void a_clock_set_back_counts_into_the_hour_it_shows_REQ92(void **state)
{
	struct scratch *s = *state;
	int64_t hour = s->now_ms - s->now_ms % MS_PER_HOUR;

	store_count(s->store, COUNT_REQUESTS, 1, hour);
	store_count(s->store, COUNT_REQUESTS, 10, hour + MS_PER_HOUR);
	store_count(s->store, COUNT_REQUESTS, 100, hour + 5);
	must(store_commit(s->store), "commit");
	store_count(s->store, COUNT_REQUESTS, 1000, hour + MS_PER_HOUR);
	assert_int_equal(requests_between(s, hour, hour + 1), 101);
	assert_int_equal(requests_between(s, hour + MS_PER_HOUR, hour + MS_PER_HOUR + 1),
			 1010);
	assert_int_equal(store_totals(s->store)->n[COUNT_REQUESTS], 1111);
}

static void a_run_that_did_not_end_is_noticed(void **state)
{
	struct scratch *s = *state;
	bool was_running = true;

	must(store_mark_running(s->store, true, &was_running), "mark");
	assert_false(was_running);
	must(store_commit(s->store), "commit");
	scratch_reopen(s);
	must(store_mark_running(s->store, true, &was_running), "mark");
	assert_true(was_running);
	must(store_mark_running(s->store, false, &was_running), "mark");
	must(store_commit(s->store), "commit");
	scratch_reopen(s);
	must(store_mark_running(s->store, true, &was_running), "mark");
	assert_false(was_running);
}

/* ---- hosts ---------------------------------------------------------------------------------- */

static void a_host_is_one_in_memory_and_written_when_dirty(void **state)
{
	struct scratch *s = *state;
	struct host_key key = { 3, 77 };
	struct host *one, *two;

	assert_int_equal(store_acquire_host(s->store, &key, SPAN(""), &one),
			 ERR_NOT_FOUND);
	must(store_acquire_host(s->store, &key, SPAN("http://x"), &one), "host");
	must(store_acquire_host(s->store, &key, SPAN(""), &two), "host");
	assert_ptr_equal(one, two);
	one->crawl_delay_ms = 5;
	store_release_host(s->store, one);
	store_release_host(s->store, two);
	must(store_commit(s->store), "commit");
	scratch_reopen(s); /* not dirty: it never was */
	assert_int_equal(store_acquire_host(s->store, &key, SPAN(""), &one),
			 ERR_NOT_FOUND);
	must(store_acquire_host(s->store, &key, SPAN("http://x"), &one), "host");
	one->crawl_delay_ms = 6;
	one->dirty = true;
	store_release_host(s->store, one);
	must(store_commit(s->store), "commit");
	scratch_reopen(s);
	must(store_acquire_host(s->store, &key, SPAN("http://other"), &one), "host");
	assert_int_equal(one->crawl_delay_ms, 6);
	assert_string_equal(buf_text(&one->name), "http://x");
	store_release_host(s->store, one);
}

static void idle_hosts_leave_memory_and_come_back_as_they_were(void **state)
{
	struct scratch *s = *state;
	struct host *host;

	for (uint64_t id = 1; id <= 5000; id++) {
		struct host_key key = { (uint8_t)id, id };

		must(store_acquire_host(s->store, &key, SPAN("http://x"), &host), "host");
		host->n_requests = id;
		host->dirty = true;
		if (id != 4000)
			store_release_host(s->store, host);
	}
	must(store_commit(s->store), "commit");
	for (uint64_t id = 1; id <= 5000; id += 1234) {
		struct host_key key = { (uint8_t)id, id };

		must(store_acquire_host(s->store, &key, SPAN(""), &host), "host");
		assert_int_equal(host->n_requests, id);
		store_release_host(s->store, host);
	}
}

#define with_store(test) \
	cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_store(what_is_put_is_read_back_before_the_commit),
		with_store(closing_without_a_commit_drops_all_of_it),
		with_store(a_commit_holds_over_a_restart),
		with_store(another_url_of_the_same_hash_is_not_found),
		with_store(what_is_no_url_is_no_page),
		with_store(the_history_is_the_last_64_visits_in_order),
		with_store(a_page_seeded_anew_begins_a_new_history),
		with_store(a_body_is_shared_and_goes_with_its_last_page),
		with_store(a_lost_body_comes_back_with_the_next_page_that_brings_it),
		with_store(a_change_that_fails_is_taken_back_law_1),
		with_store(
			many_changes_are_kept_and_taken_back_as_a_model_has_them_law_1),
		with_store(a_body_over_the_readers_limit_is_refused),
		with_store(new_headers_of_a_200_drop_those_of_304s),
		with_store(the_head_of_a_200_is_in_the_record_where_it_fits),
		with_store(a_window_adds_up_its_hours),
		with_store(a_clock_set_back_counts_into_the_hour_it_shows_REQ92),
		with_store(a_run_that_did_not_end_is_noticed),
		with_store(a_host_is_one_in_memory_and_written_when_dirty),
		with_store(idle_hosts_leave_memory_and_come_back_as_they_were),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
