/*
 * loop.h - the one loop of `run`: finished visits are judged, planned and committed, free
 * places are filled from the frontier, and then it waits (law 3: only there).
 *
 * The tests use the same loop with a clock of their own (`virtual_now_ms`): it stands
 * still while anything is in flight and else jumps to the next event.
 */
#ifndef TOOLS_LOOP_H
#define TOOLS_LOOP_H

#include "store/store.h"
#include "tools/filter.h"
#include "tools/settings.h"

struct live;

struct loop_config {
	const struct settings *settings; /* must live as long as the loop */
	bool once, force, until_error;
	int64_t for_ms;                  /* stop after this time; 0: never */
	const struct host_filter *hosts; /* only pages of these; none: of all */
	size_t n_hosts;
	const char *const
		*tags; /* only pages with one of these; NULL-terminated or NULL */
	int64_t *virtual_now_ms; /* NULL: the wall clock */
	/* Of that, what is no time that went by: so far it was set. NULL: it never is. */
	const int64_t *virtual_stepped_ms;
	bool no_control; /* no socket for other processes (tests) */
	/* Called about once a turn; NULL: nobody watches. */
	void (*progress)(void *context, int64_t now_ms);
	void *progress_context;
	struct live *live; /* told of every turn and visit; NULL: nobody watches */
};

/* What happened since the loop was made. */
struct loop_tally {
	uint64_t n_visits, n_requests, n_not_modified, n_robots;
	uint64_t by_verdict[N_VERDICTS];
	uint64_t wire_bytes, bytes_saved;
	int n_in_flight;
	size_t n_hosts;
	double price; /* that a visit must be worth at present; 0: the policy has none */
	int64_t started_at_ms;
};

struct loop;

/* `store` is open for writing and stays the caller's. */
MUST_CHECK enum err loop_new(struct store *store, const struct loop_config *config,
			     struct loop **loop, struct why *why);
void loop_free(struct loop *loop);

/* Turns until there is no more to do, `for_ms` has passed, or it was told to stop; then
 * everything that is finished is committed. ERR_IO: the store failed, see `why`. */
MUST_CHECK enum err loop_run(struct loop *loop, struct why *why);

/* From a signal handler: start nothing new, finish what is in flight (at most 10 s). The
 * second call: drop what is in flight. */
void loop_ask_to_stop(struct loop *loop);
/* From a signal handler: loop_new()'s settings have been replaced, or are to be. */
void loop_ask_to_reload(struct loop *loop, const struct settings *settings);

const struct loop_tally *loop_tally(const struct loop *loop);

#endif
