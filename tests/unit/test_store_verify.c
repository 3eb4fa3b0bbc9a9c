/* test_store_verify.c - every difference that can be planted is found (law 10). */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/log.h"
#include "store/internal.h"
#include "tests/scratch_store.h"

/* Two pages with bodies, headers, history and changes, all in order. */
static void fill(struct scratch *s)
{
	static const struct digest none;
	struct visit visit = { .at_ms = 1, .verdict = VERDICT_NEW };

	scratch_add_pages(s, 3);
	for (int i = 0; i < 2; i++) {
		scratch_load(s, i, &s->page);
		s->page.verdict = VERDICT_NEW;
		s->page.version = 1;
		scratch_swap_body(s, &s->page, &none, SPAN("some body"));
		must(store_put_headers(s->store, &s->page.key, 0, SPAN("A: 1\n")),
		     "headers");
		must(store_append_visit(s->store, &s->page.key, &visit), "visit");
		(void)scratch_append_change(s, &s->page);
		scratch_put(s, &s->page);
	}
	must(store_commit(s->store), "commit");
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
}

static void put(struct scratch *s, enum family family, const void *key, size_t len,
		struct span value)
{
	must(store_put(s->store, family, span_from(key, len), value, false), "put");
}

static void drop(struct scratch *s, enum family family, const void *key, size_t len)
{
	must(store_delete(s->store, family, span_from(key, len), false), "delete");
}

/* The keys of page 1, which each plant may need. */
struct keys {
	uint8_t page[PAGE_KEY_SIZE], host[HOST_KEY_SIZE], queue[QUEUE_KEY_SIZE],
		parked[PARKED_KEY_SIZE], feed[8], refs[DIGEST_SIZE + 1];
};

static void damaged_page(struct scratch *s, struct keys *k)
{
	put(s, FAMILY_PAGE, k->page, sizeof(k->page), SPAN("\x01\xff"));
}

static void newer_page(struct scratch *s, struct keys *k)
{
	put(s, FAMILY_PAGE, k->page, sizeof(k->page), SPAN("\x63"));
}

static void page_under_another_key(struct scratch *s, struct keys *k)
{
	struct buf value = BUF_INIT;

	must(page_encode(&s->page, &value), "encode");
	k->page[16] ^= 1;
	put(s, FAMILY_PAGE, k->page, sizeof(k->page), buf_span(&value));
	buf_release(&value);
}

static void lost_page(struct scratch *s, struct keys *k)
{
	drop(s, FAMILY_PAGE, k->page, sizeof(k->page));
}

static void index_ahead_of_the_page(struct scratch *s, struct keys *k)
{
	(void)k;
	s->page.indexed_version = 2;
	scratch_put(s, &s->page);
}

static void lost_queue_entry(struct scratch *s, struct keys *k)
{
	drop(s, FAMILY_QUEUE, k->queue, sizeof(k->queue));
}

static void second_queue_entry(struct scratch *s, struct keys *k)
{
	put(s, FAMILY_PARKED, k->parked, sizeof(k->parked), SPAN(""));
}

static void queue_entry_of_another_worth(struct scratch *s, struct keys *k)
{
	static const uint8_t worth[WORTH_SIZE] = { 0x3f, 0x80 };

	put(s, FAMILY_QUEUE, k->queue, sizeof(k->queue), span_from(worth, sizeof(worth)));
}

static void stale_queue_entry(struct scratch *s, struct keys *k)
{
	k->queue[9] ^= 1;
	put(s, FAMILY_QUEUE, k->queue, sizeof(k->queue), SPAN(""));
}

static void queue_entry_of_no_page(struct scratch *s, struct keys *k)
{
	k->queue[QUEUE_KEY_SIZE - 1] ^= 1;
	put(s, FAMILY_QUEUE, k->queue, sizeof(k->queue), SPAN(""));
}

static void key_in_the_queue_that_is_none(struct scratch *s, struct keys *k)
{
	put(s, FAMILY_QUEUE, k->queue, 5, SPAN(""));
}

