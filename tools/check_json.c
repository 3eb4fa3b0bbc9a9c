/* check_json.c - freshet.check/1; additions only. */
#include "tools/check_render.h"

#include "tools/check_findings.h"
#include "tools/check_phase.h"
#include "tools/json_out.h"

static void add_phases(struct json_out *j, const struct fetch_result *r, bool secure)
{
	struct check_phases p;

	check_phases_make(&p, r, secure);
	json_key_open(j, "phases", '{');
	for (int i = 0; i < N_CHECK_PHASES; i++) {
		if (p.ms[i] < 0)
			json_key_null(j, check_phase_key((enum check_phase)i));
		else
			json_key_real(j, check_phase_key((enum check_phase)i), p.ms[i]);
	}
	json_key_real(j, "total_ms", (double)r->total_us / 1000);
	json_key_text_or_null(
		j, "failed",
		span_of(p.failed == N_CHECK_PHASES ? "" : check_phase_text(p.failed)));
	json_key_bool(j, "reused_connection", r->reused_connection);
	json_close(j, '}');
}

static void add_bytes(struct json_out *j, const struct fetch_result *r)
{
	int64_t head_len = r->trace ? (int64_t)r->trace->response_head.len : 0;

	json_key_open(j, "bytes", '{');
	json_key_whole(j, "request", r->wire_bytes_out);
	json_key_whole(j, "head", head_len);
	json_key_whole(j, "body",
		       r->wire_bytes_in > head_len ? r->wire_bytes_in - head_len : 0);
	json_close(j, '}');
}

static void add_tls(struct json_out *j, const struct fetch_result *r, int64_t now_ms)
{
	if (!r->trace || !r->trace->expires_at_ms) {
		json_key_null(j, "tls");
		return;
	}
	json_key_open(j, "tls", '{');
	json_key_text(j, "protocol", span_of(r->trace->tls));
	json_key_text(j, "subject", span_of(r->trace->subject));
	json_key_text(j, "issuer", span_of(r->trace->issuer));
	json_key_time(j, "expires", r->trace->expires_at_ms);
	json_key_whole(j, "days_left", check_certificate_days(r, now_ms));
	json_close(j, '}');
}

static void add_exchange(struct json_out *j, const struct fetch_result *r)
{
	if (!r->trace)
		return;
	json_key_open(j, "exchange", '{');
	json_key_bytes(j, "request", buf_span(&r->trace->request_head));
	json_key_bytes(j, "response", buf_span(&r->trace->response_head));
	json_close(j, '}');
}

/* What a hop and the whole check have in common: one fetch. */
static void add_fetch(struct json_out *j, const struct fetch_result *r, struct span url,
		      int64_t now_ms)
{
	static const char *const keys[] = { "address", "http_version", "phases", "bytes",
					    "tls" };

	if (!r->started_at_us) { /* it was not asked for */
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
			json_key_null(j, keys[i]);
		return;
	}
	json_key_text_or_null(j, "address", span_of(r->address));
	json_key_whole(j, "http_version", r->http_version);
	add_phases(j, r, span_starts_with(url, SPAN("https:")));
	add_bytes(j, r);
	add_tls(j, r, now_ms);
}

static void add_status(struct json_out *j, int status, enum fetch_error error)
{
	if (status)
		json_key_whole(j, "status", status);
	else
		json_key_null(j, "status");
	json_key_text_or_null(j, "error", span_of(error ? fetch_error_text(error) : ""));
}

static void add_robots(struct json_out *j, const struct check_robots *robots)
{
	if (!robots->asked) {
		json_key_null(j, "robots");
		return;
	}
	json_key_open(j, "robots", '{');
	json_key_bool(j, "allowed", robots->allowed);
	json_key_text(j, "outcome", span_of(robots_outcome_text(robots->outcome)));
	json_key_whole(j, "line", robots->line);
	json_key_text(j, "rule", buf_span(&robots->rule));
	json_close(j, '}');
}

