/* sim_draw.c - the world of sim_world_draw(). */
#include "tools/sim_world.h"

#include <math.h>
#include <stdlib.h>

#include "tools/sim_random.h"

#define N_HOSTS 200
#define VISITS_BEFORE 10.0
#define VISITS_TO 20.0
#define STREAM_PAGES 0x51u

static double draw_rate(struct sim_random *random, double host_effect)
{
	double rate = exp(host_effect + 1.3 * sim_random_normal(random)) / 30;

	return fmin(fmax(rate, 1e-4), 24);
}

/* A host in proportion to 1/(1 + its number). */
static uint32_t draw_host(struct sim_random *random, const double *until)
{
	double u = sim_random_share(random) * until[N_HOSTS - 1];
	uint32_t host = 0;

	while (host < N_HOSTS - 1 && until[host] < u)
		host++;
	return host;
}

/* Deals the weights: the k-th page gets the rank at place k of a random order. */
static void deal_weights(struct sim_random *random, struct sim_world *world)
{
	for (size_t k = 0; k < world->n; k++)
		world->pages[k].weight = world->zipf ? pow(1 + (double)k, -0.8) : 1;
	for (size_t k = world->n; k > 1; k--) {
		size_t other = sim_random_next(random) % k;
		double weight = world->pages[k - 1].weight;

		world->pages[k - 1].weight = world->pages[other].weight;
		world->pages[other].weight = weight;
	}
}

static double draw_pages(struct sim_world *world, bool dated)
{
	struct sim_random random = sim_random_stream(world->seed, STREAM_PAGES);
	double effect[N_HOSTS], until[N_HOSTS], sum = 0;

	for (int h = 0; h < N_HOSTS; h++) {
		effect[h] = 1.2 * sim_random_normal(&random);
		until[h] = (h ? until[h - 1] : 0) + 1.0 / (1 + h);
	}
	for (size_t i = 0; i < world->n; i++) {
		struct sim_page *page = &world->pages[i];

		page->host = draw_host(&random, until);
		page->rate_per_day = draw_rate(&random, effect[page->host]);
		page->dated = sim_random_share(&random) < 0.5 && dated;
		sum += page->rate_per_day;
	}
	deal_weights(&random, world);
	world->n_hosts = N_HOSTS;
	return sum;
}

static enum err draw_changes(struct sim_world *world, size_t i, size_t *cap)
{
	struct sim_random random = sim_random_stream(world->seed, (uint64_t)i << 8 | 2);
	struct sim_page *page = &world->pages[i];
	double at = sim_random_wait(&random) / page->rate_per_day;

	page->before = -sim_random_wait(&random) / page->rate_per_day;
	page->first = world->n_changes;
	for (; at < world->days; at += sim_random_wait(&random) / page->rate_per_day) {
		if (world->n_changes == *cap) {
			void *more = realloc(world->change_at,
					     2 * *cap * sizeof(*world->change_at));

			if (!more)
				return ERR_NOMEM;
			world->change_at = more;
			*cap *= 2;
		}
		world->change_at[world->n_changes++] = at;
	}
	page->n = world->n_changes - page->first;
	return ERR_OK;
}

/* The first pass, in an order that has nothing to do with the pages' other traits. */
static void deal_turns(struct sim_world *world)
{
	for (size_t i = 0; i < world->n; i++)
		world->pages[i].first_at =
			((double)i + 0.5) / (double)world->n * world->first_pass_days;
}

enum err sim_world_draw(size_t n_pages, bool dated, const struct sim_setting *setting,
			struct sim_world *world)
{
	size_t cap = n_pages;
	double pass, sum;
	enum err err;

	world->seed = setting->seed;
	world->zipf = setting->zipf;
	world->signals = setting->signals;
	world->rates_are_drawn = true;
	world->n = n_pages;
	world->pages = calloc(n_pages, sizeof(*world->pages));
	world->change_at = malloc(cap * sizeof(*world->change_at));
	err = world->pages && world->change_at ? ERR_OK : ERR_NOMEM;
	if (!err)
		err = buf_set(&world->name,
			      dated ? SPAN("synthetic-dated") : SPAN("synthetic"));
	if (err)
		return err;
	sum = draw_pages(world, dated);
	world->budget_per_day =
		setting->relative > 0 ? setting->relative * sum : setting->budget_per_day;
	world->relative = world->budget_per_day / sum;
	pass = (double)n_pages / world->budget_per_day;
	world->first_pass_days = pass;
	world->measured_from = VISITS_BEFORE * pass;
	world->days = VISITS_TO * pass;
	deal_turns(world);
	for (size_t i = 0; i < n_pages && !err; i++)
		err = draw_changes(world, i, &cap);
	return err ? err : sim_signals_draw(world);
}