static void damaged_host(struct scratch *s, struct keys *k)
{
	put(s, FAMILY_HOST, k->host, sizeof(k->host), SPAN("\x01\xff"));
}

static void lost_host(struct scratch *s, struct keys *k)
{
	uint8_t other[HOST_KEY_SIZE] = { 0 };

	/* The count of hosts is right: another one, without pages, stands in its place. */
	drop(s, FAMILY_HOST, k->host, sizeof(k->host));
	put(s, FAMILY_HOST, other, sizeof(other), SPAN("\x01"));
}

static void host_that_miscounts(struct scratch *s, struct keys *k)
{
	(void)k;
	s->host->n_pages[STATE_GONE]++;
	s->host->dirty = true;
}

static void totals_that_miscount(struct scratch *s, struct keys *k)
{
	(void)k;
	store_count(s->store, COUNT_PAGES_STALE, 1, 1);
}

static void lost_change(struct scratch *s, struct keys *k)
{
	drop(s, FAMILY_FEED, k->feed, sizeof(k->feed));
}

static void damaged_change(struct scratch *s, struct keys *k)
{
	k->feed[7] = 1; /* of page 0 */
	put(s, FAMILY_FEED, k->feed, sizeof(k->feed), SPAN("\x01\xff"));
}

static void change_past_the_last_cursor(struct scratch *s, struct keys *k)
{
	struct change change;

	(void)k;
	change_init(&change);
	change.cursor = 1000;
	must(buf_set(&change.url, buf_span(&s->page.url)), "url");
	must(store_append_change(s->store, &change), "change");
	change_release(&change);
}

static void miscounted_body(struct scratch *s, struct keys *k)
{
	put(s, FAMILY_BODY, k->refs, sizeof(k->refs), SPAN("\x03"));
}

static void lost_body(struct scratch *s, struct keys *k)
{
	drop(s, FAMILY_BODY, k->refs, DIGEST_SIZE);
}

static void body_that_is_none(struct scratch *s, struct keys *k)
{
	put(s, FAMILY_BODY, k->refs, DIGEST_SIZE, SPAN("not zipped"));
}

static void body_of_another_digest(struct scratch *s, struct keys *k)
{
	static const struct digest none;
	struct buf other = BUF_INIT;

	scratch_swap_body(s, &s->page, &none, SPAN("other body"));
	must(store_read(s->store, FAMILY_BODY, span_from(&s->page.digest, DIGEST_SIZE),
			&other),
	     "body");
	put(s, FAMILY_BODY, k->refs, DIGEST_SIZE, buf_span(&other));
	buf_release(&other);
	scratch_load(s, 1, &s->page);
}

static void body_that_nobody_uses(struct scratch *s, struct keys *k)
{
	k->refs[0] ^= 1;
	put(s, FAMILY_BODY, k->refs, DIGEST_SIZE, SPAN("zipped"));
}

static void count_of_a_body_that_nobody_uses(struct scratch *s, struct keys *k)
{
	k->refs[0] ^= 1;
	put(s, FAMILY_BODY, k->refs, sizeof(k->refs), SPAN("\x01"));
}

static void history_of_no_visits(struct scratch *s, struct keys *k)
{
	put(s, FAMILY_HISTORY, k->page, sizeof(k->page), SPAN("\x03\x01\xff\xff"));
}

static void history_that_breaks_off(struct scratch *s, struct keys *k)
{
	put(s, FAMILY_HISTORY, k->page, sizeof(k->page), SPAN("\x70\x01"));
}

static void order_in_the_queue_that_is_no_time(struct scratch *s, struct keys *k)
{
	k->queue[2] |= 0x80;
	put(s, FAMILY_QUEUE, k->queue, sizeof(k->queue), SPAN(""));
}

static void history_of_no_page(struct scratch *s, struct keys *k)
{
	k->page[16] ^= 1;
	put(s, FAMILY_HISTORY, k->page, sizeof(k->page), SPAN(""));
}

