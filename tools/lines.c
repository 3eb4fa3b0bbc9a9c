#include "tools/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "tools/interrupt.h"

#define ROOM (2 * LINES_MAX_LEN)
#define HEAD_MAX 128
#define GZIP_ROOM 16384

struct lines {
	gzFile file;
	char *name;
	size_t start, end;        /* unread bytes in `room`, the current line first */
	size_t first_len, len;    /* of the current line: before and after extending it */
	uint64_t number, n_extra; /* n_extra: lines that it was extended by */
	bool at_end;
	enum err failure; /* what to report behind the last whole line */
	struct why failure_why;
	char head[HEAD_MAX]; /* start of a line that was too long to keep */
	char room[ROOM];
};

static enum err check_kind(int fd, const char *name, struct why *why)
{
	struct stat st;

	if (fstat(fd, &st))
		return why_set(why, ERR_IO, "cannot read '%s': %s", name,
			       strerror(errno));
	if (S_ISDIR(st.st_mode))
		return why_set(why, ERR_IO, "cannot read '%s': is a directory", name);
	return ERR_OK;
}

enum err lines_open_fd(int fd, const char *name, struct lines **lines, struct why *why)
{
	enum err err = check_kind(fd, name, why);
	struct lines *l;
	int own;

	if (err)
		return err;
	l = malloc(sizeof(*l));
	if (!l)
		return ERR_NOMEM;
	memset(l, 0, offsetof(struct lines, head));
	l->name = strdup(name);
	own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (l->name && own >= 0)
		l->file = gzdopen(own, "rb");
	if (!l->file) {
		err = own < 0 ? why_set(why, ERR_IO, "cannot read '%s': %s", name,
					strerror(errno))
			      : ERR_NOMEM;
		if (own >= 0)
			close(own);
		lines_close(l);
		return err;
	}
	(void)gzbuffer(l->file, GZIP_ROOM);
	*lines = l;
	return ERR_OK;
}

static size_t count_breaks(struct span s)
{
	size_t n = 0, at;

	while ((at = span_find(s, '\n')) < s.len) {
		n++;
		s = span_from(s.data + at + 1, s.len - at - 1);
	}
	return n;
}

enum err lines_fit(int fd, size_t max_bytes, size_t max_lines, bool *fit)
{
	size_t n_bytes = 0, n_lines = 0;
	char room[GZIP_ROOM];
	int own = lseek(fd, 0, SEEK_SET) == 0 ? dup(fd) : -1, n;
	gzFile file = own >= 0 ? gzdopen(own, "r") : NULL;

	if (!file) {
		if (own >= 0)
			close(own);
		return ERR_IO;
	}
	*fit = true;
	while (*fit && (n = gzread(file, room, sizeof(room))) > 0) {
		n_bytes += (size_t)n;
		n_lines += count_breaks(span_from(room, (size_t)n));
		*fit = n_bytes <= max_bytes && n_lines <= max_lines;
	}
	(void)gzclose_r(file);
	return lseek(fd, 0, SEEK_SET) == 0 ? ERR_OK : ERR_IO;
}

enum err lines_open(const char *path, struct lines **lines, struct why *why)
{
	enum err err;
	int fd;

	if (strcmp(path, "-") == 0)
		return lines_open_fd(STDIN_FILENO, "(standard input)", lines, why);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return why_set(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
			       "cannot open '%s': %s", path, strerror(errno));
	err = lines_open_fd(fd, path, lines, why);
	close(fd);
	return err;
}

void lines_close(struct lines *lines)
{
	if (!lines)
		return;
	if (lines->file)
		(void)gzclose_r(lines->file);
	free(lines->name);
	free(lines);
}

/* Remembers why there will be no more bytes. */
static void note_failure(struct lines *l)
{
	int code;
	const char *text = gzerror(l->file, &code);

	if (code == Z_OK || code == Z_STREAM_END)
		return;
	if (code == Z_ERRNO)
		l->failure = why_set(&l->failure_why, ERR_IO, "cannot read '%s': %s",
				     l->name, strerror(errno));
	else if (code == Z_MEM_ERROR)
		l->failure = ERR_NOMEM;
	else if (code == Z_BUF_ERROR)
		l->failure = why_set(&l->failure_why, ERR_CORRUPT,
				     "'%s': gzip data ends early", l->name);
	else
		l->failure = why_set(&l->failure_why, ERR_CORRUPT,
				     "'%s': gzip data is damaged: %s", l->name, text);
}

