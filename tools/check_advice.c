#include "tools/check_advice.h"

#define CERTIFICATE_DAYS 21

typedef bool holds(const struct check_findings *f);

static bool is(const struct check_findings *f, enum audit_kind kind,
	       enum audit_outcome outcome)
{
	return f->outcomes[kind] == outcome;
}

/* Asked under a condition that holds, and the page came all the same. */
static bool missed(const struct check_findings *f, enum audit_kind kind)
{
	return is(f, kind, OUTCOME_WHOLE);
}

static bool any(const struct check_findings *f, enum audit_outcome outcome)
{
	for (int i = 0; i < N_AUDITS; i++)
		if (f->outcomes[i] == outcome)
			return true;
	return false;
}

/* ---- of any answer ------------------------------------------------------------------ */

static bool certificate_ends(const struct check_findings *f)
{
	return f->certificate_days >= 0 && f->certificate_days < CERTIFICATE_DAYS;
}

static bool has_moved(const struct check_findings *f)
{
	return f->works && f->moved_for_good;
}

static bool is_sent_around(const struct check_findings *f)
{
	return f->n_redirects > 1;
}

static bool has_stray_body(const struct check_findings *f)
{
	return f->stray_body;
}

/* ---- of its validators -------------------------------------------------------------- */

static bool has_none(const struct check_findings *f)
{
	return f->has_page && !f->n_etags && !f->n_dates;
}

static bool has_two_tags(const struct check_findings *f)
{
	return f->n_etags > 1;
}

static bool has_bad_tag(const struct check_findings *f)
{
	return f->n_etags == 1 && !f->etag_usable;
}

static bool has_two_dates(const struct check_findings *f)
{
	return f->n_dates > 1;
}

static bool has_bad_date(const struct check_findings *f)
{
	return f->n_dates == 1 && !f->date_usable;
}

static bool has_fresh_date(const struct check_findings *f)
{
	return f->date_usable && !f->date_trusted && !f->etag_usable;
}

/* ---- of the audit ------------------------------------------------------------------- */

static bool believes_anything(const struct check_findings *f)
{
	return is(f, AUDIT_MADE_UP, OUTCOME_FALSE);
}

static bool lies(const struct check_findings *f)
{
	for (int i = 0; i < AUDIT_MADE_UP; i++)
		if (is(f, (enum audit_kind)i, OUTCOME_FALSE))
			return true;
	return false;
}

static bool can_be_trusted(const struct check_findings *f)
{
	return f->audited && !believes_anything(f) && !lies(f);
}

static bool needs_repair(const struct check_findings *f)
{
	return can_be_trusted(f) && missed(f, AUDIT_TAG) &&
	       is(f, AUDIT_REPAIRED, OUTCOME_304);
}

static bool misses_own_tag(const struct check_findings *f)
{
	return can_be_trusted(f) && !f->page_changes && missed(f, AUDIT_TAG) &&
	       !needs_repair(f);
}

static bool only_date_works(const struct check_findings *f)
{
	return misses_own_tag(f) && is(f, AUDIT_DATE, OUTCOME_304);
}

static bool only_tag_works(const struct check_findings *f)
{
	return can_be_trusted(f) && missed(f, AUDIT_DATE) &&
	       is(f, AUDIT_TAG, OUTCOME_304);
}

static bool nothing_works(const struct check_findings *f)
{
	return can_be_trusted(f) && !f->page_changes && !any(f, OUTCOME_304) &&
	       (missed(f, AUDIT_TAG) || missed(f, AUDIT_DATE));
}

static bool pair_fails(const struct check_findings *f)
{
	return can_be_trusted(f) && missed(f, AUDIT_BOTH) &&
	       is(f, AUDIT_TAG, OUTCOME_304);
}

static bool strength_counts(const struct check_findings *f)
{
	return can_be_trusted(f) && is(f, AUDIT_TAG, OUTCOME_304) &&
	       missed(f, AUDIT_WEAK);
}

static bool no_lists(const struct check_findings *f)
{
	return can_be_trusted(f) && is(f, AUDIT_TAG, OUTCOME_304) &&
	       missed(f, AUDIT_LIST);
}

static bool exact_date(const struct check_findings *f)
{
	return can_be_trusted(f) && is(f, AUDIT_DATE, OUTCOME_304) &&
	       missed(f, AUDIT_LATER_DATE);
}

static bool never_the_same(const struct check_findings *f)
{
	return f->audited && f->page_changes;
}

static bool fails_under_conditions(const struct check_findings *f)
{
	return any(f, OUTCOME_ERROR);
}

static bool names_another_tag(const struct check_findings *f)
{
	return f->other_tag;
}

static bool verbatim_pair_works(const struct check_findings *f)
{
	enum audit_kind usual = f->etag_usable && f->date_usable ? AUDIT_BOTH
				: f->etag_usable                 ? AUDIT_TAG
								 : AUDIT_DATE;

	return can_be_trusted(f) && is(f, usual, OUTCOME_304);
}

