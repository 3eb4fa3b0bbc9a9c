/* fuzz_source_news.c - first byte: how much of the input is what was remembered; the rest:
 * a document. Read again with what is remembered then, it brings no news. */
#include "tests/fuzz/fuzz.h"

#include "crawler/source_news.h"
#include "store/base/digest.h"

static void hear(const struct source_document *document, struct span remembered, bool all,
		 struct source_news *news)
{
	struct buf url = BUF_INIT;

	source_news_init(news);
	FUZZ_REQUIRE(!source_news_read(document, SPAN("http://h/s.xml"), SPAN("http://h"),
				       remembered, all, news));
	for (size_t i = 0; i < news->n; i++) {
		const struct news *item = &news->items[i];

		FUZZ_REQUIRE(!news_url(document, SPAN("http://h/s.xml"), item, &url));
		FUZZ_REQUIRE(!url.len == (item->kind == NEWS_LOST));
		FUZZ_REQUIRE(!url.len || hash64(buf_span(&url)) == item->url_hash);
	}
	buf_release(&url);
	FUZZ_REQUIRE(news->entries.len == 12 * (size_t)news->n_entries);
}

FUZZ_TARGET(source_news)
{
	struct source_document document;
	struct source_news first, second, all;
	size_t n = input.len ? (unsigned char)input.data[0] : 0;
	struct span remembered, rest;

	if (n > input.len)
		n = input.len;
	remembered = span_from(input.data, n);
	rest = span_from(input.data + n, input.len - n);
	source_document_init(&document);
	FUZZ_REQUIRE(!source_document_read(rest, NULL, &document));
	hear(&document, remembered, false, &first);
	hear(&document, buf_span(&first.entries), false, &second);
	hear(&document, buf_span(&first.entries), true, &all);
	/* What was remembered may be in no order; then all of it is heard anew. */
	if (!n) {
		FUZZ_REQUIRE(!second.n);
		FUZZ_REQUIRE(
			span_equal(buf_span(&first.entries), buf_span(&second.entries)));
		FUZZ_REQUIRE(all.n == first.n);
	}
	source_news_release(&first);
	source_news_release(&second);
	source_news_release(&all);
	source_document_release(&document);
}
