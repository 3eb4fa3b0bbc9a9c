/* test_store_seal.c - a MANIFEST that has lost its end is refused, where RocksDB would open
 * an older store and remove what came later (REQ 82). */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/internal.h"
#include "tests/scratch_store.h"

#define N_PAGES 300
#define BYTES_MAX 65536

struct manifest {
	char path[SCRATCH_DIR_SIZE + 64];
	char *bytes;
	size_t size;
};

static size_t load(const char *path, char *bytes)
{
	FILE *f = fopen(path, "rb");
	size_t size;

	assert_non_null(f);
	size = fread(bytes, 1, BYTES_MAX, f);
	fclose(f);
	return size;
}

static void save(const char *path, const char *bytes, size_t size)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

static void in_dir(const struct scratch *s, const char *file, char path[])
{
	snprintf(path, SCRATCH_DIR_SIZE + 64, "%s/%s", s->dir, file);
}

static void close_scratch(struct scratch *s)
{
	store_close(s->store);
	s->host = NULL;
	s->store = NULL;
}

/* A store of many files, closed; and what its MANIFEST holds. */
static struct manifest filled(struct scratch *s)
{
	struct manifest m = { .bytes = calloc(1, BYTES_MAX) };
	char name[64] = "";

	assert_non_null(m.bytes);
	for (int i = 0; i < N_PAGES; i++) {
		scratch_page(s, i, &s->page);
		scratch_put(s, &s->page);
		if (i % (N_PAGES / 3) == 0)
			must(store_compact(s->store), "compact");
	}
	must(store_commit(s->store), "commit");
	must(store_compact(s->store), "compact");
	close_scratch(s);
	in_dir(s, "CURRENT", m.path);
	assert_in_range(load(m.path, m.bytes), 2, sizeof(name) - 1);
	memcpy(name, m.bytes, strcspn(m.bytes, "\n"));
	in_dir(s, name, m.path);
	m.size = load(m.path, m.bytes);
	assert_in_range(m.size, 1000, BYTES_MAX - 1);
	return m;
}

static enum err try_open(const struct scratch *s, enum store_mode mode, struct why *why)
{
	struct store *store = NULL;
	enum err err = store_open(s->dir, mode, NULL, &store, why);

	if (!err)
		assert_int_equal(store_n_pages(store), N_PAGES);
	store_close(store);
	return err;
}

static void a_cut_manifest_is_refused_wherever_it_was_cut_REQ82(void **state)
{
	struct scratch *s = *state;
	struct manifest m = filled(s);
	char lengths[64];

	for (size_t size = 0; size < m.size; size += size + 40 < m.size ? 37 : 1) {
		struct why why = { "" };

		save(m.path, m.bytes, size);
		snprintf(lengths, sizeof(lengths), "has %zu of the %zu bytes", size,
			 m.size);
		assert_int_equal(try_open(s, STORE_READ, &why), ERR_CORRUPT);
		assert_non_null(strstr(why.text, lengths));
		assert_int_equal(try_open(s, STORE_WRITE, &why), ERR_CORRUPT);
		assert_non_null(strstr(why.text, "db restore"));
	}
	/* Nothing was removed meanwhile. */
	save(m.path, m.bytes, m.size);
	must(try_open(s, STORE_WRITE, &(struct why){ "" }), "open");
	free(m.bytes);
}

static void a_bit_that_turns_in_it_is_seen_REQ82(void **state)
{
	struct scratch *s = *state;
	struct manifest m = filled(s);

	for (size_t at = 0; at < m.size; at += 11) {
		struct why why = { "" };

		m.bytes[at] ^= 4;
		save(m.path, m.bytes, m.size);
		assert_int_equal(try_open(s, STORE_WRITE, &why), ERR_CORRUPT);
		m.bytes[at] ^= 4;
	}
	save(m.path, m.bytes, m.size);
	must(try_open(s, STORE_WRITE, &(struct why){ "" }), "open");
	free(m.bytes);
}

static void a_seal_that_is_damaged_or_of_another_manifest_says_nothing(void **state)
{
	struct scratch *s = *state;
	struct manifest m = filled(s);
	char path[SCRATCH_DIR_SIZE + 64], seal[256];
	size_t size;

	in_dir(s, "SEAL", path);
	size = load(path, seal);
	assert_in_range(size, 40, sizeof(seal));
	for (size_t at = 0; at < size; at++) {
		seal[at] ^= 1;
		save(path, seal, size);
		must(try_open(s, STORE_READ, &(struct why){ "" }), "open");
		seal[at] ^= 1;
	}
	save(path, seal, size / 2);
	must(try_open(s, STORE_READ, &(struct why){ "" }), "open");
	/* RocksDB begins another MANIFEST; as if we had been killed before its seal. */
	must(try_open(s, STORE_WRITE, &(struct why){ "" }), "open");
	save(path, seal, size);
	must(try_open(s, STORE_WRITE, &(struct why){ "" }), "open");
	assert_int_equal(unlink(path), 0);
	must(try_open(s, STORE_READ, &(struct why){ "" }), "open");
	free(m.bytes);
}

/* What it has at opening is sealed too: who is killed closes nothing. */
static void a_store_that_nobody_closed_is_sealed_as_it_was_opened(void **state)
{
	struct scratch *s = *state;
	struct manifest m = filled(s);
	struct why why = { "" };
	char path[SCRATCH_DIR_SIZE + 64], opened[256];
	size_t size;

	must(store_open(s->dir, STORE_WRITE, NULL, &s->store, &why), "open");
	in_dir(s, "SEAL", path);
	size = load(path, opened);
	scratch_load(s, 0, &s->page);
	s->page.position.order_ms++;
	scratch_put(s, &s->page);
	must(store_commit(s->store), "commit");
	must(store_compact(s->store), "compact");
	close_scratch(s);
	save(path, opened, size);
	must(try_open(s, STORE_READ, &why), "open");
	free(m.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
		T(a_cut_manifest_is_refused_wherever_it_was_cut_REQ82),
		T(a_bit_that_turns_in_it_is_seen_REQ82),
		T(a_seal_that_is_damaged_or_of_another_manifest_says_nothing),
		T(a_store_that_nobody_closed_is_sealed_as_it_was_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
