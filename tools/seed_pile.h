/*
 * seed_pile.h - seeds that wait to be put in the order of the store's keys.
 *
 * Hashes are keys, so a list of seeds touches the whole store at random: each batch of it
 * comes to most hosts again, and to most files. Of a pile of a million the pages of one
 * host are put one behind the other.
 */
#ifndef TOOLS_SEED_PILE_H
#define TOOLS_SEED_PILE_H

#include "tools/seed.h"

struct seed_pile;

/* Where a seed stood, and when it was read. */
struct seed_place {
	const char *file; /* as given */
	uint64_t line;
	int64_t at_ms;
};

MUST_CHECK enum err seed_pile_new(struct seed_pile **pile);
/* NULL is allowed. */
void seed_pile_free(struct seed_pile *pile);

/* What a pile takes: no seed that brings what an archive has of the page. */
bool seed_pile_takes(const struct seed *seed);
/* Copies the seed. ERR_TOO_LARGE: the pile is full, take it down first. */
MUST_CHECK enum err seed_pile_add(struct seed_pile *pile, const struct seed *seed,
				  const struct seed_place *place);
/* From here on seed_pile_next() takes it down, in the order of keys; of one URL in the
 * order of coming. */
void seed_pile_sort(struct seed_pile *pile);
/* The next, borrowed until something is added. False: none is left, and the pile is empty. */
bool seed_pile_next(struct seed_pile *pile, struct seed *seed, struct seed_place *place);

#endif
