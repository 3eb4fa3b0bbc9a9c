/* fuzz_redirect.c - header lines with a Location, as answered by two kinds of page. */
#include "tests/fuzz/fuzz.h"

#include "crawler/redirect.h"
#include "store/base/url.h"
#include "tests/fuzz/headers_of.h"

static void judge(int status, struct span source, const struct header_list *list)
{
	struct redirect r = REDIRECT_INIT;
	struct buf again = BUF_INIT;
	struct why why;

	FUZZ_REQUIRE(!redirect_judge(status, source, list, &r));
	switch (r.verdict) {
	case REDIRECT_NONE:
		FUZZ_REQUIRE(status == 304);
		break;
	case REDIRECT_BAD:
		FUZZ_REQUIRE(r.why.text[0]);
		break;
	case REDIRECT_DOWNGRADE:
	case REDIRECT_TO:
		FUZZ_REQUIRE(r.is_permanent == (status == 301 || status == 308));
		FUZZ_REQUIRE(!url_canonical(buf_span(&r.target), SPAN(""), &again, &why));
		FUZZ_REQUIRE(span_equal(buf_span(&again), buf_span(&r.target)));
		FUZZ_REQUIRE((r.verdict == REDIRECT_DOWNGRADE) ==
			     (span_starts_with(source, SPAN("https:")) &&
			      span_starts_with(buf_span(&r.target), SPAN("http:"))));
		break;
	}
	redirect_release(&r);
	buf_release(&again);
}

FUZZ_TARGET(redirect)
{
	struct header_list list = fuzz_headers_of(&input);

	judge(301, SPAN("http://example.org/a/b?c"), &list);
	judge(302, SPAN("https://example.org:8443/"), &list);
	judge(304, SPAN("https://example.org/"), &list);
	header_list_release(&list);
}
