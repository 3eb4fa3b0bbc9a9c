#include "crawler/verdict.h"

#include <stdio.h>

#include "crawler/cache_control.h"
#include "crawler/field.h"
#include "crawler/http_date.h"
#include "crawler/retry_after.h"
#include "crawler/validator.h"
#include "store/base/clock.h"

#define KEPT_HEADERS_MAX 16384
/* Clocks that are further apart than this are not set. */
#define CLOCK_SKEW_MAX_MS MS_PER_MINUTE

bool verdict_may_ask_conditionally(const struct page *page, struct span url)
{
	struct span owner = page->validators_url.len ? buf_span(&page->validators_url)
						     : buf_span(&page->url);

	return !page->ask_unconditionally && !digest_is_none(&page->digest) &&
	       (page->etag.len || page->last_modified.len) && span_equal(owner, url);
}

enum verdict verdict_of_error(enum fetch_error error)
{
	switch (error) {
	case FETCH_ADDRESS:
	case FETCH_HEAD_TOO_LARGE:
	case FETCH_BODY_TOO_LARGE:
		return VERDICT_REFUSED;
	default:
		return VERDICT_ERROR;
	}
}

enum answer_health verdict_health(enum fetch_error error, int http_status)
{
	/* Its head says so, whatever became of the body. */
	if (http_status == 429)
		return ANSWER_GO_AWAY;
	if (http_status == 503)
		return ANSWER_DOWN;
	switch (error) {
	case FETCH_DNS:
	case FETCH_CONNECT:
	case FETCH_ADDRESS:
	case FETCH_TLS:
		return ANSWER_DOWN;
	case FETCH_TIMEOUT:
	case FETCH_SLOW:
	case FETCH_TRUNCATED:
	case FETCH_MALFORMED:
		return ANSWER_TROUBLE;
	default:
		break;
	}
	if (http_status == 401 || http_status == 403 || http_status == 407)
		return ANSWER_DENIED;
	return http_status >= 500 ? ANSWER_TROUBLE : ANSWER_GOOD;
}

static void note_anomaly(struct observation *o, enum anomaly anomaly)
{
	o->anomalies |= 1u << anomaly;
}

static enum err fail(struct observation *o, enum verdict verdict, enum evidence evidence,
		     const char *detail)
{
	o->verdict = (uint8_t)verdict;
	o->evidence = (uint8_t)evidence;
	return buf_set(&o->detail, span_of(detail));
}

/* ---- 304 ------------------------------------------------------------------------------- */

/* Does the tag of a 304 name what we hold? A host whose tag we repaired answers with the
 * plain one (REQ 25a). */
static bool tag_names_ours(struct span stored, struct span answered)
{
	return !stored.len || validator_weak_match(stored, answered) ||
	       conditional_is_plain_form(stored, answered);
}

/* Fields of a 304 that are laid over the stored ones (RFC 9111 3.2, 4.3.4). Not those of the
 * connection, nor those that tell of a body, which is the stored one's (REQ 20). Date is
 * kept with the page; Server is passed over, since it would cost every 304 a write. */
