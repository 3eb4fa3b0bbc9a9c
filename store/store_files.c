/*
 * store_files.c - where the files of a family begin.
 *
 * RocksDB 7.8 passes over a file whose first block is damaged, without a word, when an
 * iterator comes to it by a step; a seek into that file does tell. So whoever must miss
 * nothing seeks anew wherever a file begins.
 */
#include "store/internal.h"

#include <stdlib.h>

#include "store/base/log.h"

struct file_starts {
	struct buf *keys; /* in order */
	size_t n, next;
};

static int compare(const void *a, const void *b)
{
	const struct buf *x = a, *y = b;
	int order = memcmp(buf_text(x), buf_text(y), x->len < y->len ? x->len : y->len);

	return order ? order : (x->len > y->len) - (x->len < y->len);
}

static enum err add(struct file_starts *starts, const rocksdb_livefiles_t *files, int i)
{
	struct span key;

	key.data = rocksdb_livefiles_smallestkey(files, i, &key.len);
	return buf_set(&starts->keys[starts->n++], key);
}

enum err file_starts_new(struct store *store, enum family family,
			 struct file_starts **out)
{
	const rocksdb_livefiles_t *files = rocksdb_livefiles(store->db);
	int n_files = rocksdb_livefiles_count(files);
	struct file_starts *starts = calloc(1, sizeof(*starts));
	enum err err = ERR_NOMEM;

	if (starts)
		starts->keys = calloc((size_t)n_files + 1, sizeof(*starts->keys));
	if (starts && starts->keys)
		err = ERR_OK;
	for (int i = 0; !err && i < n_files; i++)
		if (strcmp(rocksdb_livefiles_column_family_name(files, i),
			   store_family_name(family)) == 0)
			err = add(starts, files, i);
	rocksdb_livefiles_destroy(files);
	if (err) {
		file_starts_free(starts);
		return err;
	}
	qsort(starts->keys, starts->n, sizeof(*starts->keys), compare);
	*out = starts;
	return ERR_OK;
}

void file_starts_free(struct file_starts *starts)
{
	if (!starts)
		return;
	for (size_t i = 0; i < starts->n; i++)
		buf_release(&starts->keys[i]);
	free(starts->keys);
	free(starts);
}

bool file_starts_by(struct file_starts *starts, const struct span *key)
{
	size_t before = starts->next;

	while (starts->next < starts->n) {
		const struct buf *start = &starts->keys[starts->next];
		const struct buf here =
			key ? (struct buf){ (char *)(uintptr_t)key->data, key->len, 0 }
			    : (struct buf)BUF_INIT;

		if (key && compare(start, &here) > 0)
			break;
		starts->next++;
	}
	return starts->next > before;
}

static enum err check_starts(struct store *store, enum family family)
{
	struct file_starts *starts = NULL;
	rocksdb_readoptions_t *options = rocksdb_readoptions_create();
	enum err err = file_starts_new(store, family, &starts);
	rocksdb_iterator_t *it;

	/* The block is enough: a queue's front is what was deleted from it, and each file's
	 * would be walked through to the first entry that is left. */
	rocksdb_readoptions_set_max_skippable_internal_keys(options, 1);
	it = rocksdb_create_iterator_cf(store->db, options, store->families[family]);

	for (size_t i = 0; !err && i < starts->n; i++) {
		rocksdb_iter_seek(it, buf_text(&starts->keys[i]), starts->keys[i].len);
		if (rocksdb_iter_valid(it))
			continue;
		err = store_iterator_failure(store, it);
		if (err == ERR_CORRUPT) {
			log_event(LOG_WARN, "file-damaged", "of=%s is=%s",
				  store_family_name(family), store_failure(store));
			err = ERR_OK;
		} else if (err && strstr(store_failure(store), "keys skipped")) {
			err = ERR_OK;
		}
	}
	rocksdb_iter_destroy(it);
	rocksdb_readoptions_destroy(options);
	file_starts_free(starts);
	return err;
}

enum err store_check_queue_files(struct store *store)
{
	enum err err = check_starts(store, FAMILY_QUEUE);

	return err ? err : check_starts(store, FAMILY_PARKED);
}
