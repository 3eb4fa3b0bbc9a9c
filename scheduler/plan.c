#include "scheduler/plan.h"

#include <math.h>

#include "scheduler/classes.h"
#include "store/base/clock.h"

#define NOISY_WAIT_MAX 4

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
	return value < least ? least : value > most ? most : value;
}

void plan_bounds(const struct plan_config *config, const struct page *page,
		 int64_t *min_ms, int64_t *max_ms)
{
	*min_ms = page->min_interval_ms ? page->min_interval_ms : config->min_interval_ms;
	*max_ms = page->max_interval_ms ? page->max_interval_ms : config->max_interval_ms;
	if (*min_ms <= *max_ms)
		return;
	/* The page's own bound beats the general one. */
	if (page->max_interval_ms && !page->min_interval_ms)
		*min_ms = *max_ms;
	else
		*max_ms = *min_ms;
}

int64_t backoff_ms(uint32_t n_failures, int64_t min_ms, int64_t max_ms, uint64_t salt)
{
	int64_t wait_ms = min_ms, jitter_ms;

	if (!n_failures)
		return 0;
	for (uint32_t i = 1; i < n_failures && wait_ms < max_ms; i++)
		wait_ms *= 2;
	if (wait_ms > max_ms)
		wait_ms = max_ms;
	jitter_ms = wait_ms / 10;
	if (!jitter_ms)
		return wait_ms;
	return wait_ms - jitter_ms +
	       (int64_t)(salt * UINT64_C(0x9E3779B97F4A7C15) >> 11) % (2 * jitter_ms + 1);
}

static void set_next(struct page *page, int64_t at_ms, enum visit_reason reason)
{
	page->next_visit_at_ms = at_ms;
	page->next_visit_reason = (uint8_t)reason;
	page->position =
		(struct queue_position){ .class = 0, .order_ms = at_ms, .queued = true };
}

void plan_at_once(struct page *page, enum visit_reason reason, int64_t now_ms)
{
	set_next(page, now_ms, reason);
}

/* No page of a host can be visited much more often than all of them in turn; so nothing is
 * due in half the time that a round takes, whatever the price of visits elsewhere. */
static int64_t least_wait_ms(const struct host *host)
{
	return (int64_t)host_n_pages(host) * host->delay_ms / 2;
}

static int64_t wanted_ms(const struct plan_config *config, const struct page *page,
			 const struct host *host)
{
	int64_t wanted = config->policy->interval_ms(&config->context, page);
	int64_t least = least_wait_ms(host);

	return config->policy->class_of && wanted < least ? least : wanted;
}

static bool has_least(const struct plan_config *config, const struct page *page)
{
	return page->min_interval_ms || config->bounds_are_of_host;
}

static bool has_greatest(const struct plan_config *config, const struct page *page)
{
	return page->max_interval_ms || config->bounds_are_of_host;
}

/* A visit of a noisy page costs a whole download, and has brought no news for long: it waits
 * up to NOISY_WAIT_MAX times as long as it would else. */
static int64_t noisy_ms(const struct page *page, int64_t interval_ms)
{
	int64_t times = 1 + page->n_noisy / PAGE_NOISY_MIN;

	if (times > NOISY_WAIT_MAX)
		times = NOISY_WAIT_MAX;
	return interval_ms > INT64_MAX / times ? interval_ms : times * interval_ms;
}

/* After an answer that tells the page's content (or that it has moved). */
static void plan_by_policy(const struct plan_config *config, struct page *page,
			   const struct host *host, int64_t now_ms)
{
	int64_t wanted = wanted_ms(config, page, host);
	int64_t min_ms, max_ms, interval_ms;
	enum visit_reason reason = REASON_INTERVAL;

	plan_bounds(config, page, &min_ms, &max_ms);
	interval_ms = clamp(wanted, min_ms, max_ms);
	if (interval_ms > wanted)
		reason = REASON_MIN_INTERVAL;
	else if (interval_ms < wanted)
		reason = REASON_MAX_INTERVAL;
	else if (config->policy->class_of)
		reason = REASON_VALUE;
	if (page_is_noisy(page)) {
		interval_ms = clamp(noisy_ms(page, interval_ms), min_ms, max_ms);
		reason = REASON_NOISY;
	}
	set_next(page, now_ms + interval_ms, reason);
	if (reason == REASON_NOISY)
		return;
	if (!config->policy->class_of || has_greatest(config, page) ||
	    (has_least(config, page) && interval_ms > wanted))
		return;
	page->position.class = config->policy->class_of(&config->context, page);
	page->position.order_ms = now_ms;
}

bool plan_too_soon(const struct plan_config *config, struct page *page, int64_t now_ms)
{
	int64_t at_ms = page->position.order_ms, min_ms, max_ms;

	if (!page->position.class || !has_least(config, page))
		return false;
	plan_bounds(config, page, &min_ms, &max_ms);
	if (at_ms > now_ms || now_ms - at_ms >= min_ms)
		return false;
	set_next(page, at_ms + min_ms, REASON_MIN_INTERVAL);
	return true;
}

