/*
 * scratch_visits.h - visits recorded in a scratch store, and whether each of them is there
 * wholly or not at all.
 */
#ifndef TESTS_SCRATCH_VISITS_H
#define TESTS_SCRATCH_VISITS_H

#include "tests/scratch_store.h"

/* One visit to page i as the loop records it: body, headers, history, change, page,
 * counters. Pending until a commit. */
void scratch_visit(struct scratch *s, int i);

/* The store verifies; the feed begins with cursor 1, has none twice, leaves none out and
 * ends at `safe` or behind it; pages 0..n-1 and their histories say the same. Nothing but
 * scratch_visit() may have filled it. */
void scratch_must_be_whole(struct scratch *s, int n_pages, uint64_t safe);

#endif
