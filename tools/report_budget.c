/* report_budget.c - the best freshness that a budget can buy, by class of pages. */
#include "tools/report.h"

#include <math.h>

#include "scheduler/prospect.h"
#include "store/base/clock.h"

/* Requests of less time than this say nothing of a day. */
#define USED_MIN_MS MS_PER_HOUR

static double used_per_day(const struct report *report)
{
	int64_t since_ms = report->pages.first_seen_at_ms > report->since_ms
				   ? report->pages.first_seen_at_ms
				   : report->since_ms;
	double ms = (double)(report->at_ms - since_ms);

	return ms >= (double)USED_MIN_MS ? (double)report->window.n[COUNT_REQUESTS] / ms *
						   (double)MS_PER_DAY
					 : NAN;
}

enum err report_make_budget(struct report *report, const struct settings *settings)
{
	struct report_budget *b = &report->budget;
	struct prospect prospect = { .n = 0 };
	enum err err = prospect_init(&prospect, report->pages.classes);
	double per_day;

	b->per_day = settings->schedule_budget_per_s * 86400;
	b->used_per_day = used_per_day(report);
	b->best = b->best_half = b->best_double = b->uniform = NAN;
	/* Hosts cannot be made to answer more than politeness allows. */
	per_day = fmin(b->per_day, b->polite_per_day);
	if (!err && prospect.n) {
		b->best_half = prospect_at_budget(&prospect, per_day / 2).freshness;
		b->best = prospect_at_budget(&prospect, per_day).freshness;
		b->best_double = prospect_at_budget(&prospect, fmin(2 * b->per_day,
								    b->polite_per_day))
					 .freshness;
		b->uniform = prospect_uniform(&prospect, per_day).freshness;
	}
	prospect_release(&prospect);
	return err;
}
