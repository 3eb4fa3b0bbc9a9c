#include "tools/warc_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "store/base/units.h"

#define IN_ROOM 65536
#define OUT_ROOM 65536
#define HEAD_LINE_MAX 16384
#define GZIP_WINDOW (15 + 16)

struct warc_reader {
	int fd;
	char *name;
	/* the file */
	unsigned char in[IN_ROOM];
	size_t in_at, in_len;
	uint64_t in_offset; /* of in[0] in the file */
	bool at_end;
	int failure; /* errno of a read that failed */
	/* gzip */
	bool is_gzip, begun, in_member;
	z_stream z;
	/* plain bytes, never of two members */
	char out[OUT_ROOM];
	size_t out_at, out_len;
	uint64_t out_offset; /* plain: of out[0] in the file; gzip: of its member */
	/* the record */
	bool in_record;
	uint64_t left; /* of its block */
	bool lost;     /* look for the next record's first line */
	bool ended;
	struct buf line;
};

/* ---- bytes ------------------------------------------------------------------------------------ */

static void fill_in(struct warc_reader *r)
{
	ssize_t n;

	if (r->in_at < r->in_len || r->at_end)
		return;
	r->in_offset += r->in_len;
	r->in_at = r->in_len = 0;
	do
		n = read(r->fd, r->in, sizeof(r->in));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		r->failure = errno;
	r->at_end = n <= 0;
	r->in_len = n > 0 ? (size_t)n : 0;
}

static uint64_t in_position(const struct warc_reader *r)
{
	return r->in_offset + r->in_at;
}

static bool starts_member(const struct warc_reader *r)
{
	return r->in_len - r->in_at >= 2 && r->in[r->in_at] == 0x1f &&
	       r->in[r->in_at + 1] == 0x8b;
}

static enum err damaged(struct warc_reader *r, struct why *why, const char *what)
{
	r->lost = true;
	r->in_record = false;
	return why_set(why, ERR_INVALID, "%s", what);
}

/* Behind bytes that are no gzip: the next place that looks like the start of a member. */
static void find_member(struct warc_reader *r)
{
	r->in_member = false;
	for (;;) {
		const unsigned char *at;

		fill_in(r);
		if (r->in_at >= r->in_len)
			return;
		at = memchr(r->in + r->in_at, 0x1f, r->in_len - r->in_at);
		r->in_at = at ? (size_t)(at - r->in) : r->in_len;
		if (!at)
			continue;
		/* A start that the end of the buffer cuts in two is one that is missed. */
		if (starts_member(r))
			return;
		r->in_at++;
	}
}

static enum err begin_member(struct warc_reader *r)
{
	r->out_offset = in_position(r);
	if (inflateReset2(&r->z, GZIP_WINDOW) != Z_OK)
		return ERR_NOMEM;
	r->in_member = true;
	return ERR_OK;
}

/* Some bytes out of the member, at least one unless it ends; ERR_CORRUPT: it is damaged. */
static enum err inflate_some(struct warc_reader *r)
{
	int code = Z_OK;

	r->z.next_out = (Bytef *)r->out;
	r->z.avail_out = sizeof(r->out);
	while (code == Z_OK && r->z.avail_out) {
		fill_in(r);
		if (r->in_at >= r->in_len)
			break;
		r->z.next_in = r->in + r->in_at;
		r->z.avail_in = (uInt)(r->in_len - r->in_at);
		code = inflate(&r->z, Z_NO_FLUSH);
		r->in_at = r->in_len - r->z.avail_in;
	}
	r->out_len = sizeof(r->out) - r->z.avail_out;
	if (code == Z_STREAM_END)
		r->in_member = false;
	else if (code == Z_MEM_ERROR)
		return ERR_NOMEM;
	else if (code != Z_OK || (r->at_end && r->in_at >= r->in_len && r->z.avail_out))
		return ERR_CORRUPT; /* what came before it is not believed either */
	return ERR_OK;
}

/* Makes out[out_at] valid. ERR_NOT_FOUND: the file has ended in good order. */
static enum err fill_gzip(struct warc_reader *r, struct why *why)
{
	enum err err = ERR_OK;

	while (!err && r->out_at >= r->out_len) {
		r->out_at = r->out_len = 0;
		if (!r->in_member) {
			fill_in(r);
			if (r->in_at >= r->in_len)
				return ERR_NOT_FOUND;
			err = begin_member(r);
		}
		if (!err)
			err = inflate_some(r);
	}
	if (err != ERR_CORRUPT)
		return err;
	r->out_at = r->out_len = 0;
	if (r->at_end && r->in_at >= r->in_len) {
		r->in_member = false;
		return damaged(r, why, "gzip data ends early");
	}
	find_member(r);
	return damaged(r, why, "gzip data is damaged");
}

