/* store_verify.c - every index and counter, computed anew from the records: pages, their
 * places in the queues, the feed. */
#include "store/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void verify_differ(struct verify *v, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	v->n_differences++;
	v->report(v->context, text);
}

struct tally *verify_tally(struct tally **table, const void *key, size_t len)
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
	t = verify_tally(&v->hosts, host_key, sizeof(host_key));
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
	if (verify_count_census(v, page))
		return ERR_NOMEM;
	if (!page->has_body)
		return ERR_OK;
	t = verify_tally(&v->bodies, page->digest.bytes, DIGEST_SIZE);
	if (!t)
		return ERR_NOMEM;
	t->refs++;
	return ERR_OK;
}

/* ---- places in the queues: sums first, and only if they differ each page by itself -------- */

/* The value of an entry as this build would write it; one of format 2 says it with more
 * digits. */
static struct span as_written(struct span value, const struct queue_entry *entry,
			      uint8_t out[WORTH_SIZE])
{
	struct queue_entry read = *entry;

	if (value.len != WORTH_SIZE_2)
		return value;
	worth_decode(value, &read.worth);
	return worth_encode(&read, out);
}

/* Does the value belong to the entry? One that says nothing is older than they are, and
 * right. */
static bool agrees_on_worth(struct span value, const struct queue_entry *entry)
{
	uint8_t worth[WORTH_SIZE], written[WORTH_SIZE];

	return !value.len ||
	       span_equal(as_written(value, entry, written), worth_encode(entry, worth));
}

/* Says nothing of whether it is parked: that is a hint in the record. */
static void add_place(struct places *places, const struct queue_entry *entry,
		      struct span value)
{
	uint8_t bytes[QUEUE_KEY_SIZE + WORTH_SIZE + 1] = { 0 };
	size_t len = value.len < WORTH_SIZE ? value.len : WORTH_SIZE;
	struct digest d;

	queue_key_encode(entry, bytes);
	if (len)
		memcpy(bytes + QUEUE_KEY_SIZE, value.data, len);
	bytes[sizeof(bytes) - 1] = (uint8_t)value.len;
	d = digest_of(span_from(bytes, sizeof(bytes)));
	places->n++;
	places->sum[0] += be64_get(d.bytes);
	places->sum[1] += be64_get(d.bytes + 8);
}

static void sum_record(struct verify *v, const struct page *page)
{
	const struct queue_entry entry = { page->key, page->position, page->worth };
	uint8_t worth[WORTH_SIZE];

	if (page->position.queued)
		add_place(&v->recorded, &entry, worth_encode(&entry, worth));
	else
		v->any_nowhere = true;
}

/* A page stands in exactly one place: queued or parked, under its record's order. */
static enum err check_position(struct verify *v, const struct page *page, bool *differs)
{
	struct queue_entry entry = { page->key, page->position, page->worth };
	uint8_t queued[QUEUE_KEY_SIZE], parked[PARKED_KEY_SIZE];
	bool in_queue, in_parked, agrees;
	enum err err;

	queue_key_encode(&entry, queued);
	parked_key_encode(&entry, parked);
	err = verify_read(v, FAMILY_QUEUE, span_from(queued, sizeof(queued)), &in_queue);
	if (err)
		return err;
	agrees = !in_queue || agrees_on_worth(buf_span(&v->text), &entry);
	err = verify_read(v, FAMILY_PARKED, span_from(parked, sizeof(parked)),
			  &in_parked);
	if (err)
		return err;
	agrees = agrees && (!in_parked || agrees_on_worth(buf_span(&v->text), &entry));
	*differs = !agrees || in_queue + in_parked != (page->position.queued ? 1 : 0);
	if (!agrees)
		verify_differ(
			v, "page %s: its queue entry has another worth than its record",
			buf_text(&page->url));
	if (in_queue + in_parked != (page->position.queued ? 1 : 0))
		verify_differ(v, "page %s: stands in %d queue places, its record says %d",
			      buf_text(&page->url), in_queue + in_parked,
			      page->position.queued);
	return ERR_OK;
}

