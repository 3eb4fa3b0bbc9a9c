/* store_verify.c - every index and counter, computed anew from the records. */
#include "store/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct tally {
	UT_hash_handle hh;
	uint8_t key[DIGEST_SIZE]; /* of a host or a body */
	uint32_t n_pages[N_STATES], n_held[N_HOLDS];
	uint64_t refs;
	uint64_t rate_micro;
	uint32_t n_rated;
	bool seen; /* the record that it belongs to */
};

struct verify {
	struct store *store;
	store_verify_report *report;
	void *context;
	uint64_t n_differences;
	struct tally *hosts, *bodies;
	int64_t by_state[N_STATES];
	uint64_t n_pages;
	uint32_t *classes; /* STORE_N_CLASSES counts */
	uint64_t rate_micro;
	struct buf text;
};

static void differ(struct verify *v, const char *format, ...) PRINTF_LIKE(2, 3);

static void differ(struct verify *v, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	v->n_differences++;
	v->report(v->context, text);
}

static struct tally *tally_of(struct tally **table, const void *key, size_t len)
{
	struct tally *t;

	HASH_FIND(hh, *table, key, len, t);
	if (t)
		return t;
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	memcpy(t->key, key, len);
	HASH_ADD(hh, *table, key, (unsigned)len, t);
	if (t->hh.tbl)
		return t;
	free(t);
	return NULL;
}

static void free_tallies(struct tally **table)
{
	struct tally *t, *next;

	HASH_ITER(hh, *table, t, next)
	{
		HASH_DELETE(hh, *table, t);
		free(t);
	}
}

static enum err count_page(struct verify *v, const struct page *page)
{
	enum page_state state = page_state(page);
	uint8_t host_key[HOST_KEY_SIZE];
	struct tally *t;

	host_key_encode(&page->key.host, host_key);
	t = tally_of(&v->hosts, host_key, sizeof(host_key));
	if (!t)
		return ERR_NOMEM;
	t->n_pages[state]++;
	t->n_held[page->held]++;
	v->by_state[state]++;
	v->n_pages++;
	if (page->value_class) {
		t->n_rated++;
		t->rate_micro += page->rate_micro;
		v->rate_micro += page->rate_micro;
		v->classes[page->value_class]++;
	}
	if (!page->has_body)
		return ERR_OK;
	t = tally_of(&v->bodies, page->digest.bytes, DIGEST_SIZE);
	if (!t)
		return ERR_NOMEM;
	t->refs++;
	return ERR_OK;
}

/* A page stands in exactly one place: queued or parked, under its record's order. */
static enum err check_position(struct verify *v, const struct page *page)
{
	struct queue_entry entry = { page->key, page->position };
	uint8_t queued[QUEUE_KEY_SIZE], parked[PARKED_KEY_SIZE];
	bool in_queue, in_parked;
	enum err err;

	queue_key_encode(&entry, queued);
	parked_key_encode(&entry, parked);
	err = store_read(v->store, FAMILY_QUEUE, span_from(queued, sizeof(queued)),
			 &v->text);
	if (err && err != ERR_NOT_FOUND)
		return err;
	in_queue = !err;
	err = store_read(v->store, FAMILY_PARKED, span_from(parked, sizeof(parked)),
			 &v->text);
	if (err && err != ERR_NOT_FOUND)
		return err;
	in_parked = !err;
	if (in_queue + in_parked != (page->position.queued ? 1 : 0))
		differ(v, "page %s: stands in %d queue places, its record says %d",
		       buf_text(&page->url), in_queue + in_parked, page->position.queued);
	return ERR_OK;
}

static void check_feed_of(struct verify *v, const struct page *page)
{
	uint8_t key[8];

	if (!page->change_cursor)
		return;
	be64_put(key, page->change_cursor);
	if (store_read(v->store, FAMILY_FEED, span_from(key, sizeof(key)), &v->text))
		differ(v,
		       "page %s: its newest feed record, cursor %" PRIu64 ", is missing",
		       buf_text(&page->url), page->change_cursor);
	if (page->change_cursor > v->store->last_cursor)
		differ(v, "page %s: cursor %" PRIu64 " is past the last, %" PRIu64,
		       buf_text(&page->url), page->change_cursor, v->store->last_cursor);
}

