/*
 * loop_internal.h - what the loop_*.c files share; nobody else includes it.
 *
 * loop.c turns and waits, loop_frontier.c has the frontier made, loop_visit.c takes one page
 * from its job to its verdict, loop_answer.c what comes in, loop_address.c where it is,
 * loop_robots.c answers "may we?", loop_record.c writes down what a visit learned,
 * loop_archive.c what was said on the wire.
 */
#ifndef TOOLS_LOOP_INTERNAL_H
#define TOOLS_LOOP_INTERNAL_H

#include <signal.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "crawler/document.h"
#include "crawler/profile.h"
#include "crawler/robots.h"
#include "crawler/fetcher.h"
#include "scheduler/budget.h"
#include "scheduler/frontier.h"
#include "scheduler/plan.h"
#include "scheduler/prospect.h"
#include "store/base/pool.h"
#include "tools/damage.h"
#include "tools/edit.h"
#include "tools/loop.h"

#define HOPS_MAX 50

/* One visit, or one reading of a robots.txt, on its way. */
struct flight {
	UT_hash_handle hh; /* in loop.flights, or loop.polls, by key; not of robots.txt */
	struct flight *next; /* in robots_entry.waiting, polling.unread or loop.idle */
	uint8_t key[PAGE_KEY_SIZE];
	bool is_robots;
	struct poll *poll; /* of a source; NULL: it is none */
	bool forgotten;    /* by the user, while it was away */
	bool looks_up;     /* its host's address, before it may ask */
	bool waits;        /* for a host or its robots.txt: counted in loop.n_waiting */
	struct page page;
	struct host *owner;   /* of the page, or whose robots.txt it is */
	struct host *at_host; /* that the present hop is asked of; NULL: none out */
	struct buf url;       /* of the present hop */
	struct buf hops, moved_to;
	uint64_t seen[HOPS_MAX + 2]; /* hashes of the URLs asked: loops end at once */
	int n_hops;
	bool asked_again;    /* since an answer was unproven, or lost: transport.h */
	bool for_good;       /* every hop so far was permanent */
	struct asking asked; /* of the present hop */
	bool etag_sent, date_sent;
	uint16_t n_requests;
	int64_t wire_bytes, first_us;
	double reserved_bytes; /* taken from loop.bytes for the present hop */
	struct buf headers; /* conditions sent, then what the settings add for the host */
	size_t n_conditions;            /* so many bytes are conditions */
	struct flight_archive *archive; /* NULL until `--warc` needs it */
	struct fetch_result result;
	struct document document;
	bool compared; /* document_compare() has had its look, with: */
	/* What a worker needs of the settings, which may be replaced while it is at work. */
	size_t max_body;
	bool keeps_no_body;
	uint32_t epoch;                 /* of the parser and of: */
	struct buf ignore;              /* ... what is not read, see html.h */
	struct buf known;               /* ... the stored body, as the store keeps it */
	struct boilerplate boilerplate; /* ... and what the host repeats */
	struct loop *loop;              /* for the worker's scratch memory */
};

/* A host's robots.txt, parsed, while the host is in play. */
struct robots_entry {
	UT_hash_handle hh;
	uint8_t key[HOST_KEY_SIZE];
	struct robots *robots;
	int64_t read_at_ms;     /* of the record that it was made from */
	struct flight *waiting; /* pages that wait for its reading */
	struct flight *reader;  /* NULL: it is not being read */
};

#define ENDED_MAX 64

/* What the polls of sources share. */
struct polling {
	struct flight *unread, **unread_end; /* answers that wait for memory, by `next` */
	int64_t n_bytes;                     /* that the documents take, at the most */
	int64_t walked_ms;          /* how far those that are due have been walked */
	struct page_key walked_key; /* ... up to this one */
	struct host_key ended[ENDED_MAX]; /* hosts whose next source may be polled */
	int n_ended;
};

struct control_server;

struct loop {
	struct loop_config config;
	const struct settings *settings;
	struct store *store;
	struct frontier *frontier;
	struct fetcher *fetcher;
	struct pool *pool;
	struct document_worker **workers; /* one per worker */
	struct control_server *control;
	struct archive *archive; /* NULL: no `--warc` */
	struct budget budget, bytes;
	struct plan_config plan;
	struct flight *flights, *idle;
	struct flight *polls; /* of sources */
	struct polling polling;
	struct flight *forgotten; /* flights of pages that were deleted meanwhile */
	struct robots_entry *robots;
	struct buf user_agent;
	int n_in_flight; /* flights with a request out or a body with the workers */
	int n_flights;   /* ... and those that wait for a host ... */
	int n_applying;  /* polls whose news are being carried out */
	int n_waiting; /* ... which are so many, and take no place of fetch.concurrency */
	int64_t now_ms, started_at_ms, next_job_at_ms;
	int64_t committed_at_ms, stop_at_ms;
	int64_t polls_at_ms;   /* when a poll may begin */
	int64_t clock_lead_ms; /* of the clock before one that is never set */
	int64_t ahead_ms; /* so far it was ahead before it was set back, for all we know */
	bool starts_anew; /* nothing begins until nothing is out, and that is taken back */
	struct clock_reading {
		int64_t at_ms;          /* the clock's last answer, */
		int64_t before_ms;      /* ... a virtual one's before it was moved, */
		int64_t from_us, to_us; /* ... given between these two, monotonic */
	} reading;
	bool worked;      /* since the last wait */
	bool woken;       /* an order has moved a page that waits for its turn */
	bool must_commit; /* see loop_told_to_wait() */
	bool failed_visit, done;
	enum err failure; /* of something called back, seen by the next turn */
	struct loop_tally tally;
	struct damage damage; /* records met that cannot be read */
	volatile sig_atomic_t stops, reload;
	const struct settings *volatile new_settings;
};

