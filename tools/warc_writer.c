#include "tools/warc_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/units.h"
#include "tools/warc.h"
#include "tools/warc_index.h"

#define FLUSH_BYTES ((size_t)256 << 10)
#define PACK_LEVEL 3
#define NAMES_MAX 100000 /* files begun in one millisecond */

struct warc_writer {
	char *dir, *user_agent;
	int64_t max_bytes;
	bool no_sync;
	struct warc_packer *packer;
	struct warc_batch first; /* the record that begins a file */
	int dir_fd, fd;
	struct buf name, path; /* of the file, without ".open" */
	struct buf out;        /* not written yet */
	uint64_t n_written;    /* bytes of the file, but for those */
	bool is_named;         /* the directory's entry is on the disk */
	bool dirty;            /* written, but not synced */
	struct buf index;
	struct why failure;
};

/* ---- batches -------------------------------------------------------------------------------- */

void warc_batch_clear(struct warc_batch *batch)
{
	buf_clear(&batch->bytes);
	buf_clear(&batch->lines);
	batch->n = 0;
}

void warc_batch_release(struct warc_batch *batch)
{
	buf_release(&batch->bytes);
	buf_release(&batch->lines);
	batch->n = 0;
}

/* ---- the file ---------------------------------------------------------------------------------- */

static enum err fail(struct warc_writer *w, const char *what, const char *name)
{
	return why_set(&w->failure, ERR_IO, "cannot %s '%s': %s", what, name,
		       strerror(errno));
}

static enum err flush(struct warc_writer *w)
{
	size_t done = 0;

	while (done < w->out.len) {
		ssize_t n = write(w->fd, w->out.data + done, w->out.len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			enum err err = fail(w, "write", buf_text(&w->path));

			/* No record may stand there in part: the next one goes here. */
			(void)!ftruncate(w->fd, (off_t)w->n_written);
			(void)lseek(w->fd, (off_t)w->n_written, SEEK_SET);
			return err;
		}
		done += (size_t)n;
		w->dirty = true;
	}
	w->n_written += done;
	buf_clear(&w->out);
	return ERR_OK;
}

enum err warc_writer_sync(struct warc_writer *w)
{
	enum err err = w->fd < 0 ? ERR_OK : flush(w);

	if (err || w->fd < 0 || !w->dirty || w->no_sync)
		return err;
	if (fdatasync(w->fd) || (!w->is_named && fsync(w->dir_fd)))
		return fail(w, "write", buf_text(&w->path));
	w->is_named = true;
	w->dirty = false;
	return ERR_OK;
}

static enum err add_batch(struct warc_writer *w, const struct warc_batch *batch)
{
	size_t at = 0, line_at = 0;
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < batch->n; i++) {
		size_t len = batch->items[i].len, line_len = batch->items[i].line_len;
		uint64_t offset = w->n_written + w->out.len;

		if (line_len)
			err = buf_append(&w->index, batch->lines.data + line_at,
					 line_len);
		if (!err && line_len)
			err = cdxj_end(&w->index, offset, len, buf_text(&w->name));
		if (!err)
			err = buf_append(&w->out, batch->bytes.data + at, len);
		at += len;
		line_at += line_len;
	}
	return err;
}

static enum err make_first(struct warc_writer *w, int64_t now_ms)
{
	enum err err;

	warc_batch_clear(&w->first);
	err = warc_info_pack(w->packer, buf_span(&w->name), span_of(w->user_agent),
			     now_ms, &w->first.bytes);
	w->first.items[0].len = w->first.bytes.len;
	w->first.items[0].line_len = 0;
	w->first.n = 1;
	return err;
}

/* "freshet-20261122140000123-00000.warc.gz": the time and the n-th try. */
static enum err make_name(struct warc_writer *w, int64_t now_ms, int n)
{
	char text[UNITS_TIME_SIZE], digits[18] = "";
	size_t len = 0;
	enum err err;

	units_format_time(now_ms, text);
	for (size_t i = 0; text[i] && len < sizeof(digits) - 1; i++)
		if (text[i] >= '0' && text[i] <= '9')
			digits[len++] = text[i];
	buf_clear(&w->name);
	buf_clear(&w->path);
	err = buf_printf(&w->name, WARC_NAME_PREFIX "%s-%05d.warc.gz", digits, n);
	return err ? err : buf_printf(&w->path, "%s/%s", w->dir, buf_text(&w->name));
}

static bool exists(struct warc_writer *w)
{
	return faccessat(w->dir_fd, buf_text(&w->name), F_OK, 0) == 0;
}

/* Locks the file, so that no other process takes it for a dead one's; one that was quicker
 * has removed it, or is about to: then it is closed. */
static enum err lock(struct warc_writer *w)
{
	struct stat st;
	bool locked = flock(w->fd, LOCK_EX | LOCK_NB) == 0;

