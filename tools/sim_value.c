/* sim_value.c - policies that visit the page of greatest value, every page looked at. */
#include "tools/sim_policies.h"

#include <math.h>
#include <stdlib.h>

#include "scheduler/prior.h"
#include "scheduler/signal.h"
#include "scheduler/value.h"
#include "tools/sim_scan.h"

/* A page left alone for so many turns of the budget goes first. */
#define STARVATION_TURNS 10.0

struct learned {
	struct rate_evidence evidence;
	struct rate_gamma posterior;
	double last_at; /* NAN: not yet visited */
	unsigned n_announced;
};

struct value_state {
	const struct sim_world *world;
	struct sim_scan scan;
	struct rate_rules rules;
	struct learned *pages;
	struct signal_counts counts; /* all sources are taken for one */
	struct signal_quality quality;
	double *host_mean; /* prior means, per day */
	struct prior_sum *host_sums;
	double teach_days, teach_at; /* host means are reckoned anew every so often */
};

static void value_close(void *state)
{
	struct value_state *s = state;

	sim_scan_release(&s->scan);
	free(s->pages);
	free(s->host_mean);
	free(s->host_sums);
	free(s);
}

static enum err value_new(const struct sim_world *world, sim_value *value, void **state)
{
	struct value_state *s = calloc(1, sizeof(*s));

	if (!s)
		return ERR_NOMEM;
	*state = s;
	s->world = world;
	s->rules = RATE_RULES;
	s->quality = signal_quality(&s->counts);
	s->pages = calloc(world->n, sizeof(*s->pages));
	s->host_mean = calloc(world->n_hosts, sizeof(*s->host_mean));
	s->host_sums = calloc(world->n_hosts, sizeof(*s->host_sums));
	if (!s->pages || !s->host_mean || !s->host_sums)
		return ERR_NOMEM;
	for (size_t h = 0; h < world->n_hosts; h++)
		s->host_mean[h] = PRIOR_START_PER_DAY;
	for (size_t i = 0; i < world->n; i++)
		s->pages[i].last_at = NAN;
	s->teach_days = (double)world->n / (2 * world->budget_per_day);
	return sim_scan_init(&s->scan, value, s, world->n, world->budget_per_day);
}

static double waited(const struct value_state *s, size_t i, double now)
{
	return now - s->pages[i].last_at; /* NAN: is never the greatest */
}

static bool is_starving(const struct value_state *s, double tau)
{
	return tau > STARVATION_TURNS * (double)s->world->n / s->world->budget_per_day;
}

/* ---- poisson: learned rates -------------------------------------------------------------- */

static double poisson_value(const void *context, size_t i, double now)
{
	const struct value_state *s = context;
	double tau = waited(s, i, now);

	if (is_starving(s, tau))
		return 1e30 + tau;
	if (s->world->pages[i].has_source)
		return signal_value(s->world->pages[i].weight, &s->quality,
				    s->pages[i].posterior, s->pages[i].n_announced, tau);
	return value_learned(s->world->pages[i].weight, s->pages[i].posterior, tau);
}

static enum err poisson_open(const struct sim_world *world, void **state)
{
	return value_new(world, poisson_value, state);
}

/* Every host's mean from its pages, then every page's posterior from its host's mean. */
static void teach_hosts(struct value_state *s)
{
	struct prior_sum all = { 0 };

	memset(s->host_sums, 0, s->world->n_hosts * sizeof(*s->host_sums));
	for (size_t i = 0; i < s->world->n; i++) {
		double mean;

		if (isnan(s->pages[i].last_at))
			continue;
		mean = rate_mean_per_day(s->pages[i].posterior);
		prior_add(&all, mean);
		prior_add(&s->host_sums[s->world->pages[i].host], mean);
	}
	for (size_t h = 0; h < s->world->n_hosts; h++)
		s->host_mean[h] = prior_host_mean_per_day(
			&s->host_sums[h], prior_global_mean_per_day(&all));
	for (size_t i = 0; i < s->world->n; i++)
		s->pages[i].posterior =
			rate_posterior(&s->rules, &s->pages[i].evidence,
				       s->host_mean[s->world->pages[i].host]);
	sim_scan_touch_all(&s->scan);
}

