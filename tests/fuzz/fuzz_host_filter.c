/* fuzz_host_filter.c - first line: a host as people name it; the rest: a host's name. */
#include "tests/fuzz/fuzz.h"

#include "tools/filter.h"

FUZZ_TARGET(host_filter)
{
	struct span text = span_cut(&input, '\n');
	struct host_filter filter;
	struct why why = { "" };

	if (host_filter_init(&filter, text, &why)) {
		FUZZ_REQUIRE(why.text[0]);
		return;
	}
	FUZZ_REQUIRE(filter.host.len || filter.origin.len);
	(void)host_filter_matches(&filter, input);
	if (filter.origin.len)
		FUZZ_REQUIRE(host_filter_matches(&filter, buf_span(&filter.origin)));
	host_filter_release(&filter);
}
