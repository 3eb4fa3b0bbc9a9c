/* store_care.c - compaction and RocksDB's own numbers. */
#include "store/internal.h"

#include <stdlib.h>

#include "store/base/codec.h"

/* Left in the log when a writer closes: what the next open reads in some 20 ms. */
#define LOG_ENTRIES_MAX 10000

static const char *const names[N_FAMILIES] = {
	"meta", "page", "queue", "parked", "host", "history", "feed", "body", "headers",
};

static enum err flush(struct store *store, enum family family)
{
	rocksdb_flushoptions_t *options = rocksdb_flushoptions_create();
	char *failure = NULL;

	rocksdb_flush_cf(store->db, options, store->families[family], &failure);
	rocksdb_flushoptions_destroy(options);
	return store_take_failure(store, failure);
}

#define ALL_BUT_NONE_TWICE 3 /* RocksDB's BottommostLevelCompaction::kForceOptimized */

enum err store_compact(struct store *store)
{
	rocksdb_compactoptions_t *options = rocksdb_compactoptions_create();
	enum err err = ERR_OK;

	/* What overlapped with nothing was moved to the last level as it stood, packed in
	 * haste: a fifth more of a queue or a history. */
	rocksdb_compactoptions_set_bottommost_level_compaction(options,
							       ALL_BUT_NONE_TWICE);
	for (int f = 0; !err && f < N_FAMILIES; f++) {
		err = flush(store, (enum family)f);
		if (!err)
			rocksdb_compact_range_cf_opt(store->db, store->families[f],
						     options, NULL, 0, NULL, 0);
	}
	rocksdb_compactoptions_destroy(options);
	/* A compaction cannot say that it has failed; what comes next is refused for it. */
	return err ? err : flush(store, FAMILY_META);
}

/* ---- the files of the feed ----------------------------------------------------------------- */

#define FEED_FILES_MAX 8
#define FEED_FILE_LARGE ((size_t)16 << 20)

struct feed_file {
	uint64_t first; /* cursor */
	size_t size;
};

static int newer_first(const void *a, const void *b)
{
	const struct feed_file *x = a, *y = b;

	return (x->first < y->first) - (x->first > y->first);
}

static size_t list_feed_files(const rocksdb_livefiles_t *files, struct feed_file *list)
{
	const char *feed = store_family_name(FAMILY_FEED);
	size_t n = 0;

	for (int i = 0; i < rocksdb_livefiles_count(files); i++) {
		struct span key;

		key.data = rocksdb_livefiles_smallestkey(files, i, &key.len);
		if (key.len != 8 ||
		    strcmp(rocksdb_livefiles_column_family_name(files, i), feed) != 0)
			continue;
		list[n].first = be64_get((const uint8_t *)key.data);
		list[n++].size = rocksdb_livefiles_size(files, i);
	}
	qsort(list, n, sizeof(*list), newer_first);
	return n;
}

/* How many of the newest ones to merge. None that is greater than all newer ones together:
 * so a record is written again only into a file of at least twice the size, and what is
 * left alone doubles from file to file. */
static size_t n_to_merge(const struct feed_file *list, size_t n)
{
	size_t newer = 0, best = 0, n_small = 0;

	while (n_small < n && list[n_small].size < FEED_FILE_LARGE)
		n_small++;
	if (n_small <= FEED_FILES_MAX)
		return 0;
	for (size_t i = 0; i < n_small; i++) {
		if (i && list[i].size <= newer)
			best = i + 1;
		newer += list[i].size;
	}
	return best;
}

static void compact_feed_from(struct store *store, uint64_t cursor)
{
	rocksdb_compactoptions_t *options = rocksdb_compactoptions_create();
	uint8_t key[8];

	be64_put(key, cursor);
	rocksdb_compactoptions_set_exclusive_manual_compaction(options, 0);
	rocksdb_compactoptions_set_bottommost_level_compaction(options, 2); /* force */
	rocksdb_compact_range_cf_opt(store->db, store->families[FAMILY_FEED], options,
				     (const char *)key, sizeof(key), NULL, 0);
	rocksdb_compactoptions_destroy(options);
}

void store_merge_feed_files(struct store *store)
{
	const rocksdb_livefiles_t *files = rocksdb_livefiles(store->db);
	int n_files = rocksdb_livefiles_count(files);
	struct feed_file *list = malloc(((size_t)n_files + 1) * sizeof(*list));
	size_t n = list ? n_to_merge(list, list_feed_files(files, list)) : 0;

	rocksdb_livefiles_destroy(files);
	if (n)
		compact_feed_from(store, list[n - 1].first);
	free(list);
}

/* ---- numbers ------------------------------------------------------------------------------- */

static enum err append_property(struct store *store, enum family family,
				const char *property, const char *label, struct buf *text)
{
	char *value =
		rocksdb_property_value_cf(store->db, store->families[family], property);
	enum err err = ERR_OK;

	if (value)
		err = buf_printf(text, "%s.%s: %s\n", names[family], label, value);
	rocksdb_free(value);
	return err;
}

enum err store_stats(struct store *store, struct buf *text)
{
	static const struct {
		const char *property, *label;
	} rows[] = {
		{ "rocksdb.estimate-num-keys", "keys" },
		{ "rocksdb.total-sst-files-size", "bytes_on_disk" },
		{ "rocksdb.cur-size-all-mem-tables", "bytes_in_memory" },
		{ "rocksdb.estimate-table-readers-mem", "bytes_of_table_readers" },
		{ "rocksdb.num-files-at-level0", "files_at_level_0" },
		{ "rocksdb.estimate-pending-compaction-bytes", "bytes_to_compact" },
		{ "rocksdb.is-write-stopped", "writes_stopped" },
	};
	enum err err = ERR_OK;

	for (int f = 0; f < N_FAMILIES; f++)
		for (size_t i = 0; !err && i < ARRAY_SIZE(rows); i++)
			err = append_property(store, (enum family)f, rows[i].property,
					      rows[i].label, text);
	return err;
}

static uint64_t sum_property(const struct store *store, const char *property)
{
	uint64_t sum = 0, one;

	for (int f = 0; f < N_FAMILIES; f++)
		if (rocksdb_property_int_cf(store->db, store->families[f], property,
					    &one) == 0)
			sum += one;
	return sum;
}

void store_empty_log(struct store *store)
{
	enum err err = ERR_OK;

	if (sum_property(store, "rocksdb.num-entries-active-mem-table") < LOG_ENTRIES_MAX)
		return;
	/* On failure the log has it all, as after a kill. */
	for (int f = 0; !err && f < N_FAMILIES; f++)
		err = flush(store, (enum family)f);
}

void store_gauge(const struct store *store, struct store_gauges *gauges)
{
	*gauges = (struct store_gauges){
		.bytes_on_disk = sum_property(store, "rocksdb.total-sst-files-size"),
		.bytes_in_memory =
			sum_property(store, "rocksdb.cur-size-all-mem-tables") +
			sum_property(store, "rocksdb.estimate-table-readers-mem"),
		.bytes_to_compact =
			sum_property(store, "rocksdb.estimate-pending-compaction-bytes"),
		.n_records = sum_property(store, "rocksdb.estimate-num-keys"),
	};
	(void)rocksdb_property_int_cf(store->db, store->families[FAMILY_META],
				      "rocksdb.actual-delayed-write-rate",
				      &gauges->delayed_bytes_per_s);
	gauges->writes_stopped = sum_property(store, "rocksdb.is-write-stopped") != 0;
}
