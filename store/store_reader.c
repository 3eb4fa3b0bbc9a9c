/*
 * store_reader.c - reading beside a process that writes.
 *
 * RocksDB reads the manifest, then the files that it names, then the logs with what is in
 * no file yet. A log that the writer has deleted in between is not missed: its records
 * are silently left out, in the families that the manifest did not yet know to be in
 * files. So a reader makes sure that no log went while it opened.
 */
#include "store/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define OPEN_TRIES 100
#define SAME_TRIES 3

/* The names of all logs, each with a NUL behind it. */
static enum err list_logs(struct store *store, struct buf *names)
{
	DIR *d = opendir(store_dir(store));
	enum err err = ERR_OK;
	struct dirent *e;

	if (!d)
		return ERR_IO;
	buf_clear(names);
	while (!err && (e = readdir(d))) {
		size_t len = strlen(e->d_name);

		if (len > 4 && strcmp(e->d_name + len - 4, ".log") == 0)
			err = buf_append(names, e->d_name, len + 1);
	}
	closedir(d);
	return err;
}

static enum err all_exist(struct store *store, struct span names, bool *all)
{
	*all = true;
	while (names.len && *all) {
		enum err err =
			store_path(store, span_cut(&names, '\0').data, &store->scratch);

		if (err)
			return err;
		*all = access(buf_text(&store->scratch), F_OK) == 0;
	}
	return ERR_OK;
}

static void close_again(struct store *store)
{
	for (int f = 0; f < N_FAMILIES; f++) {
		rocksdb_column_family_handle_destroy(store->families[f]);
		store->families[f] = NULL;
	}
	rocksdb_close(store->db);
	store->db = NULL;
}

static enum err try_open(struct store *store, const char *const *family_names,
			 const rocksdb_options_t *const *family_options, bool *whole)
{
	struct buf logs = BUF_INIT;
	char *failure = NULL;
	enum err err = list_logs(store, &logs);

	*whole = false;
	if (err)
		goto out;
	store->db = rocksdb_open_for_read_only_column_families(
		store->options, store_dir(store), N_FAMILIES, family_names,
		family_options, store->families, 0, &failure);
	err = store_take_failure(store, failure);
	if (!err)
		err = all_exist(store, buf_span(&logs), whole);
	if (store->db && (err || !*whole))
		close_again(store);
out:
	buf_release(&logs);
	return err;
}

static enum err why_busy(struct store *store)
{
	enum err err =
		buf_set(&store->failure, SPAN("it is written to too fast to be read"));

	return err ? err : ERR_IO;
}

enum err store_open_reader(struct store *store, const char *const *family_names,
			   const rocksdb_options_t *const *family_options)
{
	struct buf before = BUF_INIT;
	bool whole = false;
	int n_same = 0;
	enum err err = ERR_OK;

	/* A failure may be a file that went; one that comes again and again stays. */
	for (int tries = 0; tries < OPEN_TRIES && !whole && n_same < SAME_TRIES;
	     tries++) {
		err = try_open(store, family_names, family_options, &whole);
		if (!err)
			continue;
		n_same = span_equal(buf_span(&before), buf_span(&store->failure))
				 ? n_same + 1
				 : 0;
		if (err == ERR_NOMEM || buf_set(&before, buf_span(&store->failure)))
			break;
	}
	buf_release(&before);
	if (!err && !whole)
		err = why_busy(store);
	return err;
}

/* fsync on any descriptor makes the file's dirty pages durable, whoever wrote them. */
static enum err sync_file(struct store *store, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum err err = ERR_OK;

	if (fd < 0 && errno == ENOENT)
		return ERR_OK;
	if (fd < 0 || fsync(fd)) {
		buf_clear(&store->failure);
		err = buf_printf(&store->failure, "cannot make '%s' durable: %s", path,
				 strerror(errno));
		err = err ? err : ERR_IO;
	}
	if (fd >= 0)
		close(fd);
	return err;
}

enum err store_sync_seen(struct store *store)
{
	struct buf names = BUF_INIT;
	enum err err = list_logs(store, &names);
	struct span rest = buf_span(&names);

	while (!err && rest.len) {
		err = store_path(store, span_cut(&rest, '\0').data, &store->scratch);
		if (!err)
			err = sync_file(store, buf_text(&store->scratch));
	}
	buf_release(&names);
	return err;
}
