/* store_verify_counts.c - hosts, totals, value classes and census against the tally of all pages. */
#include "store/verify.h"

#include <inttypes.h>

static enum err check_one_host(struct verify *v, const struct host *host)
{
	static const struct tally none;
	uint8_t key[HOST_KEY_SIZE];
	struct tally *found;
	const struct tally *t;
	uint64_t before = v->n_differences;

	host_key_encode(&host->key, key);
	HASH_FIND(hh, v->hosts, key, sizeof(key), found);
	if (found)
		found->seen = true;
	t = found ? found : &none;
	for (int s = 0; s < N_STATES; s++)
		if (host->n_pages[s] != t->n_pages[s])
			verify_differ(v,
				      "host %s: counts %u %s pages, the records have %u",
				      buf_text(&host->name), host->n_pages[s],
				      state_text((enum page_state)s), t->n_pages[s]);
	for (int h = HOLD_NONE + 1; h < N_HOLDS; h++)
		if (host->guard.n_held[h] != t->n_held[h])
			verify_differ(
				v, "host %s: counts %u pages held, the records have %u",
				buf_text(&host->name), host->guard.n_held[h],
				t->n_held[h]);
	if (host->n_rated != t->n_rated || host->rate_micro != t->rate_micro)
		verify_differ(v,
			      "host %s: rates of %u pages add up to %" PRIu64
			      ", the records' of %u to %" PRIu64,
			      buf_text(&host->name), host->n_rated, host->rate_micro,
			      t->n_rated, t->rate_micro);
	return v->n_differences > before ? mend_host(v, &host->key, t) : ERR_OK;
}

static enum err check_unseen_hosts(struct verify *v)
{
	enum err err = ERR_OK;
	struct tally *t, *next;
	struct host_key key;

	HASH_ITER(hh, v->hosts, t, next)
	{
		host_key_decode(t->key, &key);
		if (err || t->seen)
			continue;
		verify_differ(v, "host %02x%016" PRIx64 ": has pages, but no record",
			      key.partition, key.host_id);
		err = mend_host(v, &key, t);
	}
	return err;
}

static enum err bad_host(struct verify *v, const struct host_key *key, enum err why)
{
	static const struct tally none;
	uint8_t encoded[HOST_KEY_SIZE];
	struct tally *found;

	host_key_encode(key, encoded);
	HASH_FIND(hh, v->hosts, encoded, sizeof(encoded), found);
	verify_differ(v, "host %02x%016" PRIx64 ": record is %s", key->partition,
		      key->host_id, err_text(why));
	if (why == ERR_NEWER && !v->unfit)
		v->unfit = why;
	return why == ERR_CORRUPT ? mend_host(v, key, found ? found : &none) : ERR_OK;
}

enum err verify_hosts(struct verify *v)
{
	struct store_walk *walk = NULL;
	struct host host;
	enum err err = store_walk_hosts(v->store, &walk);

	host_init(&host);
	while (!err) {
		err = store_walk_host(walk, &host);
		if (!err) {
			err = check_one_host(v, &host);
		} else if (err == ERR_CORRUPT || err == ERR_NEWER) {
			err = verify_is_broken(v, walk, "hosts")
				      ? ERR_OK
				      : bad_host(v, &host.key, err);
		}
	}
	if (err == ERR_NOT_FOUND) /* all of them were met */
		err = check_unseen_hosts(v);
	host_release(&host);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err verify_totals(struct verify *v)
{
	struct store *store = v->store;

	for (int s = 0; s < N_STATES; s++)
		if (store->totals.n[s] != v->by_state[s])
			verify_differ(v,
				      "total of %s pages is %" PRId64
				      ", the records have %" PRId64,
				      state_text((enum page_state)s), store->totals.n[s],
				      v->by_state[s]);
	if (!v->mends)
		return ERR_OK;
	memcpy(store->totals.n, v->by_state, sizeof(v->by_state));
	store->counters_dirty = true;
	return ERR_OK;
}

static void count_classes_anew(struct verify *v)
{
	struct store_classes *classes = &v->store->classes;

	classes->n_rated = 0;
	for (unsigned c = 0; c < STORE_N_CLASSES; c++) {
		classes->n_pages[c] = v->classes[c];
		classes->n_rated += v->classes[c];
	}
	classes->rate_micro = v->rate_micro;
	v->store->classes_dirty = true;
	v->store->counters_dirty = true;
}

enum err verify_classes(struct verify *v)
{
	const struct store_classes *kept = store_classes(v->store);

	for (unsigned c = 0; c < STORE_N_CLASSES; c++)
		if (kept->n_pages[c] != v->classes[c])
			verify_differ(
				v,
				"value class %04x: counts %u pages, the records have %u",
				c, kept->n_pages[c], v->classes[c]);
	if (kept->rate_micro != v->rate_micro)
		verify_differ(v,
			      "rates of all pages add up to %" PRIu64
			      ", the records' to %" PRIu64,
			      kept->rate_micro, v->rate_micro);
	if (v->mends)
		count_classes_anew(v);
	return ERR_OK;
}

/* A damaged one is named, and the rest goes on. */
enum err verify_begin_census(struct verify *v)
{
	const struct census *kept;
	enum err err = store_census(v->store, &kept);

	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err == ERR_CORRUPT)
		verify_differ(v, "the census does not decode");
	if (err)
		return err == ERR_CORRUPT ? ERR_OK : err;
	v->census = census_new();
	return v->census ? ERR_OK : ERR_NOMEM;
}

enum err verify_count_census(struct verify *v, const struct page *page)
{
	enum err err = ERR_OK;

	if (v->census)
		err = census_prepare(v->census, &page->stored.share);
	if (v->census && !err)
		census_move(v->census, NULL, &page->stored.share);
	return err;
}

static void differ(void *context, const char *cell, int64_t kept, int64_t counted)
{
	verify_differ(context, "census, %s: %" PRId64 ", the records have %" PRId64 "",
		      cell, kept, counted);
}

enum err verify_census(struct verify *v)
{
	const struct census *kept;
	enum err err = v->census ? store_census(v->store, &kept) : ERR_OK;

	if (v->census && !err)
		census_compare(kept, v->census, differ, v);
	return err;
}
