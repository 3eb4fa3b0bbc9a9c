/* A backup is the store of one moment; a restore brings back all of it or nothing. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/scratch_store.h"

#define N_PAGES 20

struct copies {
	struct scratch *scratch; /* the store that is backed up */
	char to[80], back[80];   /* its backups, and what is restored of them */
	struct why why;
};

static int setup(void **state)
{
	struct copies *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	scratch_setup((void **)&c->scratch);
	snprintf(c->to, sizeof(c->to), "%s-to", c->scratch->dir);
	snprintf(c->back, sizeof(c->back), "%s-back", c->scratch->dir);
	scratch_add_pages(c->scratch, N_PAGES);
	*state = c;
	return 0;
}

static int teardown(void **state)
{
	struct copies *c = *state;
	void *scratch = c->scratch;

	scratch_remove(c->to);
	scratch_remove(c->back);
	scratch_teardown(&scratch);
	free(c);
	return 0;
}

static void visit(struct copies *c, int i)
{
	struct scratch *s = c->scratch;

	scratch_load(s, i, &s->page);
	s->page.version++;
	scratch_append_change(s, &s->page);
	scratch_put(s, &s->page);
	must(store_commit(s->store), "commit");
}

static struct store_backup_info back_up(struct copies *c, uint32_t keep)
{
	struct store_backup *backup = NULL;
	struct store_backup_info info;

	must(store_backup_begin(c->scratch->dir, &backup, &c->why), "begin");
	must(store_checkpoint(c->scratch->store), "checkpoint");
	if (store_backup_copy(backup, c->to, keep, &info, &c->why))
		fail_msg("%s", c->why.text);
	store_backup_end(backup);
	return info;
}

static enum err restore(struct copies *c, uint32_t id, bool replace,
			struct store_backup_info *info)
{
	return store_restore(c->to, id, c->back, replace, c->scratch->now_ms, info,
			     &c->why);
}

static uint32_t restored_version(struct copies *c, int i, uint64_t *last_cursor)
{
	struct scratch s = { .now_ms = 1 };
	uint32_t version;

	snprintf(s.dir, sizeof(s.dir), "%.63s", c->back);
	page_init(&s.page);
	s.store = scratch_open_reader(&s);
	assert_int_equal(scratch_n_differences(s.store, NULL), 0);
	scratch_load(&s, i, &s.page);
	version = s.page.version;
	*last_cursor = store_last_cursor(s.store);
	store_close(s.store);
	page_release(&s.page);
	return version;
}

static uint64_t bytes_in(const char *dir)
{
	char path[400];
	struct dirent *e;
	struct stat st;
	uint64_t sum = 0;
	DIR *d = opendir(dir);

	assert_non_null(d);
	while ((e = readdir(d))) {
		snprintf(path, sizeof(path), "%.100s/%.255s", dir, e->d_name);
		if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
			sum += (uint64_t)st.st_size;
	}
	closedir(d);
	return sum;
}

/* Turns one byte of one of the shared files over. */
static void damage_a_file(struct copies *c)
{
	char dir[100], path[400] = "";
	struct dirent *e;
	DIR *d;
	FILE *f;
	int byte;

	snprintf(dir, sizeof(dir), "%.70s/shared_checksum", c->to);
	d = opendir(dir);
	assert_non_null(d);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			snprintf(path, sizeof(path), "%s/%.255s", dir, e->d_name);
	closedir(d);
	f = fopen(path, "r+");
	assert_non_null(f);
	assert_int_equal(fseek(f, 100, SEEK_SET), 0);
	byte = fgetc(f);
	assert_int_equal(fseek(f, 100, SEEK_SET), 0);
	assert_int_equal(fputc(byte ^ 0x40, f), byte ^ 0x40);
	assert_int_equal(fclose(f), 0);
}