static void add_hops(struct json_out *j, const struct check *c, bool with_heads,
		     int64_t now_ms)
{
	json_key_open(j, "hops", '[');
	for (size_t i = 0; i < c->n_hops; i++) {
		const struct check_hop *hop = &c->hops[i];

		json_open(j, '{');
		json_key_text(j, "url", buf_span(&hop->url));
		add_robots(j, &hop->robots);
		add_status(j, hop->result.http_status, hop->result.error);
		json_key_text_or_null(j, "redirects_to", buf_span(&hop->target));
		add_fetch(j, &hop->result, buf_span(&hop->url), now_ms);
		if (with_heads || c->end == CHECK_UNASKED_304 ||
		    c->end == CHECK_UNASKED_PART)
			add_exchange(j, &hop->result);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void add_validators(struct json_out *j, const struct check *c)
{
	const struct header_list *headers = &c->hops[c->n_hops - 1].result.headers;
	struct span etag = { 0 }, last_modified = { 0 };

	json_key_open(j, "validators", '{');
	if (header_get(headers, "ETag", 0, &etag))
		json_key_bytes(j, "etag", etag);
	else
		json_key_null(j, "etag");
	if (header_get(headers, "Last-Modified", 0, &last_modified))
		json_key_bytes(j, "last_modified", last_modified);
	else
		json_key_null(j, "last_modified");
	json_key_bool(j, "etag_usable", c->validators.etag.len > 0);
	json_key_bool(j, "last_modified_usable", c->validators.last_modified.len > 0);
	json_close(j, '}');
}

static void add_truth(struct json_out *j, enum audit_truth truth)
{
	if (truth == TRUTH_UNKNOWN)
		json_key_null(j, "true");
	else
		json_key_bool(j, "true", truth == TRUTH_TRUE);
}

static void add_lines(struct json_out *j, const char *key, struct span lines)
{
	json_key_open(j, key, '[');
	while (lines.len)
		json_bytes(j, span_cut(&lines, '\n'));
	json_close(j, ']');
}

static void add_audit(struct json_out *j, const struct audit *audit, const char *name,
		      bool with_heads)
{
	static const char *const contents[] = { "", "same", "other" };

	json_open(j, '{');
	json_key_text(j, "name", span_of(name));
	if (audit->sent.len) {
		add_lines(j, "sent", buf_span(&audit->sent));
		add_status(j, audit->result.http_status, audit->result.error);
		add_truth(j, audit->truth);
		json_key_text_or_null(j, "content", span_of(contents[audit->content]));
		json_key_bool(j, "other_tag", audit->other_tag);
		if (with_heads)
			add_exchange(j, &audit->result);
	} else {
		json_key_null(j, "sent");
		json_key_text(j, "why_not", span_of(audit->why_not));
	}
	json_close(j, '}');
}

static void add_audits(struct json_out *j, const struct check *c, bool with_heads)
{
	json_key_open(j, "audit", '[');
	for (int i = 0; c->audited && i < N_AUDITS; i++)
		add_audit(j, &c->audits[i], audit_text((enum audit_kind)i), with_heads);
	json_close(j, ']');
}

static void add_advice(struct json_out *j, const struct check *c, int64_t now_ms)
{
	struct check_findings findings;
	struct advice advice[CHECK_ADVICE_MAX];
	size_t n;

	check_find(c, now_ms, &findings);
	n = check_advise(&findings, advice);
	json_key_open(j, "advice", '[');
	for (size_t i = 0; i < n; i++) {
		json_open(j, '{');
		json_key_text(j, "to",
			      advice[i].reader == FOR_CRAWLER ? SPAN("crawler")
							      : SPAN("owner"));
		json_key_text(j, "text", span_of(advice[i].text));
		json_close(j, '}');
	}
	json_close(j, ']');
}

/* Why nothing was fetched: robots.txt itself failed. */
static void add_robots_answer(struct json_out *j, const struct check *c, int64_t now_ms)
{
	if (c->end != CHECK_NO_ROBOTS)
		return;
	json_key_open(j, "robots_answer", '{');
	json_key_text(j, "url", buf_span(&c->host->robots_url));
	add_status(j, c->host->robots_answer.http_status, c->host->robots_answer.error);
	add_fetch(j, &c->host->robots_answer, buf_span(&c->host->robots_url), now_ms);
	json_close(j, '}');
}

static void add_explanation(struct json_out *j, const struct check *c)
{
	struct buf text = BUF_INIT;

	if (!j->err)
		j->err = buf_printf(&text, "%s. %s", c->explanation.name,
				    c->explanation.meaning);
	json_key_text(j, "explanation", buf_span(&text));
	json_key_text(j, "to_crawler", span_of(c->explanation.crawler));
	json_key_text(j, "to_owner", span_of(c->explanation.owner));
	json_key_text_or_null(j, "detail", buf_span(&c->detail));
	buf_release(&text);
}

/* "" if it works. */
static const char *problem_text(const struct check *c)
{
	static const char *const texts[] = {
		[CHECK_ANSWERED] = "status",
		[CHECK_FAILED] = "error",
		[CHECK_DISALLOWED] = "disallowed",
		[CHECK_NO_ROBOTS] = "robots",
		[CHECK_NO_CONTACT] = "contact",
		[CHECK_UNASKED_304] = "unasked-304",
		[CHECK_UNASKED_PART] = "unasked-part",
	};

	return c->works ? "" : texts[c->end];
}

enum err check_render_json(struct buf *out, const struct check *c, bool with_heads,
			   int64_t now_ms)
{
	const struct check_hop *last = &c->hops[c->n_hops - 1];
	struct json_out j;

	json_start(&j, out);
	json_open(&j, '{');
	json_key_text(&j, "schema", SPAN("freshet.check/1"));
	json_key_time(&j, "at", now_ms);
	json_key_text(&j, "url", buf_span(&c->url));
	json_key_text(&j, "final_url", buf_span(&last->url));
	json_key_bool(&j, "ok", c->works);
	json_key_text_or_null(&j, "problem", span_of(problem_text(c)));
	add_status(&j, last->result.http_status, c->error);
	add_explanation(&j, c);
	add_fetch(&j, &last->result, buf_span(&last->url), now_ms);
	add_validators(&j, c);
	add_robots(&j, &last->robots);
	add_robots_answer(&j, c, now_ms);
	add_hops(&j, c, with_heads, now_ms);
	add_audits(&j, c, with_heads);
	add_advice(&j, c, now_ms);
	json_close(&j, '}');
	json_line(&j);
	return json_end(&j);
}
