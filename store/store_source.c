/*
 * store_source.c - sources, when they are due, and what they said last.
 *
 * They lie among the small things of "meta", which a store of any age has: under "s:r" and
 * the key the record, under "s:d", the instant and the key the place in the order of
 * polling, under "s:e" and the key the entries as they were last read.
 */
#include "store/internal.h"

#define PREFIX 3
#define RECORD_KEY_SIZE (PREFIX + PAGE_KEY_SIZE)
#define DUE_KEY_SIZE (PREFIX + 8 + PAGE_KEY_SIZE)

static struct span record_key(char kind, const struct page_key *key,
			      uint8_t out[RECORD_KEY_SIZE])
{
	out[0] = 's';
	out[1] = ':';
	out[2] = (uint8_t)kind;
	page_key_encode(key, out + PREFIX);
	return span_from(out, RECORD_KEY_SIZE);
}

static struct span due_key(int64_t at_ms, const struct page_key *key,
			   uint8_t out[DUE_KEY_SIZE])
{
	memcpy(out, "s:d", PREFIX);
	be64_put(out + PREFIX, at_ms > 0 ? (uint64_t)at_ms : 0);
	page_key_encode(key, out + PREFIX + 8);
	return span_from(out, DUE_KEY_SIZE);
}

static enum err move_due(struct store *store, struct source *source, int64_t due_at_ms)
{
	uint8_t key[DUE_KEY_SIZE];
	enum err err = ERR_OK;

	if (source->stored.due_at_ms == due_at_ms)
		return ERR_OK;
	if (source->stored.due_at_ms)
		err = store_delete(store, FAMILY_META,
				   due_key(source->stored.due_at_ms, &source->key, key),
				   false);
	if (!err && due_at_ms)
		err = store_put(store, FAMILY_META, due_key(due_at_ms, &source->key, key),
				SPAN(""), false);
	return err;
}

enum err store_get_source(struct store *store, const struct page_key *key,
			  struct source *source)
{
	uint8_t encoded[RECORD_KEY_SIZE];
	enum err err = store_read(store, FAMILY_META, record_key('r', key, encoded),
				  &store->scratch);

	if (err)
		return err;
	source->key = *key;
	return source_decode(buf_span(&store->scratch), source);
}

enum err store_put_source(struct store *store, struct source *source, struct host *host)
{
	int64_t due_at_ms = source->retired_at_ms ? 0 : source->next_poll_at_ms;
	uint8_t key[RECORD_KEY_SIZE];
	enum err err;

	buf_clear(&store->scratch);
	store_begin(store);
	err = source_encode(source, &store->scratch);
	if (!err)
		err = store_put(store, FAMILY_META, record_key('r', &source->key, key),
				buf_span(&store->scratch), true);
	if (!err)
		err = move_due(store, source, due_at_ms);
	err = store_end(store, err);
	if (err)
		return err;
	if (!source->stored.exists) {
		host->n_sources++;
		host->dirty = true;
	}
	source->stored.exists = true;
	source->stored.due_at_ms = due_at_ms;
	return ERR_OK;
}

enum err store_delete_source(struct store *store, struct source *source,
			     struct host *host)
{
	uint8_t key[RECORD_KEY_SIZE];
	enum err err;

	store_begin(store);
	err = store_delete(store, FAMILY_META, record_key('r', &source->key, key), true);
	if (!err)
		err = store_delete(store, FAMILY_META, record_key('e', &source->key, key),
				   true);
	if (!err)
		err = move_due(store, source, 0);
	err = store_end(store, err);
	if (err)
		return err;
	host->n_sources -= host->n_sources > 0;
	host->dirty = true;
	source->stored.exists = false;
	source->stored.due_at_ms = 0;
	return ERR_OK;
}

enum err store_put_entries(struct store *store, const struct page_key *key,
			   struct span entries)
{
	uint8_t encoded[RECORD_KEY_SIZE];

	return store_put(store, FAMILY_META, record_key('e', key, encoded), entries,
			 true);
}

enum err store_get_entries(struct store *store, const struct page_key *key,
			   struct buf *entries)
{
	uint8_t encoded[RECORD_KEY_SIZE];
	enum err err =
		store_read(store, FAMILY_META, record_key('e', key, encoded), entries);

	if (err == ERR_NOT_FOUND)
		buf_clear(entries);
	return err;
}

/* ---- walks ---------------------------------------------------------------------------------- */

enum err store_walk_sources(struct store *store, const struct host_key *host,
			    struct store_walk **walk)
{
	uint8_t prefix[PREFIX + HOST_KEY_SIZE];
	struct span start = span_from(prefix, host ? sizeof(prefix) : PREFIX);

	memcpy(prefix, "s:r", PREFIX);
	if (host)
		host_key_encode(host, prefix + PREFIX);
	return store_walk_new(store, FAMILY_META, start, start, walk);
}

enum err store_walk_source(struct store_walk *walk, struct source *source)
{
	struct span key, value;
	enum err err = store_walk_next(walk, &key, &value);

	if (err)
		return err;
	if (key.len != RECORD_KEY_SIZE)
		return ERR_CORRUPT;
	page_key_decode((const uint8_t *)key.data + PREFIX, &source->key);
	return source_decode(value, source);
}

enum err store_walk_due(struct store *store, int64_t from_ms, const struct page_key *from,
			struct store_walk **walk)
{
	uint8_t start[DUE_KEY_SIZE];

	return store_walk_new(store, FAMILY_META, SPAN("s:d"),
			      from_ms ? due_key(from_ms, from, start) : SPAN("s:d"),
			      walk);
}

enum err store_walk_due_source(struct store_walk *walk, struct page_key *key,
			       int64_t *at_ms)
{
	struct span at, value;
	enum err err = store_walk_next(walk, &at, &value);

	if (err)
		return err;
	if (at.len != DUE_KEY_SIZE)
		return ERR_CORRUPT;
	*at_ms = (int64_t)be64_get((const uint8_t *)at.data + PREFIX);
	page_key_decode((const uint8_t *)at.data + PREFIX + 8, key);
	return ERR_OK;
}
