/* store_host.c - the hosts in memory: one copy each, written with the next commit. */
#include "store/internal.h"

#include <stdlib.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* Hosts that nobody refers to are kept until there are this many in memory. */
#define IDLE_HOSTS_MAX 4096

struct host_entry {
	UT_hash_handle hh;
	uint8_t key[HOST_KEY_SIZE];
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
	host_release(&entry->host);
	free(entry);
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
		if (err)
			return err;
		entry->host.dirty = false;
		entry->host.exists = true;
	}
	return ERR_OK;
}

void store_shrink_hosts(struct store *store)
{
	struct host_entry *entry, *next;

	if (HASH_COUNT(store->hosts) <= IDLE_HOSTS_MAX)
		return;
	HASH_ITER(hh, store->hosts, entry, next)
	{
		if (!entry->host.n_refs && !entry->host.dirty)
			free_entry(store, entry);
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
