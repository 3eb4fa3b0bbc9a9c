/* store_host.c - the hosts in memory: one copy each, written with the next commit. */
#include "store/internal.h"

#include <inttypes.h>
#include <stdlib.h>

#define HASH_NONFATAL_OOM 1
#define HASH_BKT_CAPACITY_THRESH 2U /* each one passed on the way is a cache miss */
#include <uthash.h>

#include "store/base/log.h"

/* Hosts that nobody refers to are kept until there are this many in memory. */
#define IDLE_HOSTS_MAX 4096

struct host_entry {
	UT_hash_handle hh;
	uint8_t key[HOST_KEY_SIZE];
	bool wanted; /* since memory was last looked through */
	struct host host;
};

static struct host_entry *entry_of(struct host *host)
{
	return (struct host_entry *)(void *)((char *)host -
					     offsetof(struct host_entry, host));
}

static void free_entry(struct store *store, struct host_entry *entry)
{
	HASH_DELETE(hh, store->hosts, entry);
	if (entry->host.boilerplate)
		boilerplate_release(entry->host.boilerplate);
	free(entry->host.boilerplate);
	host_release(&entry->host);
	free(entry);
}

static void count_page(struct host *host, const struct page *page)
{
	host->n_pages[page_state(page)]++;
	host->guard.n_held[page->held]++;
	if (!page->value_class)
		return;
	host->n_rated++;
	host->rate_micro += page->rate_micro;
}

/* Counts the host's pages, and takes its name from one of them. Pages that are pending do
 * not count: none can be, without the host that they were put with. */
static enum err count_pages(struct store *store, struct host *host)
{
	struct store_walk *walk = NULL;
	struct url_parts parts;
	struct page page;
	enum err err = store_walk_pages(store, &host->key, &walk);

	page_init(&page);
	while (!err) {
		err = store_walk_page(walk, &page);
		if (!err) {
			count_page(host, &page);
			if (!host->name.len && !url_split(buf_span(&page.url), &parts))
				err = buf_set(&host->name, parts.origin);
		} else if (err != ERR_NOT_FOUND && !store_walk_is_broken(walk)) {
			err = ERR_OK; /* one damaged page: `db verify` names it */
		}
	}
	page_release(&page);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* A record that does not decode is made anew, else the host's pages would wait for ever.
 * What its pages cannot tell is learned again: robots.txt, validators, back-off; a pause
 * that somebody ordered is lost, so it is said. */
static enum err remake_host(struct store *store, struct host *host, struct span name)
{
	struct host_key key = host->key;
	enum err err;

	host_release(host);
	host_init(host);
	host->key = key;
	err = buf_set(&host->name, name);
	if (!err)
		err = count_pages(store, host);
	if (!err && !host->name.len)
		err = ERR_CORRUPT;
	if (err)
		return err;
	host->dirty = true;
	log_event(LOG_WARN, "host-remade",
		  "host=%02x%016" PRIx64 " name=%s lost=pause,back-off,robots,profile",
		  key.partition, key.host_id, buf_text(&host->name));
	return ERR_OK;
}

static enum err load_host(struct store *store, struct host_entry *entry, struct span name)
{
	enum err err =
		store_read(store, FAMILY_HOST, span_from(entry->key, sizeof(entry->key)),
			   &store->scratch);

	if (err == ERR_NOT_FOUND && name.len)
		return buf_set(&entry->host.name, name);
	if (!err)
		err = host_decode(buf_span(&store->scratch), &entry->host);
	if (err == ERR_CORRUPT && store->mode == STORE_WRITE)
		err = remake_host(store, &entry->host, name);
	entry->host.exists = !err;
	return err;
}

enum err store_acquire_host(struct store *store, const struct host_key *key,
			    struct span name, struct host **host)
{
	uint8_t encoded[HOST_KEY_SIZE];
	struct host_entry *entry;
	enum err err = ERR_OK;

