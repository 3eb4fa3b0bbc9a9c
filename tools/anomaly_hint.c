#include "tools/anomaly_hint.h"

/* clang-format off: one line a kind reads as the table that it is */
static const struct {
	int severity;
	const char *hint;
} hints[N_ANOMALIES] = {
	[ANOMALY_UNSOLICITED_304] = { 3,
				      "it answers 304 to requests without conditions; the owner's cache or proxy is at fault" },
	[ANOMALY_OTHER_TAG_304] = { 3,
				    "its 304s name a tag that was not sent; is there a cache that mixes up variants?" },
	[ANOMALY_FALSE_304] = { 4,
				"it said 304 while the words had changed; the owner should let tags follow content" },
	[ANOMALY_SAME_TAG_OTHER_BODY] = { 3,
					  "one strong tag for different bytes; the owner should mark it weak or let it follow content" },
	[ANOMALY_TAG_CHURN] = { 2,
				"new tags for the same file; behind several servers, tags must not hold inodes or times" },
	[ANOMALY_DATE_BACKWARDS] = { 1,
				     "Last-Modified went back: a restored or rolled-back file keeps its old date" },
	[ANOMALY_DATE_IN_FUTURE] = { 1,
				     "Last-Modified lies in the future; the owner should mend file dates or the clock" },
	[ANOMALY_CONDITION_REFUSED] = { 2,
					"it refuses conditional requests with 400 or 412; the owner's firewall may be too strict" },
	[ANOMALY_BODY_ON_304] = { 2,
				  "it sends a body with 304, which costs a connection each time; the owner's script is at fault" },
	[ANOMALY_CLOCK_SKEW] = { 1,
				 "its Date is more than a minute off; the owner should set the clock, or look at ours" },
};
/* clang-format on */

const char *anomaly_hint(enum anomaly a)
{
	return (size_t)a < N_ANOMALIES ? hints[a].hint : "";
}

int anomaly_severity(enum anomaly a)
{
	return (size_t)a < N_ANOMALIES ? hints[a].severity : 0;
}
