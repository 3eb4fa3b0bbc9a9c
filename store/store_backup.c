/*
 * store_backup.c - copies of the store, and the way back from them.
 *
 * The writer links its files at one moment between two commits into a checkpoint, which
 * costs it a flush; another process then copies that at leisure into the backup directory,
 * where RocksDB's backup engine keeps one file once, however many backups share it, and a
 * checksum of each. A restore goes to a directory inside the store's, is opened there, and
 * only then takes the place of what was there.
 */
#include "store/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/clock.h"

#define BACKUP_DIR "backup"
#define CHECKPOINT BACKUP_DIR "/checkpoint"
#define RESTORING "restoring"
#define COPY_LEVELS 3 /* directories of a place of backups: itself, private, private/1 */

/* A restored store counts on from here: an indexer may have seen cursors that were handed
 * out after the backup was made, and must take none of the new for known. Two million
 * visits a second do not catch up, and a double holds it exactly until 2106. */
uint64_t store_first_cursor(int64_t now_ms)
{
	return (uint64_t)(now_ms / MS_PER_SECOND) << 21;
}

struct store_backup {
	struct buf dir; /* the store's */
	int lock_fd;    /* of its directory for this: one backup at a time */
};

/* ---- directories --------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

/* Whatever is there, or nothing. */
static enum err remove_tree(const char *path)
{
	return nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS) && errno != ENOENT
		       ? ERR_IO
		       : ERR_OK;
}

static enum err path_in(const char *dir, const char *file, struct buf *path)
{
	buf_clear(path);
	return buf_printf(path, "%s/%s", dir, file);
}

static bool exists_in(const char *dir, const char *file)
{
	struct buf path = BUF_INIT;
	bool exists =
		path_in(dir, file, &path) == ERR_OK && access(buf_text(&path), F_OK) == 0;

	buf_release(&path);
	return exists;
}

static bool is_empty(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	bool empty = true;

	while (d && empty && (e = readdir(d)))
		empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
	if (d)
		closedir(d);
	return empty;
}

/* Opens a directory for the lock on it. ERR_LOCKED: somebody has it. */
static enum err lock_directory(const char *path, int *fd, struct why *why)
{
	*fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0)
		return why_set(why, ERR_IO, "cannot open '%s': %s", path,
			       strerror(errno));
	if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
		return ERR_OK;
	close(*fd);
	*fd = -1;
	return why_set(why, ERR_LOCKED, "another backup works in '%s'", path);
}

/* ---- the writer's part ----------------------------------------------------------------- */

enum err store_checkpoint(struct store *store)
{
	char *failure = NULL;
	rocksdb_checkpoint_t *checkpoint;
	enum err err = store_path(store, CHECKPOINT, &store->scratch);

	if (err)
		return err;
	checkpoint = rocksdb_checkpoint_object_create(store->db, &failure);
	if (checkpoint) {
		rocksdb_checkpoint_create(checkpoint, buf_text(&store->scratch), 0,
					  &failure);
		rocksdb_checkpoint_object_destroy(checkpoint);
	}
	return store_take_failure(store, failure);
}

/* What a backup that was killed has left. A lock on it: that one lives. */
void store_drop_stale_checkpoint(struct store *store)
{
	static const char *const left[] = { CHECKPOINT, CHECKPOINT ".tmp" };
	int fd;

	if (store_path(store, BACKUP_DIR, &store->scratch) ||
	    access(buf_text(&store->scratch), F_OK) ||
	    lock_directory(buf_text(&store->scratch), &fd, NULL))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(left); i++)
		if (store_path(store, left[i], &store->scratch) == ERR_OK)
			(void)!remove_tree(buf_text(&store->scratch));
	close(fd);
}

/* ---- a backup ------------------------------------------------------------------------- */

static enum err remove_checkpoint(struct store_backup *backup, struct buf *path)
{
	enum err err = path_in(buf_text(&backup->dir), CHECKPOINT ".tmp", path);

	if (!err)
		err = remove_tree(buf_text(path));
	if (!err)
		err = path_in(buf_text(&backup->dir), CHECKPOINT, path);
	return err ? err : remove_tree(buf_text(path));
}

enum err store_backup_begin(const char *dir, struct store_backup **out, struct why *why)
{
	struct store_backup *backup = calloc(1, sizeof(*backup));
	struct buf path = BUF_INIT;
	enum err err = ERR_NOMEM;

