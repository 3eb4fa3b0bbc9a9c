/*
 * loop_poll.h - what loop_poll.c and loop_news.c share: a source that is being polled.
 * Nobody else includes it.
 */
#ifndef TOOLS_LOOP_POLL_H
#define TOOLS_LOOP_POLL_H

#include "crawler/content_coding.h"
#include "crawler/source_news.h"
#include "tools/loop_internal.h"
#include "tools/page_told.h"

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
	enum coding_verdict coding;
	size_t n_applied;
	uint32_t n_pages, n_announced, n_added;
	double gain;
	struct page_told told; /* scratch */
	struct page page;
};

/* Carries out some of the news; *done: that was all. */
MUST_CHECK enum err news_apply(struct loop *loop, struct flight *flight, bool *done);
/* A sitemap was polled with this news: its index is judged by whether it had said so. */
MUST_CHECK enum err news_judge_index(struct loop *loop, struct flight *flight);

#endif
