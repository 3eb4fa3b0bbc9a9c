/*
 * loop_poll.h - what the loop_poll*.c files and loop_news.c share: a source that is being
 * polled. Nobody else includes it.
 *
 * loop_poll.c takes a turn, loop_poll_due.c begins what is due, loop_poll_read.c asks and
 * has the answer read, loop_news.c carries out what is new, loop_poll_end.c ends the poll.
 */
#ifndef TOOLS_LOOP_POLL_H
#define TOOLS_LOOP_POLL_H

#include "crawler/content_coding.h"
#include "crawler/source_news.h"
#include "tools/loop_internal.h"
#include "tools/page_told.h"

/* All that a source names is looked at again when its host has so many pages more. */
#define MORE_PAGES 1.05

struct poll {
	struct source source;
	struct source_document document;
	struct source_news news;
	struct buf remembered;
	struct digest digest; /* of the bytes that were read */
	uint32_t body_len;
	bool all;      /* look at all it names, not only at the news */
	bool is_first; /* nothing is remembered */
	bool applying;
	bool others_wait; /* sources of the same host that are due */
	int64_t n_bytes;  /* that the document takes, counted in loop.polling.n_bytes */
	enum coding_verdict coding;
	uint64_t news_hash; /* the same bytes, heard in the same way, are the same news */
	size_t n_applied;
	uint32_t n_pages, n_announced, n_added;
	double gain;
	struct page_told told; /* scratch */
	struct page page;
	struct buf url; /* likewise */
};

/* loop_poll_due.c */
MUST_CHECK enum err polls_begin(struct loop *loop);
/* A poll is over: there is a place, and perhaps others of its host wait. */
void polls_ended(struct loop *loop, struct flight *flight);

/* loop_poll_read.c: gives answers that wait to a worker, as far as there is memory. */
MUST_CHECK enum err polls_read(struct loop *loop);

/* loop_poll_end.c */
/* Until the next poll, by what those so far have gained and cost. */
int64_t poll_interval_ms(const struct loop *loop, const struct source *source,
			 const struct host *host);
/* Its news, if there are any, are carried out from the next turn on. */
MUST_CHECK enum err poll_apply(struct loop *loop, struct flight *flight);
/* A good answer, and all its news carried out. */
MUST_CHECK enum err poll_succeed(struct loop *loop, struct flight *flight);
/* `is_none`: there was an answer, and it was no source. */
MUST_CHECK enum err poll_fail(struct loop *loop, struct flight *flight,
			      const char *detail, bool is_none);
/* Nothing stays of one that was forgotten meanwhile. */
MUST_CHECK enum err poll_put_and_end(struct loop *loop, struct flight *flight);

/* Carries out some of the news; *done: that was all. */
MUST_CHECK enum err news_apply(struct loop *loop, struct flight *flight, bool *done);
/* A sitemap was polled with this news: its index is judged by whether it had said so. */
MUST_CHECK enum err news_judge_index(struct loop *loop, struct flight *flight);

#endif
