/* loop_answer.c - what comes in of a request, whatever it was for. */
#include "tools/loop_internal.h"

#include <stdio.h>

#include "crawler/retry_after.h"
#include "crawler/verdict.h"

/* Nothing vouches for what came, or nothing came that does: the flight goes on as if it had
 * not asked, at the host's next turn. Once. */
static enum err ask_again(struct loop *loop, struct flight *flight)
{
	struct url_parts parts;
	struct host_key key;
	enum err err = url_split(buf_span(&flight->url), &parts);

	if (err)
		return err;
	flight->asked_again = true;
	flight_leave_host(loop, flight);
	fetch_result_release(&flight->result);
	key = host_key_of(&parts);
	return flight_wait(loop, flight, &key, parts.origin);
}

static void distrust(struct fetch_result *result)
{
	if (!result->unproven)
		return;
	result->error = FETCH_TRUNCATED;
	snprintf(result->detail, sizeof(result->detail), "nothing says that it is whole");
}

/* What holds up the next request to the host and its address is when this one left. */
static void note_sending(struct loop *loop, const struct flight *flight)
{
	const struct fetch_result *r = &flight->result;
	int64_t heard_at_us = r->head_at_us ? r->head_at_us : r->finished_at_us;
	struct politeness_sending sending = {
		.sent_at_ms = loop_latest_ms(loop, r->sent_at_us),
		.heard_at_ms = loop_latest_ms(loop, heard_at_us),
	};

	if (!r->sent_at_us)
		return;
	frontier_sent(loop->frontier, flight->at_host, &sending);
	loop_note_request(loop, sending.heard_at_ms);
}

static enum host_health health_of(const struct fetch_result *result)
{
	switch (verdict_health(result->error, result->http_status)) {
	case ANSWER_GO_AWAY:
		return HEALTH_BEGS;
	case ANSWER_DOWN:
		return HEALTH_HARD;
	case ANSWER_TROUBLE:
		return HEALTH_SOFT;
	case ANSWER_DENIED:
		return HEALTH_DENIED;
	default:
		return HEALTH_GOOD;
	}
}

static enum counter status_counter(int http_status)
{
	int class = http_status / 100;

	return class >= 1 && class <= 5 ? (enum counter)(COUNT_STATUS_0 + class)
					: COUNT_STATUS_0;
}

/* What the answer means for the host as a whole. */
static void be_polite(struct loop *loop, struct host *host,
		      const struct fetch_result *result)
{
	struct politeness_config politeness = frontier_politeness(loop->frontier, host);
	int64_t was_ms = host->backoff_until_ms, retry_after_ms = 0;

	if (result->http_status == 429 || result->http_status >= 500)
		(void)retry_after_from_headers(&result->headers, loop->now_ms,
					       &retry_after_ms);
	politeness_answered(&politeness, host, health_of(result), retry_after_ms,
			    loop->now_ms);
	/* Told by nobody: we rest since nothing answered. Told again: it is kept already. */
	if (result->http_status && host->backoff_until_ms != was_ms)
		loop_told_to_wait(loop, host->backoff_until_ms,
				  politeness_delay_ms(&politeness, host));
}

/* One answer, or that none came; the request was counted when it went out. */
static void count_answer(struct loop *loop, struct host *host,
			 const struct fetch_result *result)
{
	host->dirty = true;
	host->wire_bytes += (uint64_t)result->wire_bytes_in;
	host->n_ok += result->http_status == 200;
	host->n_not_modified += result->http_status == 304;
	store_count(loop->store, status_counter(result->http_status), 1, loop->now_ms);
	if (result->http_status == 304)
		store_count(loop->store, COUNT_STATUS_304, 1, loop->now_ms);
	loop->tally.n_not_modified += result->http_status == 304;
	loop->tally.wire_bytes += (uint64_t)result->wire_bytes_in;
}

/* The host has not failed by a connection that it was free to close: `is_excused`. */
static void note_answer(struct loop *loop, struct host *host,
			const struct fetch_result *result, bool is_excused)
{
	count_answer(loop, host, result);
	if (is_excused)
		return;
	host->n_errors += result->error != FETCH_OK || result->http_status >= 400;
	be_polite(loop, host, result);
}

static enum err take_answer(struct loop *loop, struct flight *flight)
{
	struct fetch_result *r = &flight->result;
	bool again = (r->unproven || r->is_lost) && !flight->asked_again;
	enum err err;

	flight->wire_bytes += r->wire_bytes_in;
	budget_charge(&loop->bytes, (double)r->wire_bytes_in - flight->reserved_bytes,
		      loop->now_ms);
	if (r->error != FETCH_STOPPED)
		note_answer(loop, flight->at_host, r, again && r->is_lost);
	err = address_seen(loop, flight);
	note_sending(loop, flight);
	if (again)
		return err ? err : ask_again(loop, flight);
	distrust(r);
	if (!err)
		err = archive_hop(loop, flight);
	if (err)
		return err;
	if (flight->is_robots)
		return robots_fetched(loop, flight);
	return flight->poll ? poll_fetched(loop, flight) : visit_answered(loop, flight);
}

void answer_fetched(void *context, struct fetch_result *result)
{
	struct loop *loop = context;
	struct flight *flight = result->owner;
	enum err err;

	loop->n_in_flight--;
	loop->worked = true;
	loop_time_passed(loop, result->finished_at_us);
	flight->result = *result;
	memset(result, 0, sizeof(*result));
	err = flight->looks_up && flight->result.error != FETCH_STOPPED
		      ? address_found(loop, flight)
		      : take_answer(loop, flight);
	if (err && !loop->failure)
		loop->failure = err;
}
