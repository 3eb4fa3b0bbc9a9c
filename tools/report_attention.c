/* report_attention.c - what a person should look at, and what to do about it. */
#include "tools/report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "store/base/clock.h"
#include "store/base/units.h"
#include "tools/anomaly_hint.h"
#include "tools/source_view.h"

/* A host's failures in a row that are no accident any more. */
#define FAILURES_MIN 3
/* Answers that say something of a host's validators. */
#define ANSWERS_MIN 20
#define PAGES_MIN 20
#define EXAMPLE_SHOWN_MAX 110
/* A page that waits this long past its time is late whatever the granularity. */
#define OVERDUE_MIN_MS MS_PER_HOUR
/* More of the time than this is lost to a store that takes no writes. */
#define STALLED_MAX 0.01

static int compare_attention(const void *a, const void *b)
{
	const struct report_attention *x = a, *y = b;

	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	return x->n_pages > y->n_pages ? -1 : x->n_pages < y->n_pages;
}

static void release_attention(void *item)
{
	struct report_attention *a = item;

	buf_release(&a->host);
	buf_release(&a->hint);
}

/* `host` NULL: nobody's in particular. */
static enum err attend(struct report *report, const struct report_host *host,
		       const char *code, int severity, int64_t n_pages,
		       const char *format, ...) PRINTF_LIKE(6, 7);

static enum err attend(struct report *report, const struct report_host *host,
		       const char *code, int severity, int64_t n_pages,
		       const char *format, ...)
{
	struct report_attention item = { .code = code,
					 .severity = severity,
					 .n_pages = n_pages };
	char hint[256];
	va_list args;
	enum err err = ERR_OK;

	if (!report->attention.compare)
		best_init(&report->attention, sizeof(item), REPORT_ATTENTION_MAX,
			  compare_attention, release_attention);
	if (!best_wants(&report->attention, &item)) {
		report->attention.n_dropped++;
		return ERR_OK;
	}
	va_start(args, format);
	vsnprintf(hint, sizeof(hint), format, args);
	va_end(args);
	err = buf_set(&item.hint, span_of(hint));
	if (!err && host)
		err = buf_set(&item.host, buf_span(&host->host.name));
	if (err) {
		release_attention(&item);
		return err;
	}
	return best_offer(&report->attention, &item);
}

static enum err attend_access(struct report *report, const struct report_host *h)
{
	const struct host *host = &h->host;
	char until[UNITS_TEXT_SIZE] = "";

	if (host->backoff_until_ms > report->at_ms)
		units_format_duration(host->backoff_until_ms - report->at_ms, until);
	if (host->paused)
		return attend(report, h, "paused", 1, h->n_total,
			      "paused; `freshet host HOST --resume` ends it");
	if (host->robots_state == ROBOTS_STATE_UNREACHABLE)
		return attend(report, h, "robots-unreachable", 5, h->n_total,
			      "robots.txt does not answer, so nothing is fetched");
	if (*until && host->backoff_is_retry_after)
		return attend(report, h, "retry-after", 3, h->n_total,
			      "it asked to be left alone for another %s", until);
	if (host->n_failures_in_a_row >= FAILURES_MIN)
		return attend(report, h, "failing", 4, h->n_total,
			      "%u failures in a row%s%s; is it up?",
			      (unsigned)host->n_failures_in_a_row,
			      *until ? ", next try in " : "", until);
	return ERR_OK;
}

static struct anomaly_entry find_anomaly(const struct host *host, enum anomaly kind)
{
	struct span rest = buf_span(&host->anomalies);
	struct anomaly_entry entry = { .kind = kind };

	while (anomaly_next(&rest, &entry))
		if (entry.kind == kind)
			return entry;
	return (struct anomaly_entry){ .kind = kind };
}

/* An example that the hint has room for: a cut URL would name another page. */
static struct span short_example(const struct anomaly_entry *entry)
{
	return entry->example.len < EXAMPLE_SHOWN_MAX ? entry->example
						      : SPAN("(too long)");
}

/* REQ 25 */
static enum err attend_false_304(struct report *report, const struct report_host *h)
{
	struct anomaly_entry entry = find_anomaly(&h->host, ANOMALY_FALSE_304);
	struct span example = short_example(&entry);

	return attend(
		report, h, "validator_broken", anomaly_severity(entry.kind), h->n_total,
		"%" PRIu64 " of its 304s hid a change, last at %.*s%s: tell its owner",
		h->host.n_false_304, (int)example.len, example.data,
		h->view.distrusted ? "; now asked without conditions" : "");
}

static enum err attend_anomalies(struct report *report, const struct report_host *h)
{
	struct span rest = buf_span(&h->host.anomalies);
	struct anomaly_entry entry;
	enum err err = ERR_OK;

	while (!err && anomaly_next(&rest, &entry)) {
		struct span example = short_example(&entry);

		if (entry.kind == ANOMALY_FALSE_304)
			continue; /* said by attend_false_304() */
		err = attend(report, h, anomaly_code(entry.kind),
			     anomaly_severity(entry.kind), h->n_total,
			     "%s; %" PRIu64 " times, last at %.*s",
			     anomaly_hint(entry.kind), entry.count, (int)example.len,
			     example.data);
	}
	return err;
}

static enum err attend_validators(struct report *report, const struct report_host *h)
{
	const struct host *host = &h->host;
	uint64_t n_answers = host->n_ok + host->n_not_modified;
	enum err err = ERR_OK;

