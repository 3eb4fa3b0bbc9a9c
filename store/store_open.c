/* store_open.c - directory, lock, options: from a path to a store that works. */
#include "store/internal.h"

#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/log.h"

static const char *const family_names[N_FAMILIES] = {
	"default", "page", "queue", "parked",  "host",
	"history", "feed", "body",  "headers",
};

const char *store_family_name(enum family family)
{
	return family_names[family];
}

#define DEFAULT_CACHE_BYTES ((size_t)64 << 20)

static enum err check_directory(const char *dir, enum store_mode mode, struct why *why)
{
	struct stat st;

	if (mode == STORE_WRITE && mkdir(dir, 0700) && errno != EEXIST)
		return why_set(why, ERR_IO, "cannot make store '%s': %s", dir,
			       strerror(errno));
	if (stat(dir, &st)) {
		if (errno == ENOENT)
			return why_set(why, ERR_NOT_FOUND,
				       "no store at '%s' (`freshet seed` makes one)",
				       dir);
		return why_set(why, ERR_IO, "cannot open store '%s': %s", dir,
			       strerror(errno));
	}
	if (!S_ISDIR(st.st_mode))
		return why_set(why, ERR_INVALID, "'%s' is not a directory", dir);
	if (st.st_uid != geteuid())
		return why_set(why, ERR_INVALID,
			       "store '%s' belongs to user %u, not to you (user %u)", dir,
			       (unsigned)st.st_uid, (unsigned)geteuid());
	if (access(dir, mode == STORE_WRITE ? R_OK | W_OK | X_OK : R_OK | X_OK))
		return why_set(why, ERR_IO, "cannot %s store '%s': %s",
			       mode == STORE_WRITE ? "write" : "read", dir,
			       strerror(errno));
	return ERR_OK;
}

enum err store_path(const struct store *store, const char *file, struct buf *path)
{
	buf_clear(path);
	return buf_printf(path, "%s/%s", store_dir(store), file);
}

/* A directory that holds somebody else's files does not become a store by accident. */
static enum err check_fresh_directory(struct store *store, struct why *why)
{
	DIR *d;
	struct dirent *e;
	bool foreign = false;
	enum err err = store_path(store, "CURRENT", &store->scratch);

	if (err || access(buf_text(&store->scratch), F_OK) == 0)
		return err;
	d = opendir(store_dir(store));
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' && strcmp(e->d_name, "lock") != 0 &&
		    strcmp(e->d_name, "LOCK") != 0 && strncmp(e->d_name, "LOG", 3) != 0 &&
		    strncmp(e->d_name, "IDENTITY", 8) != 0 &&
		    strncmp(e->d_name, "MANIFEST", 8) != 0 &&
		    strcmp(e->d_name, "restoring") != 0 && !strstr(e->d_name, ".dbtmp"))
			foreign = true;
	if (d)
		closedir(d);
	if (foreign)
		return why_set(why, ERR_INVALID,
			       "'%s' is not a store and not empty: left alone",
			       store_dir(store));
	/* Made by the user, perhaps for all to read (REQ 77). */
	if (chmod(store_dir(store), 0700))
		return why_set(why, ERR_IO, "cannot close '%s' to others: %s",
			       store_dir(store), strerror(errno));
	return ERR_OK;
}

static enum err open_lock(struct store *store, struct why *why)
{
	enum err err = store_path(store, "lock", &store->scratch);
	const char *path = buf_text(&store->scratch);

	if (err)
		return err;
	store->lock_fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (store->lock_fd < 0 && errno == ENOENT) {
		/* Not a file is left behind in a directory that is refused. */
		err = check_fresh_directory(store, why);
		if (!err)
			err = store_path(store, "lock", &store->scratch);
		if (err)
			return err;
		path = buf_text(&store->scratch);
		store->lock_fd =
			open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	}
	return store->lock_fd < 0 ? why_set(why, ERR_IO, "cannot open '%s': %s", path,
					    strerror(errno))
				  : ERR_OK;
}

/* The lock file holds the pid of the writer, for the one who comes too late. */
static enum err take_lock(struct store *store, struct why *why)
{
	char pid[32] = "";
	enum err err = open_lock(store, why);
	ssize_t n;

