/*
 * loop_poll_due.c - whose turn it is to be polled.
 *
 * The sources that are due are walked once, oldest first, and not again from the beginning
 * at each commit: many may be of hosts that this run does not want. Of a host one is polled
 * at a time. Those of it that the walk has come by meanwhile are found by their host when
 * that poll has ended, so that a host with a thousand slow sources holds one place.
 */
#include "tools/loop_poll.h"

#include <stdlib.h>

#include "store/base/clock.h"

/* Polls that are out, or read, are at most so many and a quarter of fetch.concurrency, or
 * they would leave no place for pages; those that wait for their host some more. */
#define POLLS_MAX 64
#define PLACES_PER_POLL 4
#define WAITING_MAX (4 * POLLS_MAX)
/* Sources looked at in one turn: some milliseconds. */
#define LOOKS_PER_TURN 500

static int n_places(const struct loop *loop)
{
	int n = (int)loop->settings->fetch_concurrency / PLACES_PER_POLL;

	if (n > POLLS_MAX)
		return POLLS_MAX;
	return n ? n : 1;
}

static bool has_place(const struct loop *loop)
{
	const struct flight *flight;
	int n = 0;

	if (HASH_COUNT(loop->polls) >= WAITING_MAX)
		return false;
	for (flight = loop->polls; flight; flight = flight->hh.next)
		n += !flight->waits;
	return n < n_places(loop);
}

static struct flight *poll_of_host(const struct loop *loop, const struct host_key *key)
{
	struct flight *flight = loop->polls;
	uint8_t encoded[HOST_KEY_SIZE];

	host_key_encode(key, encoded);
	while (flight && memcmp(flight->key, encoded, sizeof(encoded)) != 0)
		flight = flight->hh.next;
	return flight;
}

/* Walks see what is committed, records are as they are now. */
static enum err read_due(struct loop *loop, const struct page_key *key, int64_t until_ms,
			 struct source *source, bool *is_due)
{
	enum err err = store_get_source(loop->store, key, source);

	*is_due = !err && !source->retired_at_ms && source->next_poll_at_ms <= until_ms;
	return err == ERR_NOT_FOUND || err == ERR_CORRUPT || err == ERR_NEWER ? ERR_OK
									      : err;
}

static enum err begin(struct loop *loop, struct flight *flight)
{
	struct poll *poll = flight->poll;
	struct url_parts parts;
	struct host_key at;
	enum err err = buf_set(&flight->url, buf_span(&poll->source.url));

	if (!err)
		err = url_split(buf_span(&flight->url), &parts);
	if (err)
		return err;
	HASH_ADD(hh, loop->polls, key, sizeof(flight->key), flight);
	if (!flight->hh.tbl)
		return ERR_NOMEM;
	poll->all = host_n_pages(flight->owner) >
			    MORE_PAGES * (double)poll->source.n_host_pages ||
		    !poll->source.n_host_pages;
	at = host_key_of(&parts);
	return flight_wait(loop, flight, &at, parts.origin);
}

/* *begun: it is under way now; it was due, and its host is one that is wanted. */
static enum err begin_if_due(struct loop *loop, const struct page_key *key,
			     int64_t until_ms, bool *begun)
{
	struct flight *flight = flight_new(loop);
	bool is_due = false;
	enum err err = ERR_NOMEM;

	*begun = false;
	if (flight)
		flight->poll = calloc(1, sizeof(*flight->poll));
	if (!flight || !flight->poll)
		goto out;
	page_init(&flight->poll->page);
	source_init(&flight->poll->source);
	page_key_encode(key, flight->key);
	err = read_due(loop, key, until_ms, &flight->poll->source, &is_due);
	if (!err && is_due)
		err = store_acquire_host(loop->store, &key->host, SPAN(""),
					 &flight->owner);
	if (!err && is_due && loop_host_is_wanted(loop, flight->owner)) {
		err = begin(loop, flight);
		*begun = !err;
	}
out:
	if (flight && !*begun)
		flight_free(loop, flight);
	return err == ERR_NOMEM || err == ERR_IO ? err : ERR_OK;
}

/* ---- of a host whose poll has ended ------------------------------------------------------ */

void polls_ended(struct loop *loop, struct flight *flight)
{
	struct polling *polling = &loop->polling;
	struct page_key key;

	loop->polls_at_ms = 0; /* there is a place */
	if (!flight->poll->others_wait)
		return;
	page_key_decode(flight->key, &key);
	if (polling->n_ended < ENDED_MAX)
		polling->ended[polling->n_ended++] = key.host;
	else
		polling->walked_ms = 0; /* all are walked once more */
}

