/* store_page.c - pages with their history, headers and bodies. */
#include "store/internal.h"

#include <stdlib.h>

#include "store/head.h"

static struct span key_span(const uint8_t *key, size_t len)
{
	return span_from(key, len);
}

enum err store_get_page(struct store *store, const struct page_key *key,
			struct page *page)
{
	uint8_t encoded[PAGE_KEY_SIZE];
	enum err err;

	page_key_encode(key, encoded);
	err = store_read(store, FAMILY_PAGE, key_span(encoded, sizeof(encoded)),
			 &store->scratch);
	if (err)
		return err;
	page->key = *key;
	return page_decode(buf_span(&store->scratch), page);
}

enum err store_find_page(struct store *store, struct span url, struct page *page)
{
	struct page_key key;
	enum err err = page_key_of(url, &key);

	if (!err)
		err = store_get_page(store, &key, page);
	if (!err && !span_equal(buf_span(&page->url), url))
		err = ERR_NOT_FOUND; /* another URL with the same 64-bit hash */
	return err;
}

static enum err drop_position(struct store *store, const struct page_key *key,
			      const struct queue_position *position, bool certain)
{
	struct queue_entry entry = { .key = *key, .position = *position };
	uint8_t queued[QUEUE_KEY_SIZE], parked[PARKED_KEY_SIZE];
	enum err err = ERR_OK;

	queue_key_encode(&entry, queued);
	parked_key_encode(&entry, parked);
	if (!certain || !position->parked)
		err = store_delete(store, FAMILY_QUEUE, key_span(queued, sizeof(queued)),
				   false);
	if (!err && (!certain || position->parked))
		err = store_delete(store, FAMILY_PARKED, key_span(parked, sizeof(parked)),
				   false);
	return err;
}

/* Also when it is not certain whether it is parked: the frontier may hold the entry as it
 * stands, and would leave it behind if it moved to the other place. */
static bool keeps_place(const struct page *page)
{
	return page->stored.exists &&
	       queue_position_equal(&page->stored.position, &page->position);
}

static enum err move_in_queue(struct store *store, struct page *page)
{
	const struct queue_entry entry = { page->key, page->position, page->worth };
	const struct queue_position *old = &page->stored.position;
	enum err err = ERR_OK;

	if (keeps_place(page))
		return ERR_OK;
	if (page->stored.exists && old->queued)
		err = drop_position(store, &page->key, old, page->stored.certain);
	if (!err && page->position.queued)
		err = queue_put(store, &entry);
	if (!err)
		page->stored.certain = true;
	return err;
}

static void keep_gauges(struct store *store, struct page *page, struct host *host)
{
	enum page_state state = page_state(page);

	if (page->stored.exists) {
		store->totals.n[page->stored.state]--;
		host->n_pages[page->stored.state]--;
		host->guard.n_held[page->stored.held]--;
	}
	store->totals.n[state]++;
	host->n_pages[state]++;
	host->guard.n_held[page->held]++;
	host->dirty = true;
	store->counters_dirty = true;
	page->stored.exists = true;
	page->stored.state = (uint8_t)state;
	page->stored.held = page->held;
}

enum err store_put_page(struct store *store, struct page *page, struct host *host)
{
	struct page_share share = page_share(page);
	uint8_t key[PAGE_KEY_SIZE];
	enum err err = store->census ? census_prepare(store->census, &share) : ERR_OK;

	if (err)
		return err;
	page_key_encode(&page->key, key);
	buf_clear(&store->scratch);
	store_begin(store);
	/* An entry that stays where it is says what it said. */
	if (keeps_place(page))
		page->worth = page->stored.worth;
	err = page_encode(page, &store->scratch);
	if (!err)
		err = store_put(store, FAMILY_PAGE, key_span(key, sizeof(key)),
				buf_span(&store->scratch), true);
	if (!err)
		err = move_in_queue(store, page);
	err = store_end(store, err);
	if (err)
		return err;
	if (store->census)
		census_move(store->census,
			    page->stored.exists ? &page->stored.share : NULL, &share);
	page->stored.share = share;
	store_move_class(store, page, host);
	keep_gauges(store, page, host);
	page->stored.position = page->position;
	page->stored.worth = page->worth;
	return ERR_OK;
}

