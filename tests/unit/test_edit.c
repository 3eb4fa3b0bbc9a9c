#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/base/clock.h"
#include "tests/filled_store.h"
#include "tools/edit.h"
#include "tools/seed_line.h"

#define NOW_MS INT64_C(1767225600000)

/* A store in a directory of its own, and what the hooks were told. */
struct fixture {
	struct filled_store files;
	struct store *store; /* of `files` */
	struct editor editor;
	struct page flight; /* the copy that is being visited; no URL: none is */
	int n_forgotten, n_wakes, n_hosts;
	int64_t woken_at_ms;
};

static struct page *in_flight(void *context, const struct page_key *key)
{
	struct fixture *f = context;

	return f->flight.url.len && page_key_equal(&f->flight.key, key) ? &f->flight
									: NULL;
}

static void forgotten(void *context, const struct page_key *key)
{
	(void)key;
	((struct fixture *)context)->n_forgotten++;
}

static void wake(void *context, int64_t at_ms)
{
	struct fixture *f = context;

	f->n_wakes++;
	f->woken_at_ms = at_ms;
}

static void host_changed(void *context, const struct host_key *key)
{
	(void)key;
	((struct fixture *)context)->n_hosts++;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	filled_store_make(&f->files);
	f->store = f->files.store;
	page_init(&f->flight);
	f->editor = (struct editor){ .store = f->store,
				     .now_ms = NOW_MS,
				     .context = f,
				     .in_flight = in_flight,
				     .forgotten = forgotten,
				     .wake = wake,
				     .host_changed = host_changed };
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	page_release(&f->flight);
	filled_store_remove(&f->files);
	free(f);
	return 0;
}

/* Seeds a line of the text format: "added", "known", "updated" or the reason. */
static const char *seed(struct fixture *f, const char *line)
{
	static const char *const texts[] = { "added", "known", "updated" };
	static struct why why;
	enum seed_outcome outcome;
	struct seed one;
	enum err err;

	seed_init(&one);
	assert_int_equal(seed_line_text(span_of(line), &one, &why), ERR_OK);
	err = edit_seed(&f->editor, &one, &outcome, &why);
	return err ? why.text : texts[outcome];
}

static void commit(struct fixture *f)
{
	assert_int_equal(edit_commit(&f->editor), ERR_OK);
}

static void count_difference(void *context, const char *difference)
{
	(void)context;
	print_error("%s\n", difference);
}

static void expect_sound(struct fixture *f)
{
	uint64_t n;

	commit(f);
	assert_int_equal(store_verify(f->store, count_difference, NULL, &n), ERR_OK);
	assert_int_equal(n, 0);
}

static void find(struct fixture *f, const char *url, struct page *page)
{
	page_clear(page);
	assert_int_equal(store_find_page(f->store, span_of(url), page), ERR_OK);
}

static bool is_known(struct fixture *f, const char *url)
{
	struct page page;
	enum err err;

	page_init(&page);
	err = store_find_page(f->store, span_of(url), &page);
	page_release(&page);
	return !err;
}

/* ---- seeds --------------------------------------------------------------------------------- */

static void a_new_seed_is_a_page_that_is_due_at_once(void **state)
{
	struct fixture *f = *state;
	struct page page;

	page_init(&page);
	assert_string_equal(seed(f, "http://a/x\tweight=2.5\ttag=news\tmin_interval=1h"),
			    "added");
	find(f, "http://a/x", &page);
	assert_float_equal(page.weight, 2.5, 0);
	assert_string_equal(buf_text(&page.tags), "news");
	assert_int_equal(page.min_interval_ms, MS_PER_HOUR);
	assert_int_equal(page.first_seen_at_ms, NOW_MS);
	assert_int_equal(page.next_visit_at_ms, NOW_MS);
	assert_int_equal(page.next_visit_reason, REASON_NEVER_FETCHED);
	assert_true(page.position.queued);
	assert_int_equal(page_state(&page), STATE_UNFETCHED);
	page_release(&page);
	assert_int_equal(f->n_wakes, 0); /* not before it can be read */
	expect_sound(f);
	assert_int_equal(f->n_wakes, 1);
	assert_int_equal(f->woken_at_ms, NOW_MS);
	assert_int_equal(store_n_pages(f->store), 1);
}

static void a_seed_said_again_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct page page;

	page_init(&page);
	assert_string_equal(seed(f, "http://a/\tweight=2\ttag=x"), "added");
	assert_string_equal(seed(f, "http://a/\tweight=2\ttag=x"), "known");
	commit(f);
	f->editor.now_ms += MS_PER_DAY;
	assert_string_equal(seed(f, "http://a/"), "known");
	assert_int_equal(store_n_pending(f->store), 0);
	find(f, "http://a/", &page);
	assert_float_equal(page.weight, 2, 0);
	assert_int_equal(page.next_visit_at_ms, NOW_MS);
	page_release(&page);
	expect_sound(f);
}