static void raise_cursor(struct verify *v, uint64_t cursor)
{
	if (!v->mends || cursor <= v->store->last_cursor)
		return;
	v->store->last_cursor = cursor;
	v->store->counters_dirty = true;
}

static enum err check_feed_of(struct verify *v, struct page *page, bool *differs)
{
	uint8_t key[8];
	bool found;
	enum err err;

	if (!page->change_cursor)
		return ERR_OK;
	be64_put(key, page->change_cursor);
	err = verify_read(v, FAMILY_FEED, span_from(key, sizeof(key)), &found);
	if (err)
		return err;
	if (!found)
		verify_differ(v,
			      "page %s: its newest feed record, cursor %" PRIu64
			      ", is missing",
			      buf_text(&page->url), page->change_cursor);
	if (page->change_cursor > v->store->last_cursor) {
		verify_differ(v, "page %s: cursor %" PRIu64 " is past the last, %" PRIu64,
			      buf_text(&page->url), page->change_cursor,
			      v->store->last_cursor);
		raise_cursor(v, page->change_cursor);
	}
	*differs = *differs || !found;
	if (!found)
		page->change_cursor = 0;
	return ERR_OK;
}

static enum err check_page(struct verify *v, struct page *page)
{
	bool differs = page->indexed_version > page->version;
	struct page_key key;
	enum err err;

	if (page_key_of(buf_span(&page->url), &key) ||
	    !page_key_equal(&key, &page->key)) {
		verify_differ(v, "page %s: stored under another URL's key",
			      buf_text(&page->url));
		if (v->mends)
			return mend_drop_page(v, &page->key);
	}
	if (differs) {
		verify_differ(v, "page %s: indexed version %u is past version %u",
			      buf_text(&page->url), page->indexed_version, page->version);
		page->indexed_version = page->version;
	}
	err = check_feed_of(v, page, &differs);
	if (!err && differs)
		err = mend_page(v, page);
	sum_record(v, page);
	return err ? err : count_page(v, page);
}

bool verify_is_broken(struct verify *v, const struct store_walk *walk, const char *what)
{
	if (!store_walk_is_broken(walk))
		return false;
	verify_differ(v, "the %s cannot all be read: %s", what, store_failure(v->store));
	v->unfit = ERR_CORRUPT;
	return true;
}

enum err verify_read(struct verify *v, enum family family, struct span key, bool *found)
{
	enum err err = store_read(v->store, family, key, &v->text);

	*found = err != ERR_NOT_FOUND;
	if (err != ERR_CORRUPT)
		return *found ? err : ERR_OK;
	buf_clear(&v->text);
	verify_differ(v, "a record cannot be read: %s", store_failure(v->store));
	v->unfit = ERR_CORRUPT;
	return ERR_OK;
}

enum err verify_next(struct verify *v, struct store_walk *walk, const char *what,
		     struct span *key, struct span *value)
{
	enum err err = store_walk_next(walk, key, value);

	if (err != ERR_CORRUPT)
		return err;
	(void)verify_is_broken(v, walk, what);
	return ERR_NOT_FOUND;
}

/* A record that breaks off may have told its URL before. */
static enum err bad_page(struct verify *v, const struct page *page, enum err why)
{
	struct page_key key;
	bool named = page_key_of(buf_span(&page->url), &key) == ERR_OK &&
		     page_key_equal(&key, &page->key);

