/*
 * host_view.h - what is said of one host: its record, and what follows from it.
 */
#ifndef TOOLS_HOST_VIEW_H
#define TOOLS_HOST_VIEW_H

#include "store/host.h"
#include "tools/settings.h"

/* How the host's pages are best revalidated, by what its answers showed. */
enum host_mode {
	HOST_MODE_BOTH,          /* both validators, as RFC 9110 13.1 has it */
	HOST_MODE_UNCONDITIONAL, /* its 304s are not to be believed (REQ 25a) */
};

const char *host_mode_text(enum host_mode mode);

struct host_view {
	const struct host *host; /* borrowed */
	int64_t delay_ms;        /* between two requests, now in force */
	enum host_mode mode;
	double not_modified_rate; /* 304s per answer; NaN: no answer yet */
	double one_pass_s;        /* to ask for every page once, politely */
	double most_per_day;      /* requests; infinite without a delay */
};

void host_view_make(struct host_view *view, const struct host *host,
		    const struct settings *settings);

#endif
