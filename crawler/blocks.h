/*
 * blocks.h - a text block by block, and how two texts differ in them.
 */
#ifndef CRAWLER_BLOCKS_H
#define CRAWLER_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include "store/base/buf.h"

struct block {
	struct span raw, masked; /* as shown; with volatile tokens masked */
	uint64_t hash, raw_hash; /* of `masked`; of `raw` where it is another, else 0 */
	bool says_little;        /* by itself: "30", "6.1.170" */
	/* What boilerplate.h knows it by. A block that says little is known by the one before
	 * it as well, or by the one behind. */
	uint64_t id[2];
};

struct blocks {
	struct block *block;
	size_t n, room;
};

#define BLOCKS_MAX 65536 /* of a page; more are not compared */

void blocks_release(struct blocks *blocks);
/* Takes `text` apart; `masked` is volatile_mask() of it. Both are borrowed for as long as
 * `blocks` is used. ERR_TOO_LARGE beyond BLOCKS_MAX. */
MUST_CHECK enum err blocks_split(struct span text, struct span masked,
				 struct blocks *blocks);

/* Appends what is worth keeping of a version's blocks (store/sketch.h), some nine bytes of
 * each. ERR_TOO_LARGE beyond SKETCH_BLOCKS_MAX. */
MUST_CHECK enum err blocks_sketch(const struct blocks *blocks, struct buf *sketch);
/* Makes them again, without their words: `raw` and `masked` are empty. ERR_CORRUPT. */
MUST_CHECK enum err blocks_of_sketch(struct span sketch, struct blocks *blocks);

/* Old blocks [old, old + n_old) have become new blocks [new, new + n_new). */
struct hunk {
	uint32_t old, n_old, new, n_new;
};

#define HUNKS_MAX 128

/*
 * The fewest hunks by which `old` becomes `new`, in order. ERR_TOO_LARGE: they differ in
 * more than HUNKS_MAX blocks, which are not worth knowing one by one.
 */
MUST_CHECK enum err blocks_compare(const struct blocks *old, const struct blocks *new,
				   struct hunk hunks[HUNKS_MAX], size_t *n);

#endif