static void a_known_page_takes_weight_tags_and_intervals_and_keeps_the_rest(void **state)
{
	struct fixture *f = *state;
	struct page page;

	page_init(&page);
	assert_string_equal(seed(f, "http://a/\tetag=\"1\"\tdigest=xxh3:"
				    "00112233445566778899aabbccddeeff"),
			    "added");
	f->editor.now_ms += MS_PER_DAY;
	assert_string_equal(seed(f, "http://a/\tweight=3\ttag=n\tmax_interval=2d\t"
				    "etag=\"2\""),
			    "updated");
	assert_string_equal(seed(f, "http://a/\ttag=m\ttag=n"), "updated");
	find(f, "http://a/", &page);
	assert_float_equal(page.weight, 3, 0);
	assert_string_equal(buf_text(&page.tags), "n,m");
	assert_int_equal(page.max_interval_ms, 2 * MS_PER_DAY);
	assert_string_equal(buf_text(&page.etag), "\"1\"");
	assert_int_equal(page.next_visit_at_ms, NOW_MS);
	page_release(&page);
	expect_sound(f);
}

static void tags_have_a_ceiling_and_a_refused_seed_changes_nothing(void **state)
{
	struct fixture *f = *state;
	char line[200];
	struct page page;
	size_t len;

	page_init(&page);
	assert_string_equal(seed(f, "http://a/"), "added");
	for (int i = 0; i < 31; i++) {
		snprintf(line, sizeof(line), "http://a/\ttag=%064d", i);
		assert_string_equal(seed(f, line), "updated");
	}
	find(f, "http://a/", &page);
	len = page.tags.len;
	snprintf(line, sizeof(line), "http://a/\tweight=9\ttag=%064d", 99);
	assert_non_null(strstr(seed(f, line), "longer than 2048 bytes"));
	find(f, "http://a/", &page);
	assert_int_equal(page.tags.len, len);
	assert_float_equal(page.weight, 1, 0);
	page_release(&page);
	expect_sound(f);
}

static void an_index_is_adopted_with_its_digest_and_validators(void **state)
{
	struct fixture *f = *state;
	struct page page;

	page_init(&page);
	assert_string_equal(
		seed(f,
		     "http://a/\tetag=W/\"x\"\tlast_modified=Sun, 01 Nov 2026 10:00:00 "
		     "GMT\tdigest=xxh3:00112233445566778899aabbccddeeff\t"
		     "indexed_at=2026-01-01T00:00:00Z"),
		"added");
	find(f, "http://a/", &page);
	assert_string_equal(buf_text(&page.etag), "W/\"x\"");
	assert_string_equal(buf_text(&page.last_modified),
			    "Sun, 01 Nov 2026 10:00:00 GMT");
	assert_false(digest_is_none(&page.digest));
	assert_int_equal(page.version, 1);
	assert_int_equal(page.indexed_version, 1);
	assert_int_equal(page.last_verified_at_ms, NOW_MS);
	/* Validators alone are no version: nobody knows of what (REQ 9). */
	assert_string_equal(seed(f, "http://b/\tetag=\"x\""), "added");
	find(f, "http://b/", &page);
	assert_true(digest_is_none(&page.digest));
	assert_int_equal(page.version, 0);
	page_release(&page);
	expect_sound(f);
}

/* Two URLs with one 64-bit hash cannot be had; a record under a wrong key can. */
static void a_page_of_the_same_hash_is_never_overwritten(void **state)
{
	struct fixture *f = *state;
	struct host *host;
	struct page page;

	page_init(&page);
	assert_int_equal(page_key_of(SPAN("http://a/mine"), &page.key), ERR_OK);
	assert_int_equal(buf_set(&page.url, SPAN("http://a/other")), ERR_OK);
	assert_int_equal(
		store_acquire_host(f->store, &page.key.host, SPAN("http://a"), &host),
		ERR_OK);
	assert_int_equal(store_put_page(f->store, &page, host), ERR_OK);
	store_release_host(f->store, host);
	assert_non_null(strstr(seed(f, "http://a/mine"), "'http://a/other'"));
	assert_true(!is_known(f, "http://a/mine"));
	assert_int_equal(store_get_page(f->store, &page.key, &page), ERR_OK);
	assert_string_equal(buf_text(&page.url), "http://a/other");
	page_release(&page);
}

/* ---- pages --------------------------------------------------------------------------------- */

/* Puts a page's next visit two days ahead, as a visit would. */
static void put_off(struct fixture *f, const char *url)
{
	struct page page;
	struct host *host;

	page_init(&page);
	find(f, url, &page);
	page.next_visit_at_ms = page.position.order_ms = NOW_MS + 2 * MS_PER_DAY;
	assert_int_equal(store_acquire_host(f->store, &page.key.host, SPAN(""), &host),
			 ERR_OK);
	assert_int_equal(store_put_page(f->store, &page, host), ERR_OK);
	store_release_host(f->store, host);
	page_release(&page);
	commit(f);
}

