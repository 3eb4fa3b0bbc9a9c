/* test_store_tables.c - how records are packed into files. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "store/internal.h"
#include "tests/scratch_store.h"

#define N_PAGES 500

static bool file_has(const char *path, const char *text)
{
	struct stat st;
	FILE *f = fopen(path, "rb");
	char *bytes;
	bool has;

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	bytes = malloc((size_t)st.st_size + 1);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, (size_t)st.st_size, f), st.st_size);
	has = memmem(bytes, (size_t)st.st_size, text, strlen(text)) != NULL;
	free(bytes);
	fclose(f);
	return has;
}

/* Tables of the closed store that have `text` in their properties, which nothing packs. */
static int n_tables_with(const struct scratch *s, const char *text)
{
	DIR *d = opendir(s->dir);
	struct dirent *e;
	int n = 0;

	assert_non_null(d);
	while ((e = readdir(d))) {
		char path[400];

		snprintf(path, sizeof(path), "%.63s/%.255s", s->dir, e->d_name);
		n += strstr(e->d_name, ".sst") && file_has(path, text);
	}
	closedir(d);
	return n;
}

static void close_store(struct scratch *s)
{
	if (s->host)
		store_release_host(s->store, s->host);
	s->host = NULL;
	store_close(s->store);
	s->store = NULL;
}

static void open_store(struct scratch *s)
{
	struct why why = { "" };

	must(store_open(s->dir, STORE_WRITE, NULL, &s->store, &why), "open");
}

/* A property with its value; its name as far as it differs from the one before it. */
#define IN_HASTE "ressionLZ4"
#define WELL "ressionZSTD"
#define DICTIONARY "rocksdb.compression_dict"

/* As in a store at work: to the last level as it stands, as it overlaps with nothing. */
static void move_down(struct store *store)
{
	rocksdb_flushoptions_t *options = rocksdb_flushoptions_create();
	rocksdb_column_family_handle_t *queue = store->families[FAMILY_QUEUE];
	char *failure = NULL;

	rocksdb_flush_cf(store->db, options, queue, &failure);
	assert_null(failure);
	rocksdb_compact_range_cf(store->db, queue, NULL, 0, NULL, 0);
	rocksdb_flushoptions_destroy(options);
}

static void what_is_compacted_is_packed_well(void **state)
{
	struct scratch *s = *state;

	scratch_add_pages(s, N_PAGES);
	move_down(s->store);
	close_store(s);
	assert_true(n_tables_with(s, IN_HASTE) > 0);
	open_store(s);
	must(store_compact(s->store), "compact");
	close_store(s);
	assert_int_equal(n_tables_with(s, IN_HASTE), 0);
	assert_true(n_tables_with(s, WELL) > 0);
	open_store(s);
}

static void pages_that_share_a_dictionary_are_read(void **state)
{
	struct scratch *s = *state;

	scratch_add_pages(s, N_PAGES);
	must(store_compact(s->store), "compact");
	close_store(s);
	assert_int_equal(n_tables_with(s, DICTIONARY), 2); /* pages, queue */
	open_store(s);
	for (int i = 0; i < N_PAGES; i++) {
		char url[40];

		scratch_load(s, i, &s->page);
		snprintf(url, sizeof(url), "http://h.example/p%d", i);
		assert_string_equal(buf_text(&s->page.url), url);
	}
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
}

#define with_store(test) \
	cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_store(what_is_compacted_is_packed_well),
		with_store(pages_that_share_a_dictionary_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