static void headers_of_no_page(struct scratch *s, struct keys *k)
{
	uint8_t key[PAGE_KEY_SIZE + 1] = { 0 };

	(void)k;
	put(s, FAMILY_HEADERS, key, sizeof(key), SPAN("A: 1\n"));
}

static const struct {
	void (*plant)(struct scratch *s, struct keys *k);
	const char *name, *found; /* what the last difference says */
} rows[] = {
#define ROW(plant, found)            \
	{                            \
		plant, #plant, found \
	}
	ROW(damaged_page, NULL),
	ROW(newer_page, NULL),
	ROW(page_under_another_key, NULL),
	ROW(lost_page, NULL),
	ROW(index_ahead_of_the_page, "is past version"),
	ROW(lost_queue_entry, NULL),
	ROW(second_queue_entry, NULL),
	ROW(queue_entry_of_another_worth, "another worth"),
	ROW(stale_queue_entry, NULL),
	ROW(queue_entry_of_no_page, NULL),
	ROW(key_in_the_queue_that_is_none, NULL),
	ROW(order_in_the_queue_that_is_no_time, NULL),
	ROW(damaged_host, NULL),
	ROW(lost_host, "no record"),
	ROW(host_that_miscounts, "gone pages"),
	ROW(totals_that_miscount, "total of stale"),
	ROW(lost_change, "is missing"),
	ROW(damaged_change, "change 1:"),
	ROW(change_past_the_last_cursor, "past the last cursor"),
	ROW(miscounted_body, "shares"),
	ROW(lost_body, "missing"),
	ROW(body_that_is_none, "corrupt"),
	ROW(body_of_another_digest, NULL),
	ROW(body_that_nobody_uses, "no record uses it"),
	ROW(count_of_a_body_that_nobody_uses, "no record uses it"),
	ROW(history_of_no_page, "history"),
	ROW(history_of_no_visits, "corrupt"),
	ROW(history_that_breaks_off, "corrupt"),
	ROW(headers_of_no_page, "headers"),
#undef ROW
};

static void find_keys(struct scratch *s, struct keys *k)
{
	struct queue_entry entry;

	scratch_load(s, 1, &s->page);
	entry = (struct queue_entry){ .key = s->page.key, .position = s->page.position };
	page_key_encode(&s->page.key, k->page);
	host_key_encode(&s->page.key.host, k->host);
	queue_key_encode(&entry, k->queue);
	parked_key_encode(&entry, k->parked);
	be64_put(k->feed, s->page.change_cursor);
	memcpy(k->refs, s->page.digest.bytes, DIGEST_SIZE);
	k->refs[DIGEST_SIZE] = 'r';
}

static void say_nothing(void *context, const char *difference)
{
	(void)context;
	assert_true(difference[0] != '\0');
}

/* All of it, but for what a newer freshet knows better. */
static void must_be_mended(struct scratch *s, const char *name, bool is_newer)
{
	uint64_t n_found = 0, n_left = 0;
	enum err err;

	err = store_repair(s->store, say_nothing, NULL, &n_found, &n_left);
	if (is_newer ? err != ERR_NEWER : err || !n_found || n_left)
		fail_msg("%s: %s, %d of %d left", name, err_text(err), (int)n_left,
			 (int)n_found);
	if (!is_newer)
		assert_int_equal(scratch_n_differences(s->store, NULL), 0);
	/* The page beside it is as it was. */
	scratch_load(s, 2, &s->page);
	assert_true(s->page.stored.exists && s->page.position.queued);
}

static void every_planted_difference_is_found_and_mended_REQ82(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct why last = { "" };
		struct store *reader;
		struct scratch *s;
		struct keys keys;
		void *state;
		uint64_t n;

		scratch_setup(&state);
		s = state;
		fill(s);
		find_keys(s, &keys);
		rows[i].plant(s, &keys);
		must(store_commit(s->store), "commit");
		n = scratch_n_differences(s->store, &last);
		if (!n || (rows[i].found && !strstr(last.text, rows[i].found)))
			fail_msg("%s: %d found, the last: %s", rows[i].name, (int)n,
				 last.text);
		reader = scratch_open_reader(s); /* which sees the same */
		assert_int_equal(scratch_n_differences(reader, NULL), n);
		store_close(reader);
		if (rows[i].plant == damaged_host || rows[i].plant == lost_host)
			scratch_reopen(s); /* it is in memory, too */
		must_be_mended(s, rows[i].name, rows[i].plant == newer_page);
		scratch_teardown(&state);
	}
}

