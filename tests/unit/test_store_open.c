/* test_store_open.c - who may open a store, and what a reader sees of it. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/internal.h"
#include "tests/scratch_store.h"

static enum err try_open(const char *dir, enum store_mode mode, struct why *why)
{
	struct store *store = NULL;
	enum err err = store_open(dir, mode, NULL, &store, why);

	store_close(store);
	return err;
}

static int expect_locked(const char *dir)
{
	struct why why = { "" };
	char by[64];

	snprintf(by, sizeof(by), "held by process %ld", (long)getppid());
	return try_open(dir, STORE_WRITE, &why) == ERR_LOCKED && strstr(why.text, by) ? 0
										      : 1;
}

static void a_second_writer_is_told_who_holds_the_lock_REQ77(void **state)
{
	struct scratch *s = *state;
	struct why why = { "" };
	int stop;
	pid_t child = scratch_start_helper("expect-locked", s->dir, &stop, NULL);

	assert_int_equal(scratch_end_helper(child, stop), 0);
	/* Nor twice in one process. */
	assert_int_equal(try_open(s->dir, STORE_WRITE, &why), ERR_LOCKED);
	/* The lock ends with who held it, however it ended. */
	store_close(s->store);
	s->store = NULL;
	must(try_open(s->dir, STORE_WRITE, &why), "open");
}

static size_t walk_all(struct store *store)
{
	struct store_walk *walk;
	struct page page;
	size_t n = 0;
	enum err err;

	page_init(&page);
	must(store_walk_pages(store, NULL, &walk), "walk");
	while (!(err = store_walk_page(walk, &page)))
		n++;
	assert_int_equal(err, ERR_NOT_FOUND);
	store_walk_end(walk);
	page_release(&page);
	return n;
}

static void a_reader_beside_the_writer_sees_what_is_committed_REQ77(void **state)
{
	struct scratch *s = *state;
	struct store *reader;

	scratch_add_pages(s, 10);
	scratch_page(s, 10, &s->page);
	scratch_put(s, &s->page);
	reader = scratch_open_reader(s);
	assert_int_equal(store_n_pages(reader), 10);
	assert_int_equal(walk_all(reader), 10);
	assert_int_equal(store_get_page(reader, &s->page.key, &s->page), ERR_NOT_FOUND);
	assert_int_equal(scratch_n_differences(reader, NULL), 0);
	/* It stays at what it saw, whatever the writer does. */
	must(store_commit(s->store), "commit");
	must(store_compact(s->store), "compact");
	assert_int_equal(walk_all(reader), 10);
	store_close(reader);
	reader = scratch_open_reader(s);
	assert_int_equal(walk_all(reader), 11);
	assert_int_equal(scratch_n_differences(reader, NULL), 0);
	store_close(reader);
}

/* A writer that commits, and flushes and compacts once a second, until it is told to stop:
 * oftener, and a reader under ASan on a busy machine is never done between two of them. */
static int write_on(const char *dir)
{
	struct pollfd stop = { .fd = STDIN_FILENO, .events = POLLIN };
	struct scratch s = { .now_ms = 1 };
	struct why why;

	snprintf(s.dir, sizeof(s.dir), "%s", dir);
	page_init(&s.page);
	if (store_open(dir, STORE_WRITE, NULL, &s.store, &why))
		return 1;
	for (int i = 1; poll(&stop, 1, 20) == 0; i++) {
		scratch_page(&s, i, &s.page);
		scratch_put(&s, &s.page);
		if (store_commit(s.store) || (i % 50 == 9 && store_compact(s.store)))
			return 2;
	}
	page_release(&s.page);
	store_close(s.store);
	return 0;
}

static void a_reader_sees_one_moment_while_files_come_and_go(void **state)
{
	struct scratch *s = *state;
	size_t before = 0;
	pid_t child;
	int stop;

	scratch_add_pages(s, 1);
	store_close(s->store);
	s->store = NULL;
	child = scratch_start_helper("write-on", s->dir, &stop, NULL);
	for (int i = 0; i < 60; i++) {
		struct store *reader = scratch_open_reader(s);
		size_t n = walk_all(reader);

		assert_int_equal(n, store_n_pages(reader));
		assert_int_equal(scratch_n_differences(reader, NULL), 0);
		assert_true(n >= before);
		before = n;
		store_close(reader);
	}
	assert_int_equal(scratch_end_helper(child, stop), 0);
}

static void a_newer_format_is_refused_REQ83(void **state)
{
	struct scratch *s = *state;
	struct why why = { "" };

	must(store_put(s->store, FAMILY_META, SPAN("format"), SPAN("\x63"), false),
	     "put");
	must(store_commit(s->store), "commit");
	store_close(s->store);
	s->store = NULL;
	assert_int_equal(try_open(s->dir, STORE_WRITE, &why), ERR_NEWER);
	assert_non_null(strstr(why.text, "format 99"));
	assert_int_equal(try_open(s->dir, STORE_READ, &why), ERR_NEWER);
}

