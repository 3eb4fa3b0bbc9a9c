/*
 * sim_frontier.c - the policy of `run` itself: frontier, plan and learning over a store in
 * memory. The harness takes the loop's place, and answers take no time.
 */
#include "tools/sim_policies.h"

#include <math.h>
#include <stdlib.h>

#include "scheduler/frontier.h"
#include "scheduler/learn.h"
#include "scheduler/plan.h"
#include "scheduler/signal.h"
#include "store/base/clock.h"

/* Day 0 of the window: any instant that is not "never". */
#define EPOCH_MS (INT64_C(20000) * MS_PER_DAY)
/* What is pending is not handed out before it is committed. `run` commits every 100 ms,
 * which is each visit here and takes most of the time: so little of a round is as good. */
#define COMMITS_PER_ROUND 500
#define MIN_INTERVAL_MS MS_PER_MINUTE

struct frontier_state {
	const struct sim_world *world;
	struct store *store;
	struct frontier *frontier;
	struct host **hosts;
	struct page *pages;
	struct plan_config plan;
	struct observation observation;
	struct change change;
	/* All sources are taken for one, as in the reference policy. */
	struct signal_counts counts;
	unsigned *n_announced; /* of each page, since its last visit */
	size_t n_uncommitted;
	bool is_urgent; /* ... with a page that was announced */
};

static int64_t ms_of(double days)
{
	return EPOCH_MS + (int64_t)llround(days * (double)MS_PER_DAY);
}

static void frontier_close_state(void *state)
{
	struct frontier_state *s = state;

	frontier_free(s->frontier);
	for (size_t h = 0; s->hosts && h < s->world->n_hosts; h++)
		if (s->hosts[h])
			store_release_host(s->store, s->hosts[h]);
	for (size_t i = 0; s->pages && i < s->world->n; i++)
		page_release(&s->pages[i]);
	observation_release(&s->observation);
	change_release(&s->change);
	store_close(s->store);
	free(s->hosts);
	free(s->pages);
	free(s->n_announced);
	free(s);
}

/* ---- making ------------------------------------------------------------------------------ */

static enum err make_hosts(struct frontier_state *s)
{
	struct buf name = BUF_INIT;
	enum err err = ERR_OK;

	for (size_t h = 0; !err && h < s->world->n_hosts; h++) {
		const struct host_key key = { .host_id = h };

		buf_clear(&name);
		err = buf_printf(&name, "http://host%zu.example", h);
		if (!err)
			err = store_acquire_host(s->store, &key, buf_span(&name),
						 &s->hosts[h]);
	}
	buf_release(&name);
	return err;
}

/* Pages are named by their number, so that a job tells which one it is. */
static enum err make_pages(struct frontier_state *s)
{
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < s->world->n; i++) {
		struct page *page = &s->pages[i];

		page_init(page);
		page->key.host.host_id = s->world->pages[i].host;
		page->key.url_hash = i;
		page->weight = (float)s->world->pages[i].weight;
		err = buf_printf(&page->url, "http://host%u.example/%zu",
				 s->world->pages[i].host, i);
	}
	return err;
}

static enum err make_frontier(struct frontier_state *s)
{
	struct frontier_config config = {
		.schedule = { .policy = &policy_optimal,
			      .min_interval_ms = MIN_INTERVAL_MS },
	};

	s->plan.policy = &policy_optimal;
	s->plan.context.budget_per_s = s->world->budget_per_day / 86400;
	s->plan.context.n_pages = s->world->n;
	s->plan.min_interval_ms = MIN_INTERVAL_MS;
	s->plan.max_interval_ms = POLICY_NEVER_MS;
	config.schedule.context = s->plan.context;
	return frontier_new(s->store, &config, EPOCH_MS, &s->frontier);
}

static enum err optimal_open(const struct sim_world *world, void **state)
{
	struct frontier_state *s = calloc(1, sizeof(*s));
	struct why why;
	enum err err;

	if (!s)
		return ERR_NOMEM;
	*state = s;
	s->world = world;
	observation_init(&s->observation);
	change_init(&s->change);
	s->hosts = calloc(world->n_hosts, sizeof(struct host *));
	s->pages = calloc(world->n, sizeof(*s->pages));
	s->n_announced = calloc(world->n, sizeof(*s->n_announced));
	err = s->hosts && s->pages && s->n_announced
		      ? store_open("/simulation", STORE_MEMORY, NULL, &s->store, &why)
		      : ERR_NOMEM;
	if (!err)
		err = make_hosts(s);
	if (!err)
		err = make_pages(s);
	return err ? err : make_frontier(s);
}

/* ---- visiting ---------------------------------------------------------------------------- */

static enum err commit(struct frontier_state *s)
{
	enum err err = store_commit(s->store);

