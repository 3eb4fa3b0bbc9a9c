/* fuzz_stored_head.c - an older head, an empty line, a newer one: merged line by line. */
#include "tests/fuzz/headers_of.h"

#include "tools/stored_head.h"

FUZZ_TARGET(stored_head)
{
	struct header_list older = fuzz_headers_of(&input);
	struct header_list newer = fuzz_headers_of(&input);
	struct buf once = BUF_INIT, twice = BUF_INIT;
	struct span rest, name, value;
	size_t n = 0;

	FUZZ_REQUIRE(!stored_head_merge(buf_span(&older.lines), buf_span(&newer.lines),
					&once));
	rest = buf_span(&once);
	while (stored_head_next(&rest, &name, &value))
		n++;
	FUZZ_REQUIRE(n >= newer.n_lines && n <= older.n_lines + newer.n_lines);
	/* Updating again by the same 304 changes nothing but the order of lines. */
	FUZZ_REQUIRE(!stored_head_merge(buf_span(&once), buf_span(&newer.lines), &twice));
	FUZZ_REQUIRE(span_equal(buf_span(&once), buf_span(&twice)));
	header_list_release(&older);
	header_list_release(&newer);
	buf_release(&once);
	buf_release(&twice);
}
