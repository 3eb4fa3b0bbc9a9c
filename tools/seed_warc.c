#include "tools/seed_warc.h"

#include <inttypes.h>
#include <stdlib.h>

#include "crawler/http_date.h"
#include "crawler/validator.h"
#include "crawler/verdict.h"
#include "store/base/clock.h"
#include "store/base/units.h"
#include "store/base/url.h"
#include "tools/warc_http.h"
#include "tools/warc_original.h"

struct seed_warc {
	struct seed_warc_config config;
	struct warc_reader *reader;
	uint64_t n_records;
	struct document_worker *worker;
	/* What the current seed borrows from. */
	struct warc_head head;
	struct warc_http http;
	struct document document;
	struct seed_content content;
	struct seed_revisit revisit;
	struct warc_original original;
	struct buf url, headers;
	/* Of a metadata record, for the resource behind it. */
	struct buf described, description;
};

/* ---- opening --------------------------------------------------------------------------------- */

static enum err make(struct warc_reader *reader, const struct seed_warc_config *config,
		     struct seed_warc **out)
{
	struct seed_warc *w = calloc(1, sizeof(*w));
	enum err err = w ? document_worker_new(1, &w->worker) : ERR_NOMEM;

	if (err) {
		warc_reader_close(reader);
		free(w);
		return err;
	}
	w->config = *config;
	w->reader = reader;
	document_init(&w->document);
	*out = w;
	return ERR_OK;
}

enum err seed_warc_open(const char *path, const struct seed_warc_config *config,
			struct seed_warc **warc, struct why *why)
{
	struct warc_reader *reader = NULL;
	enum err err = warc_reader_open(path, &reader, why);

	return err ? err : make(reader, config, warc);
}

enum err seed_warc_open_fd(int fd, const char *name,
			   const struct seed_warc_config *config, struct seed_warc **warc,
			   struct why *why)
{
	struct warc_reader *reader = NULL;
	enum err err = warc_reader_open_fd(fd, name, &reader, why);

	return err ? err : make(reader, config, warc);
}

void seed_warc_close(struct seed_warc *w)
{
	if (!w)
		return;
	warc_reader_close(w->reader);
	document_worker_free(w->worker);
	header_list_release(&w->head.fields);
	warc_http_release(&w->http);
	document_release(&w->document);
	warc_original_release(&w->original);
	buf_release(&w->url);
	buf_release(&w->headers);
	buf_release(&w->described);
	buf_release(&w->description);
	free(w);
}

/* ---- one record ------------------------------------------------------------------------------ */

static struct span field(const struct seed_warc *w, const char *name)
{
	struct span value = { NULL, 0 };

	(void)header_get(&w->head.fields, name, 0, &value);
	return value;
}

static enum err take_url(struct seed_warc *w, struct seed *seed, struct why *reason)
{
	enum err err = url_canonical(w->head.uri, SPAN(""), &w->url, reason);

	seed->url = buf_span(&w->url);
	return err == ERR_TOO_LARGE ? ERR_INVALID : err;
}

static bool is_robots(struct span url)
{
	struct url_parts parts;

	return url_split(url, &parts) == ERR_OK &&
	       span_equal(parts.target, SPAN("/robots.txt"));
}

/* The record, as revisits refer to it. */
static enum err note_original(struct seed_warc *w)
{
	struct span id = field(w, "WARC-Record-ID"),
		    digest = field(w, "WARC-Payload-Digest");
	struct warc_original *o = &w->original;

	warc_original_clear(o);
	if (!id.len || id.len >= sizeof(o->id) ||
	    !span_starts_with(digest, SPAN("sha1:")) ||
	    digest.len >= sizeof(o->payload_digest))
		return ERR_OK;
	memcpy(o->id, id.data, id.len);
	memcpy(o->payload_digest, digest.data, digest.len);
	o->at_ms = w->head.at_ms;
	o->body_digest = w->document.digest;
	return buf_set(&o->uri, w->head.uri);
}

static void take_validators(struct seed_warc *w, struct seed *seed)
{
	struct validator_pair pair =
		validators_from_headers(&w->http.headers, w->head.at_ms);
	struct span date;

	seed->etag = pair.etag;
	seed->last_modified = pair.last_modified;
	if (header_get(&w->http.headers, "Date", 0, &date) &&
	    !http_date_parse(date, w->head.at_ms, &w->content.date_at_ms))
		w->content.date_at_ms = 0;
}

/* Reads the body as a visit would have. A page whose body is no use is only a page. */
static enum err take_content(struct seed_warc *w, struct seed *seed)
{
	struct document_request request = {
		.headers = &w->http.headers,
		.wire = buf_span(&w->http.body),
		.max_bytes = w->config.max_body,
		.html = { HTML_MAX_BYTES, HTML_MAX_DEPTH, HTML_MAX_US,
			  clock_monotonic_us },
	};
	enum err err;

	if (w->http.too_large || field(w, "WARC-Truncated").len)
		return ERR_OK;
	err = document_read(w->worker, &request, &w->document);
	if (err || w->document.status)
		return err;
	if (!w->config.keep_body)
		buf_release(&w->document.compressed);
	buf_clear(&w->headers);
	w->content = (struct seed_content){ .document = &w->document,
					    .original = &w->original };
	take_validators(w, seed);
	err = verdict_keep_headers(&w->http.headers, &w->headers);
	if (!err)
		err = note_original(w);
	(void)header_get(&w->http.headers, "Content-Type", 0, &w->content.content_type);
	w->content.headers = buf_span(&w->headers);
	seed->digest = w->document.digest;
	seed->indexed_at_ms = w->head.at_ms;
	seed->content = &w->content;
	return err;
}

