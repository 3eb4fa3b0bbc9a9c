#include "tools/warc_original.h"

#include <stdio.h>

#include "store/base/units.h"
#include "tools/stored_head.h"

void warc_original_clear(struct warc_original *original)
{
	struct buf uri = original->uri;

	buf_clear(&uri);
	*original = (struct warc_original){ .uri = uri };
}

void warc_original_release(struct warc_original *original)
{
	buf_release(&original->uri);
	*original = (struct warc_original){ .uri = BUF_INIT };
}

enum err warc_original_put(struct store *store, const struct page_key *key,
			   const struct warc_original *original)
{
	char at[UNITS_TIME_SIZE], digest[DIGEST_TEXT_SIZE];
	struct buf lines = BUF_INIT;
	enum err err;

	units_format_time(original->at_ms, at);
	digest_format(&original->body_digest, digest);
	err = buf_printf(&lines,
			 "WARC-Target-URI: %s\nWARC-Date: %s\nWARC-Record-ID: %s\n"
			 "WARC-Payload-Digest: %s\nbody-digest: %s\n",
			 buf_text(&original->uri), at, original->id,
			 original->payload_digest, digest);
	if (!err)
		err = store_put_headers(store, key, HEADERS_ARCHIVED, buf_span(&lines));
	buf_release(&lines);
	return err;
}

static void copy(struct span value, char *text, size_t size)
{
	snprintf(text, size, "%.*s", (int)(value.len < size ? value.len : size - 1),
		 value.data);
}

static enum err read_line(struct warc_original *o, struct span name, struct span value)
{
	if (span_equal(name, SPAN("WARC-Target-URI")))
		return buf_set(&o->uri, value);
	if (span_equal(name, SPAN("WARC-Date")))
		return units_parse_time(value, &o->at_ms);
	if (span_equal(name, SPAN("WARC-Record-ID")))
		copy(value, o->id, sizeof(o->id));
	if (span_equal(name, SPAN("WARC-Payload-Digest")))
		copy(value, o->payload_digest, sizeof(o->payload_digest));
	if (span_equal(name, SPAN("body-digest")))
		return digest_parse(value, &o->body_digest);
	return ERR_OK;
}

enum err warc_original_get(struct store *store, const struct page_key *key,
			   struct warc_original *original)
{
	struct buf lines = BUF_INIT;
	struct span rest, name, value;
	enum err err = store_get_headers(store, key, HEADERS_ARCHIVED, &lines);

	warc_original_clear(original);
	rest = buf_span(&lines);
	while (!err && stored_head_next(&rest, &name, &value))
		err = read_line(original, name, value);
	buf_release(&lines);
	if (err == ERR_NOT_FOUND || err == ERR_INVALID) {
		warc_original_clear(original);
		return ERR_OK;
	}
	return err;
}
