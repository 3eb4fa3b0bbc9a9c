/*
 * loop_poll.c - sources are polled: when one is due it goes the way of any page, through
 * its host's turn, robots.txt and the budget; a worker reads it and finds what is new, and
 * that is carried out a little at a time. What it says is evidence, never an order.
 */
#include "tools/loop_poll.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "crawler/conditional.h"
#include "crawler/retry_after.h"
#include "scheduler/learn.h"
#include "scheduler/poll.h"
#include "store/base/clock.h"
#include "store/base/log.h"
#include "tools/sources.h"

/* Under way at a time; a sitemap may be 50 MiB. */
#define POLLS_MAX 8
/* A source is given up when it was no source, or not there, so often in a row. */
#define NO_SOURCE_MAX 3
#define NOT_FOUND_MAX 2
#define FAILURES_MAX 10 /* of any kind: about two weeks of back-off */
#define FAILURE_MIN_MS MS_PER_HOUR
/* Where there is no price, all pages are visited anyhow. */
#define UNPRICED_MS MS_PER_DAY
#define NEW_PAGES_PER_DAY (1.0 / 7)
/* One more request for so many octets. */
#define BYTES_PER_REQUEST (64.0 * 1024)
/* All that a source names is looked at again when its host has so many pages more. */
#define MORE_PAGES 1.05

static void poll_free(struct poll *poll)
{
	if (!poll)
		return;
	source_release(&poll->source);
	source_document_release(&poll->document);
	source_news_release(&poll->news);
	buf_release(&poll->remembered);
	page_told_release(&poll->told);
	page_release(&poll->page);
	free(poll);
}

void polls_free_flight(struct loop *loop, struct flight *flight)
{
	if (flight->hh.tbl)
		HASH_DELETE(hh, loop->polls, flight);
	poll_free(flight->poll);
	flight->poll = NULL;
}

void polls_free_all(struct loop *loop)
{
	struct flight *flight, *next;

	HASH_ITER(hh, loop->polls, flight, next)
	{
		flight_free(loop, flight);
	}
}

/* ---- the next poll ------------------------------------------------------------------------ */

static double days_between(int64_t from_ms, int64_t to_ms)
{
	return to_ms > from_ms ? (double)(to_ms - from_ms) / (double)MS_PER_DAY : 0;
}

/* Not all of a host's sources at one instant. */
static int64_t jitter(int64_t ms, uint64_t salt)
{
	return ms - ms / 20 + (int64_t)(salt % (uint64_t)(ms / 10 + 1));
}

/* How many changes the source would announce a day, by what is believed of it; one that
 * adds pages is taken to bring one a week. */
static double expected_gain(const struct loop *loop, const struct source *source,
			    const struct host *host)
{
	double n_unrated = (double)host_n_pages(host) - host->n_rated;
	double changes = (double)host->rate_micro / 1e6 +
			 fmax(0, n_unrated) *
				 learn_prior_per_day(store_classes(loop->store), host);

	return told_quality(&source->trust).recall * changes +
	       (source->adds_pages ? NEW_PAGES_PER_DAY : 0);
}

static int64_t interval_ms(const struct loop *loop, const struct source *source,
			   const struct host *host)
{
	const struct settings *s = loop->settings;
	struct poll_evidence evidence = { (double)source->gain,
					  (double)source->watched_days };
	double gain = poll_gain_per_day(&evidence, expected_gain(loop, source, host));
	double cost = source->cost > 0 ? (double)source->cost : 1;
	double days = poll_due_days(gain, frontier_price(loop->frontier), cost);
	int64_t ms = (int64_t)fmin(days * (double)MS_PER_DAY, 1e15);

	ms = jitter(loop->plan.policy->has_price ? ms : UNPRICED_MS,
		    source->key.url_hash);
	if (ms > s->sources_max_interval_ms)
		ms = s->sources_max_interval_ms;
	return ms < s->sources_min_interval_ms ? s->sources_min_interval_ms : ms;
}

static void note_cost(struct flight *flight)
{
	struct source *source = &flight->poll->source;
	double cost = flight->n_requests + (double)flight->wire_bytes / BYTES_PER_REQUEST;

	source->cost = source->cost > 0 ? (source->cost + (float)cost) / 2 : (float)cost;
}

/* ---- the end of a poll ---------------------------------------------------------------------- */

