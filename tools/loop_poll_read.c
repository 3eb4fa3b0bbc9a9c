/*
 * loop_poll_read.c - a source is asked, conditionally, and a worker reads what it answers.
 *
 * A document may be 50 MiB, and much of that text may be URLs. So however many answers have
 * come, those whose text may be large are read one after another (REQ 65).
 */
#include "tools/loop_poll.h"

#include <stdio.h>

#include "crawler/conditional.h"
#include "store/base/clock.h"

/* Of documents that are read, or whose news are carried out. */
#define READING_MAX_BYTES (4 * (int64_t)SOURCE_MAX_BYTES)

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

static bool is_coded(const struct header_list *headers)
{
	struct span line;

	return header_get(headers, "Content-Encoding", 0, &line);
}

/* ---- reading ------------------------------------------------------------------------------ */

/* The text of the answer; `undone` holds it if it was coded. */
static enum err undo_codings(struct flight *flight, struct buf *undone, struct span *text)
{
	const struct header_list *headers = &flight->result.headers;
	enum err err;

	*text = buf_span(&flight->result.body);
	flight->poll->coding = DECODED;
	if (!is_coded(headers))
		return ERR_OK;
	err = content_decode(headers, *text, SOURCE_MAX_BYTES, undone,
			     &flight->poll->coding);
	*text = buf_span(undone);
	return err;
}

/* `undone` is released when the document has been read: half of what this takes. */
static enum err hear(struct flight *flight, struct span text, struct buf *undone)
{
	struct poll *poll = flight->poll;
	enum err err;

	poll->digest = digest_of(text);
	poll->body_len = (uint32_t)text.len;
	if (!poll->all && digest_equal(&poll->digest, &poll->source.digest)) {
		/* The same bytes say the same. */
		poll->document.kind = (enum source_kind)poll->source.kind;
		poll->news.n_entries = poll->source.n_entries;
		return buf_set(&poll->news.entries, buf_span(&poll->remembered));
	}
	err = source_document_read(text, clock_monotonic_us, &poll->document);
	buf_release(&poll->document.scratch);
	buf_release(undone);
	if (err || !poll->document.kind)
		return err;
	return source_news_read(&poll->document, buf_span(&flight->url),
				buf_span(&flight->owner->name),
				buf_span(&poll->remembered), poll->all, &poll->news);
}

/* In a worker. */
static void read_source(void *argument, unsigned worker)
{
	struct flight *flight = argument;
	struct buf undone = BUF_INIT;
	struct span text;
	enum err err = undo_codings(flight, &undone, &text);

	(void)worker;
	if (!err && flight->poll->coding == DECODED)
		err = hear(flight, text, &undone);
	buf_release(&undone);
	if (err)
		flight->result.error = FETCH_STOPPED;
}

/* What the document takes while it is read, at the most, besides the answer: where it is
 * coded, perhaps twice, its text each time, and its URLs. */
static int64_t most_bytes(const struct fetch_result *result)
{
	struct span body = buf_span(&result->body);
	int64_t n = (int64_t)body.len;

	if (is_coded(&result->headers))
		n = 3 * (int64_t)SOURCE_MAX_BYTES;
	else if (span_starts_with(body, SPAN("\x1f\x8b")))
		n = 2 * (int64_t)SOURCE_MAX_BYTES;
	return n;
}

static void take_bytes(struct loop *loop, struct poll *poll, int64_t n_bytes)
{
	loop->polling.n_bytes += n_bytes - poll->n_bytes;
	poll->n_bytes = n_bytes;
}

static enum err wait_for_memory(struct loop *loop, struct flight *flight)
{
	struct polling *polling = &loop->polling;

	if (!polling->unread)
		polling->unread_end = &polling->unread;
	*polling->unread_end = flight;
	polling->unread_end = &flight->next;
	fetcher_hold(loop->fetcher, (int64_t)flight->result.body.len);
	loop->n_in_flight++;
	return ERR_OK;
}

/* In the order in which they came; one alone is always read. */
enum err polls_read(struct loop *loop)
{
	struct polling *polling = &loop->polling;
	struct flight *flight;

	while ((flight = polling->unread)) {
		int64_t n_bytes = most_bytes(&flight->result);

		if (polling->n_bytes && polling->n_bytes + n_bytes > READING_MAX_BYTES)
			return ERR_OK;
		polling->unread = flight->next;
		flight->next = NULL;
		take_bytes(loop, flight->poll, n_bytes);
		if (!pool_submit(loop->pool, read_source, flight))
			return ERR_NOMEM;
	}
	return ERR_OK;
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
		/* Shutting down, or no memory: it is still due. */
		loop->polling.walked_ms = 0;
		flight_free(loop, flight);
		return ERR_OK;
	}
	take_bytes(loop, poll, (int64_t)poll->document.urls.len);
	if (poll->coding != DECODED)
		return poll_fail(loop, flight, coding_verdict_text(poll->coding), true);
	if (!poll->document.kind)
		return poll_fail(loop, flight, poll->document.why.text, true);
	err = take_validators(flight);
	poll->source.kind = (uint8_t)poll->document.kind;
	poll->source.digest = poll->digest;
	poll->source.body_len = poll->body_len;
	poll->source.n_entries = poll->news.n_entries;
	return err ? err : poll_apply(loop, flight);
}

static enum err take_answer(struct loop *loop, struct flight *flight)
{
	const struct fetch_result *result = &flight->result;
	struct poll *poll = flight->poll;
	char text[64];
	enum err err;

	if (result->error != FETCH_OK)
		return poll_fail(loop, flight,
				 result->detail[0] ? result->detail
						   : fetch_error_text(result->error),
				 false);
	if (result->http_status == 304 && flight->etag_sent) {
		err = news_judge_index(loop, flight);
		return err ? err : poll_succeed(loop, flight);
	}
	if (result->http_status != 200) {
		snprintf(text, sizeof(text), "HTTP status %d", result->http_status);
		return poll_fail(loop, flight, text, false);
	}
	err = store_get_entries(loop->store, &poll->source.key, &poll->remembered);
	if (err && err != ERR_NOT_FOUND)
		return err;
	poll->is_first = !poll->remembered.len;
	return wait_for_memory(loop, flight);
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
		return poll_fail(loop, flight, why.text, false);
	return take_answer(loop, flight);
}
