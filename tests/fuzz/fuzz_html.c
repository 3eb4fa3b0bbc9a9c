/* fuzz_html.c - whatever the bytes are, clean text comes out, the same each time. */
#include "tests/fuzz/fuzz.h"

#include "crawler/html.h"
#include "store/page.h"

static void require_text(struct span text)
{
	FUZZ_REQUIRE(fuzz_is_clean_utf8(text, "\n"));
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == ' ' || text.data[i] == '\n')
			FUZZ_REQUIRE(i > 0 && i + 1 < text.len &&
				     text.data[i + 1] != ' ' && text.data[i + 1] != '\n');
}

static void require_fields(const struct html *html)
{
	require_text(buf_span(&html->text));
	FUZZ_REQUIRE(html->title.len <= PAGE_TITLE_MAX);
	FUZZ_REQUIRE(fuzz_is_clean_utf8(buf_span(&html->title), ""));
	FUZZ_REQUIRE(html->canonical.len <= URL_MAX && html->base.len <= URL_MAX);
	FUZZ_REQUIRE(fuzz_is_clean_utf8(buf_span(&html->canonical), "\t\n\r"));
	FUZZ_REQUIRE(fuzz_is_clean_utf8(buf_span(&html->base), "\t\n\r"));
	for (size_t i = 0; i < html->language.len; i++)
		FUZZ_REQUIRE(html->language.data[i] > ' ' &&
			     html->language.data[i] < 0x7f);
	FUZZ_REQUIRE(!html->n_links == digest_is_none(&html->link_digest));
}

FUZZ_PASSES(html, 2)

FUZZ_TARGET(html)
{
	const struct html_limits limits = { 1 << 20, HTML_MAX_DEPTH, 0, NULL };
	struct html a, b;
	enum err err;

	html_init(&a);
	html_init(&b);
	err = html_parse(input, SPAN(""), &limits, &a);
	FUZZ_REQUIRE(!err || err == ERR_TOO_LARGE);
	FUZZ_REQUIRE(!err || !a.text.len);
	require_fields(&a);
	FUZZ_REQUIRE(html_parse(input, SPAN(""), &limits, &b) == err);
	FUZZ_REQUIRE(span_equal(buf_span(&a.text), buf_span(&b.text)));
	FUZZ_REQUIRE(a.n_links == b.n_links &&
		     digest_equal(&a.link_digest, &b.link_digest));
	html_release(&a);
	html_release(&b);
}