/* Visits have judged it meanwhile. Who has named it anew wants all of it, and at once. */
static void take_stored(struct source *source, const struct source *stored)
{
	source->trust = stored->trust;
	if (source->adds_pages != stored->adds_pages) {
		source->adds_pages = stored->adds_pages;
		source->named_by = stored->named_by;
		source->next_poll_at_ms = stored->next_poll_at_ms;
		source->retired_at_ms = stored->retired_at_ms;
		source->n_host_pages = stored->n_host_pages;
	}
	source->stored = stored->stored;
}

/* Nothing stays of one that was forgotten meanwhile. */
static enum err put_and_end(struct loop *loop, struct flight *flight)
{
	struct poll *poll = flight->poll;
	struct source *source = &poll->source, *stored = &poll->told.sources[0];
	enum err err = store_get_source(loop->store, &source->key, stored);

	if (!err) {
		take_stored(source, stored);
		err = store_put_source(loop->store, source, flight->owner);
	}
	if (!err && poll->document.kind) /* it was read */
		err = store_put_entries(loop->store, &source->key,
					buf_span(&poll->news.entries));
	flight_free(loop, flight);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err begin_applying(struct loop *loop, struct flight *flight)
{
	flight->poll->applying = true;
	loop->n_applying++;
	loop->n_in_flight++;
	loop->worked = true;
	return ERR_OK;
}

/* Its pages learn that nobody tells of them any more. */
static enum err retire(struct loop *loop, struct flight *flight)
{
	struct poll *poll = flight->poll;
	enum err err =
		store_get_entries(loop->store, &poll->source.key, &poll->remembered);

	if (err == ERR_NOT_FOUND)
		err = ERR_OK;
	if (!err)
		err = source_news_end(buf_span(&poll->remembered), &poll->news);
	poll->source.retired_at_ms = loop->now_ms;
	log_event(LOG_WARN, "source-retired", "url=%s reason=%s",
		  buf_text(&poll->source.url), buf_text(&poll->source.detail));
	return err ? err : begin_applying(loop, flight);
}

static bool is_over(const struct source *source, bool is_none)
{
	if (source->http_status == 410)
		return true;
	if (source->http_status == 404)
		return source->n_failures_in_a_row >= NOT_FOUND_MAX;
	if (source->n_failures_in_a_row >= FAILURES_MAX)
		return true;
	return is_none && source->n_failures_in_a_row >= NO_SOURCE_MAX;
}

/* `is_none`: there was an answer, and it was no source. */
static enum err fail(struct loop *loop, struct flight *flight, const char *detail,
		     bool is_none)
{
	struct source *source = &flight->poll->source;
	struct span text = span_from(detail, strnlen(detail, SOURCE_DETAIL_MAX));
	int64_t retry_after_ms = 0;
	enum err err = buf_set(&source->detail, text);

	source->last_poll_at_ms = loop->now_ms;
	source->http_status = (uint16_t)flight->result.http_status;
	source->n_polls++;
	source->n_failures_in_a_row++;
	note_cost(flight);
	(void)retry_after_from_headers(&flight->result.headers, loop->now_ms,
				       &retry_after_ms);
	source->next_poll_at_ms =
		loop->now_ms + backoff_ms(source->n_failures_in_a_row, FAILURE_MIN_MS,
					  loop->settings->sources_max_interval_ms,
					  source->key.url_hash);
	if (source->next_poll_at_ms < loop->now_ms + retry_after_ms)
		source->next_poll_at_ms = loop->now_ms + retry_after_ms;
	if (err)
		return err;
	return is_over(source, is_none) ? retire(loop, flight)
					: put_and_end(loop, flight);
}

enum err poll_blocked(struct loop *loop, struct flight *flight, const struct why *detail)
{
	struct source *source = &flight->poll->source;

	struct span text =
		span_from(detail->text, strnlen(detail->text, SOURCE_DETAIL_MAX));

	source->n_failures_in_a_row++;
	source->http_status = 0;
	source->last_poll_at_ms = loop->now_ms;
	source->next_poll_at_ms = loop->now_ms + jitter(MS_PER_DAY, source->key.url_hash);
	if (buf_set(&source->detail, text))
		return ERR_NOMEM;
	return is_over(source, false) ? retire(loop, flight) : put_and_end(loop, flight);
}

/* Its host may not be asked before `ready_at_ms`; POLITENESS_NEVER: nobody knows when. */
enum err poll_give_up(struct loop *loop, struct flight *flight, int64_t ready_at_ms)
{
	struct source *source = &flight->poll->source;

