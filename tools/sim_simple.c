/* sim_simple.c - policies that go by the instants at which pages are due. */
#include "tools/sim_policies.h"

#include <math.h>
#include <stdlib.h>

#include "scheduler/heap.h"
#include "scheduler/policy_nutch.h"
#include "scheduler/policy_stormcrawler.h"
#include "store/base/clock.h"
#include "tools/sim_random.h"

struct due_page {
	struct heap_node node; /* rank: due at, ms */
	struct nutch_page nutch;
	int minutes;          /* StormCrawler's */
	double interval_days; /* the oracle's */
};

struct due_state {
	struct due_page *pages;
	struct heap heap;
	bool waits;               /* what is not due is left alone */
	double from;              /* the oracle's periods begin here, */
	struct sim_random random; /* each at a random phase */
};

static int64_t ms_of(double days)
{
	return (int64_t)llround(days * (double)MS_PER_DAY);
}

static void due_close(void *state)
{
	struct due_state *s = state;

	heap_release(&s->heap);
	free(s->pages);
	free(s);
}

static enum err due_new(const struct sim_world *world, bool waits, void **state)
{
	struct due_state *s = calloc(1, sizeof(*s));

	if (!s)
		return ERR_NOMEM;
	s->waits = waits;
	s->pages = calloc(world->n, sizeof(*s->pages));
	*state = s;
	return s->pages ? ERR_OK : ERR_NOMEM;
}

/* "Due pages, oldest first." */
static enum err due_pick(void *state, double now, size_t *page)
{
	struct due_state *s = state;
	const struct heap_node *top = heap_top(&s->heap);

	if (top && (!s->waits || top->rank <= ms_of(now)))
		*page = (size_t)((const struct due_page *)(const void *)top - s->pages);
	return ERR_OK;
}

/* ---- uniform: the one not seen for longest --------------------------------------------- */

static enum err uniform_open(const struct sim_world *world, void **state)
{
	return due_new(world, false, state);
}

static enum err uniform_visited(void *state, const struct sim_visit *v)
{
	struct due_state *s = state;

	return heap_put(&s->heap, &s->pages[v->page].node, ms_of(v->at));
}

const struct sim_policy sim_policy_uniform = {
	.name = "uniform",
	.summary = "every page equally often",
	.open = uniform_open,
	.close = due_close,
	.visited = uniform_visited,
	.pick = due_pick,
};

/* ---- other crawlers ---------------------------------------------------------------------- */

static enum err waiting_open(const struct sim_world *world, void **state)
{
	return due_new(world, true, state);
}

static enum err nutch_policy_visited(void *state, const struct sim_visit *v)
{
	struct due_state *s = state;
	struct due_page *page = &s->pages[v->page];

	nutch_visited(&nutch_default_rules, &page->nutch, ms_of(v->at), v->has_changed);
	return heap_put(&s->heap, &page->node, page->nutch.fetch_at_ms);
}

const struct sim_policy sim_policy_nutch = {
	.name = "nutch",
	.summary = "Nutch's AdaptiveFetchSchedule, due pages, oldest first",
	.open = waiting_open,
	.close = due_close,
	.visited = nutch_policy_visited,
	.pick = due_pick,
};

static enum err stormcrawler_visited(void *state, const struct sim_visit *v)
{
	struct due_state *s = state;
	struct due_page *page = &s->pages[v->page];

	page->minutes = stormcrawler_next_minutes(&stormcrawler_default_rules,
						  page->minutes, v->has_changed);
	return heap_put(&s->heap, &page->node,
			ms_of(v->at) + page->minutes * MS_PER_MINUTE);
}

const struct sim_policy sim_policy_stormcrawler = {
	.name = "stormcrawler",
	.summary = "StormCrawler's AdaptiveScheduler, due pages, oldest first",
	.open = waiting_open,
	.close = due_close,
	.visited = stormcrawler_visited,
	.pick = due_pick,
};

/* ---- oracle: the best fixed intervals, in hindsight ---------------------------------------- */

#define STREAM_PHASES 0x52u
#define NEVER_DAYS 1e6

static enum err oracle_open(const struct sim_world *world, void **state)
{
	double freshness, *visits = calloc(world->n, sizeof(*visits));
	enum err err = visits ? due_new(world, true, state) : ERR_NOMEM;
	struct due_state *s = *state;

	if (!err)
		err = sim_oracle(world, visits, &freshness);
	if (!err) {
		s->from = world->first_pass_days;
		s->random = sim_random_stream(world->seed, STREAM_PHASES);
		for (size_t i = 0; i < world->n; i++)
			s->pages[i].interval_days =
				visits[i] > 1 / NEVER_DAYS ? 1 / visits[i] : NEVER_DAYS;
	}
	free(visits);
	return err;
}

/* A late visit does not shift those behind it. */
static enum err oracle_visited(void *state, const struct sim_visit *v)
{
	struct due_state *s = state;
	struct due_page *page = &s->pages[v->page];
	int64_t interval_ms = ms_of(page->interval_days);

	if (isnan(v->tau))
		return heap_put(&s->heap, &page->node,
				ms_of(s->from + page->interval_days *
							sim_random_share(&s->random)));
	return heap_put(&s->heap, &page->node, page->node.rank + interval_ms);
}

const struct sim_policy sim_policy_oracle = {
	.name = "oracle",
	.summary = "the best fixed interval for each page, all changes known",
	.starts_fresh = true,
	.open = oracle_open,
	.close = due_close,
	.visited = oracle_visited,
	.pick = due_pick,
};
