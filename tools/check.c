#include "tools/check.h"

#include "crawler/http_date.h"
#include "crawler/redirect.h"
#include "store/base/clock.h"
#include "store/base/url.h"
#include "tools/check_end.h"

#define ZIP_LEVEL 1 /* the document's compressed body is of no use here */

enum err checker_open(const struct settings *settings, struct checker *k, struct why *why)
{
	*k = (struct checker){ .settings = settings };
	k->hosts.settings = settings;
	if (document_worker_new(ZIP_LEVEL, &k->worker))
		return why_set(why, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
	return ERR_OK;
}

void checker_close(struct checker *k)
{
	one_fetch_close(&k->one);
	check_hosts_release(&k->hosts);
	document_worker_free(k->worker);
}

void check_release(struct check *c)
{
	buf_release(&c->url);
	buf_release(&c->detail);
	for (size_t i = 0; i < c->n_hops; i++) {
		buf_release(&c->hops[i].url);
		buf_release(&c->hops[i].target);
		buf_release(&c->hops[i].robots.rule);
		fetch_result_release(&c->hops[i].result);
	}
	for (size_t i = 0; i < N_AUDITS; i++) {
		buf_release(&c->audits[i].sent);
		fetch_result_release(&c->audits[i].result);
	}
}

struct check_hop *check_last(struct check *c)
{
	return &c->hops[c->n_hops - 1];
}

static enum err end_as(struct check *c, enum check_end end, const char *detail)
{
	c->end = end;
	return buf_set(&c->detail, span_of(detail));
}

static enum err fail_as(struct check *c, enum fetch_error error, const char *detail)
{
	c->error = error;
	return end_as(c, CHECK_FAILED, detail);
}

/* ---- may it be asked? --------------------------------------------------------------- */

static enum err read_verdict(const struct check_host *host, struct span target,
			     struct check_robots *robots)
{
	struct robots_match match;
	enum err err = robots_outcome_match(host->outcome, host->robots, target, &match);

	if (err)
		return err;
	robots->asked = true;
	robots->outcome = host->outcome;
	robots->allowed = match.allowed;
	robots->line = match.line;
	return host->outcome == ROBOTS_PARSED ? buf_set(&robots->rule, match.rule)
					      : ERR_OK;
}

/* *go_on: robots.txt lets us, or does not count. */
static enum err ask_robots(struct checker *k, struct check *c, bool *go_on,
			   struct why *why)
{
	struct check_hop *hop = check_last(c);
	struct check_host *host = NULL;
	struct url_parts parts;
	enum err err = url_split(buf_span(&hop->url), &parts);

	*go_on = false;
	if (!err)
		err = check_hosts_get(&k->hosts, parts.origin, &host, why);
	if (err == ERR_INVALID)
		return end_as(c, CHECK_NO_CONTACT, why->text);
	if (!err)
		err = read_verdict(host, parts.target, &hop->robots);
	if (err)
		return err;
	c->host = host;
	*go_on = hop->robots.allowed || k->ignore_robots;
	if (*go_on)
		return ERR_OK;
	return end_as(c,
		      host->outcome == ROBOTS_PARSED ? CHECK_DISALLOWED : CHECK_NO_ROBOTS,
		      host->outcome == ROBOTS_PARSED ? "" : host->robots_answer.detail);
}

/* ---- the cycle ---------------------------------------------------------------------- */

enum err check_ask(struct checker *k, struct check *c, struct span conditions,
		   struct why *why)
{
	struct fetch_request request = { .url = buf_text(&check_last(c)->url),
					 .headers = conditions,
					 .trace = TRACE_ALL };
	enum err err;

	check_host_wait(c->host);
	err = one_fetch_get(&k->one, &request);
	check_host_asked(c->host);
	return err ? why_set(why, err, "%s", err_text(err)) : ERR_OK;
}

static bool was_seen(const struct check *c, struct span url)
{
	for (size_t i = 0; i < c->n_hops; i++)
		if (span_equal(buf_span(&c->hops[i].url), url))
			return true;
	return false;
}

/* What stands against the hop; NULL: nothing (REQ 36-39). */
static const char *redirect_trouble(const struct checker *k, const struct check *c,
				    const struct redirect *r)
{
	if (r->verdict == REDIRECT_BAD)
		return r->why.text;
	if (r->verdict == REDIRECT_DOWNGRADE && !k->settings->fetch_allow_downgrade)
		return "from https to http";
	if (was_seen(c, buf_span(&r->target)))
		return "back to where it came from";
	if (c->n_hops > (size_t)k->settings->fetch_max_redirects ||
	    c->n_hops == CHECK_HOPS_MAX)
		return "too many in a row";
	return NULL;
}

/* *go_on: there is another hop, now the last one. */
static enum err take_redirect(const struct checker *k, struct check *c, bool *go_on)
{
	struct check_hop *hop = check_last(c);
	struct redirect r = REDIRECT_INIT;
	const char *trouble;
	enum err err = redirect_judge(hop->result.http_status, buf_span(&hop->url),
				      &hop->result.headers, &r);