	if (err)
		return err;
	if (flock(store->lock_fd, LOCK_EX | LOCK_NB)) {
		n = pread(store->lock_fd, pid, sizeof(pid) - 1, 0);
		pid[n > 0 ? n : 0] = '\0';
		pid[strspn(pid, "0123456789")] = '\0';
		return why_set(why, ERR_LOCKED,
			       "cannot open store '%s': lock held by process %s",
			       store_dir(store), pid[0] ? pid : "unknown");
	}
	/* Again: now nobody else can be making a store of it. */
	err = check_fresh_directory(store, why);
	if (err)
		return err;
	snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	if (ftruncate(store->lock_fd, 0) ||
	    pwrite(store->lock_fd, pid, strlen(pid), 0) != (ssize_t)strlen(pid))
		return why_set(why, ERR_IO, "cannot write the lock of store '%s': %s",
			       store_dir(store), strerror(errno));
	return ERR_OK;
}

enum err store_check_place(struct store *store)
{
	struct stat held, found;
	enum err err;

	if (store->in_memory)
		return ERR_OK;
	err = store_path(store, "lock", &store->scratch);
	if (err)
		return err;
	if (!stat(buf_text(&store->scratch), &found) && !fstat(store->lock_fd, &held) &&
	    found.st_dev == held.st_dev && found.st_ino == held.st_ino)
		return ERR_OK;
	err = buf_set(&store->failure, SPAN("the store's directory was removed, moved or "
					    "replaced while it was open"));
	return err ? err : ERR_IO;
}

enum err store_take_directory(struct store *store, struct why *why)
{
	enum err err = check_directory(store_dir(store), STORE_WRITE, why);

	return err ? err : take_lock(store, why);
}

/* Are single keys asked for, and not only ranges? */
static bool is_looked_up(enum family family)
{
	return family != FAMILY_QUEUE && family != FAMILY_PARKED && family != FAMILY_FEED;
}

/* Point look-ups by key meet many files: filters, resident beside their index, answer
 * "not here" without a read. 4 KiB blocks: a cold read costs 32-47 us, at 16 KiB 73, and a
 * visit a third more instructions (with a trained dictionary a quarter more, for a tenth less
 * disk). Headers are read when something has changed: a third smaller so. The keys of the
 * index as differences: 5.3 bytes resident a page, not 7.6, for a thousandth of a visit. */
static rocksdb_block_based_table_options_t *table_options(struct store *store,
							  enum family family)
{
	rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();

	rocksdb_block_based_options_set_block_cache(table, store->cache);
	rocksdb_block_based_options_set_block_size(
		table, family == FAMILY_HEADERS ? 16384 : 4096);
	rocksdb_block_based_options_set_index_block_restart_interval(table, 8);
	rocksdb_block_based_options_set_format_version(table, 5);
	rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 0);
	if (is_looked_up(family))
		rocksdb_block_based_options_set_filter_policy(
			table, rocksdb_filterpolicy_create_bloom_full(10));
	return table;
}

/* With an option that the C header has no call for. Where RocksDB does not know it, all is
 * as it is. */
static rocksdb_options_t *with_option(rocksdb_options_t *o, const char *option)
{
	rocksdb_options_t *with = rocksdb_options_create();
	char *failure = NULL;

	rocksdb_get_options_from_string(o, option, with, &failure);
	rocksdb_options_destroy(failure ? with : o);
	if (!failure)
		return with;
	rocksdb_free(failure);
	return o;
}

/* Whoever comes with pages in the order of their keys, pile by pile, meets one file a pile at
 * level 0, so these may be many: the rest of the family is rewritten for 16 files, not for 4
 * (a byte 1.3 times instead of 3.3, an eighth of the time that seeding takes). */
static void let_files_pile_up(rocksdb_options_t *o)
{
	rocksdb_options_set_level0_file_num_compaction_trigger(o, 16);
	rocksdb_options_set_level0_slowdown_writes_trigger(o, 40);
	rocksdb_options_set_level0_stop_writes_trigger(o, 60);
}

/* Records are alike, and of a block of 4 KiB its first ones say what the others repeat. A
 * piece of the file, put before each of its blocks, says it for all: a page takes 10 bytes
 * less at the bottom level, an entry of the queue 1, and to read or write a block costs what
 * it did (3 and 25 us). More than 2 KiB gains nothing; trained on samples it gains 4 bytes
 * more, and reading is a third slower. */
