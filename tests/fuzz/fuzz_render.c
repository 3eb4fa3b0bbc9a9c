/* fuzz_render.c - a page's record in each format that it is shown in (REQ 71-74). */
#include "tests/fuzz/fuzz.h"

#include <jansson.h>

#include "tools/render.h"

#define NOW_MS INT64_C(1790000000000)

static void require_json(const struct buf *out)
{
	json_t *json = json_loadb(out->data, out->len, JSON_ALLOW_NUL, NULL);

	FUZZ_REQUIRE(json != NULL);
	FUZZ_REQUIRE(fuzz_is_clean_utf8(buf_span(out), "\n"));
	FUZZ_REQUIRE(span_find(buf_span(out), '\n') + 1 == out->len);
	json_decref(json);
}

/* As many cells in the row as in the header, and no formula in any. */
static size_t count_cells(struct span row)
{
	bool quoted = false;
	size_t n = 1;

	FUZZ_REQUIRE(row.len > 2 && row.data[row.len - 2] == '\r');
	row.len -= 2;
	for (size_t i = 0; i < row.len; i++) {
		if (row.data[i] == '"')
			quoted = !quoted;
		else if (row.data[i] == ',' && !quoted)
			n++;
		else
			FUZZ_REQUIRE(row.data[i] != '\n');
		if (i == 0 || (!quoted && row.data[i - 1] == ','))
			FUZZ_REQUIRE(!memchr("=+@\t\r", row.data[i], 5));
	}
	FUZZ_REQUIRE(!quoted);
	return n;
}

static void render(const struct page_view *view)
{
	struct page_detail detail = { .view = *view, .now_ms = NOW_MS };
	struct buf out = BUF_INIT, header = BUF_INIT;

	FUZZ_REQUIRE(!render_json_page(&out, view));
	require_json(&out);
	buf_clear(&out);
	FUZZ_REQUIRE(!render_json_detail(&out, &detail));
	require_json(&out);
	buf_clear(&out);
	FUZZ_REQUIRE(!render_csv_header(&header));
	FUZZ_REQUIRE(!render_csv_page(&out, view));
	FUZZ_REQUIRE(count_cells(buf_span(&out)) == count_cells(buf_span(&header)));
	buf_clear(&out);
	FUZZ_REQUIRE(!render_text_page(&out, view));
	FUZZ_REQUIRE(!render_text_detail(&out, &detail));
	FUZZ_REQUIRE(fuzz_is_clean_utf8(buf_span(&out), "\n\t"));
	buf_release(&out);
	buf_release(&header);
}

FUZZ_TARGET(render)
{
	struct page_view view;
	struct page page;

	page_init(&page);
	if (!page_decode(input, &page)) {
		page_view_make(&view, &page, 0.03, NOW_MS);
		FUZZ_REQUIRE(!(view.fresh_probability < 0 || view.fresh_probability > 1));
		render(&view);
	}
	page_release(&page);
}
