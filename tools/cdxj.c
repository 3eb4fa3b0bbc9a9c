#include "tools/cdxj.h"

#include <inttypes.h>
#include <stdio.h>

#include "store/base/units.h"
#include "tools/json_out.h"
#include "tools/surt.h"

#define TIME_DIGITS 14

/* ---- writing -------------------------------------------------------------------------------- */

/* The digits of "2026-11-22T14:00:00.123Z" up to the seconds. */
static void format_time(int64_t at_ms, char digits[TIME_DIGITS + 1])
{
	char text[UNITS_TIME_SIZE];
	size_t n = 0;

	units_format_time(at_ms, text);
	for (size_t i = 0; text[i] && n < TIME_DIGITS; i++)
		if (text[i] >= '0' && text[i] <= '9')
			digits[n++] = text[i];
	digits[n] = '\0';
}

/* The media type without parameters, in lower case. */
static enum err append_mime(struct buf *out, struct span content_type)
{
	struct span mime = span_trim(span_cut(&content_type, ';'));
	enum err err = buf_set(out, mime);

	for (size_t i = 0; !err && i < out->len; i++)
		if (out->data[i] >= 'A' && out->data[i] <= 'Z')
			out->data[i] |= 0x20;
	return err;
}

/* As everybody writes it: SHA-1 goes without saying. */
static struct span without_algorithm(struct span digest)
{
	if (span_starts_with(digest, SPAN("sha1:")))
		return span_from(digest.data + 5, digest.len - 5);
	return digest;
}

static void json_if(struct json_out *j, const char *key, struct span text)
{
	if (text.len)
		json_key_text(j, key, text);
}

static enum err append_object(struct buf *out, const struct cdxj *entry, struct span mime)
{
	char status[16] = "", digest[DIGEST_TEXT_SIZE];
	struct json_out j;

	if (entry->status)
		snprintf(status, sizeof(status), "%d", entry->status);
	digest_format(&entry->body_digest, digest);
	json_start(&j, out);
	json_open(&j, '{');
	json_key_text(&j, "url", entry->url);
	json_if(&j, "mime", mime);
	json_if(&j, "status", span_of(status));
	json_if(&j, "digest", without_algorithm(entry->digest));
	json_if(&j, "etag", entry->etag);
	json_if(&j, "last_modified", entry->last_modified);
	json_if(&j, "body_digest", span_of(digest));
	json_close(&j, '}');
	return json_end(&j);
}

enum err cdxj_begin(struct buf *out, const struct cdxj *entry)
{
	char at[TIME_DIGITS + 1];
	struct buf mime = BUF_INIT;
	size_t start = out->len;
	enum err err = surt_append(out, entry->url);

	format_time(entry->at_ms, at);
	if (!err)
		err = buf_printf(out, " %s ", at);
	if (!err)
		err = append_mime(&mime, entry->mime);
	if (!err)
		err = append_object(out, entry, buf_span(&mime));
	out->len = err ? start : out->len - 1; /* the brace */
	buf_release(&mime);
	return err;
}

enum err cdxj_end(struct buf *out, uint64_t offset, uint64_t length, const char *filename)
{
	return filename ? buf_printf(out,
				     ",\"length\":\"%" PRIu64 "\",\"offset\":\"%" PRIu64
				     "\",\"filename\":\"%s\"}\n",
				     length, offset, filename)
			: buf_append_text(out, "}\n");
}

/* ---- reading -------------------------------------------------------------------------------- */

static bool is_time(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	return text.len == TIME_DIGITS;
}

bool cdxj_is_line(struct span line)
{
	struct span rest = line;

	(void)span_cut(&rest, ' ');
	return span_starts_with(line, SPAN("!meta ")) ||
	       (is_time(span_cut(&rest, ' ')) && span_starts_with(rest, SPAN("{")));
}

static enum err parse_time(struct span digits, int64_t *at_ms)
{
	char text[UNITS_TIME_SIZE];
	const char *d = digits.data;

	if (!is_time(digits))
		return ERR_INVALID;
	snprintf(text, sizeof(text), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", d, d + 4, d + 6,
		 d + 8, d + 10, d + 12);
	return units_parse_time(span_of(text), at_ms);
}

/* A string, or a number as some write it. Empty: none, or "-". */
static struct span text_of(const json_t *root, const char *key)
{
	const json_t *value = json_object_get(root, key);
	struct span text = span_from(json_string_value(value), json_string_length(value));

	return span_equal(text, SPAN("-")) ? SPAN("") : text;
}

static int status_of(const json_t *root)
{
	const json_t *value = json_object_get(root, "status");
	struct span text = text_of(root, "status");
	int64_t status = json_integer_value(value);

	if (text.len && units_parse_count(text, &status))
		return 0;
	return status >= 100 && status <= 999 ? (int)status : 0;
}

static enum err read_object(const json_t *root, struct cdxj *entry, struct why *why)
{
	struct span digest = text_of(root, "body_digest");

	entry->url = text_of(root, "url");
	entry->mime = text_of(root, "mime");
	entry->digest = text_of(root, "digest");
	entry->etag = text_of(root, "etag");
	entry->last_modified = text_of(root, "last_modified");
	entry->status = status_of(root);
	if (!entry->url.len)
		return why_set(why, ERR_INVALID, "the JSON has no \"url\"");
	if (digest.len && digest_parse(digest, &entry->body_digest))
		return why_set(why, ERR_INVALID,
			       "body_digest is not 'xxh3:' and 32 hex digits");
	return ERR_OK;
}

enum err cdxj_parse(struct span line, struct cdxj *entry, json_t **root, struct why *why)
{
	struct span key = span_cut(&line, ' '), at = span_cut(&line, ' ');
	json_error_t error;

	*entry = (struct cdxj){ 0 };
	json_decref(*root);
	*root = NULL;
	/* "!meta {...}" and " CDX N b ..."; a host may begin with a "!" too. */
	if (!key.len || (key.data[0] == '!' && !is_time(at)))
		return ERR_NOT_FOUND;
	if (parse_time(at, &entry->at_ms))
		return why_set(why, ERR_INVALID, "no time of 14 digits behind the key");
	*root = json_loadb(line.data ? line.data : "", line.len, JSON_REJECT_DUPLICATES,
			   &error);
	if (!*root)
		return why_set(why, ERR_INVALID, "not JSON: %s", error.text);
	if (!json_is_object(*root))
		return why_set(why, ERR_INVALID, "not a JSON object");
	return read_object(*root, entry, why);
}
