/*
 * priors.h - the prior of each page's change rate, host by host, as readers need it.
 */
#ifndef TOOLS_PRIORS_H
#define TOOLS_PRIORS_H

#include "tools/damage.h"

/* Zeroed but for `store`, which is borrowed. */
struct priors {
	struct store *store;
	bool has_host;
	struct host_key host; /* the last one asked for: pages of a host come together */
	double per_day;
	struct damage damage;
};

/* Mean of the prior for a page with this key; that of all pages when the record of its
 * host is damaged or lost. */
MUST_CHECK enum err priors_get(struct priors *p, const struct page_key *key,
			       double *per_day);

#endif
