#include "tools/metrics.h"

#include <inttypes.h>
#include <math.h>

#include "tools/json_out.h"

struct exposition {
	struct buf *out;
	enum err err;
};

/* ---- the format ---------------------------------------------------------------------------- */

static void put(struct exposition *p, const char *text)
{
	if (!p->err)
		p->err = buf_append_text(p->out, text);
}

static void put_head(struct exposition *p, const char *name, const char *type,
		     const char *help)
{
	if (!p->err)
		p->err = buf_printf(p->out, "# HELP %s %s\n# TYPE %s %s\n", name, help,
				    name, type);
}

/* The shortest decimal, as json_out.h makes it; finite values only. */
static void put_number(struct exposition *p, double value)
{
	struct json_out j;

	if (p->err)
		return;
	json_start(&j, p->out);
	json_decimal(&j, value);
	p->err = json_end(&j);
}

static void put_sample(struct exposition *p, const char *name, const char *label,
		       const char *label_value, double value)
{
	put(p, name);
	if (label && !p->err)
		p->err = buf_printf(p->out, "{%s=\"%s\"}", label, label_value);
	put(p, " ");
	put_number(p, value);
	put(p, "\n");
}

/* A value that is not known is left out: an alarm on its absence is honest. */
static void put_gauge(struct exposition *p, const char *name, const char *help,
		      double value)
{
	if (!isfinite(value))
		return;
	put_head(p, name, "gauge", help);
	put_sample(p, name, NULL, NULL, value);
}

static void put_counter(struct exposition *p, const char *name, const char *help,
			double value)
{
	if (!isfinite(value))
		return;
	put_head(p, name, "counter", help);
	put_sample(p, name, NULL, NULL, value);
}

/* ---- what is counted for ever -------------------------------------------------------------- */

static void put_pages(struct exposition *p, const struct counters *c)
{
	put_head(p, "freshet_pages", "gauge", "Pages in the store by state.");
	for (int s = 0; s < N_STATES; s++)
		put_sample(p, "freshet_pages", "state", state_text((enum page_state)s),
			   (double)c->n[s]);
}

static void put_verdicts(struct exposition *p, const struct counters *c)
{
	put_head(p, "freshet_visits_total", "counter", "Visits by verdict.");
	for (int v = VERDICT_NEW; v < N_VERDICTS; v++)
		put_sample(p, "freshet_visits_total", "verdict",
			   verdict_text((enum verdict)v),
			   (double)c->n[COUNT_VERDICT_NONE + v]);
	put_head(p, "freshet_received_bytes_total", "counter",
		 "Bytes received by verdict of the visit.");
	for (int v = VERDICT_NEW; v < N_VERDICTS; v++)
		put_sample(p, "freshet_received_bytes_total", "verdict",
			   verdict_text((enum verdict)v),
			   (double)c->n[COUNT_BYTES_NONE + v]);
	put_head(p, "freshet_evidence_total", "counter",
		 "Visits by the evidence for their verdict.");
	for (int e = EVIDENCE_304_STRONG; e < N_EVIDENCES; e++)
		put_sample(p, "freshet_evidence_total", "evidence",
			   evidence_text((enum evidence)e),
			   (double)c->n[COUNT_EVIDENCE_NONE + e]);
}

static void put_responses(struct exposition *p, const struct counters *c)
{
	static const char *const classes[] = {
		"none", "1xx", "2xx", "3xx", "4xx", "5xx"
	};

	put_head(p, "freshet_responses_total", "counter",
		 "Answers to requests by class of status; none: there was no answer.");
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		put_sample(p, "freshet_responses_total", "status", classes[i],
			   (double)c->n[COUNT_STATUS_0 + i]);
}

static void put_counters(struct exposition *p, const struct counters *c)
{
	static const struct {
		const char *name, *help;
		enum counter counter;
	} rows[] = {
		{ "freshet_requests_total", "Requests made.", COUNT_REQUESTS },
		{ "freshet_conditional_requests_total", "Requests with conditions.",
		  COUNT_REQUESTS_CONDITIONAL },
		{ "freshet_robots_requests_total", "Requests for robots.txt.",
		  COUNT_REQUESTS_ROBOTS },
		{ "freshet_not_modified_responses_total", "Answers 304.",
		  COUNT_STATUS_304 },
		{ "freshet_saved_bytes_total",
		  "Bytes that revalidation did not transfer.", COUNT_BYTES_SAVED },
		{ "freshet_audits_total",
		  "Revalidations made without conditions on purpose.", COUNT_AUDITS },
		{ "freshet_false_not_modified_total",
		  "Audits that found a change behind 304s.", COUNT_FALSE_304 },
		{ "freshet_useless_responses_total",
		  "Conditional requests answered in full with the bytes we had.",
		  COUNT_USELESS_200 },
		{ "freshet_changes_total", "Records written to the change feed.",
		  COUNT_CHANGES_TOLD },
	};

	put_pages(p, c);
	put_verdicts(p, c);
	put_responses(p, c);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		put_counter(p, rows[i].name, rows[i].help, (double)c->n[rows[i].counter]);
	put_counter(p, "freshet_store_stalled_seconds_total",
		    "Time that commits waited for the store to flush or compact.",
		    (double)c->n[COUNT_STALLED_MS] / 1e3);
}

