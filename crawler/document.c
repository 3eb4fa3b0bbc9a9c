#include "crawler/document.h"

#include <stdlib.h>

#include "crawler/charset.h"
#include "crawler/content_coding.h"
#include "crawler/difference.h"
#include "crawler/field.h"
#include "crawler/simhash.h"
#include "crawler/text.h"
#include "store/sketch.h"
#include "store/base/codec.h"
#include "store/base/zip.h"

#define ROBOTS_AGENT "freshet" /* the product token, REQ 2 */

struct document_worker {
	struct zip *zip;
	struct html html; /* of the last page; its text also of plain ones */
	struct buf masked, old_masked, old_body, scratch;
};

enum err document_worker_new(int zip_level, struct document_worker **worker)
{
	struct document_worker *fresh = calloc(1, sizeof(*fresh));
	enum err err;

	if (!fresh)
		return ERR_NOMEM;
	html_init(&fresh->html);
	err = zip_new(zip_level, &fresh->zip);
	if (err)
		document_worker_free(fresh);
	else
		*worker = fresh;
	return err;
}

void document_worker_free(struct document_worker *worker)
{
	if (!worker)
		return;
	zip_free(worker->zip);
	html_release(&worker->html);
	buf_release(&worker->masked);
	buf_release(&worker->old_masked);
	buf_release(&worker->old_body);
	buf_release(&worker->scratch);
	free(worker);
}

void document_init(struct document *document)
{
	*document = (struct document){ .status = FETCH_OK };
}

void document_release(struct document *document)
{
	buf_release(&document->body);
	buf_release(&document->compressed);
	buf_release(&document->title);
	buf_release(&document->language);
	buf_release(&document->canonical);
	buf_release(&document->base);
	buf_release(&document->block_ids);
	buf_release(&document->successions);
	buf_release(&document->edits);
	buf_release(&document->sketch);
	buf_release(&document->text);
	buf_release(&document->masked);
	buf_release(&document->marks);
	document_init(document);
}

enum type { TYPE_OTHER, TYPE_HTML, TYPE_PLAIN };

/* Without a Content-Type (RFC 9110 8.3: then one may look) only what starts as HTML must
 * is taken for it; anything else has no text. */
static enum type guess_type(struct span body)
{
	static const struct span starts[] = { { "<!doctype html", 14 }, { "<html", 5 } };

	if (span_starts_with(body, SPAN("\xEF\xBB\xBF")))
		body = span_from(body.data + 3, body.len - 3);
	if (body.len > 512)
		body.len = 512;
	body = span_trim(body);
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		if (body.len >= starts[i].len &&
		    span_equal_nocase(span_from(body.data, starts[i].len), starts[i]))
			return TYPE_HTML;
	}
	return TYPE_OTHER;
}

static enum type type_of(struct span media_type, struct span body)
{
	if (!media_type.len)
		return guess_type(body);
	if (span_equal_nocase(media_type, SPAN("text/html")) ||
	    span_equal_nocase(media_type, SPAN("application/xhtml+xml")))
		return TYPE_HTML;
	return span_equal_nocase(media_type, SPAN("text/plain")) ? TYPE_PLAIN
								 : TYPE_OTHER;
}

/* The charset in the parameters of a Content-Type (RFC 9110 8.3.1); empty: none. */
static struct span charset_of(struct span parameters)
{
	while (parameters.len) {
		struct span value = span_cut(&parameters, ';');
		struct span name = span_trim(span_cut(&value, '='));

		if (span_equal_nocase(name, SPAN("charset")))
			return field_unquote(span_trim(value));
	}
	return (struct span){ NULL, 0 };
}

static enum err read_plain(struct document_worker *worker, struct span charset,
			   struct span body)
{
	struct text_writer writer = { &worker->html.text, TEXT_JOINED };
	struct span utf8;
	enum err err;

	err = charset_decode(body, charset, false, &worker->html.scratch, &utf8);
	return err ? err : text_add_lines(&writer, utf8);
}

/* Fills worker->html: with nothing when the body is neither HTML nor plain text, or over
 * a limit. */
static enum err read_text(struct document_worker *worker, struct span content_type,
			  struct span body, const struct html_limits *limits)
{
	struct span parameters = content_type;
	struct span media_type = span_trim(span_cut(&parameters, ';'));
	struct span charset = charset_of(parameters);
	enum err err = ERR_OK;

	html_clear(&worker->html);
	switch (type_of(media_type, body)) {
	case TYPE_HTML:
		err = html_parse(body, charset, limits, &worker->html);
		break;
	case TYPE_PLAIN:
		if (body.len <= limits->max_bytes)
			err = read_plain(worker, charset, body);
		break;
	case TYPE_OTHER:
		break;
	}
	return err == ERR_TOO_LARGE ? ERR_OK : err;
}

