/*
 * check_advice.h - what a crawler and a site's owner should do about what was found.
 * Pure: from plain findings to static texts.
 */
#ifndef TOOLS_CHECK_ADVICE_H
#define TOOLS_CHECK_ADVICE_H

#include "tools/check_audit.h"

enum advice_reader { FOR_CRAWLER, FOR_OWNER };

struct advice {
	enum advice_reader reader;
	const char *text; /* whole sentences */
};

/* What each audit came to. */
enum audit_outcome {
	OUTCOME_NOT_ASKED,
	OUTCOME_304,   /* true, or not known to be false */
	OUTCOME_FALSE, /* a 304 that is a lie */
	OUTCOME_WHOLE, /* the page again, as it was */
	OUTCOME_OTHER, /* the page, but another one */
	OUTCOME_ERROR, /* anything else */
};

struct check_findings {
	bool works, has_page; /* the latter: a 200, whole and readable */
	size_t n_redirects;
	bool moved_for_good; /* the first redirect is permanent */
	bool stray_body;
	int64_t certificate_days; /* what is left of it; negative: unknown */
	/* of the answer: fields there, and whether they are of use */
	size_t n_etags, n_dates;
	bool etag_usable, date_usable, date_trusted;
	bool audited;
	enum audit_outcome outcomes[N_AUDITS];
	bool page_changes; /* it was another one at another time */
	bool other_tag;    /* a 304 names another tag */
};

#define CHECK_ADVICE_MAX 64

/* Returns how many. */
size_t check_advise(const struct check_findings *f,
		    struct advice advice[CHECK_ADVICE_MAX]);

#endif