/* A page with bounds of its own waits for an instant, not for its turn: it is worth a visit
 * at once, or not at all. */
static void announced_within_bounds(const struct plan_config *config, struct page *page,
				    double value, int64_t now_ms)
{
	int64_t min_ms, max_ms, at_ms;
	bool waits = page->next_visit_reason == REASON_MAX_INTERVAL ||
		     page->next_visit_reason == REASON_MIN_INTERVAL ||
		     page->next_visit_reason == REASON_INTERVAL;

	if (!waits || !(value > config->context.price))
		return;
	plan_bounds(config, page, &min_ms, &max_ms);
	at_ms = page->last_visit_at_ms + min_ms;
	if (at_ms < now_ms)
		at_ms = now_ms;
	if (at_ms < page->position.order_ms)
		set_next(page, at_ms, REASON_ANNOUNCED);
}

void plan_announced(const struct plan_config *config, struct page *page, double value,
		    int64_t now_ms)
{
	double days, order_ms, due_ms;

	if (page->position.class == 0)
		announced_within_bounds(config, page, value, now_ms);
	if (!class_is_value_class(page->position.class))
		return;
	days = class_due_days(page->position.class, &page->worth, value);
	order_ms = (double)now_ms - days * (double)MS_PER_DAY;
	/* Never later than it was; never before all time. */
	if (order_ms >= (double)page->position.order_ms)
		return;
	page->position.order_ms = order_ms > 1 ? (int64_t)order_ms : 1;
	days = class_due_days(page->position.class, &page->worth, config->context.price);
	due_ms = (double)page->position.order_ms + days * (double)MS_PER_DAY;
	page->next_visit_at_ms =
		due_ms > (double)now_ms ? (int64_t)fmin(due_ms, 1e17) : now_ms;
	page->next_visit_reason = REASON_ANNOUNCED;
}

/* A page that is gone is asked for ever less often, but never given up: it may be back. */
static void plan_gone(const struct plan_config *config, struct page *page, int64_t now_ms)
{
	int64_t min_ms, max_ms;

	plan_bounds(config, page, &min_ms, &max_ms);
	set_next(page,
		 now_ms + clamp(backoff_ms(page->n_not_found_in_a_row, MS_PER_DAY, max_ms,
					   page->key.url_hash),
				min_ms, max_ms),
		 REASON_BACKOFF);
}

/* Once the back-off has grown to its end, a page that still fails costs no more visits than
 * it would be worth if it answered: else a few per cent of dead pages, asked once a day for
 * ever, would take the budget from the living. */
static void wait_for_worth(const struct plan_config *config, struct page *page,
			   const struct host *host, int64_t now_ms)
{
	int64_t min_ms, max_ms, at_ms;

	if (!config->policy->class_of ||
	    page->next_visit_at_ms - now_ms < config->retry_max_ms * 9 / 10)
		return;
	plan_bounds(config, page, &min_ms, &max_ms);
	at_ms = now_ms + clamp(wanted_ms(config, page, host), min_ms, max_ms);
	if (at_ms > page->next_visit_at_ms)
		set_next(page, at_ms, REASON_BACKOFF);
}

static void plan_failure(const struct plan_config *config, struct page *page,
			 const struct host *host, const struct observation *o,
			 int64_t now_ms)
{
	int64_t at_ms =
		now_ms + backoff_ms(page->n_failures_in_a_row, config->retry_min_ms,
				    config->retry_max_ms, page->key.url_hash);

	if (o->retry_after_ms) {
		set_next(page, now_ms + o->retry_after_ms, REASON_RETRY_AFTER);
		return;
	}
	if (o->not_found) {
		set_next(page, now_ms + config->gone_spacing_ms, REASON_CONFIRM_GONE);
		return;
	}
	if (at_ms < host->backoff_until_ms)
		at_ms = host->backoff_until_ms;
	set_next(page, at_ms, REASON_BACKOFF);
	wait_for_worth(config, page, host, now_ms);
}

void plan_next_visit(const struct plan_config *config, struct page *page,
		     const struct host *host, const struct observation *o, int64_t now_ms)
{
	/* A second contradiction in a row is a failure like any other: no tight loop. */
	if (o->ask_unconditionally && page->n_failures_in_a_row < 2) {
		set_next(page, now_ms, REASON_ASK_AGAIN);
		return;
	}
	switch (o->verdict) {
	case VERDICT_ERROR:
	case VERDICT_REFUSED:
		plan_failure(config, page, host, o, now_ms);
		break;
	case VERDICT_GONE:
		plan_gone(config, page, now_ms);
		break;
	case VERDICT_BLOCKED:
		set_next(page,
			 host->robots_expires_at_ms > now_ms ? host->robots_expires_at_ms
							     : now_ms + MS_PER_HOUR,
			 REASON_ROBOTS);
		break;
	default:
		plan_by_policy(config, page, host, now_ms);
	}
	if (o->hold && page->next_visit_at_ms - now_ms > MS_PER_DAY)
		set_next(page, now_ms + MS_PER_DAY, REASON_CONFIRM_HELD);
}
