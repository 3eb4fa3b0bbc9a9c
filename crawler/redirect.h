/*
 * redirect.h - where one answer sends us (RFC 9110 15.4, 10.2.2).
 *
 * Judges a single hop and follows nothing: hops are counted, loops found and robots and
 * addresses asked anew (REQ 36, 37) by whoever fetches.
 */
#ifndef CRAWLER_REDIRECT_H
#define CRAWLER_REDIRECT_H

#include <stdbool.h>

#include "crawler/header.h"

#define REDIRECT_MAX_HOPS 10 /* REQ 36 */

enum redirect_verdict {
	REDIRECT_NONE,      /* this status sends nobody anywhere */
	REDIRECT_TO,        /* `target` is where */
	REDIRECT_DOWNGRADE, /* so it is, but from https to http: REQ 39 */
	REDIRECT_BAD,       /* REQ 38, 62: the fetch ends; `why` says why */
};

struct redirect {
	enum redirect_verdict verdict;
	bool is_permanent; /* 301 and 308 (15.4.2, 15.4.9; REQ 40) */
	struct buf target; /* canonical URL, without fragment */
	struct why why;    /* REDIRECT_BAD: what is wrong, for people */
};

#define REDIRECT_INIT                           \
	{                                       \
		REDIRECT_NONE, false, BUF_INIT, \
		{                               \
			.text = ""              \
		}                               \
	}

/*
 * Judges an answer to `source` (canonical). 301, 302, 303, 307 and 308 redirect; 300, 304
 * and unknown ones do not. Location is taken relative to `source`. Bad are: no Location,
 * two that differ, an empty one, one that does not parse or is over URL_MAX, userinfo,
 * and a scheme other than http and https.
 *
 * `r` is replaced. The error is ERR_NOMEM only.
 */
MUST_CHECK enum err redirect_judge(int http_status, struct span source,
				   const struct header_list *headers, struct redirect *r);
void redirect_release(struct redirect *r);

#endif
