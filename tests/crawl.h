/*
 * crawl.h - a frontier over a store in memory, for unit tests: pages with a posterior of
 * our choice, visits that take no time, and a clock of our own. No loop, no network.
 */
#ifndef TESTS_CRAWL_H
#define TESTS_CRAWL_H

#include "scheduler/frontier.h"
#include "scheduler/rate.h"

#define CRAWL_START_MS INT64_C(1790000000000)

struct crawl {
	struct store *store;
	struct frontier *frontier;
	struct frontier_config config;
	int64_t now_ms;
	float changed_bytes;     /* of pages to be added: what their bodies cost */
	bool worths_are_unknown; /* of pages to be added: only their class is known */
	struct page page;        /* of the last crawl_next() */
	struct job job;
};

/* For cmocka_unit_test_setup_teardown(). */
int crawl_setup(void **state);
int crawl_teardown(void **state);

/* Adds page number `number` on that host, last visited `tau_days` ago. */
void crawl_add(struct crawl *c, int host, int number, double weight,
	       struct rate_gamma posterior, double tau_days);
/* Adds one that is due, or will be, in class 0. */
void crawl_add_due(struct crawl *c, int host, int number, int64_t due_at_ms);
/* Moves one within class 0 from outside the frontier, as a recheck does. */
void crawl_move(struct crawl *c, int host, int number, int64_t due_at_ms);
void crawl_commit(struct crawl *c);
/* Makes the frontier (anew), after a commit. */
void crawl_open(struct crawl *c);

/* The next job's page number, -1 if there is none now. It is out until crawl_back(). */
int crawl_next(struct crawl *c);
/* The visit ends as one that found nothing new: back in its class, last visited now. */
void crawl_back(struct crawl *c);
/* Both, with a request: the number, or -1. */
int crawl_visit(struct crawl *c);
/* Which class the page waits in, and since when. */
struct queue_position crawl_position(struct crawl *c, int host, int number);
uint64_t crawl_n_differences(struct crawl *c);

#endif
