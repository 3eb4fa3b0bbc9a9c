/* fuzz_head.c - fields are unpacked as they were packed, whatever they are. */
#include "tests/fuzz/fuzz.h"

#include "store/head.h"

/* The first lines stand for what the page has by itself. */
static void take_values(struct page *page, struct span *input)
{
	struct buf *const values[] = { &page->etag, &page->last_modified,
				       &page->content_type };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		FUZZ_REQUIRE(!buf_set(values[i], span_cut(input, '\n')));
}

FUZZ_TARGET(head)
{
	struct buf lines = BUF_INIT, again = BUF_INIT;
	struct page page;

	page_init(&page);
	take_values(&page, &input);
	if (!head_pack(&page, input, &page.head)) {
		FUZZ_REQUIRE(page.head.len <= PAGE_HEAD_MAX);
		FUZZ_REQUIRE(!head_unpack(&page, &lines));
		FUZZ_REQUIRE(span_equal(buf_span(&lines), input));
	}
	FUZZ_REQUIRE(!buf_set(&page.head, input));
	if (!head_unpack(&page, &lines) &&
	    !head_pack(&page, buf_span(&lines), &page.head)) {
		FUZZ_REQUIRE(!head_unpack(&page, &again));
		FUZZ_REQUIRE(span_equal(buf_span(&lines), buf_span(&again)));
	}
	buf_release(&lines);
	buf_release(&again);
	page_release(&page);
}