#define DICTIONARY_BYTES 2048
#define DICTIONARY_FROM_BYTES ((uint64_t)256 << 10) /* of a file, kept until it is made */
#define ZSTD_WINDOW_BITS (-14)                      /* these three: RocksDB's defaults */
#define ZSTD_LEVEL 32767
#define ZSTD_STRATEGY 0

static void share_dictionary(rocksdb_options_t *o)
{
	rocksdb_options_set_bottommost_compression_options(
		o, ZSTD_WINDOW_BITS, ZSTD_LEVEL, ZSTD_STRATEGY, DICTIONARY_BYTES, 1);
	rocksdb_options_set_bottommost_compression_options_max_dict_buffer_bytes(
		o, DICTIONARY_FROM_BYTES, 1);
}

static rocksdb_options_t *make_family_options(struct store *store, enum family family,
					      bool in_key_order)
{
	rocksdb_options_t *o = rocksdb_options_create();
	rocksdb_block_based_table_options_t *table = table_options(store, family);

	rocksdb_options_set_block_based_table_factory(o, table);
	rocksdb_block_based_options_destroy(table);
	rocksdb_options_set_write_buffer_size(o, (size_t)32 << 20);
	/* Of a large store few pages are in the memtable, of those that are seeded none: a
	 * filter beside it, of 640 KiB, spares the walk through it (a visit at 10^6 pages: a
	 * seventh less; 1 M seeds: 14.5 s without, 9.9 s with). */
	if (family == FAMILY_PAGE && store->mode == STORE_WRITE) {
		rocksdb_options_set_memtable_prefix_bloom_size_ratio(o, 0.02);
		rocksdb_options_set_memtable_whole_key_filtering(o, 1);
	}
	if (family == FAMILY_PAGE && in_key_order)
		let_files_pile_up(o);
	rocksdb_options_set_level_compaction_dynamic_level_bytes(o, 1);
	/* Upper levels are rewritten often and read hot; the last one holds the bulk. */
	rocksdb_options_set_compression(o, family == FAMILY_BODY
						   ? rocksdb_no_compression
						   : rocksdb_lz4_compression);
	rocksdb_options_set_bottommost_compression(o, family == FAMILY_BODY
							      ? rocksdb_no_compression
							      : rocksdb_zstd_compression);
	if (family == FAMILY_PAGE || family == FAMILY_QUEUE)
		share_dictionary(o);
	if (family == FAMILY_HISTORY)
		rocksdb_options_set_merge_operator(o, history_merge_new());
	/* A batch is put in the order of its keys, so the search for a key's place begins where
	 * the last one of the same first byte ended, and not at the top (the commit of a
	 * revalidation: a third less). */
	return with_option(o, "memtable_insert_with_hint_prefix_extractor="
			      "rocksdb.FixedPrefix.1");
}

static void make_options(struct store *store, const struct store_options *options)
{
	rocksdb_options_t *o = rocksdb_options_create();
	bool writer = store->mode == STORE_WRITE;
	size_t cache_bytes = options && options->cache_bytes ? options->cache_bytes
							     : DEFAULT_CACHE_BYTES;

	store->cache = rocksdb_cache_create_lru(cache_bytes);
	rocksdb_options_set_create_if_missing(o, writer);
	rocksdb_options_set_create_missing_column_families(o, writer);
	rocksdb_options_set_max_total_wal_size(o, (uint64_t)256 << 20);
	/* Only the options in force: a line more on a full disk, of its own fullness, and
	 * Debian's build of RocksDB aborts (REQ 81). */
	rocksdb_options_set_info_log_level(o, 4);
	rocksdb_options_set_keep_log_file_num(o, 2);
	rocksdb_options_set_max_background_jobs(o, 2);
	/* -1: a reader holds every file open, so none can vanish under it. */
	rocksdb_options_set_max_open_files(o, -1);
	/* Unless told, RocksDB starts 16 threads for each family that has files. */
	rocksdb_options_set_max_file_opening_threads(o, 1);
	rocksdb_options_set_bytes_per_sync(o, 1 << 20);
	if (store->in_memory) {
		store->env = rocksdb_create_mem_env();
		rocksdb_options_set_env(o, store->env);
	}
	/* Else a thread tries again and again where a write failed; when the store is closed
	 * before that has begun, RocksDB 7.8 waits for its end for ever (facebook/rocksdb#11440;
	 * for its other such thread there is no option: store_close.c). */
	store->options = with_option(o, "max_bgerror_resume_count=0");
	for (int f = 0; f < N_FAMILIES; f++)
		store->family_options[f] = make_family_options(
			store, (enum family)f, options && options->in_key_order);
	store->read_options = rocksdb_readoptions_create();
	store->queue_options = rocksdb_readoptions_create();
	store->write_options = rocksdb_writeoptions_create();
	rocksdb_writeoptions_set_sync(store->write_options,
				      !(options && options->no_sync) &&
					      !store->in_memory);
	rocksdb_writeoptions_disable_WAL(store->write_options, store->in_memory);
	store->batch = rocksdb_writebatch_create();
	/* RocksDB counts every comparison of keys for whom asks; nobody here does. */
	rocksdb_set_perf_level(rocksdb_disable);
}