/* Turns the middle of the greatest file over: a block there no longer has its checksum. */
static void damage_greatest_file(const char *dir)
{
	char path[600], greatest[600] = "";
	off_t size = 0;
	struct dirent *e;
	DIR *d = opendir(dir);
	int fd;

	assert_non_null(d);
	while ((e = readdir(d))) {
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (strstr(e->d_name, ".sst") && stat(path, &st) == 0 &&
		    st.st_size > size) {
			size = st.st_size;
			snprintf(greatest, sizeof(greatest), "%s", path);
		}
	}
	closedir(d);
	fd = open(greatest, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "damage", 6, size / 2), 6);
	close(fd);
}

static void count_difference(void *context, const char *difference)
{
	uint64_t *n = context;

	assert_true(difference[0] != '\0');
	++*n;
}

static void a_damaged_file_is_named_and_ends_the_walk_REQ82(void **state)
{
	struct scratch *s = *state;
	uint64_t n = 0, n_told = 0;
	enum err err;

	scratch_add_pages(s, 3000);
	must(store_compact(s->store), "compact");
	store_close(s->store);
	s->store = NULL;
	damage_greatest_file(s->dir);
	alarm(60); /* it once went on for ever */
	scratch_reopen(s);
	err = store_verify(s->store, count_difference, &n_told, &n);
	alarm(0);
	assert_true(err == ERR_OK || err == ERR_CORRUPT);
	assert_true(n > 0);
	assert_int_equal(n_told, n);
	/* Who cannot read everything must not conclude from what is missing. */
	assert_int_equal(store_repair(s->store, say_nothing, NULL, &n, &n_told),
			 ERR_CORRUPT);
}

/* ---- a file of the queue ------------------------------------------------------------------- */

static int n_files_named;

static void count_named(void *context, enum log_level level, const char *event,
			const char *fields)
{
	(void)context, (void)level;
	n_files_named +=
		strcmp(event, "file-damaged") == 0 && strstr(fields, "of=queue") != NULL;
}

static void a_file_that_the_frontier_would_pass_over_is_named_REQ82(void **state)
{
	const rocksdb_livefiles_t *files;
	struct scratch *s = *state;
	char path[600] = "";

	scratch_add_pages(s, 100);
	must(store_compact(s->store), "compact");
	files = rocksdb_livefiles(s->store->db);
	for (int i = 0; i < rocksdb_livefiles_count(files); i++)
		if (strcmp(rocksdb_livefiles_column_family_name(files, i), "queue") == 0)
			snprintf(path, sizeof(path), "%s%s", s->dir,
				 rocksdb_livefiles_name(files, i));
	rocksdb_livefiles_destroy(files);
	log_set_sink(count_named, NULL, LOG_WARN);
	n_files_named = 0;
	scratch_reopen(s);
	assert_int_equal(n_files_named, 0);
	store_close(s->store);
	s->store = NULL;
	scratch_flip(path, 20);
	scratch_reopen(s);
	assert_int_equal(n_files_named, 1);
	log_set_sink(NULL, NULL, LOG_WARN);
}

#define with_store(test) \
	cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

static void an_empty_store_is_in_order(void **state)
{
	struct scratch *s = *state;

	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_store(an_empty_store_is_in_order),
		with_store(a_file_that_the_frontier_would_pass_over_is_named_REQ82),
		with_store(a_damaged_file_is_named_and_ends_the_walk_REQ82),
		cmocka_unit_test(every_planted_difference_is_found_and_mended_REQ82),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