	if (loop->config.once) { /* it is due still, and this run does not see it */
		flight_free(loop, flight);
		return ERR_OK;
	}
	source->next_poll_at_ms = ready_at_ms != POLITENESS_NEVER
					  ? ready_at_ms
					  : loop->now_ms + MS_PER_HOUR;
	return put_and_end(loop, flight);
}

/* A good answer, and all its news carried out. */
static enum err succeed(struct loop *loop, struct flight *flight)
{
	struct poll *poll = flight->poll;
	struct source *source = &poll->source;
	struct poll_evidence evidence = { (double)source->gain,
					  (double)source->watched_days };
	bool has_news = poll->n_announced || poll->n_added;

	/* What had gathered before it was first read is no measure of what will come. */
	if (source->last_read_at_ms && !poll->is_first) {
		poll_learn(&evidence, days_between(source->last_read_at_ms, loop->now_ms),
			   poll->gain);
		source->gain = (float)evidence.gain;
		source->watched_days = (float)evidence.days;
	}
	source->last_poll_at_ms = source->last_read_at_ms = loop->now_ms;
	source->http_status = (uint16_t)flight->result.http_status;
	source->n_polls++;
	source->n_failures_in_a_row = 0;
	source->n_announced += poll->n_announced;
	buf_clear(&source->detail);
	if (has_news) {
		source->n_news++;
		source->last_change_at_ms = loop->now_ms;
	}
	note_cost(flight);
	source->next_poll_at_ms = loop->now_ms + interval_ms(loop, source, flight->owner);
	if (log_enabled(LOG_INFO))
		log_event(LOG_INFO, "polled",
			  "url=%s status=%u entries=%u announced=%u added=%u",
			  buf_text(&source->url), source->http_status, source->n_entries,
			  poll->n_announced, poll->n_added);
	return put_and_end(loop, flight);
}

/* ---- a turn ------------------------------------------------------------------------------------- */

static enum err finish_applying(struct loop *loop, struct flight *flight)
{
	struct poll *poll = flight->poll;
	enum err err;

	loop->n_applying--;
	loop->n_in_flight--;
	poll->applying = false;
	if (poll->source.retired_at_ms)
		return put_and_end(loop, flight);
	if (poll->all)
		poll->source.n_pages = poll->n_pages;
	else if (poll->n_added)
		poll->source.n_pages += poll->n_added;
	if (poll->all)
		poll->source.n_host_pages = (uint32_t)host_n_pages(flight->owner);
	err = news_judge_index(loop, flight);
	return err ? err : succeed(loop, flight);
}

static enum err apply(struct loop *loop, struct flight *flight)
{
	bool done;
	enum err err = news_apply(loop, flight, &done);

	loop->worked = true;
	return err || !done ? err : finish_applying(loop, flight);
}

static enum err begin_poll(struct loop *loop, const struct page_key *key)
{
	struct flight *flight = flight_new(loop);
	struct poll *poll = calloc(1, sizeof(*poll));
	struct url_parts parts;
	struct host_key at;
	enum err err = ERR_NOMEM;

	if (!flight || !poll)
		goto out;
	page_init(&poll->page);
	source_init(&poll->source);
	flight->poll = poll;
	page_key_encode(key, flight->key);
	err = store_get_source(loop->store, key, &poll->source);
	if (!err)
		err = store_acquire_host(loop->store, &key->host, SPAN(""),
					 &flight->owner);
	if (!err)
		err = buf_set(&flight->url, buf_span(&poll->source.url));
	if (!err)
		err = url_split(buf_span(&flight->url), &parts);
	if (err || !loop_host_is_wanted(loop, flight->owner))
		goto out;
	HASH_ADD(hh, loop->polls, key, sizeof(flight->key), flight);
	if (!flight->hh.tbl) {
		err = ERR_NOMEM;
		goto out;
	}
	poll->all = host_n_pages(flight->owner) >
			    MORE_PAGES * (double)poll->source.n_host_pages ||
		    !poll->source.n_host_pages;
	at = host_key_of(&parts);
	return flight_wait(loop, flight, &at, parts.origin);
out:
	if (flight)
		flight_free(loop, flight);
	else
		poll_free(poll);
	return err == ERR_NOMEM || err == ERR_IO ? err : ERR_OK;
}

/* Begins the polls that are due, and notes when the next one will be. */
static enum err begin_due(struct loop *loop)
{
	int64_t until_ms = loop->config.once ? loop->started_at_ms : loop->now_ms;
	struct store_walk *walk = NULL;
	enum err err = store_walk_due(loop->store, &walk);

