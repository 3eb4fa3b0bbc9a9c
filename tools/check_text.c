/* check_text.c - a check for people: first whether it works, then everything else. */
#include "tools/check_render.h"

#include <inttypes.h>

#include "store/base/units.h"
#include "tools/check_findings.h"
#include "tools/check_phase.h"
#include "tools/escape.h"

/* The first failure sticks. */
struct sheet {
	struct buf *out;
	enum err err;
	bool with_heads;
	int64_t now_ms;
};

#define SAY(s, ...)                                                   \
	do {                                                          \
		if (!(s)->err)                                        \
			(s)->err = buf_printf((s)->out, __VA_ARGS__); \
	} while (0)

static void say_safe(struct sheet *s, struct span text)
{
	if (!s->err)
		s->err = escape_terminal(s->out, text);
}

/* A line "  label     value", if there is a value. */
static void say_field(struct sheet *s, const char *label, struct span value)
{
	if (!value.len)
		return;
	SAY(s, "    %-13s ", label);
	say_safe(s, value);
	SAY(s, "\n");
}

/* ---- heads -------------------------------------------------------------------------- */

static void say_head_line(struct sheet *s, const char *mark, struct span line,
			  bool has_feed)
{
	bool has_return = line.len && line.data[line.len - 1] == '\r';

	SAY(s, "    %s ", mark);
	if (has_return && has_feed)
		line.len--;
	if (!s->err)
		s->err = escape_bytes(s->out, line);
	SAY(s, "%s\n", has_feed && !has_return ? "\\n" : "");
}

static void say_head(struct sheet *s, const char *mark, struct span head)
{
	while (head.len && !s->err) {
		size_t len = span_find(head, '\n');
		bool has_feed = len < head.len;

		say_head_line(s, mark, span_from(head.data, len), has_feed);
		len += has_feed;
		head = span_from(head.data + len, head.len - len);
	}
}

static void say_exchange(struct sheet *s, const struct fetch_result *r)
{
	if (!r->trace)
		return;
	say_head(s, ">", buf_span(&r->trace->request_head));
	say_head(s, "<", buf_span(&r->trace->response_head));
}

/* ---- one fetch ---------------------------------------------------------------------- */

static void say_certificate(struct sheet *s, const struct fetch_result *r)
{
	char until[UNITS_TIME_SIZE];

	if (!r->trace || !r->trace->expires_at_ms)
		return;
	units_format_time(r->trace->expires_at_ms, until);
	SAY(s, "    %-13s ", "certificate");
	say_safe(s, span_of(r->trace->subject));
	SAY(s, ", by ");
	say_safe(s, span_of(r->trace->issuer));
	SAY(s, ", until %.10s (%" PRId64 " days left)\n", until,
	    check_certificate_days(r, s->now_ms));
}

/* What stands behind the time of a phase. */
static void say_phase_fact(struct sheet *s, enum check_phase phase,
			   const struct fetch_result *r)
{
	int64_t head_len = r->wire_bytes_in;

	if (phase == PHASE_LOOKUP && r->address[0])
		SAY(s, "  %s", r->address);
	if (phase == PHASE_TLS && r->trace && r->trace->tls[0]) {
		SAY(s, "  ");
		say_safe(s, span_of(r->trace->tls));
	}
	if (phase == PHASE_REQUEST)
		SAY(s, "  %" PRId64 " bytes sent", r->wire_bytes_out);
	if (phase == PHASE_FIRST_BYTE && r->trace) {
		head_len = (int64_t)r->trace->response_head.len;
		SAY(s, "  head of %" PRId64 " bytes", head_len);
	}
	if (phase == PHASE_LAST_BYTE && r->trace) {
		head_len = (int64_t)r->trace->response_head.len;
		SAY(s, "  body of %" PRId64 " bytes",
		    r->wire_bytes_in > head_len ? r->wire_bytes_in - head_len : 0);
	}
}

