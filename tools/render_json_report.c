/* render_json_report.c - freshet.report/1; additions only. */
#include "tools/render.h"

#include <math.h>
#include <stdio.h>

#include "store/base/clock.h"
#include "tools/json_out.h"

static void json_states(struct json_out *j, const int64_t n[N_STATES], int64_t total)
{
	json_open(j, '{');
	for (int s = 0; s < N_STATES; s++)
		json_key_whole(j, state_text((enum page_state)s), n[s]);
	json_key_whole(j, "total", total);
	json_close(j, '}');
}

static void json_evidence(struct json_out *j, const struct counters *c, int first,
			  int last)
{
	json_open(j, '{');
	for (int e = first; e <= last; e++)
		json_key_whole(j, evidence_text((enum evidence)e),
			       c->n[COUNT_EVIDENCE_NONE + e]);
	json_close(j, '}');
}

/* As they stood at the end of a time; null where nothing was counted in it. */
static void json_states_then(struct json_out *j, const struct counters *c)
{
	json_key(j, "pages");
	if (counters_n_pages(c))
		json_states(j, c->n, counters_n_pages(c));
	else
		json_nothing(j);
}

static void json_differs(struct json_out *j, const struct counters *c)
{
	json_key_open(j, "differs", '{');
	for (int d = DIFFERS_MARKUP; d < N_DIFFERS; d++)
		json_key_whole(j, differs_text((enum differs)d),
			       c->n[COUNT_DIFFERS_NONE + d]);
	json_close(j, '}');
}

/* Only a page found unchanged can have saved bytes. */
static void json_verdicts(struct json_out *j, const struct counters *c, bool knows_saved)
{
	json_open(j, '{');
	for (int v = VERDICT_NEW; v < N_VERDICTS; v++) {
		json_key_open(j, verdict_text((enum verdict)v), '{');
		json_key_whole(j, "count", c->n[COUNT_VERDICT_NONE + v]);
		json_key_whole(j, "bytes", c->n[COUNT_BYTES_NONE + v]);
		json_key(j, "bytes_saved");
		if (v == VERDICT_UNCHANGED && !knows_saved)
			json_nothing(j);
		else
			json_whole(j,
				   v == VERDICT_UNCHANGED ? c->n[COUNT_BYTES_SAVED] : 0);
		if (v == VERDICT_UNCHANGED) {
			json_key(j, "evidence");
			json_evidence(j, c, EVIDENCE_304_STRONG, EVIDENCE_DIGEST);
		}
		if (v == VERDICT_MINOR)
			json_differs(j, c);
		json_close(j, '}');
	}
	json_key(j, "by_evidence");
	json_evidence(j, c, EVIDENCE_304_STRONG, N_EVIDENCES - 1);
	json_close(j, '}');
}

/* The members that window, previous window and totals have in common. */
static void json_traffic(struct json_out *j, const struct counters *c, bool is_counted)
{
	static const struct {
		const char *key;
		enum counter counter;
	} rows[] = {
		{ "conditional_requests", COUNT_REQUESTS_CONDITIONAL },
		{ "robots_requests", COUNT_REQUESTS_ROBOTS },
		{ "bytes_saved", COUNT_BYTES_SAVED },
		{ "changes", COUNT_CHANGES_TOLD },
	};

	json_key_whole(j, "visits", counters_visits(c));
	json_key_whole(j, "requests", c->n[COUNT_REQUESTS]);
	json_key_whole(j, "bytes", counters_bytes(c));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		json_key(j, rows[i].key);
		if (is_counted)
			json_whole(j, c->n[rows[i].counter]);
		else
			json_nothing(j); /* histories do not tell */
	}
}

static void json_counts(struct json_out *j, const struct counters *c, bool is_counted)
{
	json_traffic(j, c, is_counted);
	json_key(j, "verdicts");
	json_verdicts(j, c, is_counted);
}

static void json_periods(struct json_out *j, const struct report *report)
{
	bool is_counted = !report->filtered;

	json_key_open(j, "window", '{');
	json_counts(j, &report->window, is_counted);
	json_close(j, '}');
	json_key_open(j, "previous", '{');
	json_key_time(j, "since", report->previous.since_ms);
	json_key_time(j, "until", report->previous.until_ms);
	json_states_then(j, &report->previous.counters);
	json_counts(j, &report->previous.counters, is_counted);
	json_close(j, '}');
	json_key_open(j, "totals", '{');
	json_counts(j, &report->totals, is_counted);
	json_close(j, '}');
}

static void json_freshness(struct json_out *j, const struct report_pages *p)
{
	static const struct {
		const char *key;
		double q;
	} ages[] = { { "p50_s", 0.5 }, { "p90_s", 0.9 }, { "p99_s", 0.99 } };
	double low, high;

	report_freshness_interval(p, &low, &high);
	json_key_open(j, "freshness", '{');
	json_key_real(j, "expected", report_freshness(p));
	json_key_real(j, "weighted", report_freshness_weighted(p));
	json_key_real(j, "low", low);
	json_key_real(j, "high", high);
	json_key_real(j, "of_index", report_freshness_of_index(p));
	json_key_whole(j, "pages", p->n_fresh);
	json_key_open(j, "age", '{');
	for (size_t i = 0; i < ARRAY_SIZE(ages); i++)
		json_key_real(j, ages[i].key, report_age_s(p, ages[i].q));
	json_close(j, '}');
	json_close(j, '}');
}

