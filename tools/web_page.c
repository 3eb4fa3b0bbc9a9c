#include "tools/web_page.h"

#include <assert.h>
#include <openssl/evp.h>

#include "tools/escape.h"
#include "tools/web_assets.h"

#define SHA256_LEN 32
#define BASE64_SIZE 45 /* of it, with the NUL */

/* A directive between the braces: "style page.css", "data". */
struct directive {
	struct span verb, file;
};

/* The text up to the next directive, which is cut off `rest` with it. False: no more. */
static bool next_directive(struct span *rest, struct span *text, struct directive *d)
{
	const char *open = rest->len ? memmem(rest->data, rest->len, "{{", 2) : NULL;
	struct span inner;
	const char *close;

	*text = *rest;
	if (!open)
		return false;
	text->len = (size_t)(open - rest->data);
	inner = span_from(open + 2, rest->len - text->len - 2);
	close = memmem(inner.data, inner.len, "}}", 2);
	assert(close);
	*rest = span_from(close + 2, inner.len - (size_t)(close + 2 - inner.data));
	inner.len = (size_t)(close - inner.data);
	d->verb = span_cut(&inner, ' ');
	d->file = inner;
	return true;
}

static struct span asset_bytes(struct span name)
{
	const struct web_asset *asset = web_asset_find(name);

	assert(asset);
	return asset->bytes;
}

static enum err append_hash(struct buf *out, struct span bytes)
{
	unsigned char digest[SHA256_LEN], base64[BASE64_SIZE];

	if (EVP_Digest(bytes.data, bytes.len, digest, NULL, EVP_sha256(), NULL) != 1)
		return ERR_NOMEM;
	EVP_EncodeBlock(base64, digest, SHA256_LEN);
	return buf_printf(out, " 'sha256-%s'", base64);
}

/* The hashes of what the directives with this verb bring in. */
static enum err append_hashes(struct buf *out, struct span template, struct span verb)
{
	struct directive d;
	struct span text;
	enum err err = ERR_OK;

	while (!err && next_directive(&template, &text, &d))
		if (span_equal(d.verb, verb))
			err = append_hash(out, asset_bytes(d.file));
	return err;
}

static enum err append_element(struct buf *out, const char *name, struct span bytes)
{
	enum err err = buf_printf(out, "<%s>", name);

	if (!err)
		err = buf_append_span(out, bytes);
	return err ? err : buf_printf(out, "</%s>", name);
}

static enum err append_data(struct buf *out, struct span json)
{
	enum err err = buf_append_text(out, "<script type=\"application/json\" "
					    "id=\"data\">");

	if (!err)
		err = escape_json_in_html(out, json);
	return err ? err : buf_append_text(out, "</script>");
}

static enum err expand(struct buf *out, struct span template, const struct directive *d,
		       struct span json)
{
	if (span_equal(d->verb, SPAN("style")))
		return append_element(out, "style", asset_bytes(d->file));
	if (span_equal(d->verb, SPAN("script")))
		return append_element(out, "script", asset_bytes(d->file));
	if (span_equal(d->verb, SPAN("style-hashes")))
		return append_hashes(out, template, SPAN("style"));
	if (span_equal(d->verb, SPAN("script-hashes")))
		return append_hashes(out, template, SPAN("script"));
	assert(span_equal(d->verb, SPAN("data")));
	return append_data(out, json);
}

enum err web_page_make(struct buf *out, const char *name, struct span json)
{
	struct span template = asset_bytes(span_of(name)), rest = template, text;
	struct directive d;
	bool more;
	enum err err;

	do {
		more = next_directive(&rest, &text, &d);
		err = buf_append_span(out, text);
		if (!err && more)
			err = expand(out, template, &d, json);
	} while (!err && more);
	return err;
}
