/*
 * store.h - the one place that remembers. RocksDB behind the words of this project.
 *
 * One process at a time may write (STORE_WRITE); any number may read beside it and see
 * the store as it was when they opened it. What a writer puts collects in one pending
 * batch; store_commit() makes all of it durable at once, or none (law 1). Reads of the
 * writer see what is pending.
 *
 * Not thread-safe: a store belongs to one thread.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "store/census.h"
#include "store/counters.h"
#include "store/host.h"
#include "store/source.h"
#include "store/visit.h"

#define STORE_FORMAT 4

enum store_mode {
	STORE_READ,
	STORE_WRITE,
	STORE_MEMORY, /* empty, to write; gone when it is closed, for simulations */
};

struct store_options {
	size_t cache_bytes; /* block cache; 0: 64 MiB */
	bool no_sync;       /* store.sync=none: a power loss may lose the last seconds */
	bool in_key_order; /* pages will be put by ascending keys, pile by pile: seeding */
	/* Not 0: now, and a log that has lost something in its middle is no reason to refuse
	 * (ERR_CORRUPT): cursors go on behind all that it may have held. */
	int64_t repair_at_ms;
};

struct store;

/*
 * Opens the store in directory `dir`; a writer creates it (0700) where there is none.
 * STORE_MEMORY only takes `dir` for a name, which begins with a "/".
 * ERR_LOCKED: another process writes, `why` names it. ERR_NOT_FOUND: nothing to read.
 * ERR_NEWER, ERR_CORRUPT, ERR_INVALID (directory of another user, REQ 77), ERR_IO.
 */
MUST_CHECK enum err store_open(const char *dir, enum store_mode mode,
			       const struct store_options *options, struct store **store,
			       struct why *why);
/*
 * A reader's view of what `writer` has committed by now, for another thread of the same
 * process; costs microseconds. `writer` must stay open until it is closed.
 */
MUST_CHECK enum err store_open_view(const struct store *writer, struct store **view,
				    struct why *why);
/* From any thread: walks of that view end with ERR_STOPPED at their next step. */
void store_cancel(struct store *view);
/* What is pending and not committed is dropped. NULL is allowed. One whose disk has failed is
 * given up after 10 s; RocksDB's lock on it then lasts as long as the process. */
void store_close(struct store *store);
const char *store_dir(const struct store *store);
/* What RocksDB last had to say about a failure. Borrowed until the next call. */
const char *store_failure(const struct store *store);

/* ---- writing --------------------------------------------------------------------- */

/* Makes everything that is pending durable. On failure it is kept and the call may be
 * tried again; ERR_IO is a full disk or worse: stop, and say store_failure(). */
MUST_CHECK enum err store_commit(struct store *store);
/* Calls `hook` before each commit of anything: what must be durable before the visits are,
 * as an archive of them must. When it fails, so does the commit. */
void store_before_commit(struct store *store, enum err (*hook)(void *context),
			 void *context);
/* How many records are pending. */
size_t store_n_pending(const struct store *store);

/* Puts the page's record and moves its place in the queue from stored.position to
 * position; keeps the gauges of the store and of `host`, which is marked dirty. */
MUST_CHECK enum err store_put_page(struct store *store, struct page *page,
				   struct host *host);
/* Removes the page with its history, its place in the queue and its share of the body. */
MUST_CHECK enum err store_delete_page(struct store *store, struct page *page,
				      struct host *host);
/* Takes the next cursor for a visit. */
uint64_t store_next_cursor(struct store *store);
MUST_CHECK enum err store_append_visit(struct store *store, const struct page_key *key,
				       const struct visit *visit);
MUST_CHECK enum err store_append_change(struct store *store, const struct change *change);
/* The page's body is now `zstd` under `digest` and no longer `old` (either may be none);
 * bodies are shared and counted. `zstd` empty: the body is known to be there already. */
MUST_CHECK enum err store_swap_body(struct store *store, const struct digest *old,
				    const struct digest *digest, struct span zstd);
/* The kept fields of a page's last 200 are these now, and none of 304s lie over them. They go
 * into the page, which is put after that; those that do not fit there (head.h) beside it. */
MUST_CHECK enum err store_put_head(struct store *store, struct page *page,
				   struct span headers);
/* Beside a page's record: the fields of its last 200 (`part` 0), where the record has not got
 * them, and of the 304s since (`part` 1, laid over them). Part HEADERS_ARCHIVED says where a
 * web archive has the page's content; HEADERS_SKETCH is what a comparison with its text needs
 * most often. */
