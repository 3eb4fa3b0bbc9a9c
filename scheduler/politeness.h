/*
 * politeness.h - when a host may be asked again. Works on the host's record alone, so it
 * holds over restarts (REQ 53-56).
 */
#ifndef SCHEDULER_POLITENESS_H
#define SCHEDULER_POLITENESS_H

#include "store/host.h"
#include "store/observation.h"

struct politeness_config {
	int64_t host_delay_ms;      /* start of one request to start of the next */
	int64_t max_crawl_delay_ms; /* REQ 51: robots.txt cannot ask for more */
	int64_t retry_min_ms, retry_max_ms; /* REQ 56 */
};

/* Instant that never comes. */
#define POLITENESS_NEVER INT64_MAX

/* The delay in force: ours, raised by the host's Crawl-delay (REQ 51). */
int64_t politeness_delay_ms(const struct politeness_config *config,
			    const struct host *host);

/* When the host may be asked next; POLITENESS_NEVER while paused. `force` passes over our
 * own back-off, never over Retry-After (REQ 55) or the delay. */
int64_t politeness_ready_at_ms(const struct host *host, bool force);

/* Before a host is asked for its turn, by a clock that may have been set back since its
 * last request: that does not make the delay longer (REQ 92). */
void politeness_go_by(struct host *host, int64_t now_ms);

/* Does the host wait for an instant (other than the end of a pause)? */
bool politeness_waits(const struct host *host, int64_t now_ms);
/* The clock was set by so much when it said `was_ms`: what the host waits for is as far away
 * as it was (REQ 92). */
void politeness_clock_stepped(struct host *host, int64_t was_ms, int64_t step_ms);

/* ... or was ahead for who knows how long: the host rests no longer than a day, either, which is
 * the most that a Retry-After can ask for (REQ 55). */
void politeness_clock_was_ahead(struct host *host, int64_t now_ms);

/* The delay in force may not be the one under which the last request started: the next one
 * keeps the new one. */
void politeness_delay_changed(const struct politeness_config *config, struct host *host);

/* A request starts now. */
void politeness_started(const struct politeness_config *config, struct host *host,
			int64_t now_ms);
/* By its end it is known how it went, and the delay is counted as the origin sees it: not
 * from when a connection was to be made, but from when the origin got the request. That is
 * after it was sent and before an answer came (or none did). */
struct politeness_sending {
	int64_t sent_at_ms, heard_at_ms;
};
void politeness_sent(struct host *host, const struct politeness_sending *sending);
/* No request follows such a one before this, by that delay. 0: at once. */
int64_t politeness_next_at_ms(const struct politeness_sending *sending, int64_t delay_ms);

/* How the answer counts for the host as a whole. */
enum host_health {
	HEALTH_GOOD, /* it answers */
	HEALTH_SOFT, /* it was slow, broke off or had an error: five in a row mean the host */
	HEALTH_HARD, /* it could not be reached, or says it is unavailable: three in a row */
	HEALTH_BEGS, /* it asks us to slow down: at once */
	HEALTH_DENIED, /* it will not let us in: a locked corner, but twenty in a row a wall */
};

/* Back-off of the host after an answer; `retry_after_ms` 0: none given. */
void politeness_answered(const struct politeness_config *config, struct host *host,
			 enum host_health health, int64_t retry_after_ms, int64_t now_ms);

#endif
