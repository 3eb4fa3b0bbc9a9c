#include "tests/unit/unit.h"

#include <jansson.h>
#include <math.h>

#include "crawler/transport.h"
#include "store/base/clock.h"
#include "tools/render.h"

#define NOW (INT64_C(1795000000) * 1000)
#define PRIOR 0.01

static void fill(struct page *page)
{
	page_init(page);
	assert_int_equal(buf_set(&page->url, SPAN("http://a.test:8080/x?q=1")), ERR_OK);
	assert_int_equal(buf_set(&page->tags, SPAN("docs,news")), ERR_OK);
	assert_int_equal(buf_set(&page->etag, SPAN("\"\xff-abc\"")), ERR_OK);
	page->weight = 0.1f;
	page->verdict = VERDICT_UNCHANGED;
	page->evidence = EVIDENCE_304_STRONG;
	page->http_status = 304;
	page->version = 3;
	page->indexed_version = 3;
	page->first_seen_at_ms = NOW - 9 * MS_PER_DAY;
	page->last_visit_at_ms = NOW - MS_PER_DAY;
	page->last_verified_at_ms = NOW - MS_PER_DAY;
	page->next_visit_at_ms = NOW - MS_PER_HOUR;
	page->next_visit_reason = REASON_INTERVAL;
	page->changed_after_ms = NOW - 3 * MS_PER_DAY;
	page->changed_before_ms = NOW - 2 * MS_PER_DAY;
	page->rate_a = 1.5f;
	page->rate_b = 10;
	page->n_visits = 9;
	page->n_changes = 1;
}

static struct page_view view_of(const struct page *page)
{
	struct page_view view;

	page_view_make(&view, page, PRIOR, NOW);
	return view;
}

static const struct cell *cell(const struct cell *cells, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(cells[i].name, name) == 0)
			return &cells[i];
	fail_msg("no cell '%s'", name);
	return NULL;
}

static void what_follows_from_a_record_is_reckoned_once(void **unused)
{
	struct page page;
	struct page_view view;

	(void)unused;
	fill(&page);
	view = view_of(&page);
	assert_int_equal(view.state, STATE_UNCHANGED);
	assert_true(span_equal(view.host, SPAN("http://a.test:8080")));
	/* a = 0.5 + 1.5, b = 0.5/0.01 + 10: (1 + 1/60)^-2 */
	assert_float_equal(view.posterior.a, 2, 1e-9);
	assert_float_equal(view.posterior.b_days, 60, 1e-9);
	assert_float_equal(view.fresh_probability, pow(61.0 / 60, -2), 1e-9);
	assert_float_equal(view.age_days, 1, 1e-9);
	assert_float_equal(view.interval_s, 23 * 3600, 1e-9);
	assert_int_equal(view.overdue_ms, MS_PER_HOUR);
	assert_true(view.has_version);
	page_release(&page);
}

static void nothing_is_claimed_of_a_page_never_seen(void **unused)
{
	struct page page;
	struct page_view view;

	(void)unused;
	page_init(&page);
	assert_int_equal(buf_set(&page.url, SPAN("http://a.test/")), ERR_OK);
	view = view_of(&page);
	assert_int_equal(view.state, STATE_UNFETCHED);
	assert_true(isnan(view.fresh_probability));
	assert_true(isnan(view.interval_s));
	assert_false(view.has_version);
	assert_int_equal(view.overdue_ms, 0);
	page_release(&page);
}

static void a_failure_proves_nothing_and_a_404_proves_what_it_says(void **unused)
{
	struct page page;
	struct page_view view;

	(void)unused;
	fill(&page);
	page.last_verified_at_ms = NOW - 5 * MS_PER_DAY;
	page.verdict = VERDICT_ERROR;
	view = view_of(&page);
	assert_float_equal(view.age_days, 5, 1e-9);
	assert_true(view.has_version);
	page.verdict = VERDICT_GONE;
	view = view_of(&page);
	assert_float_equal(view.age_days, 1, 1e-9);
	assert_false(view.has_version);
	page_release(&page);
}

static void the_validator_is_named_by_its_kind(void **unused)
{
	struct page page;

	(void)unused;
	page_init(&page);
	assert_int_equal(page_validator(&page), VALIDATOR_KIND_NONE);
	assert_int_equal(buf_set(&page.last_modified, SPAN("Sun, 01 Nov 2026")), ERR_OK);
	assert_int_equal(page_validator(&page), VALIDATOR_KIND_DATE);
	assert_int_equal(buf_set(&page.etag, SPAN("W/\"\"")), ERR_OK);
	assert_int_equal(page_validator(&page), VALIDATOR_KIND_WEAK);
	assert_int_equal(buf_set(&page.etag, SPAN("\"\"")), ERR_OK);
	assert_int_equal(page_validator(&page), VALIDATOR_KIND_STRONG);
	page_release(&page);
}