/* RocksDB starts up to three threads when it opens. */
#define N_THREADS_PROBED 4

static void *wait_to_end(void *lock)
{
	pthread_mutex_lock(lock);
	pthread_mutex_unlock(lock);
	return NULL;
}

/* Can so many threads be had? RocksDB does not ask: it ends the process when they cannot. */
static enum err probe_threads(const struct store *store, struct why *why)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_t threads[N_THREADS_PROBED];
	int n = 0, failure = 0;

	pthread_mutex_lock(&lock);
	while (n < N_THREADS_PROBED && !failure) {
		failure = pthread_create(&threads[n], NULL, wait_to_end, &lock);
		n += !failure;
	}
	pthread_mutex_unlock(&lock);
	while (n)
		pthread_join(threads[--n], NULL);
	return failure ? why_set(why, ERR_IO,
				 "cannot open store '%s': no threads to be had: %s",
				 store_dir(store), strerror(failure))
		       : ERR_OK;
}

static enum err open_database(struct store *store, struct why *why)
{
	const rocksdb_options_t *family_options[N_FAMILIES];
	char *failure = NULL;
	enum err err;

	for (int f = 0; f < N_FAMILIES; f++)
		family_options[f] = store->family_options[f];
	if (store->mode == STORE_READ) {
		err = store_open_reader(store, family_names, family_options);
	} else {
		store->db = rocksdb_open_column_families(
			store->options, store_dir(store), N_FAMILIES, family_names,
			family_options, store->families, &failure);
		err = store_take_failure(store, failure);
	}
	if (err == ERR_OK)
		return ERR_OK;
	if (strstr(store_failure(store), "does not exist") ||
	    strstr(store_failure(store), "No such file"))
		err = store->mode == STORE_READ ? ERR_NOT_FOUND : ERR_CORRUPT;
	return why_set(why, err, "cannot open store '%s': %s", store_dir(store),
		       err == ERR_NOMEM ? err_text(err) : store_failure(store));
}

static enum err read_asked_at(struct store *store)
{
	enum err err = store_read(store, FAMILY_META, SPAN("asked"), &store->scratch);
	struct span bytes = buf_span(&store->scratch);
	uint64_t at_ms = 0;

	if (!err)
		err = varint_read(&bytes, &at_ms);
	store->asked_at_ms = at_ms <= INT64_MAX ? (int64_t)at_ms : 0;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err store_read_meta(struct store *store, struct why *why)
{
	enum err err = store_read(store, FAMILY_META, SPAN("totals"), &store->scratch);
	struct span cursor;

	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (!err)
		err = counters_decode(buf_span(&store->scratch), &store->totals);
	if (!err)
		err = store_read(store, FAMILY_META, SPAN("cursor"), &store->scratch);
	cursor = buf_span(&store->scratch);
	if (!err)
		err = varint_read(&cursor, &store->last_cursor);
	if (!err)
		err = read_asked_at(store);
	if (!err)
		err = store_load_classes(store);
	return err ? why_set(why, ERR_CORRUPT, "store '%s': counters do not decode",
			     store_dir(store))
		   : ERR_OK;
}

static enum err put_format(struct store *store)
{
	enum err err;

	buf_clear(&store->scratch);
	err = varint_append(&store->scratch, STORE_FORMAT);
	if (!err)
		err = store_put(store, FAMILY_META, SPAN("format"),
				buf_span(&store->scratch), false);
	return err ? err : store_commit(store);
}

static enum err read_format(struct store *store, uint64_t *format)
{
	enum err err = store_read(store, FAMILY_META, SPAN("format"), &store->scratch);
	struct span bytes = buf_span(&store->scratch);