#define HEADERS_ARCHIVED 2
#define HEADERS_SKETCH 3
#define HEADERS_N_PARTS 4
MUST_CHECK enum err store_put_headers(struct store *store, const struct page_key *key,
				      int part, struct span headers);
/* Counts for ever and for the hour that `now_ms` lies in. Not for the gauges. */
void store_count(struct store *store, enum counter counter, int64_t more, int64_t now_ms);

/* A request goes out now, to whatever host; kept with the next commit. */
void store_note_request(struct store *store, int64_t now_ms);
/* When the last one of all runs did; 0: none, or an older build noted none. */
int64_t store_last_request_ms(const struct store *store);

/* Notes with the next commit that a run is (or is no longer) under way. *was_running: it
 * still was, so the last one did not end by itself. */
MUST_CHECK enum err store_mark_running(struct store *store, bool running,
				       bool *was_running);

/* ---- hosts: kept in memory while somebody refers to them ---------------------------- */

/* The host of that key, loaded or, when it is new and `name` is not empty, made. Give it
 * back with store_release_host(). Set host->dirty after changing it: store_commit()
 * writes it. A reader gets a private copy in the same way. A writer makes a record that
 * does not decode anew from the host's pages; for a reader it is ERR_CORRUPT. */
MUST_CHECK enum err store_acquire_host(struct store *store, const struct host_key *key,
				       struct span name, struct host **host);
void store_release_host(struct store *store, struct host *host);
/* Fills host->boilerplate, which lives as long as the host does in memory. Change it, set its
 * `dirty` and the host's, and store_commit() writes it. */
MUST_CHECK enum err store_load_boilerplate(struct store *store, struct host *host);

/* ---- reading ---------------------------------------------------------------------- */

/* ERR_NOT_FOUND when there is none. `page` is initialised by the caller. */
MUST_CHECK enum err store_get_page(struct store *store, const struct page_key *key,
				   struct page *page);
/* By canonical URL. */
MUST_CHECK enum err store_find_page(struct store *store, struct span url,
				    struct page *page);
/* At most HISTORY_MAX visits, newest last. */
MUST_CHECK enum err store_get_history(struct store *store, const struct page_key *key,
				      struct visit visits[HISTORY_MAX], size_t *n);
/* The decompressed body. */
MUST_CHECK enum err store_get_body(struct store *store, const struct digest *digest,
				   size_t max, struct buf *body);
/* The body as it is kept, see zip.h. */
MUST_CHECK enum err store_get_compressed(struct store *store, const struct digest *digest,
					 struct buf *zstd);
/* Of the page's last 200, wherever they are. Empty: there are none. */
MUST_CHECK enum err store_get_head(struct store *store, const struct page *page,
				   struct buf *headers);
MUST_CHECK enum err store_get_headers(struct store *store, const struct page_key *key,
				      int part, struct buf *headers);
const struct counters *store_totals(const struct store *store);
uint64_t store_n_pages(const struct store *store);
/* Adds up the hours from `since_ms` to `until_ms`; gauges are those of the last of them that
 * counted anything. */
MUST_CHECK enum err store_window(struct store *store, int64_t since_ms, int64_t until_ms,
				 struct counters *sum);
/* The greatest cursor handed out so far. */
uint64_t store_last_cursor(const struct store *store);

/* ---- value classes: what answers questions about budgets without a look at the pages - */

#define STORE_N_CLASSES 0x10000

/* Kept with every page that is put, from its value_class and rate_micro. */
struct store_classes {
	uint32_t n_pages[STORE_N_CLASSES]; /* by value_class; [0] is not counted */
	uint64_t n_rated;                  /* pages with a value class */
	uint64_t rate_micro;               /* sum over them */
	double price; /* of a visit when the last run last committed; 0: not known */
};

/* Borrowed. */
const struct store_classes *store_classes(const struct store *store);
/* Kept with the next commit of anything else. */
void store_set_price(struct store *store, double price);

/* What all pages add up to, as of the last commit (of a writer: with what is pending).
 * Borrowed. ERR_NOT_FOUND: it is not kept, as in a store that no writer of format 2 has
 * opened yet. */
MUST_CHECK enum err store_census(struct store *store, const struct census **census);
/* Counts it anew, by a walk over all pages, and commits. */
MUST_CHECK enum err store_recount(struct store *store);

/* ---- consumers of the feed --------------------------------------------------------- */

