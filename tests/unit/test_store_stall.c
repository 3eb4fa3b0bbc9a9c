/* test_store_stall.c - a store that is slow to take a batch says for how long. */
#include "tests/unit/unit.h"

#include "store/base/clock.h"
#include "store/internal.h"
#include "tests/scratch_store.h"

#define PIECE ((size_t)256 << 10)

static void write_piece(struct scratch *s, enum family family, int i)
{
	static char piece[PIECE];
	uint8_t key[DIGEST_SIZE] = { (uint8_t)i };

	must(store_put(s->store, family, span_from(key, sizeof(key)),
		       span_from(piece, sizeof(piece)), false),
	     "put");
}

/* From two files on, writes are slowed down, and nobody is there to compact them. A full
 * buffer makes a file: to ask for one would wait for the end of all this. */
static void slow_down(struct scratch *s)
{
	static const char *const keys[] = { "level0_slowdown_writes_trigger",
					    "level0_file_num_compaction_trigger",
					    "write_buffer_size" };
	static const char *const values[] = { "2", "2", "1048576" };
	rocksdb_env_t *env = rocksdb_create_default_env();
	struct store_gauges gauges = { .delayed_bytes_per_s = 0 };
	char *failure = NULL;

	rocksdb_env_set_background_threads(env, 0);
	rocksdb_set_options(s->store->db, 3, keys, values, &failure);
	must(store_take_failure(s->store, failure), "options");
	for (int i = 0; i < 100 && !gauges.delayed_bytes_per_s; i++) {
		write_piece(s, FAMILY_META, i);
		must(store_commit(s->store), "commit");
		store_gauge(s->store, &gauges);
	}
	assert_true(gauges.delayed_bytes_per_s > 0);
	rocksdb_env_destroy(env);
}

/* Megabytes, which no delay of a few milliseconds lets through. */
static void write_much(struct scratch *s)
{
	for (int i = 0; i < 48; i++) {
		write_piece(s, FAMILY_BODY, i);
		if (i % 16 == 15)
			must(store_commit(s->store), "commit");
	}
}

static int64_t stalled_ms(const struct store *store)
{
	return store_totals(store)->n[COUNT_STALLED_MS];
}

static void what_commits_waited_is_counted(void **state)
{
	struct scratch *s = *state;
	struct counters hour;
	int64_t ms;

	store_count(s->store, COUNT_REQUESTS, 1, MS_PER_HOUR);
	scratch_add_pages(s, 3);
	assert_int_equal(stalled_ms(s->store), 0);
	slow_down(s);
	write_much(s);
	ms = stalled_ms(s->store);
	assert_true(ms > 0);
	/* Kept with the next commit of anything. */
	store_count(s->store, COUNT_REQUESTS, 1, MS_PER_HOUR);
	must(store_commit(s->store), "commit");
	scratch_reopen(s);
	assert_true(stalled_ms(s->store) >= ms);
	must(store_window(s->store, MS_PER_HOUR, MS_PER_HOUR + 1, &hour), "window");
	assert_true(hour.n[COUNT_STALLED_MS] >= ms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_commits_waited_is_counted,
						scratch_setup, scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