	if ((!locked && errno != EWOULDBLOCK) || fstat(w->fd, &st))
		return fail(w, "lock", buf_text(&w->path));
	if (locked && st.st_nlink)
		return ERR_OK;
	close(w->fd);
	w->fd = -1;
	return ERR_OK;
}

static enum err open_file(struct warc_writer *w, int64_t now_ms)
{
	struct buf open_name = BUF_INIT;
	enum err err = ERR_OK;

	for (int n = 0; !err && w->fd < 0; n++) {
		err = make_name(w, now_ms, n);
		buf_clear(&open_name);
		if (!err)
			err = buf_printf(&open_name, "%s" WARC_OPEN_SUFFIX,
					 buf_text(&w->name));
		if (err || exists(w))
			continue;
		w->fd = openat(w->dir_fd, buf_text(&open_name),
			       O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (w->fd < 0 && (errno != EEXIST || n == NAMES_MAX))
			err = fail(w, "make", buf_text(&w->path));
		if (w->fd >= 0)
			err = lock(w);
	}
	buf_release(&open_name);
	w->n_written = 0;
	w->is_named = w->dirty = false;
	buf_clear(&w->out);
	buf_clear(&w->index);
	if (!err)
		err = make_first(w, now_ms);
	return err ? err : add_batch(w, &w->first);
}

enum err warc_writer_close(struct warc_writer *w)
{
	struct buf open_path = BUF_INIT;
	enum err err;

	if (w->fd < 0)
		return ERR_OK;
	err = warc_writer_sync(w);
	if (!err)
		err = warc_index_write(&w->index, buf_text(&w->path), &w->failure);
	if (!err)
		err = buf_printf(&open_path, "%s" WARC_OPEN_SUFFIX, buf_text(&w->path));
	if (!err && rename(buf_text(&open_path), buf_text(&w->path)))
		err = fail(w, "rename", buf_text(&open_path));
	if (!err && !w->no_sync && fsync(w->dir_fd))
		err = fail(w, "write", w->dir);
	buf_release(&open_path);
	if (err)
		return err;
	close(w->fd);
	w->fd = -1;
	buf_clear(&w->index);
	return ERR_OK;
}

enum err warc_writer_add(struct warc_writer *w, const struct warc_batch *batch,
			 int64_t now_ms)
{
	enum err err = ERR_OK;

	if (!batch->n)
		return ERR_OK;
	if (w->fd < 0)
		err = open_file(w, now_ms);
	if (!err)
		err = add_batch(w, batch);
	if (!err && w->out.len >= FLUSH_BYTES)
		err = flush(w);
	if (!err && ((int64_t)(w->n_written + w->out.len) >= w->max_bytes ||
		     w->index.len >= WARC_INDEX_MAX))
		err = warc_writer_close(w);
	return err;
}

/* ---- making and freeing -------------------------------------------------------------------------- */

static enum err open_dir(struct warc_writer *w, struct why *why)
{
	const char *dir = w->dir;

	if (mkdir(dir, 0777) && errno != EEXIST)
		return why_set(why, ERR_IO, "cannot make '%s': %s", dir, strerror(errno));
	w->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return w->dir_fd < 0 ? why_set(why, ERR_IO, "cannot open '%s': %s", dir,
				       strerror(errno))
			     : ERR_OK;
}

enum err warc_writer_new(const struct warc_writer_config *config,
			 struct warc_writer **out, struct why *why)
{
	struct warc_writer *w = calloc(1, sizeof(*w));
	enum err err;

	if (!w)
		return ERR_NOMEM;
	w->fd = w->dir_fd = -1;
	w->max_bytes = config->max_bytes;
	w->no_sync = config->no_sync;
	w->dir = strdup(config->dir);
	w->user_agent = strdup(config->user_agent);
	err = w->dir && w->user_agent ? warc_packer_new(PACK_LEVEL, &w->packer)
				      : ERR_NOMEM;
	if (!err)
		err = open_dir(w, why);
	if (!err)
		err = warc_recover(config->dir, why);
	if (err)
		warc_writer_free(w);
	else
		*out = w;
	return err;
}

void warc_writer_free(struct warc_writer *writer)
{
	if (!writer)
		return;
	free(writer->dir);
	free(writer->user_agent);
	warc_packer_free(writer->packer);
	warc_batch_release(&writer->first);
	if (writer->fd >= 0)
		close(writer->fd);
	if (writer->dir_fd >= 0)
		close(writer->dir_fd);
	buf_release(&writer->name);
	buf_release(&writer->path);
	buf_release(&writer->out);
	buf_release(&writer->index);
	free(writer);
}

const char *warc_writer_failure(const struct warc_writer *writer)
{
	return writer->failure.text;
}
