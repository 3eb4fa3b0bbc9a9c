/*
 * warc_http.h - the HTTP response that is the block of a response or revisit record.
 */
#ifndef TOOLS_WARC_HTTP_H
#define TOOLS_WARC_HTTP_H

#include "tools/cdxj.h"
#include "tools/warc_reader.h"

struct warc_http {
	int status;
	struct header_list headers;
	struct buf body; /* transfer coding undone */
	bool too_large;  /* there was more of it than asked for, and it is not all here */
	struct buf block;
};

/* Reads the block of the reader's record; `http` is replaced (zeroed at first). ERR_INVALID:
 * it is no response, or the record is damaged; `why` says what is wrong. */
MUST_CHECK enum err warc_http_read(struct warc_reader *reader, size_t max_body,
				   struct warc_http *http, struct why *why);
/* The same for a block that is a body alone: no status, no headers. */
MUST_CHECK enum err warc_http_read_plain(struct warc_reader *reader, size_t max_body,
					 struct warc_http *http, struct why *why);
void warc_http_release(struct warc_http *http);
/* Status and media type, for the index. */
void warc_http_describe(const struct warc_http *http, struct cdxj *entry);

/* Undoes "chunked" (RFC 9112 7.1), which some archives keep and others have undone without
 * saying so: false, if `bytes` are not just that. `body` is replaced. */
MUST_CHECK enum err warc_http_dechunk(struct span bytes, struct buf *body,
				      bool *is_chunked);

#endif
