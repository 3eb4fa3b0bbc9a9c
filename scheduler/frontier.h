/*
 * frontier.h - which page is visited next: the most urgent one whose host is ready.
 *
 * Pages wait in the store, not in memory: what is kept here grows with the classes in use
 * and the hosts in play. Nothing here reads a clock or a socket; nothing is taken out of
 * the store's queue until the visit is committed, so what was in flight when a process died
 * is simply still due.
 *
 * The queue has a class 0, whose pages have an instant at which they are due (new ones,
 * retries, those with bounds of their own; the longest overdue is first), and classes of
 * pages that wait for their turn since their last visit. In order of urgency:
 *
 *   1. what waits in memory for this very host (redirects, robots.txt);
 *   2. pages of class 0 that are due;
 *   3. starved pages: of which a run has not thought for ten rounds of the budget (N/R), or
 *      of their host (its pages times its delay) if that is longer; or not within the
 *      greatest interval, where that asks for a quarter of the budget at most;
 *   4. the page of greatest value by the policy.
 *
 * Nothing is visited within the least interval. A class (classes.h) is a queue, and the best
 * of the heads is the best of all pages. Of a class with few pages it is the very best one
 * that is at its head; where many have waited for nearly as long, the order is exact up to
 * classes.
 *
 * A page whose host is not ready is held for it in memory, the best ones first, or parked
 * in the store when there are many. The best one held for a host that is ready competes
 * with all others.
 *
 * `once` is "everything due now": due in class 0, or left alone for longer than the
 * interval that its class deserves at the price in `schedule`. Never fetched pages are in
 * class 0 and so come first. `force` takes everything, due or not, once.
 *
 * Hosts at one address share a server, whose places they take in turns (REQ 53).
 *
 * A clock that steps makes no storm and no stall (REQ 92): budget and delays hold whatever
 * it says, and a page that seems to have been visited in the future has waited for as long
 * as its class does.
 */
#ifndef SCHEDULER_FRONTIER_H
#define SCHEDULER_FRONTIER_H

#include "scheduler/policy.h"
#include "scheduler/politeness.h"
#include "store/store.h"

/* What the configuration says of one host. */
struct frontier_rules {
	int64_t delay_ms; /* least time between two requests, as the host sees them */
	/* Requests at a time (REQ 53). Of several the delay is kept between their starts: that
	 * one went out late (a slow connection) is known by its end, and the next may be out. */
	int per_host;
	/* The same to one address, of all hosts there, of which each start holds up the next
	 * for a share of delay_ms; never less than per_host. 0: addresses do not matter. */
	int per_address;
	bool unwanted; /* leave its pages alone */
};

/* What decides. context.n_pages is kept up to date here. */
struct frontier_schedule {
	const struct policy *policy;
	struct policy_context context;
	int64_t min_interval_ms;
	int64_t max_interval_ms; /* 0: none */
};

struct frontier_config {
	struct frontier_schedule schedule;
	struct politeness_config politeness;
	bool force; /* visit every page once, due or not, and then what is due */
	bool once;  /* see what is due when the frontier is made, and no more */
	/* After an unclean end nobody is sure when a host was last asked: wait one delay. */
	bool last_end_was_unclean;
	/* Fills in what holds for `host`; asked when a host comes into play. */
	void (*rules)(void *context, const struct host *host,
		      struct frontier_rules *rules);
	/* Is this page to be visited at all? NULL: every page is. */
	bool (*wants)(void *context, const struct page_key *key);
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
	/* It is `entry` that the store has, no other one of the page; as long as
	 * frontier_has_parked() says no. */
	bool certain;
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
/* Must frontier_host_at() be told before a request to the host, which has a job out? */
bool frontier_knows_address(const struct frontier *frontier, const struct host *host);
/* This is where the host answers; "": it cannot be known. *may_start: the address has room
 * for the job that is out; else it goes back (frontier_put_back(), or frontier_finished()
 * and frontier_wait()). May be told again when it has moved. ERR_NOMEM. */
MUST_CHECK enum err frontier_host_at(struct frontier *frontier, const struct host *host,
				     struct span address, bool *may_start);
/* The job of this page ends before it began: the page is held for its host. */
MUST_CHECK enum err frontier_put_back(struct frontier *frontier, struct host *host,
				      const struct queue_entry *entry);
/* When the address of a host in play may be asked, by what was asked of it so far; 0: at
 * once, or it is not known. */
int64_t frontier_address_at_ms(const struct frontier *frontier, const struct host *host);
/* A request of the job starts now. */
void frontier_started(struct frontier *frontier, struct host *host, int64_t now_ms);
/* ... and went out so: to be told before the job ends, once it is known where the host is. */
void frontier_sent(struct frontier *frontier, struct host *host,
		   const struct politeness_sending *sending);
/* The job has ended; politeness_answered() was told of its answers. */
void frontier_finished(struct frontier *frontier, struct host *host);
/* No page of this host is handed out while it is closed (robots.txt is being read); what
 * waits for it is: it may be the very robots.txt, after a redirect. It must have a job out. */
void frontier_close(struct frontier *frontier, struct host *host, bool closed);
/* The clock was set, by so much, and a turn by the new time is next: what hosts wait for
 * stays as far away as it was, also of those that are not in play (a walk over all hosts:
 * 3 us for each). Nothing may be pending in the store; what is moved is, then. */
MUST_CHECK enum err frontier_clock_stepped(struct frontier *frontier, int64_t step_ms);
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
/* Have pages of the host been parked? Then one that is out may be among them: its entry was
 * read once more. */
bool frontier_has_parked(const struct frontier *frontier, const struct host_key *key);
/* The host's Crawl-delay may have changed: before its job ends, or it is opened again. */
void frontier_delay_changed(const struct frontier *frontier, struct host *host);
/* The rules have changed: asks for those of every host in play anew. */
void frontier_reload(struct frontier *frontier);
/* A page was put into the queue (after a visit, a seed, a recheck), or several pages, the
 * first at `position`: they are seen after the next frontier_committed(). */
void frontier_wake(struct frontier *frontier, const struct queue_position *position);
/* Settings have changed. */
void frontier_set_schedule(struct frontier *frontier,
			   const struct frontier_schedule *schedule);
/* The same for manners; frontier_reload() then asks the rules of each host anew. */
void frontier_set_politeness(struct frontier *frontier,
			     const struct politeness_config *politeness);
/* What a visit must be worth at present: a running mean over the last picks. 0: not known,
 * or the policy has no price. */
double frontier_price(const struct frontier *frontier);
/* How many requests a byte is worth at present; 0: there is no limit of bytes. */
double frontier_requests_per_byte(const struct frontier *frontier);
/* A host's record was changed from outside (paused, released): its turn is reckoned anew. */
void frontier_host_changed(struct frontier *frontier, const struct host_key *key);
size_t frontier_n_hosts(const struct frontier *frontier);

#endif