static void a_recheck_makes_a_page_due_now(void **state)
{
	struct fixture *f = *state;
	struct page page;

	page_init(&page);
	seed(f, "http://a/");
	put_off(f, "http://a/");
	f->n_wakes = 0;
	f->editor.now_ms += MS_PER_HOUR;
	assert_int_equal(edit_url(&f->editor, EDIT_RECHECK, SPAN("http://a/")), ERR_OK);
	find(f, "http://a/", &page);
	assert_int_equal(page.next_visit_at_ms, NOW_MS + MS_PER_HOUR);
	assert_int_equal(page.next_visit_reason, REASON_RECHECK);
	expect_sound(f);
	assert_int_equal(f->n_wakes, 1);
	/* What is due already is not sent to the end of the queue. */
	f->editor.now_ms += MS_PER_HOUR;
	assert_int_equal(edit_url(&f->editor, EDIT_RECHECK, SPAN("http://a/")), ERR_OK);
	find(f, "http://a/", &page);
	assert_int_equal(page.next_visit_at_ms, NOW_MS + MS_PER_HOUR);
	assert_int_equal(edit_url(&f->editor, EDIT_RECHECK, SPAN("http://a/no")),
			 ERR_NOT_FOUND);
	assert_int_equal(edit_url(&f->editor, EDIT_RECHECK, SPAN("a")), ERR_NOT_FOUND);
	page_release(&page);
}

static void a_forgotten_page_leaves_nothing_behind(void **state)
{
	struct fixture *f = *state;

	seed(f, "http://a/1");
	seed(f, "http://a/2");
	commit(f);
	assert_int_equal(edit_url(&f->editor, EDIT_FORGET, SPAN("http://a/1")), ERR_OK);
	assert_int_equal(f->n_forgotten, 1);
	assert_int_equal(edit_url(&f->editor, EDIT_FORGET, SPAN("http://a/1")),
			 ERR_NOT_FOUND);
	expect_sound(f);
	assert_int_equal(store_n_pages(f->store), 1);
	assert_true(is_known(f, "http://a/2"));
	/* It may come back, as one that was never seen, within one batch too. */
	assert_int_equal(edit_url(&f->editor, EDIT_FORGET, SPAN("http://a/2")), ERR_OK);
	assert_string_equal(seed(f, "http://a/2"), "added");
	assert_string_equal(seed(f, "http://a/1"), "added");
	expect_sound(f);
	assert_int_equal(store_n_pages(f->store), 2);
}

static void what_is_retracted_is_gone_for_the_index(void **state)
{
	struct fixture *f = *state;
	struct store_walk *walk = NULL;
	struct change change;
	struct host *host;
	struct page page;

	page_init(&page);
	seed(f, "http://a/never-seen");
	seed(f, "http://a/1");
	commit(f);
	find(f, "http://a/1", &page);
	page.version = 3;
	assert_int_equal(store_acquire_host(f->store, &page.key.host, SPAN(""), &host),
			 ERR_OK);
	assert_int_equal(store_put_page(f->store, &page, host), ERR_OK);
	store_release_host(f->store, host);
	page_release(&page);
	for (int i = 0; i < 2; i++)
		assert_int_equal(
			edit_url(&f->editor, EDIT_RETRACT,
				 span_of(i ? "http://a/1" : "http://a/never-seen")),
			ERR_OK);
	assert_int_equal(edit_url(&f->editor, EDIT_RETRACT, SPAN("http://a/1")),
			 ERR_NOT_FOUND);
	expect_sound(f);
	change_init(&change);
	assert_int_equal(store_walk_changes(f->store, 0, &walk), ERR_OK);
	assert_int_equal(store_walk_change(walk, &change), ERR_OK);
	assert_int_equal(change.kind, CHANGE_GONE);
	assert_int_equal(change.version, 4);
	assert_true(span_equal(buf_span(&change.url), SPAN("http://a/1")));
	assert_int_equal(store_walk_change(walk, &change), ERR_NOT_FOUND);
	store_walk_end(walk);
	change_release(&change);
}

/* The copy in flight is committed after the edit: it must not undo it, nor leave a second
 * entry in the queue. */