static bool is_freshened(struct span name)
{
	static const struct span others[] = {
		SPAN("Connection"),
		SPAN("Keep-Alive"),
		SPAN("Proxy-Authenticate"),
		SPAN("Proxy-Connection"),
		SPAN("TE"),
		SPAN("Trailer"),
		SPAN("Transfer-Encoding"),
		SPAN("Upgrade"),
		SPAN("Content-Encoding"),
		SPAN("Content-Length"),
		SPAN("Content-Type"),
		SPAN("Content-Range"),
		SPAN("Set-Cookie"),
		SPAN("Date"),
		SPAN("Server"),
		SPAN("ETag"),
		SPAN("Last-Modified"), /* where they are new: below */
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (span_equal_nocase(name, others[i]))
			return false;
	return true;
}

static enum err append_field(struct buf *lines, struct span name, struct span value)
{
	if (lines->len + name.len + value.len > KEPT_HEADERS_MAX)
		return ERR_OK;
	return header_append(lines, name, value);
}

static enum err take_freshened(const struct exchange *x, struct validator_pair pair,
			       struct observation *o)
{
	const struct header_list *headers = &x->result->headers;
	struct span name, value;
	enum err err = ERR_OK;
	size_t at = 0;

	while (!err && header_next(headers, &at, &name, &value))
		if (is_freshened(name))
			err = append_field(&o->headers, name, value);
	if (err || !pair.last_modified.len ||
	    span_equal(pair.last_modified, buf_span(&x->page->last_modified)))
		return err;
	err = append_field(&o->headers, SPAN("Last-Modified"), pair.last_modified);
	return err ? err : buf_set(&o->last_modified, pair.last_modified);
}

/* Does any tag of the answer name other content than the one we asked about? A weak one
 * cannot, unless we sent a tag: then the server compared it and still said "the same". */
static bool names_another(const struct exchange *x, struct span stored)
{
	struct span etag;

	for (size_t i = 0; header_get(&x->result->headers, "ETag", i, &etag); i++) {
		if (!validator_etag_is_usable(etag) ||
		    (validator_etag_is_weak(etag) && !x->etag_sent))
			continue;
		if (!tag_names_ours(stored, etag))
			return true;
	}
	return false;
}

static enum err judge_304(const struct exchange *x, int64_t now_ms, struct observation *o)
{
	struct validator_pair pair = validators_from_headers(&x->result->headers, now_ms);
	struct span stored = buf_span(&x->page->etag);

	if (!o->conditional || digest_is_none(&x->page->digest)) {
		note_anomaly(o, ANOMALY_UNSOLICITED_304);
		o->ask_unconditionally = true;
		return fail(o, VERDICT_ERROR, EVIDENCE_NONE,
			    "304 to a request without conditions");
	}
	if (names_another(x, stored)) {
		note_anomaly(o, ANOMALY_OTHER_TAG_304);
		o->ask_unconditionally = true;
		return fail(o, VERDICT_ERROR, EVIDENCE_NONE,
			    "304 with another entity tag than was sent");
	}
	o->verdict = VERDICT_UNCHANGED;
	o->evidence = !x->etag_sent                    ? EVIDENCE_304_DATE
		      : validator_etag_is_weak(stored) ? EVIDENCE_304_WEAK
						       : EVIDENCE_304_STRONG;
	o->bytes_saved = x->page->body_len;
	o->plain_tag = pair.etag.len && conditional_is_plain_form(stored, pair.etag);
	return take_freshened(x, pair, o);
}

/* ---- 200 ------------------------------------------------------------------------------- */

/* A 200 means what its framing and its codings bear out, and no more (REQ 27, 28). */
static enum err refuse_document(const struct document *d, struct observation *o)
{
	o->error = (uint8_t)d->status;
	return fail(o,
		    d->status == FETCH_BODY_TOO_LARGE ? VERDICT_REFUSED : VERDICT_ERROR,
		    EVIDENCE_NONE, d->detail);
}

/* Set-Cookie is left out: it is nobody's business later, and often a secret. */
enum err verdict_keep_headers(const struct header_list *headers, struct buf *lines)
{
	struct span name, value;
	size_t at = 0;
	enum err err = ERR_OK;

	while (!err && header_next(headers, &at, &name, &value)) {
		if (span_equal_nocase(name, SPAN("Set-Cookie")) ||
		    lines->len + name.len + value.len > KEPT_HEADERS_MAX)
			continue;
		err = buf_append_span(lines, name);
		if (!err)
			err = buf_append_text(lines, ": ");
		if (!err)
			err = buf_append_span(lines, value);
		if (!err)
			err = buf_append_byte(lines, '\n');
	}
	return err;
}

/* A 304 under these validators would be, or was, a lie. Other bytes with the same words
 * do no harm to an index, and weak tags promise no more (RFC 9110 8.8.1). */
static bool is_false_304(const struct exchange *x, const struct observation *o)
{
	return x->audit && observation_contradicts_validators(o);
}

static void note_date_anomalies(const struct exchange *x, struct validator_pair pair,
				int64_t now_ms, struct observation *o)
{
	int64_t clock_ms = o->date_at_ms > now_ms ? o->date_at_ms : now_ms, before_ms;

	if (pair.last_modified_at_ms > clock_ms + CLOCK_SKEW_MAX_MS)
		note_anomaly(o, ANOMALY_DATE_IN_FUTURE);
	if (pair.last_modified_at_ms &&
	    http_date_parse(buf_span(&x->page->last_modified), now_ms, &before_ms) &&
	    pair.last_modified_at_ms < before_ms)
		note_anomaly(o, ANOMALY_DATE_BACKWARDS);
}

/* The digest came with a seed, and no body of ours has borne it out: where it is wrong,
 * it tells of the seed, not of the host, and one wrong list must not condemn hosts. */
static bool is_hearsay(const struct page *page)
{
	return !page->has_body && !page->last_change_at_ms;
}

static void compare_validators(const struct exchange *x, struct validator_pair pair,
			       struct observation *o)
{
	struct span stored = buf_span(&x->page->etag);

	if (digest_is_none(&x->page->digest) || (is_hearsay(x->page) && !o->same_bytes))
		return;
	o->same_etag =
		stored.len && pair.etag.len && validator_weak_match(stored, pair.etag);
	o->same_date = pair.last_modified.len &&
		       span_equal(pair.last_modified, buf_span(&x->page->last_modified));
	if (o->same_etag && !o->same_bytes && validator_strong_match(stored, pair.etag))
		note_anomaly(o, ANOMALY_SAME_TAG_OTHER_BODY);
	if (is_false_304(x, o))
		note_anomaly(o, ANOMALY_FALSE_304);
	/* With another date the file was written anew, which is nobody's fault. */
	if (stored.len && pair.etag.len && !o->same_etag && o->same_bytes &&
	    (o->same_date || !pair.last_modified.len))
		note_anomaly(o, ANOMALY_TAG_CHURN);
}

static enum err take_validators(const struct exchange *x, int64_t now_ms,
				struct observation *o)
{
	struct validator_pair pair = validators_from_headers(&x->result->headers, now_ms);
	struct validator_dates dates = {
		.last_modified_at_ms = pair.last_modified_at_ms,
		.date_at_ms = o->date_at_ms ? o->date_at_ms : now_ms,
		.previous_visit_at_ms = x->page->last_verified_at_ms,
		.changed = !o->same_bytes,
	};
	enum err err = buf_set(&o->etag, pair.etag);

	if (!err)
		err = buf_set(&o->last_modified, pair.last_modified);
	if (!err && !span_equal(x->url, buf_span(&x->page->url)))
		err = buf_set(&o->validators_url, x->url);
	if (pair.last_modified_at_ms && validator_date_is_trusted(&dates))
		o->last_modified_at_ms = pair.last_modified_at_ms;
	note_date_anomalies(x, pair, now_ms, o);
	compare_validators(x, pair, o);
	return err;
}

static enum err take_content(const struct exchange *x, struct observation *o)
{
	struct document *d = x->document;
	struct span type = { NULL, 0 };
	struct span title = buf_span(&d->title);

	o->digest = d->digest;
	o->text_digest = d->text_digest;
	o->simhash = d->simhash;
	o->words_hash = d->words_hash;
	o->epoch = d->epoch;
	o->similarity = d->similarity;
	o->link_digest = d->link_digest;
	o->noindex = d->robots.noindex;
	o->noarchive = d->robots.noarchive;
	o->canonical = buf_take(&d->canonical);
	o->language = buf_take(&d->language);
	o->block_ids = buf_take(&d->block_ids);
	o->successions = buf_take(&d->successions);
	o->edits = buf_take(&d->edits);
	o->sketch = buf_take(&d->sketch);
	o->body_len = (uint32_t)d->body.len;
	o->body = buf_take(&d->compressed);
	(void)header_get(&x->result->headers, "Content-Type", 0, &type);
	if (type.len > PAGE_TYPE_MAX)
		type.len = PAGE_TYPE_MAX;
	if (title.len > PAGE_TITLE_MAX)
		title.len = PAGE_TITLE_MAX;
	enum err err = buf_set(&o->content_type, type);

	return err ? err : buf_set(&o->title, title);
}

static void conclude_200(const struct exchange *x, struct observation *o)
{
	const struct page *page = x->page;
	const struct document *d = x->document;

	o->evidence = EVIDENCE_BODY;
	if (digest_is_none(&page->digest)) {
		o->verdict = VERDICT_NEW;
	} else if (o->same_bytes) {
		o->verdict = VERDICT_UNCHANGED;
		o->evidence = EVIDENCE_DIGEST;
	} else if (d->same_text && d->robots.noindex == page->noindex) {
		o->verdict = VERDICT_MINOR; /* whether it may stand in an index is news */
		o->differs = (uint8_t)d->differs;
		o->evidence = EVIDENCE_TEXT;
	} else {
		o->verdict = VERDICT_CHANGED;
	}
	if (x->audit)
		o->evidence = EVIDENCE_AUDIT;
}

static enum err judge_200(const struct exchange *x, int64_t now_ms, struct observation *o)
{
	struct document *d = x->document;
	enum err err;

	if (d->status != FETCH_OK)
		return refuse_document(d, o);
	o->complete_200 = true;
	o->same_bytes = digest_equal(&d->digest, &x->page->digest);
	conclude_200(x, o);
	err = take_validators(x, now_ms, o);
	if (!err)
		err = verdict_keep_headers(&x->result->headers, &o->headers);
	/* Also of bytes whose digest was known, but that were not kept: an adopted page. */
	if (!err && !d->same_bytes)
		err = take_content(x, o);
	return err;
}

/* ---- the rest -------------------------------------------------------------------------- */

/* 410 says it all; a 404 may be an accident and wants a second witness (REQ 30). */
static enum err judge_missing(const struct verdict_config *config,
			      const struct exchange *x, int64_t now_ms,
			      struct observation *o)
{
	const struct page *page = x->page;
	bool counts = config->force || !page->n_not_found_in_a_row ||
		      now_ms - page->last_not_found_at_ms >= config->gone_spacing_ms;
	uint32_t n = page->n_not_found_in_a_row + counts;

	o->not_found = counts;
	o->evidence = EVIDENCE_STATUS;
	if (x->result->http_status == 410 || page->verdict == VERDICT_GONE ||
	    n >= config->gone_after) {
		o->verdict = VERDICT_GONE;
		return ERR_OK;
	}
	return fail(o, VERDICT_ERROR, EVIDENCE_STATUS, "404, not yet confirmed");
}

static enum err judge_status(const struct exchange *x, struct observation *o)
{
	int status = x->result->http_status;
	char detail[64] = "";

	if (o->conditional && (status == 400 || status == 412)) {
		note_anomaly(o, ANOMALY_CONDITION_REFUSED);
		o->ask_unconditionally = true;
	}
	if (status == 206)
		return fail(o, VERDICT_ERROR, EVIDENCE_STATUS,
			    "206, though no range was asked for");
	snprintf(detail, sizeof(detail), "status %d", status);
	return fail(o, VERDICT_ERROR, EVIDENCE_STATUS, detail);
}

static enum err judge_moved(const struct exchange *x, struct observation *o)
{
	o->verdict = VERDICT_MOVED;
	o->evidence = EVIDENCE_STATUS;
	o->permanent_redirect = true;
	return buf_set(&o->redirect_to, x->moved_to);
}

static enum err judge_answer(const struct verdict_config *config,
			     const struct exchange *x, int64_t now_ms,
			     struct observation *o)
{
	int status = x->result->http_status;

	if (x->redirected_for_good &&
	    (status == 200 || (status == 304 && o->conditional)))
		return judge_moved(x, o);
	if (status == 304)
		return judge_304(x, now_ms, o);
	if (status == 200)
		return judge_200(x, now_ms, o);
	if (status == 404 || status == 410)
		return judge_missing(config, x, now_ms, o);
	return judge_status(x, o);
}

/* A cache's copy is as old as its Age says (RFC 9111 4.2.3). */
static void note_clock(const struct fetch_result *r, int64_t now_ms,
		       struct observation *o)
{
	int64_t age_s = 0, skew_ms;
	struct span age;

	if (header_get(&r->headers, "Age", 0, &age) &&
	    (!field_parse_number(age, &age_s) || age_s > INT32_MAX))
		age_s = 0;
	skew_ms = o->date_at_ms + age_s * MS_PER_SECOND - now_ms;
	if (skew_ms > CLOCK_SKEW_MAX_MS || skew_ms < -CLOCK_SKEW_MAX_MS)
		note_anomaly(o, ANOMALY_CLOCK_SKEW);
}

static enum err note_exchange(const struct exchange *x, int64_t now_ms,
			      struct observation *o)
{
	const struct fetch_result *r = x->result;
	struct cache_times times = { now_ms - r->total_us / 1000, now_ms };
	int64_t elapsed_ms = (r->finished_at_us - x->first_byte_of_visit_us) / 1000;
	struct span date;
	enum err err = buf_set(&o->hops, x->hops);

	o->at_ms = now_ms;
	o->http_status = (uint16_t)r->http_status;
	o->error = (uint8_t)r->error;
	o->answered = r->error == FETCH_OK;
	o->audit = x->audit;
	o->conditional = x->etag_sent || x->date_sent;
	o->n_requests = x->n_requests;
	o->wire_bytes = x->wire_bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)x->wire_bytes;
	o->elapsed_ms = elapsed_ms < 0 ? 0 : (uint32_t)elapsed_ms;
	if (header_get(&r->headers, "Date", 0, &date) &&
	    http_date_parse(date, now_ms, &o->date_at_ms))
		note_clock(r, now_ms, o);
	if (r->stray_body)
		note_anomaly(o, ANOMALY_BODY_ON_304);
	o->lifetime_ms = cache_fresh_for_ms(&r->headers, &times);
	if (r->http_status == 429 || r->http_status >= 500)
		(void)retry_after_from_headers(&r->headers, now_ms, &o->retry_after_ms);
	if (!err && x->hops.len && !x->redirected_for_good)
		err = buf_set(&o->redirect_to, x->url);
	return err;
}

enum err verdict_judge(const struct verdict_config *config, const struct exchange *x,
		       int64_t now_ms, struct observation *o)
{
	enum err err = note_exchange(x, now_ms, o);

	if (err)
		return err;
	if (x->result->error != FETCH_OK)
		return fail(o, verdict_of_error(x->result->error), EVIDENCE_NONE,
			    x->result->detail);
	return judge_answer(config, x, now_ms, o);
}
