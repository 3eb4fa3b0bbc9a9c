/* test_store_feed.c - the change feed, and what its consumers acknowledge. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "store/internal.h"
#include "tests/scratch_store.h"

/* Pages 0..n-1, each with version 1 told in the feed under cursor i + 1. */
static void add_told_pages(struct scratch *s, int n)
{
	scratch_add_pages(s, n);
	for (int i = 0; i < n; i++) {
		scratch_load(s, i, &s->page);
		s->page.verdict = VERDICT_NEW;
		s->page.version = 1;
		assert_int_equal(scratch_append_change(s, &s->page), i + 1);
		scratch_put(s, &s->page);
	}
	must(store_commit(s->store), "commit");
}

static enum err acknowledge(struct scratch *s, const char *consumer, uint64_t cursor,
			    uint64_t *n)
{
	struct why why = { "" };
	enum err err = store_acknowledge(s->store, consumer, cursor, n, &why);

	assert_true(!err || why.text[0]);
	return err;
}

static uint32_t indexed(struct scratch *s, int i)
{
	scratch_load(s, i, &s->page);
	return s->page.indexed_version;
}

static void the_feed_is_walked_from_behind_a_cursor(void **state)
{
	static const uint64_t after[] = { 0, 1, 4, 5, 6, UINT64_MAX };
	struct scratch *s = *state;
	struct change change;

	add_told_pages(s, 5);
	change_init(&change);
	for (size_t i = 0; i < ARRAY_SIZE(after); i++) {
		struct store_walk *walk;
		uint64_t next = after[i] + 1;
		enum err err;

		must(store_walk_changes(s->store, after[i], &walk), "walk");
		while (!(err = store_walk_change(walk, &change)))
			assert_int_equal(change.cursor, next++);
		assert_int_equal(err, ERR_NOT_FOUND);
		assert_true(next == (after[i] < 5 ? 6 : after[i] + 1));
		store_walk_end(walk);
	}
	change_release(&change);
}

static void what_is_acknowledged_is_indexed(void **state)
{
	struct scratch *s = *state;
	uint64_t cursor, n;

	add_told_pages(s, 4);
	assert_int_equal(store_totals(s->store)->n[COUNT_PAGES_STALE], 4);
	must(acknowledge(s, "index", 3, &n), "acknowledge");
	assert_int_equal(n, 3);
	assert_int_equal(indexed(s, 2), 1);
	assert_int_equal(indexed(s, 3), 0);
	assert_int_equal(store_totals(s->store)->n[COUNT_PAGES_STALE], 1);
	assert_int_equal(store_totals(s->store)->n[COUNT_PAGES_UNCHANGED], 3);
	scratch_reopen(s); /* it was committed */
	must(store_get_acknowledged(s->store, "index", &cursor), "cursor");
	assert_int_equal(cursor, 3);
	must(acknowledge(s, "index", 3, &n), "again");
	assert_int_equal(n, 0);
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
}

static void a_cursor_out_of_range_moves_nothing(void **state)
{
	struct scratch *s = *state;
	uint64_t cursor, n;

	add_told_pages(s, 4);
	must(acknowledge(s, "index", 2, &n), "acknowledge");
	assert_int_equal(acknowledge(s, "index", 1, &n), ERR_INVALID);
	assert_int_equal(acknowledge(s, "index", 5, &n), ERR_INVALID);
	assert_int_equal(acknowledge(s, "index", UINT64_MAX, &n), ERR_INVALID);
	must(store_get_acknowledged(s->store, "index", &cursor), "cursor");
	assert_int_equal(cursor, 2);
	assert_int_equal(indexed(s, 3), 0);
}

static void other_consumers_move_nothing_but_themselves(void **state)
{
	struct scratch *s = *state;
	uint64_t cursor, n;

	add_told_pages(s, 2);
	must(acknowledge(s, "mirror", 2, &n), "acknowledge");
	assert_int_equal(n, 2);
	assert_int_equal(indexed(s, 0), 0);
	must(store_get_acknowledged(s->store, "index", &cursor), "cursor");
	assert_int_equal(cursor, 0);
	must(store_get_acknowledged(s->store, "mirror", &cursor), "cursor");
	assert_int_equal(cursor, 2);
}

static void the_name_of_a_consumer_has_limits(void **state)
{
	struct scratch *s = *state;
	uint64_t n;

	assert_int_equal(acknowledge(s, "", 0, &n), ERR_INVALID);
	assert_int_equal(acknowledge(s, "12345678901234567890123", 0, &n), ERR_INVALID);
	must(acknowledge(s, "1234567890123456789012", 0, &n), "22 bytes");
}