/* loop_fetcher.c */
enum err loop_make_fetcher(struct loop *loop, struct why *why);

/* loop.c */
struct editor loop_editor(struct loop *loop);
struct page *loop_page_in_flight(void *loop, const struct page_key *key);

MUST_CHECK enum err loop_commit(struct loop *loop);
/* Is there a reason that nothing more may begin? */
bool loop_begins_nothing(const struct loop *loop);
/* A server has just said that it is not to be asked before `until_ms`: that is committed in
 * this turn, so it holds whenever we are killed (REQ 54, 55). Where `delay_ms` between its
 * requests lasts for as long there is no need: a run after an unclean end begins with it. */
void loop_told_to_wait(struct loop *loop, int64_t until_ms, int64_t delay_ms);

/* loop_frontier.c */
void loop_take_settings(struct loop *loop, const struct settings *settings);
/* The new settings, with a frontier that is there. */
void loop_reload(struct loop *loop);
bool loop_host_is_wanted(const struct loop *loop, const struct host *host);
/* Notes that a run is at work, and makes the frontier. */
MUST_CHECK enum err loop_begin(struct loop *loop);
/* Nothing is out any more; whatever else there is is still due. */
void loop_drop_flights(struct loop *loop);
/* Nothing is out: goes on as another run would, by a clock that was put right, for nobody
 * holds what is taken back. A walk over all pages, as at the beginning of a run. */
MUST_CHECK enum err loop_start_anew(struct loop *loop);

/* loop_clock.c */
void loop_start_clock(struct loop *loop);
/* Sets now_ms, once a turn and after each wait. */
MUST_CHECK enum err loop_read_time(struct loop *loop);
/* Something has come in at `us` of clock_monotonic_us(): that is now, if it is later. */
void loop_time_passed(struct loop *loop, int64_t us);
/* By our clock it was at `us`, and not later than this. */
int64_t loop_latest_ms(const struct loop *loop, int64_t us);
/* A request went out then. */
void loop_note_request(struct loop *loop, int64_t at_ms);
/* Before the frontier is made: what is dated later than now, by a clock that was so far ahead
 * (0: it was not), unless somebody must decide that. */
MUST_CHECK enum err loop_take_back(struct loop *loop, int64_t ahead_ms);

/* loop_visit.c */
/* When both budgets allow the next request. */
int64_t visit_affordable_at_ms(struct loop *loop);
/* Has the page one of the tags that were asked for? */
bool page_is_wanted(void *loop, const struct page_key *key);
MUST_CHECK enum err visit_begin(struct loop *loop, const struct job *job);
MUST_CHECK enum err visit_go_on(struct loop *loop, struct flight *flight,
				struct host *host);
/* The flight would have to wait for too long; its host is ready at `ready_at_ms`. */
MUST_CHECK enum err visit_give_up(struct loop *loop, struct flight *flight,
				  int64_t ready_at_ms);
/* An answer to its present hop; FETCH_STOPPED: it never happened. */
MUST_CHECK enum err visit_answered(struct loop *loop, struct flight *flight);
MUST_CHECK enum err visit_judged(struct loop *loop, struct flight *flight, bool ran);
struct flight *flight_new(struct loop *loop);
void flight_free(struct loop *loop, struct flight *flight);
/* Gives the present hop's host its place back. */
void flight_leave_host(struct loop *loop, struct flight *flight);
/* The flight begins or ceases to wait. */
void flight_waits(struct flight *flight, bool waits);
/* Waits for that host; it comes back through visit_go_on() or visit_give_up(). */
MUST_CHECK enum err flight_wait(struct loop *loop, struct flight *flight,
				const struct host_key *key, struct span name);
/* Asks for flight->url now, of flight->at_host. */
MUST_CHECK enum err flight_fetch(struct loop *loop, struct flight *flight);
/* Makes flight->url the target of a redirect. *moved: there was one, and the flight now
 * waits for its host; else `why` says what is wrong with it ("" if the answer was none). */
MUST_CHECK enum err flight_redirect(struct loop *loop, struct flight *flight, bool *moved,
				    struct why *why);

/* loop_answer.c */
void answer_fetched(void *loop, struct fetch_result *result); /* transport_done */

