/* loop_record.c - what a visit learned, into the store's pending batch: all or nothing. */
#include "tools/loop_internal.h"

#include "scheduler/calibration.h"
#include "scheduler/learn.h"
#include "store/base/digest.h"
#include "store/base/log.h"
#include "store/guard.h"
#include "tools/stored_head.h"
#include "tools/live.h"
#include "tools/page_told.h"

/* ---- counting ------------------------------------------------------------------------------ */

static enum counter validator_counter(const struct observation *o)
{
	if (!o->etag.len)
		return o->last_modified.len ? COUNT_VALIDATOR_DATE : COUNT_VALIDATOR_NONE;
	return span_starts_with(buf_span(&o->etag), SPAN("W/")) ? COUNT_VALIDATOR_WEAK
								: COUNT_VALIDATOR_STRONG;
}

static void count_visit(struct loop *loop, struct host *host, const struct observation *o,
			bool announced)
{
	struct store *store = loop->store;
	int64_t now_ms = loop->now_ms;

	store_count(store, (enum counter)(COUNT_VERDICT_NONE + o->verdict), 1, now_ms);
	store_count(store, (enum counter)(COUNT_EVIDENCE_NONE + o->evidence), 1, now_ms);
	store_count(store, (enum counter)(COUNT_BYTES_NONE + o->verdict), o->wire_bytes,
		    now_ms);
	if (o->verdict == VERDICT_MINOR)
		store_count(store, (enum counter)(COUNT_DIFFERS_NONE + o->differs), 1,
			    now_ms);
	if (o->bytes_saved)
		store_count(store, COUNT_BYTES_SAVED, o->bytes_saved, now_ms);
	if (o->complete_200)
		store_count(store, validator_counter(o), 1, now_ms);
	if (o->complete_200 && o->conditional && o->same_bytes) {
		store_count(store, COUNT_USELESS_200, 1, now_ms);
		host->n_useless_200++;
	}
	if (o->audit)
		store_count(store, COUNT_AUDITS, 1, now_ms);
	if (o->anomalies & 1u << ANOMALY_FALSE_304)
		store_count(store, COUNT_FALSE_304, 1, now_ms);
	if (announced)
		store_count(store, COUNT_CHANGES_TOLD, 1, now_ms);
	loop->tally.n_visits++;
	loop->tally.by_verdict[o->verdict]++;
	loop->tally.bytes_saved += o->bytes_saved;
	if (o->verdict == VERDICT_ERROR || o->verdict == VERDICT_REFUSED)
		loop->failed_visit = true;
}

/* ---- writing ------------------------------------------------------------------------------- */

/* The fields of all 304s since the last 200: a later one need not repeat what an earlier
 * one told. Written only when they say something new, and not even read when they are those
 * of the 304 before, as nearly all are. */
static enum err put_freshened(struct loop *loop, struct page *page, struct span fields)
{
	struct buf known = BUF_INIT, merged = BUF_INIT;
	uint32_t hash = (uint32_t)hash64(fields);
	enum err err;

	if (hash == page->freshened_hash)
		return ERR_OK;
	page->freshened_hash = hash;
	err = store_get_headers(loop->store, &page->key, 1, &known);
	if (err == ERR_NOT_FOUND)
		err = ERR_OK;
	if (!err)
		err = stored_head_merge(buf_span(&known), fields, &merged);
	if (!err && !span_equal(buf_span(&known), buf_span(&merged)))
		err = store_put_headers(loop->store, &page->key, 1, buf_span(&merged));
	buf_release(&known);
	buf_release(&merged);
	return err;
}

static enum err put_content(struct loop *loop, struct page *page,
			    const struct digest *old_body, const struct observation *o)
{
	static const struct digest none;
	enum err err = ERR_OK;

	if (observation_has_content(o))
		err = store_swap_body(loop->store, old_body,
				      page->has_body ? &page->digest : &none,
				      buf_span(&o->body));
	if (!err && o->sketch.len && page->has_body)
		err = store_put_headers(loop->store, &page->key, HEADERS_SKETCH,
					buf_span(&o->sketch));
	if (err)
		return err;
	if (!o->complete_200)
		return o->headers.len ? put_freshened(loop, page, buf_span(&o->headers))
				      : ERR_OK;
	page->freshened_hash = 0; /* what 304s laid over the old ones is dropped */
	return store_put_head(loop->store, page, buf_span(&o->headers));
}

static enum err put_visit(struct loop *loop, const struct page *page,
			  const struct observation *o, uint64_t cursor)
{
	struct visit visit = {
		.at_ms = o->at_ms,
		.cursor = cursor,
		.verdict = o->verdict,
		.evidence = o->evidence,
		.http_status = o->http_status,
		.error = o->error,
		.audit = o->audit,
		.version = page->version,
		.elapsed_ms = o->elapsed_ms,
		.wire_bytes = o->wire_bytes,
		.predicted = o->predicted,
		.differs = o->differs,
	};

	if (loop->config.live)
		live_visited(loop->config.live, buf_span(&page->url), &visit);
	return store_append_visit(loop->store, &page->key, &visit);
}

