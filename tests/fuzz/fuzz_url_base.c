/* fuzz_url_base.c - first line: a base; the rest: what is resolved against it. */
#include "tests/fuzz/fuzz.h"

#include "store/base/url.h"

FUZZ_TARGET(url_base)
{
	struct buf base = BUF_INIT, url = BUF_INIT, again = BUF_INIT;
	struct span first = span_cut(&input, '\n');
	struct url_parts parts;
	struct why why = { "" };

	if (url_canonical(first, SPAN(""), &base, &why))
		goto out;
	if (url_canonical(input, buf_span(&base), &url, &why)) {
		FUZZ_REQUIRE(why.text[0]);
		goto out;
	}
	FUZZ_REQUIRE(url_split(buf_span(&url), &parts) == ERR_OK);
	/* What is absolute now means the same whatever the base. */
	FUZZ_REQUIRE(!url_canonical(buf_span(&url), buf_span(&base), &again, &why));
	FUZZ_REQUIRE(span_equal(buf_span(&url), buf_span(&again)));
out:
	buf_release(&base);
	buf_release(&url);
	buf_release(&again);
}
