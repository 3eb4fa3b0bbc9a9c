/*
 * page.h - what we know of one page: the record, its key, its state.
 *
 * Instants are Unix time in ms, 0 means never. Outside bytes (validators, titles) are
 * kept verbatim; whoever shows them escapes them.
 */
#ifndef STORE_PAGE_H
#define STORE_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/base/buf.h"
#include "store/base/codec.h"
#include "store/base/digest.h"
#include "store/base/url.h"

/* Stored in records: only add at the end. */
enum verdict {
	VERDICT_NONE,
	VERDICT_NEW,
	VERDICT_UNCHANGED,
	VERDICT_CHANGED,
	VERDICT_MINOR,
	VERDICT_GONE,
	VERDICT_MOVED,
	VERDICT_BLOCKED,
	VERDICT_REFUSED,
	VERDICT_ERROR,
	N_VERDICTS
};

/* Why the verdict. Stored in records: only add at the end. */
enum evidence {
	EVIDENCE_NONE,
	EVIDENCE_304_STRONG,
	EVIDENCE_304_WEAK,
	EVIDENCE_304_DATE,
	EVIDENCE_DIGEST,
	EVIDENCE_TEXT,
	EVIDENCE_BODY,
	EVIDENCE_AUDIT,
	EVIDENCE_STATUS,
	N_EVIDENCES
};

/* What of a page differed that was called unchanged or minor, from the least to the most.
 * Stored in records: only add at the end. */
enum differs {
	DIFFERS_NONE,        /* nothing that we know of */
	DIFFERS_MARKUP,      /* bytes that are not shown */
	DIFFERS_VOLATILE,    /* dates, counters, versions: crawler/volatile.h */
	DIFFERS_BOILERPLATE, /* what the host repeats on its pages: store/boilerplate.h */
	N_DIFFERS
};

/* Why the last visit's news is held back (store/guard.h). Stored in records: only add at
 * the end. */
enum hold { HOLD_NONE, HOLD_GONE, HOLD_SAME_TEXT, N_HOLDS };

/* What stands in the index, as far as we know. Follows from the record. */
enum page_state {
	STATE_UNFETCHED,
	STATE_UNCHANGED,
	STATE_STALE,
	STATE_GONE,
	STATE_MOVED,
	STATE_BLOCKED,
	STATE_FAILING,
	N_STATES
};

/* Why a page is next visited when it is. Stored in records: only add at the end. */
enum visit_reason {
	REASON_NONE,
	REASON_NEVER_FETCHED, /* a new seed */
	REASON_INTERVAL,      /* the policy's interval has passed */
	REASON_MIN_INTERVAL,  /* ... but not sooner than the page's or host's bound */
	REASON_MAX_INTERVAL,  /* ... but not later than the bound */
	REASON_BACKOFF,       /* the last visits failed */
	REASON_RETRY_AFTER,   /* the origin named the time */
	REASON_CONFIRM_GONE,  /* a 404 wants its second witness */
	REASON_ASK_AGAIN, /* the last answer contradicted itself: ask unconditionally */
	REASON_ROBOTS,    /* blocked: look again when robots.txt is read anew */
	REASON_RECHECK,   /* the user, or a ping, asked for it */
	REASON_VALUE,     /* its crawl value is expected to reach the price then */
	REASON_CONFIRM_HELD, /* what the mass guard holds back wants its second witness */
	REASON_ANNOUNCED,    /* a source says that it has changed */
	REASON_NOISY,        /* every visit costs a download and brings no news */
	N_REASONS
};

const char *verdict_text(enum verdict v);
const char *evidence_text(enum evidence e);
const char *state_text(enum page_state s);
const char *reason_text(enum visit_reason r);
const char *differs_text(enum differs d);
const char *hold_text(enum hold h);
/* The state of that name. False: no such state. */
bool state_parse(struct span text, enum page_state *state);

/* One host's pages lie together; the partition (a hash of the registrable domain) lets
 * the store be split between machines. The encoded form sorts like the struct. */
struct host_key {
	uint8_t partition;
	uint64_t host_id; /* hash of "scheme://host[:port]" */
};

struct page_key {
	struct host_key host;
	uint64_t url_hash;
};

#define HOST_KEY_SIZE 9
#define PAGE_KEY_SIZE 17