static void an_edit_reaches_the_copy_in_flight(void **state)
{
	struct fixture *f = *state;
	struct page page;
	struct host *host;

	page_init(&page);
	seed(f, "http://a/");
	put_off(f, "http://a/");
	find(f, "http://a/", &f->flight);
	assert_string_equal(seed(f, "http://a/\tweight=7\ttag=t"), "updated");
	assert_float_equal(f->flight.weight, 7, 0);
	assert_string_equal(buf_text(&f->flight.tags), "t");
	/* The answer to what is being asked right now may be too old for a recheck. */
	assert_int_equal(edit_url(&f->editor, EDIT_RECHECK, SPAN("http://a/")), ERR_OK);
	assert_true(f->flight.recheck_asked);
	find(f, "http://a/", &page);
	assert_int_equal(page.next_visit_at_ms, NOW_MS + 2 * MS_PER_DAY);
	commit(f);
	f->flight.position.order_ms = NOW_MS + MS_PER_DAY;
	f->flight.next_visit_at_ms = NOW_MS + MS_PER_DAY;
	assert_int_equal(store_acquire_host(f->store, &page.key.host, SPAN(""), &host),
			 ERR_OK);
	assert_int_equal(store_put_page(f->store, &f->flight, host), ERR_OK);
	store_release_host(f->store, host);
	expect_sound(f);
	find(f, "http://a/", &page);
	assert_float_equal(page.weight, 7, 0);
	page_release(&page);
}

/* ---- hosts --------------------------------------------------------------------------------- */

static void a_host_is_paused_released_and_asked_for_its_rules(void **state)
{
	struct fixture *f = *state;
	struct page_key key;
	struct host *host;

	seed(f, "http://a/");
	commit(f);
	assert_int_equal(page_key_of(SPAN("http://a/"), &key), ERR_OK);
	assert_int_equal(store_acquire_host(f->store, &key.host, SPAN(""), &host),
			 ERR_OK);
	host->backoff_until_ms = NOW_MS + 1000;
	host->n_failures_in_a_row = 3;
	host->backoff_is_retry_after = true;
	host->robots_expires_at_ms = NOW_MS + 1000;
	assert_int_equal(edit_host(&f->editor, &key.host, HOST_PAUSE), ERR_OK);
	assert_true(host->paused && host->dirty);
	assert_int_equal(edit_host(&f->editor, &key.host, HOST_RESUME), ERR_OK);
	assert_false(host->paused);
	/* What the origin itself asked for is not ours to end (REQ 55). */
	assert_int_equal(edit_host(&f->editor, &key.host, HOST_RELEASE), ERR_OK);
	assert_int_equal(host->backoff_until_ms, NOW_MS + 1000);
	host->backoff_is_retry_after = false;
	assert_int_equal(edit_host(&f->editor, &key.host, HOST_RELEASE), ERR_OK);
	assert_int_equal(host->backoff_until_ms, 0);
	assert_int_equal(host->n_failures_in_a_row, 0);
	assert_int_equal(edit_host(&f->editor, &key.host, HOST_REFRESH_ROBOTS), ERR_OK);
	assert_int_equal(host->robots_expires_at_ms, 1);
	assert_int_equal(f->n_hosts, 5);
	store_release_host(f->store, host);
	key.host.host_id++;
	assert_int_equal(edit_host(&f->editor, &key.host, HOST_PAUSE), ERR_NOT_FOUND);
	expect_sound(f);
}

/* What was put in any order is committed in that of the keys, and reads back. */
static void many_edits_of_one_batch_keep_their_last_word(void **state)
{
	struct fixture *f = *state;
	struct page page;
	char line[64];

	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 2000; i++) {
			snprintf(line, sizeof(line), "http://h%d/%d\tweight=%d", i % 7, i,
				 round + 2);
			seed(f, line);
		}
	for (int i = 0; i < 2000; i += 2) {
		snprintf(line, sizeof(line), "http://h%d/%d", i % 7, i);
		assert_int_equal(edit_url(&f->editor, EDIT_FORGET, span_of(line)),
				 ERR_OK);
	}
	expect_sound(f);
	assert_int_equal(store_n_pages(f->store), 1000);
	page_init(&page);
	find(f, "http://h1/1", &page);
	assert_float_equal(page.weight, 4, 0);
	page_release(&page);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_new_seed_is_a_page_that_is_due_at_once),
		TEST(a_seed_said_again_changes_nothing),
		TEST(a_known_page_takes_weight_tags_and_intervals_and_keeps_the_rest),
		TEST(tags_have_a_ceiling_and_a_refused_seed_changes_nothing),
		TEST(an_index_is_adopted_with_its_digest_and_validators),
		TEST(a_page_of_the_same_hash_is_never_overwritten),
		TEST(a_recheck_makes_a_page_due_now),
		TEST(a_forgotten_page_leaves_nothing_behind),
		TEST(what_is_retracted_is_gone_for_the_index),
		TEST(an_edit_reaches_the_copy_in_flight),
		TEST(a_host_is_paused_released_and_asked_for_its_rules),
		TEST(many_edits_of_one_batch_keep_their_last_word),
	};

	return cmocka_run_group_tests_name("edit", tests, NULL, NULL);
}