static void say_phases(struct sheet *s, const struct fetch_result *r, bool secure)
{
	struct check_phases p;

	check_phases_make(&p, r, secure);
	if (r->reused_connection)
		SAY(s, "    %-13s  reused: %s\n", "connection", r->address);
	for (int i = 0; i < N_CHECK_PHASES; i++) {
		enum check_phase phase = (enum check_phase)i;

		if (p.ms[i] < 0)
			continue;
		SAY(s, "    %-13s %9.1f ms", check_phase_text(phase), p.ms[i]);
		say_phase_fact(s, phase, r);
		SAY(s, "%s\n", p.failed == phase ? "  failed here" : "");
		if (phase == PHASE_TLS)
			say_certificate(s, r);
	}
}

static void say_answer(struct sheet *s, const struct fetch_result *r, struct span target)
{
	SAY(s, "    %-13s ", "answer");
	if (r->http_status)
		SAY(s, "%d %s", r->http_status, explain_status(r->http_status)->name);
	else
		SAY(s, "none");
	if (target.len) {
		SAY(s, ", to ");
		say_safe(s, target);
	}
	if (r->error) {
		SAY(s, "; %s: ", fetch_error_text(r->error));
		say_safe(s, span_of(r->detail));
	}
	SAY(s, "\n");
}

static void say_fetch(struct sheet *s, struct span url, const struct fetch_result *r,
		      struct span target, bool with_heads)
{
	say_phases(s, r, span_starts_with(url, SPAN("https:")));
	say_answer(s, r, target);
	if (with_heads)
		say_exchange(s, r);
}

/* ---- the hops ----------------------------------------------------------------------- */

static void say_robots(struct sheet *s, const struct check_robots *robots, bool fetched)
{
	if (!robots->asked)
		return;
	SAY(s, "    %-13s %s", "robots.txt", robots->allowed ? "allowed" : "disallowed");
	if (fetched && !robots->allowed)
		SAY(s, " (ignored)");
	if (robots->line)
		SAY(s, ", line %u: ", (unsigned)robots->line);
	else if (robots->rule.len)
		SAY(s, ": ");
	else if (robots->outcome == ROBOTS_PARSED)
		SAY(s, ", no rule matches");
	else
		SAY(s, "%s",
		    robots->outcome == ROBOTS_NONE ? ", there is none"
						   : ", it is out of reach");
	say_safe(s, buf_span(&robots->rule));
	SAY(s, "\n");
}

static void say_hops(struct sheet *s, const struct check *c)
{
	for (size_t i = 0; i < c->n_hops; i++) {
		const struct check_hop *hop = &c->hops[i];
		bool proves = i + 1 == c->n_hops && (c->end == CHECK_UNASKED_304 ||
						     c->end == CHECK_UNASKED_PART);

		SAY(s, "  ");
		say_safe(s, buf_span(&hop->url));
		SAY(s, "\n");
		say_robots(s, &hop->robots, hop->fetched);
		if (hop->fetched)
			say_fetch(s, buf_span(&hop->url), &hop->result,
				  buf_span(&hop->target), s->with_heads || proves);
	}
	if (c->end != CHECK_NO_ROBOTS)
		return;
	SAY(s, "  ");
	say_safe(s, buf_span(&c->host->robots_url));
	SAY(s, "\n");
	say_fetch(s, buf_span(&c->host->robots_url), &c->host->robots_answer, SPAN(""),
		  s->with_heads);
}

/* ---- what it comes to --------------------------------------------------------------- */

static void say_end(struct sheet *s, const struct check *c)
{
	int status = c->hops[c->n_hops - 1].result.http_status;

	SAY(s, "  %s: ", c->works ? "works" : "does not work");
	if (c->end == CHECK_ANSWERED)
		SAY(s, "%d ", status);
	SAY(s, "%s. %s\n", c->explanation.name, c->explanation.meaning);
	if (c->end == CHECK_DISALLOWED && c->hops[c->n_hops - 1].robots.line)
		SAY(s, "    disallowed by robots.txt, line %u\n",
		    (unsigned)c->hops[c->n_hops - 1].robots.line);
	say_field(s, "what exactly", buf_span(&c->detail));
	say_field(s, "to a crawler", span_of(c->explanation.crawler));
	say_field(s, "to its owner", span_of(c->explanation.owner));
}

