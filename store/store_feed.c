/* store_feed.c - the change feed and how far its consumers have come. */
#include "store/internal.h"

#include <inttypes.h>

#define ACKNOWLEDGE_BATCH 1000

enum err store_append_change(struct store *store, const struct change *change)
{
	uint8_t key[8];
	enum err err;

	be64_put(key, change->cursor);
	buf_clear(&store->scratch);
	err = change_encode(change, &store->scratch);
	return err ? err
		   : store_put(store, FAMILY_FEED, span_from(key, sizeof(key)),
			       buf_span(&store->scratch), false);
}

/* Names are short and plain, so that the key fits and the name can be shown. */
static enum err consumer_key(const char *consumer, char key[32], struct span *span)
{
	size_t len = strlen(consumer);

	if (!len || len > 22)
		return ERR_INVALID;
	memcpy(key, "consumer:", 9);
	memcpy(key + 9, consumer, len);
	*span = span_from(key, 9 + len);
	return ERR_OK;
}

enum err store_get_acknowledged(struct store *store, const char *consumer,
				uint64_t *cursor)
{
	char key[32];
	struct span span, value;
	enum err err = consumer_key(consumer, key, &span);

	if (err)
		return err;
	err = store_read(store, FAMILY_META, span, &store->scratch);
	*cursor = 0;
	if (err)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	value = buf_span(&store->scratch);
	return varint_read(&value, cursor);
}

static enum err set_acknowledged(struct store *store, const char *consumer,
				 uint64_t cursor)
{
	char key[32];
	struct span span;
	enum err err = consumer_key(consumer, key, &span);

	buf_clear(&store->scratch);
	if (!err)
		err = varint_append(&store->scratch, cursor);
	return err ? err
		   : store_put(store, FAMILY_META, span, buf_span(&store->scratch), true);
}

/* A page that was forgotten meanwhile, or a record that verify will complain of: neither
 * keeps the indexer from going on (REQ 82). */
static bool is_no_obstacle(enum err err)
{
	return err == ERR_NOT_FOUND || err == ERR_CORRUPT || err == ERR_NEWER;
}

/* The index now has the version that `change` told of. */
static enum err mark_indexed(struct store *store, const struct change *change,
			     struct page *page)
{
	enum err err = store_get_page(store, &change->key, page);
	struct host *host = NULL;

	if (err)
		return is_no_obstacle(err) ? ERR_OK : err;
	if (page->indexed_version >= change->version)
		return ERR_OK;
	err = store_acquire_host(store, &page->key.host, SPAN(""), &host);
	if (err)
		return is_no_obstacle(err) ? ERR_OK : err;
	page->indexed_version = change->version;
	err = store_put_page(store, page, host);
	store_release_host(store, host);
	return err;
}

/* Acknowledges up to ACKNOWLEDGE_BATCH records behind *from and commits. */
static enum err acknowledge_some(struct store *store, const char *consumer,
				 uint64_t *from, uint64_t to, uint64_t *n)
{
	bool is_index = strcmp(consumer, "index") == 0;
	struct store_walk *walk = NULL;
	struct change change;
	struct page page;
	uint64_t reached = to, n_here = 0;
	enum err err = store_walk_changes(store, *from, &walk);

	change_init(&change);
	page_init(&page);
	while (!err && n_here < ACKNOWLEDGE_BATCH) {
		err = store_walk_change(walk, &change);
		if (change.cursor > to)
			break;
		if ((err == ERR_CORRUPT || err == ERR_NEWER) &&
		    !store_walk_is_broken(walk)) {
			err = ERR_OK;
			continue;
		}
		if (err)
			break;
		if (is_index)
			err = mark_indexed(store, &change, &page);
		n_here++;
		if (n_here == ACKNOWLEDGE_BATCH)
			reached = change.cursor;
	}
	if (err == ERR_NOT_FOUND)
		err = ERR_OK;
	if (!err)
		err = set_acknowledged(store, consumer, reached);
	if (!err)
		err = store_commit(store);
	if (!err) {
		*from = reached;
		*n += n_here;
	}
	store_walk_end(walk);
	change_release(&change);
	page_release(&page);
	return err;
}

enum err store_acknowledge(struct store *store, const char *consumer, uint64_t cursor,
			   uint64_t *n, struct why *why)
{
	uint64_t from;
	enum err err = store_get_acknowledged(store, consumer, &from);

	*n = 0;
	if (err == ERR_INVALID)
		return why_set(why, err,
			       "consumer '%.40s': a name of 1 to 22 bytes is wanted",
			       consumer);
	if (err)
		return why_set(why, err, "cannot read the position of '%s'", consumer);
	if (cursor < from)
		return why_set(why, ERR_INVALID,
			       "consumer '%s' has already acknowledged up to %" PRIu64,
			       consumer, from);
	if (cursor > store->last_cursor)
		return why_set(why, ERR_INVALID,
			       "cursor %" PRIu64 " has not been handed out (the last is "
			       "%" PRIu64 ")",
			       cursor, store->last_cursor);
	while (!err && from < cursor)
		err = acknowledge_some(store, consumer, &from, cursor, n);
	return err ? why_set(why, err, "cannot acknowledge: %s",
			     err == ERR_IO ? store_failure(store) : err_text(err))
		   : ERR_OK;
}