/* loop_address.c */
/* Has the address of `host` room for the flight? Else it has been taken, and comes back
 * through visit_go_on() or the queue; so it does where the address must be found first. */
MUST_CHECK enum err address_permit(struct loop *loop, struct flight *flight,
				   struct host *host, bool *permitted);
/* The look-up has ended. */
MUST_CHECK enum err address_found(struct loop *loop, struct flight *flight);
/* A connection was made: that is where the host is. */
MUST_CHECK enum err address_seen(struct loop *loop, struct flight *flight);

/* loop_robots.c */
enum permission { PERMITTED, FORBIDDEN, ASKING };
/* May the flight's present URL be asked of `host`? ASKING: the flight has been taken and
 * comes back through frontier_wait(). `detail` (of FORBIDDEN) says which line. */
MUST_CHECK enum err robots_permit(struct loop *loop, struct flight *flight,
				  struct host *host, enum permission *permission,
				  struct why *detail);
MUST_CHECK enum err robots_fetched(struct loop *loop, struct flight *flight);
void robots_free_all(struct loop *loop);

/* loop_poll.c */
/* Begins the polls that are due; carries out some of the news of those that have ended. */
MUST_CHECK enum err polls_turn(struct loop *loop);
void polls_free_all(struct loop *loop);
/* For flight_free(). */
void polls_free_flight(struct loop *loop, struct flight *flight);
MUST_CHECK enum err poll_conditions_add(struct loop *loop, struct flight *flight);
MUST_CHECK enum err poll_fetched(struct loop *loop, struct flight *flight);
MUST_CHECK enum err poll_judged(struct loop *loop, struct flight *flight, bool ran);
MUST_CHECK enum err poll_blocked(struct loop *loop, struct flight *flight,
				 const struct why *detail);
MUST_CHECK enum err poll_give_up(struct loop *loop, struct flight *flight,
				 int64_t ready_at_ms);
/* The host's robots.txt names these sitemaps, each ended by LF. */
MUST_CHECK enum err polls_found(struct loop *loop, struct host *host,
				struct span sitemaps);

/* loop_compare.c */
/* Readies the flight for its page's text: the rules of its host, and the version of them and
 * of the parser (REQ 35). */
MUST_CHECK enum err compare_ready(struct loop *loop, struct flight *flight);
/* Takes a closer look at a page whose text seems to be another. *taken: the flight has been,
 * and comes back through visit_judged(). */
MUST_CHECK enum err compare_begin(struct loop *loop, struct flight *flight, bool *taken);
/* What a visit teaches of its host's boilerplate; before page_observe(). */
MUST_CHECK enum err compare_teach(struct loop *loop, struct flight *flight,
				  const struct observation *o);

/* loop_profile.c */
/* Decides how to ask for flight->url and adds the conditions to its headers. */
MUST_CHECK enum err conditions_add(struct loop *loop, struct flight *flight);
/* What the answer tells of the host that gave it; before page_observe(). */
MUST_CHECK enum err profile_record(struct loop *loop, struct flight *flight,
				   struct observation *o);

/* loop_record.c */
MUST_CHECK enum err record_visit(struct loop *loop, struct flight *flight,
				 struct observation *o);
/* Puts the page back if its least interval has not passed. */
MUST_CHECK enum err record_too_soon(struct loop *loop, struct flight *flight,
				    bool *too_soon);
/* Makes loop.plan fit for pages of the host. */
void record_refresh_plan(struct loop *loop, const struct host *host);
MUST_CHECK enum err record_blocked(struct loop *loop, struct flight *flight,
				   const struct host *host, const struct why *detail);

/* loop_archive.c: all of it does nothing without `--warc`. */
MUST_CHECK enum err archive_open(struct loop *loop, struct why *why);
/* Finishes the file. */
MUST_CHECK enum err archive_close(struct loop *loop);
void archive_free(struct loop *loop);
/* What went wrong with it; "" if nothing. */
const char *archive_failure(const struct loop *loop);
void archive_flight_clear(struct flight_archive *archive); /* NULL is allowed */
void archive_flight_free(struct flight_archive *archive);  /* likewise */
/* What it wants to know of each fetch. */
enum trace_kind archive_trace(const struct loop *loop);
/* Writes an answer down with which no visit ends: a redirect, or robots.txt. */
MUST_CHECK enum err archive_hop(struct loop *loop, struct flight *flight);
/* An answer with which the visit ends. *needs_worker: archive_work() must be called from a
 * worker; it may be in any case, behind document_read(). */
MUST_CHECK enum err archive_prepare(struct loop *loop, struct flight *flight,
				    bool *needs_worker);
MUST_CHECK enum err archive_work(struct flight *flight, unsigned worker);
/* Writes it down, now that it has been judged. */
MUST_CHECK enum err archive_visit(struct loop *loop, struct flight *flight,
				  const struct observation *o);
/* Notes, in the visit's own commit, where the archive has the page's content. */
MUST_CHECK enum err archive_note(struct loop *loop, const struct flight *flight,
				 const struct observation *o);

#endif
