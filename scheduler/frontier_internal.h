/*
 * frontier_internal.h - what the frontier's files share; nobody else includes it.
 *
 * frontier_rank.c says how urgent something is and finds the most urgent; frontier_fifo.c
 * reads the queue, one FIFO a class; frontier_play.c keeps the hosts in play and the pages
 * held for them, frontier_server.c what hosts at one address share, frontier_clock.c what
 * clocks do to all that; frontier.c hands out.
 *
 * What may be next is a head: the first page of a class, or the best page held for a host
 * that is ready. There are some 700 heads and their values all grow with time, so they are
 * not kept in order. A heap has them by the best rank that they can have until a horizon a
 * little ahead; a search from its top reckons only those that may still be the best now.
 */
#ifndef SCHEDULER_FRONTIER_INTERNAL_H
#define SCHEDULER_FRONTIER_INTERNAL_H

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include <stddef.h>

#include "scheduler/cost.h"
#include "scheduler/frontier.h"
#include "scheduler/heap.h"

#define N_QUEUE_CLASSES 0x10000
#define FIFO_BATCH 64 /* entries read from a class at a time */
/* So many of a class's first pages compete by what they are exactly worth: of two the one
 * visited later may be worth more. */
#define FIFO_WINDOW 8

/* Ranks: the smallest is first. What waits before pages that are due, those before starved
 * ones, those before all others by value. */
#define RANK_FIRST INT64_MIN
#define RANK_NEVER INT64_MAX /* not now */

struct waiting {
	struct waiting *next;
	void *item;
	int64_t ready_at_ms; /* of one that is given up */
};

struct head {
	struct heap_node node; /* in frontier.best */
	bool is_play;
};

static inline struct head *frontier_head_of(struct heap_node *node)
{
	return (struct head *)(void *)((char *)node - offsetof(struct head, node));
}

/* A class of the queue, as far as it was read. */
struct fifo {
	struct head head; /* in the heap while `batch` has an entry */
	struct fifo *next_woken;
	uint16_t class;
	bool woken; /* something was put into it and is not committed yet */
	bool exhausted, has_read_to;
	int64_t woken_ms, read_from_ms;
	struct queue_entry read_to; /* the last one read */
	size_t n, from;
	size_t best; /* the next one, as the rank was last reckoned; SIZE_MAX: never yet */
	struct queue_entry batch[FIFO_BATCH];
};

/* A page held for its host; position.parked: in the store, else still in the queue. */
struct held {
	uint64_t url_hash;
	struct queue_position position;
	struct page_worth worth;
};

/* What answers at one address. */
struct server {
	UT_hash_handle hh;
	int64_t next_at_ms; /* no request to it starts before */
	int64_t delay_ms;   /* of the last one */
	int n_plays, n_out; /* hosts in play, their jobs that are out */
	int n_admitted;     /* hosts that have a place and no job in it yet */
	struct play *line;  /* that are ready and wait for a place */
	bool is_admitting;
	char address[];
};

/* A host in play: it has a job out, or pages or others wait for its turn. */
struct play {
	UT_hash_handle hh;
	uint8_t key[HOST_KEY_SIZE];
	struct host *host;
	struct head head;      /* in the heap while the host is ready for something */
	struct heap_node turn; /* in frontier.turns until then */
	struct waiting *first, *last;
	int n_waiting;
	struct held *held; /* the best first */
	size_t n_held, held_from, held_room;
	bool has_parked;   /* there are more in the store */
	bool wants_commit; /* ... which cannot be read before the next commit */
	uint64_t
		touched_commit; /* a parked page was last handed out or parked before this one */
	int64_t idle_until_ms; /* none of the parked ones is due sooner */
	struct play *next_wanting;
	int n_out;
	bool closed;
	bool knows_address, admitted, in_line;
	struct server *server; /* NULL: not known */
	struct play *line_prev, *line_next;
	struct frontier_rules rules;
};

struct frontier {
	struct store *store;
	struct frontier_config config;
	int64_t now_ms, started_at_ms;
	int64_t asked_at_ms; /* by the run before, the last time; 0: never */
	bool frozen;         /* the queue is read as it was at first */
	bool all;            /* forced: due or not */
	int64_t not_before_ms;
	struct play *plays, *wanting;
	struct server *servers;
	unsigned sweep_servers_at;
	struct heap turns, best;
	struct waiting *given_up;
	struct fifo **fifos; /* N_QUEUE_CLASSES, or NULL for each */
	struct fifo *woken;
	bool must_discover; /* for want of memory a class was not noted */
	uint64_t n_commits;
	int64_t *waits_ms; /* once: by class, how long its pages are left alone */
	enum err failure;  /* of something that could not return it */
	double price;
	struct cost_exchange exchange;
	double requests_per_byte; /* of the exchange, at which the heads are ranked */
	int64_t floor_ms;         /* after which a page is starved; 0: never */
	/* the horizon of the ranks in `best` */
	int64_t horizon_from_ms, horizon_ms, horizon_length_ms;
	size_t n_picks;
};

/* frontier_rank.c */

