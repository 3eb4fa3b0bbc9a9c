/*
 * internal.h - what the files of the store share. Nobody else includes it.
 */
#ifndef STORE_INTERNAL_H
#define STORE_INTERNAL_H

#include <rocksdb/c.h>
#include <stdatomic.h>

#include "store/base/log.h"
#include "store/base/zip.h"
#include "store/census.h"
#include "store/store.h"

/* Column families, in the order in which they are opened. */
enum family {
	FAMILY_META, /* RocksDB's default one */
	FAMILY_PAGE,
	FAMILY_QUEUE,
	FAMILY_PARKED,
	FAMILY_HOST,
	FAMILY_HISTORY,
	FAMILY_FEED,
	FAMILY_BODY,
	FAMILY_HEADERS,
	N_FAMILIES
};

#define STORE_KEY_MAX 32 /* of any family */

struct change_entry; /* a change that is not committed yet */
struct slot;         /* ... where one is found by its key */
struct block;        /* memory of those */
struct host_entry;   /* a host in memory */

struct store {
	enum store_mode mode;
	bool in_memory;     /* STORE_MEMORY; `mode` is then STORE_WRITE */
	rocksdb_env_t *env; /* ... where it lives */
	struct buf dir, failure;
	bool io_failed; /* RocksDB said ERR_IO: see store_close.c */
	enum err (*before_commit)(void *context); /* may be NULL */
	void *before_commit_context;
	int lock_fd;
	rocksdb_t *db;
	rocksdb_cache_t *cache;
	rocksdb_options_t *options, *family_options[N_FAMILIES];
	rocksdb_column_family_handle_t *families[N_FAMILIES];
	rocksdb_readoptions_t *read_options, *queue_options;
	const rocksdb_snapshot_t *snapshot; /* of a frozen queue */
	bool is_view;                       /* `db` and `families` are the writer's */
	const rocksdb_snapshot_t *seen;     /* ... as it was then */
	atomic_bool cancelled;
	store_walk_watch *watch; /* NULL: nobody waits */
	void *watch_context;
	uint64_t n_walked;
	rocksdb_writeoptions_t *write_options;
	rocksdb_writebatch_t *batch;
	struct slot *slots; /* so that a writer reads what it put */
	size_t n_slots, n_slots_used;
	struct change_entry *changes; /* all, in the order of coming */
	size_t n_changes, changes_room;
	size_t begun_at; /* n_changes when the outermost store_begin() was called */
	int depth;
	enum err change_err; /* of the change under way */
	struct block *blocks;
	struct host_entry *hosts;
	struct counters totals, hour;
	int64_t hour_at_ms; /* start of the hour that `hour` counts; 0: none yet */
	bool counters_dirty;
	struct store_classes classes;
	bool classes_dirty;
	struct census *census; /* NULL: not kept, or (of a reader) not asked for yet */
	uint64_t last_cursor;
	int64_t asked_at_ms; /* the last request of a run */
	int64_t stalled_ms;  /* since this was opened, as last asked */
	unsigned n_unasked;  /* commits since then */
	struct zip *zip;     /* made when a body is first read */
	struct buf scratch, scratch2;
};

#define QUEUE_KEY_SIZE (2 + 8 + PAGE_KEY_SIZE)
#define PARKED_KEY_SIZE (HOST_KEY_SIZE + 2 + 8 + 8)

void queue_key_encode(const struct queue_entry *entry, uint8_t out[QUEUE_KEY_SIZE]);
void parked_key_encode(const struct queue_entry *entry, uint8_t out[PARKED_KEY_SIZE]);
MUST_CHECK enum err queue_key_decode(struct span key, struct queue_entry *entry);
MUST_CHECK enum err parked_key_decode(struct span key, struct queue_entry *entry);

/* The value of an entry in either family: five floats in two bytes each (half_of()), or
 * nothing when the page's worth is not known or does not matter (class 0). Whatever else is
 * read counts as nothing. */
#define WORTH_SIZE 10
#define WORTH_SIZE_2 20 /* of format 2: in four bytes each */

struct span worth_encode(const struct queue_entry *entry, uint8_t out[WORTH_SIZE]);
void worth_decode(struct span value, struct page_worth *worth);
/* Puts the entry where its position says. */
MUST_CHECK enum err queue_put(struct store *store, const struct queue_entry *entry);

/* Turns a RocksDB message into ERR_IO or ERR_CORRUPT, remembers and frees it. NULL: ERR_OK. */
enum err store_take_failure(struct store *store, char *message);

/* Puts and deletes into the pending batch. `overlay` makes it visible to store_read(). */
MUST_CHECK enum err store_put(struct store *store, enum family family, struct span key,
			      struct span value, bool overlay);
MUST_CHECK enum err store_delete(struct store *store, enum family family, struct span key,
				 bool overlay);
/* ERR_NOT_FOUND when there is none. Replaces `value`. */
MUST_CHECK enum err store_read(struct store *store, enum family family, struct span key,
			       struct buf *value);

/* What is pending: store_pending.c. */
enum change_op { CHANGE_PUT, CHANGE_DELETE, CHANGE_MERGE };
MUST_CHECK enum err store_change(struct store *store, enum change_op op,
				 enum family family, struct span key, struct span value,
				 bool overlay);
/* False: nothing is pending under that key. Borrowed until the next change. */
bool store_find_change(struct store *store, enum family family, struct span key,
		       struct span *value, bool *deleted);
