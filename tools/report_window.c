/* report_window.c - what was counted in the window, hour by hour or day by day. */
#include "tools/report.h"

#include <stdlib.h>

#include "store/base/clock.h"

#define HOURLY_UP_TO_MS (2 * MS_PER_DAY)
#define DAILY_UP_TO_MS (366 * MS_PER_DAY)

int64_t counters_visits(const struct counters *c)
{
	int64_t n = 0;

	for (int v = VERDICT_NEW; v < N_VERDICTS; v++)
		n += c->n[COUNT_VERDICT_NONE + v];
	return n;
}

int64_t counters_bytes(const struct counters *c)
{
	int64_t n = 0;

	for (int v = VERDICT_NONE; v < N_VERDICTS; v++)
		n += c->n[COUNT_BYTES_NONE + v];
	return n;
}

/* Up to two days by the hour, up to a year by the day, then by the week. */
static int64_t step_of(int64_t window_ms)
{
	if (window_ms <= HOURLY_UP_TO_MS)
		return MS_PER_HOUR;
	return window_ms <= DAILY_UP_TO_MS ? MS_PER_DAY : 7 * MS_PER_DAY;
}

static int64_t ms_before(int64_t at_ms, int64_t ms)
{
	return at_ms > ms ? at_ms - ms : 1;
}

/* Buckets begin at whole hours, days or weeks, but for the first, which begins with the
 * window. */
enum err report_make_series(struct report *report, const struct report_query *query)
{
	int64_t step_ms = step_of(query->window_ms);
	int64_t since_ms = ms_before(report->at_ms, query->window_ms);
	int64_t back_ms = query->compare_ms ? query->compare_ms : query->window_ms;
	int64_t first = since_ms / step_ms, last = report->at_ms / step_ms;
	size_t n = (size_t)(last - first + 1);

	report->series = calloc(n, sizeof(*report->series));
	if (!report->series)
		return ERR_NOMEM;
	report->n_series = n;
	report->since_ms = since_ms;
	report->series_step_ms = step_ms;
	report->previous.since_ms = ms_before(since_ms, back_ms);
	report->previous.until_ms = ms_before(report->at_ms, back_ms);
	for (size_t i = 0; i < n; i++)
		report->series[i].at_ms = i ? (first + (int64_t)i) * step_ms : since_ms;
	return ERR_OK;
}

static void count_status(struct counters *c, unsigned status, int64_t more)
{
	unsigned class = status / 100;

	c->n[COUNT_STATUS_0 + (class <= 5 ? class : 0)] += more;
	if (status == 304)
		c->n[COUNT_STATUS_304] += more;
}

void report_add_visit(struct report *report, const struct visit *visit)
{
	struct counters *bucket;
	int64_t index = visit->at_ms / report->series_step_ms -
			report->since_ms / report->series_step_ms;
	struct counters one = { { 0 } };

	if (visit->verdict >= N_VERDICTS || visit->evidence >= N_EVIDENCES)
		return; /* of a newer build */
	one.n[COUNT_VERDICT_NONE + visit->verdict] = 1;
	one.n[COUNT_EVIDENCE_NONE + visit->evidence] = 1;
	if (visit->verdict == VERDICT_MINOR)
		one.n[COUNT_DIFFERS_NONE + visit->differs] = 1;
	one.n[COUNT_BYTES_NONE + visit->verdict] = visit->wire_bytes;
	one.n[COUNT_REQUESTS] = 1;
	one.n[COUNT_AUDITS] = visit->audit;
	count_status(&one, visit->http_status, 1);
	counters_add(&report->totals, &one);
	if (visit->at_ms >= report->previous.since_ms &&
	    visit->at_ms < report->previous.until_ms)
		counters_add(&report->previous.counters, &one);
	if (visit->at_ms < report->since_ms)
		return;
	if ((size_t)index >= report->n_series)
		index = (int64_t)report->n_series - 1; /* the clock was set back */
	bucket = &report->series[index].counters;
	counters_add(bucket, &one);
	counters_add(&report->window, &one);
}

/* Nothing was counted before the first page was there. */
static enum err read_window(const struct report *report, struct store *store,
			    int64_t since_ms, int64_t until_ms, struct counters *sum)
{
	int64_t first_ms = report->pages.first_seen_at_ms;

	*sum = (struct counters){ { 0 } };
	if (until_ms <= first_ms)
		return ERR_OK;
	return store_window(store, since_ms > first_ms ? since_ms : first_ms, until_ms,
			    sum);
}

/* Up to an hour that is not the window's own. */
static enum err read_previous(struct report *report, struct store *store)
{
	struct report_previous *p = &report->previous;
	int64_t until_ms = p->until_ms;

	if (until_ms == report->since_ms)
		until_ms -= until_ms % MS_PER_HOUR;
	return read_window(report, store, p->since_ms, until_ms, &p->counters);
}

enum err report_read_counters(struct report *report, struct store *store)
{
	enum err err = ERR_OK;

	report->totals = *store_totals(store);
	for (size_t i = 0; !err && i < report->n_series; i++) {
		struct report_bucket *bucket = &report->series[i];
		int64_t until_ms =
			i + 1 < report->n_series ? bucket[1].at_ms : report->at_ms + 1;

		err = read_window(report, store, bucket->at_ms, until_ms,
				  &bucket->counters);
		if (!err)
			counters_add(&report->window, &bucket->counters);
	}
	return err ? err : read_previous(report, store);
}

void report_trim_series(struct report *report)
{
	size_t n_empty = 0;

	while (n_empty < report->n_series &&
	       !counters_visits(&report->series[n_empty].counters) &&
	       !report->series[n_empty].counters.n[COUNT_REQUESTS])
		n_empty++;
	report->n_series -= n_empty;
	memmove(report->series, report->series + n_empty,
		report->n_series * sizeof(*report->series));
}