	loop->polls_at_ms = POLITENESS_NEVER;
	while (!err && HASH_COUNT(loop->polls) < POLLS_MAX) {
		uint8_t encoded[PAGE_KEY_SIZE];
		struct flight *flight;
		struct page_key key;
		int64_t at_ms;

		err = store_walk_due_source(walk, &key, &at_ms);
		if (err)
			break;
		if (at_ms > until_ms) {
			if (!loop->config.once)
				loop->polls_at_ms = at_ms;
			break;
		}
		page_key_encode(&key, encoded);
		HASH_FIND(hh, loop->polls, encoded, sizeof(encoded), flight);
		if (!flight)
			err = begin_poll(loop, &key);
	}
	store_walk_end(walk);
	return err == ERR_NOT_FOUND || err == ERR_CORRUPT ? ERR_OK : err;
}

enum err polls_turn(struct loop *loop)
{
	struct flight *flight, *next;
	enum err err = ERR_OK;

	if (loop->n_applying) {
		HASH_ITER(hh, loop->polls, flight, next)
		{
			if (!err && flight->poll->applying)
				err = apply(loop, flight);
		}
	}
	if (err || loop->now_ms < loop->polls_at_ms)
		return err;
	/* Who wants some pages only has no use for what is said of all. */
	if (loop->stops || loop->done || (loop->config.tags && loop->config.tags[0])) {
		loop->polls_at_ms = POLITENESS_NEVER;
		return ERR_OK;
	}
	return begin_due(loop);
}

/* ---- the answer --------------------------------------------------------------------------------- */

enum err poll_conditions_add(struct loop *loop, struct flight *flight)
{
	struct source *source = &flight->poll->source;
	size_t identity_len = loop->user_agent.len + strlen(loop->settings->bot_from);
	enum err err;

	flight->etag_sent = flight->date_sent = false;
	/* Validators are of the URL that sent them (REQ 16). */
	if (flight->n_hops || flight->poll->all)
		return ERR_OK;
	err = conditional_append(
		buf_span(&source->etag), buf_span(&source->last_modified), CONDITION_BOTH,
		conditional_room(buf_span(&flight->url), identity_len), &flight->headers);
	flight->etag_sent = flight->date_sent = flight->headers.len > 0;
	return err;
}

/* In a worker. */
static void read_source(void *argument, unsigned worker)
{
	struct flight *flight = argument;
	struct poll *poll = flight->poll;
	struct buf body = BUF_INIT;
	struct span host = buf_span(&flight->owner->name);
	enum err err;

	(void)worker;
	err = content_decode(&flight->result.headers, buf_span(&flight->result.body),
			     SOURCE_MAX_BYTES, &body, &poll->coding);
	if (!err && poll->coding == DECODED) {
		poll->digest = digest_of(buf_span(&body));
		poll->body_len = (uint32_t)body.len;
		/* The same bytes say the same. */
		if (poll->all || !digest_equal(&poll->digest, &poll->source.digest)) {
			err = source_document_read(buf_span(&body), clock_monotonic_us,
						   &poll->document);
			if (!err && poll->document.kind)
				err = source_news_read(&poll->document,
						       buf_span(&flight->url), host,
						       buf_span(&poll->remembered),
						       poll->all, &poll->news);
		} else {
			poll->document.kind = (enum source_kind)poll->source.kind;
			err = buf_set(&poll->news.entries, buf_span(&poll->remembered));
			poll->news.n_entries = poll->source.n_entries;
		}
	}
	buf_release(&body);
	if (err)
		flight->result.error = FETCH_STOPPED;
}

static enum err take_validators(struct flight *flight)
{
	struct source *source = &flight->poll->source;
	struct span etag = SPAN(""), date = SPAN("");
	enum err err;

