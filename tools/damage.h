/*
 * damage.h - records that cannot be read while many are walked (REQ 82).
 *
 * Each is named in the log by its key, as `db verify` names it, and the walk goes on: one
 * bad record costs itself. The first DAMAGE_NAMED_MAX are named, the rest are counted.
 */
#ifndef TOOLS_DAMAGE_H
#define TOOLS_DAMAGE_H

#include "store/store.h"

#define DAMAGE_NAMED_MAX 20

/* Zeroed at the start of a walk. */
struct damage {
	uint64_t n;
};

/*
 * Is `err` about one record, so that the walk can go on behind it? Then it is named or
 * counted. `walk` (NULL: the record was not read by one) tells one bad record from a
 * store that cannot be read any further.
 */
bool damage_of_page(struct damage *damage, const struct store_walk *walk,
		    const struct page_key *key, enum err err);
bool damage_of_history(struct damage *damage, const struct page_key *key, enum err err);
bool damage_of_host(struct damage *damage, const struct store_walk *walk,
		    const struct host_key *key, enum err err);
bool damage_of_change(struct damage *damage, const struct store_walk *walk,
		      uint64_t cursor, enum err err);
/* Tells how many there were, when not all of them were named. */
void damage_end(const struct damage *damage);

#endif