/* The one that has been due the longest, and whether it is not alone. */
static enum err find_oldest(struct loop *loop, const struct host_key *host,
			    int64_t until_ms, struct page_key *oldest, int *n_due)
{
	struct store_walk *walk = NULL;
	struct source source, now;
	int64_t at_ms = INT64_MAX;
	enum err err = store_walk_sources(loop->store, host, &walk);

	source_init(&source);
	source_init(&now);
	while (!err) {
		bool is_due = false;

		err = store_walk_source(walk, &source);
		if (err == ERR_CORRUPT && !store_walk_is_broken(walk)) {
			err = ERR_OK;
			continue;
		}
		if (!err && source.stored.due_at_ms && source.next_poll_at_ms <= until_ms)
			err = read_due(loop, &source.key, until_ms, &now, &is_due);
		*n_due += is_due;
		if (is_due && now.next_poll_at_ms < at_ms) {
			at_ms = now.next_poll_at_ms;
			*oldest = source.key;
		}
	}
	store_walk_end(walk);
	source_release(&source);
	source_release(&now);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err begin_of_host(struct loop *loop, const struct host_key *host,
			      int64_t until_ms)
{
	struct flight *flight = poll_of_host(loop, host);
	struct page_key oldest;
	bool begun = false;
	int n_due = 0;
	enum err err;

	if (flight) { /* the walk came by one */
		flight->poll->others_wait = true;
		return ERR_OK;
	}
	err = find_oldest(loop, host, until_ms, &oldest, &n_due);
	if (!err && n_due)
		err = begin_if_due(loop, &oldest, until_ms, &begun);
	flight = begun ? poll_of_host(loop, host) : NULL;
	if (flight)
		flight->poll->others_wait = n_due > 1;
	return err;
}

static enum err begin_of_ended(struct loop *loop, int64_t until_ms)
{
	struct polling *polling = &loop->polling;
	enum err err = ERR_OK;

	while (!err && polling->n_ended && has_place(loop))
		err = begin_of_host(loop, &polling->ended[--polling->n_ended], until_ms);
	return err;
}

/* ---- of all -------------------------------------------------------------------------------- */

/* What is named from now on is due now or later, so it is not behind the walk; where two
 * are due at one instant they may come in any order. */
static void walk_on(struct loop *loop, const struct page_key *key, int64_t at_ms)
{
	if (at_ms >= loop->now_ms)
		return;
	loop->polling.walked_ms = at_ms;
	loop->polling.walked_key = *key;
}

static enum err take_walked(struct loop *loop, const struct page_key *key,
			    int64_t until_ms)
{
	struct flight *flight = poll_of_host(loop, &key->host);
	uint8_t encoded[PAGE_KEY_SIZE];
	bool begun;

	if (!flight)
		return begin_if_due(loop, key, until_ms, &begun);
	page_key_encode(key, encoded);
	if (memcmp(flight->key, encoded, sizeof(encoded)) != 0)
		flight->poll->others_wait = true;
	return ERR_OK;
}

static enum err walk_due(struct loop *loop, int64_t until_ms)
{
	struct store_walk *walk = NULL;
	struct page_key key;
	int64_t at_ms;
	enum err err;

	if (loop->polling.walked_ms > loop->now_ms) /* the clock was set back */
		loop->polling.walked_ms = 0;
	err = store_walk_due(loop->store, loop->polling.walked_ms,
			     &loop->polling.walked_key, &walk);
	for (int n = 0; !err && has_place(loop); n++) {
		if (n == LOOKS_PER_TURN) {
			loop->polls_at_ms = loop->now_ms;
			loop->worked = true;
			break;
		}
		err = store_walk_due_source(walk, &key, &at_ms);
		if (err)
			break;
		if (at_ms > until_ms) {
			if (!loop->config.once)
				loop->polls_at_ms = at_ms;
			break;
		}
		err = take_walked(loop, &key, until_ms);
		walk_on(loop, &key, at_ms);
	}
	store_walk_end(walk);
	return err == ERR_NOT_FOUND || err == ERR_CORRUPT ? ERR_OK : err;
}

enum err polls_begin(struct loop *loop)
{
	int64_t until_ms = loop->config.once ? loop->started_at_ms : loop->now_ms;
	enum err err;

	loop->polls_at_ms = POLITENESS_NEVER;
	err = begin_of_ended(loop, until_ms);
	return err ? err : walk_due(loop, until_ms);
}
