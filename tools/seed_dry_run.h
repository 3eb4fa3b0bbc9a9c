/*
 * seed_dry_run.h - counts what seeds would do to a store, and does nothing to it.
 */
#ifndef TOOLS_SEED_DRY_RUN_H
#define TOOLS_SEED_DRY_RUN_H

#include "store/store.h"

struct seed_dry_run {
	struct store *store; /* NULL: there is none yet; borrowed */
	struct page page;
	uint64_t *hashes; /* of pages that are not in the store, 8 bytes each */
	size_t n, room;
	uint64_t n_known;
};

void seed_dry_run_start(struct seed_dry_run *dry, struct store *store);
void seed_dry_run_release(struct seed_dry_run *dry);
MUST_CHECK enum err seed_dry_run_add(struct seed_dry_run *dry, struct span url);
/* How many different pages would be added; those named twice count as known. */
uint64_t seed_dry_run_end(struct seed_dry_run *dry);

#endif