	verify_differ(v, "page %02x%016" PRIx64 "%016" PRIx64 "%s%s: record is %s",
		      page->key.host.partition, page->key.host.host_id,
		      page->key.url_hash, named ? " " : "",
		      named ? buf_text(&page->url) : "", err_text(why));
	if (why == ERR_NEWER && !v->unfit)
		v->unfit = why;
	return why == ERR_CORRUPT ? mend_drop_page(v, &page->key) : ERR_OK;
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
			err = verify_is_broken(v, walk, "pages")
				      ? ERR_OK
				      : bad_page(v, &page, err);
			continue;
		}
		if (!err)
			err = check_page(v, &page);
	}
	page_release(&page);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Does the record in v->text say that its page waits there? Only who mends must know: a
 * second entry is one too many. */
static bool is_its_place(struct verify *v, const struct queue_entry *entry)
{
	struct queue_position position;
	struct page page;
	bool is;

	page_init(&page);
	is = page_decode(buf_span(&v->text), &page) == ERR_OK;
	position = page.position;
	position.parked = entry->position.parked; /* a hint in the record */
	is = is && queue_position_equal(&position, &entry->position);
	page_release(&page);
	return is;
}

static enum err check_entry(struct verify *v, const struct queue_entry *entry,
			    struct span key)
{
	enum family family = entry->position.parked ? FAMILY_PARKED : FAMILY_QUEUE;
	uint8_t page_key[PAGE_KEY_SIZE];
	bool found = false;
	enum err err;

	page_key_encode(&entry->key, page_key);
	err = verify_read(v, FAMILY_PAGE, span_from(page_key, sizeof(page_key)), &found);
	if (!err && !found)
		verify_differ(v,
			      "%s entry of page %02x%016" PRIx64 "%016" PRIx64
			      ": there is no such page",
			      entry->position.parked ? "parked" : "queue",
			      entry->key.host.partition, entry->key.host.host_id,
			      entry->key.url_hash);
	if (!err && v->mends && !(found && is_its_place(v, entry)))
		err = mend_drop(v, family, key);
	return err;
}

static enum err bad_entry(struct verify *v, enum family family, struct span key)
{
	verify_differ(v, "a key of %zu bytes stands in the %s", key.len,
		      family == FAMILY_QUEUE ? "queue" : "parked ones");
	return mend_drop(v, family, key);
}

/* Sums the entries of a family; or, `by_page`, names those whose page is not there. */
static enum err check_queue(struct verify *v, enum family family, bool by_page)
{
	const char *what = family == FAMILY_QUEUE ? "queue" : "parked pages";
	uint8_t written[WORTH_SIZE];
	struct store_walk *walk = NULL;
	struct queue_entry entry;
	struct span key, value;
	enum err err = store_walk_new(v->store, family, SPAN(""), SPAN(""), &walk);