void host_key_encode(const struct host_key *key, uint8_t out[HOST_KEY_SIZE]);
void host_key_decode(const uint8_t in[HOST_KEY_SIZE], struct host_key *key);
bool host_key_equal(const struct host_key *a, const struct host_key *b);
void page_key_encode(const struct page_key *key, uint8_t out[PAGE_KEY_SIZE]);
void page_key_decode(const uint8_t in[PAGE_KEY_SIZE], struct page_key *key);
bool page_key_equal(const struct page_key *a, const struct page_key *b);
/* The key of a host, from the parts of any canonical URL of it. */
struct host_key host_key_of(const struct url_parts *parts);
/* The key of a canonical URL; ERR_INVALID if it is not one. */
MUST_CHECK enum err page_key_of(struct span url, struct page_key *key);

/* Where a page waits: in the queue of everybody or, when its host was not ready, parked
 * with its host. Within a class the order is first in, first out. */
struct queue_position {
	int64_t order_ms; /* class 0: due at; value classes: last visited at */
	uint16_t class;
	bool parked;
	bool queued; /* false: stands in no queue (only before it is first stored) */
};

/* What a class says of its pages roughly, exactly: the queue has it beside the place, so
 * that nobody reads a record to compare two pages. All zero: not known. */
struct page_worth {
	float weight;
	float a, b_days; /* posterior of the change rate, see scheduler/rate.h */
	/* what the last visits cost that found nothing new, and a change; 0: none yet */
	float same_bytes, changed_bytes;
};

bool queue_position_equal(const struct queue_position *a, const struct queue_position *b);
/* The same place in its class, in the queue or parked: of a record and an entry, is the
 * entry the page's, or was it left since the entry was read? */
bool queue_position_is_same_turn(const struct queue_position *a,
				 const struct queue_position *b);

#define PAGE_ETAG_MAX 4096 /* REQ 14 */
#define PAGE_TAGS_MAX 2048
#define PAGE_TITLE_MAX 512
#define PAGE_HOPS_MAX (11 * (URL_MAX + 8))
#define PAGE_TYPE_MAX 128
#define PAGE_HEAD_MAX 256
#define PAGE_LANGUAGE_MAX 35 /* RFC 5646 4.4.1 */

/* A page hears of one source of each sort: sitemap, feed, ping. */
enum { TOLD_BY_SITEMAP, TOLD_BY_FEED, TOLD_BY_PING, PAGE_N_TOLD };

/* Which validator the page would be revalidated with. */
enum validator_kind {
	VALIDATOR_KIND_STRONG,
	VALIDATOR_KIND_WEAK,
	VALIDATOR_KIND_DATE,
	VALIDATOR_KIND_NONE,
	N_VALIDATOR_KINDS
};

/* What a page adds to the census (store/census.h): of its record what counts there. */
struct page_share {
	int64_t first_seen_at_ms, last_verified_at_ms, next_visit_at_ms;
	float weight, rate_a, told_recall, told_doubt;
	uint32_t rate_micro, n_visits, n_changes;
	uint16_t http_status;
	uint8_t state, validator; /* enum page_state, enum validator_kind */
	bool is_current, is_noisy;
};

struct page {
	struct page_key key; /* not part of the record's value */

