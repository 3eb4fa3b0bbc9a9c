/*
 * source_view.h - what is said of one source: its record, and what follows from it.
 */
#ifndef TOOLS_SOURCE_VIEW_H
#define TOOLS_SOURCE_VIEW_H

#include "scheduler/told.h"
#include "store/store.h"

/* Of one host; more are not shown. */
#define SOURCE_VIEWS_MAX 1000

enum source_state {
	SOURCE_STATE_NEW,     /* not read yet */
	SOURCE_STATE_HEARD,   /* it is listened to */
	SOURCE_STATE_LIES,    /* hardly ever right: nobody listens */
	SOURCE_STATE_FAILING, /* the last polls failed */
	SOURCE_STATE_RETIRED, /* given up */
	N_SOURCE_STATES
};

struct source_view {
	struct source source;
	enum source_state state;
	struct signal_quality quality; /* believed */
};

struct source_views {
	struct source_view *items;
	size_t n, room;
	uint64_t n_dropped;
};

const char *source_state_text(enum source_state state);
/* Of `view->source`. */
void source_view_make(struct source_view *view);

/* Reads the sources of a host into `views`, which was zeroed or used before. What cannot be
 * read is left out: `db verify` names it. */
MUST_CHECK enum err source_views_read(struct store *store, const struct host_key *host,
				      struct source_views *views);
void source_views_release(struct source_views *views);

#endif
