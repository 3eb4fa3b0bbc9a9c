/* loop_answer.c - what comes in of a request, whatever it was for. */
#include "tools/loop_internal.h"

#include <stdio.h>

/* Nothing vouches for what came, so it is asked for once more, at the host's next turn. */
static enum err ask_again(struct loop *loop, struct flight *flight, bool *again)
{
	struct url_parts parts;
	struct host_key key;
	enum err err;

	if (flight->asked_again) {
		flight->result.error = FETCH_TRUNCATED;
		snprintf(flight->result.detail, sizeof(flight->result.detail),
			 "nothing says that it is whole");
		return ERR_OK;
	}
	err = url_split(buf_span(&flight->url), &parts);
	if (err)
		return err;
	*again = flight->asked_again = true;
	flight_leave_host(loop, flight);
	fetch_result_release(&flight->result);
	key = host_key_of(&parts);
	return flight_wait(loop, flight, &key, parts.origin);
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
	if (sending.heard_at_ms > store_last_request_ms(loop->store))
		store_note_request(loop->store, sending.heard_at_ms);
}

void answer_fetched(void *context, struct fetch_result *result)
{
	struct loop *loop = context;
	struct flight *flight = result->owner;
	bool conditional = flight->etag_sent || flight->date_sent;
	bool again = false;
	enum err err;

	loop->n_in_flight--;
	loop->worked = true;
	loop_time_passed(loop, result->finished_at_us);
	flight->result = *result;
	memset(result, 0, sizeof(*result));
	if (flight->looks_up && flight->result.error != FETCH_STOPPED) {
		err = address_found(loop, flight);
		goto out;
	}
	flight->wire_bytes += flight->result.wire_bytes_in;
	budget_charge(&loop->bytes,
		      (double)flight->result.wire_bytes_in - flight->reserved_bytes,
		      loop->now_ms);
	if (flight->result.error != FETCH_STOPPED)
		record_answer(loop, flight->at_host, &flight->result, flight->is_robots,
			      conditional);
	err = address_seen(loop, flight);
	note_sending(loop, flight);
	if (!err && flight->result.unproven)
		err = ask_again(loop, flight, &again);
	if (!err && !again)
		err = archive_hop(loop, flight);
	if (!err && !again)
		err = flight->is_robots ? robots_fetched(loop, flight)
		      : flight->poll    ? poll_fetched(loop, flight)
					: visit_answered(loop, flight);
out:
	if (err && !loop->failure)
		loop->failure = err;
}
