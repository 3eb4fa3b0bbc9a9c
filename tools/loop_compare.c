/* loop_compare.c - a page's text is another: is that news, or what its host repeats? */
#include "tools/loop_internal.h"

#include "store/base/clock.h"

enum err compare_ready(struct loop *loop, struct flight *flight)
{
	struct host_settings rules;
	enum err err = ERR_OK;

	flight->max_body = (size_t)loop->settings->fetch_max_body;
	flight->keeps_no_body = loop->settings->store_body == BODY_NONE;
	flight->epoch = DOCUMENT_EPOCH;
	buf_clear(&flight->ignore);
	if (!loop->settings->n_rules)
		return ERR_OK;
	settings_for_host(loop->settings, buf_span(&flight->owner->name), &rules);
	for (size_t i = 0; !err && rules.ignore[i]; i++)
		err = buf_printf(&flight->ignore, "%s\n", rules.ignore[i]);
	if (flight->ignore.len)
		flight->epoch ^= (uint32_t)hash64(buf_span(&flight->ignore)) | 1u << 31;
	return err;
}

/* Is there anything to be found out? Not of bytes that are known, though they were read anew
 * for the sake of a new epoch. */
static bool is_wanted(const struct flight *flight)
{
	const struct document *document = &flight->document;
	const struct page *page = &flight->page;

	return !flight->compared && document->status == FETCH_OK && document->text.len &&
	       !document->same_text && page->has_body &&
	       !digest_equal(&document->digest, &page->digest);
}

/* In a worker. Without memory for it the page has changed: that is what we know then. */
static void compare_document(void *argument, unsigned worker)
{
	static const struct digest none;
	struct flight *flight = argument;
	struct document_known known = {
		.content_type = buf_span(&flight->page.content_type),
		.compressed = buf_span(&flight->known),
		.max_bytes = flight->max_body,
		.html = { HTML_MAX_BYTES, HTML_MAX_DEPTH, HTML_MAX_US,
			  clock_monotonic_us },
		.ignore = buf_span(&flight->ignore),
		.text_digest = flight->page.epoch == flight->epoch
				       ? flight->page.text_digest
				       : none,
		.boilerplate = &flight->boilerplate,
	};

	if (document_compare(flight->loop->workers[worker], &known, &flight->document))
		flight->result.error = FETCH_STOPPED;
}

/* What is news can mostly be told from what was kept of the stored version's blocks. */
static enum err compare_sketches(struct loop *loop, struct flight *flight, bool *decided)
{
	const struct page *page = &flight->page;
	struct buf known = BUF_INIT;
	enum err err = store_get_headers(loop->store, &page->key, HEADERS_SKETCH, &known);

	*decided = false;
	if (err == ERR_NOT_FOUND || err == ERR_CORRUPT)
		return ERR_OK;
	if (!err)
		err = document_compare_sketch(buf_span(&known), &page->digest,
					      flight->owner->boilerplate,
					      &flight->document, decided);
	buf_release(&known);
	return err;
}

enum err compare_begin(struct loop *loop, struct flight *flight, bool *taken)
{
	bool decided = false;
	enum err err;

	*taken = false;
	if (!is_wanted(flight))
		return ERR_OK;
	flight->compared = true;
	err = store_load_boilerplate(loop->store, flight->owner);
	if (!err)
		err = compare_sketches(loop, flight, &decided);
	if (err || decided)
		return err;
	err = store_get_compressed(loop->store, &flight->page.digest, &flight->known);
	if (err == ERR_NOT_FOUND || err == ERR_CORRUPT)
		return ERR_OK;
	if (!err)
		err = boilerplate_copy(&flight->boilerplate, flight->owner->boilerplate);
	if (err)
		return err;
	fetcher_hold(loop->fetcher, (int64_t)flight->result.body.len);
	if (!pool_submit(loop->pool, compare_document, flight))
		return ERR_NOMEM; /* the pool holds as many jobs as can be in flight */
	loop->n_in_flight++;
	*taken = true;
	return ERR_OK;
}

static uint64_t take_number(struct span *list)
{
	uint64_t number = be64_get((const uint8_t *)list->data);

	*list = span_from(list->data + sizeof(number), list->len - sizeof(number));
	return number;
}

/* A page that is there without an edit speaks against it. Nothing is read for that. */
static void doubt_edits(struct flight *flight, const struct observation *o)
{
	struct host *host = flight->owner;

	if (!host->boilerplate || !host->boilerplate->edits.len)
		return;
	if (o->verdict != VERDICT_UNCHANGED && o->verdict != VERDICT_MINOR &&
	    o->verdict != VERDICT_CHANGED)
		return;
	boilerplate_doubt(host->boilerplate, buf_span(&o->edits),
			  flight->page.key.url_hash);
	host->dirty |= host->boilerplate->dirty;
}

/* Was it visited because somebody said that it had changed? */
static bool was_told_of(const struct page *page)
{
	bool was = page->next_visit_reason == REASON_RECHECK;

	for (size_t i = 0; i < PAGE_N_TOLD; i++)
		was |= page->told[i].n_announced > 0;
	return was;
}

enum err compare_teach(struct loop *loop, struct flight *flight,
		       const struct observation *o)
{
	struct span successions = buf_span(&o->successions), edits = buf_span(&o->edits);
	struct host *host = flight->owner;
	bool is_version = o->verdict == VERDICT_NEW || o->verdict == VERDICT_CHANGED;
	enum err err;

	doubt_edits(flight, o);
	if (!observation_has_content(o) ||
	    !(successions.len || edits.len || (is_version && o->block_ids.len)))
		return ERR_OK;
	err = store_load_boilerplate(loop->store, host);
	if (!err && is_version)
		err = boilerplate_learn(host->boilerplate, buf_span(&o->block_ids));
	while (!err && successions.len) {
		uint64_t old = take_number(&successions);

		err = boilerplate_succeed(host->boilerplate, old,
					  take_number(&successions));
	}
	if (was_told_of(&flight->page))
		edits.len = 0;
	while (!err && edits.len)
		err = boilerplate_note_edit(host->boilerplate, take_number(&edits),
					    flight->page.key.url_hash);
	host->dirty = true;
	return err;
}
