/* fuzz_feed_document.c - the inside of a feed: RSS and Atom from anybody (REQ 64). */
#include "tests/fuzz/source_claims.h"

static void require_in(const char *before, struct span input, const char *behind)
{
	struct buf body = BUF_INIT;

	FUZZ_REQUIRE(!buf_printf(&body, "%s", before));
	FUZZ_REQUIRE(!buf_append_span(&body, input));
	FUZZ_REQUIRE(!buf_append_text(&body, behind));
	require_source(buf_span(&body));
	buf_release(&body);
}

FUZZ_PASSES(feed_document, 6) /* each of the three is read twice */

FUZZ_TARGET(feed_document)
{
	require_in("", input, "");
	require_in("<rss><channel><item>", input, "</item></channel></rss>");
	require_in("<feed><entry>", input, "</entry></feed>");
}
