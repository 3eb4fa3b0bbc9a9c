/*
 * guard.h - the mass guard: what looks like an outage or a bot wall is held back from the
 * change feed, one page at a time (PRODUCT: "what a visit concludes").
 *
 * Suspicious are, within one day of a host:
 *  - pages that turn gone, while they are more than half of all pages visited, or of the
 *    last hundred, and at least GUARD_VISITED_MIN have been (the first ones have been told
 *    by then: they cannot be unsaid);
 *  - pages that had different texts and turn into one and the same, or move to one and the
 *    same place, from the GUARD_ALIKE_MIN-th on: a challenge, a login, an error page.
 *
 * A page that is held keeps its last good version, validators and body; only its verdict
 * and its history say what was seen. Seen again half a day later, or when the user asks for
 * the page, it is confirmed and told; seen as it was before, the hold is gone. A host's day
 * does not end while it has pages held: else each midnight would let the first ones out.
 */
#ifndef STORE_GUARD_H
#define STORE_GUARD_H

#include "store/host.h"
#include "store/observation.h"

#define GUARD_VISITED_MIN 20
#define GUARD_ALIKE_MIN 10

/* Counts the visit for the host and decides: what is to be held is marked in `o`, and what
 * page_observe() must not take is removed from it. `asked_for`: the user wants this visit,
 * so it counts as the second witness. `page` is as it was before page_observe(). */
void guard_visit(struct host *host, const struct page *page, struct observation *o,
		 bool asked_for);

/* The user has released what is held: the host is judged anew from now on. */
void guard_release(struct host *host);

#endif