	if (!flight->n_hops) {
		(void)header_get(&flight->result.headers, "ETag", 0, &etag);
		(void)header_get(&flight->result.headers, "Last-Modified", 0, &date);
	}
	/* What is too long or cannot be sent is left out when it would be (REQ 6, 14). */
	if (etag.len > PAGE_ETAG_MAX)
		etag.len = 0;
	if (date.len > PAGE_ETAG_MAX)
		date.len = 0;
	err = buf_set(&source->etag, etag);
	return err ? err : buf_set(&source->last_modified, date);
}

enum err poll_judged(struct loop *loop, struct flight *flight, bool ran)
{
	struct poll *poll = flight->poll;
	enum err err;

	if (!ran || flight->result.error == FETCH_STOPPED) {
		flight_free(loop, flight); /* shutting down: it is still due */
		return ERR_OK;
	}
	if (poll->coding != DECODED)
		return fail(loop, flight, coding_verdict_text(poll->coding), true);
	if (!poll->document.kind)
		return fail(loop, flight, poll->document.why.text, true);
	err = take_validators(flight);
	poll->source.kind = (uint8_t)poll->document.kind;
	poll->source.digest = poll->digest;
	poll->source.body_len = poll->body_len;
	poll->source.n_entries = poll->news.n_entries;
	return err ? err : begin_applying(loop, flight);
}

static enum err take_answer(struct loop *loop, struct flight *flight)
{
	const struct fetch_result *result = &flight->result;
	struct poll *poll = flight->poll;
	char text[64];
	enum err err;

	if (result->error != FETCH_OK)
		return fail(loop, flight,
			    result->detail[0] ? result->detail
					      : fetch_error_text(result->error),
			    false);
	if (result->http_status == 304 && flight->etag_sent) {
		err = news_judge_index(loop, flight);
		return err ? err : succeed(loop, flight);
	}
	if (result->http_status != 200) {
		snprintf(text, sizeof(text), "HTTP status %d", result->http_status);
		return fail(loop, flight, text, false);
	}
	err = store_get_entries(loop->store, &poll->source.key, &poll->remembered);
	if (err && err != ERR_NOT_FOUND)
		return err;
	poll->is_first = !poll->remembered.len;
	transport_hold(loop->transport, (int64_t)result->body.len);
	if (!pool_submit(loop->pool, read_source, flight))
		return ERR_NOMEM;
	loop->n_in_flight++;
	return ERR_OK;
}

enum err poll_fetched(struct loop *loop, struct flight *flight)
{
	struct why why = { "" };
	bool moved = false;
	enum err err = ERR_OK;

	if (flight->result.error == FETCH_OK)
		err = flight_redirect(loop, flight, &moved, &why);
	if (err || moved)
		return err;
	flight_leave_host(loop, flight);
	if (flight->result.error == FETCH_STOPPED) {
		flight_free(loop, flight);
		return ERR_OK;
	}
	if (why.text[0])
		return fail(loop, flight, why.text, false);
	return take_answer(loop, flight);
}

/* ---- found by robots.txt -------------------------------------------------------------------------- */

/* A source that nobody asked for: it is read first when that is likely to be worth it. */
static enum err name_found(struct loop *loop, struct host *host, struct span url)
{
	struct source as_new = { .key = { host->key, hash64(url) } };
	struct source_name name = {
		.url = url,
		.host = buf_span(&host->name),
		.named_by = SOURCE_BY_ROBOTS,
		.first_poll_at_ms = loop->now_ms + interval_ms(loop, &as_new, host),
		.max_of_host = (uint32_t)loop->settings->sources_max_of_host,
	};
	bool added;

	return sources_name(loop->store, &name, loop->now_ms, &added);
}

enum err polls_found(struct loop *loop, struct host *host, struct span sitemaps)
{
	struct buf url = BUF_INIT, base = BUF_INIT;
	enum err err = ERR_OK;
	struct why ignored;

	if (!loop->settings->sources_discover || !loop->plan.policy->has_price)
		return ERR_OK;
	err = buf_printf(&base, "%s/", buf_text(&host->name));
	for (int i = 0; !err && sitemaps.len && i < SOURCES_MAX; i++) {
		struct span named = span_cut(&sitemaps, '\n');

		err = url_canonical(named, buf_span(&base), &url, &ignored);
		if (!err)
			err = name_found(loop, host, buf_span(&url));
		if (err == ERR_INVALID || err == ERR_TOO_LARGE)
			err = ERR_OK;
	}
	buf_release(&url);
	buf_release(&base);
	return err;
}
