#include "crawler/conditional.h"

#include "crawler/validator.h"

/* The longest name of a host with its port; and the names, punctuation and constant
 * fields of a request head, with a margin for what a proxy tunnel adds. */
#define AUTHORITY_MAX 264
#define HEAD_OVERHEAD 256

const char *condition_mode_text(enum condition_mode mode)
{
	static const char *const texts[] = { "none", "etag", "date", "both", "repaired" };

	return (size_t)mode < ARRAY_SIZE(texts) ? texts[mode] : "unknown";
}

/* Apache's mod_deflate marks the tag of what it compressed, and then does not know it
 * again. Only this suffix is repaired: h2o and civetweb do not read lists. */
static const struct span gzip_mark = { "-gzip\"", 6 };

bool conditional_is_repairable(struct span etag)
{
	return etag.len > gzip_mark.len &&
	       span_equal(span_from(etag.data + etag.len - gzip_mark.len, gzip_mark.len),
			  gzip_mark);
}

bool conditional_is_plain_form(struct span etag, struct span plain)
{
	size_t stem = etag.len - gzip_mark.len;

	return conditional_is_repairable(etag) && plain.len == stem + 1 &&
	       span_starts_with(plain, span_from(etag.data, stem)) &&
	       plain.data[stem] == '"';
}

/* Adds the line unless it does not fit: `room` is what is left and shrinks. Sizes are
 * those on the wire, where a line ends in CRLF. */
static enum err append_line(struct buf *lines, size_t *room, const char *name,
			    struct span value, struct span more)
{
	size_t len = strlen(name) + value.len + more.len + 4;
	enum err err;

	if (len > *room)
		return ERR_TOO_LARGE;
	err = buf_reserve(lines, len);
	if (!err)
		err = buf_append_text(lines, name);
	if (!err)
		err = buf_append(lines, ": ", 2);
	if (!err)
		err = buf_append_span(lines, value);
	if (!err)
		err = buf_append_span(lines, more);
	if (!err)
		err = buf_append_byte(lines, '\n');
	if (!err)
		*room -= len;
	return err;
}

/* One line with both names of the same bytes: nginx answers 400 to two lines. */
static enum err append_repaired(struct buf *lines, size_t *room, struct span etag)
{
	struct buf second = BUF_INIT;
	size_t stem = etag.len - gzip_mark.len;
	enum err err = buf_printf(&second, ", %.*s\"", (int)stem, etag.data);

	if (!err)
		err = append_line(lines, room, "If-None-Match", etag, buf_span(&second));
	buf_release(&second);
	return err;
}

static enum err append_etag(struct buf *lines, size_t *room, struct span etag,
			    bool repair)
{
	enum err err = ERR_TOO_LARGE;

	if (repair && conditional_is_repairable(etag))
		err = append_repaired(lines, room, etag);
	if (err == ERR_TOO_LARGE)
		err = append_line(lines, room, "If-None-Match", etag, SPAN(""));
	return err == ERR_TOO_LARGE ? ERR_OK : err;
}

static enum err append_date(struct buf *lines, size_t *room, struct span last_modified)
{
	enum err err =
		append_line(lines, room, "If-Modified-Since", last_modified, SPAN(""));

	return err == ERR_TOO_LARGE ? ERR_OK : err;
}

static bool mode_sends_etag(enum condition_mode mode)
{
	return mode != CONDITION_NONE && mode != CONDITION_DATE;
}

static bool mode_sends_date(enum condition_mode mode)
{
	return mode != CONDITION_NONE && mode != CONDITION_ETAG;
}

enum err conditional_append(struct span etag, struct span last_modified,
			    enum condition_mode mode, size_t room, struct buf *headers)
{
	size_t len = headers->len;
	int64_t unused_at_ms;
	enum err err = ERR_OK;

	/* the date goes first: it is the shorter one, and always fits where anything does */
	if (mode_sends_date(mode) &&
	    validator_date_is_usable(last_modified, 0, &unused_at_ms))
		err = append_date(headers, &room, last_modified);
	if (!err && mode_sends_etag(mode) && validator_etag_is_usable(etag))
		err = append_etag(headers, &room, etag, mode == CONDITION_REPAIRED);
	if (err && headers->len > len) {
		headers->len = len;
		headers->data[len] = '\0';
	}
	return err;
}

size_t conditional_room(struct span url, size_t identity_len)
{
	size_t used = url.len + identity_len + AUTHORITY_MAX + HEAD_OVERHEAD;

	return used < REQUEST_HEAD_MAX ? REQUEST_HEAD_MAX - used : 0;
}