static enum err check_page(struct verify *v, const struct page *page)
{
	struct page_key key;
	enum err err;

	if (page_key_of(buf_span(&page->url), &key) || !page_key_equal(&key, &page->key))
		differ(v, "page %s: stored under another URL's key",
		       buf_text(&page->url));
	if (page->indexed_version > page->version)
		differ(v, "page %s: indexed version %u is past version %u",
		       buf_text(&page->url), page->indexed_version, page->version);
	check_feed_of(v, page);
	err = check_position(v, page);
	return err ? err : count_page(v, page);
}

/* Says so if the walk met its end too early: not one record then, but all behind it. */
static bool is_broken(struct verify *v, const struct store_walk *walk, const char *what)
{
	if (!store_walk_is_broken(walk))
		return false;
	differ(v, "the %s cannot all be read: %s", what, store_failure(v->store));
	return true;
}

static enum err check_pages(struct verify *v)
{
	struct store_walk *walk = NULL;
	struct page page;
	enum err err = store_walk_pages(v->store, NULL, &walk);

	page_init(&page);
	while (!err) {
		err = store_walk_page(walk, &page);
		if (err == ERR_CORRUPT || err == ERR_NEWER) {
			if (!is_broken(v, walk, "pages"))
				differ(v,
				       "page %02x%016" PRIx64 "%016" PRIx64
				       ": record is %s",
				       page.key.host.partition, page.key.host.host_id,
				       page.key.url_hash, err_text(err));
			err = ERR_OK;
			continue;
		}
		if (!err)
			err = check_page(v, &page);
	}
	page_release(&page);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static void check_one_host(struct verify *v, const struct host *host)
{
	static const struct tally none;
	uint8_t key[HOST_KEY_SIZE];
	struct tally *found;
	const struct tally *t;

	host_key_encode(&host->key, key);
	HASH_FIND(hh, v->hosts, key, sizeof(key), found);
	if (found)
		found->seen = true;
	t = found ? found : &none;
	for (int s = 0; s < N_STATES; s++)
		if (host->n_pages[s] != t->n_pages[s])
			differ(v, "host %s: counts %u %s pages, the records have %u",
			       buf_text(&host->name), host->n_pages[s],
			       state_text((enum page_state)s), t->n_pages[s]);
	for (int h = HOLD_NONE + 1; h < N_HOLDS; h++)
		if (host->guard.n_held[h] != t->n_held[h])
			differ(v, "host %s: counts %u pages held, the records have %u",
			       buf_text(&host->name), host->guard.n_held[h],
			       t->n_held[h]);
	if (host->n_rated != t->n_rated || host->rate_micro != t->rate_micro)
		differ(v,
		       "host %s: rates of %u pages add up to %" PRIu64
		       ", the records' of %u to %" PRIu64,
		       buf_text(&host->name), host->n_rated, host->rate_micro, t->n_rated,
		       t->rate_micro);
}

static void check_unseen_hosts(struct verify *v)
{
	struct tally *t, *next;
	struct host_key key;

	HASH_ITER(hh, v->hosts, t, next)
	{
		host_key_decode(t->key, &key);
		if (!t->seen)
			differ(v, "host %02x%016" PRIx64 ": has pages, but no record",
			       key.partition, key.host_id);
	}
}

static enum err check_hosts(struct verify *v)
{
	struct store_walk *walk = NULL;
	struct host host;
	enum err err = store_walk_hosts(v->store, &walk);

