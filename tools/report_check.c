#include "tools/report_check.h"

#include <math.h>
#include <stdio.h>

#include "store/base/clock.h"
#include "store/base/units.h"
#include "tools/suggest.h"

enum metric_kind { METRIC_SHARE, METRIC_DURATION_S, METRIC_COUNT };

static double state_share(const struct report *report, enum page_state state)
{
	const struct report_pages *p = &report->pages;

	return p->n_total ? (double)p->n[state] / (double)p->n_total : NAN;
}

#define STATE_METRIC(name, state)                               \
	static double name##_share(const struct report *report) \
	{                                                       \
		return state_share(report, state);              \
	}

STATE_METRIC(unfetched, STATE_UNFETCHED)
STATE_METRIC(unchanged, STATE_UNCHANGED)
STATE_METRIC(stale, STATE_STALE)
STATE_METRIC(gone, STATE_GONE)
STATE_METRIC(moved, STATE_MOVED)
STATE_METRIC(blocked, STATE_BLOCKED)
STATE_METRIC(failing, STATE_FAILING)

static double freshness(const struct report *report)
{
	return report_freshness(&report->pages);
}

static double weighted(const struct report *report)
{
	return report_freshness_weighted(&report->pages);
}

static double of_index(const struct report *report)
{
	return report_freshness_of_index(&report->pages);
}

static double overdue(const struct report *report)
{
	return (double)report->pages.overdue_max_ms / (double)MS_PER_SECOND;
}

static double age_median(const struct report *report)
{
	return report_age_s(&report->pages, 0.5);
}

static double age_p90(const struct report *report)
{
	return report_age_s(&report->pages, 0.9);
}

static double age_p99(const struct report *report)
{
	return report_age_s(&report->pages, 0.99);
}

static double n_pages(const struct report *report)
{
	return (double)report->pages.n_total;
}

static double n_false_304(const struct report *report)
{
	return (double)report->window.n[COUNT_FALSE_304];
}

static double overdue_share(const struct report *report)
{
	const struct report_pages *p = &report->pages;

	return p->n_total ? (double)p->n_overdue / (double)p->n_total : NAN;
}

static double n_visits(const struct report *report)
{
	return (double)counters_visits(&report->window);
}

/* Of the window's visits: what its pages could not tell. */
static double failed_share(const struct report *report)
{
	const int64_t *n = report->window.n;
	double visits = n_visits(report);

	return visits > 0 ? (double)(n[COUNT_VERDICT_ERROR] + n[COUNT_VERDICT_REFUSED]) /
				    visits
			  : NAN;
}

static double not_modified(const struct report *report)
{
	const int64_t *n = report->window.n;

	return n[COUNT_REQUESTS_CONDITIONAL]
		       ? (double)n[COUNT_STATUS_304] /
				 (double)n[COUNT_REQUESTS_CONDITIONAL]
		       : NAN;
}

/* Records of the feed, at most. */
static double n_unacknowledged(const struct report *report)
{
	return (double)(report->last_cursor - report->acknowledged);
}

static double n_held(const struct report *report)
{
	return (double)report->n_held;
}

static double n_attention(const struct report *report)
{
	return (double)(report->attention.n + report->attention.n_dropped);
}

static const struct metric {
	const char *name;
	enum metric_kind kind;
	double (*value)(const struct report *report);
} metrics[] = {
	{ "freshness", METRIC_SHARE, freshness },
	{ "weighted", METRIC_SHARE, weighted },
	{ "of_index", METRIC_SHARE, of_index },
	{ "unfetched", METRIC_SHARE, unfetched_share },
	{ "unchanged", METRIC_SHARE, unchanged_share },
	{ "stale", METRIC_SHARE, stale_share },
	{ "gone", METRIC_SHARE, gone_share },
	{ "moved", METRIC_SHARE, moved_share },
	{ "blocked", METRIC_SHARE, blocked_share },
	{ "failing", METRIC_SHARE, failing_share },
	{ "overdue", METRIC_DURATION_S, overdue },
	{ "overdue_pages", METRIC_SHARE, overdue_share },
	{ "age_p50", METRIC_DURATION_S, age_median },
	{ "age_p90", METRIC_DURATION_S, age_p90 },
	{ "age_p99", METRIC_DURATION_S, age_p99 },
	{ "pages", METRIC_COUNT, n_pages },
	{ "visits", METRIC_COUNT, n_visits },
	{ "failed_visits", METRIC_SHARE, failed_share },
	{ "not_modified", METRIC_SHARE, not_modified },
	{ "false_304", METRIC_COUNT, n_false_304 },
	{ "unacknowledged", METRIC_COUNT, n_unacknowledged },
	{ "held", METRIC_COUNT, n_held },
	{ "attention", METRIC_COUNT, n_attention },
};