	*go_on = false;
	if (err || r.verdict == REDIRECT_NONE)
		goto out;
	err = buf_set(&hop->target, buf_span(&r.target));
	if (err)
		goto out;
	trouble = redirect_trouble(k, c, &r);
	if (trouble) {
		err = fail_as(c, FETCH_REDIRECT, trouble);
		goto out;
	}
	err = buf_set(&c->hops[c->n_hops++].url, buf_span(&r.target));
	*go_on = !err;
out:
	redirect_release(&r);
	return err;
}

static enum err take_document(struct check *c, const struct document *d)
{
	const struct header_list *headers = &check_last(c)->result.headers;
	int64_t now_ms = clock_now_ms();

	if (d->status)
		return fail_as(c, d->status, d->detail);
	c->body_len = (int64_t)d->body.len;
	c->digest = d->digest;
	c->text_digest = d->text_digest;
	c->validators = validators_from_headers(headers, now_ms);
	c->dates.last_modified_at_ms = c->validators.last_modified_at_ms;
	c->dates.date_at_ms = now_ms;
	if (header_get(headers, "Date", 0, &c->date))
		(void)http_date_parse(c->date, now_ms, &c->dates.date_at_ms);
	return ERR_OK;
}

/* A 200 counts only if its body can be read. */
static enum err read_body(struct checker *k, struct check *c, struct span wire)
{
	struct document_request request = {
		.headers = &check_last(c)->result.headers,
		.wire = wire,
		.max_bytes = (size_t)k->settings->fetch_max_body,
	};
	struct document document;
	enum err err;

	document_init(&document);
	err = document_read(k->worker, &request, &document);
	if (!err)
		err = take_document(c, &document);
	document_release(&document);
	return err;
}

/* What the answer of the last hop comes to, when it leads no further. */
static enum err judge(struct checker *k, struct check *c, struct span wire)
{
	const struct fetch_result *r = &check_last(c)->result;

	c->wire_len = (int64_t)wire.len;
	c->error = r->error;
	if (r->error)
		return end_as(c, CHECK_FAILED, r->detail);
	if (r->http_status == 304)
		return end_as(c, CHECK_UNASKED_304, "");
	if (r->http_status == 206)
		return end_as(c, CHECK_UNASKED_PART, "");
	c->end = CHECK_ANSWERED;
	return r->http_status == 200 ? read_body(k, c, wire) : ERR_OK;
}

/* One hop; *go_on: it redirects to another. */
static enum err take_hop(struct checker *k, struct check *c, bool *go_on, struct why *why)
{
	struct check_hop *hop = check_last(c);
	struct buf wire = BUF_INIT;
	enum err err = ask_robots(k, c, go_on, why);

	if (err || !*go_on)
		return err;
	err = check_ask(k, c, SPAN(""), why);
	if (err)
		return err;
	hop->fetched = true;
	hop->result = k->one.result;
	k->one.result = (struct fetch_result){ 0 };
	wire = buf_take(&hop->result.body);
	*go_on = false;
	if (!hop->result.error)
		err = take_redirect(k, c, go_on);
	if (!err && !*go_on && c->end != CHECK_FAILED)
		err = judge(k, c, buf_span(&wire));
	buf_release(&wire);
	return err;
}

static void explain(struct check *c)
{
	const struct fetch_result *r = c->end == CHECK_NO_ROBOTS ? &c->host->robots_answer
								 : &check_last(c)->result;
	enum fetch_error error = c->end == CHECK_NO_ROBOTS ? r->error : c->error;

	c->explanation = check_end_explain(c->end, error, r->http_status);
	c->works = check_end_works(c->end, r->http_status);
}

enum err check_run(struct checker *k, struct span url, struct check *c, struct why *why)
{
	bool go_on = true;
	enum err err;

	one_fetch_close(&k->one);
	err = one_fetch_open(k->settings, &k->one, why);
	if (err)
		return err;
	err = buf_set(&c->url, url);
	if (!err)
		err = buf_set(&c->hops[c->n_hops++].url, url);
	while (!err && go_on)
		err = take_hop(k, c, &go_on, why);
	if (!err)
		explain(c);
	if (!err && k->conditional && c->works &&
	    check_last(c)->result.http_status == 200)
		err = check_audit(k, c, why);
	if (err && !why->text[0])
		(void)why_set(why, err, "%s", err_text(err));
	return err;
}
