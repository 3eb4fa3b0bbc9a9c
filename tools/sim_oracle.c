/* sim_oracle.c - the bound: see sim_oracle() in tools/sim.h. */
#include "tools/sim.h"

#include <math.h>
#include <stdlib.h>

#include "scheduler/allocation.h"

/* A page's waits from each change to the next, ascending; squares[k] sums the first k. */
struct waits {
	size_t n;
	const double *days, *squares;
};

struct problem {
	const struct sim_world *world;
	double days; /* measured */
	struct waits *waits;
	double *memory;
};

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Fills `memory` from the page's changes; returns what it used. */
static size_t find_waits(const struct sim_world *world, const struct sim_page *page,
			 double *memory, struct waits *waits)
{
	double *days = memory;
	size_t n = 0;

	for (size_t k = 0; k < page->n; k++) {
		double at = world->change_at[page->first + k];
		double next = k + 1 < page->n ? world->change_at[page->first + k + 1]
					      : world->days;

		if (at >= world->measured_from && next > at)
			days[n++] = next - at;
	}
	qsort(days, n, sizeof(*days), ascending);
	*waits = (struct waits){ n, days, days + n };
	days[n] = 0;
	for (size_t k = 0; k < n; k++)
		days[n + k + 1] = days[n + k] + days[k] * days[k];
	return 2 * n + 1;
}

static double sum_of_squares(const struct waits *w, size_t n_shorter, double interval)
{
	return w->squares[n_shorter] + (double)(w->n - n_shorter) * interval * interval;
}

/* Visits a day at which one more is worth `price`: w/(2 D) sum min(g, 1/f)^2 = price. */
static double visits_at(const struct problem *p, size_t i, double price)
{
	const struct waits *w = &p->waits[i];
	double wanted = 2 * p->days * price / p->world->pages[i].weight;
	size_t low = 0, high = w->n;

	if (!(w->squares[w->n] > wanted))
		return 0;
	while (low < high) { /* the first wait that is as long as the interval */
		size_t k = (low + high) / 2;

		if (sum_of_squares(w, k, w->days[k]) >= wanted)
			high = k;
		else
			low = k + 1;
	}
	return sqrt((double)(w->n - low) / (wanted - w->squares[low]));
}

static double fresh_share(const struct problem *p, size_t i, double visits_per_day)
{
	const struct waits *w = &p->waits[i];
	double missed = 0;

	for (size_t k = 0; k < w->n; k++) {
		double g = w->days[k];

		missed += g * visits_per_day < 1 ? g - g * g * visits_per_day / 2
						 : 1 / (2 * visits_per_day);
	}
	return 1 - missed / p->days;
}

static double visits_in_all(const struct problem *p, double price, double *visits_per_day)
{
	double sum = 0;

	for (size_t i = 0; i < p->world->n; i++) {
		visits_per_day[i] = visits_at(p, i, price);
		sum += visits_per_day[i];
	}
	return sum;
}

/* Waits of equal length make a page indifferent between visiting it after each change and
 * not at all: the sum then jumps at the price, and what lies in between is as good. */
static void spend_rest(const struct problem *p, double too_cheap, double price,
		       double *visits_per_day)
{
	double more = visits_in_all(p, too_cheap, visits_per_day);
	double spent = visits_in_all(p, price, visits_per_day);
	double share =
		more > spent ? (p->world->budget_per_day - spent) / (more - spent) : 0;

	for (size_t i = 0; share > 0 && i < p->world->n; i++)
		visits_per_day[i] +=
			fmin(share, 1) * (visits_at(p, i, too_cheap) - visits_per_day[i]);
}

/* The price is found by halving its logarithm: the sum falls as it grows. */
static void solve(const struct problem *p, double *visits_per_day, double *freshness)
{
	double low = -100, high = 100, fresh = 0, weights = 0;

	for (int k = 0; k < 100; k++) {
		double middle = (low + high) / 2;

		if (visits_in_all(p, exp(middle), visits_per_day) >
		    p->world->budget_per_day)
			low = middle;
		else
			high = middle;
	}
	spend_rest(p, exp(low), exp(high), visits_per_day);
	for (size_t i = 0; i < p->world->n; i++) {
		double weight = p->world->pages[i].weight;

		fresh += weight * fresh_share(p, i, visits_per_day[i]);
		weights += weight;
	}
	*freshness = fresh / weights;
}

static void problem_release(struct problem *p)
{
	free(p->waits);
	free(p->memory);
}

static enum err problem_init(struct problem *p, const struct sim_world *world)
{
	size_t used = 0;

	p->world = world;
	p->days = world->days - world->measured_from;
	p->waits = malloc(world->n * sizeof(*p->waits));
	p->memory = malloc((2 * world->n_changes + world->n) * sizeof(*p->memory));
	if (!p->waits || !p->memory)
		return ERR_NOMEM;
	for (size_t i = 0; i < world->n; i++)
		used += find_waits(world, &world->pages[i], p->memory + used,
				   &p->waits[i]);
	return ERR_OK;
}

static enum err solve_history(const struct sim_world *world, double *visits_per_day,
			      double *freshness)
{
	struct problem p = { NULL, 0, NULL, NULL };
	enum err err = problem_init(&p, world);

	if (!err)
		solve(&p, visits_per_day, freshness);
	problem_release(&p);
	return err;
}

static enum err solve_drawn(const struct sim_world *world, double *visits_per_day,
			    double *freshness)
{
	struct allocation_page *pages = calloc(world->n, sizeof(*pages));

	if (!pages)
		return ERR_NOMEM;
	for (size_t i = 0; i < world->n; i++)
		pages[i] = (struct allocation_page){
			.rate_per_day = world->pages[i].rate_per_day,
			.weight = world->pages[i].weight,
			.n_pages = 1,
		};
	*freshness = allocation_solve(AIM_PERIODIC, pages, world->n,
				      world->budget_per_day, visits_per_day)
			     .freshness;
	free(pages);
	return ERR_OK;
}

enum err sim_oracle(const struct sim_world *world, double *visits_per_day,
		    double *freshness)
{
	double *visits =
		visits_per_day ? visits_per_day : calloc(world->n, sizeof(*visits));
	enum err err;

	if (!visits)
		return ERR_NOMEM;
	err = world->rates_are_drawn ? solve_drawn(world, visits, freshness)
				     : solve_history(world, visits, freshness);
	if (visits != visits_per_day)
		free(visits);
	return err;
}
