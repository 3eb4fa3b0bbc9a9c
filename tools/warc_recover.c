/* warc_recover.c - files that a process left open when it was killed. */
#include "tools/warc_writer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/log.h"
#include "tools/warc_http.h"
#include "tools/warc_index.h"
#include "tools/warc_reader.h"

struct recovery {
	struct warc_reader *reader;
	struct warc_head head;
	struct warc_http http;
	struct buf index;
	const char *name; /* of the file when it is whole */
	uint64_t end;     /* of its last whole record */
};

/* The line of the index for the record at hand, as its writer would have written it. */
static enum err index_record(struct recovery *r, uint64_t end)
{
	const struct warc_head *head = &r->head;
	struct cdxj entry = { .url = head->uri, .at_ms = head->at_ms };
	enum err err;

	if (head->type != WARC_RESPONSE && head->type != WARC_REVISIT &&
	    head->type != WARC_RESOURCE)
		return ERR_OK;
	(void)header_get(&head->fields, "WARC-Payload-Digest", 0, &entry.digest);
	if (head->type == WARC_RESOURCE)
		(void)header_get(&head->fields, "Content-Type", 0, &entry.mime);
	else
		warc_http_describe(&r->http, &entry);
	if (head->type == WARC_REVISIT)
		entry.mime = SPAN(CDXJ_REVISIT);
	err = cdxj_begin(&r->index, &entry);
	if (err == ERR_INVALID) /* no URL that we would have written */
		return ERR_OK;
	return err ? err : cdxj_end(&r->index, head->offset, end - head->offset, r->name);
}

/* Reads up to the first record that is not whole. */
static enum err read_records(struct recovery *r)
{
	enum err err = ERR_OK;

	while (!err) {
		uint64_t end = 0;

		err = warc_reader_next(r->reader, &r->head, NULL);
		if (!err &&
		    (r->head.type == WARC_RESPONSE || r->head.type == WARC_REVISIT))
			err = warc_http_read(r->reader, 0, &r->http, NULL);
		if (!err)
			err = warc_reader_finish(r->reader, &end, NULL);
		if (!err)
			err = index_record(r, end);
		if (!err)
			r->end = end;
	}
	return err == ERR_NOT_FOUND || err == ERR_INVALID ? ERR_OK : err;
}

/* `path` without its suffix is the name that the file is to have. */
static enum err finish_file(int fd, const char *open_path, const char *path,
			    const char *name, struct why *why)
{
	struct recovery r = { .name = name };
	enum err err = warc_reader_open_fd(fd, open_path, &r.reader, why);

	if (!err)
		err = read_records(&r);
	if (!err && r.end && ftruncate(fd, (off_t)r.end))
		err = why_set(why, ERR_IO, "cannot shorten '%s': %s", open_path,
			      strerror(errno));
	if (!err && r.end)
		err = warc_index_write(&r.index, path, why);
	if (!err && (r.end ? fsync(fd) || rename(open_path, path) : unlink(open_path)))
		err = why_set(why, ERR_IO, "cannot finish '%s': %s", open_path,
			      strerror(errno));
	if (!err)
		log_event(LOG_INFO, "warc-finished", "file=%s bytes=%llu", path,
			  (unsigned long long)r.end);
	warc_reader_close(r.reader);
	header_list_release(&r.head.fields);
	warc_http_release(&r.http);
	buf_release(&r.index);
	return err;
}

/* Whoever wrote it may have finished it before we had the lock. */
static bool is_still(int fd, const char *path)
{
	struct stat ours, there;

	return fstat(fd, &ours) == 0 && stat(path, &there) == 0 &&
	       ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

/* One that somebody writes is locked, and is left alone. */
static enum err recover(const char *dir, const char *open_name, struct why *why)
{
	struct buf open_path = BUF_INIT, path = BUF_INIT;
	size_t len = strlen(open_name) - strlen(WARC_OPEN_SUFFIX);
	enum err err = buf_printf(&open_path, "%s/%s", dir, open_name);
	int fd = -1;

	if (!err)
		err = buf_printf(&path, "%s/%.*s", dir, (int)len, open_name);
	if (!err)
		fd = open(buf_text(&open_path), O_RDWR | O_CLOEXEC);
	if (!err && fd < 0 && errno != ENOENT)
		err = why_set(why, ERR_IO, "cannot open '%s': %s", buf_text(&open_path),
			      strerror(errno));
	if (!err && fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
	    is_still(fd, buf_text(&open_path)))
		err = finish_file(fd, buf_text(&open_path), buf_text(&path),
				  buf_text(&path) + strlen(dir) + 1, why);
	if (fd >= 0)
		close(fd);
	buf_release(&open_path);
	buf_release(&path);
	return err;
}

/* Of ours: what other tools leave open is theirs to finish. */
static bool is_open_warc(const char *name)
{
	static const char ending[] = ".warc.gz" WARC_OPEN_SUFFIX;
	size_t len = strlen(name), n = strlen(ending);

	return len > n && strcmp(name + len - n, ending) == 0 &&
	       span_starts_with(span_of(name), SPAN(WARC_NAME_PREFIX));
}

enum err warc_recover(const char *dir, struct why *why)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	enum err err = ERR_OK;

	if (!d)
		return why_set(why, ERR_IO, "cannot read '%s': %s", dir, strerror(errno));
	while (!err && (e = readdir(d)))
		if (is_open_warc(e->d_name))
			err = recover(dir, e->d_name, why);
	closedir(d);
	return err;
}
