/* outlook.c - budgets and hosts; no page is looked at. */
#include "tools/outlook.h"

#include <math.h>
#include <stdlib.h>

#include "scheduler/policy.h"
#include "scheduler/politeness.h"
#include "scheduler/prospect.h"
#include "store/base/clock.h"
#include "tools/best.h"
#include "tools/host_rules.h"

#define S_PER_DAY ((double)MS_PER_DAY / (double)MS_PER_SECOND)

void outlook_release(struct outlook *o)
{
	for (size_t i = 0; i < o->n_visits; i++)
		buf_release(&o->visits[i].url);
	for (size_t i = 0; i < o->n_hosts; i++)
		buf_release(&o->hosts[i].name);
	free(o->visits);
	free(o->budgets);
	free(o->hosts);
	*o = (struct outlook){ .n_visits = 0 };
}

/* ---- budgets --------------------------------------------------------------------------- */

static struct outlook_budget judge_budget(struct prospect *prospect, double per_s)
{
	struct outlook_budget b = { .per_s = per_s, .best = NAN, .uniform = NAN };
	struct allocation best;

	if (!prospect->n)
		return b;
	best = prospect_at_budget(prospect, per_s * S_PER_DAY);
	b.best = best.freshness;
	b.price = best.price;
	b.uniform = prospect_uniform(prospect, per_s * S_PER_DAY).freshness;
	return b;
}

static double budget_for(struct prospect *prospect, double freshness)
{
	double per_day;

	if (!prospect->n)
		return NAN;
	per_day = prospect_for_freshness(prospect, freshness).visits_per_day;
	return per_day / S_PER_DAY;
}

static enum err judge_budgets(struct outlook *o, struct store *store,
			      const struct outlook_request *request)
{
	struct prospect prospect = { .n = 0 };
	enum err err = prospect_init(&prospect, store_classes(store)->n_pages);

	o->budgets = calloc(request->n_budgets + 1, sizeof(*o->budgets));
	if (!err && !o->budgets)
		err = ERR_NOMEM;
	for (size_t i = 0; !err && i < request->n_budgets; i++)
		o->budgets[o->n_budgets++] =
			judge_budget(&prospect, request->budgets_per_s[i]);
	if (!err && request->target > 0)
		o->target_per_s = budget_for(&prospect, request->target);
	prospect_release(&prospect);
	return err;
}

/* ---- hosts ------------------------------------------------------------------------------ */

static int by_pass(const void *a, const void *b)
{
	const struct outlook_host *x = a, *y = b;

	return (x->pass_ms < y->pass_ms) - (x->pass_ms > y->pass_ms);
}

static void release_host(void *item)
{
	buf_release(&((struct outlook_host *)item)->name);
}

/* What the host can be asked for, against what it would get if all pages were alike. */
static struct outlook_host judge_host(const struct settings *settings,
				      const struct host *host)
{
	struct politeness_config politeness = {
		.max_crawl_delay_ms = settings->fetch_max_crawl_delay_ms,
	};
	struct outlook_host h = { .n_pages = host_n_pages(host) };
	struct host_settings own;
	struct frontier_rules rules;

	host_rules_make(settings, buf_span(&host->name), &rules);
	settings_for_host(settings, buf_span(&host->name), &own);
	politeness.host_delay_ms = rules.delay_ms;
	h.delay_ms = politeness_delay_ms(&politeness, host);
	h.pass_ms = (int64_t)h.n_pages * h.delay_ms;
	h.max_interval_ms = own.max_interval_ms < h.pass_ms ? own.max_interval_ms : 0;
	return h;
}

static enum err judge_hosts(struct outlook *o, struct store *store,
			    const struct settings *settings)
{
	struct store_walk *walk = NULL;
	struct best best;
	struct host host;
	enum err err = store_walk_hosts(store, &walk);

	host_init(&host);
	best_init(&best, sizeof(struct outlook_host), OUTLOOK_HOSTS_MAX, by_pass,
		  release_host);
	while (!err) {
		struct outlook_host h;

		err = store_walk_host(walk, &host);
		if (err)
			break;
		h = judge_host(settings, &host);
		if (!h.max_interval_ms && h.pass_ms <= o->round_ms)
			continue;
		o->n_slow_hosts++;
		err = buf_set(&h.name, buf_span(&host.name));
		if (!err)
			err = best_offer(&best, &h);
	}
	host_release(&host);
	store_walk_end(walk);
	best_sort(&best);
	o->hosts = (struct outlook_host *)(void *)best.items;
	o->n_hosts = best.n;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err outlook_make(struct outlook *o, struct store *store,
		      const struct outlook_request *request, int64_t now_ms)
{
	const struct settings *settings = request->settings;
	struct policy_context context = {
		.budget_per_s = settings->schedule_budget_per_s,
		.n_pages = store_n_pages(store),
	};
	enum err err;

	*o = (struct outlook){
		.at_ms = now_ms,
		.budget_per_s = settings->schedule_budget_per_s,
		.price = prospect_price(store, settings->schedule_budget_per_s),
		.n_pages = store_n_pages(store),
		.n_rated = store_classes(store)->n_rated,
		.round_ms = policy_round_ms(&context),
		.target = request->target,
	};
	err = judge_budgets(o, store, request);
	if (!err)
		err = judge_hosts(o, store, settings);
	return err ? err : outlook_find_visits(o, store, request);
}
