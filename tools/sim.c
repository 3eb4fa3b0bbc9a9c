#include "tools/sim.h"

#include <math.h>
#include <stdlib.h>

#include "store/base/clock.h"

/* How one page has fared so far. */
struct fate {
	double last_at; /* its last visit */
	size_t seen;    /* so many of its changes were made before that */
	unsigned n_announced;
	double stale_days, age_days2, harmonic_days;
};

struct sim {
	const struct sim_world *world;
	const struct sim_policy *policy;
	void *state;
	struct fate *fates;
	size_t next_announcement;
	double debt; /* requests that announcements have cost and nobody has paid */
	struct sim_score score;
};

static double since(const struct sim *sim, double at)
{
	return fmax(at, sim->world->measured_from);
}

/* Books the time from the page's last visit to `until`; returns how many of its changes
 * came in between. */
static size_t settle_page(struct sim *sim, size_t i, double until)
{
	const struct sim_page *page = &sim->world->pages[i];
	const double *change_at = sim->world->change_at + page->first;
	struct fate *fate = &sim->fates[i];
	double harmonic = 0, first, from, to;
	size_t k = fate->seen;

	if (k == page->n || change_at[k] > until)
		return 0;
	first = change_at[k];
	from = since(sim, first);
	to = since(sim, until);
	fate->stale_days += to - from;
	fate->age_days2 +=
		((to - first) * (to - first) - (from - first) * (from - first)) / 2;
	for (; k < page->n && change_at[k] <= until; k++) {
		double next = k + 1 < page->n ? fmin(change_at[k + 1], until) : until;

		harmonic += 1 / (double)(k - fate->seen + 1);
		fate->harmonic_days +=
			harmonic * (since(sim, next) - since(sim, change_at[k]));
	}
	return k - fate->seen;
}

static double age_of_content(const struct sim *sim, size_t i, double now)
{
	const struct sim_page *page = &sim->world->pages[i];
	size_t seen = sim->fates[i].seen;

	if (!page->dated)
		return NAN;
	return now -
	       (seen ? sim->world->change_at[page->first + seen - 1] : page->before);
}

/* What was changed up to `at` has been seen. */
static void skip_to(const struct sim *sim, size_t i, double at)
{
	const struct sim_page *page = &sim->world->pages[i];
	struct fate *fate = &sim->fates[i];

	while (fate->seen < page->n &&
	       sim->world->change_at[page->first + fate->seen] <= at)
		fate->seen++;
}

static enum err visit(struct sim *sim, size_t i, double now, bool is_first)
{
	struct fate *fate = &sim->fates[i];
	size_t n_changes = is_first ? 0 : settle_page(sim, i, now);
	struct sim_visit v = { .page = i, .at = now, .n_announced = fate->n_announced };

	v.tau = is_first ? NAN : now - fate->last_at;
	v.has_changed = n_changes > 0;
	skip_to(sim, i, now);
	v.age_days = age_of_content(sim, i, now);
	fate->last_at = now;
	fate->n_announced = 0;
	sim->score.n_visits++;
	if (now >= sim->world->measured_from) {
		sim->score.n_requests++;
		sim->score.n_changes_found += v.has_changed;
	}
	return sim->policy->visited(sim->state, &v);
}

/* Delivers what was announced up to `now` on pages that were visited before. */
static enum err deliver(struct sim *sim, double now)
{
	const struct sim_world *world = sim->world;
	enum err err = ERR_OK;

	while (!err && sim->next_announcement < world->n_announcements) {
		const struct sim_announcement *a =
			&world->announcements[sim->next_announcement];

		if (a->at > now)
			break;
		sim->next_announcement++;
		sim->debt += world->signals.cost;
		if (isnan(sim->fates[a->page].last_at))
			continue;
		sim->fates[a->page].n_announced++;
		if (sim->policy->announced)
			err = sim->policy->announced(sim->state, a->page, a->at);
	}
	return err;
}

struct turn {
	double at;
	size_t page;
};

static int by_time(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->page > y->page) - (x->page < y->page);
}

static enum err first_pass(struct sim *sim)
{
	struct turn *turns = malloc(sim->world->n * sizeof(*turns));
	enum err err = turns ? ERR_OK : ERR_NOMEM;

	for (size_t i = 0; !err && i < sim->world->n; i++) {
		turns[i] = (struct turn){ sim->world->pages[i].first_at, i };
		sim->fates[i].last_at = NAN;
	}
	if (!err)
		qsort(turns, sim->world->n, sizeof(*turns), by_time);
	for (size_t k = 0; !err && k < sim->world->n; k++) {
		err = deliver(sim, turns[k].at);
		if (!err)
			err = visit(sim, turns[k].page, turns[k].at, true);
	}
	sim->debt = 0;
	free(turns);
	return err;
}

/* One request each 1/R, less what announcements cost. */
static enum err spend_budget(struct sim *sim)
{
	const struct sim_world *world = sim->world;
	enum err err = ERR_OK;

	for (size_t i = 0; sim->policy->starts_fresh && i < world->n; i++)
		skip_to(sim, i, world->first_pass_days);
	for (uint64_t k = 0; !err; k++) {
		double now = world->first_pass_days +
			     ((double)k + 0.5) / world->budget_per_day;
		size_t page = SIM_NO_PAGE;

		if (now >= world->days)
			break;
		err = deliver(sim, now);
		if (!err && sim->debt >= 1)
			sim->debt -= 1;
		else if (!err)
			err = sim->policy->pick(sim->state, now, &page);
		if (!err && page != SIM_NO_PAGE)
			err = visit(sim, page, now, false);
	}
	return err;
}

static void sum_up(struct sim *sim)
{
	double days = sim->world->days - sim->world->measured_from, weights = 0;
	struct sim_score *s = &sim->score;
	double stale = 0;

	for (size_t i = 0; i < sim->world->n; i++) {
		double weight = sim->world->pages[i].weight;

		settle_page(sim, i, sim->world->days);
		stale += weight * sim->fates[i].stale_days;
		s->age_days += weight * sim->fates[i].age_days2;
		s->harmonic += weight * sim->fates[i].harmonic_days;
		weights += weight;
	}
	s->freshness = 1 - stale / (weights * days);
	s->age_days /= weights * days;
	s->harmonic /= weights * days;
}

enum err sim_run(const struct sim_world *world, const struct sim_policy *policy,
		 struct sim_score *score)
{
	struct sim sim = { .world = world, .policy = policy };
	int64_t began_us, took_us;
	enum err err;

	sim.fates = calloc(world->n, sizeof(*sim.fates));
	if (!sim.fates)
		return ERR_NOMEM;
	began_us = clock_monotonic_us();
	err = policy->open(world, &sim.state);
	if (!err)
		err = first_pass(&sim);
	if (!err)
		err = spend_budget(&sim);
	took_us = clock_monotonic_us() - began_us;
	if (!err) {
		sum_up(&sim);
		if (took_us > 0)
			sim.score.visits_per_second =
				(double)sim.score.n_visits * 1e6 / (double)took_us;
		*score = sim.score;
	}
	if (sim.state)
		policy->close(sim.state);
	free(sim.fates);
	return err;
}
