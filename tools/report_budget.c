/* report_budget.c - the best freshness that a budget can buy, by class of pages. */
#include "tools/report.h"

#include <math.h>
#include <stdlib.h>

#include "store/base/clock.h"

/* Requests of less time than this say nothing of a day. */
#define USED_MIN_MS MS_PER_HOUR

struct lines {
	struct allocation_page *pages;
	double *visits;
	size_t n;
	double n_pages;
};

static enum err lines_make(const struct report_pages *p, struct lines *lines)
{
	size_t n = 0;

	*lines = (struct lines){ .n = 0 };
	for (size_t id = CLASS_FIRST; id < N_CLASSES; id++)
		n += p->classes[id] > 0;
	lines->pages = calloc(n + 1, sizeof(*lines->pages));
	lines->visits = calloc(n + 1, sizeof(*lines->visits));
	if (!lines->pages || !lines->visits)
		return ERR_NOMEM;
	for (size_t id = CLASS_FIRST; id < N_CLASSES; id++) {
		if (!p->classes[id])
			continue;
		lines->pages[lines->n++] =
			class_allocation_page((uint16_t)id, p->classes[id]);
		lines->n_pages += p->classes[id];
	}
	return ERR_OK;
}

static void lines_release(struct lines *lines)
{
	free(lines->pages);
	free(lines->visits);
}

static double best_under(struct lines *lines, double per_day)
{
	return allocation_solve(AIM_PERIODIC, lines->pages, lines->n, per_day,
				lines->visits)
		.freshness;
}

static double uniform_under(struct lines *lines, double per_day)
{
	for (size_t i = 0; i < lines->n; i++)
		lines->visits[i] = per_day / lines->n_pages;
	return allocation_judge(AIM_PERIODIC, lines->pages, lines->n, lines->visits)
		.freshness;
}

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
	struct lines lines;
	enum err err = lines_make(&report->pages, &lines);
	double per_day;

	b->per_day = settings->schedule_budget_per_s * 86400;
	b->used_per_day = used_per_day(report);
	b->best = b->best_half = b->best_double = b->uniform = NAN;
	/* Hosts cannot be made to answer more than politeness allows. */
	per_day = fmin(b->per_day, b->polite_per_day);
	if (!err && lines.n) {
		b->best_half = best_under(&lines, per_day / 2);
		b->best = best_under(&lines, per_day);
		b->best_double =
			best_under(&lines, fmin(2 * b->per_day, b->polite_per_day));
		b->uniform = uniform_under(&lines, per_day);
	}
	lines_release(&lines);
	return err;
}
