/*
 * explain.h - what an answer means, in plain words: in general, for a crawler, and for
 * whoever runs the site. Static texts, each one or more whole sentences. Pure.
 */
#ifndef TOOLS_EXPLAIN_H
#define TOOLS_EXPLAIN_H

#include <stdbool.h>

#include "crawler/transport.h"

struct explanation {
	const char *name;    /* "Not Found": the registered phrase, or a short one */
	const char *meaning; /* never empty, as are the next two */
	const char *crawler; /* what the crawler makes of it */
	const char *owner;   /* what to do about it */
};

/* Every status code of the IANA registry has a text of its own; one that is not
 * registered has that of its class, as RFC 9110 15 wants it treated. For 100 to 599;
 * any other number is explained as one that is no status code. */
const struct explanation *explain_status(int status);
/* Has it a text of its own? */
bool explain_is_registered(int status);

/* Why there is no whole response. */
const struct explanation *explain_error(enum fetch_error error);

#endif
