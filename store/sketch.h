/*
 * sketch.h - the form of a sketch: what is kept of a version's text beside its page
 * (HEADERS_SKETCH), so that the next version can mostly be compared without reading it again.
 *
 * Epoch of the extraction (4 bytes), the beginning of the body's digest (8), a hash of the
 * marks (8), then the blocks, for each: SKETCH_* flags (1), the hash of the block (8) and,
 * if it is masked, that of the block as it is shown (8). Made and read by crawler/.
 */
#ifndef STORE_SKETCH_H
#define STORE_SKETCH_H

#include <stdbool.h>

#include "store/base/buf.h"

#define SKETCH_HASH_SIZE 8
#define SKETCH_HEAD_SIZE (4 + SKETCH_HASH_SIZE)
#define SKETCH_BLOCKS_MAX 1024

#define SKETCH_SAYS_LITTLE 1
#define SKETCH_IS_MASKED 2

/* The bytes that the first block of `blocks` takes; 0: it is none. */
size_t sketch_block_len(struct span blocks);
/* Has it this form? */
bool sketch_is_sound(struct span sketch);

#endif
