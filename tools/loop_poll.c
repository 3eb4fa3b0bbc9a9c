/*
 * loop_poll.c - sources are polled: when one is due it goes the way of any page, through
 * its host's turn, robots.txt and the budget; a worker reads it and finds what is new, and
 * that is carried out a little at a time. What it says is evidence, never an order.
 */
#include "tools/loop_poll.h"

#include <stdlib.h>

#include "tools/sources.h"

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
	buf_release(&poll->url);
	free(poll);
}

void polls_free_flight(struct loop *loop, struct flight *flight)
{
	if (flight->hh.tbl) {
		HASH_DELETE(hh, loop->polls, flight);
		polls_ended(loop, flight);
	}
	loop->polling.n_bytes -= flight->poll->n_bytes;
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

/* ---- a turn ------------------------------------------------------------------------------------- */

static enum err finish_applying(struct loop *loop, struct flight *flight)
{
	struct poll *poll = flight->poll;
	enum err err;

	loop->n_applying--;
	loop->n_in_flight--;
	poll->applying = false;
	if (poll->source.retired_at_ms)
		return poll_put_and_end(loop, flight);
	if (poll->all)
		poll->source.n_pages = poll->n_pages;
	else if (poll->n_added)
		poll->source.n_pages += poll->n_added;
	if (poll->all)
		poll->source.n_host_pages = (uint32_t)host_n_pages(flight->owner);
	err = news_judge_index(loop, flight);
	return err ? err : poll_succeed(loop, flight);
}

static enum err apply(struct loop *loop, struct flight *flight)
{
	bool done;
	enum err err = news_apply(loop, flight, &done);

	loop->worked = true;
	return err || !done ? err : finish_applying(loop, flight);
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
	if (!err)
		err = polls_read(loop);
	if (err || loop->now_ms < loop->polls_at_ms)
		return err;
	/* Who wants some pages only has no use for what is said of all. */
	if (loop_begins_nothing(loop) || (loop->config.tags && loop->config.tags[0])) {
		loop->polls_at_ms = POLITENESS_NEVER;
		return ERR_OK;
	}
	return polls_begin(loop);
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
		.first_poll_at_ms = loop->now_ms + poll_interval_ms(loop, &as_new, host),
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