enum err document_text(struct document_worker *worker, struct span content_type,
		       struct span body, const struct html_limits *limits,
		       struct span *text)
{
	enum err err;

	worker->html.ignore = SPAN("");
	err = read_text(worker, content_type, body, limits);
	if (!err)
		*text = buf_span(&worker->html.text);
	return err;
}

/* X-Robots-Tag: "noindex", or for one robot "freshet: noindex". */
static void add_robots_fields(const struct header_list *headers,
			      struct html_robots *robots)
{
	struct span value;

	for (size_t i = 0; header_get(headers, "X-Robots-Tag", i, &value); i++) {
		struct span rest = value;
		struct span agent = span_trim(span_cut(&rest, ':'));

		/* A colon behind the first comma belongs to some directive's value. */
		if (agent.len == value.len || span_find(agent, ',') < agent.len)
			html_robots_add(robots, value);
		else if (span_equal_nocase(agent, SPAN(ROBOTS_AGENT)))
			html_robots_add(robots, rest);
	}
}

/* Moves what the page says of itself out of the worker. */
static void take_head(struct html *html, struct document *document)
{
	document->title = buf_take(&html->title);
	document->language = buf_take(&html->language);
	document->canonical = buf_take(&html->canonical);
	document->base = buf_take(&html->base);
	document->robots = html->robots;
	document->n_links = html->n_links;
	document->link_digest = html->link_digest;
}

static enum err hash_words(struct document_worker *worker, struct span text,
			   uint32_t *hash)
{
	struct digest digest;
	enum err err = text_digest(text, &worker->scratch, &digest);

	if (!err)
		*hash = be32_get(digest.bytes);
	return err;
}

static void compare_known(const struct document_request *request,
			  struct document *document)
{
	document->same_text =
		digest_equal(&document->text_digest, &request->known_text_digest);
	if (!document->same_text) {
		document->similarity = (float)simhash_similarity(document->simhash,
								 request->known_simhash);
		return;
	}
	document->similarity = 1;
	document->differs = document->words_hash == request->known_words_hash
				    ? DIFFERS_MARKUP
				    : DIFFERS_VOLATILE;
}

/* ---- sketches: the epoch and half of the body's digest, then difference.h's --------------------- */

static void sketch_head(uint32_t epoch, const struct digest *digest,
			uint8_t head[SKETCH_HEAD_SIZE])
{
	be32_put(head, epoch);
	memcpy(head + 4, digest->bytes, SKETCH_HEAD_SIZE - 4);
}

static enum err make_sketch(const struct shown *shown, struct document *document)
{
	uint8_t head[SKETCH_HEAD_SIZE];
	struct buf sketch = BUF_INIT;
	enum err err = difference_sketch(shown, &sketch);

	sketch_head(document->epoch, &document->digest, head);
	if (!err && sketch.len)
		err = buf_append(&document->sketch, head, sizeof(head));
	if (!err)
		err = buf_append_span(&document->sketch, buf_span(&sketch));
	buf_release(&sketch);
	return err;
}

/* The difference, told of the document. */
static void take_difference(struct difference *d, struct document *document)
{
	document->same_text = !d->is_news;
	document->differs = d->is_news ? DIFFERS_NONE : d->differs;
	document->successions = buf_take(&d->successions);
	document->edits = buf_take(&d->edits);
	if (document->same_text)
		document->similarity = 1;
}

enum err document_compare_sketch(struct span known, const struct digest *known_digest,
				 const struct boilerplate *boilerplate,
				 struct document *document, bool *decided)
{
	struct difference d = { .is_news = false };
	struct span own = buf_span(&document->sketch);
	uint8_t head[SKETCH_HEAD_SIZE];
	enum err err;

	*decided = false;
	sketch_head(document->epoch, known_digest, head);
	if (!own.len || !span_starts_with(known, span_from(head, sizeof(head))))
		return ERR_OK;
	err = difference_judge_sketches(
		span_from(known.data + SKETCH_HEAD_SIZE, known.len - SKETCH_HEAD_SIZE),
		span_from(own.data + SKETCH_HEAD_SIZE, own.len - SKETCH_HEAD_SIZE),
		boilerplate, &d, decided);
	if (!err && *decided)
		take_difference(&d, document);
	difference_release(&d);
	return err;
}

/* ---- texts ---------------------------------------------------------------------------------------- */

static enum err compare_text(struct document_worker *worker,
			     const struct document_request *request,
			     struct document *document)
{
	struct html *html = &worker->html;
	struct span text = buf_span(&html->text);
	struct shown shown;
	enum err err = volatile_mask(text, &worker->masked);