static void what_was_committed_comes_back_and_nothing_later(void **state)
{
	struct copies *c = *state;
	struct store_backup_info info;
	uint64_t cursor;

	visit(c, 3);
	info = back_up(c, 0);
	assert_int_equal(info.id, 1);
	assert_int_equal(info.n_pages, N_PAGES);
	assert_int_equal(info.last_cursor, 1);
	visit(c, 3);
	visit(c, 4);
	must(restore(c, 0, false, &info), c->why.text);
	assert_int_equal(info.n_pages, N_PAGES);
	assert_int_equal(restored_version(c, 3, &cursor), 1);
	assert_int_equal(restored_version(c, 4, &cursor), 0);
}

/* The indexer has seen what the lost store handed out after the backup. */
static void a_restored_store_hands_out_no_cursor_again(void **state)
{
	struct copies *c = *state;
	struct store_backup_info info;
	uint64_t first, second;

	back_up(c, 0);
	must(restore(c, 0, false, &info), c->why.text);
	(void)restored_version(c, 0, &first);
	assert_true(first > 1000000);
	assert_true(first < UINT64_C(1) << 53);
	c->scratch->now_ms += 1000;
	must(restore(c, 0, true, &info), c->why.text);
	(void)restored_version(c, 0, &second);
	assert_true(second >= first + 2000000);
	assert_int_equal(info.last_cursor, second);
}

static void each_backup_can_be_restored_and_shares_its_files(void **state)
{
	struct copies *c = *state;
	struct store_backup_info info;
	char shared[100];
	uint64_t once, cursor;

	back_up(c, 0);
	snprintf(shared, sizeof(shared), "%.70s/shared_checksum", c->to);
	once = bytes_in(shared);
	assert_int_equal(back_up(c, 0).n_backups, 2);
	assert_int_equal(bytes_in(shared), once);
	visit(c, 0);
	assert_int_equal(back_up(c, 0).id, 3);
	assert_true(bytes_in(shared) > once);
	must(restore(c, 1, false, &info), c->why.text);
	assert_int_equal(restored_version(c, 0, &cursor), 0);
	must(restore(c, 3, true, &info), c->why.text);
	assert_int_equal(restored_version(c, 0, &cursor), 1);
}

static void old_backups_go_when_told(void **state)
{
	struct copies *c = *state;
	struct store_backup_info info;

	for (int i = 0; i < 4; i++) {
		visit(c, i);
		info = back_up(c, 2);
	}
	assert_int_equal(info.id, 4);
	assert_int_equal(info.n_backups, 2);
	assert_int_equal(restore(c, 2, false, &info), ERR_NOT_FOUND);
	must(restore(c, 3, false, &info), c->why.text);
}

static void a_store_is_replaced_only_when_told(void **state)
{
	struct copies *c = *state;
	struct store_backup_info info;
	uint64_t cursor;

	back_up(c, 0);
	must(restore(c, 0, false, &info), c->why.text);
	visit(c, 7);
	back_up(c, 0);
	assert_int_equal(restore(c, 0, false, &info), ERR_INVALID);
	assert_int_equal(restored_version(c, 7, &cursor), 0);
	must(restore(c, 0, true, &info), c->why.text);
	assert_int_equal(restored_version(c, 7, &cursor), 1);
}

static void a_store_that_is_written_to_is_not_replaced(void **state)
{
	struct copies *c = *state;
	struct store_backup_info info;

	back_up(c, 0);
	assert_int_equal(
		store_restore(c->to, 0, c->scratch->dir, true, 1, &info, &c->why),
		ERR_LOCKED);
}

static void a_damaged_backup_is_refused_and_the_store_stays(void **state)
{
	struct copies *c = *state;
	struct store_backup_info info;
	uint64_t cursor;

	back_up(c, 0);
	must(restore(c, 0, false, &info), c->why.text);
	visit(c, 7);
	back_up(c, 0);
	damage_a_file(c);
	assert_int_equal(restore(c, 0, true, &info), ERR_CORRUPT);
	assert_non_null(strstr(c->why.text, "hecksum"));
	assert_int_equal(restored_version(c, 7, &cursor), 0);
}