enum err store_delete_page(struct store *store, struct page *page, struct host *host)
{
	static const struct digest none;
	uint8_t key[PAGE_KEY_SIZE + 1];
	enum err err;

	page_key_encode(&page->key, key);
	store_begin(store);
	err = drop_position(store, &page->key, &page->stored.position, false);
	for (int part = 0; !err && part < HEADERS_N_PARTS; part++) {
		key[PAGE_KEY_SIZE] = (uint8_t)part;
		err = store_delete(store, FAMILY_HEADERS, key_span(key, sizeof(key)),
				   true);
	}
	if (!err)
		err = store_delete(store, FAMILY_HISTORY, key_span(key, PAGE_KEY_SIZE),
				   false);
	if (!err)
		err = store_delete(store, FAMILY_PAGE, key_span(key, PAGE_KEY_SIZE),
				   true);
	if (!err && page->has_body)
		err = store_swap_body(store, &page->digest, &none, SPAN(""));
	err = store_end(store, err);
	if (err)
		return err;
	if (store->census)
		census_move(store->census, &page->stored.share, NULL);
	store_leave_class(store, page, host);
	store->totals.n[page->stored.state]--;
	host->n_pages[page->stored.state]--;
	host->guard.n_held[page->stored.held]--;
	host->dirty = true;
	store->counters_dirty = true;
	page->stored.exists = false;
	return ERR_OK;
}

/* ---- history: appended blindly, put together by RocksDB when it merges ---------------- */

enum err store_append_visit(struct store *store, const struct page_key *key,
			    const struct visit *visit)
{
	uint8_t encoded_key[PAGE_KEY_SIZE];
	enum err err;

	page_key_encode(key, encoded_key);
	buf_clear(&store->scratch);
	buf_clear(&store->scratch2);
	err = visit_encode(visit, &store->scratch);
	if (!err)
		err = varint_append(&store->scratch2, store->scratch.len);
	if (!err)
		err = buf_append_span(&store->scratch2, buf_span(&store->scratch));
	return err ? err
		   : store_change(store, CHANGE_MERGE, FAMILY_HISTORY,
				  span_from(encoded_key, sizeof(encoded_key)),
				  buf_span(&store->scratch2), false);
}

bool history_next(struct span *list, struct span *visit)
{
	struct span rest = *list;
	uint64_t len;

	if (!rest.len || varint_read(&rest, &len) || len > rest.len)
		return false;
	*visit = span_from(rest.data, (size_t)len);
	*list = span_from(rest.data + len, rest.len - (size_t)len);
	return true;
}

/* `list` without its oldest visits, so that HISTORY_MAX are left. */
static struct span newest_visits(struct span list)
{
	struct span walk = list, visit;
	size_t n = 0;

	while (history_next(&walk, &visit))
		n++;
	for (; n > HISTORY_MAX && history_next(&list, &visit); n--)
		;
	return list;
}

/* A visit of no bytes, which none has: stands where one was lost, so that verify can name
 * it, until newer ones push it out. */
static const char lost_visit[] = { 0 };

/* `list` up to where it is damaged: what is appended behind that could not be read. */
static enum err append_sound(struct buf *joined, struct span list)
{
	struct span rest = list, visit;
	enum err err;

	while (history_next(&rest, &visit))
		;
	err = buf_append(joined, list.data, list.len - rest.len);
	return err || !rest.len ? err
				: buf_append(joined, lost_visit, sizeof(lost_visit));
}

static char *join_visits(const struct span *parts, size_t n, unsigned char *success,
			 size_t *len)
{
	struct buf joined = BUF_INIT;
	struct span kept;
	char *result;
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < n; i++)
		err = append_sound(&joined, parts[i]);
	kept = newest_visits(buf_span(&joined));
	result = err ? NULL : malloc(kept.len + 1);
	*success = result != NULL;
	*len = result ? kept.len : 0;
	if (result && kept.len)
		memcpy(result, kept.data, kept.len);
	buf_release(&joined);
	return result;
}

