/* fuzz_query.c - parameters "name=value&...": what is reached is what the form lists. */
#include "tests/fuzz/fuzz.h"

#include "tools/query.h"

FUZZ_TARGET(query)
{
	static const struct query_form forms[] = {
		{ "list", NULL, "state|host|tag|min-p-changed|sort|limit" },
		{ "show", "url", "history|headers" },
	};
	struct query_pair pairs[QUERY_PAIRS_MAX];
	struct span rest = input;
	size_t n = 0;

	for (; rest.len && n < QUERY_PAIRS_MAX; n++) {
		pairs[n].value = span_cut(&rest, '&');
		pairs[n].name = span_cut(&pairs[n].value, '=');
	}
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct why why = { "" };
		struct query query;

		if (query_parse(&query, &forms[i], pairs, n, &why)) {
			FUZZ_REQUIRE(why.text[0]);
		} else {
			FUZZ_REQUIRE(!option_given(&query.options, "db"));
			FUZZ_REQUIRE(!option_given(&query.options, "config"));
			FUZZ_REQUIRE(query.options.n_args <= 1);
		}
		query_release(&query);
	}
}
