/* fuzz_conditional.c - first octet: mode and room; then an entity tag, a line feed and a
 * date, as a store might hold them. What is sent on are whole, clean lines (REQ 6, 7). */
#include "tests/fuzz/fuzz.h"

#include "crawler/conditional.h"
#include "crawler/field.h"
#include "tests/fuzz/headers_of.h"

FUZZ_TARGET(conditional)
{
	struct buf out = BUF_INIT;
	struct header_list list;
	enum condition_mode mode;
	struct span etag, rest;
	size_t room;

	if (!input.len)
		return;
	mode = (enum condition_mode)((unsigned char)input.data[0] %
				     (CONDITION_REPAIRED + 1));
	room = (unsigned char)input.data[0] & 0x80 ? 64 : REQUEST_HEAD_MAX;
	rest = span_from(input.data + 1, input.len - 1);
	etag = span_cut(&rest, '\n');
	FUZZ_REQUIRE(!conditional_append(etag, rest, mode, room, &out));
	FUZZ_REQUIRE(out.len <= room);
	FUZZ_REQUIRE(!out.len || out.data[out.len - 1] == '\n');
	rest = buf_span(&out);
	list = fuzz_headers_of(&rest);
	FUZZ_REQUIRE(!rest.len && list.n_lines <= 2);
	FUZZ_REQUIRE(header_count(&list, "If-None-Match") <= 1);
	FUZZ_REQUIRE(header_count(&list, "If-Modified-Since") <= 1);
	for (size_t at = 0; at < list.lines.len;) {
		struct span name, value;

		if (!header_next(&list, &at, &name, &value))
			break;
		FUZZ_REQUIRE(field_is_sendable(value));
	}
	header_list_release(&list);
	buf_release(&out);
}