static void thousands_are_acknowledged_in_one_go(void **state)
{
	struct scratch *s = *state;
	uint64_t n;

	add_told_pages(s, 2500);
	must(acknowledge(s, "index", 2400, &n), "acknowledge");
	assert_int_equal(n, 2400);
	assert_int_equal(store_totals(s->store)->n[COUNT_PAGES_STALE], 100);
	assert_int_equal(indexed(s, 0), 1);
	assert_int_equal(indexed(s, 999), 1);
	assert_int_equal(indexed(s, 1000), 1);
	assert_int_equal(indexed(s, 2399), 1);
	assert_int_equal(indexed(s, 2400), 0);
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
}

static void a_newer_version_stays_stale(void **state)
{
	struct scratch *s = *state;
	uint64_t n;

	add_told_pages(s, 1);
	scratch_load(s, 0, &s->page);
	s->page.version = 2;
	(void)scratch_append_change(s, &s->page);
	scratch_put(s, &s->page);
	must(store_commit(s->store), "commit");
	must(acknowledge(s, "index", 1, &n), "acknowledge");
	assert_int_equal(indexed(s, 0), 1);
	assert_int_equal(page_state(&s->page), STATE_STALE);
	must(acknowledge(s, "index", 2, &n), "acknowledge");
	assert_int_equal(indexed(s, 0), 2);
	assert_int_equal(page_state(&s->page), STATE_UNCHANGED);
}

/* The frontier may hold the parked entry: moved to the queue, it would be two. */
static void an_acknowledgement_leaves_a_parked_page_where_it_is(void **state)
{
	struct scratch *s = *state;
	struct queue_entry entry, found[2];
	uint64_t n_acknowledged;
	size_t n;

	add_told_pages(s, 1);
	scratch_load(s, 0, &s->page);
	entry = (struct queue_entry){ .key = s->page.key, .position = s->page.position };
	must(store_park(s->store, &entry), "park");
	must(store_commit(s->store), "commit");
	must(acknowledge(s, "index", 1, &n_acknowledged), "acknowledge");
	must(store_read_queue(s->store, 0, 0, NULL, found, 2, &n), "queue");
	assert_int_equal(n, 0);
	assert_int_equal(scratch_read_parked(s, &entry.key.host, found, 2), 1);
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
}

static void plant(struct scratch *s, enum family family, const void *key, size_t len,
		  const char *value)
{
	must(value ? store_put(s->store, family, span_from(key, len), span_of(value),
			       false)
		   : store_delete(s->store, family, span_from(key, len), false),
	     "plant");
	must(store_commit(s->store), "commit");
}

static void damage_to_some_keeps_the_rest_going_REQ82(void **state)
{
	struct scratch *s = *state;
	uint8_t key[PAGE_KEY_SIZE], cursor[8];
	uint64_t n;

	add_told_pages(s, 5);
	scratch_load(s, 1, &s->page);
	page_key_encode(&s->page.key, key);
	plant(s, FAMILY_PAGE, key, sizeof(key), "\xff garbage");
	scratch_load(s, 2, &s->page);
	must(store_delete_page(s->store, &s->page, s->host), "delete");
	be64_put(cursor, 4);
	plant(s, FAMILY_FEED, cursor, sizeof(cursor), "\x01\xff");
	must(acknowledge(s, "index", 5, &n), "acknowledge");
	assert_int_equal(indexed(s, 0), 1);
	assert_int_equal(indexed(s, 4), 1);
}

static void a_host_without_a_record_keeps_the_rest_going_REQ82(void **state)
{
	struct scratch *s = *state;
	struct page lost;
	uint64_t n;

	page_init(&lost);
	must(buf_set(&lost.url, SPAN("http://lost.example/")), "url");
	must(page_key_of(buf_span(&lost.url), &lost.key), "key");
	lost.version = 1;
	scratch_page(s, 0, &s->page);
	scratch_put(s, &s->page);
	(void)scratch_append_change(s, &lost);
	must(store_put_page(s->store, &lost, s->host), "put"); /* its own has none */
	s->page.version = 1;
	(void)scratch_append_change(s, &s->page);
	scratch_put(s, &s->page);
	must(store_commit(s->store), "commit");
	must(acknowledge(s, "index", 2, &n), "acknowledge");
	assert_int_equal(n, 2);
	assert_int_equal(indexed(s, 0), 1);
	page_release(&lost);
}