	while (!err && !(err = by_page ? store_walk_next(walk, &key, &value)
				       : verify_next(v, walk, what, &key, &value))) {
		bool is_bad = family == FAMILY_QUEUE ? queue_key_decode(key, &entry)
						     : parked_key_decode(key, &entry);

		v->n_entries += !by_page;
		if (is_bad)
			err = by_page ? ERR_OK : bad_entry(v, family, key);
		else if (by_page)
			err = check_entry(v, &entry, key);
		else
			add_place(&v->queued, &entry, as_written(value, &entry, written));
	}
	if (by_page && store_walk_is_broken(walk)) /* as was said before */
		err = ERR_NOT_FOUND;
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err check_places(struct verify *v)
{
	struct store_walk *walk = NULL;
	struct page page;
	bool misplaced = false;
	enum err err = store_walk_pages(v->store, NULL, &walk);

	page_init(&page);
	while (!err) {
		err = store_walk_page(walk, &page);
		if (!err)
			err = check_position(v, &page, &misplaced);
		else if (err == ERR_CORRUPT || err == ERR_NEWER) /* as was said before */
			err = ERR_OK;
		if (!err && misplaced)
			err = mend_page(v, &page);
		misplaced = false;
	}
	page_release(&page);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Equal sums of 128 bits: every record's place is there with its worth, and no other. */
static bool places_agree(const struct verify *v)
{
	return !v->any_nowhere && v->recorded.n == v->queued.n &&
	       memcmp(v->recorded.sum, v->queued.sum, sizeof(v->queued.sum)) == 0;
}

static enum err check_queues(struct verify *v)
{
	enum err err = check_queue(v, FAMILY_QUEUE, false);

	if (!err)
		err = check_queue(v, FAMILY_PARKED, false);
	if (err)
		return err;
	if (v->n_entries != v->n_pages)
		verify_differ(
			v, "%" PRIu64 " entries wait in the queues for %" PRIu64 " pages",
			v->n_entries, v->n_pages);
	if (places_agree(v))
		return ERR_OK;
	err = check_places(v);
	if (!err)
		err = mend_flush(v, true);
	if (!err)
		err = check_queue(v, FAMILY_QUEUE, true);
	return err ? err : check_queue(v, FAMILY_PARKED, true);
}

static enum err bad_change(struct verify *v, uint64_t cursor, enum err why)
{
	uint8_t key[8];

	be64_put(key, cursor);
	verify_differ(v, "change %" PRIu64 ": record is %s", cursor, err_text(why));
	if (why == ERR_NEWER && !v->unfit)
		v->unfit = why;
	return why == ERR_CORRUPT ? mend_drop(v, FAMILY_FEED, span_from(key, 8)) : ERR_OK;
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
			err = verify_is_broken(v, walk, "feed")
				      ? ERR_OK
				      : bad_change(v, change.cursor, err);
		} else if (!err && change.cursor > v->store->last_cursor) {
			verify_differ(v,
				      "change %" PRIu64
				      ": is past the last cursor, %" PRIu64,
				      change.cursor, v->store->last_cursor);
			raise_cursor(v, change.cursor);
		}
	}
	change_release(&change);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Only a reader can still meet one that is damaged. */
static enum err check_logs(struct verify *v)
{
	bool is_reader = v->store->mode == STORE_READ && !v->store->is_view;
	enum err err = is_reader ? store_check_logs(v->store, &v->text) : ERR_OK;

	if (is_reader && !err && v->text.len)
		verify_differ(v, "%s", buf_text(&v->text));
	return err;
}

static enum err check_all(struct verify *v)
{
	/* In this order: pages are counted first, and a phase sees what the one before it
	 * has mended. */
	static enum err (*const checks[])(struct verify * v) = {
		check_pages,      verify_hosts,   verify_totals, verify_classes,
		verify_census,    check_queues,   verify_bodies, check_feed,
		verify_histories, verify_headers,
	};
	enum err err = check_logs(v);

	if (!err)
		err = verify_begin_census(v);
	for (size_t i = 0; !err && i < ARRAY_SIZE(checks); i++) {
		err = checks[i](v);
		if (!err)
			err = mend_flush(v, true);
	}
	if (!err)
		err = store_verify_sources(v->store, v->report, v->context,
					   &v->n_differences);
	/* Pages themselves may have been mended. */
	return !err && v->mends ? store_recount(v->store) : err;
}

enum err verify_store(struct store *store, bool mends, store_verify_report *report,
		      void *context, uint64_t *n_differences, enum err *unfit)
{
	struct verify v = {
		.store = store, .report = report, .context = context, .mends = mends
	};
	enum err err = ERR_NOMEM;

	v.classes = calloc(STORE_N_CLASSES, sizeof(*v.classes));
	if (v.classes)
		err = check_all(&v);
	free_tallies(&v.hosts);
	free_tallies(&v.bodies);
	census_free(v.census);
	zip_free(v.zip);
	buf_release(&v.text);
	buf_release(&v.body);
	free(v.classes);
	*n_differences = v.n_differences;
	*unfit = v.unfit;
	return err;
}

enum err store_verify(struct store *store, store_verify_report *report, void *context,
		      uint64_t *n_differences)
{
	enum err unfit;

	return verify_store(store, false, report, context, n_differences, &unfit);
}
