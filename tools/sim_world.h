/*
 * sim_world.h - the world that policies are measured in: pages, when they really change,
 * what announces it, and how many requests there are. Days count from the window's start.
 *
 * Rule of evaluation for a history: the window is its last 3 years (5 when those hold
 * fewer than 2000 changes; where no page is that old, what followed the creation of nine
 * tenths of the pages); its pages are those created before the window, at most the 5000
 * of lowest FNV-1a-64(path). Page k in the order of FNV-1a-64(path + "#") is first
 * visited at (k + 0.5)/N of the first pass, which takes min(N/R, window/5); what is
 * measured begins behind it. R is given relative to the changes: c times the changes in
 * the window by its length. Zipf weights are (1 + rank)^-0.8, rank in the order of
 * FNV-1a-64(path).
 */
#ifndef TOOLS_SIM_WORLD_H
#define TOOLS_SIM_WORLD_H

#include "tools/sim_signal.h"
#include "tools/trace.h"

struct sim_page {
	double weight;
	double rate_per_day; /* in hindsight, or as it was drawn */
	double first_at;     /* the first visit */
	double before; /* the last change before the window: negative, NAN unknown */
	bool dated;    /* its Last-Modified tells when it changed */
	uint32_t host;
	size_t first, n; /* of world.change_at: behind the window's start */
	bool has_source; /* that announces its changes */
};

struct sim_world {
	struct buf name;
	struct sim_page *pages;
	size_t n, n_hosts;
	double *change_at;
	size_t n_changes;
	struct sim_announcement *announcements; /* in order of time */
	size_t n_announcements;
	struct sim_signals signals;
	double days;            /* length of the window */
	double first_pass_days; /* from then on it is the policy that chooses */
	double measured_from;   /* not before the first pass has ended */
	double budget_per_day, relative;
	bool zipf;
	bool rates_are_drawn; /* Poisson pages: their best allocation is known exactly */
	uint64_t seed;
};

struct sim_setting {
	double relative; /* c; 0: budget_per_day counts */
	double budget_per_day;
	double window_days; /* 0: by the rule */
	size_t n_pages_max;
	bool zipf;
	struct sim_signals signals;
	uint64_t seed;
};

#define SIM_PAGES_MAX_DEFAULT 5000

void sim_world_init(struct sim_world *world);
void sim_world_release(struct sim_world *world);

/* ERR_INVALID: no page of the trace is old enough, or nothing changes in the window. */
MUST_CHECK enum err sim_world_of_trace(const struct trace *trace,
				       const struct sim_setting *setting,
				       struct sim_world *world, struct why *why);

/*
 * Pages that change as Poisson processes do: 10,000 on 200 hosts of Zipf sizes, rates
 * (1/30 days) exp(N(0, 1.2^2) of the host + N(0, 1.3^2) of the page), clipped to [1e-4,
 * 24] a day, weights rank^-0.8 dealt at random; the first pass takes N/R days, and what is
 * measured are visits 10 to 20 per page. `dated`: half the pages tell when they changed.
 */
MUST_CHECK enum err sim_world_draw(size_t n_pages, bool dated,
				   const struct sim_setting *setting,
				   struct sim_world *world);

uint64_t sim_fnv1a64(struct span s, char suffix);

#endif
