/*
 * profile.h - how each host really treats validators, learned from its own answers, and
 * how a page is therefore asked (REQ 25, 25a). Pure: no socket, no clock, no store.
 *
 * A page starts with the verbatim pair of its last 200 (REQ 11). What has earned a page
 * its last 304 is kept. What brings back the bytes we have, though a validator of theirs
 * stood still, has failed; after two failures the page goes one rung down:
 *
 *	repaired or both -> etag -> date -> none
 *
 * A page not asked before starts at the first rung that has not failed on its host, so
 * that a site teaches its lesson once; one odd page teaches it nothing, since each page
 * counts at most twice a rung, and what still earns 304s elsewhere has not failed. Now
 * and then, ever less often, what has failed is tried again.
 *
 * A 304 is believed until an audit finds other words under the validators that earn it,
 * or until the changes of a host are found by audits only, though most visits are none.
 * Then the host is asked unconditionally for a number of clean answers, which doubles
 * with each relapse, and is audited ten times as often until it has behaved for long.
 */
#ifndef CRAWLER_PROFILE_H
#define CRAWLER_PROFILE_H

#include "crawler/conditional.h"
#include "store/host.h"
#include "store/observation.h"

/* How to ask for a page this time. With none of the three flags, mode CONDITION_NONE
 * means that nothing it has to send has earned a 304. */
struct asking {
	enum condition_mode mode;
	bool audit;      /* unconditional, to see whether a 304 would be true */
	bool distrusted; /* unconditional, because it would not be believed */
	bool probe;      /* a mode that has failed before */
	float share;     /* of audits among the visits, now in force */
};

/* For a page that may be asked conditionally (verdict.h). A page gets its audit with the
 * chance `audit_rate` (times what the host has earned itself), by a throw that its key
 * and its visit count decide, and at least every 30th time; 0: never (REQ 25). */
struct asking profile_choose(const struct validator_profile *profile,
			     const struct page *page, double audit_rate);

/*
 * Learns from the answer to a page asked so; `page` is as it was before page_observe().
 * True: it shows that the host's 304s have hidden changes, which the caller counts and
 * reports as ANOMALY_FALSE_304 unless the observation says so itself.
 */
bool profile_learn(struct validator_profile *profile, struct page *page,
		   const struct asking *asked, const struct observation *o);

/* What earns 304s here most of late; CONDITION_BOTH while nothing is known. */
enum condition_mode profile_mode(const struct validator_profile *profile);

/* The audit rate in force, at most a half. */
double profile_audit_rate(const struct validator_profile *profile, double configured);

#endif