static char *merge_partial(void *state, const char *key, size_t key_len,
			   const char *const *operands, const size_t *lens, int n,
			   unsigned char *success, size_t *len)
{
	struct span *parts = malloc(((size_t)n + 1) * sizeof(*parts));
	char *result = NULL;

	(void)state, (void)key, (void)key_len;
	*success = 0;
	*len = 0; /* is read even then */
	if (!parts)
		return NULL;
	for (int i = 0; i < n; i++)
		parts[i] = span_from(operands[i], lens[i]);
	result = join_visits(parts, (size_t)n, success, len);
	free(parts);
	return result;
}

static char *merge_full(void *state, const char *key, size_t key_len,
			const char *existing, size_t existing_len,
			const char *const *operands, const size_t *lens, int n,
			unsigned char *success, size_t *len)
{
	struct span *parts = malloc(((size_t)n + 1) * sizeof(*parts));
	char *result = NULL;

	(void)state, (void)key, (void)key_len;
	*success = 0;
	*len = 0; /* is read even then */
	if (!parts)
		return NULL;
	parts[0] = span_from(existing, existing ? existing_len : 0);
	for (int i = 0; i < n; i++)
		parts[i + 1] = span_from(operands[i], lens[i]);
	result = join_visits(parts, (size_t)n + 1, success, len);
	free(parts);
	return result;
}

static void merge_destroy(void *state)
{
	(void)state;
}

static void merge_free(void *state, const char *value, size_t len)
{
	(void)state, (void)len;
	free((void *)(uintptr_t)value);
}

static const char *merge_name(void *state)
{
	(void)state;
	return "freshet.history";
}

rocksdb_mergeoperator_t *history_merge_new(void)
{
	return rocksdb_mergeoperator_create(NULL, merge_destroy, merge_full,
					    merge_partial, merge_free, merge_name);
}

enum err store_get_history(struct store *store, const struct page_key *key,
			   struct visit visits[HISTORY_MAX], size_t *n)
{
	uint8_t encoded[PAGE_KEY_SIZE];
	struct span list, one;
	enum err err;

	page_key_encode(key, encoded);
	*n = 0;
	err = store_read(store, FAMILY_HISTORY, key_span(encoded, sizeof(encoded)),
			 &store->scratch);
	if (err)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	list = newest_visits(buf_span(&store->scratch));
	while (!err && *n < HISTORY_MAX && history_next(&list, &one))
		if (one.len)
			err = visit_decode(one, &visits[(*n)++]);
	return err;
}

/* ---- headers and bodies ---------------------------------------------------------------- */

enum err store_put_headers(struct store *store, const struct page_key *key, int part,
			   struct span headers)
{
	uint8_t encoded[PAGE_KEY_SIZE + 1];
	enum err err = ERR_OK;

	page_key_encode(key, encoded);
	encoded[PAGE_KEY_SIZE] = 1;
	store_begin(store);
	if (part == 0)
		err = store_delete(store, FAMILY_HEADERS,
				   key_span(encoded, sizeof(encoded)), true);
	encoded[PAGE_KEY_SIZE] = (uint8_t)part;
	if (!err)
		err = store_put(store, FAMILY_HEADERS, key_span(encoded, sizeof(encoded)),
				headers, true);
	return store_end(store, err);
}

enum err store_get_headers(struct store *store, const struct page_key *key, int part,
			   struct buf *headers)
{
	uint8_t encoded[PAGE_KEY_SIZE + 1];

	page_key_encode(key, encoded);
	encoded[PAGE_KEY_SIZE] = (uint8_t)part;
	return store_read(store, FAMILY_HEADERS, key_span(encoded, sizeof(encoded)),
			  headers);
}

/* Beside the record; what older builds put there, too. */
static enum err drop_heads(struct store *store, const struct page_key *key)
{
	uint8_t encoded[PAGE_KEY_SIZE + 1];
	enum err err = ERR_OK;

	page_key_encode(key, encoded);
	for (uint8_t part = 0; !err && part < 2; part++) {
		encoded[PAGE_KEY_SIZE] = part;
		err = store_delete(store, FAMILY_HEADERS,
				   key_span(encoded, sizeof(encoded)), true);
	}
	return err;
}

