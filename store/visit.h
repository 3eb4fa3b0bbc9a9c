/*
 * visit.h - one finished visit as the history keeps it, and one change as the feed does.
 */
#ifndef STORE_VISIT_H
#define STORE_VISIT_H

#include "store/page.h"

#define HISTORY_MAX 64 /* visits kept per page */

/* A visit in the history. */
struct visit {
	int64_t at_ms;
	uint64_t cursor; /* its number among all visits, see struct change */
	uint8_t verdict, evidence;
	uint16_t http_status;
	uint8_t error;    /* enum fetch_error */
	bool audit;       /* asked without conditions on purpose */
	uint32_t version; /* the page's, after the visit */
	uint32_t elapsed_ms;
	uint32_t wire_bytes;
	float predicted; /* chance of a change as foretold; 0: not foretold */
	uint8_t differs; /* enum differs, when minor */
};

MUST_CHECK enum err visit_encode(const struct visit *visit, struct buf *out);
MUST_CHECK enum err visit_decode(struct span bytes, struct visit *visit);

/* The kinds of the change feed. Stored: only add at the end. */
enum change_kind {
	CHANGE_NEW,
	CHANGE_CHANGED,
	CHANGE_GONE,
	CHANGE_MOVED,
	CHANGE_BLOCKED,
	CHANGE_BACK,
	CHANGE_MINOR,     /* never stored: `changes --all` only */
	CHANGE_UNCHANGED, /* likewise */
	N_CHANGE_KINDS
};

const char *change_kind_text(enum change_kind kind);

/* A record of the change feed. Every committed visit takes the next cursor; those that
 * change something leave a record under it, so cursors grow strictly, with gaps. */
struct change {
	uint64_t cursor; /* the record's key, not part of its value */
	int64_t at_ms;
	struct page_key key; /* of `url` */
	struct buf url;
	uint8_t kind;
	uint32_t version;
	uint16_t http_status;
	uint8_t evidence;
	float similarity; /* of the text with the version before, 0..1 */
	struct buf title;
	struct digest digest, previous_digest;
	int64_t changed_after_ms, changed_before_ms;
	struct buf redirect_to;
	uint8_t differs;         /* enum differs, of CHANGE_MINOR */
	bool noindex, noarchive; /* what the page says to robots */
};

void change_init(struct change *change);
void change_release(struct change *change);
MUST_CHECK enum err change_encode(const struct change *change, struct buf *out);
/* Computes the key from the URL. */
MUST_CHECK enum err change_decode(struct span bytes, struct change *change);

#endif
