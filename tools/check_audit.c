#include "tools/check_audit.h"

#include "crawler/conditional.h"
#include "crawler/http_date.h"

#define MADE_UP "\"freshet-made-up\""

static const struct {
	const char *text, *needs;
} kinds[] = {
	[AUDIT_TAG] = { "tag alone", "no usable ETag" },
	[AUDIT_DATE] = { "date alone", "no usable Last-Modified" },
	[AUDIT_BOTH] = { "tag and date", "not both validators" },
	[AUDIT_WEAK] = { "other strength", "no usable ETag" },
	[AUDIT_LIST] = { "list of tags", "no usable ETag" },
	[AUDIT_REPAIRED] = { "tag without -gzip", "no tag that ends in -gzip" },
	[AUDIT_LATER_DATE] = { "later date", "no Date after Last-Modified" },
	[AUDIT_MADE_UP] = { "made-up tag", "" },
};

const char *audit_text(enum audit_kind kind)
{
	return kinds[kind].text;
}

static bool is_later(struct span date, struct span last_modified)
{
	int64_t date_at_ms, modified_at_ms;

	return http_date_parse(date, 0, &date_at_ms) &&
	       http_date_parse(last_modified, 0, &modified_at_ms) &&
	       date_at_ms > modified_at_ms;
}

static bool applies(enum audit_kind kind, const struct audit_material *m)
{
	switch (kind) {
	case AUDIT_TAG:
	case AUDIT_WEAK:
	case AUDIT_LIST:
		return m->etag.len > 0;
	case AUDIT_DATE:
		return m->last_modified.len > 0;
	case AUDIT_BOTH:
		return m->etag.len && m->last_modified.len;
	case AUDIT_REPAIRED:
		return conditional_is_repairable(m->etag);
	case AUDIT_LATER_DATE:
		return is_later(m->date, m->last_modified);
	default:
		return true;
	}
}

static enum err write_tag(const char *before, struct span etag, struct buf *lines)
{
	return buf_printf(lines, "If-None-Match: %s%.*s\n", before, (int)etag.len,
			  etag.data);
}

static enum err write_other_strength(struct span etag, struct buf *lines)
{
	if (validator_etag_is_weak(etag))
		return write_tag("", span_from(etag.data + 2, etag.len - 2), lines);
	return write_tag("W/", etag, lines);
}

static enum err write_lines(enum audit_kind kind, const struct audit_material *m,
			    struct buf *lines)
{
	switch (kind) {
	case AUDIT_TAG:
		return write_tag("", m->etag, lines);
	case AUDIT_WEAK:
		return write_other_strength(m->etag, lines);
	case AUDIT_LIST:
		return write_tag(MADE_UP ", ", m->etag, lines);
	case AUDIT_MADE_UP:
		return write_tag(MADE_UP, SPAN(""), lines);
	case AUDIT_LATER_DATE:
		return conditional_append(SPAN(""), m->date, CONDITION_DATE, m->room,
					  lines);
	case AUDIT_DATE:
		return conditional_append(SPAN(""), m->last_modified, CONDITION_DATE,
					  m->room, lines);
	case AUDIT_REPAIRED:
		return conditional_append(m->etag, SPAN(""), CONDITION_REPAIRED, m->room,
					  lines);
	default:
		return conditional_append(m->etag, m->last_modified, CONDITION_BOTH,
					  m->room, lines);
	}
}

enum err audit_prepare(enum audit_kind kind, const struct audit_material *m,
		       struct audit *audit)
{
	enum err err;

	buf_clear(&audit->sent);
	audit->why_not = kinds[kind].needs;
	if (!applies(kind, m))
		return ERR_OK;
	err = write_lines(kind, m, &audit->sent);
	if (!err && audit->sent.len > m->room) {
		buf_clear(&audit->sent);
		audit->why_not = "the tag is too long for it";
	}
	return err;
}

/* Did the server claim that what this condition rests on is still so? */
static bool rests_on_what_stands(enum audit_kind kind, const struct audit_recheck *now)
{
	switch (kind) {
	case AUDIT_DATE:
	case AUDIT_LATER_DATE:
		return now->same_date;
	case AUDIT_BOTH:
		return now->same_tag && now->same_date;
	default:
		return now->same_tag;
	}
}

static enum audit_truth judge_truth(enum audit_kind kind, const struct audit_recheck *now)
{
	if (kind == AUDIT_MADE_UP)
		return TRUTH_FALSE;
	if (!now->answered)
		return TRUTH_UNKNOWN;
	if (now->same_content)
		return TRUTH_TRUE;
	return rests_on_what_stands(kind, now) ? TRUTH_FALSE : TRUTH_UNKNOWN;
}

static bool names_another_tag(struct span etag, const struct header_list *headers)
{
	struct span named = validators_from_headers(headers, 0).etag;

	return named.len && etag.len && !validator_etag_is_weak(named) &&
	       !validator_weak_match(named, etag) &&
	       !conditional_is_plain_form(etag, named);
}

void audit_judge(enum audit_kind kind, struct span etag, const struct audit_recheck *now,
		 struct audit *audit)
{
	audit->truth = TRUTH_UNKNOWN;
	audit->other_tag = false;
	if (!audit->sent.len || audit->result.error || audit->result.http_status != 304)
		return;
	audit->truth = judge_truth(kind, now);
	audit->other_tag = names_another_tag(etag, &audit->result.headers);
}