static void learn(struct value_state *s, const struct sim_visit *v, double prior)
{
	struct rate_evidence *e = &s->pages[v->page].evidence;

	if (isnan(v->tau)) {
		if (!isnan(v->age_days))
			rate_first_fetch_dated(e, v->age_days);
	} else if (s->world->pages[v->page].has_source && isnan(v->age_days)) {
		signal_learn(&s->rules, e, prior, &s->quality, v->n_announced, v->tau,
			     v->has_changed);
	} else if (!v->has_changed) {
		rate_unchanged(&s->rules, e, v->tau);
	} else if (!isnan(v->age_days)) {
		rate_changed_dated(&s->rules, e, v->tau, v->age_days);
	} else {
		rate_changed(&s->rules, e, prior, v->tau);
	}
}

static enum err poisson_visited(void *state, const struct sim_visit *v)
{
	struct value_state *s = state;
	struct learned *page = &s->pages[v->page];
	double prior = s->host_mean[s->world->pages[v->page].host];

	if (s->world->pages[v->page].has_source && !isnan(v->tau))
		signal_observe(&s->counts, page->posterior, v->n_announced, v->tau,
			       v->has_changed);
	learn(s, v, prior);
	s->quality = signal_quality(&s->counts);
	page->n_announced = 0;
	page->posterior = rate_posterior(&s->rules, &page->evidence, prior);
	page->last_at = v->at;
	if (v->at >= s->teach_at) {
		s->teach_at = v->at + s->teach_days;
		teach_hosts(s);
	}
	sim_scan_touch(&s->scan, v->page);
	return ERR_OK;
}

static enum err poisson_announced(void *state, size_t page, double now)
{
	struct value_state *s = state;

	(void)now;
	s->pages[page].n_announced++;
	sim_scan_touch(&s->scan, page);
	return ERR_OK;
}

static enum err value_pick(void *state, double now, size_t *page)
{
	struct value_state *s = state;
	double value;

	*page = sim_scan_best(&s->scan, now, &value);
	return ERR_OK;
}

const struct sim_policy sim_policy_poisson = {
	.name = "poisson",
	.summary = "greatest crawl value by learned rates, every page looked at",
	.open = poisson_open,
	.close = value_close,
	.visited = poisson_visited,
	.pick = value_pick,
	.announced = poisson_announced,
};

/* ---- known: true rates ------------------------------------------------------------------- */

static double known_value(const void *context, size_t i, double now)
{
	const struct value_state *s = context;
	const struct sim_page *page = &s->world->pages[i];

	return value_known(page->weight, page->rate_per_day, waited(s, i, now));
}

static enum err known_open(const struct sim_world *world, void **state)
{
	return value_new(world, known_value, state);
}

static enum err known_visited(void *state, const struct sim_visit *v)
{
	struct value_state *s = state;

	s->pages[v->page].last_at = v->at;
	sim_scan_touch(&s->scan, v->page);
	return ERR_OK;
}

const struct sim_policy sim_policy_known = {
	.name = "known",
	.summary = "greatest crawl value by the rates of hindsight",
	.open = known_open,
	.close = value_close,
	.visited = known_visited,
	.pick = value_pick,
};

/* ---- proportional: twice the changes, twice the visits ------------------------------------ */

static double proportional_value(const void *context, size_t i, double now)
{
	const struct value_state *s = context;

	return rate_mean_per_day(s->pages[i].posterior) * waited(s, i, now);
}

static enum err proportional_open(const struct sim_world *world, void **state)
{
	return value_new(world, proportional_value, state);
}

const struct sim_policy sim_policy_proportional = {
	.name = "proportional",
	.summary = "as often as it changes, by learned rates",
	.open = proportional_open,
	.close = value_close,
	.visited = poisson_visited,
	.pick = value_pick,
};
