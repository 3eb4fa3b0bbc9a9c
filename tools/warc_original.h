/*
 * warc_original.h - where a web archive has the content that a page has now: what a revisit
 * record refers to. Kept with the page (HEADERS_ARCHIVED), in the visit's own commit.
 */
#ifndef TOOLS_WARC_ORIGINAL_H
#define TOOLS_WARC_ORIGINAL_H

#include "store/store.h"
#include "tools/warc.h"

struct warc_original {
	struct buf uri; /* of the record; empty: there is none */
	int64_t at_ms;
	char id[WARC_ID_SIZE];
	char payload_digest[WARC_DIGEST_SIZE]; /* of the body as it was sent */
	struct digest body_digest;             /* of the decoded one */
};

void warc_original_clear(struct warc_original *original);
void warc_original_release(struct warc_original *original);

MUST_CHECK enum err warc_original_put(struct store *store, const struct page_key *key,
				      const struct warc_original *original);
/* Empty where none is known, or what is known is damaged. */
MUST_CHECK enum err warc_original_get(struct store *store, const struct page_key *key,
				      struct warc_original *original);

#endif