enum err report_check_names(struct buf *out)
{
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < ARRAY_SIZE(metrics); i++)
		err = buf_printf(out, "%s%s", i ? ", " : "", metrics[i].name);
	return err;
}

/* One comparison. */
struct comparison {
	const struct metric *metric;
	char sign; /* '<', '>' or '=' */
	bool or_equal;
	double limit;
	bool percent; /* it was written so */
};

static const struct metric *find_metric(struct span name)
{
	for (size_t i = 0; i < ARRAY_SIZE(metrics); i++)
		if (span_equal(name, span_of(metrics[i].name)))
			return &metrics[i];
	return NULL;
}

static enum err refuse_name(struct span name, struct why *why)
{
	struct suggestion near = suggest_start(name);
	char meant[SUGGEST_TEXT_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(metrics); i++)
		suggest_offer(&near, metrics[i].name);
	suggest_text(&near, "", meant);
	return why_set(why, ERR_INVALID,
		       "nothing is called '%.*s'%s; `freshet report --help` names all",
		       (int)name.len, name.data, meant);
}

static enum err parse_limit(enum metric_kind kind, struct span text, double *limit)
{
	bool percent = text.len && text.data[text.len - 1] == '%';
	int64_t ms;
	enum err err;

	if (kind == METRIC_DURATION_S) {
		err = units_parse_duration(text, &ms);
		if (!err)
			*limit = (double)ms / (double)MS_PER_SECOND;
		return err;
	}
	if (percent && kind == METRIC_SHARE)
		text.len--;
	err = units_parse_number(text, limit);
	if (!err && percent)
		*limit /= 100;
	return err;
}

static enum err parse_one(struct span text, struct comparison *c, struct why *why)
{
	static const char *const wanted[] = { "a share such as 5% or 0.05",
					      "a duration such as 1h", "a number" };
	size_t at = 0;
	struct span name, limit;

	while (at < text.len && !strchr("<>=", text.data[at]))
		at++;
	name = span_trim(span_from(text.data, at));
	if (at == text.len)
		return why_set(why, ERR_INVALID,
			       "'%.*s' is no comparison such as 'stale>5%%'",
			       (int)text.len, text.data);
	c->metric = find_metric(name);
	if (!c->metric)
		return refuse_name(name, why);
	c->sign = text.data[at++];
	c->or_equal = c->sign == '=';
	if (at < text.len && text.data[at] == '=') {
		c->or_equal = true;
		at++;
	}
	limit = span_trim(span_from(text.data + at, text.len - at));
	c->percent = limit.len && limit.data[limit.len - 1] == '%';
	if (parse_limit(c->metric->kind, limit, &c->limit))
		return why_set(why, ERR_INVALID, "'%.*s': %s is wanted", (int)limit.len,
			       limit.data, wanted[c->metric->kind]);
	return ERR_OK;
}

enum err report_check_parse(struct span text, struct why *why)
{
	struct span rest = text;
	struct comparison c;
	enum err err = ERR_OK;

	do
		err = parse_one(span_trim(span_cut(&rest, ',')), &c, why);
	while (!err && rest.len);
	return err;
}

static bool comparison_holds(const struct comparison *c, double value)
{
	if (isnan(value))
		return false;
	if (c->or_equal && value == c->limit)
		return true;
	return c->sign == '<' ? value < c->limit : c->sign == '>' && value > c->limit;
}

/* In the words of the limit. */
static void spell_found(const struct comparison *c, double value,
			char text[UNITS_TEXT_SIZE])
{
	if (c->metric->kind == METRIC_DURATION_S)
		units_format_duration((int64_t)(value * 1000), text);
	else if (c->percent)
		snprintf(text, UNITS_TEXT_SIZE, "%.4g%%", 100 * value);
	else
		units_spell_number(value, text);
}

enum err report_check(struct span text, const struct report *report, bool *holds,
		      struct buf *holding)
{
	struct span rest = text;

	*holds = false;
	buf_clear(holding);
	while (rest.len && !*holds) {
		struct span one = span_trim(span_cut(&rest, ','));
		char found[UNITS_TEXT_SIZE];
		struct comparison c;
		double value;
		enum err err = parse_one(one, &c, NULL);

		if (err)
			return err;
		value = c.metric->value(report);
		if (!comparison_holds(&c, value))
			continue;
		*holds = true;
		spell_found(&c, value, found);
		return buf_printf(holding, "%.*s (is %s)", (int)one.len, one.data, found);
	}
	return ERR_OK;
}
