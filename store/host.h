/*
 * host.h - what we know of one host (scheme + host + port): the unit of politeness.
 */
#ifndef STORE_HOST_H
#define STORE_HOST_H

#include "store/anomaly.h"
#include "store/boilerplate.h"
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

#define N_CONDITION_MODES 5

/*
 * How a host's validators behave, learned from its own answers by crawler/profile.h, which
 * owns the meaning. Indexed by enum condition_mode of crawler/conditional.h.
 */
struct validator_profile {
	/* counted for ever */
	uint32_t n_true_304[N_CONDITION_MODES], n_useless_200[N_CONDITION_MODES];
	uint32_t n_conditional, n_audits;
	uint32_t n_distrusted; /* unconditional because its 304s were proven false */
	uint32_t n_probes;     /* tried again what had failed */
	/* of late, decaying, in 1/256 */
	uint16_t good[N_CONDITION_MODES], useless[N_CONDITION_MODES];
	uint32_t
		n_owed; /* clean answers until its 304s are believed again; 0: they are */
	uint8_t n_strikes; /* proofs of false 304s not yet lived down */
	float audit_boost; /* times the configured audit rate; 0: 1 */
	float hidden_bits; /* evidence that its 304s hide changes */
	uint16_t probe_in,
		probe_wait; /* conditional requests until, and between, probes */
};

/* Pages of a host that turned into one and the same. */
struct guard_alike {
	uint64_t now,
		before; /* hash of what they show; a bit for each thing shown before */
};
#define GUARD_N_ALIKE 4

#define HOST_ADDRESS_MAX 72 /* an address, a blank and a port */

/* What store/guard.h counts of one day. */
struct guard {
	int64_t since_ms;
	uint32_t n_visited, n_gone; /* pages */
	uint32_t n_held[N_HOLDS];   /* gauges: pages of the host that are held now */
	struct guard_alike alike[GUARD_N_ALIKE];
};

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
	/* what answered at the last request, "192.0.2.1 80"; "": not known, or addresses did
	 * not matter. n_at_address: hosts then in play there, this one too. */
	struct buf address;
	uint32_t n_at_address;
	/* robots.txt */
	uint8_t robots_state; /* enum robots_state */
	uint16_t robots_http_status;
	int64_t robots_read_at_ms;    /* when the present outcome was reached */
	int64_t robots_expires_at_ms; /* read again then */
	int64_t robots_unreachable_since_ms;
	uint32_t robots_n_failures;
	int64_t crawl_delay_ms;
	struct digest robots_digest; /* the rules' text is a body of the store */
	struct guard guard;
	/* counted */
	uint32_t n_pages[N_STATES];
	uint64_t n_requests, n_not_modified, n_ok, n_errors;
	uint64_t n_useless_200; /* conditional, same digest: the validator failed us */
	uint64_t n_false_304;   /* found by audits */
	uint64_t n_anomalies;   /* answers that showed any */
	struct buf anomalies;   /* by kind: anomaly_next() */
	struct validator_profile profile;
	uint64_t wire_bytes;
	int64_t last_success_at_ms, last_failure_at_ms;
	uint32_t n_sources; /* that speak for it */
	/* of its pages with a value class, see scheduler/learn.h */
	uint64_t rate_micro; /* sum */
	uint32_t n_rated;

	/* Bookkeeping of the store's table, not part of the record. */
	struct boilerplate
		*boilerplate; /* see store_load_boilerplate(); NULL: not loaded */
	uint32_t n_refs;
	bool dirty;
	bool exists;
};

void host_init(struct host *host);
void host_release(struct host *host);
/* `copy` is initialised; it gets the key and the record, not the store's bookkeeping. After
 * an error it holds no memory. */
MUST_CHECK enum err host_copy(struct host *copy, const struct host *host);
MUST_CHECK enum err host_encode(const struct host *host, struct buf *out);
MUST_CHECK enum err host_decode(struct span bytes, struct host *host);
uint64_t host_n_pages(const struct host *host);

#endif