	return err ? err : varint_read(&bytes, format);
}

static enum err check_format(struct store *store, struct why *why)
{
	uint64_t format = 0;
	enum err err = read_format(store, &format);

	if (err == ERR_NOT_FOUND && store->mode == STORE_WRITE)
		return put_format(store);
	if (err)
		return why_set(why, ERR_CORRUPT, "'%s' is not a store of freshet",
			       store_dir(store));
	if (format > STORE_FORMAT)
		return why_set(why, ERR_NEWER,
			       "store '%s' has format %llu, this freshet knows up to %d",
			       store_dir(store), (unsigned long long)format,
			       STORE_FORMAT);
	return ERR_OK;
}

/* A damaged log is refused: whoever opens it to write would lose all that stands behind
 * the damage, and hand the cursors of that out again. Without fsync an end that was torn
 * can look like it. */
static enum err heed_logs(struct store *store, const struct store_options *options,
			  bool *lost, struct why *why)
{
	struct buf damaged = BUF_INIT;
	enum err err = store_check_logs(store, &damaged);

	*lost = damaged.len > 0;
	if (*lost)
		log_event(LOG_WARN, "log-damaged", "%s", buf_text(&damaged));
	if (!err && *lost && !(options && (options->no_sync || options->repair_at_ms)))
		err = why_set(why, ERR_CORRUPT,
			      "store '%s': %s (`freshet db repair` goes on without it)",
			      store_dir(store), buf_text(&damaged));
	buf_release(&damaged);
	return err;
}

/* From here on builds that would not keep what this one keeps must stay away. */
static enum err write_as_new(struct store *store, struct why *why)
{
	uint64_t format = 0;
	enum err err = read_format(store, &format);

	if (!err && format < STORE_FORMAT)
		err = put_format(store);
	if (!err)
		err = store_open_census(store);
	return err ? why_set(why, err, "cannot write store '%s': %s", store_dir(store),
			     err == ERR_IO ? store_failure(store) : err_text(err))
		   : ERR_OK;
}

enum err store_open(const char *dir, enum store_mode mode,
		    const struct store_options *options, struct store **out,
		    struct why *why)
{
	struct store *store = calloc(1, sizeof(*store));
	bool lost = false;
	enum err err;

	if (!store)
		return why_set(why, ERR_NOMEM, "out of memory");
	store->in_memory = mode == STORE_MEMORY;
	store->mode = mode == STORE_READ ? STORE_READ : STORE_WRITE;
	store->lock_fd = -1;
	err = buf_set(&store->dir, span_of(dir));
	if (!err && mode == STORE_READ)
		err = check_directory(dir, mode, why);
	if (!err && mode == STORE_WRITE)
		err = store_take_directory(store, why);
	if (!err && mode == STORE_WRITE)
		store_drop_stale_checkpoint(store);
	if (!err && mode != STORE_MEMORY)
		err = store_check_regular(dir, 1, why);
	if (!err && mode != STORE_MEMORY)
		err = store_check_seal(store, why);
	if (!err && mode == STORE_WRITE)
		err = heed_logs(store, options, &lost, why);
	if (!err) {
		if (mode == STORE_WRITE)
			umask(077); /* RocksDB makes files at any time: REQ 77 */
		err = probe_threads(store, why);
	}
	if (!err) {
		make_options(store, options);
		err = open_database(store, why);
	}
	if (!err && mode == STORE_WRITE)
		store_seal(store);
	if (!err)
		err = check_format(store, why);
	if (!err)
		err = store_read_meta(store, why);
	if (!err && mode == STORE_WRITE && store_check_queue_files(store))
		err = why_set(why, ERR_NOMEM, "cannot open store '%s': %s", dir,
			      store_failure(store));
	if (!err && lost && options && options->repair_at_ms) {
		uint64_t first = store_first_cursor(options->repair_at_ms);

		if (store->last_cursor < first)
			store->last_cursor = first;
		store->counters_dirty = true;
		err = store_commit(store);
	}
	if (!err && store->mode == STORE_WRITE)
		err = write_as_new(store, why);
	if (!err && store->mode == STORE_WRITE && !store->in_memory)
		store_merge_feed_files(store);
	/* For want of memory it may have failed where nobody says why. */
	if (err == ERR_NOMEM)
		(void)why_set(why, err, "cannot open store '%s': %s", dir, err_text(err));
	if (err)
		store_close(store);
	else
		*out = store;
	return err;
}