	shown = (struct shown){ text, buf_span(&worker->masked), buf_span(&html->marks) };
	if (!err)
		err = text_digest(shown.masked, &worker->scratch, &document->text_digest);
	if (!err)
		err = hash_words(worker, text, &document->words_hash);
	if (err || !text.len)
		return err;
	document->has_text = true;
	document->simhash = simhash_of(shown.masked);
	if (!digest_is_none(&request->known_text_digest))
		compare_known(request, document);
	err = make_sketch(&shown, document);
	if (err || document->same_text)
		return err;
	err = difference_ids(&shown, &document->block_ids);
	if (!err && request->may_compare) {
		document->text = buf_take(&html->text);
		document->masked = buf_take(&worker->masked);
		document->marks = buf_take(&html->marks);
	}
	return err;
}

/* Reads the stored version; worker->html is empty when it has no text. */
static enum err read_known(struct document_worker *worker,
			   const struct document_known *known)
{
	enum err err;

	buf_clear(&worker->old_body);
	err = zip_decompress(worker->zip, known->compressed, known->max_bytes,
			     &worker->old_body);
	if (err == ERR_NOMEM)
		return err;
	if (err) {
		html_clear(&worker->html);
		return ERR_OK;
	}
	worker->html.ignore = known->ignore;
	return read_text(worker, known->content_type, buf_span(&worker->old_body),
			 &known->html);
}

static enum err judge_difference(const struct document_worker *worker,
				 const struct document_known *known,
				 struct document *document)
{
	struct shown old = { buf_span(&worker->html.text), buf_span(&worker->old_masked),
			     buf_span(&worker->html.marks) };
	struct shown new = { buf_span(&document->text), buf_span(&document->masked),
			     buf_span(&document->marks) };
	struct difference d = { .is_news = true };
	enum err err = difference_judge(&old, &new, known->boilerplate, &d);

	if (!err)
		take_difference(&d, document);
	difference_release(&d);
	return err;
}

/* Of a version that was read in another epoch, what that of ours would have kept of it. */
static enum err read_old_words(struct document_worker *worker, struct digest *digest,
			       struct document *document)
{
	struct span masked = buf_span(&worker->old_masked);

	document->similarity =
		(float)simhash_similarity(document->simhash, simhash_of(masked));
	return text_digest(masked, &worker->scratch, digest);
}

enum err document_compare(struct document_worker *worker,
			  const struct document_known *known, struct document *document)
{
	struct digest old_digest = known->text_digest;
	enum err err = read_known(worker, known);

	if (err || !worker->html.text.len || !document->text.len)
		return err;
	err = volatile_mask(buf_span(&worker->html.text), &worker->old_masked);
	if (!err && digest_is_none(&old_digest))
		err = read_old_words(worker, &old_digest, document);
	if (!err)
		err = judge_difference(worker, known, document);
	/* Words that stand in other blocks are the same words. */
	if (!err && !document->same_text &&
	    digest_equal(&old_digest, &document->text_digest)) {
		document->same_text = true;
		document->differs = DIFFERS_MARKUP;
		document->similarity = 1;
	}
	return err;
}

static enum err decode(const struct document_request *request, struct document *document)
{
	size_t max_bytes = request->max_bytes ? request->max_bytes : DECODED_MAX_BYTES;
	enum coding_verdict verdict;
	enum err err = content_decode(request->headers, request->wire, max_bytes,
				      &document->body, &verdict);

	if (err || verdict == DECODED)
		return err;
	document->status =
		verdict == CODING_TOO_LARGE ? FETCH_BODY_TOO_LARGE : FETCH_UNDECODABLE;
	document->detail = coding_verdict_text(verdict);
	return ERR_OK;
}

enum err document_read(struct document_worker *worker,
		       const struct document_request *request, struct document *document)
{
	struct span content_type = { NULL, 0 }, body;
	enum err err;

	document_release(document);
	document->epoch = request->epoch;
	err = decode(request, document);
	if (err || document->status)
		return err;
	body = buf_span(&document->body);
	document->digest = digest_of(body);
	document->same_bytes = digest_equal(&document->digest, &request->known_digest);
	if (document->same_bytes)
		return ERR_OK;
	header_get(request->headers, "Content-Type", 0, &content_type);
	worker->html.ignore = request->ignore;
	err = read_text(worker, content_type, body, &request->html);
	if (!err)
		err = compare_text(worker, request, document);
	if (err)
		return err;
	take_head(&worker->html, document);
	add_robots_fields(request->headers, &document->robots);
	return zip_compress(worker->zip, body, &document->compressed);
}