/* The cursor up to which `consumer` has acknowledged; 0 at first. */
MUST_CHECK enum err store_get_acknowledged(struct store *store, const char *consumer,
					   uint64_t *cursor);
/* Moves the position; the consumer "index" also moves indexed_version of the pages that
 * the records in between name. Never backwards (ERR_INVALID), nor past the last cursor.
 * Commits by itself. `n` gets how many records that were. */
MUST_CHECK enum err store_acknowledge(struct store *store, const char *consumer,
				      uint64_t cursor, uint64_t *n, struct why *why);

/* ---- walks: START, then NEXT until ERR_NOT_FOUND, then END -------------------------- */

struct store_walk;

/* Pages in the order of their keys; of one host only if `host` is not NULL. */
MUST_CHECK enum err store_walk_pages(struct store *store, const struct host_key *host,
				     struct store_walk **walk);
MUST_CHECK enum err store_walk_page(struct store_walk *walk, struct page *page);
MUST_CHECK enum err store_walk_hosts(struct store *store, struct store_walk **walk);
/* Fills `host`, which the caller owns: not one of store_acquire_host(). */
MUST_CHECK enum err store_walk_host(struct store_walk *walk, struct host *host);
/* Changes with cursor > `after`. A reader makes durable what it read before it hands it
 * out (REQ 80): another process may have written but not yet synced it. */
MUST_CHECK enum err store_walk_changes(struct store *store, uint64_t after,
				       struct store_walk **walk);
MUST_CHECK enum err store_walk_change(struct store_walk *walk, struct change *change);
void store_walk_end(struct store_walk *walk);
/* Tells `watch`, every some thousand records, how many were read by walks (and by
 * store_verify()) since this call: for who waits for them. NULL: nobody. */
typedef void store_walk_watch(void *context, uint64_t n_records);
void store_watch_walks(struct store *store, store_walk_watch *watch, void *context);
/* Did the walk end because the store could not be read any further? One record that does
 * not decode (ERR_CORRUPT, ERR_NEWER) ends none: the next call goes on behind it. */
bool store_walk_is_broken(const struct store_walk *walk);

/* ---- sources: what tells of the pages of a host ----------------------------------------- */

/* ERR_NOT_FOUND when there is none. `source` is initialised by the caller. */
MUST_CHECK enum err store_get_source(struct store *store, const struct page_key *key,
				     struct source *source);
/* Puts the record and its place in the order of polling; `host` is the one it speaks for. */
MUST_CHECK enum err store_put_source(struct store *store, struct source *source,
				     struct host *host);
/* ... with its entries. */
MUST_CHECK enum err store_delete_source(struct store *store, struct source *source,
					struct host *host);
/* What it said when it was last read (crawler/source_news.h). ERR_NOT_FOUND: nothing. */
MUST_CHECK enum err store_put_entries(struct store *store, const struct page_key *key,
				      struct span entries);
MUST_CHECK enum err store_get_entries(struct store *store, const struct page_key *key,
				      struct buf *entries);
/* Walks: those of one host, or all (NULL); and those to be polled, the next one first, from
 * the place of `from` at `from_ms` on (0: all). */
MUST_CHECK enum err store_walk_sources(struct store *store, const struct host_key *host,
				       struct store_walk **walk);
MUST_CHECK enum err store_walk_source(struct store_walk *walk, struct source *source);
MUST_CHECK enum err store_walk_due(struct store *store, int64_t from_ms,
				   const struct page_key *from, struct store_walk **walk);
MUST_CHECK enum err store_walk_due_source(struct store_walk *walk, struct page_key *key,
					  int64_t *at_ms);

/* ---- the queue: who waits for a visit ----------------------------------------------- */

struct queue_entry {
	struct page_key key;
	struct queue_position position;
	struct page_worth worth; /* all zero in class 0, and where it is not known */
};

/* Up to `max` entries of one class in FIFO order, beginning at (`from_ms`, `from_key`),
 * that exact place excluded if `from_key` is given. */
MUST_CHECK enum err store_read_queue(struct store *store, uint16_t class, int64_t from_ms,
				     const struct page_key *from_key,
				     struct queue_entry *entries, size_t max, size_t *n);
/* The first non-empty class at or above `class`; ERR_NOT_FOUND: none. */
MUST_CHECK enum err store_next_class(struct store *store, uint16_t class,
				     uint16_t *found);
/* One host's parked pages as they are now, in the order of (class, order). Give `reader`
 * back with store_end_parked(). */
