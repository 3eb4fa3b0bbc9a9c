/*
 * filter.h - which pages a command is about: by state, host and tag.
 *
 * A host filter walks the pages of its hosts alone; the others look at every page.
 */
#ifndef TOOLS_FILTER_H
#define TOOLS_FILTER_H

#include "store/store.h"

/* A host as people name it: "example.org" stands for every scheme and port of it,
 * "example.org:8080" for every scheme, "http://example.org:8080" for itself. */
struct host_filter {
	struct buf host;   /* canonical */
	struct buf origin; /* only when a scheme was given */
	uint16_t port;     /* 0: any */
};

/* ERR_INVALID: `text` names no host; `why` is a phrase for "--host 'x': ...". */
MUST_CHECK enum err host_filter_init(struct host_filter *filter, struct span text,
				     struct why *why);
void host_filter_release(struct host_filter *filter);
/* `name` as a host's record has it. */
bool host_filter_matches(const struct host_filter *filter, struct span name);

/* All zero: every page. */
struct filter {
	bool by_state, states[N_STATES];
	const struct host_filter *host; /* NULL: any; borrowed */
	struct span tag;                /* empty: any; borrowed */
};

bool filter_is_empty(const struct filter *filter);

struct filter_walk;

/* Both borrowed until filter_walk_end(). */
MUST_CHECK enum err filter_walk_start(struct store *store, const struct filter *filter,
				      struct filter_walk **walk);
/* The next page in the order of the keys; pages of one host stand together.
 * ERR_NOT_FOUND: there is none. Damaged records are passed over, see damage.h. */
MUST_CHECK enum err filter_walk_page(struct filter_walk *walk, struct page *page);
void filter_walk_end(struct filter_walk *walk); /* NULL is allowed */

#endif
