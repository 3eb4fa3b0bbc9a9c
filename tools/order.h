/*
 * order.h - what a command asks for, and what came of it; as structs and as lines of JSON.
 *
 *	{"op":"ack","consumer":"index","cursor":12}
 *	{"op":"recheck","urls":"http://a/\nhttp://b/\n"}      or "host", "tag"
 *	{"op":"host","host":"example.org","change":"pause"}
 *	{"op":"checkpoint"}                                   for a backup
 *	{"op":"ping","urls":"http://a/\nhttp://b/\n"}        they say that they have changed
 *	{"op":"source","urls":"http://a/sitemap.xml\n","host":"http://a"}
 *	{"op":"seed"}                                         ends a batch of seeds
 *
 * Pure: no socket, no store. Texts from outside stay as they are.
 */
#ifndef TOOLS_ORDER_H
#define TOOLS_ORDER_H

#include "tools/edit.h"

enum order_kind {
	ORDER_SEED,
	ORDER_ACKNOWLEDGE,
	ORDER_RECHECK,
	ORDER_FORGET,
	ORDER_HOST,
	ORDER_CHECKPOINT,
	ORDER_PING,
	ORDER_SOURCE,
	ORDER_RETRACT, /* to forget, and to tell the index so */
	N_ORDER_KINDS
};

/* As they stand in JSON. */
const char *order_kind_text(enum order_kind kind);
const char *host_change_text(enum host_change change);

struct order {
	enum order_kind kind;
	struct buf consumer; /* ACKNOWLEDGE */
	uint64_t cursor;
	struct buf urls; /* RECHECK, FORGET, RETRACT, PING, SOURCE: canonical, each with
			  * its line feed; ... */
	struct buf host, tag; /* ... or all pages of the host, with the tag, or both */
	/* SOURCE: `host` is the origin for which they speak; empty: their own. */
	enum host_change change; /* HOST: of `host` */
};

void order_init(struct order *order, enum order_kind kind);
void order_release(struct order *order);

#define ORDER_REFUSALS_MAX 1000

struct refusal {
	uint64_t index; /* which of the URLs or seeds, from 0 */
	char reason[400];
};

/* What came of an order. */
struct reply {
	enum err err;     /* ERR_OK: it was carried out, but for the refusals */
	struct why why;   /* when it was not */
	uint64_t n_done;  /* seeds added; pages, hosts or changes dealt with */
	uint64_t n_known; /* seeds that were known */
	uint64_t n_refused;
	struct refusal *refusals; /* the first ones of them */
	size_t n_kept;            /* so many; at most ORDER_REFUSALS_MAX */
};

void reply_init(struct reply *reply);
void reply_release(struct reply *reply);
/* ERR_NOMEM: the refusal is counted, but its reason is lost. */
MUST_CHECK enum err reply_refuse(struct reply *reply, uint64_t index, const char *reason);

/* Both append one line with its line feed. */
MUST_CHECK enum err order_encode(const struct order *order, struct buf *out);
MUST_CHECK enum err reply_encode(const struct reply *reply, struct buf *out);
/* Both fill what order_init() and reply_init() have made. ERR_INVALID: it is none. */
MUST_CHECK enum err order_decode(struct span line, struct order *order, struct why *why);
MUST_CHECK enum err reply_decode(struct span line, struct reply *reply);

#endif
