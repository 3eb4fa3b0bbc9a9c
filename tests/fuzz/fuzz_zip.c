/* fuzz_zip.c - a stored body: damaged frames are refused, sound ones come back whole. */
#include "tests/fuzz/fuzz.h"

#include "store/base/zip.h"

#define MAX_BYTES (1 << 20)

FUZZ_TARGET(zip)
{
	static struct zip *zip;
	struct buf body = BUF_INIT, frame = BUF_INIT;
	enum err err;

	if (!zip)
		FUZZ_REQUIRE(!zip_new(1, &zip));
	err = zip_decompress(zip, input, MAX_BYTES, &body);
	FUZZ_REQUIRE(!err || err == ERR_CORRUPT || err == ERR_TOO_LARGE);
	FUZZ_REQUIRE(err ? !body.len : body.len <= MAX_BYTES);
	buf_clear(&body);
	FUZZ_REQUIRE(!zip_compress(zip, input, &frame));
	FUZZ_REQUIRE(!zip_decompress(zip, buf_span(&frame), input.len, &body));
	FUZZ_REQUIRE(span_equal(buf_span(&body), input));
	buf_release(&body);
	buf_release(&frame);
}
