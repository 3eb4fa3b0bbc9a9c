#include "crawler/robots.h"

#include "store/base/clock.h"

#define OUTAGE_MS (30 * MS_PER_DAY)

const char *robots_outcome_text(enum robots_outcome outcome)
{
	static const char *const texts[] = { "not read", "parsed", "none",
					     "unreachable" };

	return (size_t)outcome < ARRAY_SIZE(texts) ? texts[outcome] : "unknown";
}

enum robots_outcome robots_judge_fetch(bool arrived, int http_status)
{
	if (!arrived || http_status == 429)
		return ROBOTS_UNREACHABLE;
	if (http_status >= 200 && http_status <= 299)
		return ROBOTS_PARSED;
	if (http_status >= 300 && http_status <= 499)
		return ROBOTS_NONE;
	return ROBOTS_UNREACHABLE;
}

enum err robots_outcome_match(enum robots_outcome outcome, const struct robots *robots,
			      struct span target, struct robots_match *match)
{
	bool allowed = outcome == ROBOTS_NONE || span_equal(target, SPAN("/robots.txt"));

	if (outcome == ROBOTS_PARSED)
		return robots_match(robots, target, match);
	*match = (struct robots_match){ allowed, 0, SPAN("") };
	return ERR_OK;
}

bool robots_outage_is_over(int64_t unreachable_since_ms, int64_t now_ms)
{
	return now_ms - unreachable_since_ms >= OUTAGE_MS;
}
