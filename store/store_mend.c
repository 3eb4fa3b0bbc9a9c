/*
 * store_mend.c - what store_repair() does about a difference that store_verify() found.
 *
 * Records are believed, what follows from them is made anew; a record that says nothing
 * any more is dropped. A page whose body is lost is fetched without conditions, as always.
 */
#include "store/verify.h"

#define PENDING_MAX 10000

enum err mend_flush(struct verify *v, bool all)
{
	return v->mends && (all || store_n_pending(v->store) >= PENDING_MAX)
		       ? store_commit(v->store)
		       : ERR_OK;
}

enum err mend_drop(struct verify *v, enum family family, struct span key)
{
	enum err err;

	if (!v->mends || key.len > STORE_KEY_MAX)
		return ERR_OK;
	err = store_delete(v->store, family, key, true);
	return err ? err : mend_flush(v, false);
}

enum err mend_drop_page(struct verify *v, const struct page_key *key)
{
	uint8_t encoded[PAGE_KEY_SIZE + 1];
	struct span span = span_from(encoded, PAGE_KEY_SIZE);
	enum err err;

	page_key_encode(key, encoded);
	err = mend_drop(v, FAMILY_PAGE, span);
	if (!err)
		err = mend_drop(v, FAMILY_HISTORY, span);
	for (uint8_t part = 0; !err && part < HEADERS_N_PARTS; part++) {
		encoded[PAGE_KEY_SIZE] = part;
		err = mend_drop(v, FAMILY_HEADERS, span_from(encoded, sizeof(encoded)));
	}
	return err;
}

static enum err put_record(struct verify *v, const struct page *page)
{
	uint8_t key[PAGE_KEY_SIZE];
	enum err err;

	page_key_encode(&page->key, key);
	buf_clear(&v->text);
	err = page_encode(page, &v->text);
	return err ? err
		   : store_put(v->store, FAMILY_PAGE, span_from(key, sizeof(key)),
			       buf_span(&v->text), true);
}

enum err mend_page(struct verify *v, struct page *page)
{
	struct queue_entry entry = { page->key, page->position, page->worth };
	uint8_t queued[QUEUE_KEY_SIZE], parked[PARKED_KEY_SIZE];
	enum err err;

	if (!v->mends)
		return ERR_OK;
	/* Who stands nowhere is due when the record says so. */
	if (!entry.position.queued)
		entry.position =
			(struct queue_position){ .order_ms = page->next_visit_at_ms,
						 .queued = true };
	entry.position.parked = false; /* the frontier parks it again if need be */
	page->position = entry.position;
	queue_key_encode(&entry, queued);
	parked_key_encode(&entry, parked);
	err = mend_drop(v, FAMILY_PARKED, span_from(parked, sizeof(parked)));
	if (!err)
		err = mend_drop(v, FAMILY_QUEUE, span_from(queued, sizeof(queued)));
	if (!err)
		err = queue_put(v->store, &entry);
	if (!err)
		err = put_record(v, page);
	return err ? err : mend_flush(v, false);
}

/* "" if no record of a page of it can be read. */
static enum err name_of_host(struct verify *v, const struct host_key *key,
			     struct buf *name)
{
	struct store_walk *walk = NULL;
	struct url_parts parts;
	struct page page;
	enum err err = store_walk_pages(v->store, key, &walk);

	page_init(&page);
	buf_clear(name);
	while (!err && !name->len) {
		err = store_walk_page(walk, &page);
		if (!err && !url_split(buf_span(&page.url), &parts))
			err = buf_set(name, parts.origin);
		else if (err == ERR_CORRUPT)
			err = ERR_OK;
	}
	page_release(&page);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static void count_anew(struct host *host, const struct tally *t)
{
	memcpy(host->n_pages, t->n_pages, sizeof(host->n_pages));
	for (int h = HOLD_NONE + 1; h < N_HOLDS; h++)
		host->guard.n_held[h] = t->n_held[h];
	host->n_rated = t->n_rated;
	host->rate_micro = t->rate_micro;
	host->dirty = true;
}

enum err mend_host(struct verify *v, const struct host_key *key, const struct tally *t)
{
	uint8_t encoded[HOST_KEY_SIZE];
	struct host *host = NULL;
	enum err err;

	if (!v->mends)
		return ERR_OK;
	host_key_encode(key, encoded);
	err = name_of_host(v, key, &v->text);
	if (!err)
		err = store_acquire_host(v->store, key, buf_span(&v->text), &host);
	if (err == ERR_CORRUPT) /* nor has it pages that could name it */
		return mend_drop(v, FAMILY_HOST, span_from(encoded, sizeof(encoded)));
	if (!err)
		count_anew(host, t);
	store_release_host(v->store, host);
	return err;
}

static bool is_lost(struct verify *v, const struct digest *digest)
{
	struct tally *t;

	HASH_FIND(hh, v->bodies, digest->bytes, DIGEST_SIZE, t);
	return t && t->lost;
}

static enum err forget_bodies(struct verify *v)
{
	struct store_walk *walk = NULL;
	struct page page;
	enum err err = store_walk_pages(v->store, NULL, &walk);

	page_init(&page);
	while (!err && !(err = store_walk_page(walk, &page))) {
		if (!page.has_body || !is_lost(v, &page.digest))
			continue;
		page.has_body = false;
		err = put_record(v, &page);
		if (!err)
			err = mend_flush(v, false);
	}
	page_release(&page);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Robots.txt is then read anew, before anything else is asked of the host. */
static enum err forget_robots(struct verify *v)
{
	struct store_walk *walk = NULL;
	struct host stored, *host;
	enum err err = store_walk_hosts(v->store, &walk);

	host_init(&stored);
	while (!err && !(err = store_walk_host(walk, &stored))) {
		if (digest_is_none(&stored.robots_digest) ||
		    !is_lost(v, &stored.robots_digest))
			continue;
		err = store_acquire_host(v->store, &stored.key, SPAN(""), &host);
		if (err)
			break;
		memset(&host->robots_digest, 0, sizeof(host->robots_digest));
		host->robots_state = ROBOTS_STATE_NOT_READ;
		host->dirty = true;
		store_release_host(v->store, host);
	}
	host_release(&stored);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err mend_lost_bodies(struct verify *v)
{
	enum err err;

	if (!v->mends || !v->any_lost)
		return ERR_OK;
	err = forget_bodies(v);
	return err ? err : forget_robots(v);
}

/* ---- all of it --------------------------------------------------------------------------- */

#define PASSES_MAX 4

static void say_nothing(void *context, const char *difference)
{
	(void)context, (void)difference;
}

enum err store_repair(struct store *store, store_verify_report *report, void *context,
		      uint64_t *n_found, uint64_t *n_left)
{
	enum err unfit = ERR_OK, ignored;
	enum err err = verify_store(store, false, say_nothing, NULL, n_found, &unfit);

	*n_left = *n_found;
	if (!err)
		err = unfit;
	/* What one pass drops may leave the next one something to mend. */
	for (int pass = 0; !err && *n_left && pass < PASSES_MAX; pass++) {
		err = verify_store(store, true, pass ? say_nothing : report, context,
				   n_left, &ignored);
		if (!err)
			err = store_commit(store);
		if (!err)
			err = verify_store(store, false, say_nothing, NULL, n_left,
					   &ignored);
	}
	return err;
}
