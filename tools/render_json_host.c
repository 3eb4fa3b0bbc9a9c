/* render_json_host.c - freshet.host/1; additions only. */
#include "tools/render.h"

#include "store/anomaly.h"
#include "tools/anomaly_hint.h"
#include "tools/json_out.h"

static void json_host_robots(struct json_out *j, const struct host *host)
{
	json_key_open(j, "robots", '{');
	json_key_text(j, "outcome",
		      span_of(robots_state_text((enum robots_state)host->robots_state)));
	json_key(j, "http_status");
	if (host->robots_http_status)
		json_whole(j, host->robots_http_status);
	else
		json_nothing(j);
	json_key_time(j, "read_at", host->robots_read_at_ms);
	json_key_time(j, "expires_at", host->robots_expires_at_ms);
	json_key_whole(j, "crawl_delay_ms", host->crawl_delay_ms);
	json_key_time(j, "unreachable_since", host->robots_unreachable_since_ms);
	json_close(j, '}');
}

static void json_host_counts(struct json_out *j, const struct host *host)
{
	json_key_open(j, "pages", '{');
	for (int s = 0; s < N_STATES; s++)
		json_key_whole(j, state_text((enum page_state)s), host->n_pages[s]);
	json_key_whole(j, "total", (int64_t)host_n_pages(host));
	json_close(j, '}');
	json_key_whole(j, "requests", (int64_t)host->n_requests);
	json_key_whole(j, "not_modified", (int64_t)host->n_not_modified);
	json_key_whole(j, "ok", (int64_t)host->n_ok);
	json_key_whole(j, "errors", (int64_t)host->n_errors);
	json_key_whole(j, "useless_200", (int64_t)host->n_useless_200);
	json_key_whole(j, "false_304", (int64_t)host->n_false_304);
	json_key_whole(j, "bytes", (int64_t)host->wire_bytes);
	json_key_time(j, "last_success_at", host->last_success_at_ms);
	json_key_time(j, "last_failure_at", host->last_failure_at_ms);
}

static void json_profile(struct json_out *j, const struct host_view *view)
{
	const struct validator_profile *p = &view->host->profile;
	int64_t n_true = 0, n_useless = 0;

	for (int m = 0; m < N_CONDITION_MODES; m++) {
		n_true += p->n_true_304[m];
		n_useless += p->n_useless_200[m];
	}
	json_key_open(j, "profile", '{');
	json_key_text(j, "mode", span_of(condition_mode_text(view->mode)));
	json_key_bool(j, "validator_broken", view->distrusted); /* REQ 25 */
	json_key_real(j, "not_modified_rate", view->not_modified_rate);
	json_key_real(j, "audit_rate", view->audit_rate);
	json_key_whole(j, "true_304", n_true);
	json_key_whole(j, "useless_200", n_useless);
	json_key_whole(j, "false_304", (int64_t)view->host->n_false_304);
	json_key_whole(j, "conditional", p->n_conditional);
	json_key_whole(j, "audits", p->n_audits);
	json_key_whole(j, "distrusted", p->n_distrusted);
	json_key_whole(j, "owed", p->n_owed); /* answers until its 304s are believed */
	json_key_whole(j, "probes", p->n_probes);
	json_key_open(j, "modes", '{');
	for (int m = CONDITION_NONE + 1; m < N_CONDITION_MODES; m++) {
		json_key_open(j, condition_mode_text((enum condition_mode)m), '{');
		json_key_whole(j, "true_304", p->n_true_304[m]);
		json_key_whole(j, "useless_200", p->n_useless_200[m]);
		json_close(j, '}');
	}
	json_close(j, '}');
	json_close(j, '}');
}

static void json_anomalies(struct json_out *j, const struct host *host)
{
	struct span rest = buf_span(&host->anomalies);
	struct anomaly_entry entry;

	json_key_open(j, "anomalies", '[');
	while (anomaly_next(&rest, &entry)) {
		json_open(j, '{');
		json_key_text(j, "kind", span_of(anomaly_code(entry.kind)));
		json_key_text(j, "text", span_of(anomaly_text(entry.kind)));
		json_key_whole(j, "count", (int64_t)entry.count);
		json_key_text_or_null(j, "example", entry.example);
		json_key_time(j, "at", entry.at_ms); /* of the last one */
		json_key_text(j, "hint", span_of(anomaly_hint(entry.kind)));
		json_close(j, '}');
	}
	json_close(j, ']');
}

void json_host_address(struct json_out *j, const struct host *host)
{
	json_key(j, "address");
	if (!host || !host->address.len) {
		json_nothing(j);
		return;
	}
	json_open(j, '{');
	json_key_text(j, "at", buf_span(&host->address));
	json_key_whole(j, "hosts", host->n_at_address);
	json_close(j, '}');
}

static void json_sources(struct json_out *j, const struct host_view *view)
{
	json_key_open(j, "sources", '[');
	for (size_t i = 0; view->sources && i < view->sources->n; i++)
		json_source(j, &view->sources->items[i]);
	json_close(j, ']');
}

enum err render_json_host(struct buf *out, const struct host_view *view)
{
	const struct host *host = view->host;
	struct json_out j;

	json_start(&j, out);
	json_open(&j, '{');
	json_key_text(&j, "schema", SPAN("freshet.host/1"));
	json_key_text(&j, "host", buf_span(&host->name));
	json_key_whole(&j, "delay_ms", view->delay_ms);
	json_key_time(&j, "next_request_at", host->next_request_at_ms);
	json_host_address(&j, host);
	json_host_robots(&j, host);
	json_key_open(&j, "backoff", '{');
	json_key_time(&j, "until", host->backoff_until_ms);
	json_key_whole(&j, "failures", host->n_failures_in_a_row);
	json_key_bool(&j, "retry_after", host->backoff_is_retry_after);
	json_close(&j, '}');
	json_key_bool(&j, "paused", host->paused);
	json_host_counts(&j, host);
	json_profile(&j, view);
	json_anomalies(&j, host);
	json_sources(&j, view);
	json_key_open(&j, "held", '{');
	for (enum hold hold = HOLD_NONE + 1; hold < N_HOLDS; hold++)
		json_key_whole(&j, hold_text(hold), host->guard.n_held[hold]);
	json_close(&j, '}');
	json_key_open(&j, "feasibility", '{');
	json_key_real(&j, "one_pass_s", view->one_pass_s);
	json_key_real(&j, "requests_per_day", view->most_per_day);
	json_close(&j, '}');
	json_close(&j, '}');
	json_line(&j);
	return json_end(&j);
}