/* Every key of freshet.page/1 that PRODUCT promises. */
static void json_has_every_promised_key(void **unused)
{
	static const char *const keys[] = {
		"schema",         "url",
		"host",           "state",
		"verdict",        "evidence",
		"version",        "indexed_version",
		"http_status",    "weight",
		"tags",           "etag",
		"last_modified",  "digest",
		"text_digest",    "simhash",
		"first_seen_at",  "last_visit_at",
		"last_change_at", "changed_between",
		"next_visit_at",  "next_visit_reason",
		"rate_per_day",   "rate_low",
		"rate_high",      "fresh_probability",
		"interval_s",     "visits",
		"changes",        "failures",
		"redirect_to",    "history",
	};
	struct visit visit = { .at_ms = NOW,
			       .verdict = VERDICT_ERROR,
			       .error = FETCH_DNS };
	struct page_detail detail = { .history = &visit, .n_history = 1, .now_ms = NOW };
	struct buf out = BUF_INIT;
	struct page page;
	json_t *root, *last;

	(void)unused;
	fill(&page);
	assert_int_equal(buf_set(&page.hops, SPAN("302 http://b.test/\n")), ERR_OK);
	detail.view = view_of(&page);
	assert_int_equal(render_json_detail(&out, &detail), ERR_OK);
	root = json_loadb(out.data, out.len, 0, NULL);
	assert_non_null(root);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!json_object_get(root, keys[i]))
			fail_msg("no key '%s'", keys[i]);
	assert_string_equal(json_string_value(json_object_get(root, "schema")),
			    "freshet.page/1");
	/* REQ 71: exact */
	assert_string_equal(json_string_value(json_object_get(root, "etag")),
			    "\"\\xff-abc\"");
	assert_float_equal(json_number_value(json_object_get(root, "weight")), 0.1, 0);
	assert_int_equal(json_array_size(json_object_get(root, "tags")), 2);
	assert_true(json_is_null(json_object_get(root, "redirect_to")));
	assert_string_equal(
		json_string_value(json_object_get(
			json_array_get(json_object_get(root, "hops"), 0), "url")),
		"http://b.test/");
	last = json_array_get(json_object_get(root, "history"), 0);
	assert_string_equal(json_string_value(json_object_get(last, "error")), "dns");
	assert_true(json_is_null(json_object_get(last, "http_status")));
	json_decref(root);
	buf_release(&out);
	page_release(&page);
}

static size_t n_cells(struct span row)
{
	size_t n = 1;
	bool quoted = false;

	for (size_t i = 0; i < row.len; i++) {
		quoted ^= row.data[i] == '"';
		n += row.data[i] == ',' && !quoted;
	}
	return n;
}

static void csv_rows_fit_their_header(void **unused)
{
	struct buf header = BUF_INIT, row = BUF_INIT;
	struct page page;
	struct page_view view;

	(void)unused;
	fill(&page);
	assert_int_equal(buf_set(&page.title, SPAN("=1+1, \"x\"\n")), ERR_OK);
	view = view_of(&page);
	assert_int_equal(render_csv_header(&header), ERR_OK);
	assert_int_equal(render_csv_page(&row, &view), ERR_OK);
	assert_true(span_starts_with(buf_span(&header), SPAN("url,host,state,verdict,")));
	assert_int_equal(n_cells(buf_span(&row)), n_cells(buf_span(&header)));
	assert_non_null(strstr(buf_text(&row), "\"'=1+1, \"\"x\"\"\"")); /* REQ 72 */
	assert_non_null(strstr(buf_text(&row), "\"docs,news\""));
	assert_string_equal(row.data + row.len - 2, "\r\n");
	buf_release(&header);
	buf_release(&row);
	page_release(&page);
}

static void no_control_reaches_a_terminal(void **unused) /* REQ 74 */
{
	struct page_detail detail = { .now_ms = NOW };
	struct buf out = BUF_INIT;
	struct page page;

	(void)unused;
	fill(&page);
	assert_int_equal(buf_set(&page.title, SPAN("a\x1b[31mb\x9b"
						   "c")),
			 ERR_OK);
	assert_int_equal(buf_set(&page.error_detail, SPAN("\x07")), ERR_OK);
	page.verdict = VERDICT_ERROR;
	detail.view = view_of(&page);
	detail.with_head = true;
	detail.head = SPAN("X: \x1b]0;x\n");
	assert_int_equal(render_text_detail(&out, &detail), ERR_OK);
	assert_int_equal(render_text_page(&out, &detail.view), ERR_OK);
	for (size_t i = 0; i < out.len; i++)
		if (((unsigned char)out.data[i] < 0x20 && out.data[i] != '\n') ||
		    out.data[i] == 0x7f)
			fail_msg("octet %02x at %zu", (unsigned char)out.data[i], i);
	buf_release(&out);
	page_release(&page);
}

static void every_reason_is_a_sentence(void **unused)
{
	struct page page;
	struct page_view view;

	(void)unused;
	fill(&page);
	for (int r = 0; r < N_REASONS; r++) {
		page.next_visit_reason = (uint8_t)r;
		view = view_of(&page);
		assert_true(strlen(page_view_reason(&view)) > 8);
	}
	page_release(&page);
}

static void cells_have_names_of_their_own(void **unused)
{
	struct cell cells[PAGE_CELLS_MAX];
	struct page page;
	struct page_view view;
	size_t n;

	(void)unused;
	fill(&page);
	view = view_of(&page);
	n = page_view_cells(&view, cells);
	assert_true(n <= PAGE_CELLS_MAX);
	for (size_t i = 0; i < n; i++)
		assert_ptr_equal(cell(cells, n, cells[i].name), &cells[i]);
	assert_true(cell(cells, n, "rate_low")->real <
		    cell(cells, n, "rate_per_day")->real);
	assert_true(cell(cells, n, "rate_high")->real >
		    cell(cells, n, "rate_per_day")->real);
	page_release(&page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_follows_from_a_record_is_reckoned_once),
		cmocka_unit_test(nothing_is_claimed_of_a_page_never_seen),
		cmocka_unit_test(a_failure_proves_nothing_and_a_404_proves_what_it_says),
		cmocka_unit_test(the_validator_is_named_by_its_kind),
		cmocka_unit_test(json_has_every_promised_key),
		cmocka_unit_test(csv_rows_fit_their_header),
		cmocka_unit_test(no_control_reaches_a_terminal),
		cmocka_unit_test(every_reason_is_a_sentence),
		cmocka_unit_test(cells_have_names_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
