/*
 * store_census.c - the census (census.h) in the store: one record of the meta family for
 * each block, "t:" and its key, put with the batch that changes it.
 *
 * "census" says that they are there, and how they are counted. Where it is missing or says
 * something else, as in a store that an older build made, or a block does not decode, a
 * writer counts all pages once as it opens; readers do without.
 */
#include "store/internal.h"

#include <inttypes.h>

#define COUNTED_SAY_EVERY 1000000

static const struct span marker = { "census", 6 };
static const struct span prefix = { "t:", 2 };

#define KEY_SIZE (2 + CENSUS_KEY_SIZE)

static enum err put_block(struct store *store, const uint8_t block[CENSUS_KEY_SIZE])
{
	uint8_t key[KEY_SIZE] = { 't', ':' };
	struct span name = span_from(key, sizeof(key));
	enum err err = census_value(store->census, block, &store->scratch);

	memcpy(key + 2, block, CENSUS_KEY_SIZE);
	if (err)
		return err;
	return store->scratch.len ? store_put(store, FAMILY_META, name,
					      buf_span(&store->scratch), false)
				  : store_delete(store, FAMILY_META, name, false);
}

enum err store_put_census(struct store *store)
{
	uint8_t block[CENSUS_KEY_SIZE];
	enum err err = ERR_OK;

	while (store->census && !err && census_changed(store->census, block)) {
		err = put_block(store, block);
		if (!err)
			census_saved(store->census, block);
	}
	return err;
}

static bool is_kept(struct store *store)
{
	uint64_t version = 0;
	struct span bytes;

	if (store_read(store, FAMILY_META, marker, &store->scratch))
		return false;
	bytes = buf_span(&store->scratch);
	return !varint_read(&bytes, &version) && version == CENSUS_VERSION;
}

static enum err load(struct store *store, struct census *census)
{
	struct store_walk *walk = NULL;
	struct span key, value;
	enum err err = store_walk_new(store, FAMILY_META, prefix, prefix, &walk);

	while (!err && !(err = store_walk_next(walk, &key, &value)))
		err = census_load(census, span_from(key.data + 2, key.len - 2), value);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err store_count_census(struct store *store, struct census *census)
{
	struct store_walk *walk = NULL;
	struct page page;
	uint64_t n = 0;
	enum err err = store_walk_pages(store, NULL, &walk);

	page_init(&page);
	while (!err) {
		err = store_walk_page(walk, &page);
		if (!err)
			err = census_prepare(census, &page.stored.share);
		else if ((err == ERR_CORRUPT || err == ERR_NEWER) &&
			 !store_walk_is_broken(walk)) {
			err = ERR_OK; /* a page that does not decode is in no sum */
			continue;
		}
		if (err)
			break;
		census_move(census, NULL, &page.stored.share);
		if (++n % COUNTED_SAY_EVERY == 0)
			log_event(LOG_INFO, "counting pages", "n=%" PRIu64 " of=%" PRIu64,
				  n, store_n_pages(store));
	}
	page_release(&page);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Blocks that the new count does not have must not stay. */
static enum err drop_blocks(struct store *store)
{
	struct store_walk *walk = NULL;
	struct span key, value;
	enum err err = store_walk_new(store, FAMILY_META, prefix, prefix, &walk);

	while (!err && !(err = store_walk_next(walk, &key, &value)))
		err = store_delete(store, FAMILY_META, key, false);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err put_marker(struct store *store)
{
	buf_clear(&store->scratch);
	enum err err = varint_append(&store->scratch, CENSUS_VERSION);
	return err ? err
		   : store_put(store, FAMILY_META, marker, buf_span(&store->scratch),
			       false);
}

static enum err forget_census(struct store *store)
{
	census_free(store->census);
	store->census = census_new();
	return store->census ? ERR_OK : ERR_NOMEM;
}

enum err store_recount(struct store *store)
{
	enum err err = store_commit(store);

	if (!err)
		err = forget_census(store);
	store_begin(store);
	if (!err)
		err = store_count_census(store, store->census);
	if (!err)
		err = drop_blocks(store);
	if (!err)
		err = store_put_census(store);
	if (!err)
		err = put_marker(store);
	err = store_end(store, err);
	if (!err)
		err = store_commit(store);
	if (err) {
		census_free(store->census);
		store->census = NULL;
	}
	return err;
}

/* Pages that cannot be read to their end are no reason not to open: then there is no
 * census, and its marker goes, so that a later writer counts. */
static enum err do_without(struct store *store, enum err why)
{
	log_event(LOG_WARN, "pages not counted", "why=%s", err_text(why));
	enum err err = store_delete(store, FAMILY_META, marker, false);
	return err ? err : store_commit(store);
}

enum err store_open_census(struct store *store)
{
	enum err err = forget_census(store);

	if (!err && is_kept(store))
		err = load(store, store->census);
	else if (!err && !store_n_pages(store))
		return put_marker(store);
	else if (!err)
		err = ERR_NOT_FOUND;
	if (!err || err == ERR_NOMEM || err == ERR_IO)
		return err;
	log_event(LOG_INFO, "counting pages", "n=0 of=%" PRIu64, store_n_pages(store));
	err = store_recount(store);
	return err == ERR_CORRUPT ? do_without(store, err) : err;
}

enum err store_census(struct store *store, const struct census **census)
{
	enum err err = ERR_OK;

	if (!store->census && store->mode == STORE_READ && is_kept(store)) {
		err = forget_census(store);
		if (!err)
			err = load(store, store->census);
		if (err) {
			census_free(store->census);
			store->census = NULL;
		}
	}
	*census = store->census;
	return !err && !store->census ? ERR_NOT_FOUND : err;
}
