/*
 * warc_exchange.h - one HTTP exchange as WARC records: the answer, then the request.
 *
 * Heads are the bytes that went over the wire, and the body is what they frame, its content
 * coding kept. Where that would not be true any more it says so: the fields of a transfer
 * coding, which is undone, are renamed to X-Orig-..., and HTTP/2 is written as HTTP/1.1
 * beside a WARC-Protocol of h2. Header lines that the operator adds to requests (they are
 * often secrets) are left out.
 */
#ifndef TOOLS_WARC_EXCHANGE_H
#define TOOLS_WARC_EXCHANGE_H

#include "crawler/transport.h"
#include "tools/warc_original.h"
#include "tools/warc_writer.h"

enum exchange_kind {
	EXCHANGE_RESPONSE,     /* whole */
	EXCHANGE_SAME_PAYLOAD, /* a revisit: the body is that of `original` */
	EXCHANGE_NOT_MODIFIED, /* a revisit: the origin said so of `original` */
};

/* All borrowed. */
struct warc_exchange {
	struct span uri;
	int64_t at_ms;                     /* when it was asked */
	const struct fetch_result *result; /* with its trace */
	struct span secrets;               /* "Name: value\n" lines of the request */
	bool via_proxy;                    /* the peer's address is not the origin's */
	size_t max_body;                   /* what is over it is left out; 0: nothing */
	const struct warc_original *original; /* NULL or empty: in no archive */
};

/* Appends the records. `written` (may be NULL) tells of the response where it is whole, but
 * for its body_digest; else it is emptied. */
MUST_CHECK enum err warc_exchange_pack(struct warc_packer *packer,
				       const struct warc_exchange *exchange,
				       enum exchange_kind kind, struct warc_batch *batch,
				       struct warc_original *written);

/* Appends a body that the store has and no archive: without the exchange that brought it,
 * which was not kept. `written` as above. */
MUST_CHECK enum err warc_resource_pack(struct warc_packer *packer, struct span uri,
				       int64_t at_ms, struct span content_type,
				       struct span body, struct warc_batch *batch,
				       struct warc_original *written);

#endif