/* ---- what is so at present ------------------------------------------------------------------- */

static void put_run(struct exposition *p, const struct metrics *m)
{
	const struct loop_tally *t = &m->live.tally;

	put_gauge(p, "freshet_requests_in_flight", "Requests under way.", t->n_in_flight);
	put_gauge(p, "freshet_visits_waiting",
		  "Visits that wait for another host or its robots.txt.",
		  m->live.n_waiting);
	put_gauge(p, "freshet_hosts_in_play", "Hosts with a page to visit soon.",
		  (double)t->n_hosts);
	put_gauge(p, "freshet_budget_requests_per_second", "Requests that may be made.",
		  m->live.budget_per_s);
	put_gauge(p, "freshet_visit_price",
		  "Crawl value that a visit must have at present.",
		  t->price > 0 ? t->price : NAN);
	put_gauge(p, "freshet_loop_turn_age_seconds", "Time since the loop last turned.",
		  m->turn_age_s);
	put_gauge(p, "freshet_feed_cursor", "Greatest cursor handed out.",
		  (double)m->last_cursor);
	put_gauge(p, "freshet_feed_acknowledged_cursor",
		  "Cursor up to which consumer index has acknowledged.",
		  (double)m->acknowledged);
}

static void put_freshness(struct exposition *p, const struct metrics *m)
{
	put_gauge(p, "freshet_freshness_ratio",
		  "Expected share of pages that are as the store has them.",
		  m->freshness);
	put_gauge(p, "freshet_freshness_weighted_ratio", "The same by weight of pages.",
		  m->freshness_weighted);
	put_gauge(p, "freshet_overdue_pages", "Pages whose time has passed.",
		  m->reported_at_ms ? (double)m->n_overdue : NAN);
	put_gauge(p, "freshet_report_timestamp_seconds",
		  "When freshness and overdue pages were last reckoned.",
		  m->reported_at_ms ? (double)m->reported_at_ms / 1000 : NAN);
}

static void put_store(struct exposition *p, const struct store_gauges *s)
{
	put_gauge(p, "freshet_store_bytes", "Size of the store's files.",
		  (double)s->bytes_on_disk);
	put_gauge(p, "freshet_store_memory_bytes",
		  "Memory of the store beside its cache.", (double)s->bytes_in_memory);
	put_gauge(p, "freshet_store_compaction_pending_bytes",
		  "Bytes that wait to be compacted.", (double)s->bytes_to_compact);
	put_gauge(p, "freshet_store_delayed_write_bytes_per_second",
		  "Rate that writes are slowed down to; 0: they are not.",
		  (double)s->delayed_bytes_per_s);
	put_gauge(p, "freshet_store_writes_stopped", "1 while the store takes no writes.",
		  s->writes_stopped);
}

static void put_process(struct exposition *p, const struct metrics_process *s)
{
	put_counter(p, "process_cpu_seconds_total", "Processor time used.", s->cpu_s);
	put_gauge(p, "process_resident_memory_bytes", "Resident memory.",
		  s->resident_bytes);
	put_gauge(p, "process_virtual_memory_bytes", "Virtual memory.", s->virtual_bytes);
	put_gauge(p, "process_open_fds", "Open file descriptors.", s->n_fds);
	put_gauge(p, "process_max_fds", "Most file descriptors allowed.", s->most_fds);
	put_gauge(p, "process_start_time_seconds", "Start of the process, Unix time.",
		  s->started_at_s);
}

enum err metrics_render(struct buf *out, const struct metrics *metrics)
{
	struct exposition page = { .out = out };

	put_head(&page, "freshet_build_info", "gauge", "The version that runs.");
	put_sample(&page, "freshet_build_info", "version", FRESHET_VERSION, 1);
	put_counters(&page, metrics->totals);
	put_run(&page, metrics);
	put_freshness(&page, metrics);
	put_store(&page, &metrics->store);
	put_process(&page, &metrics->process);
	return page.err;
}
