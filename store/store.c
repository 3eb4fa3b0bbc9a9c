/* store.c - the pending batch: put, read back, commit. */
#include "store/internal.h"

#include <assert.h>

#include "store/base/clock.h"

enum err store_take_failure(struct store *store, char *message)
{
	const char *said = message;
	enum err err = ERR_IO;

	if (!message)
		return ERR_OK;
	if (strncmp(message, "Corruption", 10) == 0)
		err = ERR_CORRUPT;
	/* Histories are merged by us, and that fails for want of memory only. When it was in
	 * a compaction all writes fail so until the store is opened anew. */
	if (strstr(message, "Could not perform merge")) {
		err = ERR_NOMEM;
		said = err_text(err);
	}
	store->io_failed = store->io_failed || err == ERR_IO;
	(void)!buf_set(&store->failure, span_of(said));
	rocksdb_free(message);
	return err;
}

const char *store_failure(const struct store *store)
{
	return buf_text(&store->failure);
}

const char *store_dir(const struct store *store)
{
	return buf_text(&store->dir);
}

enum err store_put(struct store *store, enum family family, struct span key,
		   struct span value, bool overlay)
{
	return store_change(store, CHANGE_PUT, family, key, value, overlay);
}

enum err store_delete(struct store *store, enum family family, struct span key,
		      bool overlay)
{
	return store_change(store, CHANGE_DELETE, family, key, SPAN(""), overlay);
}

enum err store_read(struct store *store, enum family family, struct span key,
		    struct buf *value)
{
	rocksdb_pinnableslice_t *slice;
	char *failure = NULL;
	struct span bytes;
	bool deleted;
	enum err err;

	if (store_find_change(store, family, key, &bytes, &deleted))
		return deleted ? ERR_NOT_FOUND : buf_set(value, bytes);
	slice = rocksdb_get_pinned_cf(store->db, store->read_options,
				      store->families[family], key.data, key.len,
				      &failure);
	err = store_take_failure(store, failure);
	if (err)
		return err;
	if (!slice)
		return ERR_NOT_FOUND;
	bytes.data = rocksdb_pinnableslice_value(slice, &bytes.len);
	err = buf_set(value, bytes);
	rocksdb_pinnableslice_destroy(slice);
	return err;
}

rocksdb_iterator_t *store_iterator(struct store *store, enum family family)
{
	return rocksdb_create_iterator_cf(store->db, store->read_options,
					  store->families[family]);
}

static enum err hour_key(int64_t hour_at_ms, struct buf *key)
{
	uint8_t at[8];

	be64_put(at, (uint64_t)hour_at_ms);
	buf_clear(key);
	enum err err = buf_append_text(key, "hour:");
	return err ? err : buf_append(key, at, sizeof(at));
}

static enum err read_hour(struct store *store, int64_t hour_at_ms,
			  struct counters *counters)
{
	struct buf key = BUF_INIT, value = BUF_INIT;
	enum err err = hour_key(hour_at_ms, &key);

	memset(counters, 0, sizeof(*counters));
	if (!err)
		err = store_read(store, FAMILY_META, buf_span(&key), &value);
	if (!err)
		err = counters_decode(buf_span(&value), counters);
	buf_release(&key);
	buf_release(&value);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err put_hour(struct store *store)
{
	enum err err;

	if (!store->hour_at_ms)
		return ERR_OK;
	memcpy(store->hour.n, store->totals.n, N_STATES * sizeof(*store->hour.n));
	err = hour_key(store->hour_at_ms, &store->scratch);
	buf_clear(&store->scratch2);
	if (!err)
		err = counters_encode(&store->hour, &store->scratch2);
	return err ? err
		   : store_put(store, FAMILY_META, buf_span(&store->scratch),
			       buf_span(&store->scratch2), true);
}

static enum err put_counters(struct store *store)
{
	enum err err = put_hour(store);

