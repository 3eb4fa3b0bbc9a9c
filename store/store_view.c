/*
 * store_view.c - looking into the store that this process writes, from another thread.
 *
 * RocksDB itself is safe for threads: a snapshot of it and reading options of our own are
 * all that a second reader needs. No file is opened and no log is read again, so a view
 * costs microseconds where store_open() costs what the log is long.
 */
#include "store/internal.h"

#include <stdlib.h>

enum err store_open_view(const struct store *writer, struct store **out, struct why *why)
{
	struct store *view = calloc(1, sizeof(*view));
	enum err err;

	if (!view)
		return why_set(why, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
	view->mode = STORE_READ;
	view->is_view = true;
	view->lock_fd = -1;
	view->db = writer->db;
	memcpy(view->families, writer->families, sizeof(view->families));
	view->seen = rocksdb_create_snapshot(view->db);
	view->read_options = rocksdb_readoptions_create();
	view->queue_options = rocksdb_readoptions_create();
	rocksdb_readoptions_set_snapshot(view->read_options, view->seen);
	rocksdb_readoptions_set_snapshot(view->queue_options, view->seen);
	err = buf_set(&view->dir, buf_span(&writer->dir));
	if (!err)
		err = store_read_meta(view, why);
	if (err)
		store_close(view);
	else
		*out = view;
	return err;
}

void store_cancel(struct store *view)
{
	atomic_store_explicit(&view->cancelled, true, memory_order_relaxed);
}

void store_end_view(struct store *view)
{
	if (view->read_options) {
		rocksdb_readoptions_destroy(view->read_options);
		rocksdb_readoptions_destroy(view->queue_options);
	}
	if (view->seen)
		rocksdb_release_snapshot(view->db, view->seen);
	/* The rest is the writer's. */
	view->db = NULL;
	memset(view->families, 0, sizeof(view->families));
}