static void damaged_counters_are_said_to_be_REQ82(void **state)
{
	struct scratch *s = *state;
	struct why why = { "" };

	must(store_put(s->store, FAMILY_META, SPAN("totals"), SPAN("\xff"), false),
	     "put");
	must(store_commit(s->store), "commit");
	store_close(s->store);
	s->store = NULL;
	assert_int_equal(try_open(s->dir, STORE_READ, &why), ERR_CORRUPT);
	assert_non_null(strstr(why.text, s->dir));
}

static void nothing_to_read_is_not_found(void **state)
{
	struct why why = { "" };
	char dir[SCRATCH_DIR_SIZE];

	(void)state;
	assert_int_equal(try_open("/tmp/freshet-no-such-dir/x", STORE_READ, &why),
			 ERR_NOT_FOUND);
	scratch_dir_make(dir, "none");
	assert_int_equal(try_open(dir, STORE_READ, &why), ERR_NOT_FOUND);
	scratch_remove(dir);
}

static int n_files(const char *dir)
{
	DIR *d = opendir(dir);
	int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void make_file(const char *dir, const char *name)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs("precious\n", f) >= 0);
	fclose(f);
}

static void somebody_elses_directory_is_left_alone(void **state)
{
	char dir[SCRATCH_DIR_SIZE];
	struct why why = { "" };

	(void)state;
	scratch_dir_make(dir, "foreign");
	make_file(dir, "thesis.tex");
	assert_int_equal(try_open(dir, STORE_WRITE, &why), ERR_INVALID);
	assert_int_equal(n_files(dir), 1); /* not even a lock is left */
	assert_non_null(strstr(why.text, "left alone"));
	/* Also where a file happens to have the lock's name. */
	make_file(dir, "lock");
	assert_int_equal(try_open(dir, STORE_WRITE, &why), ERR_INVALID);
	assert_int_equal(n_files(dir), 2);
	scratch_remove(dir);
}

static void another_users_directory_is_refused_REQ77(void **state)
{
	char dir[SCRATCH_DIR_SIZE];
	struct why why = { "" };

	(void)state;
	if (geteuid() != 0)
		skip(); /* only root can give a directory away */
	scratch_dir_make(dir, "chown");
	assert_int_equal(chown(dir, 12345, 12345), 0);
	assert_int_equal(try_open(dir, STORE_WRITE, &why), ERR_INVALID);
	assert_non_null(strstr(why.text, "12345"));
	assert_int_equal(try_open(dir, STORE_READ, &why), ERR_INVALID);
	scratch_remove(dir);
}

static void a_file_is_no_store(void **state)
{
	char dir[SCRATCH_DIR_SIZE];
	struct why why = { "" };
	char path[SCRATCH_DIR_SIZE + 8];

	(void)state;
	scratch_dir_make(dir, "file");
	make_file(dir, "file");
	snprintf(path, sizeof(path), "%s/file", dir);
	assert_int_equal(try_open(path, STORE_WRITE, &why), ERR_INVALID);
	assert_int_equal(try_open(path, STORE_READ, &why), ERR_INVALID);
	scratch_remove(dir);
}

/* The path of the file whose name has `part` in it, or of one of that name. */
static void find_file(const char *dir, const char *part, char path[512])
{
	DIR *d = opendir(dir);
	struct dirent *e;

	assert_non_null(d);
	while ((e = readdir(d)) && !strstr(e->d_name, part))
		;
	snprintf(path, 512, "%s/%s", dir, e ? e->d_name : part);
	closedir(d);
}

static void must_refuse(const char *dir, const char *path)
{
	for (int mode = STORE_READ; mode <= STORE_WRITE; mode++) {
		struct why why = { "" };

		assert_int_equal(try_open(dir, (enum store_mode)mode, &why), ERR_CORRUPT);
		assert_non_null(strstr(why.text, "is not a file"));
		assert_non_null(strstr(why.text, path));
	}
}

static void what_is_no_file_is_refused_and_not_waited_for_REQ82(void **state)
{
	static const char *const parts[] = { ".sst",    ".log", "MANIFEST-", "CURRENT",
					     "OPTIONS", "SEAL", "SEAL.new",  "999.sst" };
	struct scratch *s = *state;
	char path[512], moved[SCRATCH_DIR_SIZE + 8];
	struct why why;

	scratch_add_pages(s, 3);
	must(store_compact(s->store), "compact");
	store_close(s->store);
	s->store = NULL;
	snprintf(moved, sizeof(moved), "%s.moved", s->dir);
	alarm(60); /* of waiting for ever there is no other end */
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		bool is_there;

		find_file(s->dir, parts[i], path);
		is_there = rename(path, moved) == 0;
		assert_int_equal(mkfifo(path, 0600), 0);
		must_refuse(s->dir, path);
		assert_int_equal(unlink(path), 0);
		assert_int_equal(symlink("/dev/zero", path), 0);
		must_refuse(s->dir, path);
		assert_int_equal(is_there ? rename(moved, path) : unlink(path), 0);
	}
	alarm(0);
	must(try_open(s->dir, STORE_WRITE, &why), "open");
}

