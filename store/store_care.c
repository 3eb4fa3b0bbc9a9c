/* store_care.c - compaction and RocksDB's own numbers. */
#include "store/internal.h"

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

enum err store_compact(struct store *store)
{
	enum err err = ERR_OK;

	for (int f = 0; !err && f < N_FAMILIES; f++) {
		err = flush(store, (enum family)f);
		if (!err)
			rocksdb_compact_range_cf(store->db, store->families[f], NULL, 0,
						 NULL, 0);
	}
	/* A compaction cannot say that it has failed; what comes next is refused for it. */
	return err ? err : flush(store, FAMILY_META);
}

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