static void log_visit(const struct page *page, const struct observation *o)
{
	if (log_enabled(LOG_INFO))
		log_event(
			LOG_INFO, "visited",
			"url=%s status=%u verdict=%s evidence=%s elapsed_ms=%u bytes=%u%s%s",
			buf_text(&page->url), o->http_status,
			verdict_text((enum verdict)o->verdict),
			evidence_text((enum evidence)o->evidence), o->elapsed_ms,
			o->wire_bytes, o->detail.len ? " detail=" : "",
			buf_text(&o->detail));
}

void record_refresh_plan(struct loop *loop, const struct host *host)
{
	struct host_settings rules;

	loop->plan.context.n_pages = store_n_pages(loop->store);
	loop->plan.context.price = frontier_price(loop->frontier);
	loop->plan.context.requests_per_byte = frontier_requests_per_byte(loop->frontier);
	loop->plan.bounds_are_of_host = false;
	loop->plan.min_interval_ms = loop->settings->schedule_min_interval_ms;
	loop->plan.max_interval_ms = loop->settings->schedule_max_interval_ms;
	if (!loop->settings->n_rules)
		return;
	settings_for_host(loop->settings, buf_span(&host->name), &rules);
	loop->plan.bounds_are_of_host =
		rules.min_interval_ms != loop->plan.min_interval_ms ||
		rules.max_interval_ms != loop->plan.max_interval_ms;
	loop->plan.min_interval_ms = rules.min_interval_ms;
	loop->plan.max_interval_ms = rules.max_interval_ms;
}

static enum err put_page(struct loop *loop, struct flight *flight)
{
	struct page *page = &flight->page;
	enum err err;

	if (frontier_has_parked(loop->frontier, &page->key.host))
		page->stored.certain = false;
	err = store_put_page(loop->store, page, flight->owner);
	if (!err)
		frontier_wake(loop->frontier, &page->position);
	return err;
}

enum err record_too_soon(struct loop *loop, struct flight *flight, bool *too_soon)
{
	struct page *page = &flight->page;

	record_refresh_plan(loop, flight->owner);
	*too_soon = !loop->config.force && plan_too_soon(&loop->plan, page, loop->now_ms);
	return *too_soon ? put_page(loop, flight) : ERR_OK;
}

/* Before the observation changes what the page was. */
static enum err learn(struct loop *loop, struct flight *flight, struct observation *o)
{
	struct page_told told;
	enum lesson lesson = LESSON_NONE;
	enum err err;

	page_told_init(&told);
	err = page_told_learn(loop->store, &told, &flight->page, flight->owner, o,
			      frontier_price(loop->frontier), &lesson);
	page_told_release(&told);
	if (lesson != LESSON_NONE)
		calibration_count(loop->store, (double)o->predicted,
				  lesson == LESSON_CHANGED, loop->now_ms);
	return err;
}

enum err record_visit(struct loop *loop, struct flight *flight, struct observation *o)
{
	static const struct digest none;
	struct page *page = &flight->page;
	struct digest old_body = page->has_body ? page->digest : none;
	uint64_t cursor;
	struct change change;
	bool announce = false;
	enum err err;

	if (flight->forgotten)
		return ERR_OK;
	cursor = store_next_cursor(loop->store);
	change_init(&change);
	err = profile_record(loop, flight, o);
	guard_visit(flight->owner, page, o,
		    loop->config.force || page->next_visit_reason == REASON_RECHECK);
	if (!err)
		err = compare_teach(loop, flight, o);
	if (!err)
		err = learn(loop, flight, o);
	if (!err)
		err = page_observe(page, o, &change, &announce);
	if (err)
		goto out;
	if (announce)
		page->change_cursor = change.cursor = cursor;
	record_refresh_plan(loop, flight->owner);
	plan_next_visit(&loop->plan, page, flight->owner, o, loop->now_ms);
	if (page->recheck_asked)
		plan_at_once(page, REASON_RECHECK, loop->now_ms);
	count_visit(loop, flight->owner, o, announce);
	err = put_content(loop, page, &old_body, o);
	if (!err)
		err = archive_note(loop, flight, o);
	if (!err)
		err = put_visit(loop, page, o, cursor);
	if (!err && announce)
		err = store_append_change(loop->store, &change);
	if (!err)
		err = put_page(loop, flight);
	log_visit(page, o);
out:
	change_release(&change);
	return err;
}

enum err record_blocked(struct loop *loop, struct flight *flight, const struct host *host,
			const struct why *detail)
{
	struct observation o;
	enum err err;

	if (flight->poll)
		return poll_blocked(loop, flight, detail);
	observation_init(&o);
	o.at_ms = loop->now_ms;
	o.verdict = VERDICT_BLOCKED;
	/* Rules that cannot be read are an outage, and no outage empties an index. */
	o.untold = host->robots_state == ROBOTS_STATE_UNREACHABLE;
	o.n_requests = flight->n_requests;
	err = buf_set(&o.detail, span_from(detail->text, strnlen(detail->text, 250)));
	if (!err)
		err = buf_set(&o.hops, buf_span(&flight->hops));
	if (!err && flight->n_hops)
		err = buf_set(&o.redirect_to, buf_span(&flight->url));
	if (!err)
		err = record_visit(loop, flight, &o);
	observation_release(&o);
	flight_free(loop, flight);
	return err;
}