static void json_staleness(struct json_out *j, const struct report_pages *p)
{
	json_key_open(j, "staleness", '[');
	for (int i = 0; i < N_FRESH_BUCKETS; i++) {
		json_open(j, '{');
		json_key_real(j, "from", (double)i / N_FRESH_BUCKETS);
		json_key_real(j, "to", (double)(i + 1) / N_FRESH_BUCKETS);
		json_key_whole(j, "pages", p->fresh_buckets[i]);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void json_rates(struct json_out *j, const struct report_pages *p)
{
	json_key_open(j, "rates", '[');
	for (int i = 0; i < N_RATE_CLASSES; i++) {
		const struct rate_class_sum *sum = &p->rates[i];

		json_open(j, '{');
		json_key_text(j, "name", span_of(rate_classes[i].name));
		json_key_real(j, "from_per_day", rate_classes[i].per_day);
		json_key_real(j, "to_per_day",
			      i ? rate_classes[i - 1].per_day : INFINITY);
		json_key_whole(j, "pages", sum->n_pages);
		json_key_whole(j, "visits", sum->n_visits);
		json_key_whole(j, "changes", sum->n_changes);
		json_key_real(j, "freshness",
			      sum->n_fresh ? sum->fresh_sum / (double)sum->n_fresh : NAN);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void json_calibration(struct json_out *j, const struct calibration *c)
{
	json_key_open(j, "calibration", '{');
	json_key_whole(j, "visits", (int64_t)c->n);
	json_key_real(j, "predicted", c->predicted);
	json_key_real(j, "observed", c->observed);
	json_key_real(j, "brier", c->brier);
	json_key_real(j, "log_loss", c->log_loss);
	json_key_open(j, "bins", '[');
	for (int i = 0; i < N_CALIBRATION_BINS; i++) {
		json_open(j, '{');
		json_key_real(j, "from", (double)i / N_CALIBRATION_BINS);
		json_key_real(j, "to", (double)(i + 1) / N_CALIBRATION_BINS);
		json_key_whole(j, "visits", (int64_t)c->bins[i].n);
		json_key_real(j, "predicted", c->bins[i].predicted);
		json_key_real(j, "observed", c->bins[i].observed);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
}

static void json_validators(struct json_out *j, const struct report *report)
{
	const struct counters *c = &report->window;
	double asked = (double)c->n[COUNT_REQUESTS_CONDITIONAL];

	json_key_open(j, "validators", '{');
	for (int k = 0; k < N_VALIDATOR_KINDS; k++)
		json_key_whole(j, validator_kind_text((enum validator_kind)k),
			       report->pages.validators[k]);
	json_key_real(j, "not_modified_rate",
		      asked > 0 ? (double)c->n[COUNT_STATUS_304] / asked : NAN);
	json_key_whole(j, "not_modified", c->n[COUNT_STATUS_304]);
	json_key_whole(j, "audits", c->n[COUNT_AUDITS]);
	json_key_whole(j, "false_304", c->n[COUNT_FALSE_304]);
	json_key_whole(j, "useless_200", c->n[COUNT_USELESS_200]);
	json_close(j, '}');
}

static void json_hosts(struct json_out *j, const struct report *report)
{
	json_key_whole(j, "hosts_total",
		       (int64_t)(report->hosts.n + report->hosts.n_dropped));
	json_key_open(j, "hosts", '[');
	for (size_t i = 0; i < report->hosts.n; i++) {
		const struct report_host *h = best_item(&report->hosts, i);

		json_open(j, '{');
		json_key_text(j, "host", buf_span(&h->host.name));
		json_key(j, "pages");
		json_states(j, h->n_pages, h->n_total);
		json_key_real(j, "freshness",
			      h->n_fresh ? h->fresh_sum / (double)h->n_fresh : NAN);
		json_key_whole(j, "overdue", h->n_overdue);
		json_key_whole(j, "delay_ms", h->view.delay_ms);
		json_key_real(j, "one_pass_s", h->view.one_pass_s);
		json_key_whole(j, "requests", (int64_t)h->host.n_requests);
		json_key_whole(j, "not_modified", (int64_t)h->host.n_not_modified);
		json_key_real(j, "not_modified_rate", h->view.not_modified_rate);
		json_key_whole(j, "errors", (int64_t)h->host.n_errors);
		json_key_whole(j, "useless_200", (int64_t)h->host.n_useless_200);
		json_key_whole(j, "false_304", (int64_t)h->host.n_false_304);
		json_key_whole(j, "anomalies", (int64_t)h->host.n_anomalies);
		json_key_whole(j, "bytes", (int64_t)h->host.wire_bytes);
		json_key_text(j, "robots",
			      span_of(robots_state_text(
				      (enum robots_state)h->host.robots_state)));
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void json_status_codes(struct json_out *j, const struct report *report)
{
	static const char *const classes[] = { "none", "1xx", "2xx", "3xx",
					       "4xx",  "5xx", "304" };
	char code[16];

	json_key_open(j, "status_codes", '{');
	json_key_open(j, "by_class", '{'); /* in the window */
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		json_key_whole(j, classes[i], report->window.n[COUNT_STATUS_0 + i]);
	json_close(j, '}');
	json_key_open(j, "last_visit", '{'); /* pages by the code of their last visit */
	for (int i = 0; i < N_STATUS_CODES; i++) {
		if (!report->pages.statuses[i])
			continue;
		snprintf(code, sizeof(code), "%d", i);
		json_key_whole(j, i ? code : "none", report->pages.statuses[i]);
	}
	json_close(j, '}');
	json_close(j, '}');
}

static void json_budget(struct json_out *j, const struct report_budget *b)
{
	json_key_open(j, "budget", '{');
	json_key_real(j, "per_day", b->per_day);
	json_key_real(j, "used_per_day", b->used_per_day);
	json_key_real(j, "polite_per_day", b->polite_per_day);
	json_key_open(j, "best_freshness", '{');
	json_key_real(j, "half", b->best_half);
	json_key_real(j, "this", b->best);
	json_key_real(j, "double", b->best_double);
	json_close(j, '}');
	json_key_real(j, "uniform_freshness", b->uniform);
	json_close(j, '}');
}

static void json_attention(struct json_out *j, const struct report *report)
{
	json_key_whole(j, "attention_total",
		       (int64_t)(report->attention.n + report->attention.n_dropped));
	json_key_open(j, "attention", '[');
	for (size_t i = 0; i < report->attention.n; i++) {
		const struct report_attention *a = best_item(&report->attention, i);

		json_open(j, '{');
		json_key_text(j, "code", span_of(a->code));
		json_key_text_or_null(j, "host", buf_span(&a->host));
		json_key_whole(j, "severity", a->severity);
		json_key_whole(j, "pages", a->n_pages);
		json_key_text(j, "hint", buf_span(&a->hint));
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void json_series(struct json_out *j, const struct report *report)
{
	json_key_whole(j, "series_step_s", report->series_step_ms / MS_PER_SECOND);
	json_key_open(j, "series", '[');
	for (size_t i = 0; i < report->n_series; i++) {
		const struct counters *c = &report->series[i].counters;

		json_open(j, '{');
		json_key_time(j, "at", report->series[i].at_ms);
		json_traffic(j, c, !report->filtered);
		json_states_then(j, c);
		json_key_open(j, "verdicts", '{');
		for (int v = VERDICT_NEW; v < N_VERDICTS; v++)
			json_key_whole(j, verdict_text((enum verdict)v),
				       c->n[COUNT_VERDICT_NONE + v]);
		json_close(j, '}');
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void json_feed(struct json_out *j, const struct report *report)
{
	json_key_open(j, "feed", '{');
	json_key_whole(j, "last_cursor", (int64_t)report->last_cursor);
	json_key_whole(j, "acknowledged", (int64_t)report->acknowledged);
	json_close(j, '}');
}

static void json_head_of_report(struct json_out *j, const struct report *report)
{
	json_key_text(j, "schema", SPAN("freshet.report/1"));
	json_key_time(j, "at", report->at_ms);
	json_key_open(j, "filter", '{');
	json_key_text_or_null(j, "host", span_of(report->host));
	json_key_text_or_null(j, "tag", span_of(report->tag));
	json_close(j, '}');
	json_key_time(j, "since", report->since_ms);
	json_key_real(j, "window_s",
		      (double)(report->at_ms - report->since_ms) / MS_PER_SECOND);
	json_key(j, "pages");
	json_states(j, report->pages.n, report->pages.n_total);
	json_key_whole(j, "overdue", report->pages.n_overdue);
	json_key_real(j, "overdue_max_s",
		      (double)report->pages.overdue_max_ms / MS_PER_SECOND);
}

enum err render_json_report(struct buf *out, const struct report *report)
{
	struct json_out j;

	json_start(&j, out);
	json_open(&j, '{');
	json_head_of_report(&j, report);
	json_key(&j, "verdicts");
	json_verdicts(&j, &report->window, !report->filtered);
	json_key_bool(&j, "every_page_read", !report->from_census);
	json_freshness(&j, &report->pages);
	json_staleness(&j, &report->pages);
	json_rates(&j, &report->pages);
	json_calibration(&j, &report->calibration);
	json_validators(&j, report);
	json_hosts(&j, report);
	json_status_codes(&j, report);
	json_budget(&j, &report->budget);
	json_attention(&j, report);
	json_feed(&j, report);
	json_periods(&j, report);
	json_series(&j, report);
	json_close(&j, '}');
	json_line(&j);
	return json_end(&j);
}
