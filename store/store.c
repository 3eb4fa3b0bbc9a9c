/* store.c - the pending batch: put, read back, commit. */
#include "store/internal.h"

#include <stdlib.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "store/base/clock.h"

struct pending {
	UT_hash_handle hh;
	struct buf value;
	bool deleted;
	uint8_t key_len;
	char key[1 + 32]; /* family, key */
};

enum err store_take_failure(struct store *store, char *message)
{
	bool corrupt;

	if (!message)
		return ERR_OK;
	corrupt = strncmp(message, "Corruption", 10) == 0;
	(void)!buf_set(&store->failure, span_of(message));
	rocksdb_free(message);
	return corrupt ? ERR_CORRUPT : ERR_IO;
}

const char *store_failure(const struct store *store)
{
	return buf_text(&store->failure);
}

const char *store_dir(const struct store *store)
{
	return buf_text(&store->dir);
}

static struct pending *find_pending(struct store *store, enum family family,
				    struct span key)
{
	char tagged[sizeof(((struct pending *)0)->key)];
	struct pending *found;

	tagged[0] = (char)family;
	memcpy(tagged + 1, key.data, key.len);
	HASH_FIND(hh, store->pending, tagged, (unsigned)key.len + 1, found);
	return found;
}

static struct pending *add_pending(struct store *store, enum family family,
				   struct span key)
{
	struct pending *added = calloc(1, sizeof(*added));

	if (!added)
		return NULL;
	added->key[0] = (char)family;
	memcpy(added->key + 1, key.data, key.len);
	added->key_len = (uint8_t)(key.len + 1);
	HASH_ADD(hh, store->pending, key, added->key_len, added);
	if (!added->hh.tbl) {
		free(added);
		return NULL;
	}
	return added;
}

static enum err remember(struct store *store, enum family family, struct span key,
			 struct span value, bool deleted)
{
	struct pending *p = find_pending(store, family, key);

	if (!p)
		p = add_pending(store, family, key);
	if (!p)
		return ERR_NOMEM;
	p->deleted = deleted;
	return buf_set(&p->value, value);
}

void store_forget_pending(struct store *store)
{
	struct pending *p, *next;

	HASH_ITER(hh, store->pending, p, next)
	{
		HASH_DELETE(hh, store->pending, p);
		buf_release(&p->value);
		free(p);
	}
}

enum err store_put(struct store *store, enum family family, struct span key,
		   struct span value, bool overlay)
{
	if (overlay) {
		enum err err = remember(store, family, key, value, false);

		if (err)
			return err;
	}
	rocksdb_writebatch_put_cf(store->batch, store->families[family], key.data,
				  key.len, value.data, value.len);
	return ERR_OK;
}

enum err store_delete(struct store *store, enum family family, struct span key,
		      bool overlay)
{
	if (overlay) {
		enum err err = remember(store, family, key, SPAN(""), true);

		if (err)
			return err;
	}
	rocksdb_writebatch_delete_cf(store->batch, store->families[family], key.data,
				     key.len);
	return ERR_OK;
}

enum err store_read(struct store *store, enum family family, struct span key,
		    struct buf *value)
{
	struct pending *p = store->pending ? find_pending(store, family, key) : NULL;
	rocksdb_pinnableslice_t *slice;
	char *failure = NULL;
	struct span bytes;
	enum err err;

	if (p)
		return p->deleted ? ERR_NOT_FOUND : buf_set(value, buf_span(&p->value));
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
	return err;
}

void store_count(struct store *store, enum counter counter, int64_t more, int64_t now_ms)
{
	int64_t hour_at_ms = now_ms - now_ms % MS_PER_HOUR;

	/* A count that cannot be kept apart by hour (out of memory, disk trouble) is still
	 * kept in the totals; the commit that follows will report the trouble. */
	if (hour_at_ms != store->hour_at_ms && put_hour(store) == ERR_OK &&
	    read_hour(store, hour_at_ms, &store->hour) == ERR_OK)
		store->hour_at_ms = hour_at_ms;
	store->totals.n[counter] += more;
	store->hour.n[counter] += more;
	store->counters_dirty = true;
}

size_t store_n_pending(const struct store *store)
{
	return (size_t)rocksdb_writebatch_count(store->batch);
}

enum err store_commit(struct store *store)
{
	char *failure = NULL;
	enum err err = store_put_dirty_hosts(store);

	if (!err && store->counters_dirty)
		err = put_counters(store);
	if (err || !store_n_pending(store))
		return err;
	rocksdb_write(store->db, store->write_options, store->batch, &failure);
	err = store_take_failure(store, failure);
	if (err)
		return err;
	rocksdb_writebatch_clear(store->batch);
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
	int64_t n = 0;

	for (int s = 0; s < N_STATES; s++)
		n += store->totals.n[s];
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