/* The rank of a page at `at_ms`, and whether it is one of value. `host` may be NULL: only
 * what holds for all hosts is then known. */
int64_t frontier_rank(struct frontier *frontier, const struct queue_position *position,
		      const struct page_worth *worth, const struct host *host,
		      int64_t at_ms);
/* The best rank that any page of the class can have that stands behind `position`. */
int64_t frontier_rank_behind(struct frontier *frontier,
			     const struct queue_position *position,
			     const struct host *host, int64_t at_ms);
bool frontier_rank_is_of_value(int64_t rank);
bool frontier_rank_is_starved(int64_t rank);
/* When a page that is not due now will be, for waiting only. */
int64_t frontier_due_at_ms(struct frontier *frontier,
			   const struct queue_position *position);
/* Puts a head into the heap by the best rank it may have, or at its new place. */
MUST_CHECK enum err frontier_put_head(struct frontier *frontier, struct head *head);
/* The head of smallest rank now; NULL: nothing can be handed out. */
struct head *frontier_best_head(struct frontier *frontier, int64_t now_ms);
/* The soonest instant at which one of the heads can be handed out. */
int64_t frontier_heads_due_at_ms(struct frontier *frontier);

/* frontier_fifo.c */
MUST_CHECK enum err frontier_discover(struct frontier *frontier);
/* Takes the FIFO's best entry. */
MUST_CHECK enum err frontier_take(struct frontier *frontier, struct fifo *fifo,
				  struct queue_entry *entry);
MUST_CHECK enum err frontier_read_woken(struct frontier *frontier);
MUST_CHECK enum err frontier_read_anew(struct frontier *frontier);
bool frontier_has_entries(const struct frontier *frontier);
void frontier_free_fifos(struct frontier *frontier);

/* frontier_play.c */
struct play *frontier_find_play(const struct frontier *frontier,
				const struct host_key *key);
/* Brings the host into play. ERR_NOT_FOUND: it has no record, and `name` is empty. */
MUST_CHECK enum err frontier_get_play(struct frontier *frontier,
				      const struct host_key *key, struct span name,
				      struct play **play);
/* Is `err` of that about the one host's record, missing or damaged? Then its pages are
 * passed over, verify names it, and the others go on (REQ 82). */
static inline bool frontier_host_is_lost(enum err err)
{
	return err == ERR_NOT_FOUND || err == ERR_CORRUPT || err == ERR_NEWER;
}
int64_t frontier_ready_at_ms(const struct frontier *frontier, const struct play *play);
bool frontier_has_pages(const struct play *play);
/* Puts the host where its state wants it: among the heads, among the turns to come, or out
 * of play (and `play` is gone). */
MUST_CHECK enum err frontier_settle(struct frontier *frontier, struct play *play);
/* Its parked pages can only be read after the next commit. */
void frontier_want_commit(struct frontier *frontier, struct play *play);
/* Keeps the page until the host is ready: in memory, or parked in the store. */
MUST_CHECK enum err frontier_hold(struct frontier *frontier, struct play *play,
				  const struct queue_entry *entry);
struct queue_entry frontier_next_held(const struct play *play);
void frontier_drop_held(struct frontier *frontier, struct play *play);
/* Reads the best of the host's parked pages. */
MUST_CHECK enum err frontier_read_parked(struct frontier *frontier, struct play *play);
MUST_CHECK enum err frontier_bring_in_parked(struct frontier *frontier);
/* The same where an error can only be seen later. */
void frontier_settle_later(struct frontier *frontier, struct play *play);
bool frontier_give_up(struct frontier *frontier, struct waiting *waiting,
		      int64_t ready_at_ms);
void frontier_free_plays(struct frontier *frontier);

/* frontier_clock.c: of hosts in play a clock that was set back makes no delay longer. */
void frontier_go_by(struct frontier *frontier, int64_t now_ms);

/* frontier_server.c */

/* The host is ready: has it a place at its server? Else it stands in line, and is settled
 * when it gets one. */
bool frontier_enter(struct play *play);
/* It is not ready any more, or has nothing to ask for. */
void frontier_step_back(struct frontier *frontier, struct play *play);
/* A job of the host is handed out, or has ended. */
void frontier_take_place(struct play *play);
void frontier_give_place_back(struct frontier *frontier, struct play *play);
/* Could one be handed out now, as far as the server goes? */
bool frontier_server_is_free(const struct frontier *frontier, const struct play *play);
/* When the server may be asked. */
int64_t frontier_server_at_ms(const struct play *play);
void frontier_server_started(struct play *play, int64_t now_ms);
void frontier_server_sent(struct play *play, const struct politeness_sending *sending);
/* Out of play. */
void frontier_leave_server(struct frontier *frontier, struct play *play);
void frontier_servers_go_by(struct frontier *frontier);
void frontier_servers_clock_stepped(struct frontier *frontier, int64_t was_ms,
				    int64_t step_ms);
/* The rules of all hosts have been asked for anew. */
void frontier_servers_reload(struct frontier *frontier);
void frontier_free_servers(struct frontier *frontier);

#endif
