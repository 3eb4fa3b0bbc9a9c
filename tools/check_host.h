/*
 * check_host.h - the hosts that one `freshet check` meets: what their robots.txt says,
 * and when they may be asked again. It fetches, and it sleeps.
 */
#ifndef TOOLS_CHECK_HOST_H
#define TOOLS_CHECK_HOST_H

#include "crawler/robots.h"
#include "tools/one_fetch.h"
#include "tools/settings.h"

struct check_host {
	struct check_host *next;
	struct buf origin; /* "https://example.org:8443" */
	enum robots_outcome outcome;
	struct robots *robots;             /* for ROBOTS_PARSED */
	struct buf robots_url;             /* where the last answer came from ... */
	struct fetch_result robots_answer; /* ... and what it was, traced */
	int64_t delay_ms;                  /* from an answer to the next request */
	int64_t asked_at_us;               /* that answer was there; monotonic */
};

struct check_hosts {
	const struct settings *settings;
	struct check_host *first;
};

/* The host of `origin`, whose robots.txt is fetched when it is met first (REQ 41).
 * Borrowed until check_hosts_release(). ERR_INVALID: it must not be crawled as things are
 * set (contact.h). */
MUST_CHECK enum err check_hosts_get(struct check_hosts *hosts, struct span origin,
				    struct check_host **host, struct why *why);
/* Sleeps until the host may be asked again (REQ 51, 53). */
void check_host_wait(struct check_host *host);
/* It was asked, and has had the request by now. */
void check_host_asked(struct check_host *host);
void check_hosts_release(struct check_hosts *hosts);

#endif
