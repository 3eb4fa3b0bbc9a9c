/*
 * world.h - everything that a crawl needs, for flow tests: a store in a fresh directory,
 * the scripted origin, the settings, and a clock that jumps from event to event.
 *
 * The loop, the transport and the store are the real ones; only time is ours. Every
 * function fails the test when something of ours goes wrong.
 */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include "store/store.h"
#include "tests/origin.h"
#include "tests/scratch_dir.h"
#include "tools/loop.h"

struct world {
	struct origin *origin;
	struct store *store;
	struct settings settings;
	int64_t now_ms;     /* virtual */
	int64_t stepped_ms; /* of that, by so much the clock was set: world_set_clock() */
	bool force;         /* as `run --force` */
	char dir[SCRATCH_DIR_SIZE];
	struct loop *loop;       /* while it runs */
	struct loop_tally tally; /* of the last run, or of this one before a turn() */
	/* Called about once a turn of a run, as other processes may come in; NULL: nobody. */
	void (*turn)(struct world *w);
};

/* For cmocka_unit_test_setup_teardown(). */
int world_setup(void **state);
int world_teardown(void **state);

/* Overrides one setting: world_set(w, "fetch.gone_after", "1"). */
void world_set(struct world *w, const char *name, const char *value);
/* Adds a page of the origin's host 0, 1, ...; due at once. */
void world_seed(struct world *w, const char *path);
void world_seed_on(struct world *w, int host, const char *path);
void world_seed_url(struct world *w, const char *url);

/* `run --once`: all that is due now. */
void world_run_once(struct world *w);
/* `run --for`: so much virtual time passes. */
void world_run_for(struct world *w, int64_t ms);
/* Time passes without a run. */
void world_sleep(struct world *w, int64_t ms);
/* The clock is set under a run that may know it. */
void world_set_clock(struct world *w, int64_t step_ms);
/* Closes and opens the store, as a restart does. */
void world_restart(struct world *w);

/* The record of a page of host 0; valid until the next call. */
const struct page *world_page(struct world *w, const char *path);
const struct page *world_page_on(struct world *w, int host, const char *path);
const struct host *world_host(struct world *w, int host);
/* Records in the change feed, and the index-th. */
size_t world_n_changes(struct world *w);
const struct change *world_change(struct world *w, size_t index);
/* Differences that `db verify` finds, each printed. */
uint64_t world_n_differences(struct world *w);

/* True if the index-th request for `path` held `text` in its head. */
bool world_asked_with(struct world *w, const char *path, size_t index, const char *text);

#endif