static enum err take_response(struct seed_warc *w, struct seed *seed, bool *is_page,
			      struct why *reason)
{
	enum err err = warc_http_read(w->reader, w->config.max_body, &w->http, reason);

	*is_page = !err && w->http.status == 200;
	return *is_page ? take_content(w, seed) : err;
}

/* Keeps what a metadata record says of the record that comes next, as `export` writes it. */
static enum err take_metadata(struct seed_warc *w, struct why *reason)
{
	enum err err;

	buf_clear(&w->described);
	if (!span_equal(field(w, "Content-Type"), SPAN("application/warc-fields")))
		return ERR_OK;
	err = warc_http_read_plain(w->reader, HEADER_MAX_BYTES, &w->http, reason);
	if (!err)
		err = buf_set(&w->description, buf_span(&w->http.body));
	return err ? err : buf_set(&w->described, field(w, "WARC-Refers-To"));
}

/* The block of a resource is decoded, whatever the answer said that once brought it. Lines
 * that are no fields are left out. */
static enum err add_described(struct seed_warc *w)
{
	struct span rest = buf_span(&w->description);
	enum err err = ERR_OK;

	while (err != ERR_NOMEM && rest.len) {
		struct span line = span_cut(&rest, '\n'), name = line;

		name = span_trim(span_cut(&name, ':'));
		if (!span_equal_nocase(name, SPAN("Content-Encoding")) &&
		    !span_equal_nocase(name, SPAN("Content-Type")))
			err = header_add_line(&w->http.headers, line);
	}
	return err == ERR_NOMEM ? err : ERR_OK;
}

/* A resource has no head: its type is a field of the record. */
static enum err take_resource(struct seed_warc *w, struct seed *seed, bool *is_page,
			      struct why *reason)
{
	struct span type = field(w, "Content-Type"), id = field(w, "WARC-Record-ID");
	struct buf line = BUF_INIT;
	enum err err =
		warc_http_read_plain(w->reader, w->config.max_body, &w->http, reason);

	if (!err && type.len)
		err = buf_printf(&line, "Content-Type: %.*s", (int)type.len, type.data);
	if (!err && line.len)
		err = header_add_line(&w->http.headers, buf_span(&line));
	if (!err && id.len && span_equal(id, buf_span(&w->described)))
		err = add_described(w);
	buf_release(&line);
	*is_page = !err;
	return err ? err : take_content(w, seed);
}

static void take_revisit(struct seed_warc *w, struct seed *seed)
{
	struct span date = field(w, "WARC-Refers-To-Date");

	w->revisit = (struct seed_revisit){
		.payload_digest = field(w, "WARC-Payload-Digest"),
		.uri = field(w, "WARC-Refers-To-Target-URI"),
	};
	if (units_parse_time(date, &w->revisit.at_ms))
		w->revisit.at_ms = 0;
	seed->indexed_at_ms = w->head.at_ms;
	seed->revisit = &w->revisit;
}

static enum err take_record(struct seed_warc *w, struct seed *seed, bool *is_page,
			    struct why *reason)
{
	enum err err;

	*is_page = false;
	if (w->head.type == WARC_METADATA)
		return take_metadata(w, reason);
	if (w->head.type != WARC_RESPONSE && w->head.type != WARC_REVISIT &&
	    w->head.type != WARC_RESOURCE)
		return ERR_OK;
	/* "dns:" lookups and the like */
	if (!span_starts_with(w->head.uri, SPAN("http")))
		return ERR_OK;
	err = take_url(w, seed, reason);
	if (err || is_robots(seed->url))
		return err;
	if (w->head.type == WARC_RESPONSE)
		return take_response(w, seed, is_page, reason);
	if (w->head.type == WARC_RESOURCE)
		return take_resource(w, seed, is_page, reason);
	take_revisit(w, seed);
	*is_page = true;
	return ERR_OK;
}

/* ---- the reader ------------------------------------------------------------------------------ */

static enum err reject(struct seed_warc *w, struct seed_rejection *rejection,
		       const struct why *reason)
{
	rejection->line = w->n_records;
	rejection->excerpt = w->head.uri;
	if (rejection->excerpt.len > SEED_EXCERPT_MAX)
		rejection->excerpt.len = SEED_EXCERPT_MAX;
	return why_set(&rejection->reason, ERR_INVALID,
		       "record at byte %" PRIu64 ": %.400s", w->head.offset,
		       reason->text);
}

enum err seed_warc_next(struct seed_warc *w, struct seed *seed,
			struct seed_rejection *rejection, struct why *why)
{
	struct why reason = { "" };
	bool is_page = false;
	enum err err;

	while (!is_page) {
		w->head.uri = SPAN("");
		err = warc_reader_next(w->reader, &w->head, &reason);
		w->n_records++;
		seed_init(seed);
		seed->line = w->n_records;
		if (!err)
			err = take_record(w, seed, &is_page, &reason);
		if (err == ERR_INVALID)
			return reject(w, rejection, &reason);
		if (err) {
			*why = reason;
			return err;
		}
	}
	return ERR_OK;
}