static enum err fill_plain(struct warc_reader *r)
{
	if (r->out_at < r->out_len)
		return ERR_OK;
	fill_in(r);
	if (r->in_at >= r->in_len)
		return ERR_NOT_FOUND;
	r->out_offset = in_position(r);
	r->out_at = 0;
	r->out_len = r->in_len - r->in_at;
	memcpy(r->out, r->in + r->in_at, r->out_len);
	r->in_at = r->in_len;
	return ERR_OK;
}

static enum err fill(struct warc_reader *r, struct why *why)
{
	enum err err;

	if (!r->begun) {
		fill_in(r);
		r->begun = true;
		r->is_gzip = starts_member(r);
	}
	err = r->is_gzip ? fill_gzip(r, why) : fill_plain(r);
	if (err != ERR_NOT_FOUND || !r->failure)
		return err;
	return why_set(why, ERR_IO, "cannot read '%s': %s", r->name,
		       strerror(r->failure));
}

/* Where in the file the next byte to be read comes from. */
static uint64_t position(const struct warc_reader *r)
{
	if (!r->is_gzip)
		return r->out_at < r->out_len ? r->out_offset + r->out_at
					      : in_position(r);
	return r->out_at < r->out_len || r->in_member ? r->out_offset : in_position(r);
}

/* ---- lines -------------------------------------------------------------------------------------- */

/* The next line, with its end, into r->line. ERR_TOO_LARGE: its start, the rest is passed
 * over. ERR_NOT_FOUND: there is none. */
static enum err read_line(struct warc_reader *r, struct why *why)
{
	bool too_long = false;
	enum err err;

	buf_clear(&r->line);
	for (;;) {
		const char *at, *end;
		size_t n;

		err = fill(r, why);
		if (err == ERR_NOT_FOUND && r->line.len)
			return ERR_OK;
		if (err)
			return err;
		at = r->out + r->out_at;
		end = memchr(at, '\n', r->out_len - r->out_at);
		n = end ? (size_t)(end - at) + 1 : r->out_len - r->out_at;
		r->out_at += n;
		too_long = too_long || r->line.len + n > HEAD_LINE_MAX;
		if (!too_long)
			err = buf_append(&r->line, at, n);
		if (err || end)
			return err ? err : too_long ? ERR_TOO_LARGE : ERR_OK;
	}
}

static bool is_version(struct span line)
{
	return span_starts_with(line, SPAN("WARC/1.")) ||
	       span_starts_with(line, SPAN("WARC/0."));
}

/* The first line of a record. ERR_INVALID: there is something else. */
static enum err find_version(struct warc_reader *r, uint64_t *offset, struct why *why)
{
	enum err err;

	for (;;) {
		err = fill(r, why);
		/* Of a damaged member the start, not where it is gone on behind it. */
		*offset = err ? r->out_offset : position(r);
		if (!err)
			err = read_line(r, why);
		if (err && err != ERR_TOO_LARGE)
			return err;
		if (!err && is_version(buf_span(&r->line))) {
			r->lost = false;
			return ERR_OK;
		}
		if (!r->lost && span_trim(buf_span(&r->line)).len)
			return damaged(r, why, "no WARC record begins here");
	}
}

/* ---- the header ----------------------------------------------------------------------------------- */

static enum warc_type type_of(struct span text)
{
	for (int type = 0; type < WARC_OTHER; type++)
		if (span_equal_nocase(text,
				      span_of(warc_type_text((enum warc_type)type))))
			return (enum warc_type)type;
	return WARC_OTHER;
}

/* RFC 2616's folded lines were allowed by version 0.18; nobody wrote them. */
static enum err read_fields(struct warc_reader *r, struct header_list *fields,
			    struct why *why)
{
	enum err err;

	header_list_clear(fields);
	for (;;) {
		err = read_line(r, why);
		if (err == ERR_NOT_FOUND)
			return damaged(r, why, "the file ends within a header");
		if (err == ERR_TOO_LARGE)
			return damaged(r, why, "a line of the header is too long");
		if (err || !span_trim(buf_span(&r->line)).len)
			return err;
		err = header_add_line(fields, buf_span(&r->line));
		if (err == ERR_TOO_LARGE)
			return damaged(r, why, "the header is too large");
		if (err && err != ERR_INVALID)
			return err;
	}
}

static struct span without_brackets(struct span uri)
{
	if (uri.len >= 2 && uri.data[0] == '<' && uri.data[uri.len - 1] == '>')
		return span_from(uri.data + 1, uri.len - 2);
	return uri;
}

static enum err read_head(struct warc_reader *r, struct warc_head *head, struct why *why)
{
	struct span value;
	int64_t length;
	enum err err = read_fields(r, &head->fields, why);