/* The path of the file of the feed that begins with that cursor. */
static void find_feed_file(struct scratch *s, uint64_t cursor, char path[200])
{
	const rocksdb_livefiles_t *files = rocksdb_livefiles(s->store->db);
	uint8_t key[8];

	be64_put(key, cursor);
	path[0] = '\0';
	for (int i = 0; i < rocksdb_livefiles_count(files); i++) {
		struct span start;

		start.data = rocksdb_livefiles_smallestkey(files, i, &start.len);
		if (strcmp(rocksdb_livefiles_column_family_name(files, i), "feed") == 0 &&
		    span_equal(start, span_from(key, sizeof(key))))
			snprintf(path, 200, "%s%s", s->dir,
				 rocksdb_livefiles_name(files, i));
	}
	rocksdb_livefiles_destroy(files);
	assert_true(path[0]);
}

static void damage_start(const char *path)
{
	FILE *f = fopen(path, "r+");

	assert_non_null(f);
	assert_int_equal(fseek(f, 20, SEEK_SET), 0);
	assert_int_equal(fputs("damage", f) >= 0, 1);
	assert_int_equal(fclose(f), 0);
}

/* RocksDB 7.8 passes over it in silence: 10 of 20 changes were handed out and all of them
 * acknowledged. */
static void a_file_with_a_damaged_start_is_not_passed_over_REQ82(void **state)
{
	struct scratch *s = *state;
	struct store_walk *walk;
	struct change change;
	struct why why;
	char path[200];
	uint64_t n = 0;
	enum err err;

	add_told_pages(s, 10);
	must(store_compact(s->store), "compact");
	for (int i = 0; i < 10; i++) {
		scratch_load(s, i, &s->page);
		(void)scratch_append_change(s, &s->page);
		scratch_put(s, &s->page);
	}
	must(store_commit(s->store), "commit");
	must(store_compact(s->store), "compact");
	find_feed_file(s, 11, path);
	store_close(s->store);
	s->store = NULL;
	damage_start(path);
	scratch_reopen(s);
	change_init(&change);
	must(store_walk_changes(s->store, 0, &walk), "walk");
	while (!(err = store_walk_change(walk, &change)))
		n++;
	assert_int_equal(n, 10);
	assert_int_equal(err, ERR_CORRUPT);
	assert_true(store_walk_is_broken(walk));
	store_walk_end(walk);
	change_release(&change);
	assert_int_equal(store_acknowledge(s->store, "index", 20, &n, &why), ERR_CORRUPT);
	must(store_get_acknowledged(s->store, "index", &n), "acknowledged");
	assert_true(n <= 10);
}

static int n_files(struct scratch *s)
{
	const rocksdb_livefiles_t *files = rocksdb_livefiles(s->store->db);
	int n = 0;

	for (int i = 0; i < rocksdb_livefiles_count(files); i++)
		n += !strcmp(rocksdb_livefiles_column_family_name(files, i), "feed");
	rocksdb_livefiles_destroy(files);
	return n;
}

/* As a restart leaves it: a file whose keys are behind those of all others. */
static void add_feed_file(struct scratch *s)
{
	rocksdb_flushoptions_t *options = rocksdb_flushoptions_create();
	char *failure = NULL;

	(void)scratch_append_change(s, &s->page);
	must(store_commit(s->store), "commit");
	rocksdb_flush_cf(s->store->db, options, s->store->families[FAMILY_FEED],
			 &failure);
	rocksdb_flushoptions_destroy(options);
	must(store_take_failure(s->store, failure), "flush");
}

static void many_small_files_are_merged(void **state)
{
	struct scratch *s = *state;
	struct store_walk *walk;
	struct change change;
	int n = 0;

	add_told_pages(s, 1);
	while (n_files(s) <= 12 && ++n < 200)
		add_feed_file(s);
	assert_true(n_files(s) > 12);
	scratch_reopen(s);
	assert_in_range(n_files(s), 1,
			5); /* and some that are not yet in the last level */
	must(store_walk_changes(s->store, 0, &walk), "walk");
	change_init(&change);
	for (int i = 0; i <= n; i++)
		must(store_walk_change(walk, &change), "change");
	assert_int_equal(change.cursor, store_last_cursor(s->store));
	change_release(&change);
	store_walk_end(walk);
}

#define with_store(test) \
	cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_store(the_feed_is_walked_from_behind_a_cursor),
		with_store(what_is_acknowledged_is_indexed),
		with_store(a_cursor_out_of_range_moves_nothing),
		with_store(other_consumers_move_nothing_but_themselves),
		with_store(the_name_of_a_consumer_has_limits),
		with_store(thousands_are_acknowledged_in_one_go),
		with_store(a_newer_version_stays_stale),
		with_store(an_acknowledgement_leaves_a_parked_page_where_it_is),
		with_store(damage_to_some_keeps_the_rest_going_REQ82),
		with_store(a_file_with_a_damaged_start_is_not_passed_over_REQ82),
		with_store(a_host_without_a_record_keeps_the_rest_going_REQ82),
		with_store(many_small_files_are_merged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
