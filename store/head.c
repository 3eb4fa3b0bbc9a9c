#include "store/head.h"

#include "store/base/pack.h"

/* Stored: only add at the end. What servers mostly send, as they spell it. */
static const char *const names[] = {
	"Server",
	"Date",
	"Content-Type",
	"Content-Length",
	"Last-Modified",
	"ETag",
	"Cache-Control",
	"Vary",
	"Expires",
	"Accept-Ranges",
	"Connection",
	"Content-Encoding",
	"Transfer-Encoding",
	"Keep-Alive",
	"Age",
	"Via",
	"X-Cache",
	"X-Powered-By",
	"Strict-Transport-Security",
	"X-Content-Type-Options",
	"X-Frame-Options",
	"Link",
	"Content-Language",
	"Access-Control-Allow-Origin",
	"X-XSS-Protection",
	"Content-Security-Policy",
	"Referrer-Policy",
	"Pragma",
};

enum {
	LINE = 0,
	NAME = 31, /* bits of its number, from 1 on */
	SMALL = 32,
	VALUE = 192,
	VALUE_FOLLOWS = 0,
	VALUE_ETAG = 64,
	VALUE_LAST_MODIFIED = 128,
	VALUE_TYPE = 192,
};

#define LAST_MODIFIED_NAME 5 /* its number */

#define LINES_MAX 65536 /* of what is unpacked: more than is ever kept */

static bool is_small(struct span name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.data[i] >= 'A' && name.data[i] <= 'Z')
			return false;
	return true;
}

/* Its number, + SMALL; 0: it is none of them, or spelled otherwise. */
static unsigned name_number(struct span name)
{
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		struct span known = span_of(names[i]);

		if (span_equal(name, known))
			return i + 1;
		if (span_equal_nocase(name, known) && is_small(name))
			return (i + 1) | SMALL;
	}
	return 0;
}

static struct span value_of(const struct page *page, unsigned which)
{
	return buf_span(which == VALUE_ETAG            ? &page->etag
			: which == VALUE_LAST_MODIFIED ? &page->last_modified
						       : &page->content_type);
}

/* A 304 may change the page's Last-Modified, and no field but that one may change with it. */
static unsigned value_number(const struct page *page, unsigned name, struct span value)
{
	unsigned which = value.len ? VALUE_TYPE : VALUE_FOLLOWS;

	while (which != VALUE_FOLLOWS && !span_equal(value, value_of(page, which)))
		which -= VALUE_ETAG;
	return which == VALUE_LAST_MODIFIED && (name & NAME) != LAST_MODIFIED_NAME
		       ? VALUE_FOLLOWS
		       : which;
}

static enum err append_counted(struct buf *out, struct span bytes)
{
	enum err err = varint_append(out, bytes.len);

	return err ? err : buf_append_span(out, bytes);
}

static enum err append_packed(struct buf *out, struct span value)
{
	char packed[PAGE_HEAD_MAX + PACK_OVERHEAD];

	if (value.len > PAGE_HEAD_MAX)
		return ERR_TOO_LARGE;
	return append_counted(
		out, span_from(packed, (size_t)(pack_text(value, packed) - packed)));
}

static enum err pack_line(const struct page *page, struct span line, struct buf *out)
{
	size_t colon = span_find(line, ':');
	unsigned name = name_number(span_from(line.data, colon)), value;
	struct span rest = span_from(line.data + colon, line.len - colon);
	enum err err;

	if (!name || !span_starts_with(rest, SPAN(": "))) {
		err = buf_append_byte(out, LINE);
		return err ? err : append_counted(out, line);
	}
	rest = span_from(rest.data + 2, rest.len - 2);
	value = value_number(page, name, rest);
	err = buf_append_byte(out, (char)(name | value));
	return err || value != VALUE_FOLLOWS ? err : append_packed(out, rest);
}

enum err head_pack(const struct page *page, struct span lines, struct buf *packed)
{
	enum err err = ERR_OK;

	buf_clear(packed);
	if (lines.len && lines.data[lines.len - 1] != '\n')
		return ERR_TOO_LARGE;
	while (!err && lines.len) {
		err = pack_line(page, span_cut(&lines, '\n'), packed);
		if (!err && packed->len > PAGE_HEAD_MAX)
			err = ERR_TOO_LARGE;
	}
	return err;
}

static enum err take_counted(struct span *in, struct span *bytes)
{
	uint64_t len;

	if (varint_read(in, &len) || len > in->len)
		return ERR_CORRUPT;
	*bytes = span_from(in->data, (size_t)len);
	*in = span_from(in->data + len, in->len - (size_t)len);
	return ERR_OK;
}

static bool has_name(unsigned number)
{
	return number & NAME && (number & NAME) <= ARRAY_SIZE(names);
}

static enum err append_name(struct buf *lines, unsigned number)
{
	size_t before = lines->len;
	enum err err;

	if (!has_name(number))
		return ERR_CORRUPT;
	err = buf_append_text(lines, names[(number & NAME) - 1]);
	for (size_t i = before; !err && number & SMALL && i < lines->len; i++)
		if (lines->data[i] >= 'A' && lines->data[i] <= 'Z')
			lines->data[i] = (char)(lines->data[i] | 0x20);
	return err ? err : buf_append_text(lines, ": ");
}

static enum err append_value(const struct page *page, unsigned which, struct span *in,
			     struct buf *lines)
{
	struct buf value = BUF_INIT;
	struct span packed;
	enum err err;

	if (which != VALUE_FOLLOWS)
		return buf_append_span(lines, value_of(page, which));
	err = take_counted(in, &packed);
	if (!err)
		err = unpack_text(packed, LINES_MAX, &value);
	if (!err)
		err = buf_append_span(lines, buf_span(&value));
	buf_release(&value);
	return err;
}

static enum err unpack_line(const struct page *page, struct span *in, struct buf *lines)
{
	unsigned first = (uint8_t)*in->data;
	struct span line;
	enum err err;

	in->data++;
	in->len--;
	if (first == LINE) {
		err = take_counted(in, &line);
		if (!err)
			err = buf_append_span(lines, line);
	} else {
		err = append_name(lines, first & (NAME | SMALL));
		if (!err)
			err = append_value(page, first & VALUE, in, lines);
	}
	return err ? err : buf_append_byte(lines, '\n');
}

bool head_is_sound(struct span packed)
{
	struct span bytes;

	while (packed.len) {
		unsigned first = (uint8_t)*packed.data;

		packed = span_from(packed.data + 1, packed.len - 1);
		if (first != LINE && !has_name(first))
			return false;
		if ((first == LINE || !(first & VALUE)) && take_counted(&packed, &bytes))
			return false;
	}
	return true;
}

enum err head_unpack(const struct page *page, struct buf *lines)
{
	struct span in = buf_span(&page->head);
	enum err err = ERR_OK;

	buf_clear(lines);
	while (!err && in.len) {
		err = unpack_line(page, &in, lines);
		if (!err && lines->len > LINES_MAX)
			err = ERR_CORRUPT;
	}
	return err;
}
