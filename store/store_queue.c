/* store_queue.c - who waits for a visit: everybody's queue, and the parked of a host. */
#include "store/internal.h"

#include <math.h>
#include <stdlib.h>

/* Order is never negative: instants before 1970 count as 0. */
static uint64_t order_of(const struct queue_position *position)
{
	return position->order_ms > 0 ? (uint64_t)position->order_ms : 0;
}

void queue_key_encode(const struct queue_entry *entry, uint8_t out[QUEUE_KEY_SIZE])
{
	be16_put(out, entry->position.class);
	be64_put(out + 2, order_of(&entry->position));
	page_key_encode(&entry->key, out + 10);
}

enum err queue_key_decode(struct span key, struct queue_entry *entry)
{
	const uint8_t *at = (const uint8_t *)key.data;

	if (key.len != QUEUE_KEY_SIZE || at[2] & 0x80)
		return ERR_CORRUPT; /* the order of none is negative */
	entry->position = (struct queue_position){ .class = be16_get(at),
						   .order_ms = (int64_t)be64_get(at + 2),
						   .queued = true };
	page_key_decode(at + 10, &entry->key);
	return ERR_OK;
}

void parked_key_encode(const struct queue_entry *entry, uint8_t out[PARKED_KEY_SIZE])
{
	host_key_encode(&entry->key.host, out);
	be16_put(out + HOST_KEY_SIZE, entry->position.class);
	be64_put(out + HOST_KEY_SIZE + 2, order_of(&entry->position));
	be64_put(out + HOST_KEY_SIZE + 10, entry->key.url_hash);
}

enum err parked_key_decode(struct span key, struct queue_entry *entry)
{
	const uint8_t *at = (const uint8_t *)key.data;

	if (key.len != PARKED_KEY_SIZE || at[HOST_KEY_SIZE + 2] & 0x80)
		return ERR_CORRUPT;
	host_key_decode(at, &entry->key.host);
	at += HOST_KEY_SIZE;
	entry->position = (struct queue_position){ .class = be16_get(at),
						   .order_ms = (int64_t)be64_get(at + 2),
						   .parked = true,
						   .queued = true };
	entry->key.url_hash = be64_get(at + 10);
	return ERR_OK;
}

struct span worth_encode(const struct queue_entry *entry, uint8_t out[WORTH_SIZE])
{
	const struct page_worth *worth = &entry->worth;

	if (!entry->position.class || !(worth->a > 0))
		return SPAN("");
	be16_put(out, half_of(worth->weight));
	be16_put(out + 2, half_of(worth->a));
	be16_put(out + 4, half_of(worth->b_days));
	be16_put(out + 6, half_of(worth->same_bytes));
	be16_put(out + 8, half_of(worth->changed_bytes));
	return span_from(out, WORTH_SIZE);
}

static bool is_usable(const struct page_worth *w)
{
	return w->weight >= 0 && w->a > 0 && w->b_days > 0 && w->same_bytes >= 0 &&
	       w->changed_bytes >= 0 &&
	       !isinf(w->weight + w->a + w->b_days + w->same_bytes + w->changed_bytes);
}