	if (!backup)
		return why_set(why, err, "%s", err_text(err));
	backup->lock_fd = -1;
	umask(077); /* a copy is as private as the store (REQ 77) */
	err = buf_set(&backup->dir, span_of(dir));
	if (!err && !exists_in(dir, "CURRENT"))
		err = why_set(why, ERR_NOT_FOUND, "no store at '%s'", dir);
	if (!err)
		err = path_in(dir, BACKUP_DIR, &path);
	if (!err && mkdir(buf_text(&path), 0700) && errno != EEXIST)
		err = why_set(why, ERR_IO, "cannot make '%s': %s", buf_text(&path),
			      strerror(errno));
	if (!err)
		err = lock_directory(buf_text(&path), &backup->lock_fd, why);
	if (!err && remove_checkpoint(backup, &path))
		err = why_set(why, ERR_IO, "cannot remove '%s': %s", buf_text(&path),
			      strerror(errno));
	buf_release(&path);
	if (err)
		store_backup_end(backup);
	else
		*out = backup;
	return err;
}

void store_backup_end(struct store_backup *backup)
{
	struct buf path = BUF_INIT;

	if (!backup)
		return;
	if (backup->lock_fd >= 0) {
		(void)!remove_checkpoint(backup, &path);
		close(backup->lock_fd);
	}
	buf_release(&path);
	buf_release(&backup->dir);
	free(backup);
}

static enum err open_engine(const char *dir, rocksdb_backup_engine_t **engine,
			    struct why *why)
{
	rocksdb_env_t *env = rocksdb_create_default_env();
	rocksdb_backup_engine_options_t *options =
		rocksdb_backup_engine_options_create(dir);
	char *failure = NULL;
	enum err err = ERR_OK;

	*engine = rocksdb_backup_engine_open_opts(options, env, &failure);
	if (failure)
		err = why_set(why, ERR_IO, "cannot open backups '%s': %s", dir, failure);
	rocksdb_free(failure);
	rocksdb_backup_engine_options_destroy(options);
	rocksdb_env_destroy(env);
	return err;
}

/* Neither a store nor a directory of other files becomes a place for backups. */
static enum err check_target(const struct store_backup *backup, const char *to,
			     struct why *why)
{
	char *store = realpath(buf_text(&backup->dir), NULL), *target;
	enum err err = ERR_OK;

	if (mkdir(to, 0700) && errno != EEXIST) {
		free(store);
		return why_set(why, ERR_IO, "cannot make '%s': %s", to, strerror(errno));
	}
	target = realpath(to, NULL);
	if (!store || !target)
		err = why_set(why, ERR_IO, "cannot open '%s': %s", to, strerror(errno));
	else if (span_starts_with(span_of(target), span_of(store)) &&
		 (target[strlen(store)] == '/' || !target[strlen(store)]))
		err = why_set(why, ERR_INVALID, "'%s' is in the store itself", to);
	else if (!is_empty(to) && !exists_in(to, "meta"))
		err = why_set(why, ERR_INVALID,
			      "'%s' holds no backups and is not empty: left alone", to);
	else
		err = store_check_regular(to, COPY_LEVELS, why);
	free(store);
	free(target);
	return err;
}

/* The index of backup `id`, or of the newest; -1: there is none. */
static int find_backup(const rocksdb_backup_engine_info_t *list, uint32_t id)
{
	int n = rocksdb_backup_engine_info_count(list);

	while (id && n > 0 && rocksdb_backup_engine_info_backup_id(list, n - 1) != id)
		n--;
	return n - 1;
}

static void fill_info(const rocksdb_backup_engine_info_t *list, int i,
		      struct store_backup_info *info)
{
	info->id = rocksdb_backup_engine_info_backup_id(list, i);
	info->at_ms = rocksdb_backup_engine_info_timestamp(list, i) * MS_PER_SECOND;
	info->bytes = rocksdb_backup_engine_info_size(list, i);
	info->n_backups = (uint32_t)rocksdb_backup_engine_info_count(list);
}

static enum err add_backup(struct store *checkpoint, const char *to, uint32_t keep,
			   struct store_backup_info *info, struct why *why)
{
	const rocksdb_backup_engine_info_t *list;
	rocksdb_backup_engine_t *engine = NULL;
	char *failure = NULL;
	enum err err = open_engine(to, &engine, why);

