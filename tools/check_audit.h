/*
 * check_audit.h - how an origin treats validators: which conditions it is sent, and what
 * its answers prove. Pure: no socket, no clock. Clauses are of RFC 9110.
 *
 * The conditions are those that clients send in the world, and one that nobody does.
 * Accept-Encoding stays what it always is (REQ 4), so other codings are not asked for;
 * and no date is made up (REQ 12): the later one is the Date of the answer itself.
 */
#ifndef TOOLS_CHECK_AUDIT_H
#define TOOLS_CHECK_AUDIT_H

#include "crawler/transport.h"
#include "crawler/validator.h"

enum audit_kind {
	AUDIT_TAG,
	AUDIT_DATE,
	AUDIT_BOTH,
	AUDIT_WEAK,       /* the tag with W/ put before it or taken off: 13.1.2 */
	AUDIT_LIST,       /* behind another tag */
	AUDIT_REPAIRED,   /* also without Apache's -gzip */
	AUDIT_LATER_DATE, /* 13.1.3: not modified since, so a 304 is due */
	AUDIT_MADE_UP,    /* a tag that no page has: a 304 is a lie */
	N_AUDITS,
};

/* Is the page that a 304 stands for the one we hold? */
enum audit_truth {
	TRUTH_UNKNOWN, /* no 304, or the page was changed meanwhile */
	TRUTH_TRUE,
	TRUTH_FALSE,
};

/* What a 200 to a condition brought. */
enum audit_content { CONTENT_NONE, CONTENT_SAME, CONTENT_OTHER };

struct audit {
	struct buf sent;     /* the conditions, "Name: value\n" each; empty: not asked */
	const char *why_not; /* static */
	struct fetch_result result; /* without its body */
	enum audit_content content;
	enum audit_truth truth;
	/* The 304 names another strong tag than was sent: RFC 9111 4.3.4, REQ 21. */
	bool other_tag;
};

/* "tag alone", ...: static. */
const char *audit_text(enum audit_kind kind);

/* What the conditions are made of; each may be empty. */
struct audit_material {
	struct span etag, last_modified; /* usable by validator.h */
	struct span date;                /* of the same answer */
	size_t room;                     /* for conditions, in octets: REQ 7 */
};

/* Writes audit->sent or audit->why_not. ERR_NOMEM only. */
MUST_CHECK enum err audit_prepare(enum audit_kind kind, const struct audit_material *m,
				  struct audit *audit);

/* How the page is after the audits, found by asking unconditionally once more. */
struct audit_recheck {
	bool asked, answered;     /* with a whole 200 */
	bool same_content;        /* the bytes, or else the text */
	bool same_tag, same_date; /* the validators are those we hold */
};

/* Judges what a 304 proved; sets truth and other_tag. */
void audit_judge(enum audit_kind kind, struct span etag, const struct audit_recheck *now,
		 struct audit *audit);

#endif
