/* fuzz_pack.c - a validator is unpacked as it was packed, and no bytes unpack to what packs to
 * something else. */
#include "tests/fuzz/fuzz.h"

#include "store/base/pack.h"

/* The packed text is put into `packed`, which is made as large as the contract says. */
static struct span pack(struct span text, struct buf *packed)
{
	char *end;

	buf_clear(packed);
	FUZZ_REQUIRE(!buf_reserve(packed, text.len + PACK_OVERHEAD));
	end = pack_text(text, packed->data);
	packed->len = (size_t)(end - packed->data);
	FUZZ_REQUIRE(packed->len <= text.len + PACK_OVERHEAD);
	return buf_span(packed);
}

FUZZ_TARGET(pack)
{
	struct buf packed = BUF_INIT, text = BUF_INIT, again = BUF_INIT;

	FUZZ_REQUIRE(!unpack_text(pack(input, &packed), input.len, &text));
	FUZZ_REQUIRE(span_equal(buf_span(&text), input));
	if (input.len)
		FUZZ_REQUIRE(unpack_text(buf_span(&packed), input.len - 1, &text) ==
			     ERR_CORRUPT);
	if (!unpack_text(input, 4096, &text)) {
		FUZZ_REQUIRE(!unpack_text(pack(buf_span(&text), &packed), 4096, &again));
		FUZZ_REQUIRE(span_equal(buf_span(&text), buf_span(&again)));
	}
	buf_release(&packed);
	buf_release(&text);
	buf_release(&again);
}
