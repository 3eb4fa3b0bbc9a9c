/*
 * source.h - what we know of a source: a sitemap, a feed, or the pings that tell of the
 * pages of one host; how it is polled, and how far it can be trusted.
 *
 * A source speaks for one host. What a sitemap says of others is not listened to; where
 * the robots.txt of two hosts name one sitemap there are two records of it.
 */
#ifndef STORE_SOURCE_H
#define STORE_SOURCE_H

#include "store/page.h"

/* Stored in records: only add at the end. */
enum source_kind {
	SOURCE_NONE, /* not known yet, or none of these */
	SOURCE_SITEMAP,
	SOURCE_INDEX, /* its entries are sitemaps */
	SOURCE_FEED,  /* RSS, Atom */
	SOURCE_PING,  /* somebody calls: there is nothing to fetch */
	N_SOURCE_KINDS
};

/* Who named it. Stored in records: only add at the end. */
enum source_origin {
	SOURCE_BY_USER,
	SOURCE_BY_ROBOTS,
	SOURCE_BY_INDEX,
	N_SOURCE_ORIGINS
};

const char *source_kind_text(enum source_kind kind);
const char *source_origin_text(enum source_origin origin);

/* What visits found out about it: faded counts, see scheduler/signal.h. */
struct source_trust {
	float n_announced, n_changes, n_found, n_found_told;
	float n_unchanged, n_unchanged_if_false;
};

#define SOURCE_DETAIL_MAX 256

struct source {
	struct page_key key; /* the host it speaks for, hash of `url`; not in the value */

	struct buf url;      /* canonical; of SOURCE_PING "ping:" */
	uint8_t kind;        /* enum source_kind */
	uint8_t named_by;    /* enum source_origin */
	uint8_t level;       /* how many indexes led to it */
	uint64_t index_hash; /* key.url_hash of the index that named it; 0: none */
	bool adds_pages;     /* pages that it names and that we do not know become ours */
	/* polling */
	struct buf etag, last_modified; /* verbatim, from the last 200 that was read */
	struct digest digest;           /* of its bytes then */
	uint32_t body_len;              /* decoded */
	int64_t first_seen_at_ms, last_poll_at_ms, next_poll_at_ms;
	int64_t last_read_at_ms;   /* when its content was last known: a 200 or a 304 */
	int64_t last_change_at_ms; /* when a poll last found news in it */
	uint32_t n_polls, n_news;
	uint32_t n_failures_in_a_row;
	uint16_t http_status;
	struct buf detail;     /* of the last failure; outside text */
	int64_t retired_at_ms; /* 0: it is polled */
	float cost;            /* of a poll, in requests */
	/* what it told */
	uint32_t n_entries;    /* URLs of its host, when it was last read */
	uint32_t n_pages;      /* ... of which so many were pages of ours */
	uint64_t n_announced;  /* for ever */
	uint32_t n_told;       /* by its index, since its last poll */
	uint32_t n_host_pages; /* of its host, when it was last read for all it names */
	/* learned: what polls gain (scheduler/poll.h), and what it is worth */
	float gain, watched_days;
	struct source_trust trust;
	/* How much of the news of a poll has been carried out; 0: none is under way. */
	uint64_t news_hash; /* of what the news were found from */
	uint32_t n_news_applied, n_news_pages;

	/* What the store holds, for store_put_source(). */
	struct {
		int64_t due_at_ms; /* 0: not polled */
		bool exists;
	} stored;
};

void source_init(struct source *source);
void source_release(struct source *source);
MUST_CHECK enum err source_encode(const struct source *source, struct buf *out);
/* Also fills `stored`; the key is the caller's. */
MUST_CHECK enum err source_decode(struct span bytes, struct source *source);

#endif
