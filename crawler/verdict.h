/*
 * verdict.h - what an answer proves about a page (PRODUCT: "what a visit concludes").
 *
 * Pure: no socket, no clock, no store. Clauses are of RFC 9110 and 9111.
 */
#ifndef CRAWLER_VERDICT_H
#define CRAWLER_VERDICT_H

#include "crawler/conditional.h"
#include "crawler/document.h"
#include "crawler/transport.h"
#include "store/observation.h"

struct verdict_config {
	uint32_t gone_after;     /* visits that must see 404 (REQ 30) */
	int64_t gone_spacing_ms; /* ... at least so far apart */
	bool force;              /* forced visits count at once */
};

/* One visit's last exchange: what was asked, of whom, and what came back. */
struct exchange {
	const struct page *page; /* as it was when asked */
	struct span url; /* who answered: the page's own URL or a redirect's target */
	bool audit;      /* unconditional on purpose (REQ 25) */
	bool etag_sent, date_sent;
	const struct fetch_result *result;
	struct document *document; /* of a 200 that arrived; its bufs are moved out */
	bool redirected_for_good;  /* the chain starts with permanent hops ... */
	struct span moved_to;      /* ... up to here */
	struct span hops;          /* "STATUS URL\n" each; empty without redirects */
	int64_t first_byte_of_visit_us; /* when the first hop was asked, monotonic */
	uint16_t n_requests;
	int64_t wire_bytes; /* of all hops */
};

/* Judges the exchange. `o` is initialised by the caller; ERR_NOMEM leaves it to be
 * released. */
MUST_CHECK enum err verdict_judge(const struct verdict_config *config,
				  const struct exchange *exchange, int64_t now_ms,
				  struct observation *o);

/* May conditions be sent for this page at `url`? Not without a digest to compare with
 * (REQ 9), not to another URL than the one that gave the validators (REQ 16). */
bool verdict_may_ask_conditionally(const struct page *page, struct span url);

/* The outcome of a fetch that ended without an answer or by our own limits: refused when
 * it is we who will not have it, else an error. */
enum verdict verdict_of_error(enum fetch_error error);

/* Appends the fields of a 200 that are worth keeping, "Name: value\n" each. */
MUST_CHECK enum err verdict_keep_headers(const struct header_list *headers,
					 struct buf *lines);

/* What an answer says of its host's health. */
enum answer_health {
	ANSWER_GOOD,
	ANSWER_DENIED, /* not for us: 401, 403, 407 */
	ANSWER_TROUBLE,
	ANSWER_DOWN,
	ANSWER_GO_AWAY,
};
enum answer_health verdict_health(enum fetch_error error, int http_status);

#endif