	s->n_uncommitted = 0;
	s->is_urgent = false;
	frontier_committed(s->frontier);
	return err;
}

static void observe(const struct sim_visit *v, struct observation *o)
{
	observation_release(o);
	o->at_ms = ms_of(v->at);
	o->http_status = v->has_changed || isnan(v->tau) ? 200 : 304;
	o->verdict = isnan(v->tau)    ? VERDICT_NEW
		     : v->has_changed ? VERDICT_CHANGED
				      : VERDICT_UNCHANGED;
	o->answered = true;
	o->n_requests = 1;
	if (o->http_status == 200 && !isnan(v->age_days))
		o->last_modified_at_ms = ms_of(v->at - v->age_days);
}

static enum err put_back(struct frontier_state *s, struct page *page)
{
	enum err err = store_put_page(s->store, page, s->hosts[page->key.host.host_id]);

	frontier_wake(s->frontier, &page->position);
	s->n_uncommitted++;
	return err;
}

static double prior_of(const struct frontier_state *s, const struct page *page)
{
	return learn_prior_per_day(store_classes(s->store),
				   s->hosts[page->key.host.host_id]);
}

static void learn(struct frontier_state *s, const struct sim_visit *v, struct page *page,
		  struct observation *o)
{
	struct learn_source source = {
		.quality = signal_quality(&s->counts),
		.n_announced = v->n_announced,
		.price = frontier_price(s->frontier),
	};
	double prior = prior_of(s, page);

	s->n_announced[v->page] = 0;
	if (!s->world->pages[v->page].has_source) {
		(void)learn_visit(page, o, prior);
		return;
	}
	if (!isnan(v->tau))
		signal_observe(&s->counts, learn_posterior(page, prior), v->n_announced,
			       v->tau, v->has_changed);
	(void)learn_visit_told(page, o, prior, &source);
}

static enum err optimal_visited(void *state, const struct sim_visit *v)
{
	struct frontier_state *s = state;
	struct page *page = &s->pages[v->page];
	struct host *host = s->hosts[page->key.host.host_id];
	struct observation *o = &s->observation;
	bool announce;
	enum err err;

	observe(v, o);
	learn(s, v, page, o);
	err = page_observe(page, o, &s->change, &announce);
	if (err)
		return err;
	s->plan.context.price = frontier_price(s->frontier);
	plan_next_visit(&s->plan, page, host, o, o->at_ms);
	err = put_back(s, page);
	if (!isnan(v->tau))
		frontier_finished(s->frontier, host);
	if (!err && s->n_uncommitted * COMMITS_PER_ROUND >= s->world->n)
		err = commit(s);
	return err;
}

static enum err optimal_announced(void *state, size_t i, double now)
{
	struct frontier_state *s = state;
	struct page *page = &s->pages[i];
	struct signal_quality quality = signal_quality(&s->counts);
	double days = (double)(ms_of(now) - page->learned_at_ms) / (double)MS_PER_DAY;
	struct queue_position before = page->position;

	s->n_announced[i]++;
	if (!(quality.precision > 0))
		return ERR_OK; /* nobody listens to a liar */
	plan_announced(&s->plan, page,
		       signal_value((double)page->weight, &quality,
				    learn_posterior(page, prior_of(s, page)),
				    s->n_announced[i], days),
		       ms_of(now));
	if (queue_position_equal(&page->position, &before))
		return ERR_OK;
	s->is_urgent = true;
	return put_back(s, page);
}

/* Jobs until one is of a page as it stands; the loop does the same. */
static enum err optimal_pick(void *state, double now, size_t *picked)
{
	struct frontier_state *s = state;
	struct job job;
	enum err err = ERR_OK;

	if (s->is_urgent)
		err = commit(s);
	while (!err) {
		struct page *page;

		err = frontier_next(s->frontier, ms_of(now), &job);
		if (err)
			return err;
		if (job.kind == JOB_NONE && s->n_uncommitted) {
			err = commit(s);
			continue;
		}
		if (job.kind != JOB_PAGE)
			return ERR_OK;
		page = &s->pages[job.entry.key.url_hash];
		if (queue_position_equal(&job.entry.position, &page->position)) {
			if (!plan_too_soon(&s->plan, page, ms_of(now))) {
				*picked = job.entry.key.url_hash;
				return ERR_OK;
			}
			err = put_back(s, page);
		}
		frontier_finished(s->frontier, job.host);
	}
	return err;
}

const struct sim_policy sim_policy_optimal = {
	.name = "optimal",
	.summary =
		"what `run` does: greatest crawl value by learned rates, class by class",
	.open = optimal_open,
	.close = frontier_close_state,
	.visited = optimal_visited,
	.pick = optimal_pick,
	.announced = optimal_announced,
};
