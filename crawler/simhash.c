#include "crawler/simhash.h"

#include <math.h>

#include "crawler/text.h"
#include "store/base/digest.h"

#define GROUP 8

/* 64 counters, one a bit, stored across: bit i of plane[k] is bit k of counter i. Votes
 * are summed in groups of eight (Harley and Seal's carry-save adder), so a vote costs a
 * few instructions instead of 64 additions. */
struct tally {
	uint64_t plane[32];
	uint64_t group[GROUP];
	uint32_t n_votes;
};

/* a + b + c in every bit: the sum replaces `*a`, the carry is returned. */
static uint64_t add_carry(uint64_t *a, uint64_t b, uint64_t c)
{
	uint64_t half = *a ^ b;
	uint64_t carry = (*a & b) | (half & c);

	*a = half ^ c;
	return carry;
}

/* Adds `votes` times 2^k. */
static void ripple(struct tally *tally, size_t k, uint64_t votes)
{
	for (; votes && k < ARRAY_SIZE(tally->plane); k++) {
		uint64_t carry = tally->plane[k] & votes;

		tally->plane[k] ^= votes;
		votes = carry;
	}
}

static void add_group(struct tally *tally)
{
	const uint64_t *v = tally->group;
	uint64_t *plane = tally->plane;
	uint64_t twos_a = add_carry(&plane[0], v[0], v[1]);
	uint64_t twos_b = add_carry(&plane[0], v[2], v[3]);
	uint64_t fours_a = add_carry(&plane[1], twos_a, twos_b);
	uint64_t fours_b;

	twos_a = add_carry(&plane[0], v[4], v[5]);
	twos_b = add_carry(&plane[0], v[6], v[7]);
	fours_b = add_carry(&plane[1], twos_a, twos_b);
	ripple(tally, 3, add_carry(&plane[2], fours_a, fours_b));
}

static void tally_add(struct tally *tally, uint64_t votes)
{
	tally->group[tally->n_votes++ % GROUP] = votes;
	if (tally->n_votes % GROUP == 0)
		add_group(tally);
}

static uint64_t tally_majority(struct tally *tally)
{
	uint64_t majority = 0;

	for (uint32_t i = 0; i < tally->n_votes % GROUP; i++)
		ripple(tally, 0, tally->group[i]);
	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t count = 0;

		for (unsigned k = 0; k < ARRAY_SIZE(tally->plane); k++)
			count |= (tally->plane[k] >> bit & 1) << k;
		majority |= (uint64_t)(2 * count > tally->n_votes) << bit;
	}
	return majority;
}

/* Order counts, and a word repeated does not cancel itself. The last steps (of
 * MurmurHash3) spread every bit over all, so that each votes on its own. */
static uint64_t shingle(const uint64_t word[3])
{
	uint64_t h = word[0] * UINT64_C(0x9E3779B185EBCA87) +
		     word[1] * UINT64_C(0xC2B2AE3D27D4EB4F) +
		     word[2] * UINT64_C(0x165667B19E3779F9);

	h ^= h >> 33;
	h *= UINT64_C(0xFF51AFD7ED558CCD);
	return h ^ h >> 33;
}

uint64_t simhash_of(struct span text)
{
	struct tally tally = { { 0 }, { 0 }, 0 };
	uint64_t last[3] = { 0, 0, 0 };
	size_t n_words = 0;
	struct span word;

	while (text_next_word(&text, &word)) {
		last[0] = last[1];
		last[1] = last[2];
		last[2] = hash64(word);
		if (++n_words >= 3)
			tally_add(&tally, shingle(last));
	}
	if (n_words && n_words < 3)
		tally_add(&tally, shingle(last));
	return tally_majority(&tally);
}

double simhash_similarity(uint64_t a, uint64_t b)
{
	int n_differing = __builtin_popcountll(a ^ b);

	return n_differing >= 32 ? 0 : cos(acos(-1) * n_differing / 64);
}
