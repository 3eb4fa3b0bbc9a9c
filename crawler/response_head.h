/*
 * response_head.h - the head of one response, line by line as it comes off the wire.
 *
 * Pure: no socket. Interim (1xx) responses are read over and trailers left aside; only
 * the final head's fields are kept (REQ 18). What the framing says is judged here, where
 * libcurl is lenient (REQ 32, RFC 9112 4, 6.3).
 */
#ifndef CRAWLER_RESPONSE_HEAD_H
#define CRAWLER_RESPONSE_HEAD_H

#include "crawler/header.h"

enum head_error {
	HEAD_OK = 0,
	HEAD_NOMEM,
	HEAD_TOO_LARGE,   /* REQ 59: all heads and trailers of the exchange count */
	HEAD_BAD_STATUS,  /* a status line without three digits */
	HEAD_BAD_LENGTH,  /* a Content-Length that is no number */
	HEAD_TWO_LENGTHS, /* Content-Lengths that disagree */
	HEAD_BAD_FRAMING, /* lengths or codings that we and libcurl may read differently */
};

/* "conflicting Content-Length", ...: static. */
const char *head_error_text(enum head_error error);

struct response_head {
	bool in_fields;      /* a status line was read, the empty line not yet */
	bool is_complete;    /* the final head is whole */
	bool mentions_body;  /* a 204 or 304 that speaks of a body it cannot have */
	bool last_kept;      /* the line that a folded one would continue was kept */
	int status, version; /* of the head being read; 10, 11, 20 */
	size_t n_bytes, n_lines;
};

/* `line` with its line end. Fields go to `fields`, which is emptied where an interim head
 * ends. Zeroed `head` and empty `fields` are the start. */
MUST_CHECK enum head_error response_head_add(struct response_head *head,
					     struct header_list *fields,
					     struct span line);

#endif