	if (err)
		return err;
	if (!header_get(&head->fields, "Content-Length", 0, &value) ||
	    units_parse_count(value, &length))
		return damaged(r, why, "the record has no Content-Length");
	if (!header_get(&head->fields, "WARC-Type", 0, &value))
		return damaged(r, why, "the record has no WARC-Type");
	head->type = type_of(value);
	head->length = (uint64_t)length;
	head->at_ms = 0;
	if (header_get(&head->fields, "WARC-Date", 0, &value) &&
	    units_parse_time(value, &head->at_ms))
		head->at_ms = 0;
	head->uri = SPAN("");
	if (header_get(&head->fields, "WARC-Target-URI", 0, &value))
		head->uri = without_brackets(value);
	r->left = head->length;
	r->in_record = true;
	return ERR_OK;
}

/* ---- the reader ------------------------------------------------------------------------------------- */

enum err warc_reader_open_fd(int fd, const char *name, struct warc_reader **out,
			     struct why *why)
{
	struct warc_reader *r = malloc(sizeof(*r));

	if (!r)
		return ERR_NOMEM;
	/* The buffers need no zeros. */
	*r = (struct warc_reader){ .fd = -1 };
	if (inflateInit2(&r->z, GZIP_WINDOW) != Z_OK) {
		free(r);
		return ERR_NOMEM;
	}
	r->name = strdup(name);
	r->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (!r->name || r->fd < 0) {
		enum err err = r->name ? why_set(why, ERR_IO, "cannot read '%s': %s",
						 name, strerror(errno))
				       : ERR_NOMEM;

		warc_reader_close(r);
		return err;
	}
	*out = r;
	return ERR_OK;
}

enum err warc_reader_open(const char *path, struct warc_reader **reader, struct why *why)
{
	enum err err;
	int fd;

	if (strcmp(path, "-") == 0)
		return warc_reader_open_fd(STDIN_FILENO, "(standard input)", reader, why);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return why_set(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
			       "cannot open '%s': %s", path, strerror(errno));
	err = warc_reader_open_fd(fd, path, reader, why);
	close(fd);
	return err;
}

void warc_reader_close(struct warc_reader *reader)
{
	if (!reader)
		return;
	(void)inflateEnd(&reader->z);
	if (reader->fd >= 0)
		close(reader->fd);
	free(reader->name);
	buf_release(&reader->line);
	free(reader);
}

/* Takes up to `max` bytes of the block. *bytes is empty at its end. */
static enum err take(struct warc_reader *r, size_t max, struct span *bytes,
		     struct why *why)
{
	size_t n;
	enum err err;

	*bytes = SPAN("");
	if (!r->in_record || !r->left || !max)
		return ERR_OK;
	err = fill(r, why);
	if (err == ERR_NOT_FOUND)
		return damaged(r, why, "the file ends within a record");
	if (err)
		return err;
	n = r->out_len - r->out_at;
	n = n < max ? n : max;
	n = n < r->left ? n : (size_t)r->left;
	*bytes = span_from(r->out + r->out_at, n);
	r->out_at += n;
	r->left -= n;
	return ERR_OK;
}

enum err warc_reader_block(struct warc_reader *r, size_t max, struct buf *out,
			   struct why *why)
{
	struct span bytes;
	enum err err = take(r, max, &bytes, why);

	return err ? err : buf_append_span(out, bytes);
}

/* Two line ends, and of a gzip member nothing more. */
static enum err read_end(struct warc_reader *r, struct why *why)
{
	static const char end[] = WARC_RECORD_END;

	for (size_t i = 0; end[i]; i++) {
		enum err err = fill(r, why);

		if (err == ERR_NOT_FOUND || (!err && r->out[r->out_at] != end[i]))
			return damaged(r, why, "the record does not end where it should");
		if (err)
			return err;
		r->out_at++;
	}
	/* The checksum stands behind the last byte. */
	while (r->is_gzip && r->in_member && r->out_at >= r->out_len) {
		enum err err = inflate_some(r);

		r->out_at = 0;
		if (err == ERR_CORRUPT) {
			r->out_len = 0;
			find_member(r);
			return damaged(r, why, "gzip data is damaged");
		}
		if (err)
			return err;
	}
	r->in_record = false;
	return ERR_OK;
}

enum err warc_reader_finish(struct warc_reader *r, uint64_t *end, struct why *why)
{
	struct span bytes;
	enum err err = ERR_OK;

	while (!err && r->in_record && r->left)
		err = take(r, SIZE_MAX, &bytes, why);
	if (!err && r->in_record)
		err = read_end(r, why);
	*end = position(r);
	return err;
}

enum err warc_reader_next(struct warc_reader *r, struct warc_head *head, struct why *why)
{
	uint64_t end;
	enum err err = ERR_OK;

	if (r->in_record)
		err = warc_reader_finish(r, &end, why);
	if (!err)
		err = find_version(r, &head->offset, why);
	return err ? err : read_head(r, head, why);
}
