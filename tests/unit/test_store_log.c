/* test_store_log.c - the newest log: what a crash tears off is no damage, anything else is. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/internal.h"
#include "tests/scratch_store.h"

#define N_COMMITS 40

/* Closes the store, and finds the log that its last commits stand in. */
static off_t find_log(struct scratch *s, char path[600])
{
	off_t size = 0;
	struct dirent *e;
	struct stat st;
	DIR *d;

	for (int i = 0; i < N_COMMITS; i++) {
		store_count(s->store, COUNT_REQUESTS, 1, 1);
		(void)store_next_cursor(s->store);
		must(store_commit(s->store), "commit");
	}
	store_close(s->store);
	s->store = NULL;
	d = opendir(s->dir);
	assert_non_null(d);
	while ((e = readdir(d)))
		if (strstr(e->d_name, ".log")) {
			snprintf(path, 600, "%s/%s", s->dir, e->d_name);
			assert_int_equal(stat(path, &st), 0);
			size = st.st_size;
		}
	closedir(d);
	assert_true(size > 1000);
	return size;
}

static uint64_t n_seen_by_reader(struct scratch *s)
{
	struct store *reader = scratch_open_reader(s);
	uint64_t n = scratch_n_differences(reader, NULL);

	store_close(reader);
	return n;
}

static void a_turned_bit_in_the_log_is_not_taken_for_its_end_REQ82(void **state)
{
	struct store_options options = { .repair_at_ms = INT64_C(1800000000000) };
	struct scratch *s = *state;
	struct why why = { "" };
	char path[600];
	off_t size = find_log(s, path);

	for (int part = 1; part < 8; part++) { /* in a length, a checksum, a payload */
		scratch_flip(path, size * part / 9 + part);
		assert_int_equal(n_seen_by_reader(s), 1);
		assert_int_equal(store_open(s->dir, STORE_WRITE, NULL, &s->store, &why),
				 ERR_CORRUPT);
		assert_non_null(strstr(why.text, "db repair"));
		scratch_flip(path, size * part / 9 + part);
		assert_int_equal(n_seen_by_reader(s), 0);
	}
	scratch_flip(path, size / 2);
	must(store_open(s->dir, STORE_WRITE, &options, &s->store, &why), "repair");
	/* Cursors that were handed out are not handed out again. */
	assert_true(store_last_cursor(s->store) > N_COMMITS);
	store_close(s->store);
	must(store_open(s->dir, STORE_WRITE, NULL, &s->store, &why), "open");
	assert_true(store_last_cursor(s->store) > N_COMMITS);
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
}

/* From one block of the log to the next but two, so that what follows begins far behind. */
static void a_turned_bit_in_a_long_commit_is_not_taken_for_the_end_REQ82(void **state)
{
	static char bytes[100000];
	struct scratch *s = *state;
	struct why why = { "" };
	char path[600];

	must(store_put(s->store, FAMILY_META, SPAN("long"),
		       span_from(bytes, sizeof(bytes)), false),
	     "put");
	(void)find_log(s, path);
	assert_int_equal(n_seen_by_reader(s), 0);
	for (off_t at = 5000; at < 100000; at += 30000) {
		scratch_flip(path, at);
		assert_int_equal(n_seen_by_reader(s), 1);
		assert_int_equal(store_open(s->dir, STORE_WRITE, NULL, &s->store, &why),
				 ERR_CORRUPT);
		scratch_flip(path, at);
	}
	must(store_open(s->dir, STORE_WRITE, NULL, &s->store, &why), "open");
}

/* A directory in its place stands for a bad sector: to open it works, to read it does not. */
static void a_log_that_cannot_be_read_is_not_taken_for_empty_REQ82(void **state)
{
	struct scratch *s = *state;
	struct why why = { "" };
	char path[600], moved[SCRATCH_DIR_SIZE + 8];

	must(store_compact(s->store), "compact");
	(void)find_log(s, path);
	snprintf(moved, sizeof(moved), "%s.moved", s->dir);
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(n_seen_by_reader(s), 1);
	assert_int_equal(store_open(s->dir, STORE_WRITE, NULL, &s->store, &why),
			 ERR_CORRUPT);
	assert_non_null(strstr(why.text, "cannot be read at byte 0"));
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rename(moved, path), 0);
	must(store_open(s->dir, STORE_WRITE, NULL, &s->store, &why), "open");
	assert_int_equal(store_last_cursor(s->store), N_COMMITS);
}

static void a_log_that_a_crash_tore_off_is_no_damage_REQ80(void **state)
{
	struct scratch *s = *state;
	struct why why = { "" };
	char path[600];
	off_t size = find_log(s, path);

	for (int part = 8; part > 0; part--) {
		assert_int_equal(truncate(path, size * part / 9 + part), 0);
		assert_int_equal(n_seen_by_reader(s), 0);
	}
	must(store_open(s->dir, STORE_WRITE, NULL, &s->store, &why), "open");
	assert_in_range(store_last_cursor(s->store), 1, N_COMMITS / 2);
}

#define with_store(test) \
	cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_store(a_turned_bit_in_the_log_is_not_taken_for_its_end_REQ82),
		with_store(a_turned_bit_in_a_long_commit_is_not_taken_for_the_end_REQ82),
		with_store(a_log_that_cannot_be_read_is_not_taken_for_empty_REQ82),
		with_store(a_log_that_a_crash_tore_off_is_no_damage_REQ80),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