static void what_is_no_file_is_refused_and_not_waited_for(void **state)
{
	static const char *const names[] = { "meta/1", "meta/9", "private/1/CURRENT",
					     "shared_checksum/000009.sst", "LOCK" };
	struct copies *c = *state;
	struct store_backup *backup = NULL;
	struct store_backup_info info;
	char path[120], moved[120];

	back_up(c, 0);
	must(store_backup_begin(c->scratch->dir, &backup, &c->why), "begin");
	must(store_checkpoint(c->scratch->store), "checkpoint");
	snprintf(moved, sizeof(moved), "%.80s.moved", c->to);
	alarm(60); /* of waiting for ever there is no other end */
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		bool is_there;

		snprintf(path, sizeof(path), "%s/%s", c->to, names[i]);
		is_there = rename(path, moved) == 0;
		assert_int_equal(mkfifo(path, 0600), 0);
		assert_int_equal(restore(c, 0, true, &info), ERR_CORRUPT);
		assert_non_null(strstr(c->why.text, path));
		assert_int_equal(store_backup_copy(backup, c->to, 0, &info, &c->why),
				 ERR_CORRUPT);
		assert_non_null(strstr(c->why.text, path));
		assert_int_equal(is_there ? rename(moved, path) : unlink(path), 0);
	}
	alarm(0);
	must(store_backup_copy(backup, c->to, 0, &info, &c->why), "copy");
	store_backup_end(backup);
	must(restore(c, 0, true, &info), c->why.text);
}

static void one_backup_at_a_time(void **state)
{
	struct copies *c = *state;
	struct store_backup *first = NULL, *second = NULL;

	must(store_backup_begin(c->scratch->dir, &first, &c->why), "begin");
	assert_int_equal(store_backup_begin(c->scratch->dir, &second, &c->why),
			 ERR_LOCKED);
	store_backup_end(first);
	must(store_backup_begin(c->scratch->dir, &second, &c->why), "begin");
	store_backup_end(second);
}

/* It would keep files of the store alive that are long gone from it. */
static void what_a_killed_backup_left_goes_with_the_next_writer(void **state)
{
	struct copies *c = *state;
	char left[120];

	must(mkdir((snprintf(left, sizeof(left), "%s/backup", c->scratch->dir), left),
		   0700)
		     ? ERR_IO
		     : ERR_OK,
	     "mkdir");
	must(store_checkpoint(c->scratch->store), "checkpoint");
	snprintf(left, sizeof(left), "%s/backup/checkpoint/CURRENT", c->scratch->dir);
	assert_int_equal(access(left, F_OK), 0);
	scratch_reopen(c->scratch);
	assert_int_not_equal(access(left, F_OK), 0);
	assert_int_equal(back_up(c, 0).id, 1);
}

static void only_a_place_for_backups_is_written_to(void **state)
{
	struct copies *c = *state;
	struct store_backup *backup = NULL;
	struct store_backup_info info;
	char inside[100];

	must(store_backup_begin(c->scratch->dir, &backup, &c->why), "begin");
	must(store_checkpoint(c->scratch->store), "checkpoint");
	snprintf(inside, sizeof(inside), "%s/x", c->scratch->dir);
	assert_int_equal(store_backup_copy(backup, inside, 0, &info, &c->why),
			 ERR_INVALID);
	assert_int_equal(store_backup_copy(backup, "/etc", 0, &info, &c->why),
			 ERR_INVALID);
	assert_int_equal(store_backup_copy(backup, "/proc/none/x", 0, &info, &c->why),
			 ERR_IO);
	store_backup_end(backup);
	assert_int_equal(restore(c, 0, false, &info), ERR_NOT_FOUND);
}

#define backups(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		backups(what_was_committed_comes_back_and_nothing_later),
		backups(a_restored_store_hands_out_no_cursor_again),
		backups(each_backup_can_be_restored_and_shares_its_files),
		backups(old_backups_go_when_told),
		backups(a_store_is_replaced_only_when_told),
		backups(a_store_that_is_written_to_is_not_replaced),
		backups(a_damaged_backup_is_refused_and_the_store_stays),
		backups(what_is_no_file_is_refused_and_not_waited_for),
		backups(one_backup_at_a_time),
		backups(what_a_killed_backup_left_goes_with_the_next_writer),
		backups(only_a_place_for_backups_is_written_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
