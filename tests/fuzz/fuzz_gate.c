/* fuzz_gate.c - Host, Origin and Authorization, each a line of the input: whoever gets in
 * says what we have said. */
#include "tests/fuzz/fuzz.h"

#include "tools/gate.h"

#define TOKEN "0123456789abcdef"

FUZZ_TARGET(gate)
{
	static const char *const names[] = { "mon.example", NULL };
	struct span host = span_cut(&input, '\n'), origin = span_cut(&input, '\n');

	if (gate_host_is_ours(host, SPAN("::1"), names))
		FUZZ_REQUIRE(host.len && host.len <= 256 &&
			     span_find(host, '@') == host.len &&
			     span_find(host, '/') == host.len);
	if (gate_origin_is_ours(origin, host))
		FUZZ_REQUIRE(origin.len > host.len);
	if (gate_brings_token(input, SPAN(TOKEN), false))
		FUZZ_REQUIRE(memmem(input.data, input.len, TOKEN, strlen(TOKEN)));
	(void)gate_brings_token(input, SPAN(TOKEN), true);
}
