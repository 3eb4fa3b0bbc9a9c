/* loop_frontier.c - what the frontier goes by, how it is made, and made anew under a run. */
#include "scheduler/ahead.h"
#include "tools/contact.h"
#include "tools/host_rules.h"
#include "tools/loop_internal.h"

/* ---- what it goes by ------------------------------------------------------------------------ */

bool loop_host_is_wanted(const struct loop *loop, const struct host *host)
{
	if (contact_check(loop->settings, buf_span(&host->name), NULL))
		return false;
	for (size_t i = 0; i < loop->config.n_hosts; i++)
		if (host_filter_matches(&loop->config.hosts[i], buf_span(&host->name)))
			return true;
	return !loop->config.n_hosts;
}

static void host_rules(void *context, const struct host *host,
		       struct frontier_rules *rules)
{
	struct loop *loop = context;

	host_rules_make(loop->settings, buf_span(&host->name), rules);
	rules->unwanted = rules->unwanted || !loop_host_is_wanted(loop, host);
}

static struct frontier_schedule make_schedule(const struct loop *loop)
{
	return (struct frontier_schedule){
		.policy = loop->plan.policy,
		.context = loop->plan.context,
		.min_interval_ms = loop->settings->schedule_min_interval_ms,
		.max_interval_ms = loop->settings->schedule_max_interval_ms,
	};
}

static struct politeness_config make_politeness(const struct settings *s)
{
	return (struct politeness_config){
		.host_delay_ms = s->fetch_host_delay_ms,
		.max_crawl_delay_ms = s->fetch_max_crawl_delay_ms,
		.retry_min_ms = s->fetch_retry_min_ms,
		.retry_max_ms = s->fetch_retry_max_ms,
	};
}

void loop_take_settings(struct loop *loop, const struct settings *settings)
{
	loop->settings = settings;
	loop->plan = (struct plan_config){
		.policy = policy_of_settings(settings),
		.context = { .budget_per_s = settings->schedule_budget_per_s,
			     .bytes_per_s = (double)settings->schedule_byte_budget,
			     .interval_ms = settings->schedule_interval_ms,
			     .n_pages = store_n_pages(loop->store),
			     .price = prospect_price(loop->store,
						     settings->schedule_budget_per_s) },
		.gone_spacing_ms = settings->fetch_gone_spacing_ms,
		.retry_min_ms = settings->fetch_retry_min_ms,
		.retry_max_ms = settings->fetch_retry_max_ms,
	};
	budget_init(&loop->budget, settings->schedule_budget_per_s, loop->now_ms);
	budget_init(&loop->bytes, (double)settings->schedule_byte_budget, loop->now_ms);
}

void loop_reload(struct loop *loop)
{
	struct politeness_config politeness = make_politeness(loop->new_settings);
	struct frontier_schedule schedule;

	loop->reload = 0;
	loop_take_settings(loop, loop->new_settings);
	schedule = make_schedule(loop);
	frontier_set_schedule(loop->frontier, &schedule);
	frontier_set_politeness(loop->frontier, &politeness);
	frontier_reload(loop->frontier);
}

/* ---- making it ----------------------------------------------------------------------------- */

static enum err make_frontier(struct loop *loop, bool after_unclean_end,
			      struct frontier **frontier)
{
	struct frontier_config config = {
		.schedule = make_schedule(loop),
		.politeness = make_politeness(loop->settings),
		.force = loop->config.force,
		.once = loop->config.once,
		.rules = host_rules,
		.last_end_was_unclean = after_unclean_end,
		.wants =
			loop->config.tags && loop->config.tags[0] ? page_is_wanted : NULL,
		.context = loop,
	};

	return frontier_new(loop->store, &config, loop->now_ms, frontier);
}

enum err loop_begin(struct loop *loop)
{
	bool unclean;
	enum err err = store_mark_running(loop->store, true, &unclean);

	/* Before the first request: the run after this one must know that there was one. */
	if (!err)
		err = store_commit(loop->store);
	if (!err)
		err = loop_take_back(loop, ahead_of_ms(loop->store, loop->now_ms));
	return err ? err : make_frontier(loop, unclean, &loop->frontier);
}

void loop_drop_flights(struct loop *loop)
{
	struct flight *flight, *next;

	if (loop->frontier)
		robots_free_all(loop);
	polls_free_all(loop);
	HASH_ITER(hh, loop->flights, flight, next)
	{
		flight_free(loop, flight);
	}
	HASH_ITER(hh, loop->forgotten, flight, next)
	{
		flight_free(loop, flight);
	}
}

enum err loop_start_anew(struct loop *loop)
{
	struct frontier *frontier = NULL;
	enum err err = loop_commit(loop);

	if (err)
		return err;
	loop_drop_flights(loop);
	err = loop_take_back(loop, loop->ahead_ms);
	if (!err)
		err = make_frontier(loop, false, &frontier);
	if (err)
		return err;
	frontier_free(loop->frontier);
	loop->frontier = frontier;
	memset(&loop->polling, 0, sizeof(loop->polling));
	loop->polls_at_ms = 0;
	loop->ahead_ms = 0;
	loop->starts_anew = false;
	return ERR_OK;
}