	host_init(&host);
	while (!err) {
		err = store_walk_host(walk, &host);
		if (!err) {
			check_one_host(v, &host);
		} else if (err == ERR_CORRUPT || err == ERR_NEWER) {
			if (!is_broken(v, walk, "hosts"))
				differ(v, "host %02x%016" PRIx64 ": record is %s",
				       host.key.partition, host.key.host_id,
				       err_text(err));
			err = ERR_OK;
		}
	}
	check_unseen_hosts(v);
	host_release(&host);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static void check_totals(struct verify *v)
{
	for (int s = 0; s < N_STATES; s++)
		if (v->store->totals.n[s] != v->by_state[s])
			differ(v,
			       "total of %s pages is %" PRId64
			       ", the records have %" PRId64,
			       state_text((enum page_state)s), v->store->totals.n[s],
			       v->by_state[s]);
}

static void check_classes(struct verify *v)
{
	const struct store_classes *kept = store_classes(v->store);

	for (unsigned c = 0; c < STORE_N_CLASSES; c++)
		if (kept->n_pages[c] != v->classes[c])
			differ(v,
			       "value class %04x: counts %u pages, the records have %u",
			       c, kept->n_pages[c], v->classes[c]);
	if (kept->rate_micro != v->rate_micro)
		differ(v,
		       "rates of all pages add up to %" PRIu64
		       ", the records' to %" PRIu64,
		       kept->rate_micro, v->rate_micro);
}

/* Counts the records of a family; names those whose page is not there. */
static enum err check_queue(struct verify *v, enum family family, uint64_t *n)
{
	rocksdb_iterator_t *it = store_iterator(v->store, family);
	uint8_t page_key[PAGE_KEY_SIZE];
	struct queue_entry entry;
	struct span key;
	enum err err = ERR_OK;

	for (rocksdb_iter_seek_to_first(it); !err && rocksdb_iter_valid(it);
	     rocksdb_iter_next(it), (*n)++) {
		key.data = rocksdb_iter_key(it, &key.len);
		if (family == FAMILY_QUEUE ? queue_key_decode(key, &entry)
					   : parked_key_decode(key, &entry)) {
			differ(v, "a key of %zu bytes stands in the %s", key.len,
			       family == FAMILY_QUEUE ? "queue" : "parked ones");
			continue;
		}
		page_key_encode(&entry.key, page_key);
		err = store_read(v->store, FAMILY_PAGE,
				 span_from(page_key, sizeof(page_key)), &v->text);
		if (err == ERR_NOT_FOUND) {
			differ(v,
			       "%s entry of page %02x%016" PRIx64 "%016" PRIx64
			       ": there is no such page",
			       family == FAMILY_QUEUE ? "queue" : "parked",
			       entry.key.host.partition, entry.key.host.host_id,
			       entry.key.url_hash);
			err = ERR_OK;
		}
	}
	if (!err)
		err = store_iterator_failure(v->store, it);
	rocksdb_iter_destroy(it);
	return err;
}

static enum err check_queues(struct verify *v)
{
	uint64_t n = 0;
	enum err err = check_queue(v, FAMILY_QUEUE, &n);

	if (!err)
		err = check_queue(v, FAMILY_PARKED, &n);
	if (!err && n != v->n_pages)
		differ(v, "%" PRIu64 " entries wait in the queues for %" PRIu64 " pages",
		       n, v->n_pages);
	return err;
}

/* robots.txt texts are bodies too: each host that has one holds a share of it. */
static enum err count_robots(struct verify *v)
{
	struct store_walk *walk = NULL;
	struct host host;
	enum err err = store_walk_hosts(v->store, &walk);

