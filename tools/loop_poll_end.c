/*
 * loop_poll_end.c - how a poll ends: well, ill or not at all; and when the next one is due.
 */
#include "tools/loop_poll.h"

#include <math.h>

#include "crawler/retry_after.h"
#include "scheduler/learn.h"
#include "scheduler/poll.h"
#include "store/base/codec.h"
#include "store/base/clock.h"
#include "store/base/log.h"

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

int64_t poll_interval_ms(const struct loop *loop, const struct source *source,
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

enum err poll_put_and_end(struct loop *loop, struct flight *flight)
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

static uint64_t hash_of_news(const struct poll *poll)
{
	uint8_t bytes[DIGEST_SIZE + 9];

	memcpy(bytes, poll->digest.bytes, DIGEST_SIZE);
	be64_put(bytes + DIGEST_SIZE, hash64(buf_span(&poll->remembered)));
	bytes[DIGEST_SIZE + 8] = poll->all;
	return hash64(span_from(bytes, sizeof(bytes))) | 1;
}

/* A run that died while it carried them out has announced some: not once more. */
static void resume(struct poll *poll)
{
	struct source *source = &poll->source;

	poll->news_hash = hash_of_news(poll);
	if (source->news_hash == poll->news_hash &&
	    source->n_news_applied <= poll->news.n) {
		poll->n_applied = source->n_news_applied;
		poll->n_pages = source->n_news_pages;
	}
	source->news_hash = 0;
	source->n_news_applied = source->n_news_pages = 0;
}

enum err poll_apply(struct loop *loop, struct flight *flight)
{
	resume(flight->poll);
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
	return err ? err : poll_apply(loop, flight);
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

enum err poll_fail(struct loop *loop, struct flight *flight, const char *detail,
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
					: poll_put_and_end(loop, flight);
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
	return is_over(source, false) ? retire(loop, flight)
				      : poll_put_and_end(loop, flight);
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
	return poll_put_and_end(loop, flight);
}

enum err poll_succeed(struct loop *loop, struct flight *flight)
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
	source->next_poll_at_ms =
		loop->now_ms + poll_interval_ms(loop, source, flight->owner);
	if (log_enabled(LOG_INFO))
		log_event(LOG_INFO, "polled",
			  "url=%s status=%u entries=%u announced=%u added=%u",
			  buf_text(&source->url), source->http_status, source->n_entries,
			  poll->n_announced, poll->n_added);
	return poll_put_and_end(loop, flight);
}