struct parked_reader;
MUST_CHECK enum err store_begin_parked(struct store *store, const struct host_key *host,
				       struct parked_reader **reader);
/* The next entry, or the first one of the next class. ERR_NOT_FOUND: there is none. */
MUST_CHECK enum err store_next_parked(struct parked_reader *reader, bool skip_class,
				      struct queue_entry *entry);
void store_end_parked(struct parked_reader *reader);
/* From now on store_read_queue() shows the queue as it is now. */
void store_freeze_queue(struct store *store);
/* ... and from now on again as it will be. */
void store_thaw_queue(struct store *store);
/* The first host above `after` (NULL: the first of all) with parked pages. */
MUST_CHECK enum err store_next_parked_host(struct store *store,
					   const struct host_key *after,
					   struct host_key *host);
/* Moves an entry from the queue to its host's parked ones; one whose page is gone or stands
 * elsewhere by now is removed. The page's record is not touched: position.parked there is a
 * hint, and both places are tried on moving it unless stored.certain is set. */
MUST_CHECK enum err store_park(struct store *store, const struct queue_entry *entry);
/* Removes an entry whose page is gone or stands elsewhere. */
MUST_CHECK enum err store_drop_entry(struct store *store,
				     const struct queue_entry *entry);

/* ---- care --------------------------------------------------------------------------- */

typedef void store_verify_report(void *context, const char *difference);
/* Recomputes every index and counter from the records and names each difference. Give it
 * a store without pending changes. */
MUST_CHECK enum err store_verify(struct store *store, store_verify_report *report,
				 void *context, uint64_t *n_differences);
/* Puts right what store_verify() finds, as far as records say it, drops records that cannot
 * be read any more, and commits. Reports each difference, those of dropped pages with the
 * URL if it is known. *n_found: how many; *n_left: what stays. ERR_CORRUPT: a file of the
 * store cannot be read, ERR_NEWER: a newer freshet has written to it; nothing is changed. */
MUST_CHECK enum err store_repair(struct store *store, store_verify_report *report,
				 void *context, uint64_t *n_found, uint64_t *n_left);
MUST_CHECK enum err store_compact(struct store *store);
/* A copy of all that is committed, made of links, where store_backup_copy() finds it. The
 * caller of that must have begun; ERR_IO too when there is a checkpoint already. */
MUST_CHECK enum err store_checkpoint(struct store *store);
/* "key: value" lines of sizes, counts and RocksDB's own statistics. */
MUST_CHECK enum err store_stats(struct store *store, struct buf *text);

/* Numbers of RocksDB for whoever watches a store at work. */
struct store_gauges {
	uint64_t bytes_on_disk, bytes_in_memory, bytes_to_compact;
	uint64_t n_records;           /* of all families; an estimate */
	uint64_t delayed_bytes_per_s; /* writes are slowed down to; 0: they are not */
	bool writes_stopped;
};
void store_gauge(const struct store *store, struct store_gauges *gauges);

/* ---- backups: begin, have the writer make a checkpoint, copy, end ------------------------ */

struct store_backup;

struct store_backup_info {
	uint32_t id; /* counted from 1 */
	int64_t at_ms;
	uint64_t bytes; /* of all its files, shared with other backups or not */
	uint32_t n_backups;
	uint64_t n_pages, last_cursor;
};

/* ERR_LOCKED: another backup of the store in `dir` is being made. Sets the umask. */
MUST_CHECK enum err store_backup_begin(const char *dir, struct store_backup **backup,
				       struct why *why);
/* Adds a backup to those in directory `to`, which is made if need be; `keep` not 0: then
 * drops all but so many. Needs nothing of the writer. */
MUST_CHECK enum err store_backup_copy(struct store_backup *backup, const char *to,
				      uint32_t keep, struct store_backup_info *info,
				      struct why *why);
/* Removes the checkpoint. NULL is allowed. */
void store_backup_end(struct store_backup *backup);
/*
 * Makes of backup `id` in `from` (0: the newest) the store in `dir`; cursors go on behind
 * all that can have been handed out since. On failure what was there is as it was, but for
 * a failure of moving files at the very end. ERR_INVALID: there is a store, and `replace`
 * is not set; ERR_CORRUPT: a checksum is wrong; ERR_NOT_FOUND, ERR_LOCKED, ERR_IO.
 */
MUST_CHECK enum err store_restore(const char *from, uint32_t id, const char *dir,
				  bool replace, int64_t now_ms,
				  struct store_backup_info *info, struct why *why);

#endif
