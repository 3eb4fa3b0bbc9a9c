/*
 * simhash.h - how much of a text is still the same, from 64 bits of each version.
 *
 * Every three consecutive words (a shingle) vote on all 64 bits; the majority wins
 * (Charikar 2002; Manku, Jain, Das Sarma 2007). Texts that share shingles share bits:
 * two bits at the same place differ with probability angle / pi, where angle is that
 * between the two vectors of shingle counts.
 */
#ifndef CRAWLER_SIMHASH_H
#define CRAWLER_SIMHASH_H

#include <stdint.h>

#include "store/base/buf.h"

/* Of the words in `text` (see text_next_word()); 0 when there are none. Fewer than three
 * words make one shingle. The value is stored: it depends on the bytes alone, not on the
 * machine. */
uint64_t simhash_of(struct span text);

/*
 * 0 (nothing in common) to 1 (the same or almost): the cosine between the two versions'
 * shingle counts, estimated as cos(pi * d / 64) with d the number of differing bits; not
 * below 0. One bit is 0.999, 4 are 0.98, 8 are 0.92, 16 are 0.71; unrelated texts differ
 * in about 32 bits, and the estimate's deviation there is 0.2.
 */
double simhash_similarity(uint64_t a, uint64_t b);

#endif