	if (host->n_false_304)
		err = attend_false_304(report, h);
	if (!err && n_answers >= ANSWERS_MIN && host->n_useless_200 * 4 > n_answers)
		err = attend(report, h, "useless-200", 2, h->n_total,
			     "%" PRIu64 " answers sent what we had: its validators fail",
			     host->n_useless_200);
	return err ? err : attend_anomalies(report, h);
}

/* One line for all that the mass guard holds back. */
static enum err attend_held(struct report *report, const struct report_host *h)
{
	static const char *const hints[N_HOLDS] = {
		[HOLD_GONE] = "gone all at once, held back from the feed",
		[HOLD_SAME_TEXT] =
			"turned into one and the same, held back from the feed",
	};
	enum err err = ERR_OK;

	for (enum hold hold = HOLD_NONE + 1; !err && hold < N_HOLDS; hold++)
		if (h->host.guard.n_held[hold])
			err = attend(report, h, hold_text(hold), 5,
				     h->host.guard.n_held[hold],
				     "%s until seen again; `freshet host HOST --release` "
				     "tells it now",
				     hints[hold]);
	return err;
}

static enum err attend_pages(struct report *report, const struct report_host *h,
			     const struct settings *settings)
{
	double pass_ms = h->view.one_pass_s * (double)MS_PER_SECOND;
	char pass[UNITS_TEXT_SIZE];
	struct host_settings rule;
	enum err err = ERR_OK;

	settings_for_host(settings, buf_span(&h->host.name), &rule);
	err = attend_held(report, h);
	if (!err && h->n_total >= PAGES_MIN && h->n_pages[STATE_GONE] * 2 > h->n_total)
		err = attend(report, h, "mostly-gone", 4, h->n_pages[STATE_GONE],
			     "more than half of its pages are gone: is that so?");
	if (!err && pass_ms > (double)rule.max_interval_ms) {
		units_format_duration((int64_t)pass_ms, pass);
		err = attend(report, h, "slow-pass", 2, h->n_total,
			     "one pass takes %s at its delay: agree on a shorter one",
			     pass);
	}
	return err;
}

enum err report_attend_host(struct report *report, const struct report_host *host,
			    const struct settings *settings)
{
	enum err err = attend_access(report, host);

	if (!err)
		err = attend_validators(report, host);
	return err ? err : attend_pages(report, host, settings);
}

/* One line for each thing that may be wrong with them. */
enum err report_attend_sources(struct report *report, const struct report_host *h,
			       const struct source_views *sources)
{
	int64_t n_lie = 0, n_retired = 0;
	enum err err = ERR_OK;

	for (size_t i = 0; i < sources->n; i++) {
		n_lie += sources->items[i].state == SOURCE_STATE_LIES;
		n_retired += sources->items[i].state == SOURCE_STATE_RETIRED;
	}
	if (n_lie)
		err = attend(report, h, "source-lies", 1, h->n_total,
			     "%" PRId64 " sitemaps or feeds announce what is not so: not "
			     "listened to",
			     n_lie);
	if (!err && n_retired)
		err = attend(report, h, "source-retired", 2, h->n_total,
			     "%" PRId64
			     " sitemaps or feeds are dead: `freshet host HOST`",
			     n_retired);
	return err;
}

/* Parts of the window in which a run was at work. */
static int64_t worked_ms(const struct report *report)
{
	int64_t ms = 0;

	for (size_t i = 0; i < report->n_series; i++) {
		const struct report_bucket *b = &report->series[i];
		int64_t until_ms = i + 1 < report->n_series ? b[1].at_ms : report->at_ms;

		if (b->counters.n[COUNT_REQUESTS] && until_ms > b->at_ms)
			ms += until_ms - b->at_ms;
	}
	return ms;
}

static enum err attend_store(struct report *report)
{
	double share =
		(double)report->window.n[COUNT_STALLED_MS] / (double)worked_ms(report);

	if (!(share > STALLED_MAX))
		return ERR_OK;
	return attend(report, NULL, "store-stalls", 3, report->pages.n_total,
		      "%.0f%% of the time went into waiting for the disk: is it slow, or "
		      "full?",
		      100 * fmin(share, 1));
}

enum err report_attend_all(struct report *report)
{
	const struct report_pages *p = &report->pages;
	char late[UNITS_TEXT_SIZE];
	enum err err = ERR_OK;

	if (p->overdue_max_ms > OVERDUE_MIN_MS) {
		units_format_duration(p->overdue_max_ms, late);
		err = attend(report, NULL, "overdue", 3, p->n_overdue,
			     "pages overdue, one by %s: is a `run` active, the budget "
			     "enough?",
			     late);
	}
	if (!err && p->n[STATE_STALE])
		err = attend(report, NULL, "unacknowledged", 2, p->n[STATE_STALE],
			     "changed and not in the index: `freshet changes --ack`");
	if (!err && p->n[STATE_UNFETCHED])
		err = attend(report, NULL, "unfetched", 2, p->n[STATE_UNFETCHED],
			     "never fetched: `freshet run`");
	if (!err && p->n[STATE_FAILING])
		err = attend(report, NULL, "failing-pages", 2, p->n[STATE_FAILING],
			     "the last visit failed: `freshet list --state failing`");
	if (!err && p->n_noisy)
		err = attend(
			report, NULL, "noisy-pages", 1, p->n_noisy,
			"other bytes at every visit, never other words: visited less");
	if (!err)
		err = attend_store(report);
	if (report->attention.compare)
		best_sort(&report->attention);
	return err;
}
