/*
 * check.h - does a URL work? One unconditional cycle, redirects followed hop by hop, and
 * on request an audit of the validators that it brought. Plain facts: renderers say them.
 */
#ifndef TOOLS_CHECK_H
#define TOOLS_CHECK_H

#include "crawler/document.h"
#include "tools/check_audit.h"
#include "tools/check_host.h"
#include "tools/explain.h"

#define CHECK_HOPS_MAX 51 /* fetch.max_redirects is 50 at most, and the first */

enum check_end {
	CHECK_ANSWERED,     /* judged by its status */
	CHECK_FAILED,       /* no whole answer: `error` */
	CHECK_DISALLOWED,   /* by robots.txt: `robots` of the last hop */
	CHECK_NO_ROBOTS,    /* its robots.txt is out of reach: RFC 9309 2.3.1.4 */
	CHECK_NO_CONTACT,   /* the operator must say who asks: contact.h */
	CHECK_UNASKED_304,  /* no condition was sent: RFC 9110 15.4.5, REQ 22 */
	CHECK_UNASKED_PART, /* 206, and no Range was sent: 15.3.7, REQ 29 */
};

struct check_robots {
	enum robots_outcome outcome;
	bool asked, allowed;
	uint32_t line;   /* 0: no line decides */
	struct buf rule; /* its text */
};

struct check_hop {
	struct buf url, target; /* the target of its redirect; empty: none */
	struct check_robots robots;
	bool fetched;
	struct fetch_result result; /* without its body; traced */
};

struct check {
	struct buf url;
	struct check_hop hops[CHECK_HOPS_MAX];
	size_t n_hops; /* 1 at least */

	enum check_end end;
	bool works; /* ended in a 2xx, whole and readable */
	enum fetch_error error;
	struct buf detail; /* what exactly; outside text */
	/* Names what `end` is, else the status or the error; crawler and owner likewise. */
	struct explanation explanation;
	struct check_host *host; /* of the last hop; borrowed from the checker */

	/* of a 200 */
	int64_t wire_len, body_len; /* before and after decoding */
	struct digest digest, text_digest;
	struct validator_pair validators; /* borrowed from the last hop's headers */
	struct span date;
	struct validator_dates dates;

	bool audited;
	struct audit audits[N_AUDITS];
	struct audit_recheck recheck;
};

struct checker {
	const struct settings *settings;
	bool conditional, ignore_robots;
	struct check_hosts hosts;
	struct document_worker *worker;
	struct one_fetch one; /* made anew for each URL, which so shows all its phases */
};

/* `settings` are borrowed until checker_close(), which is due after a failure too. */
MUST_CHECK enum err checker_open(const struct settings *settings, struct checker *checker,
				 struct why *why);
void checker_close(struct checker *checker);

/* Checks `url` (canonical). `check` is zeroed before, and to be released in any case; what
 * the web does is in it, an error is ours. */
MUST_CHECK enum err check_run(struct checker *checker, struct span url,
			      struct check *check, struct why *why);
void check_release(struct check *check);

/* The last hop: the one that the end is about. */
struct check_hop *check_last(struct check *check);

/* Asks for the last hop's URL with these conditions, when its host's time has come. The
 * result is in checker->one. */
MUST_CHECK enum err check_ask(struct checker *checker, struct check *check,
			      struct span conditions, struct why *why);
/* check_audits.c: the audit itself. */
MUST_CHECK enum err check_audit(struct checker *checker, struct check *check,
				struct why *why);

#endif
