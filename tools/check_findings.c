#include "tools/check_findings.h"

#include "store/base/clock.h"

int64_t check_certificate_days(const struct fetch_result *r, int64_t now_ms)
{
	int64_t left_ms;

	if (!r->trace || !r->trace->expires_at_ms)
		return -1;
	left_ms = r->trace->expires_at_ms - now_ms;
	return left_ms > 0 ? left_ms / MS_PER_DAY : 0;
}

static enum audit_outcome outcome_of(const struct audit *audit)
{
	if (!audit->sent.len)
		return OUTCOME_NOT_ASKED;
	if (!audit->result.error && audit->result.http_status == 304)
		return audit->truth == TRUTH_FALSE ? OUTCOME_FALSE : OUTCOME_304;
	if (audit->content == CONTENT_NONE)
		return OUTCOME_ERROR;
	return audit->content == CONTENT_SAME ? OUTCOME_WHOLE : OUTCOME_OTHER;
}

static void find_audits(const struct check *c, struct check_findings *f)
{
	f->audited = c->audited;
	f->page_changes = c->recheck.answered && !c->recheck.same_content;
	for (int i = 0; i < N_AUDITS; i++) {
		const struct audit *audit = &c->audits[i];

		f->outcomes[i] = outcome_of(audit);
		f->page_changes = f->page_changes || f->outcomes[i] == OUTCOME_OTHER;
		f->other_tag = f->other_tag || audit->other_tag;
		f->stray_body = f->stray_body || audit->result.stray_body;
	}
}

/* The certificate of a hop that ends first. */
static void find_certificate(const struct check *c, int64_t now_ms,
			     struct check_findings *f)
{
	f->certificate_days = -1;
	for (size_t i = 0; i < c->n_hops; i++) {
		int64_t days = check_certificate_days(&c->hops[i].result, now_ms);

		if (days >= 0 && (f->certificate_days < 0 || days < f->certificate_days))
			f->certificate_days = days;
	}
}

void check_find(const struct check *c, int64_t now_ms, struct check_findings *f)
{
	const struct check_hop *last = &c->hops[c->n_hops - 1];
	int first_status = c->hops[0].result.http_status;

	*f = (struct check_findings){
		.works = c->works,
		.has_page = c->works && last->result.http_status == 200,
		.n_redirects = c->n_hops - 1,
		.moved_for_good =
			c->n_hops > 1 && (first_status == 301 || first_status == 308),
		.stray_body = last->result.stray_body,
	};
	find_certificate(c, now_ms, f);
	if (f->has_page) {
		f->n_etags = header_count(&last->result.headers, "ETag");
		f->n_dates = header_count(&last->result.headers, "Last-Modified");
		f->etag_usable = c->validators.etag.len > 0;
		f->date_usable = c->validators.last_modified.len > 0;
		f->date_trusted = validator_date_is_trusted(&c->dates);
	}
	find_audits(c, f);
}
