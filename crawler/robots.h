/*
 * robots.h - what a host lets us fetch: the Robots Exclusion Protocol (RFC 9309).
 *
 * A robots.txt is read for one product token and then asked about one target after
 * another. Pure: it fetches nothing, and knows neither hosts nor time.
 */
#ifndef CRAWLER_ROBOTS_H
#define CRAWLER_ROBOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "store/base/buf.h"

#define ROBOTS_MAX_BYTES (1024 * 1024) /* REQ 43; the RFC asks for 512000 at least */
#define ROBOTS_MAX_DELAY_MS 60000      /* REQ 51 */

struct robots;

/*
 * Reads `body` for `agent`: a product token ("FooBot") or what starts with one
 * ("FooBot/1.2 (+http://...)"), compared without case (2.2.1). The rules of all groups
 * that name it count together, else those of all groups for `*`, else none.
 *
 * Nothing in a body is an error (2.3.1.5): lines that do not parse are skipped and end no
 * group. Lines end at LF, CR or CRLF (REQ 49). Of a body over ROBOTS_MAX_BYTES the whole
 * lines within are read. The error is ERR_NOMEM only. `body` and `agent` may go after the
 * call.
 */
MUST_CHECK enum err robots_parse(struct span body, struct span agent,
				 struct robots **robots);
void robots_free(struct robots *robots);

/* The product token that `agent` starts with: [A-Za-z_-]*. */
struct span robots_product_token(struct span agent);

/* What follows the authority of an absolute URL, without fragment; "/" when that is
 * nothing. For URLs that url.h refuses as too long but that may still be asked about. */
struct span robots_target(struct span url);

struct robots_match {
	bool allowed;
	uint32_t line;    /* of the rule that decides, from 1; 0: no rule does */
	struct span rule; /* its text without comment; borrowed from the robots */
};

/*
 * May `target` (path and query, as in struct url_parts; of any length) be fetched? The
 * longest rule decides, Allow wins among equals, and none allows (2.2.2). /robots.txt is
 * always allowed.
 *
 * The work is bounded (REQ 50). A file made so that a target would take over some 50 ms
 * to judge disallows it, with line 0 and a `rule` that says so: no honest file comes near.
 * The error is ERR_NOMEM only.
 */
MUST_CHECK enum err robots_match(const struct robots *robots, struct span target,
				 struct robots_match *match);

/* Crawl-delay, which the RFC leaves to us (2.2.4): the largest in the groups that count,
 * at most ROBOTS_MAX_DELAY_MS; 0: none. */
int64_t robots_crawl_delay_ms(const struct robots *robots);
/* The Sitemap lines of the whole file, each ended by LF, for span_cut(). Not judged. */
struct span robots_sitemaps(const struct robots *robots);
size_t robots_n_rules(const struct robots *robots);

/* What we know of a host's robots.txt. Stored in records: only add at the end. */
enum robots_outcome {
	ROBOTS_NOT_READ,    /* not asked yet: fetch it first (REQ 41) */
	ROBOTS_PARSED,      /* 2xx: its rules apply */
	ROBOTS_NONE,        /* there is none: everything is allowed (2.3.1.3) */
	ROBOTS_UNREACHABLE, /* nobody can tell: nothing is allowed (2.3.1.4) */
};

/* "not read", "parsed", "none", "unreachable": static. */
const char *robots_outcome_text(enum robots_outcome outcome);

/* Judges the end of a robots.txt fetch, redirects followed (REQ 43-45). `arrived`: a whole
 * answer was read and decoded. 429 counts as the server's trouble. A 3xx is one with too
 * many hops, for which 2.3.1.2 says unavailable. */
enum robots_outcome robots_judge_fetch(bool arrived, int http_status);

/* What an outcome says of `target`; `robots` is used (and needed) for ROBOTS_PARSED only.
 * The error is ERR_NOMEM only. */
MUST_CHECK enum err robots_outcome_match(enum robots_outcome outcome,
					 const struct robots *robots, struct span target,
					 struct robots_match *match);

/* After 30 days out of reach the absence of a robots.txt may be assumed (2.3.1.4). */
bool robots_outage_is_over(int64_t unreachable_since_ms, int64_t now_ms);

#endif