	host_key_encode(key, encoded);
	HASH_FIND(hh, store->hosts, encoded, sizeof(encoded), entry);
	if (!entry) {
		entry = calloc(1, sizeof(*entry));
		if (!entry)
			return ERR_NOMEM;
		memcpy(entry->key, encoded, sizeof(encoded));
		entry->host.key = *key;
		err = load_host(store, entry, name);
		if (!err) {
			HASH_ADD(hh, store->hosts, key, sizeof(entry->key), entry);
			if (!entry->hh.tbl)
				err = ERR_NOMEM;
		}
		if (err) {
			host_release(&entry->host);
			free(entry);
			return err;
		}
	}
	entry->wanted = true;
	entry->host.n_refs++;
	*host = &entry->host;
	return ERR_OK;
}

void store_release_host(struct store *store, struct host *host)
{
	if (!host)
		return;
	host->n_refs--;
	if (store->mode == STORE_READ && !host->n_refs)
		free_entry(store, entry_of(host));
}

/* ---- boilerplate: in meta, written only when something was learned ------------------------- */

#define BOILERPLATE_NAME "boilerplate "
#define BOILERPLATE_KEY_SIZE (sizeof(BOILERPLATE_NAME) - 1 + HOST_KEY_SIZE)

static struct span boilerplate_key(const struct host *host,
				   uint8_t key[BOILERPLATE_KEY_SIZE])
{
	memcpy(key, BOILERPLATE_NAME, sizeof(BOILERPLATE_NAME) - 1);
	host_key_encode(&host->key, key + sizeof(BOILERPLATE_NAME) - 1);
	return span_from(key, BOILERPLATE_KEY_SIZE);
}

/* One that is damaged is learned anew. */
enum err store_load_boilerplate(struct store *store, struct host *host)
{
	uint8_t key[BOILERPLATE_KEY_SIZE];
	struct boilerplate *b;
	enum err err;

	if (host->boilerplate)
		return ERR_OK;
	b = calloc(1, sizeof(*b));
	if (!b)
		return ERR_NOMEM;
	err = store_read(store, FAMILY_META, boilerplate_key(host, key), &store->scratch);
	if (!err)
		err = boilerplate_decode(buf_span(&store->scratch), b);
	if (err == ERR_NOT_FOUND || err == ERR_CORRUPT || err == ERR_NEWER) {
		boilerplate_release(b);
		err = ERR_OK;
	}
	if (err) {
		boilerplate_release(b);
		free(b);
		return err;
	}
	host->boilerplate = b;
	return ERR_OK;
}

static enum err put_boilerplate(struct store *store, struct host *host)
{
	uint8_t key[BOILERPLATE_KEY_SIZE];
	enum err err;

	if (!host->boilerplate || !host->boilerplate->dirty)
		return ERR_OK;
	buf_clear(&store->scratch);
	err = boilerplate_encode(host->boilerplate, &store->scratch);
	if (!err)
		err = store_put(store, FAMILY_META, boilerplate_key(host, key),
				buf_span(&store->scratch), true);
	if (!err)
		host->boilerplate->dirty = false;
	return err;
}

enum err store_put_dirty_hosts(struct store *store)
{
	struct host_entry *entry, *next;
	enum err err = ERR_OK;

	HASH_ITER(hh, store->hosts, entry, next)
	{
		if (!entry->host.dirty)
			continue;
		buf_clear(&store->scratch);
		err = host_encode(&entry->host, &store->scratch);
		if (!err)
			err = store_put(store, FAMILY_HOST,
					span_from(entry->key, sizeof(entry->key)),
					buf_span(&store->scratch), true);
		if (!err)
			err = put_boilerplate(store, &entry->host);
		if (err)
			return err;
		entry->host.dirty = false;
		entry->host.exists = true;
	}
	return ERR_OK;
}

/* What was wanted since the last time may be wanted again: a large list of seeds comes back
 * to its large hosts in each of its commits. */
void store_shrink_hosts(struct store *store)
{
	struct host_entry *entry, *next;

	if (HASH_COUNT(store->hosts) <= IDLE_HOSTS_MAX)
		return;
	HASH_ITER(hh, store->hosts, entry, next)
	{
		if (!entry->wanted && !entry->host.n_refs && !entry->host.dirty)
			free_entry(store, entry);
		else
			entry->wanted = false;
	}
}

void store_free_hosts(struct store *store)
{
	struct host_entry *entry, *next;

	HASH_ITER(hh, store->hosts, entry, next)
	{
		free_entry(store, entry);
	}
}
