/* outlook_visits.c - the frontier, asked what it would hand out. */
#include <math.h>
#include <stdlib.h>

#include "scheduler/frontier.h"
#include "scheduler/learn.h"
#include "store/base/clock.h"
#include "tools/host_rules.h"
#include "tools/outlook.h"

/* Calls without a visit, each of which looks at up to a thousand pages: where every host is
 * paused or slow there may be none near. */
#define FRUITLESS_MAX 10000

struct search {
	struct outlook *outlook;
	struct store *store;
	const struct settings *settings;
	struct frontier *frontier;
	const struct policy *policy;
	struct page page;
	double now_ms; /* virtual; fractions of ms add up */
};

static void rules(void *context, const struct host *host, struct frontier_rules *out)
{
	const struct settings *settings = context;

	host_rules_make(settings, buf_span(&host->name), out);
}

static enum err make_frontier(struct search *s)
{
	struct settings *settings = (struct settings *)(uintptr_t)s->settings;
	struct frontier_config config = {
		.schedule = { .policy = s->policy,
			      .context = { .budget_per_s =
						   settings->schedule_budget_per_s,
					   .bytes_per_s =
						   (double)settings->schedule_byte_budget,
					   .interval_ms = settings->schedule_interval_ms,
					   .n_pages = s->outlook->n_pages,
					   .price = s->outlook->price },
			      .min_interval_ms = settings->schedule_min_interval_ms,
			      .max_interval_ms = settings->schedule_max_interval_ms },
		.politeness = { .host_delay_ms = settings->fetch_host_delay_ms,
				.max_crawl_delay_ms = settings->fetch_max_crawl_delay_ms,
				.retry_min_ms = settings->fetch_retry_min_ms,
				.retry_max_ms = settings->fetch_retry_max_ms },
		.rules = rules,
		.context = settings,
	};

	return frontier_new(s->store, &config, s->outlook->at_ms, &s->frontier);
}

/* The last thing that held the host up was its address, until then; 0: it was not. */
static int64_t waited_until_ms(const struct search *s, const struct host *host)
{
	int64_t free_at_ms = frontier_address_at_ms(s->frontier, host);
	double budget_per_s = s->settings->schedule_budget_per_s;
	double pace_ms = budget_per_s > 0 ? (double)MS_PER_SECOND / budget_per_s : 0;

	return free_at_ms > s->outlook->at_ms && free_at_ms > host->next_request_at_ms &&
			       s->now_ms - (double)free_at_ms <= pace_ms
		       ? free_at_ms
		       : 0;
}

static enum err note_visit(struct search *s, const struct job *job)
{
	struct outlook_visit *v = &s->outlook->visits[s->outlook->n_visits];
	const struct queue_position *at = &job->entry.position;
	const struct page *page = &s->page;
	int64_t now_ms = (int64_t)s->now_ms;
	double prior = learn_prior_per_day(store_classes(s->store), job->host);
	double tau = (double)(now_ms - at->order_ms) / (double)MS_PER_DAY;

	*v = (struct outlook_visit){
		.at_ms = now_ms,
		.address_at_ms = waited_until_ms(s, job->host),
		.last_visit_at_ms = page->last_visit_at_ms,
		.reason = at->class ? REASON_VALUE : page->next_visit_reason,
		.weight = (double)page->weight,
		.value = at->class && s->policy->has_price
				 ? s->policy->value(at->class, &job->entry.worth, tau)
				 : NAN,
		.change_probability =
			page->last_verified_at_ms
				? learn_change_probability(page, prior, now_ms)
				: NAN,
	};
	s->outlook->n_visits++;
	return buf_set(&v->url, buf_span(&page->url));
}

/* Has the address where the host answered last room for the job? Else it is put back. */
static enum err take_turn(struct search *s, const struct job *job, bool *may_start)
{
	struct span address = buf_span(&job->host->address);
	enum err err = ERR_OK;

	*may_start = true;
	if (address.len && !frontier_knows_address(s->frontier, job->host))
		err = frontier_host_at(s->frontier, job->host, address, may_start);
	if (!err && !*may_start)
		err = frontier_put_back(s->frontier, job->host, &job->entry);
	return err;
}

/* As run would: what stands elsewhere by now is passed over. */
static enum err take_job(struct search *s, const struct job *job)
{
	enum err err;

	page_clear(&s->page);
	err = store_get_page(s->store, &job->entry.key, &s->page);
	if (!err &&
	    queue_position_is_same_turn(&s->page.position, &job->entry.position)) {
		err = note_visit(s, job);
		frontier_started(s->frontier, job->host, (int64_t)s->now_ms);
		if (s->settings->schedule_budget_per_s > 0)
			s->now_ms += (double)MS_PER_SECOND /
				     s->settings->schedule_budget_per_s;
	}
	frontier_finished(s->frontier, job->host);
	return err == ERR_NOT_FOUND || err == ERR_CORRUPT ? ERR_OK : err;
}

static enum err search(struct search *s, size_t max, int64_t until_ms)
{
	struct job job;
	bool may_start;
	int n_fruitless = 0;
	enum err err = make_frontier(s);

	while (!err && s->outlook->n_visits < max && (int64_t)s->now_ms <= until_ms &&
	       n_fruitless < FRUITLESS_MAX) {
		err = frontier_next(s->frontier, (int64_t)s->now_ms, &job);
		if (err)
			break;
		if (job.kind == JOB_PAGE) {
			err = take_turn(s, &job, &may_start);
			if (!err && may_start)
				err = take_job(s, &job);
			n_fruitless = may_start ? 0 : n_fruitless + 1;
			continue;
		}
		if (job.next_at_ms == POLITENESS_NEVER)
			break;
		n_fruitless++;
		s->now_ms = fmax(s->now_ms, (double)job.next_at_ms);
	}
	return err;
}

enum err outlook_find_visits(struct outlook *outlook, struct store *store,
			     const struct outlook_request *request)
{
	struct search s = {
		.outlook = outlook,
		.store = store,
		.settings = request->settings,
		.policy = policy_of_settings(request->settings),
		.now_ms = (double)outlook->at_ms,
	};
	int64_t until_ms =
		request->within_ms ? outlook->at_ms + request->within_ms : INT64_MAX;
	enum err err;

	if (!request->n_visits)
		return ERR_OK;
	outlook->visits = calloc(request->n_visits, sizeof(*outlook->visits));
	if (!outlook->visits)
		return ERR_NOMEM;
	page_init(&s.page);
	err = search(&s, request->n_visits, until_ms);
	frontier_free(s.frontier);
	page_release(&s.page);
	return err;
}