/* Makes store->batch of all that is pending. */
void store_fill_batch(struct store *store);
void store_forget_pending(struct store *store);
void store_free_pending(struct store *store);
/* All or nothing: when anything between the two fails, store_end() takes back whatever
 * came since the outermost store_begin(), and says why. */
void store_begin(struct store *store);
MUST_CHECK enum err store_end(struct store *store, enum err err);

/* The class histogram: store_classes.c. The page's share moves to its present class, or
 * goes (before the record is deleted). */
MUST_CHECK enum err store_load_classes(struct store *store);
MUST_CHECK enum err store_put_classes(struct store *store);
void store_move_class(struct store *store, struct page *page, struct host *host);
void store_leave_class(struct store *store, const struct page *page, struct host *host);

/* The census: store_census.c. A writer's, as it opens: loaded, or counted from all pages. */
MUST_CHECK enum err store_open_census(struct store *store);
MUST_CHECK enum err store_put_census(struct store *store);
/* Adds every page that there is. ERR_CORRUPT: they cannot be read to their end. */
MUST_CHECK enum err store_count_census(struct store *store, struct census *census);

/* The hosts in memory. */
MUST_CHECK enum err store_put_dirty_hosts(struct store *store);
void store_shrink_hosts(struct store *store);
void store_free_hosts(struct store *store);

/* Walks over a family's keys with `prefix` (kept short), from `start`; and the next record,
 * borrowed until the next call: store_walk.c. */
MUST_CHECK enum err store_walk_new(struct store *store, enum family family,
				   struct span prefix, struct span start,
				   struct store_walk **walk);
MUST_CHECK enum err store_walk_next(struct store_walk *walk, struct span *key,
				    struct span *value);

rocksdb_mergeoperator_t *history_merge_new(void);
/* Splits the next length-prefixed visit off `list`; "": one that was lost. False at the
 * end, or at damage: then something is left of it. */
bool history_next(struct span *list, struct span *visit);
/* "DIR/FILE", in `path`. */
MUST_CHECK enum err store_path(const struct store *store, const char *file,
			       struct buf *path);
/* Makes store->dir if need be, checks that it is ours, and takes its lock. */
MUST_CHECK enum err store_take_directory(struct store *store, struct why *why);
/* Is the lock that is held still the one that others find there? ERR_IO and a failure
 * text: the directory is gone, or is another now, and what is written goes nowhere. */
MUST_CHECK enum err store_check_place(struct store *store);
void store_drop_stale_checkpoint(struct store *store);
/* ERR_CORRUPT: what is no file stands among the files of `dir`, or, of `levels` of them,
 * of the directories in it; to open that would be to wait for ever. */
MUST_CHECK enum err store_check_regular(const char *dir, int levels, struct why *why);
/* ERR_CORRUPT: the MANIFEST has lost something since store_seal() looked. */
MUST_CHECK enum err store_check_seal(struct store *store, struct why *why);
/* A writer's, once open and once closed: remembers the MANIFEST, where that can be. */
void store_seal(struct store *store);
/* *damaged says which log has lost something, and where; "": none. */
MUST_CHECK enum err store_check_logs(struct store *store, struct buf *damaged);
/* A store that may have lost cursors that it handed out counts on from here. */
uint64_t store_first_cursor(int64_t now_ms);
/* Opens store->db beside a writer, as it stands at one moment. */
MUST_CHECK enum err store_open_reader(struct store *store,
				      const char *const *family_names,
				      const rocksdb_options_t *const *family_options);
/* What a view holds of its own; `db` is then forgotten: store_view.c. */
void store_end_view(struct store *view);
/* Totals, cursor and classes as the last commit left them. */
MUST_CHECK enum err store_read_meta(struct store *store, struct why *why);
/* Makes what a reader has seen in the log durable. */
MUST_CHECK enum err store_sync_seen(struct store *store);
/* Moves a long log's entries to tables, so that whoever opens next need not read it. */
void store_empty_log(struct store *store);
/* A writer's, as it opens. Cursors only grow, so files of the feed never overlap, and what
 * RocksDB has moved to the last level it merges with nothing again: a file, and its
 * descriptor, for each four restarts. Of many small ones the newest are merged. */
void store_merge_feed_files(struct store *store);
rocksdb_iterator_t *store_iterator(struct store *store, enum family family);
/* Why an iterator is not valid: ERR_OK at the end. */
MUST_CHECK enum err store_iterator_failure(struct store *store, rocksdb_iterator_t *it);

/* A part of store_verify(); adds to *n_differences. */
MUST_CHECK enum err store_verify_sources(struct store *store, store_verify_report *report,
					 void *context, uint64_t *n_differences);

/* The count of pages that share a body, kept under the digest and 'r'. */
MUST_CHECK enum err store_body_refs(struct store *store, const struct digest *digest,
				    uint64_t *refs);
MUST_CHECK enum err store_set_body_refs(struct store *store, const struct digest *digest,
					uint64_t refs);

/* As in RocksDB. */
const char *store_family_name(enum family family);

/* Where files of the family begin: store_files.c. */
struct file_starts;
MUST_CHECK enum err file_starts_new(struct store *store, enum family family,
				    struct file_starts **starts);
void file_starts_free(struct file_starts *starts); /* NULL is allowed */
/* Logs each file of the queues whose beginning cannot be read: the frontier, which goes
 * from key to key, would pass over it in silence. */
MUST_CHECK enum err store_check_queue_files(struct store *store);
/* Does a file begin at `key` or before it (NULL: anywhere), behind the key that was last
 * asked about? */
bool file_starts_by(struct file_starts *starts, const struct span *key);

#endif
