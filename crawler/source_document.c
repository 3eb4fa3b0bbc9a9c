#include "crawler/source_document.h"

#include <stdlib.h>

#include "crawler/content_coding.h"
#include "crawler/source_reading.h"

void source_document_init(struct source_document *document)
{
	memset(document, 0, sizeof(*document));
}

void source_document_release(struct source_document *document)
{
	buf_release(&document->urls);
	buf_release(&document->scratch);
	free(document->entries);
	source_document_init(document);
}

struct span source_entry_url(const struct source_document *document,
			     const struct source_entry *entry)
{
	return span_from(document->urls.data + entry->url_at, entry->url_len);
}

/* ---- entries ------------------------------------------------------------------------------ */

static enum err make_room(struct source_document *document)
{
	size_t room = document->entries_room ? 2 * document->entries_room : 64;
	struct source_entry *grown;

	if (document->n_entries < document->entries_room)
		return ERR_OK;
	grown = realloc(document->entries, room * sizeof(*grown));
	if (!grown)
		return ERR_NOMEM;
	document->entries = grown;
	document->entries_room = room;
	return ERR_OK;
}

enum err source_add_entry(struct source_document *document, struct span url,
			  unsigned line, const struct source_date *date)
{
	struct source_entry entry = { .url_at = document->urls.len,
				      .url_len = url.len,
				      .line = line };
	enum err err;

	if (document->n_entries == SOURCE_MAX_ENTRIES) {
		document->is_cut = true;
		return ERR_OK;
	}
	if (date) {
		entry.has_date = true;
		entry.date = *date;
	}
	err = make_room(document);
	if (!err)
		err = buf_append_span(&document->urls, url);
	if (!err)
		document->entries[document->n_entries++] = entry;
	return err;
}

enum err source_take_url(struct source_reading *r, struct span url, int rank)
{
	if (!url.len || rank <= r->url_rank)
		return ERR_OK;
	r->url_rank = rank;
	return buf_set(&r->url, url);
}

void source_take_date(struct source_reading *r, struct span text)
{
	struct source_date date;

	if (!source_date_parse(text, &date)) {
		r->document->n_bad_dates += text.len > 0;
		return;
	}
	if (!r->has_date || date.from_ms > r->date.from_ms)
		r->date = date;
	r->has_date = true;
}

/* ---- XML ------------------------------------------------------------------------------------ */

static bool choose_format(struct source_reading *r, const struct xml_element *root)
{
	r->format = sitemap_format(root->name);
	if (!r->format)
		r->format = feed_format(root->name);
	if (r->format)
		r->document->kind = r->format->kind;
	else
		(void)why_set(&r->document->why, ERR_INVALID,
			      "<%.*s> is neither a sitemap nor a feed",
			      (int)(root->name.len < 100 ? root->name.len : 100),
			      root->name.data);
	return r->format != NULL;
}

static bool on_start(void *context, const struct xml_element *element)
{
	struct source_reading *r = context;

	if (!r->format)
		return choose_format(r, element);
	if (element->depth == r->format->depth &&
	    span_equal(element->name, span_of(r->format->entry))) {
		r->in_entry = true;
		r->url_rank = 0;
		r->has_date = false;
		r->line = element->line;
		buf_clear(&r->url);
	} else if (r->in_entry && element->depth == r->format->depth + 1 &&
		   r->format->start) {
		r->err = r->format->start(r, element);
	}
	return !r->err;
}

static bool on_end(void *context, const struct xml_element *element, struct span text)
{
	struct source_reading *r = context;

	if (!r->in_entry)
		return true;
	if (element->depth == r->format->depth + 1) {
		r->err = r->format->end(r, element, text);
	} else if (element->depth == r->format->depth) {
		r->in_entry = false;
		if (r->url.len)
			r->err = source_add_entry(r->document, buf_span(&r->url), r->line,
						  r->has_date ? &r->date : NULL);
	}
	return !r->err && !r->document->is_cut;
}

static enum err read_xml(struct span body, int64_t (*now_us)(void),
			 struct source_document *document)
{
	static const struct xml_events events = { on_start, on_end };
	struct xml_limits limits = { SOURCE_MAX_BYTES, SOURCE_MAX_US, now_us };
	struct source_reading r = { .document = document };
	struct xml_outcome outcome;
	enum err err = xml_read(body, &limits, &events, &r, &outcome);

	if (outcome.is_damaged && !document->why.text[0])
		document->why = outcome.why;
	document->is_damaged = outcome.is_damaged;
	/* libxml2 is silent about an encoding that nobody has. */
	if (!r.format && !document->why.text[0])
		(void)why_set(&document->why, ERR_INVALID,
			      "XML without an element that can be read");
	buf_release(&r.url);
	buf_release(&r.value);
	return err ? err : r.err;
}

/* ---- any document --------------------------------------------------------------------------- */

/* What may follow a "<"; a NUL: of UTF-16. */
static bool may_begin_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       memchr("_:?!", c, sizeof("_:?!"));
}

/* Blanks and a byte order mark may stand before it. */
bool source_looks_like_xml(struct span bytes)
{
	static const char skipped[] = { '\xef', '\xbb', '\xbf', '\xfe', '\xff',
					' ',    '\t',   '\r',   '\n' };
	size_t at = 0;

	while (at < bytes.len && memchr(skipped, bytes.data[at], sizeof(skipped)))
		at++;
	return at + 1 < bytes.len && bytes.data[at] == '<' &&
	       may_begin_name(bytes.data[at + 1]);
}

/* A file that is gzip itself, whatever the answer's Content-Encoding was. */
static enum err unwrap(struct span *body, struct source_document *document)
{
	struct header_list gzip = HEADER_LIST_INIT;
	enum coding_verdict verdict = CODING_BROKEN;
	enum err err;

	if (!span_starts_with(*body, SPAN("\x1f\x8b")))
		return ERR_OK;
	err = header_add_line(&gzip, SPAN("Content-Encoding: gzip"));
	if (!err)
		err = content_decode(&gzip, *body, SOURCE_MAX_BYTES, &document->scratch,
				     &verdict);
	header_list_release(&gzip);
	if (err)
		return err;
	*body = verdict == DECODED ? buf_span(&document->scratch) : SPAN("");
	if (verdict != DECODED)
		(void)why_set(&document->why, ERR_INVALID, "gzip: %s",
			      coding_verdict_text(verdict));
	return ERR_OK;
}

static enum err read_text(struct span body, struct source_document *document)
{
	bool is_sitemap = false;
	enum err err = sitemap_read_text(body, document, &is_sitemap);

	if (!err && is_sitemap) {
		document->kind = SOURCE_SITEMAP;
		return ERR_OK;
	}
	document->n_entries = 0;
	buf_clear(&document->urls);
	(void)why_set(&document->why, ERR_INVALID,
		      body.len ? "neither XML nor a list of URLs" : "empty");
	return err;
}

enum err source_document_read(struct span body, int64_t (*now_us)(void),
			      struct source_document *document)
{
	enum err err = unwrap(&body, document);

	if (err || document->why.text[0])
		return err;
	if (source_looks_like_xml(body))
		return read_xml(body, now_us, document);
	return read_text(body, document);
}
