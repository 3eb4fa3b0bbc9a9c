/*
 * host.h - what we know of one host (scheme + host + port): the unit of politeness.
 */
#ifndef STORE_HOST_H
#define STORE_HOST_H

#include "store/page.h"

/* How the last reading of robots.txt ended. Stored: only add at the end. */
enum robots_state {
	ROBOTS_STATE_NOT_READ,
	ROBOTS_STATE_PARSED,
	ROBOTS_STATE_NONE,        /* 4xx: there are no rules */
	ROBOTS_STATE_UNREACHABLE, /* everything is disallowed until it answers */
	N_ROBOTS_STATES
};

const char *robots_state_text(enum robots_state s);

struct host {
	struct host_key key; /* not part of the record's value */

	struct buf name; /* "scheme://host[:port]" */
	/* politeness; holds over restarts (REQ 54) */
	int64_t next_request_at_ms; /* not before: delay since the last request's start */
	int64_t backoff_until_ms;   /* Retry-After or our own back-off */
	bool backoff_is_retry_after; /* the origin named it: obeyed even under --force */
	bool paused;                 /* by the user */
	uint32_t n_failures_in_a_row;
	int64_t delay_ms; /* in force at the last request, for reports */
	/* robots.txt */
	uint8_t robots_state; /* enum robots_state */
	uint16_t robots_http_status;
	int64_t robots_read_at_ms;    /* when the present outcome was reached */
	int64_t robots_expires_at_ms; /* read again then */
	int64_t robots_unreachable_since_ms;
	uint32_t robots_n_failures;
	int64_t crawl_delay_ms;
	struct digest robots_digest; /* the rules' text is a body of the store */
	/* counted */
	uint32_t n_pages[N_STATES];
	uint64_t n_requests, n_not_modified, n_ok, n_errors;
	uint64_t n_useless_200; /* conditional, same digest: the validator failed us */
	uint64_t n_false_304;   /* found by audits */
	uint64_t n_anomalies;
	uint64_t wire_bytes;
	int64_t last_success_at_ms, last_failure_at_ms;

	/* Bookkeeping of the store's table, not part of the record. */
	uint32_t n_refs;
	bool dirty;
	bool exists;
};

void host_init(struct host *host);
void host_release(struct host *host);
MUST_CHECK enum err host_encode(const struct host *host, struct buf *out);
MUST_CHECK enum err host_decode(struct span bytes, struct host *host);
uint64_t host_n_pages(const struct host *host);

#endif
