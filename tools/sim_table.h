/*
 * sim_table.h - what `simulate` has measured, as a table or as JSON (freshet.simulate/1).
 */
#ifndef TOOLS_SIM_TABLE_H
#define TOOLS_SIM_TABLE_H

#include "tools/sim.h"

struct sim_result {
	struct buf trace; /* owned */
	const char *policy;
	double relative, budget_per_day, oracle_freshness;
	bool zipf;
	size_t n_pages;
	double days; /* measured */
	struct sim_score score;
};

struct sim_results {
	struct sim_result *items;
	size_t n, cap;
	uint64_t seed;
};

/* A copy of `result` whose `trace` is set to `name`. ERR_NOMEM. */
MUST_CHECK enum err sim_results_add(struct sim_results *results,
				    const struct sim_result *result, struct span name);
void sim_results_release(struct sim_results *results);

MUST_CHECK enum err sim_results_text(const struct sim_results *results, struct buf *out);
MUST_CHECK enum err sim_results_json(const struct sim_results *results, struct buf *out);

#endif