	buf_clear(&store->scratch);
	if (!err)
		err = counters_encode(&store->totals, &store->scratch);
	if (!err)
		err = store_put(store, FAMILY_META, SPAN("totals"),
				buf_span(&store->scratch), false);
	buf_clear(&store->scratch);
	if (!err)
		err = varint_append(&store->scratch, store->last_cursor);
	if (!err)
		err = store_put(store, FAMILY_META, SPAN("cursor"),
				buf_span(&store->scratch), false);
	buf_clear(&store->scratch);
	if (!err)
		err = varint_append(&store->scratch, (uint64_t)store->asked_at_ms);
	if (!err)
		err = store_put(store, FAMILY_META, SPAN("asked"),
				buf_span(&store->scratch), false);
	return err;
}

void store_note_request(struct store *store, int64_t now_ms)
{
	store->asked_at_ms = now_ms;
	store->counters_dirty = true;
}

int64_t store_last_request_ms(const struct store *store)
{
	return store->asked_at_ms;
}

void store_count(struct store *store, enum counter counter, int64_t more, int64_t now_ms)
{
	int64_t hour_at_ms = now_ms - now_ms % MS_PER_HOUR;
	struct counters read;

	/* A count that cannot be kept apart by hour (out of memory, disk trouble) is still
	 * kept in the totals; the commit that follows will report the trouble. */
	if (hour_at_ms != store->hour_at_ms && put_hour(store) == ERR_OK &&
	    read_hour(store, hour_at_ms, &read) == ERR_OK) {
		store->hour_at_ms = hour_at_ms;
		store->hour = read;
	}
	store->totals.n[counter] += more;
	store->hour.n[counter] += more;
	store->counters_dirty = true;
}

size_t store_n_pending(const struct store *store)
{
	return store->n_changes;
}

void store_before_commit(struct store *store, enum err (*hook)(void *context),
			 void *context)
{
	store->before_commit = hook;
	store->before_commit_context = context;
}

/* A commit that took this long may have had to wait. */
#define SLOW_COMMIT_US 10000
/* Shorter waits add up to be seen this often. */
#define ASK_EVERY 100

/* "HH:MM:SS.mmm" */
static int64_t ms_of(const char *text)
{
	int64_t whole = 0, part = 0;

	for (; (*text >= '0' && *text <= '9') || *text == ':' || *text == '.'; text++) {
		if (*text != ':' && *text != '.') {
			part = 10 * part + (*text - '0');
			continue;
		}
		whole = (whole + part) * (*text == ':' ? 60 : 1000);
		part = 0;
	}
	return whole + part;
}

/* What RocksDB made writers wait for its flushes and compactions, since it was opened. To
 * have it timed (perf context) costs 14 % of a commit; in this text it is for nothing. */
static int64_t read_stalled_ms(const struct store *store)
{
	static const char before[] = "Cumulative stall: ";
	char *text = rocksdb_property_value(store->db, "rocksdb.dbstats");
	const char *at = text ? strstr(text, before) : NULL;
	int64_t ms = at ? ms_of(at + sizeof(before) - 1) : store->stalled_ms;

	rocksdb_free(text);
	return ms;
}

/* Is written with the next commit, for ever and by the hour that was counted last. */
static void note_stalls(struct store *store, int64_t took_us)
{
	int64_t ms, more;

	if (took_us < SLOW_COMMIT_US && ++store->n_unasked < ASK_EVERY)
		return;
	store->n_unasked = 0;
	ms = read_stalled_ms(store);
	more = ms - store->stalled_ms;
	store->stalled_ms = ms;
	store->totals.n[COUNT_STALLED_MS] += more;
	store->hour.n[COUNT_STALLED_MS] += more;
}

/* Blocks while RocksDB lets nobody write, or only slowly. */
static enum err write_batch(struct store *store)
{
	int64_t began_us = clock_monotonic_us();
	char *failure = NULL;

	rocksdb_write(store->db, store->write_options, store->batch, &failure);
	note_stalls(store, clock_monotonic_us() - began_us);
	return store_take_failure(store, failure);
}

enum err store_commit(struct store *store)
{
	enum err err;

	assert(!store->depth); /* a commit in the middle of a change would be half of it */
	err = store_put_dirty_hosts(store);
	if (!err && store->counters_dirty)
		err = put_counters(store);
	if (!err && (store->counters_dirty || store_n_pending(store)))
		err = store_put_classes(store);
	if (!err)
		err = store_put_census(store);
	if (err || !store_n_pending(store))
		return err;
	if (store->before_commit)
		err = store->before_commit(store->before_commit_context);
	if (err)
		return err;
	err = store_check_place(store);
	if (err)
		return err;
	store_fill_batch(store);
	err = write_batch(store);
	if (err)
		return err;
	store_forget_pending(store);
	store->counters_dirty = false;
	store_shrink_hosts(store);
	return ERR_OK;
}

const struct counters *store_totals(const struct store *store)
{
	return &store->totals;
}

uint64_t store_n_pages(const struct store *store)
{
	int64_t n = counters_n_pages(&store->totals);

	return n > 0 ? (uint64_t)n : 0;
}

enum err store_window(struct store *store, int64_t since_ms, int64_t until_ms,
		      struct counters *sum)
{
	int64_t hour = since_ms - since_ms % MS_PER_HOUR;
	struct counters one;

	memset(sum, 0, sizeof(*sum));
	for (; hour < until_ms; hour += MS_PER_HOUR) {
		enum err err = ERR_OK;

		if (hour == store->hour_at_ms)
			one = store->hour;
		else
			err = read_hour(store, hour, &one);
		if (err)
			return err;
		counters_add(sum, &one);
	}
	return ERR_OK;
}

uint64_t store_last_cursor(const struct store *store)
{
	return store->last_cursor;
}

uint64_t store_next_cursor(struct store *store)
{
	store->counters_dirty = true;
	return ++store->last_cursor;
}

enum err store_mark_running(struct store *store, bool running, bool *was_running)
{
	enum err err = store_read(store, FAMILY_META, SPAN("running"), &store->scratch);

	if (err && err != ERR_NOT_FOUND)
		return err;
	*was_running = !err;
	return running ? store_put(store, FAMILY_META, SPAN("running"), SPAN("1"), true)
		       : store_delete(store, FAMILY_META, SPAN("running"), true);
}