	host_init(&host);
	while (!err) {
		err = store_walk_host(walk, &host);
		if (err == ERR_CORRUPT || err == ERR_NEWER) {
			err = ERR_OK;
			continue;
		}
		if (!err && !digest_is_none(&host.robots_digest)) {
			struct tally *t = tally_of(&v->bodies, host.robots_digest.bytes,
						   DIGEST_SIZE);

			if (t)
				t->refs++;
			else
				err = ERR_NOMEM;
		}
	}
	host_release(&host);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err check_body(struct verify *v, const struct tally *t)
{
	struct digest digest;
	char name[DIGEST_TEXT_SIZE];
	uint64_t refs;
	enum err err;

	memcpy(digest.bytes, t->key, DIGEST_SIZE);
	digest_format(&digest, name);
	err = store_body_refs(v->store, &digest, &refs);
	if (err)
		return err;
	if (refs != t->refs)
		differ(v,
		       "body %s: %" PRIu64 " shares counted, the records have %" PRIu64,
		       name, refs, t->refs);
	err = store_read(v->store, FAMILY_BODY, span_from(t->key, DIGEST_SIZE), &v->text);
	if (err == ERR_NOT_FOUND)
		differ(v, "body %s: missing", name);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Bodies and counts of shares that nobody refers to. */
static enum err check_unused_bodies(struct verify *v)
{
	rocksdb_iterator_t *it = store_iterator(v->store, FAMILY_BODY);
	char name[DIGEST_TEXT_SIZE];
	struct digest digest;
	struct tally *t;
	enum err err;

	for (rocksdb_iter_seek_to_first(it); rocksdb_iter_valid(it);
	     rocksdb_iter_next(it)) {
		size_t len;
		const char *key = rocksdb_iter_key(it, &len);

		if (len < DIGEST_SIZE) {
			differ(v, "a key of %zu bytes stands among the bodies", len);
			continue;
		}
		memcpy(digest.bytes, key, DIGEST_SIZE);
		HASH_FIND(hh, v->bodies, digest.bytes, DIGEST_SIZE, t);
		digest_format(&digest, name);
		if (!t)
			differ(v, "body %s: its %s is stored, but no record uses it",
			       name, len == DIGEST_SIZE ? "text" : "count");
	}
	err = store_iterator_failure(v->store, it);
	rocksdb_iter_destroy(it);
	return err;
}

static enum err check_bodies(struct verify *v)
{
	struct tally *t, *next;
	enum err err = count_robots(v);

	HASH_ITER(hh, v->bodies, t, next)
	{
		if (!err)
			err = check_body(v, t);
	}
	return err ? err : check_unused_bodies(v);
}

static enum err check_feed(struct verify *v)
{
	struct store_walk *walk = NULL;
	struct change change;
	enum err err = store_walk_changes(v->store, 0, &walk);

	change_init(&change);
	while (!err) {
		err = store_walk_change(walk, &change);
		if (err == ERR_CORRUPT || err == ERR_NEWER) {
			if (!is_broken(v, walk, "feed"))
				differ(v, "change %" PRIu64 ": record is %s",
				       change.cursor, err_text(err));
			err = ERR_OK;
		} else if (!err && change.cursor > v->store->last_cursor) {
			differ(v, "change %" PRIu64 ": is past the last cursor, %" PRIu64,
			       change.cursor, v->store->last_cursor);
		}
	}
	change_release(&change);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* What is kept beside a page under its key must not outlive it. */
static enum err check_beside(struct verify *v, enum family family, const char *what)
{
	rocksdb_iterator_t *it = store_iterator(v->store, family);
	enum err err = ERR_OK;
	struct page_key key;

	for (rocksdb_iter_seek_to_first(it); !err && rocksdb_iter_valid(it);
	     rocksdb_iter_next(it)) {
		struct span at;

		at.data = rocksdb_iter_key(it, &at.len);
		if (at.len >= PAGE_KEY_SIZE)
			err = store_read(v->store, FAMILY_PAGE,
					 span_from(at.data, PAGE_KEY_SIZE), &v->text);
		if (!err && at.len >= PAGE_KEY_SIZE)
			continue;
		if (err && err != ERR_NOT_FOUND)
			break;
		err = ERR_OK;
		memset(&key, 0, sizeof(key));
		if (at.len >= PAGE_KEY_SIZE)
			page_key_decode((const uint8_t *)at.data, &key);
		differ(v,
		       "%s of page %02x%016" PRIx64 "%016" PRIx64
		       ": there is no such page",
		       what, key.host.partition, key.host.host_id, key.url_hash);
	}
	if (!err)
		err = store_iterator_failure(v->store, it);
	rocksdb_iter_destroy(it);
	return err;
}

enum err store_verify(struct store *store, store_verify_report *report, void *context,
		      uint64_t *n_differences)
{
	struct verify v = { .store = store, .report = report, .context = context };
	enum err err = ERR_NOMEM;

	v.classes = calloc(STORE_N_CLASSES, sizeof(*v.classes));
	if (v.classes)
		err = check_pages(&v);

	if (!err)
		err = check_hosts(&v);
	if (!err) {
		check_totals(&v);
		check_classes(&v);
	}
	if (!err)
		err = check_queues(&v);
	if (!err)
		err = check_bodies(&v);
	if (!err)
		err = check_feed(&v);
	if (!err)
		err = check_beside(&v, FAMILY_HISTORY, "history");
	if (!err)
		err = check_beside(&v, FAMILY_HEADERS, "headers");
	free_tallies(&v.hosts);
	free_tallies(&v.bodies);
	buf_release(&v.text);
	free(v.classes);
	*n_differences = v.n_differences;
	return err;
}