static void say_page(struct sheet *s, const struct check *c)
{
	const struct header_list *headers = &c->hops[c->n_hops - 1].result.headers;
	struct span value;

	if (!c->works)
		return;
	SAY(s, "  page\n    %-13s %" PRId64 " bytes, %" PRId64 " as sent\n", "size",
	    c->body_len, c->wire_len);
	if (header_get(headers, "Content-Type", 0, &value))
		say_field(s, "type", value);
	if (header_get(headers, "Content-Encoding", 0, &value))
		say_field(s, "coding", value);
	for (size_t i = 0; header_get(headers, "ETag", i, &value); i++)
		say_field(s, c->validators.etag.len ? "ETag" : "ETag, unfit", value);
	for (size_t i = 0; header_get(headers, "Last-Modified", i, &value); i++)
		say_field(s,
			  c->validators.last_modified.len ? "Last-Modified"
							  : "date, unfit",
			  value);
}

static void say_conditions(struct sheet *s, struct span lines)
{
	while (lines.len && !s->err) {
		struct span line = span_cut(&lines, '\n');

		SAY(s, "      > ");
		if (!s->err)
			s->err = escape_bytes(s->out, line);
		SAY(s, "\n");
	}
}

static const char *audit_result_text(const struct audit *audit)
{
	static const char *const truths[] = { "", ", true", ", FALSE" };

	if (audit->result.http_status == 304 && !audit->result.error)
		return audit->other_tag ? ", names another tag" : truths[audit->truth];
	if (audit->content == CONTENT_SAME)
		return ", the same page again";
	return audit->content == CONTENT_OTHER ? ", another page" : "";
}

static void say_audits(struct sheet *s, const struct check *c)
{
	if (!c->audited)
		return;
	SAY(s, "  asked again\n");
	for (int i = 0; i < N_AUDITS; i++) {
		const struct audit *audit = &c->audits[i];

		SAY(s, "    %-18s ", audit_text((enum audit_kind)i));
		if (!audit->sent.len) {
			SAY(s, "not asked: %s\n", audit->why_not);
			continue;
		}
		if (audit->result.error) {
			SAY(s, "%s: ", fetch_error_text(audit->result.error));
			say_safe(s, span_of(audit->result.detail));
		} else {
			SAY(s, "%d%s", audit->result.http_status,
			    audit_result_text(audit));
		}
		SAY(s, "\n");
		if (s->with_heads)
			say_exchange(s, &audit->result);
		else
			say_conditions(s, buf_span(&audit->sent));
	}
	if (c->recheck.asked)
		SAY(s, "    %-18s %s\n", "without condition",
		    !c->recheck.answered      ? "no page came"
		    : c->recheck.same_content ? "the same page"
					      : "another page");
}

static void say_advice(struct sheet *s, const struct check *c)
{
	struct check_findings findings;
	struct advice advice[CHECK_ADVICE_MAX];
	size_t n;

	check_find(c, s->now_ms, &findings);
	n = check_advise(&findings, advice);
	if (n)
		SAY(s, "  advice\n");
	for (size_t i = 0; i < n; i++)
		SAY(s, "    %-13s %s\n",
		    advice[i].reader == FOR_CRAWLER ? "to a crawler" : "to its owner",
		    advice[i].text);
}

enum err check_render_text(struct buf *out, const struct check *c, bool with_heads,
			   int64_t now_ms)
{
	struct sheet s = { out, ERR_OK, with_heads, now_ms };

	say_safe(&s, buf_span(&c->url));
	SAY(&s, "\n");
	say_end(&s, c);
	say_hops(&s, c);
	say_page(&s, c);
	say_audits(&s, c);
	say_advice(&s, c);
	return s.err;
}
