/* fuzz_content_coding.c - header lines, an empty line, a coded body (REQ 27, 60, 61). And
 * what zlib makes of any body is undone exactly. */
#include "tests/fuzz/fuzz.h"

#include <zlib.h>

#include "crawler/content_coding.h"
#include "tests/fuzz/headers_of.h"

#define MAX_BYTES (1 << 20)

/* `bits` as zlib's deflateInit2() has them: 31 gzip, 15 zlib, -15 bare. */
static void require_undone(struct span body, const char *line, int bits)
{
	struct header_list list = HEADER_LIST_INIT;
	struct buf wire = BUF_INIT, back = BUF_INIT;
	enum coding_verdict verdict;
	z_stream z = { .next_in = (Bytef *)(uintptr_t)body.data,
		       .avail_in = (uInt)body.len };

	FUZZ_REQUIRE(deflateInit2(&z, 1, Z_DEFLATED, bits, 8, 0) == Z_OK);
	FUZZ_REQUIRE(!buf_reserve(&wire, deflateBound(&z, body.len)));
	z.next_out = (Bytef *)wire.data;
	z.avail_out = (uInt)wire.cap;
	FUZZ_REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
	wire.len = z.total_out;
	deflateEnd(&z);
	FUZZ_REQUIRE(!header_add_line(&list, span_of(line)));
	FUZZ_REQUIRE(!content_decode(&list, buf_span(&wire), body.len + wire.len, &back,
				     &verdict));
	FUZZ_REQUIRE(verdict == DECODED && span_equal(buf_span(&back), body));
	header_list_release(&list);
	buf_release(&wire);
	buf_release(&back);
}

FUZZ_TARGET(content_coding)
{
	struct span rest = input;
	struct header_list list = fuzz_headers_of(&rest);
	enum coding_verdict verdict;
	struct buf body = BUF_INIT;

	FUZZ_REQUIRE(!content_decode(&list, rest, MAX_BYTES, &body, &verdict));
	FUZZ_REQUIRE(verdict == DECODED || !body.len);
	FUZZ_REQUIRE(body.len <= MAX_BYTES);
	header_list_release(&list);
	buf_release(&body);
	require_undone(input, "Content-Encoding: gzip", 31);
	require_undone(input, "Content-Encoding: deflate", 15);
}