static float get_float(const uint8_t *at)
{
	uint32_t bits = be32_get(at);
	float x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

void worth_decode(struct span value, struct page_worth *worth)
{
	static const struct page_worth none;
	const uint8_t *at = (const uint8_t *)value.data;
	float x[5];

	*worth = none;
	if (value.len != WORTH_SIZE && value.len != WORTH_SIZE_2)
		return;
	for (int i = 0; i < 5; i++)
		x[i] = value.len == WORTH_SIZE ? half_value(be16_get(at + 2 * i))
					       : get_float(at + 4 * i);
	*worth = (struct page_worth){ x[0], x[1], x[2], x[3], x[4] };
	if (!is_usable(worth))
		*worth = none;
}

enum err queue_put(struct store *store, const struct queue_entry *entry)
{
	uint8_t queued[QUEUE_KEY_SIZE], parked[PARKED_KEY_SIZE], worth[WORTH_SIZE];
	struct span value = worth_encode(entry, worth);

	queue_key_encode(entry, queued);
	parked_key_encode(entry, parked);
	return entry->position.parked
		       ? store_put(store, FAMILY_PARKED,
				   span_from(parked, sizeof(parked)), value, false)
		       : store_put(store, FAMILY_QUEUE, span_from(queued, sizeof(queued)),
				   value, false);
}

enum err store_iterator_failure(struct store *store, rocksdb_iterator_t *it)
{
	char *failure = NULL;

	rocksdb_iter_get_error(it, &failure);
	return store_take_failure(store, failure);
}

typedef enum err decode_entry(struct span key, struct queue_entry *entry);

/* Decodes up to `max` keys from where `it` stands while they begin with `prefix`. */
static enum err collect(struct store *store, rocksdb_iterator_t *it, struct span prefix,
			decode_entry *decode, struct queue_entry *entries, size_t max,
			size_t *n)
{
	*n = 0;
	for (; *n < max && rocksdb_iter_valid(it); rocksdb_iter_next(it)) {
		struct span key, value;

		key.data = rocksdb_iter_key(it, &key.len);
		if (!span_starts_with(key, prefix))
			break;
		/* A key that is none is verify's business, and stops nobody (REQ 82). */
		if (decode(key, &entries[*n]))
			continue;
		value.data = rocksdb_iter_value(it, &value.len);
		worth_decode(value, &entries[(*n)++].worth);
	}
	return store_iterator_failure(store, it);
}

/* To the first key after `key`. */
static void seek_behind(rocksdb_iterator_t *it, struct span key)
{
	struct span found;

	rocksdb_iter_seek(it, key.data, key.len);
	if (!rocksdb_iter_valid(it))
		return;
	found.data = rocksdb_iter_key(it, &found.len);
	if (span_equal(found, key))
		rocksdb_iter_next(it);
}

/* The first key that no longer begins with `prefix`, made of it. False: there is none. */
static bool next_prefix(uint8_t *prefix, size_t len)
{
	while (len && !++prefix[len - 1])
		len--;
	return len > 0;
}

void store_freeze_queue(struct store *store)
{
	if (store->is_view) /* never sees it otherwise */
		return;
	store_thaw_queue(store);
	store->snapshot = rocksdb_create_snapshot(store->db);
	rocksdb_readoptions_set_snapshot(store->queue_options, store->snapshot);
}

void store_thaw_queue(struct store *store)
{
	if (!store->snapshot)
		return;
	rocksdb_readoptions_set_snapshot(store->queue_options, NULL);
	rocksdb_release_snapshot(store->db, store->snapshot);
	store->snapshot = NULL;
}

enum err store_read_queue(struct store *store, uint16_t class, int64_t from_ms,
			  const struct page_key *from_key, struct queue_entry *entries,
			  size_t max, size_t *n)
{
	struct queue_entry start = { .position = { .class = class,
						   .order_ms = from_ms } };
	rocksdb_iterator_t *it;
	uint8_t from[QUEUE_KEY_SIZE], end[2];
	enum err err;

	/* At a class's end the iterator would go on through all that was ever deleted from
	 * those behind it, until it met something. */
	be16_put(end, class);
	if (next_prefix(end, sizeof(end)))
		rocksdb_readoptions_set_iterate_upper_bound(
			store->queue_options, (const char *)end, sizeof(end));
	it = rocksdb_create_iterator_cf(store->db, store->queue_options,
					store->families[FAMILY_QUEUE]);
	if (from_key)
		start.key = *from_key;
	queue_key_encode(&start, from);
	if (from_key)
		seek_behind(it, span_from(from, sizeof(from)));
	else
		rocksdb_iter_seek(it, (const char *)from, sizeof(from));
	err = collect(store, it, span_from(from, 2), queue_key_decode, entries, max, n);
	rocksdb_iter_destroy(it);
	rocksdb_readoptions_set_iterate_upper_bound(store->queue_options, NULL, 0);
	return err;
}

enum err store_next_class(struct store *store, uint16_t class, uint16_t *found)
{
	rocksdb_iterator_t *it = store_iterator(store, FAMILY_QUEUE);
	struct queue_entry entry;
	uint8_t from[2];
	size_t n;
	enum err err;

	be16_put(from, class);
	rocksdb_iter_seek(it, (const char *)from, sizeof(from));
	err = collect(store, it, SPAN(""), queue_key_decode, &entry, 1, &n);
	if (!err && !n)
		err = ERR_NOT_FOUND;
	if (!err)
		*found = entry.position.class;
	rocksdb_iter_destroy(it);
	return err;
}

/* One iterator for all classes: making one costs more than a seek. */
struct parked_reader {
	struct store *store;
	rocksdb_readoptions_t *options;
	rocksdb_iterator_t *it;
	uint8_t host[HOST_KEY_SIZE], end[HOST_KEY_SIZE];
	uint16_t class;
	bool started;
};

enum err store_begin_parked(struct store *store, const struct host_key *host,
			    struct parked_reader **out)
{
	struct parked_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return ERR_NOMEM;
	reader->store = store;
	host_key_encode(host, reader->host);
	host_key_encode(host, reader->end);
	reader->options = rocksdb_readoptions_create();
	if (store->seen)
		rocksdb_readoptions_set_snapshot(reader->options, store->seen);
	if (next_prefix(reader->end, sizeof(reader->end)))
		rocksdb_readoptions_set_iterate_upper_bound(
			reader->options, (const char *)reader->end, sizeof(reader->end));
	reader->it = rocksdb_create_iterator_cf(store->db, reader->options,
						store->families[FAMILY_PARKED]);
	*out = reader;
	return ERR_OK;
}

void store_end_parked(struct parked_reader *reader)
{
	if (!reader)
		return;
	rocksdb_iter_destroy(reader->it);
	rocksdb_readoptions_destroy(reader->options);
	free(reader);
}

static void seek_class(struct parked_reader *reader, unsigned class)
{
	uint8_t from[HOST_KEY_SIZE + 2];

	memcpy(from, reader->host, HOST_KEY_SIZE);
	be16_put(from + HOST_KEY_SIZE, (uint16_t) class);
	rocksdb_iter_seek(reader->it, (const char *)from, sizeof(from));
}

/* The key where the iterator stands, if it is one of the host. */
static enum err parked_key_here(struct parked_reader *reader, struct span *key)
{
	enum err err;

	if (!rocksdb_iter_valid(reader->it)) {
		err = store_iterator_failure(reader->store, reader->it);
		return err ? err : ERR_NOT_FOUND;
	}
	key->data = rocksdb_iter_key(reader->it, &key->len);
	return span_starts_with(*key, span_from(reader->host, HOST_KEY_SIZE))
		       ? ERR_OK
		       : ERR_NOT_FOUND;
}

enum err store_next_parked(struct parked_reader *reader, bool skip_class,
			   struct queue_entry *entry)
{
	struct span key, value;
	enum err err;

	if (!reader->started)
		seek_class(reader, 0);
	else if (skip_class && reader->class == UINT16_MAX)
		return ERR_NOT_FOUND;
	else if (skip_class)
		seek_class(reader, reader->class + 1U);
	else if (rocksdb_iter_valid(reader->it))
		rocksdb_iter_next(reader->it);
	reader->started = true;
	err = parked_key_here(reader, &key);
	while (!err && parked_key_decode(key, entry)) { /* stops nobody (REQ 82) */
		rocksdb_iter_next(reader->it);
		err = parked_key_here(reader, &key);
	}
	if (err)
		return err;
	value.data = rocksdb_iter_value(reader->it, &value.len);
	worth_decode(value, &entry->worth);
	reader->class = entry->position.class;
	return ERR_OK;
}

enum err store_next_parked_host(struct store *store, const struct host_key *after,
				struct host_key *host)
{
	rocksdb_iterator_t *it = store_iterator(store, FAMILY_PARKED);
	struct queue_entry entry;
	uint8_t from[PARKED_KEY_SIZE];
	size_t n;
	enum err err;

	memset(from, 0xff, sizeof(from));
	if (after)
		host_key_encode(after, from);
	else
		memset(from, 0, sizeof(from));
	rocksdb_iter_seek(it, (const char *)from, sizeof(from));
	err = collect(store, it, SPAN(""), parked_key_decode, &entry, 1, &n);
	if (!err && !n)
		err = ERR_NOT_FOUND;
	if (!err)
		*host = entry.key.host;
	rocksdb_iter_destroy(it);
	return err;
}

/* One whose record cannot be read has its place: that is verify's business (REQ 82). */
static enum err find_stands(struct store *store, const struct queue_entry *entry,
			    bool *stands)
{
	struct page page;
	enum err err;

	page_init(&page);
	err = store_get_page(store, &entry->key, &page);
	*stands = err == ERR_CORRUPT || err == ERR_NEWER ||
		  (!err && queue_position_is_same_turn(&page.position, &entry->position));
	page_release(&page);
	return err == ERR_CORRUPT || err == ERR_NEWER || err == ERR_NOT_FOUND ? ERR_OK
									      : err;
}

enum err store_park(struct store *store, const struct queue_entry *entry)
{
	struct queue_entry parked = *entry;
	uint8_t queued[QUEUE_KEY_SIZE];
	bool stands;
	enum err err = find_stands(store, entry, &stands);

	if (err)
		return err;
	parked.position.parked = true;
	queue_key_encode(entry, queued);
	err = store_delete(store, FAMILY_QUEUE, span_from(queued, sizeof(queued)), false);
	return err || !stands ? err : queue_put(store, &parked);
}

enum err store_drop_entry(struct store *store, const struct queue_entry *entry)
{
	uint8_t queued[QUEUE_KEY_SIZE], parked[PARKED_KEY_SIZE];

	queue_key_encode(entry, queued);
	parked_key_encode(entry, parked);
	return entry->position.parked
		       ? store_delete(store, FAMILY_PARKED,
				      span_from(parked, sizeof(parked)), false)
		       : store_delete(store, FAMILY_QUEUE,
				      span_from(queued, sizeof(queued)), false);
}