	struct buf url; /* canonical */
	/* from the seed */
	float weight;
	struct buf tags;                          /* comma-separated */
	int64_t min_interval_ms, max_interval_ms; /* 0: the settings decide */
	/* validators, verbatim, both from one and the same 200 (REQ 11) */
	struct buf etag, last_modified;
	struct buf validators_url; /* whose they are when not `url`'s: after redirects */
	/* content: of the last complete version */
	struct digest digest, text_digest; /* that of the text is short */
	uint64_t simhash;
	uint32_t body_len; /* decoded bytes */
	struct buf content_type, title;
	/* The kept fields of the last 200, see head.h. Empty: there are none, or they stand
	 * beside the record (store_put_head()). */
	struct buf head;
	/* Of the fields that the last 304 laid over the stored ones (store_put_headers()):
	 * the same ones say nothing new. 0: none. */
	uint32_t freshened_hash;
	uint32_t words_hash; /* of its text as it shows, before anything is masked: tells
				only what a minor change was */
	uint32_t epoch; /* of the parser and rules that made text_digest and simhash */
	struct digest link_digest;      /* of the set of its links, short */
	struct buf canonical, language; /* as the page says; empty: it says nothing */
	bool noindex, noarchive;        /* <meta name=robots>, X-Robots-Tag */
	bool has_body;                  /* stored under `digest` */
	bool ask_unconditionally;       /* REQ 21-23: next request without conditions */
	/* what the last visit concluded */
	uint8_t verdict, evidence; /* enum verdict, enum evidence */
	uint16_t http_status;
	uint8_t error; /* enum fetch_error of crawler/transport.h */
	struct buf error_detail;
	struct buf redirect_to; /* target of a redirect, permanent or not */
	struct buf hops;        /* "STATUS URL\n" for each hop of the last visit */
	bool redirect_is_permanent;
	uint8_t differs; /* enum differs: what made the last visit's bytes others, if minor */
	uint32_t n_noisy; /* visits in a row with other bytes and the same text */
	uint8_t held;     /* enum hold: the verdict is not told, the version is the old */
	int64_t held_at_ms;  /* when what is held was first seen */
	uint64_t held_words; /* hash of what it was */
	uint8_t announced;   /* enum page_state last told by the feed, if not a version */
	/* when */
	int64_t first_seen_at_ms;
	int64_t last_visit_at_ms;
	int64_t last_verified_at_ms; /* last proof of which content the origin has */
	int64_t last_change_at_ms;   /* when the visit that saw the newest version was */
	int64_t changed_after_ms,
		changed_before_ms; /* last known same, first known new */
	int64_t date_at_ms;        /* the origin's clock in the last 200 or 304 */
	int64_t last_not_found_at_ms;
	/* counts */
	uint32_t version, indexed_version;
	uint64_t change_cursor; /* of the page's newest feed record; 0: none */
	uint32_t n_visits, n_changes, n_failures;
	uint32_t n_failures_in_a_row, n_not_found_in_a_row;
	uint32_t n_since_audit; /* revalidations answered 304 since the last audit */
	/* learned, see scheduler/rate.h */
	float rate_a, rate_b;
	int64_t learned_at_ms; /* last visit that told whether the page had changed */
	uint16_t value_class; /* of its posterior at that visit; 0: nothing learned yet */
	uint32_t rate_micro;  /* changes per 10^6 days, its part in its host's prior */
	struct page_worth worth; /* at that visit, too */
	/* who tells of its changes (store/source.h), and what is believed of that */
	struct {
		uint64_t source;     /* url_hash of its key; 0: none */
		uint8_t n_announced; /* since learned_at_ms */
	} told[PAGE_N_TOLD];
	float told_recall; /* when its class was last set: what they announce of changes */
	float told_doubt; /* -ln of what the announcements since leave of its freshness */
	/* learned, see crawler/profile.h */
	uint8_t mode_tried; /* enum condition_mode last asked with; 0: none yet */
	uint8_t n_useless; /* ... that earned nothing so often in a row; 0: it earns 304s */
	/* next visit */
	int64_t next_visit_at_ms;
	uint8_t next_visit_reason; /* enum visit_reason */
	struct queue_position position;

	/* Asked for since the request of the visit under way was sent: that visit's answer
	 * may be older than what is to be found. Not part of the record. */
	bool recheck_asked;

	/* What the store holds, for the one who changes it (see store/store.h). */
	struct {
		uint8_t state, held;
		uint16_t value_class;
		uint32_t rate_micro;
		struct queue_position position;
		struct page_worth worth;
		struct page_share share;
		bool exists;
		bool certain; /* position.parked is known, not only remembered */
	} stored;
};

/* An empty page with weight 1. */
void page_init(struct page *page);
void page_release(struct page *page);
/* Forgets everything, keeps the memory. */
void page_clear(struct page *page);

MUST_CHECK enum err page_encode(const struct page *page, struct buf *out);
/* Also fills `stored`; the key is the caller's. */
MUST_CHECK enum err page_decode(struct span bytes, struct page *page);

enum page_state page_state(const struct page *page);
enum validator_kind page_validator(const struct page *page);
struct page_share page_share(const struct page *page);
/* Did so many visits in a row bring other bytes and the same text that it is its way? Its
 * validators prove nothing then. */
#define PAGE_NOISY_MIN 5
bool page_is_noisy(const struct page *page);
bool page_has_tag(const struct page *page, struct span tag);

#endif