	if (err)
		return err;
	rocksdb_backup_engine_create_new_backup(engine, checkpoint->db, &failure);
	if (!failure && keep)
		rocksdb_backup_engine_purge_old_backups(engine, keep, &failure);
	if (failure)
		err = why_set(why, ERR_IO, "cannot write backup '%s': %s", to, failure);
	rocksdb_free(failure);
	list = rocksdb_backup_engine_get_backup_info(engine);
	if (!err)
		fill_info(list, find_backup(list, 0), info);
	rocksdb_backup_engine_info_destroy(list);
	rocksdb_backup_engine_close(engine);
	info->n_pages = store_n_pages(checkpoint);
	info->last_cursor = store_last_cursor(checkpoint);
	return err;
}

enum err store_backup_copy(struct store_backup *backup, const char *to, uint32_t keep,
			   struct store_backup_info *info, struct why *why)
{
	struct store *checkpoint = NULL;
	struct buf path = BUF_INIT;
	int lock_fd = -1;
	enum err err = check_target(backup, to, why);

	if (!err)
		err = lock_directory(to, &lock_fd, why);
	if (!err)
		err = path_in(buf_text(&backup->dir), CHECKPOINT, &path);
	if (!err)
		err = store_open(buf_text(&path), STORE_READ, NULL, &checkpoint, why);
	if (!err)
		err = add_backup(checkpoint, to, keep, info, why);
	store_close(checkpoint);
	if (lock_fd >= 0)
		close(lock_fd);
	buf_release(&path);
	return err;
}

/* ---- and back -------------------------------------------------------------------------- */

static enum err check_source(const char *from, struct why *why)
{
	if (access(from, R_OK | X_OK))
		return why_set(why, ERR_NOT_FOUND, "cannot open '%s': %s", from,
			       strerror(errno));
	if (!exists_in(from, "meta"))
		return why_set(why, ERR_NOT_FOUND, "there are no backups in '%s'", from);
	return store_check_regular(from, COPY_LEVELS, why);
}

/* Every file is read, and compared with its checksum, on the way. */
static enum err copy_back(const char *from, uint32_t id, const char *to,
			  struct store_backup_info *info, struct why *why)
{
	rocksdb_restore_options_t *options = rocksdb_restore_options_create();
	const rocksdb_backup_engine_info_t *list;
	rocksdb_backup_engine_t *engine = NULL;
	char *failure = NULL;
	int found = -1;
	enum err err = open_engine(from, &engine, why);

	if (err)
		goto out;
	list = rocksdb_backup_engine_get_backup_info(engine);
	found = find_backup(list, id);
	if (found >= 0)
		fill_info(list, found, info);
	rocksdb_backup_engine_info_destroy(list);
	if (found < 0 && id)
		err = why_set(why, ERR_NOT_FOUND,
			      "there is no sound backup %" PRIu32 " in '%s'", id, from);
	else if (found < 0)
		err = why_set(why, ERR_NOT_FOUND, "there are no backups in '%s'", from);
	else
		rocksdb_backup_engine_restore_db_from_backup(engine, to, to, options,
							     info->id, &failure);
	if (failure)
		err = why_set(why,
			      strncmp(failure, "Corruption", 10) == 0 ? ERR_CORRUPT
								      : ERR_IO,
			      "cannot restore backup %" PRIu32 " of '%s': %s", info->id,
			      from, failure);
	rocksdb_free(failure);
	rocksdb_backup_engine_close(engine);
out:
	rocksdb_restore_options_destroy(options);
	return err;
}

/* It opens, so it is a store, of a format that is known; and goes on in a life of its own. */
static enum err begin_new_life(const char *dir, int64_t now_ms,
			       struct store_backup_info *info, struct why *why)
{
	struct store *store = NULL;
	enum err err = store_open(dir, STORE_WRITE, NULL, &store, why);

	if (err)
		return err;
	info->n_pages = store_n_pages(store);
	if (store->last_cursor < store_first_cursor(now_ms))
		store->last_cursor = store_first_cursor(now_ms);
	store->counters_dirty = true;
	info->last_cursor = store->last_cursor;
	err = store_commit(store);
	if (!err)
		err = store_compact(store); /* all in files, which are fsynced */
	if (err)
		err = why_set(why, err, "cannot write '%s': %s", dir,
			      store_failure(store));
	store_close(store);
	return err;
}

