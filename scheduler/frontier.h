/*
 * frontier.h - which page is visited next: due, its host ready, the most urgent first.
 *
 * Pages wait in the store, not in memory: what is kept here grows with the hosts in play.
 * A page whose host is not ready is held for it, or parked in the store when many are.
 * Nothing here reads a clock or a socket; nothing is taken out of the store's queue until
 * the visit is committed, so what was in flight when a process died is simply still due.
 */
#ifndef SCHEDULER_FRONTIER_H
#define SCHEDULER_FRONTIER_H

#include "scheduler/politeness.h"
#include "store/store.h"

/* What the configuration says of one host. */
struct frontier_rules {
	int64_t delay_ms; /* least time between the starts of two requests */
	int per_host;     /* requests at a time (REQ 53) */
	bool unwanted;    /* leave its pages alone */
};

struct frontier_config {
	struct politeness_config politeness;
	bool force; /* visit every page once, due or not, and then what is due */
	bool once;  /* see what is due when the frontier is made, and no more */
	/* After an unclean end nobody is sure when a host was last asked: wait one delay. */
	bool last_end_was_unclean;
	/* Fills in what holds for `host`; asked when a host comes into play. */
	void (*rules)(void *context, const struct host *host,
		      struct frontier_rules *rules);
	void *context;
};

enum job_kind {
	JOB_NONE,     /* nothing can start before next_at_ms */
	JOB_PAGE,     /* visit the page of `entry` */
	JOB_WAITING,  /* go on with `waiting`, handed in by frontier_wait() */
	JOB_GIVEN_UP, /* `waiting` would wait for longer than WAITING_MAX_MS: no host */
};

struct job {
	enum job_kind kind;
	struct host *host; /* borrowed: valid until the job is finished */
	struct queue_entry entry;
	void *waiting;
	/* JOB_NONE: POLITENESS_NEVER if nothing waits at all. JOB_GIVEN_UP: when its host
	 * could be asked; POLITENESS_NEVER if it is paused, unwanted or, once, backing off. */
	int64_t next_at_ms;
};

/* The longest that something waits for its host in memory. */
#define WAITING_MAX_MS INT64_C(600000)

struct frontier;

MUST_CHECK enum err frontier_new(struct store *store,
				 const struct frontier_config *config, int64_t now_ms,
				 struct frontier **frontier);
void frontier_free(struct frontier *frontier);

/* The most urgent job that can start now. A job takes one of its host's places until
 * frontier_finished(), whether or not it came to a request. A page may be handed out that
 * is already out, or stands elsewhere by now (after frontier_wake(), or before a commit):
 * compare job->entry with the page's record. */
MUST_CHECK enum err frontier_next(struct frontier *frontier, int64_t now_ms,
				  struct job *job);
/* A request of the job starts now. */
void frontier_started(struct frontier *frontier, struct host *host, int64_t now_ms);
/* The job has ended; politeness_answered() was told of its answers. */
void frontier_finished(struct frontier *frontier, struct host *host);
/* No page of this host is handed out while it is closed (robots.txt is being read); what
 * waits for it is: it may be the very robots.txt, after a redirect. It must have a job out. */
void frontier_close(struct frontier *frontier, struct host *host, bool closed);
/* The store has committed: what was pending can be read. */
void frontier_committed(struct frontier *frontier);
/* Something of the caller's waits until the host may be asked (a redirect's next hop, a
 * page whose robots.txt must come first): it comes back as JOB_WAITING, before any page, or
 * as JOB_GIVEN_UP where that would take too long. `key`, `name`: the host, which may be
 * new. ERR_NOMEM. */
MUST_CHECK enum err frontier_wait(struct frontier *frontier, const struct host_key *key,
				  struct span name, void *waiting);
/* The politeness in force for a host. */
struct politeness_config frontier_politeness(const struct frontier *frontier,
					     const struct host *host);
/* The rules have changed: asks for those of every host in play anew. */
void frontier_reload(struct frontier *frontier);
/* Pages were put into the queue (after a visit, a seed, a recheck), the soonest at
 * `at_ms`. To be called when that is committed: what is pending cannot be read. */
void frontier_wake(struct frontier *frontier, int64_t at_ms);
/* A host's record was changed from outside (paused, released): its turn is reckoned anew. */
void frontier_host_changed(struct frontier *frontier, const struct host_key *key);
size_t frontier_n_hosts(const struct frontier *frontier);

#endif
