/*
 * sim_random.h - numbers that are random but the same for the same seed, everywhere.
 * SplitMix64 (Steele, Lea & Flood, OOPSLA 2014): any state will do, so streams are cheap.
 */
#ifndef TOOLS_SIM_RANDOM_H
#define TOOLS_SIM_RANDOM_H

#include <math.h>
#include <stdint.h>

struct sim_random {
	uint64_t state;
};

static inline uint64_t sim_random_next(struct sim_random *r)
{
	uint64_t z = r->state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

/* The stream number `stream` of this seed. */
static inline struct sim_random sim_random_stream(uint64_t seed, uint64_t stream)
{
	struct sim_random r = { seed ^ stream * UINT64_C(0xD1B54A32D192ED03) };

	r.state = sim_random_next(&r);
	return r;
}

/* In (0, 1). */
static inline double sim_random_share(struct sim_random *r)
{
	return ((double)(sim_random_next(r) >> 11) + 0.5) * 0x1p-53;
}

/* Exponential with mean 1. */
static inline double sim_random_wait(struct sim_random *r)
{
	return -log(sim_random_share(r));
}

/* Normal with mean 0 and deviation 1 (Box & Muller). */
static inline double sim_random_normal(struct sim_random *r)
{
	double radius = sqrt(2 * sim_random_wait(r));

	return radius * cos(6.283185307179586 * sim_random_share(r));
}

#endif
