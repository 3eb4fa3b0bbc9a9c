/* store_walk.c - pages, hosts and changes, one after another in the order of their keys. */
#include "store/internal.h"

#include <stdlib.h>

struct store_walk {
	struct store *store;
	rocksdb_readoptions_t *options;
	rocksdb_iterator_t *it;
	struct file_starts *starts;
	struct buf at;                  /* the key of the last record */
	char prefix[3 + HOST_KEY_SIZE]; /* the longest: of sources */
	size_t prefix_len;
	bool started;
	bool broken; /* it could not be read any further */
};

static enum err note_place(struct store_walk *walk)
{
	struct span key;

	if (!rocksdb_iter_valid(walk->it))
		return ERR_OK;
	key.data = rocksdb_iter_key(walk->it, &key.len);
	/* Files that begin before the first record are none that a step came to. */
	if (!walk->started)
		(void)file_starts_by(walk->starts, &key);
	return buf_set(&walk->at, key);
}

/* A long scan must not push the hot blocks out of the cache. */
enum err store_walk_new(struct store *store, enum family family, struct span prefix,
			struct span start, struct store_walk **out)
{
	struct store_walk *walk = calloc(1, sizeof(*walk));
	enum err err;

	if (!walk)
		return ERR_NOMEM;
	walk->store = store;
	walk->options = rocksdb_readoptions_create();
	rocksdb_readoptions_set_fill_cache(walk->options, 0);
	/* One host's pages may be few: RocksDB reads ahead by itself once they are not. */
	if (!prefix.len)
		rocksdb_readoptions_set_readahead_size(walk->options, 256 << 10);
	if (store->seen)
		rocksdb_readoptions_set_snapshot(walk->options, store->seen);
	walk->it = rocksdb_create_iterator_cf(store->db, walk->options,
					      store->families[family]);
	if (prefix.len)
		memcpy(walk->prefix, prefix.data, prefix.len);
	walk->prefix_len = prefix.len;
	if (start.len)
		rocksdb_iter_seek(walk->it, start.data, start.len);
	else
		rocksdb_iter_seek_to_first(walk->it);
	err = file_starts_new(store, family, &walk->starts);
	if (!err)
		err = note_place(walk);
	if (err)
		store_walk_end(walk);
	else
		*out = walk;
	return err;
}

void store_walk_end(struct store_walk *walk)
{
	if (!walk)
		return;
	rocksdb_iter_destroy(walk->it);
	rocksdb_readoptions_destroy(walk->options);
	file_starts_free(walk->starts);
	buf_release(&walk->at);
	free(walk);
}

#define WATCH_EVERY 4096

void store_watch_walks(struct store *store, store_walk_watch *watch, void *context)
{
	store->watch = watch;
	store->watch_context = context;
	store->n_walked = 0;
}

static void store_walked(struct store *store)
{
	if (++store->n_walked % WATCH_EVERY == 0 && store->watch)
		store->watch(store->watch_context, store->n_walked);
}

/* A step that came to the beginning of a file, or to the end, is taken again as a seek: see
 * store_files.c. */
static enum err step(struct store_walk *walk)
{
	struct span key;
	bool valid;
	enum err err;

	rocksdb_iter_next(walk->it);
	valid = rocksdb_iter_valid(walk->it);
	if (valid)
		key.data = rocksdb_iter_key(walk->it, &key.len);
	if (!file_starts_by(walk->starts, valid ? &key : NULL))
		return ERR_OK;
	err = buf_append_byte(&walk->at, '\0'); /* the next key there can be */
	if (!err)
		rocksdb_iter_seek(walk->it, walk->at.data, walk->at.len);
	return err;
}

enum err store_walk_next(struct store_walk *walk, struct span *key, struct span *value)
{
	enum err err;

	if (atomic_load_explicit(&walk->store->cancelled, memory_order_relaxed))
		return ERR_STOPPED;
	if (walk->started && rocksdb_iter_valid(walk->it)) {
		err = step(walk);
		if (!err)
			err = note_place(walk);
		if (err)
			return err;
	}
	walk->started = true;
	store_walked(walk->store);
	if (rocksdb_iter_valid(walk->it)) {
		key->data = rocksdb_iter_key(walk->it, &key->len);
		value->data = rocksdb_iter_value(walk->it, &value->len);
		return span_starts_with(*key, span_from(walk->prefix, walk->prefix_len))
			       ? ERR_OK
			       : ERR_NOT_FOUND;
	}
	/* Once: who goes on after one bad record must still come to an end. */
	err = walk->broken ? ERR_OK : store_iterator_failure(walk->store, walk->it);
	walk->broken = walk->broken || err;
	return err ? err : ERR_NOT_FOUND;
}

bool store_walk_is_broken(const struct store_walk *walk)
{
	return walk->broken;
}

enum err store_walk_pages(struct store *store, const struct host_key *host,
			  struct store_walk **walk)
{
	uint8_t prefix[HOST_KEY_SIZE];
	struct span start = { (const char *)prefix, host ? sizeof(prefix) : 0 };

	if (host)
		host_key_encode(host, prefix);
	return store_walk_new(store, FAMILY_PAGE, start, start, walk);
}

enum err store_walk_page(struct store_walk *walk, struct page *page)
{
	struct span key, value;
	enum err err = store_walk_next(walk, &key, &value);

	if (err)
		return err;
	if (key.len != PAGE_KEY_SIZE)
		return ERR_CORRUPT;
	page_key_decode((const uint8_t *)key.data, &page->key);
	return page_decode(value, page);
}

enum err store_walk_hosts(struct store *store, struct store_walk **walk)
{
	return store_walk_new(store, FAMILY_HOST, SPAN(""), SPAN(""), walk);
}

enum err store_walk_host(struct store_walk *walk, struct host *host)
{
	struct span key, value;
	enum err err = store_walk_next(walk, &key, &value);

	if (err)
		return err;
	if (key.len != HOST_KEY_SIZE)
		return ERR_CORRUPT;
	host_key_decode((const uint8_t *)key.data, &host->key);
	return host_decode(value, host);
}

enum err store_walk_changes(struct store *store, uint64_t after, struct store_walk **walk)
{
	uint8_t start[8];
	/* A view sees only what its writer has synced, unless it was told not to. */
	enum err err = store->mode == STORE_READ && !store->is_view
			       ? store_sync_seen(store)
			       : ERR_OK;

	be64_put(start, after == UINT64_MAX ? after : after + 1);
	return err ? err
		   : store_walk_new(store, FAMILY_FEED, SPAN(""), span_from(start, 8),
				    walk);
}

enum err store_walk_change(struct store_walk *walk, struct change *change)
{
	struct span key, value;
	enum err err = store_walk_next(walk, &key, &value);

	if (err)
		return err;
	if (key.len != 8)
		return ERR_CORRUPT;
	change->cursor = be64_get((const uint8_t *)key.data);
	return change_decode(value, change);
}
