/*
 * observation.h - what one visit learned: plain data, made by crawler/, read by
 * scheduler/, applied to the page's record by page_observe().
 */
#ifndef STORE_OBSERVATION_H
#define STORE_OBSERVATION_H

#include "store/anomaly.h"
#include "store/page.h"
#include "store/visit.h"

struct observation {
	int64_t at_ms; /* when the visit ended */
	uint8_t verdict, evidence;
	uint16_t http_status;
	uint8_t error; /* enum fetch_error */
	struct buf detail;
	bool answered;     /* a whole response came: the host is alive */
	bool audit;        /* asked without conditions on purpose */
	bool conditional;  /* conditions were sent */
	bool complete_200; /* validators and content below are of a new complete 200 */
	bool same_bytes;   /* ... with the digest that was stored */
	bool same_etag, same_date; /* ... and with this validator that was stored */
	bool plain_tag; /* of a 304: the tag without the "-gzip" that was stored */
	bool ask_unconditionally; /* REQ 21-23: the next request goes without conditions */
	uint8_t hold;             /* enum hold: by guard_visit() */
	uint64_t held_words;
	bool untold;    /* the feed is not told: an outage, not the page's own doing */
	bool not_found; /* 404 or 410 */
	bool permanent_redirect;
	uint32_t anomalies; /* bits: 1u << enum anomaly */
	/* of a complete 200; of a 304 the fields that it carried */
	struct buf etag, last_modified;
	struct buf validators_url;
	struct buf headers; /* "Name: value\n" lines worth keeping */
	int64_t date_at_ms;
	int64_t last_modified_at_ms; /* trusted as the time of the change, or 0 */
	int64_t lifetime_ms;         /* what the origin says it stays fresh, or 0 */
	/* content of a complete 200 whose bytes are new, or were not kept; no digest: none */
	struct digest digest, text_digest;
	uint64_t simhash;
	uint32_t words_hash;
	float similarity;
	uint32_t body_len, epoch;
	struct buf content_type, title;
	struct digest link_digest;
	struct buf canonical, language;
	bool noindex, noarchive;
	struct buf body; /* zstd */
	uint8_t differs; /* enum differs, of VERDICT_MINOR */
	/* what it teaches of its host, see boilerplate.h: lists of 8-byte numbers */
	struct buf block_ids, successions, edits, sketch;
	struct buf redirect_to, hops;
	int64_t retry_after_ms; /* 0: none given */
	uint32_t elapsed_ms;
	uint32_t wire_bytes, bytes_saved;
	uint16_t n_requests; /* on the wire, hops included */
	float predicted;     /* chance of a change as foretold */
};

void observation_init(struct observation *o);
void observation_release(struct observation *o);

/* Does it bring content that the store has not? */
bool observation_has_content(const struct observation *o);

/* Other words that a condition made of the old validators would not tell from the old
 * ones: the same tag, or without tags a date that is no later (RFC 9110 13.1.3). A 304
 * here is false. */
bool observation_contradicts_validators(const struct observation *o);

/*
 * Applies an observation to the page's record: verdict, content, validators, counts,
 * times, everything but when to visit next (the scheduler's). Learned state survives
 * every failure (law 8). If the index must be told, fills `change` (but not its cursor)
 * and sets *announce. On ERR_NOMEM the page is to be thrown away.
 */
MUST_CHECK enum err page_observe(struct page *page, const struct observation *o,
				 struct change *change, bool *announce);

/* What was held back of the last visit is told now, unless the page's words are part of it:
 * they were not kept. Fills `change` and sets *announce like page_observe(). */
MUST_CHECK enum err page_tell_held(struct page *page, int64_t now_ms,
				   struct change *change, bool *announce);

#endif
