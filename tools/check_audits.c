/* check_audits.c - asks the same page under one condition after another. */
#include "tools/check.h"

#include "crawler/conditional.h"
#include "tools/contact.h"

static enum err prepare(const struct checker *k, struct check *c)
{
	struct buf user_agent = BUF_INIT;
	struct audit_material material = { c->validators.etag,
					   c->validators.last_modified, c->date, 0 };
	enum err err = contact_user_agent(k->settings, &user_agent);

	material.room = conditional_room(buf_span(&check_last(c)->url),
					 user_agent.len + strlen(k->settings->bot_from));
	for (int i = 0; !err && i < N_AUDITS; i++)
		err = audit_prepare((enum audit_kind)i, &material, &c->audits[i]);
	buf_release(&user_agent);
	return err;
}

/* Is what came with this 200 what we hold: the bytes, or else the text? */
static enum err compare(const struct checker *k, const struct check *c,
			const struct fetch_result *r, enum audit_content *content)
{
	struct document_request request = {
		.headers = &r->headers,
		.wire = buf_span(&r->body),
		.max_bytes = (size_t)k->settings->fetch_max_body,
		.known_digest = c->digest,
		.known_text_digest = c->text_digest,
	};
	struct document d;
	enum err err = ERR_OK;

	*content = CONTENT_NONE;
	if (r->error || r->http_status != 200)
		return ERR_OK;
	document_init(&d);
	err = document_read(k->worker, &request, &d);
	if (!err && !d.status)
		*content = d.same_bytes || d.same_text ? CONTENT_SAME : CONTENT_OTHER;
	document_release(&d);
	return err;
}

/* A server that has had enough is not asked for more. */
static bool has_had_enough(const struct fetch_result *r)
{
	return r->error || r->http_status == 429 || r->http_status == 503;
}

static enum err ask_one(struct checker *k, struct check *c, struct audit *audit,
			struct why *why)
{
	enum err err = check_ask(k, c, buf_span(&audit->sent), why);

	if (!err)
		err = compare(k, c, &k->one.result, &audit->content);
	if (err)
		return err;
	audit->result = k->one.result;
	k->one.result = (struct fetch_result){ 0 };
	buf_release(&audit->result.body);
	return ERR_OK;
}

static enum err recheck(struct checker *k, struct check *c, struct why *why)
{
	enum audit_content content = CONTENT_NONE;
	struct validator_pair pair;
	enum err err = check_ask(k, c, SPAN(""), why);

	if (!err)
		err = compare(k, c, &k->one.result, &content);
	if (err)
		return err;
	pair = validators_from_headers(&k->one.result.headers, c->dates.date_at_ms);
	c->recheck = (struct audit_recheck){
		.asked = true,
		.answered = content != CONTENT_NONE,
		.same_content = content == CONTENT_SAME,
		.same_tag = validator_weak_match(pair.etag, c->validators.etag),
		.same_date = span_equal(pair.last_modified, c->validators.last_modified),
	};
	return ERR_OK;
}

enum err check_audit(struct checker *k, struct check *c, struct why *why)
{
	bool enough = false, any_304 = false;
	enum err err = prepare(k, c);

	c->audited = true;
	for (int i = 0; !err && i < N_AUDITS; i++) {
		struct audit *audit = &c->audits[i];

		if (enough) {
			buf_clear(&audit->sent);
			audit->why_not = "the server has had enough";
		}
		if (!audit->sent.len)
			continue;
		err = ask_one(k, c, audit, why);
		enough = has_had_enough(&audit->result);
		any_304 = any_304 || audit->result.http_status == 304;
	}
	if (!err && any_304 && !enough)
		err = recheck(k, c, why);
	for (int i = 0; !err && i < N_AUDITS; i++)
		audit_judge((enum audit_kind)i, c->validators.etag, &c->recheck,
			    &c->audits[i]);
	return err;
}
