/*
 * digest.h - 128-bit XXH3 of bytes: the name of a body. Not cryptographic: it tells
 * accidents apart, not attackers (who can change their own page anyway).
 */
#ifndef STORE_BASE_DIGEST_H
#define STORE_BASE_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "store/base/buf.h"

#define DIGEST_SIZE 16

struct digest {
	uint8_t bytes[DIGEST_SIZE]; /* canonical (big-endian) form; all zero: none */
};

struct digest digest_of(struct span bytes);
/* The first 64 bits of it, and zeros: for what is only ever compared with what the same page
 * had before, or the other pages of its host that day (guard.h). That two contents of one page
 * have the same is one in 2^64 = 1.8 * 10^19 for each comparison: at 10^8 pages and a change
 * of each a day, once in half a billion years. */
struct digest digest_short_of(struct span bytes);
void digest_shorten(struct digest *d);
bool digest_equal(const struct digest *a, const struct digest *b);
bool digest_is_none(const struct digest *d);
/* "xxh3:" and 32 hex digits, of a short one 16, NUL-terminated; "" for none. */
#define DIGEST_TEXT_SIZE (5 + 2 * DIGEST_SIZE + 1)
void digest_format(const struct digest *d, char text[DIGEST_TEXT_SIZE]);
/* Accepts what digest_format() writes of one that is not short. ERR_INVALID otherwise. */
MUST_CHECK enum err digest_parse(struct span text, struct digest *d);
/* 64-bit XXH3, for keys. */
uint64_t hash64(struct span bytes);

#endif
