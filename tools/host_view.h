/*
 * host_view.h - what is said of one host: its record, and what follows from it.
 */
#ifndef TOOLS_HOST_VIEW_H
#define TOOLS_HOST_VIEW_H

#include "crawler/conditional.h"
#include "store/host.h"
#include "tools/settings.h"
#include "tools/source_view.h"

struct host_view {
	const struct host *host;  /* borrowed */
	int64_t delay_ms;         /* between two requests, now in force */
	enum condition_mode mode; /* what earns 304s here most of late */
	bool distrusted;          /* its 304s hid changes: asked unconditionally */
	double audit_rate;        /* in force */
	double not_modified_rate; /* 304s per answer; NaN: no answer yet */
	double one_pass_s;        /* to ask for every page once, politely */
	double most_per_day;      /* requests; infinite without a delay */
	const struct source_views *sources; /* NULL: not read; borrowed */
};

void host_view_make(struct host_view *view, const struct host *host,
		    const struct settings *settings);
/* Reads the host's sources into `sources`, which the view borrows. */
MUST_CHECK enum err host_view_read_sources(struct host_view *view, struct store *store,
					   struct source_views *sources);

#endif
