/*
 * sim.h - runs a policy through a world in virtual time, and judges it.
 *
 * The harness knows when pages change; a policy is told only what a crawler would see:
 * that a visit found a change or none, for some pages when it was made, and that a page
 * is announced. One request after another, 1/R apart; a policy may let its turn pass.
 */
#ifndef TOOLS_SIM_H
#define TOOLS_SIM_H

#include "tools/sim_world.h"

/* What a visit tells. */
struct sim_visit {
	size_t page;
	double at, tau;       /* days; tau since the visit before, NAN for the first */
	bool has_changed;     /* since the visit before */
	double age_days;      /* since the last change; NAN: the page does not tell */
	unsigned n_announced; /* announcements since the visit before */
};

#define SIM_NO_PAGE SIZE_MAX

struct sim_policy {
	const char *name, *summary;
	/* Measured from a fresh start, as the oracle is: nobody's first pass is held against
	 * the bound. */
	bool starts_fresh;
	/* `world` outlives the state. Only a policy that says it has hindsight may look at
	 * changes and rates in it. */
	enum err (*open)(const struct sim_world *world, void **state);
	void (*close)(void *state);
	enum err (*visited)(void *state, const struct sim_visit *visit);
	/* The page to visit at `now`, or SIM_NO_PAGE: none is worth it. */
	enum err (*pick)(void *state, double now, size_t *page);
	/* May be NULL: announcements mean nothing to it. */
	enum err (*announced)(void *state, size_t page, double now);
};

/* NULL: there is none of that name. */
const struct sim_policy *sim_policy_find(struct span name);
/* The index-th of all, NULL behind the last. */
const struct sim_policy *sim_policy_at(size_t index);

/* Means over the measured time, pages by weight. */
struct sim_score {
	double freshness; /* share of the time that the copy is current */
	double age_days;  /* since the first change not yet seen; 0 while fresh */
	double harmonic;  /* 1 + 1/2 + ... + 1/n for n changes not yet seen */
	uint64_t n_requests, n_changes_found; /* in the measured time */
	uint64_t n_visits;                    /* in all */
	double visits_per_second;             /* of the machine's time; 0: too quick */
};

/* ERR_NOMEM; ERR_IO, ERR_CORRUPT from a policy's store. */
MUST_CHECK enum err sim_run(const struct sim_world *world,
			    const struct sim_policy *policy, struct sim_score *score);

/*
 * The oracle: the best freshness of any fixed intervals, one for each page, chosen with
 * the changes known. Visits at a random phase: a change with g days until the next one is
 * missed for g - g^2 f/2 days at f < 1/g visits a day, else 1/(2f); that is convex in f,
 * so one price fits all. In a world of drawn rates it is the best periodic allocation
 * (scheduler/allocation.h). visits_per_day[i] (may be NULL) is what page i gets.
 */
MUST_CHECK enum err sim_oracle(const struct sim_world *world, double *visits_per_day,
			       double *freshness);

#endif