enum err store_put_head(struct store *store, struct page *page, struct span headers)
{
	enum err err = head_pack(page, headers, &page->head);

	if (err == ERR_TOO_LARGE) {
		buf_clear(&page->head);
		return store_put_headers(store, &page->key, 0, headers);
	}
	if (err || !page->stored.exists)
		return err;
	store_begin(store);
	return store_end(store, drop_heads(store, &page->key));
}

enum err store_get_head(struct store *store, const struct page *page, struct buf *headers)
{
	enum err err;

	if (page->head.len)
		return head_unpack(page, headers);
	err = store_get_headers(store, &page->key, 0, headers);
	if (err == ERR_NOT_FOUND)
		buf_clear(headers);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static void refs_key(const struct digest *digest, char key[DIGEST_SIZE + 1])
{
	memcpy(key, digest->bytes, DIGEST_SIZE);
	key[DIGEST_SIZE] = 'r';
}

enum err store_body_refs(struct store *store, const struct digest *digest, uint64_t *refs)
{
	char key[DIGEST_SIZE + 1];
	struct span value;
	enum err err;

	refs_key(digest, key);
	err = store_read(store, FAMILY_BODY, span_from(key, sizeof(key)),
			 &store->scratch);
	*refs = 0;
	if (err)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	value = buf_span(&store->scratch);
	return varint_read(&value, refs);
}

enum err store_set_body_refs(struct store *store, const struct digest *digest,
			     uint64_t refs)
{
	char key[DIGEST_SIZE + 1];
	enum err err;

	refs_key(digest, key);
	if (!refs)
		return store_delete(store, FAMILY_BODY, span_from(key, sizeof(key)),
				    true);
	buf_clear(&store->scratch);
	err = varint_append(&store->scratch, refs);
	return err ? err
		   : store_put(store, FAMILY_BODY, span_from(key, sizeof(key)),
			       buf_span(&store->scratch), true);
}

static enum err drop_body(struct store *store, const struct digest *digest)
{
	uint64_t refs;
	enum err err = store_body_refs(store, digest, &refs);

	if (err || !refs)
		return err;
	err = store_set_body_refs(store, digest, refs - 1);
	if (!err && refs == 1)
		err = store_delete(store, FAMILY_BODY,
				   span_from(digest->bytes, DIGEST_SIZE), true);
	return err;
}

static enum err add_body(struct store *store, const struct digest *digest,
			 struct span zstd)
{
	bool missing = false;
	uint64_t refs;
	enum err err = store_body_refs(store, digest, &refs);

	if (!err)
		err = store_set_body_refs(store, digest, refs + 1);
	/* Shared, but is it there? What was lost comes back with the next that brings it. */
	if (!err && refs && zstd.len)
		missing = store_read(store, FAMILY_BODY,
				     span_from(digest->bytes, DIGEST_SIZE),
				     &store->scratch2) == ERR_NOT_FOUND;
	if (!err && (!refs || missing))
		err = store_put(store, FAMILY_BODY, span_from(digest->bytes, DIGEST_SIZE),
				zstd, true);
	return err;
}

enum err store_swap_body(struct store *store, const struct digest *old,
			 const struct digest *digest, struct span zstd)
{
	enum err err = ERR_OK;

	if (digest_equal(old, digest))
		return ERR_OK;
	store_begin(store);
	if (!digest_is_none(digest))
		err = add_body(store, digest, zstd);
	if (!err && !digest_is_none(old))
		err = drop_body(store, old);
	return store_end(store, err);
}

enum err store_get_compressed(struct store *store, const struct digest *digest,
			      struct buf *zstd)
{
	return store_read(store, FAMILY_BODY, span_from(digest->bytes, DIGEST_SIZE),
			  zstd);
}

enum err store_get_body(struct store *store, const struct digest *digest, size_t max,
			struct buf *body)
{
	enum err err =
		store_read(store, FAMILY_BODY, span_from(digest->bytes, DIGEST_SIZE),
			   &store->scratch2);

	if (!err && !store->zip)
		err = zip_new(1, &store->zip);
	return err ? err
		   : zip_decompress(store->zip, buf_span(&store->scratch2), max, body);
}