static void must_be_closed_to_others(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	struct stat st;
	char path[512];

	assert_non_null(d);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	while ((e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		assert_int_equal(stat(path, &st), 0);
		if (S_ISREG(st.st_mode) && (st.st_mode & 0177))
			fail_msg("%s: mode %o", path, st.st_mode & 0777);
	}
	closedir(d);
}

static void nobody_else_can_read_it_REQ77(void **state)
{
	char parent[SCRATCH_DIR_SIZE];
	struct store *store, *reader;
	struct why why = { "" };
	mode_t old = umask(0);
	char dir[SCRATCH_DIR_SIZE + 12];

	(void)state;
	scratch_dir_make(parent, "mode");
	for (int is_there = 0; is_there < 2; is_there++) {
		snprintf(dir, sizeof(dir), "%s/%d", parent, is_there);
		if (is_there) /* made by the user, open to all */
			assert_int_equal(mkdir(dir, 0777), 0);
		must(store_open(dir, STORE_WRITE, NULL, &store, &why), "open");
		store_count(store, COUNT_REQUESTS, 1, 1);
		must(store_commit(store), "commit");
		must(store_compact(store), "compact");
		umask(0); /* as in another process, which has its own */
		must(store_open(dir, STORE_READ, NULL, &reader, &why), "open");
		store_close(reader);
		store_close(store);
		must_be_closed_to_others(dir);
		umask(0);
	}
	umask(old);
	scratch_remove(parent);
}

static off_t bytes_of_logs(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	struct stat st;
	off_t sum = 0;

	assert_non_null(d);
	while ((e = readdir(d)))
		if (strstr(e->d_name, ".log") &&
		    fstatat(dirfd(d), e->d_name, &st, 0) == 0)
			sum += st.st_size;
	closedir(d);
	return sum;
}

/* More than a writer that closes leaves in the log. */
static void add_visits(struct scratch *s)
{
	struct visit visit = { .verdict = VERDICT_UNCHANGED };

	scratch_add_pages(s, 1);
	scratch_load(s, 0, &s->page);
	for (visit.at_ms = 1; visit.at_ms <= 20000; visit.at_ms++)
		must(store_append_visit(s->store, &s->page.key, &visit), "append");
	must(store_commit(s->store), "commit");
}

static void a_writer_that_closes_leaves_no_long_log(void **state)
{
	struct scratch *s = *state;
	struct visit read[HISTORY_MAX];
	size_t n;

	add_visits(s);
	assert_true(bytes_of_logs(s->dir) > 100000);
	scratch_reopen(s);
	assert_true(bytes_of_logs(s->dir) < 10000);
	must(store_get_history(s->store, &s->page.key, read, &n), "history");
	assert_int_equal(n, HISTORY_MAX);
	assert_int_equal(read[n - 1].at_ms, 20000);
}

/* RocksDB would put its next file there, under a number that another store may have used. */
static void nothing_is_written_where_the_store_is_no_more(void **state)
{
	struct scratch *s = *state;
	char moved[SCRATCH_DIR_SIZE + 8];

	add_visits(s);
	snprintf(moved, sizeof(moved), "%s.moved", s->dir);
	assert_int_equal(rename(s->dir, moved), 0);
	assert_int_equal(mkdir(s->dir, 0700), 0);
	scratch_put(s, &s->page);
	assert_int_equal(store_commit(s->store), ERR_IO);
	assert_non_null(strstr(store_failure(s->store), "removed, moved or replaced"));
	store_close(s->store);
	s->store = NULL;
	s->host = NULL;
	assert_int_equal(rmdir(s->dir), 0); /* it is empty */
	assert_int_equal(rename(moved, s->dir), 0);
	scratch_reopen(s);
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
}

#define with_store(test) \
	cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

static int helper(const char *what, const char *dir)
{
	return strcmp(what, "write-on") == 0 ? write_on(dir) : expect_locked(dir);
}

int main(int argc, char **argv)
{
	if (argc == 3)
		return helper(argv[1], argv[2]);

	const struct CMUnitTest tests[] = {
		with_store(a_second_writer_is_told_who_holds_the_lock_REQ77),
		with_store(a_reader_beside_the_writer_sees_what_is_committed_REQ77),
		with_store(a_reader_sees_one_moment_while_files_come_and_go),
		with_store(a_writer_that_closes_leaves_no_long_log),
		with_store(nothing_is_written_where_the_store_is_no_more),
		with_store(a_newer_format_is_refused_REQ83),
		with_store(damaged_counters_are_said_to_be_REQ82),
		with_store(what_is_no_file_is_refused_and_not_waited_for_REQ82),
		cmocka_unit_test(nothing_to_read_is_not_found),
		cmocka_unit_test(somebody_elses_directory_is_left_alone),
		cmocka_unit_test(another_users_directory_is_refused_REQ77),
		cmocka_unit_test(a_file_is_no_store),
		cmocka_unit_test(nobody_else_can_read_it_REQ77),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
