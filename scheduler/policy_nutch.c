#include "scheduler/policy_nutch.h"

#include <math.h>

#include "store/base/clock.h"

const struct nutch_rules nutch_default_rules = {
	.inc_rate = 0.4,
	.dec_rate = 0.2,
	.sync_delta = true,
	.sync_delta_rate = 0.3,
	.default_interval_ms = 30 * MS_PER_DAY,
	.min_interval_ms = MS_PER_MINUTE,
	.max_interval_ms = 365 * MS_PER_DAY,
};

static int64_t scaled(int64_t ms, double factor)
{
	return (int64_t)llround((double)ms * factor);
}

static int64_t clamped(int64_t ms, int64_t low, int64_t high)
{
	if (ms < low)
		return low;
	return ms > high ? high : ms;
}

void nutch_visited(const struct nutch_rules *rules, struct nutch_page *page,
		   int64_t now_ms, bool was_modified)
{
	int64_t interval =
		page->interval_ms ? page->interval_ms : rules->default_interval_ms;
	int64_t from = now_ms;

	if (was_modified || page->modified_at_ms <= 0)
		page->modified_at_ms = now_ms;
	interval = scaled(interval,
			  was_modified ? 1 - rules->dec_rate : 1 + rules->inc_rate);
	if (rules->sync_delta) {
		int64_t delta = now_ms - page->modified_at_ms;

		interval = delta > interval ? delta : interval;
		from -= scaled(delta, rules->sync_delta_rate);
	}
	page->interval_ms =
		clamped(interval, rules->min_interval_ms, rules->max_interval_ms);
	page->fetch_at_ms = from + page->interval_ms;
}