/* Brings in more bytes behind those that are unread. */
static void fill(struct lines *l)
{
	size_t space;
	int n;

	memmove(l->room, l->room + l->start, l->end - l->start);
	l->end -= l->start;
	l->start = 0;
	space = sizeof(l->room) - l->end;
	n = gzread(l->file, l->room + l->end, (unsigned)space);
	if (n > 0)
		l->end += (size_t)n;
	if (n < (int)space) {
		l->at_end = true;
		note_failure(l);
	} else if (interrupt_signal()) { /* a line need not have an end */
		l->at_end = true;
		l->failure = why_set(&l->failure_why, ERR_IO,
				     "reading '%s' was interrupted", l->name);
	}
}

static enum err report_end(const struct lines *l, struct why *why)
{
	if (!l->failure)
		return ERR_NOT_FOUND;
	if (why)
		*why = l->failure_why;
	return l->failure;
}

/* Length of the unread bytes up to the end of the line that begins at offset `from` of
 * them. */
static enum err find_end(struct lines *l, size_t from, size_t *len, struct why *why)
{
	size_t done = from;

	for (;; fill(l)) {
		const char *unread = l->room + l->start;
		size_t n = l->end - l->start;
		const char *at = memchr(unread + done, '\n', n - done);

		if (at)
			n = (size_t)(at - unread) + 1;
		if (n > LINES_MAX_LEN)
			return ERR_TOO_LARGE;
		if (l->at_end && !at && (n == from || l->failure))
			return report_end(l, why);
		if (at || l->at_end) {
			*len = n;
			return ERR_OK;
		}
		done = n;
	}
}

static struct span without_break(const char *data, size_t len)
{
	if (len && data[len - 1] == '\n')
		len--;
	if (len && data[len - 1] == '\r')
		len--;
	return span_from(data, len);
}

/* Keeps the head of an endless line and reads past the rest. */
static struct span skip_line(struct lines *l)
{
	memcpy(l->head, l->room + l->start, HEAD_MAX);
	for (;; fill(l)) {
		const char *unread = l->room + l->start;
		const char *at = memchr(unread, '\n', l->end - l->start);

		l->start = at ? (size_t)(at - l->room) + 1 : l->end;
		if (at || l->at_end)
			return span_from(l->head, HEAD_MAX);
	}
}

static void skip_byte_order_mark(struct lines *l)
{
	fill(l);
	if (span_starts_with(span_from(l->room, l->end), SPAN("\xef\xbb\xbf")))
		l->start = 3;
}

enum err lines_next(struct lines *lines, struct span *line, struct why *why)
{
	enum err err;

	if (!lines->number)
		skip_byte_order_mark(lines);
	lines->start += lines->len;
	lines->number += 1 + lines->n_extra;
	lines->len = lines->first_len = 0;
	lines->n_extra = 0;
	err = find_end(lines, 0, &lines->len, why);
	if (err == ERR_TOO_LARGE)
		*line = skip_line(lines);
	if (err)
		return err;
	lines->first_len = lines->len;
	*line = without_break(lines->room + lines->start, lines->len);
	return ERR_OK;
}

enum err lines_extend(struct lines *lines, struct span *line, struct why *why)
{
	enum err err = find_end(lines, lines->len, &lines->len, why);

	if (!err)
		lines->n_extra++;
	*line = without_break(lines->room + lines->start, lines->len);
	return err;
}

void lines_shorten(struct lines *lines)
{
	lines->len = lines->first_len;
	lines->n_extra = 0;
}

struct span lines_peek(struct lines *lines)
{
	if (!lines->number && !lines->end)
		fill(lines);
	return span_from(lines->room + lines->start, lines->end - lines->start);
}

enum err lines_rest(struct lines *lines, size_t max, struct buf *bytes, struct why *why)
{
	enum err err = ERR_OK;

	buf_clear(bytes);
	lines->start += lines->len;
	lines->len = lines->first_len = 0;
	while (!err && bytes->len <= max &&
	       (lines->start < lines->end || !lines->at_end)) {
		err = buf_append(bytes, lines->room + lines->start,
				 lines->end - lines->start);
		lines->start = lines->end;
		if (!lines->at_end)
			fill(lines);
	}
	if (err)
		return err;
	if (bytes->len > max) {
		bytes->len = max;
		return ERR_TOO_LARGE;
	}
	return lines->failure ? report_end(lines, why) : ERR_OK;
}

const char *lines_name(const struct lines *lines)
{
	return lines->name;
}

uint64_t lines_number(const struct lines *lines)
{
	return lines->number;
}