enum kind_of_file { FILE_OTHER, FILE_DATA, FILE_MANIFEST, FILE_CURRENT };

/* By its name: what RocksDB writes, and what the order of moving depends on. */
static enum kind_of_file kind_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	if (strcmp(name, "CURRENT") == 0)
		return FILE_CURRENT;
	if (strncmp(name, "MANIFEST-", 9) == 0)
		return FILE_MANIFEST;
	if ((dot &&
	     (!strcmp(dot, ".sst") || !strcmp(dot, ".log") || !strcmp(dot, ".dbtmp"))) ||
	    strcmp(name, "IDENTITY") == 0 || strcmp(name, "SEAL") == 0 ||
	    strncmp(name, "OPTIONS-", 8) == 0)
		return FILE_DATA;
	return FILE_OTHER;
}

/* Moves the files of one kind from one directory to another; `to` NULL: removes them. */
static enum err move_files(const char *from, const char *to, enum kind_of_file kind)
{
	struct buf path = BUF_INIT, target = BUF_INIT;
	DIR *d = opendir(from);
	enum err err = d ? ERR_OK : ERR_IO;
	struct dirent *e;

	while (!err && (e = readdir(d))) {
		if (kind_of(e->d_name) != kind)
			continue;
		err = path_in(from, e->d_name, &path);
		if (!err && to)
			err = path_in(to, e->d_name, &target);
		if (!err && (to ? rename(buf_text(&path), buf_text(&target))
				: unlink(buf_text(&path))))
			err = ERR_IO;
	}
	if (d)
		closedir(d);
	buf_release(&path);
	buf_release(&target);
	return err;
}

static enum err sync_directory(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err err = fd < 0 || fsync(fd) ? ERR_IO : ERR_OK;

	if (fd >= 0)
		close(fd);
	return err;
}

/* CURRENT goes last, and names a manifest that is no longer there till then: whoever meets
 * the half of it is told of a corrupt store, and the restore can be made again. */
static enum err take_place(const char *from, const char *dir, struct why *why)
{
	enum err err = move_files(dir, NULL, FILE_MANIFEST);

	if (!err)
		err = move_files(dir, NULL, FILE_DATA);
	if (!err)
		err = move_files(from, dir, FILE_DATA);
	if (!err)
		err = move_files(from, dir, FILE_MANIFEST);
	if (!err)
		err = sync_directory(dir);
	if (!err)
		err = move_files(from, dir, FILE_CURRENT);
	if (!err)
		err = sync_directory(dir);
	return err ? why_set(why, err, "cannot move what was restored to '%s': %s", dir,
			     strerror(errno))
		   : ERR_OK;
}

static enum err restore_beside(const char *from, uint32_t id, const char *dir,
			       int64_t now_ms, struct store_backup_info *info,
			       struct why *why)
{
	struct buf path = BUF_INIT;
	enum err err = path_in(dir, RESTORING, &path);

	if (!err && remove_tree(buf_text(&path)))
		err = why_set(why, ERR_IO, "cannot remove '%s': %s", buf_text(&path),
			      strerror(errno));
	if (!err)
		err = copy_back(from, id, buf_text(&path), info, why);
	if (!err)
		err = begin_new_life(buf_text(&path), now_ms, info, why);
	if (!err)
		err = take_place(buf_text(&path), dir, why);
	if (path.len)
		(void)!remove_tree(buf_text(&path));
	buf_release(&path);
	return err;
}

enum err store_restore(const char *from, uint32_t id, const char *dir, bool replace,
		       int64_t now_ms, struct store_backup_info *info, struct why *why)
{
	struct store target = { .mode = STORE_WRITE, .lock_fd = -1 };
	enum err err = check_source(from, why);

	umask(077);
	if (!err)
		err = buf_set(&target.dir, span_of(dir));
	if (!err)
		err = store_take_directory(&target, why);
	if (!err && !replace && exists_in(dir, "CURRENT"))
		err = why_set(why, ERR_INVALID,
			      "there is a store at '%s' already (--yes replaces it)",
			      dir);
	if (!err)
		err = restore_beside(from, id, dir, now_ms, info, why);
	if (target.lock_fd >= 0)
		close(target.lock_fd);
	buf_release(&target.dir);
	buf_release(&target.scratch);
	return err;
}
