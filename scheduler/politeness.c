#include "scheduler/politeness.h"

#include "scheduler/plan.h"
#include "store/base/clock.h"

/* So many failures in a row are no accident of one page any more. A host that asks us to
 * go away is believed at once. */
static const uint32_t failures_until_backoff[] = {
	[HEALTH_SOFT] = 5,
	[HEALTH_HARD] = 3,
	[HEALTH_BEGS] = 1,
	[HEALTH_DENIED] = 20,
};

/* The origin may get a request this part of the delay later than it was sent: on its way it
 * may wait for a lost packet, there for a process. That is taken to be so unless the answer
 * was there sooner. So slow answers make an interval a tenth longer, and none longer yet. */
#define DELAY_PER_DOUBT 10

int64_t politeness_delay_ms(const struct politeness_config *config,
			    const struct host *host)
{
	int64_t crawl_delay_ms = host->crawl_delay_ms;

	if (crawl_delay_ms > config->max_crawl_delay_ms)
		crawl_delay_ms = config->max_crawl_delay_ms;
	return crawl_delay_ms > config->host_delay_ms ? crawl_delay_ms
						      : config->host_delay_ms;
}

int64_t politeness_ready_at_ms(const struct host *host, bool force)
{
	if (host->paused)
		return POLITENESS_NEVER;
	if (host->backoff_until_ms > host->next_request_at_ms &&
	    (!force || host->backoff_is_retry_after))
		return host->backoff_until_ms;
	return host->next_request_at_ms;
}

void politeness_go_by(struct host *host, int64_t now_ms)
{
	if (host->next_request_at_ms <= now_ms + host->delay_ms)
		return;
	host->next_request_at_ms = now_ms + host->delay_ms;
	host->dirty = true;
}

bool politeness_waits(const struct host *host, int64_t now_ms)
{
	return host->next_request_at_ms > now_ms || host->backoff_until_ms > now_ms;
}

void politeness_clock_stepped(struct host *host, int64_t was_ms, int64_t step_ms)
{
	if (!politeness_waits(host, was_ms))
		return;
	if (host->next_request_at_ms > was_ms)
		host->next_request_at_ms += step_ms;
	if (host->backoff_until_ms > was_ms)
		host->backoff_until_ms += step_ms;
	host->dirty = true;
}

void politeness_clock_was_ahead(struct host *host, int64_t now_ms)
{
	politeness_go_by(host, now_ms);
	if (host->backoff_until_ms <= now_ms + MS_PER_DAY)
		return;
	host->backoff_until_ms = now_ms + MS_PER_DAY;
	host->dirty = true;
}

void politeness_delay_changed(const struct politeness_config *config, struct host *host)
{
	int64_t delay_ms = politeness_delay_ms(config, host);

	if (!host->next_request_at_ms || host->delay_ms == delay_ms)
		return;
	host->next_request_at_ms += delay_ms - host->delay_ms;
	host->delay_ms = delay_ms;
	host->dirty = true;
}

void politeness_started(const struct politeness_config *config, struct host *host,
			int64_t now_ms)
{
	host->delay_ms = politeness_delay_ms(config, host);
	host->next_request_at_ms = now_ms + host->delay_ms;
	host->n_requests++;
	host->dirty = true;
}

int64_t politeness_next_at_ms(const struct politeness_sending *sending, int64_t delay_ms)
{
	int64_t got_at_ms = sending->sent_at_ms + delay_ms / DELAY_PER_DOUBT;

	if (!delay_ms)
		return 0;
	if (got_at_ms > sending->heard_at_ms)
		got_at_ms = sending->heard_at_ms;
	return got_at_ms + delay_ms;
}

void politeness_sent(struct host *host, const struct politeness_sending *sending)
{
	int64_t at_ms = politeness_next_at_ms(sending, host->delay_ms);

	if (host->next_request_at_ms >= at_ms)
		return;
	host->next_request_at_ms = at_ms;
	host->dirty = true;
}

void politeness_answered(const struct politeness_config *config, struct host *host,
			 enum host_health health, int64_t retry_after_ms, int64_t now_ms)
{
	uint32_t patience;
	bool keeps;

	host->dirty = true;
	if (health == HEALTH_GOOD) {
		host->n_failures_in_a_row = 0;
		host->last_success_at_ms = now_ms;
	} else {
		host->n_failures_in_a_row++;
		host->last_failure_at_ms = now_ms;
	}
	keeps = host->backoff_is_retry_after && host->backoff_until_ms > now_ms;
	if (retry_after_ms &&
	    !(keeps && host->backoff_until_ms > now_ms + retry_after_ms)) {
		host->backoff_until_ms = now_ms + retry_after_ms;
		host->backoff_is_retry_after = true;
		return;
	}
	if (keeps)
		return; /* given with an earlier answer, and still to be kept */
	host->backoff_is_retry_after = false;
	host->backoff_until_ms = 0;
	if (health == HEALTH_GOOD)
		return;
	patience = failures_until_backoff[health];
	if (host->n_failures_in_a_row >= patience)
		host->backoff_until_ms =
			now_ms + backoff_ms(host->n_failures_in_a_row - patience + 1,
					    config->retry_min_ms, config->retry_max_ms,
					    host->key.host_id);
}
