#include "scheduler/policy_stormcrawler.h"

const struct stormcrawler_rules stormcrawler_default_rules = {
	.incr = 0.5,
	.decr = 0.5,
	.default_minutes = 24 * 60,
	.min_minutes = 60,
	.max_minutes = 14 * 24 * 60,
};

int stormcrawler_next_minutes(const struct stormcrawler_rules *rules, int minutes,
			      bool has_changed)
{
	double interval = minutes > 0 ? minutes : rules->default_minutes;

	/* It truncates, so a changing page ends one minute above the minimum or at it. */
	if (has_changed)
		return (int)((1 - rules->decr) * interval +
			     rules->decr * rules->min_minutes);
	interval *= 1 + rules->incr;
	return interval > rules->max_minutes ? rules->max_minutes : (int)interval;
}