static const struct {
	holds *holds;
	const char *crawler, *owner; /* NULL: nothing to say */
} rows[] = {
	{ certificate_ends, NULL,
	  "The certificate ends within three weeks: renew it now, and see why that did not "
	  "happen by itself." },
	{ has_moved, "Use the new address from now on.",
	  "Change your links and sitemap to the new address." },
	{ is_sent_around, NULL,
	  "Redirect straight to the last address: each hop costs every visitor a request." },
	{ has_stray_body, NULL,
	  "Bytes followed an answer that has no body (RFC 9110 6.4.1): they break the next "
	  "answer on the connection." },
	{ has_none, "Ask for it whole each time, and compare digests.",
	  "Send an ETag or a Last-Modified: a visit to an unchanged page then costs a few "
	  "hundred bytes." },
	{ has_two_tags, "Use neither tag: they cannot both be true.",
	  "Send one ETag: a program and the server in front of it both write one." },
	{ has_bad_tag, "Do not send this tag back: it earns nothing.",
	  "Put the ETag in double quotes, with nothing but W/ before it (RFC 9110 8.8.3)." },
	{ has_two_dates, "Use neither date.", "Send one Last-Modified." },
	{ has_bad_date, "Do not send this date back: it is none.",
	  "Write Last-Modified as an HTTP-date: Sun, 01 Nov 2026 10:00:00 GMT." },
	{ has_fresh_date, "Do not take Last-Modified for the time of the last change.",
	  "Last-Modified is the time of the answer, so every visit sees a new page: send the "
	  "time of the last edit." },
	{ verbatim_pair_works, "Send back what came, byte for byte.",
	  "Nothing about asking again: what you send earns a 304, as it should." },
	{ believes_anything,
	  "Ask unconditionally: this server says 304 to a tag that it has never sent.",
	  "The server says 304 without comparing the tag, so visitors keep old pages: look at "
	  "the cache or program that answers conditions." },
	{ lies, "Ask unconditionally: a 304 here hid a change.",
	  "The validators stood still while the page changed: make the ETag from the content, "
	  "not from size and time." },
	{ needs_repair,
	  "Send the tag as it came and without -gzip, in one If-None-Match line.",
	  "Apache's mod_deflate marks the ETag and then does not know it again: set "
	  "DeflateAlterETag NoChange, or every compressed page is sent anew." },
	{ misses_own_tag, NULL,
	  "The server does not know its own ETag: is it made anew for each answer, or by "
	  "several machines that make different ones?" },
	{ only_date_works, "Ask with If-Modified-Since alone.", NULL },
	{ only_tag_works, "Ask with If-None-Match alone.",
	  "If-Modified-Since with your own date should earn a 304 too (RFC 9110 13.1.3)." },
	{ nothing_works, "Ask for it whole, and compare digests.",
	  "The validators earn no 304, so each visit costs the whole page: let the server, not "
	  "the program, answer conditions, or compare them there." },
	{ pair_fails, "Ask with If-None-Match alone: the pair earns nothing.",
	  "With an If-None-Match, ignore If-Modified-Since (RFC 9110 13.1.3)." },
	{ strength_counts, "Send the tag byte for byte, W/ included.",
	  "Compare tags weakly for GET (RFC 9110 13.1.2): caches that compress add W/." },
	{ no_lists, "Send one tag, never a list.",
	  "Read lists in If-None-Match (RFC 9110 13.1.2): shared caches send them." },
	{ exact_date, "Send the date byte for byte, never a later one.",
	  "A date after the last change should earn a 304 (RFC 9110 13.1.3): in nginx, set "
	  "if_modified_since before." },
	{ never_the_same, "Compare what it says rather than its bytes.",
	  "The page differs from one request to the next: keep what changes each time, such "
	  "as a clock or a token, out of it." },
	{ fails_under_conditions, "Ask once more without conditions when this happens.",
	  "A condition is no reason to fail: ignore those that you do not know "
	  "(RFC 9110 13.1)." },
	{ names_another_tag,
	  "Do not take such a 304 for a confirmation (RFC 9111 4.3.4).",
	  "A 304 must name the tag that a 200 would have (RFC 9110 15.4.5)." },
};

size_t check_advise(const struct check_findings *f,
		    struct advice advice[CHECK_ADVICE_MAX])
{
	size_t n = 0;

	_Static_assert(2 * ARRAY_SIZE(rows) <= CHECK_ADVICE_MAX, "room for all of it");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!rows[i].holds(f))
			continue;
		if (rows[i].crawler)
			advice[n++] = (struct advice){ FOR_CRAWLER, rows[i].crawler };
		if (rows[i].owner)
			advice[n++] = (struct advice){ FOR_OWNER, rows[i].owner };
	}
	return n;
}
