/* store_close.c - the end of a store, also of one whose disk has failed. */
#include "store/internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/base/log.h"

/* How long a store whose disk has failed may take. */
#define CLOSE_LIMIT_S 10

static void *close_database(void *db)
{
	rocksdb_close(db);
	return NULL;
}

/* With the disk full, RocksDB 7.8 starts a thread that tries again. When the store is closed
 * just as a trial has failed, the two miss each other: that thread ends, and close waits for
 * it for ever (DBImpl::CloseHelper() and SstFileManagerImpl::ClearError(), which drops who is
 * cancelled without saying that his recovery is over). False: it does, and is left to it. */
static bool close_within_limit(rocksdb_t *db)
{
	struct timespec end = { .tv_nsec = 0 };
	pthread_t closer;

	if (pthread_create(&closer, NULL, close_database, db)) {
		rocksdb_close(db);
		return true;
	}
	end.tv_sec = clock_monotonic_us() / 1000000 + CLOSE_LIMIT_S;
	if (!pthread_clockjoin_np(closer, NULL, CLOCK_MONOTONIC, &end))
		return true;
	pthread_detach(closer);
	return false;
}

/* Has a write failed, of ours or of RocksDB's own? */
static bool has_failed(const struct store *store)
{
	uint64_t n_errors = 0;

	return store->io_failed ||
	       (!rocksdb_property_int(store->db, "rocksdb.background-errors",
				      &n_errors) &&
		n_errors);
}

static void end_database(struct store *store)
{
	bool failed = store->mode == STORE_WRITE && has_failed(store), closed = true;

	for (int f = 0; f < N_FAMILIES; f++)
		if (store->families[f])
			rocksdb_column_family_handle_destroy(store->families[f]);
	store_thaw_queue(store);
	if (failed)
		closed = close_within_limit(store->db);
	else
		rocksdb_close(store->db);
	if (!closed)
		/* What was acknowledged is on the disk, as after a kill (law 1). */
		log_event(LOG_WARN, "store-left-open",
			  "store=%s reason=\"not closed within %d s of a failed write\"",
			  store_dir(store), CLOSE_LIMIT_S);
	else if (store->lock_fd >= 0)
		store_seal(store);
}

static void free_options(struct store *store)
{
	for (int f = 0; f < N_FAMILIES; f++)
		if (store->family_options[f])
			rocksdb_options_destroy(store->family_options[f]);
	if (!store->options)
		return;
	rocksdb_options_destroy(store->options);
	rocksdb_readoptions_destroy(store->read_options);
	rocksdb_readoptions_destroy(store->queue_options);
	rocksdb_writeoptions_destroy(store->write_options);
	rocksdb_writebatch_destroy(store->batch);
	rocksdb_cache_destroy(store->cache);
	if (store->env)
		rocksdb_env_destroy(store->env);
}

void store_close(struct store *store)
{
	if (!store)
		return;
	/* In another place its files might be those of another store. */
	if (store->db && store->mode == STORE_WRITE && !store->in_memory &&
	    !store_check_place(store))
		store_empty_log(store);
	store_free_hosts(store);
	store_free_pending(store);
	if (store->is_view)
		store_end_view(store);
	if (store->db)
		end_database(store);
	free_options(store);
	census_free(store->census);
	zip_free(store->zip);
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	buf_release(&store->dir);
	buf_release(&store->failure);
	buf_release(&store->scratch);
	buf_release(&store->scratch2);
	free(store);
}
