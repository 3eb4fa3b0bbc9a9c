/* fuzz_url.c - a canonical URL stays as it is, and its parts can be told apart. */
#include "tests/fuzz/fuzz.h"

#include "store/page.h"

static void require_parts(struct span url)
{
	struct url_parts p;
	struct page_key key;
	struct span domain;

	FUZZ_REQUIRE(url_split(url, &p) == ERR_OK);
	FUZZ_REQUIRE(span_equal(p.scheme, SPAN("http")) ||
		     span_equal(p.scheme, SPAN("https")));
	FUZZ_REQUIRE(p.host.len && p.origin.len + p.target.len == url.len);
	FUZZ_REQUIRE(p.origin.data == url.data && p.target.data[0] == '/');
	FUZZ_REQUIRE(p.authority.len >= p.host.len);
	domain = url_registrable_domain(p.host);
	FUZZ_REQUIRE(domain.len && domain.data + domain.len <= p.host.data + p.host.len);
	FUZZ_REQUIRE(page_key_of(url, &key) == ERR_OK);
}

FUZZ_TARGET(url)
{
	struct buf once = BUF_INIT, twice = BUF_INIT;
	struct why why;

	if (!url_canonical(input, SPAN(""), &once, &why)) {
		FUZZ_REQUIRE(once.len <= URL_MAX);
		for (size_t i = 0; i < once.len; i++)
			FUZZ_REQUIRE(once.data[i] > ' ' && once.data[i] < 0x7f &&
				     once.data[i] != '#');
		require_parts(buf_span(&once));
		FUZZ_REQUIRE(!url_canonical(buf_span(&once), SPAN(""), &twice, &why));
		FUZZ_REQUIRE(span_equal(buf_span(&once), buf_span(&twice)));
	}
	buf_release(&once);
	buf_release(&twice);
}
