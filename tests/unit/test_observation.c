/* test_observation.c - what visits make of a page's record, one after another. */
#include "tests/unit/unit.h"

#include "store/observation.h"

#define NOBODY 255 /* no record in the feed */

/* One visit: N new, U unchanged, C changed, M minor, G gone, V moved, B blocked, b blocked
 * by an outage, R refused, E error, 4 an unconfirmed 404. */
static struct observation observation_of(char letter, int64_t at_ms)
{
	static const char letters[] = "-NUCMGVBRE";
	struct observation o;

	observation_init(&o);
	o.at_ms = at_ms;
	o.verdict = letter == '4'   ? VERDICT_ERROR
		    : letter == 'b' ? VERDICT_BLOCKED
				    : (uint8_t)(strchr(letters, letter) - letters);
	o.evidence = EVIDENCE_STATUS;
	o.answered = letter != 'E' && letter != 'B' && letter != 'b';
	o.not_found = letter == '4' || letter == 'G';
	o.untold = letter == 'b';
	o.complete_200 = strchr("NCM", letter) != NULL;
	if (o.complete_200)
		o.digest = digest_of(span_from(&at_ms, sizeof(at_ms)));
	return o;
}

static enum change_kind visit(struct page *page, char letter, int64_t at_ms)
{
	struct observation o = observation_of(letter, at_ms);
	struct change change;
	bool announce = false;
	enum change_kind kind;

	change_init(&change);
	assert_int_equal(page_observe(page, &o, &change, &announce), ERR_OK);
	kind = announce ? (enum change_kind)change.kind : NOBODY;
	if (announce) {
		assert_int_equal(change.version, page->version);
		assert_int_equal(change.at_ms, at_ms);
		assert_true(span_equal(buf_span(&change.url), buf_span(&page->url)));
		assert_true(digest_equal(&change.digest, &page->digest));
	}
	change_release(&change);
	observation_release(&o);
	return kind;
}

static void init(struct page *page)
{
	page_init(page);
	assert_int_equal(buf_set(&page->url, SPAN("http://a.example/")), ERR_OK);
}

static const struct {
	const char *why, *visits;
	const char *told; /* a letter each: n c g m b (back) x (blocked), - nobody */
	uint32_t version, n_changes, n_failures, in_a_row, not_found;
} rows[] = {
	{ "first sight is told", "N", "n", 1, 0, 0, 0, 0 },
	{ "REQ 34: unchanged rounds are not", "NUUMU", "n----", 1, 0, 0, 0, 0 },
	{ "each new content is", "NCUC", "nc-c", 3, 2, 0, 0, 0 },
	{ "REQ 31: failures are nobody's news", "NEERU", "n----", 1, 0, 3, 0, 0 },
	{ "failures add up until an answer", "NEER", "n---", 1, 0, 3, 3, 0 },
	{ "a page first seen after failures", "EEN", "--n", 1, 0, 2, 0, 0 },
	{ "REQ 30: gone is told once", "NGGG", "ng--", 2, 1, 0, 0, 3 },
	{ "... after a 404 that was not believed", "N4G", "n-g", 2, 1, 1, 0, 2 },
	{ "... and so is its coming back", "NGGUU", "ng-b-", 3, 1, 0, 0, 0 },
	{ "back with the same words", "NGMU", "ngb-", 3, 1, 0, 0, 0 },
	{ "back with other words", "NGC", "ngb", 3, 1, 0, 0, 0 },
	{ "gone again", "NGUG", "ngbg", 4, 2, 0, 0, 1 },
	{ "an outage of what is gone", "NGEG", "ng--", 2, 1, 1, 0, 2 },
	{ "REQ 52: blocked keeps the version", "NBBU", "nx-b", 2, 0, 0, 0, 0 },
	{ "REQ 45: an outage of robots.txt is not told", "NbbU", "n---", 1, 0, 0, 0, 0 },
	{ "... nor is a page back from one", "NbC", "n-c", 2, 1, 0, 0, 0 },
	{ "REQ 40: moved keeps the version", "NVVU", "nm-b", 2, 0, 0, 0, 0 },
	{ "moved, then gone", "NVG", "nmg", 2, 1, 0, 0, 1 },
	{ "moved at first sight, then seen", "VN", "mn", 1, 0, 0, 0, 0 },
	{ "gone, then blocked", "NGB", "ngx", 2, 1, 0, 0, 1 },
	{ "a 404 between good answers", "N4U", "n--", 1, 0, 1, 0, 0 },
	{ "a failure does not confirm nor forget a 404", "N4E", "n--", 1, 0, 2, 2, 1 },
};

static char letter_of(enum change_kind kind)
{
	static const char letters[] = "ncgmxb";

	return kind < ARRAY_SIZE(letters) - 1 ? letters[kind] : '-';
}

static void visits_make_versions_news_and_counts(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char told[16] = "";
		struct page page;

		init(&page);
		for (size_t v = 0; rows[i].visits[v]; v++)
			told[v] = letter_of(
				visit(&page, rows[i].visits[v], 1000 + (int64_t)v));
		if (strcmp(told, rows[i].told) != 0)
			fail_msg("%s: %s told as %s", rows[i].why, rows[i].visits, told);
		if (page.version != rows[i].version ||
		    page.n_changes != rows[i].n_changes ||
		    page.n_failures != rows[i].n_failures ||
		    page.n_failures_in_a_row != rows[i].in_a_row ||
		    page.n_not_found_in_a_row != rows[i].not_found)
			fail_msg("%s: %s: version %u, %u changes, %u failures (%u in a "
				 "row), %u not found",
				 rows[i].why, rows[i].visits, page.version,
				 page.n_changes, page.n_failures,
				 page.n_failures_in_a_row, page.n_not_found_in_a_row);
		assert_int_equal(page.n_visits, strlen(rows[i].visits));
		page_release(&page);
	}
}

static void a_change_lies_between_two_looks(void **unused)
{
	struct page page;

	(void)unused;
	init(&page);
	visit(&page, 'N', 100);
	visit(&page, 'U', 200);
	visit(&page, 'E', 300); /* proves nothing */
	visit(&page, 'b', 350);
	visit(&page, 'C', 400);
	assert_int_equal(page.changed_after_ms, 200);
	assert_int_equal(page.changed_before_ms, 400);
	assert_int_equal(page.last_change_at_ms, 400);
	assert_int_equal(page.last_verified_at_ms, 400);
	assert_int_equal(page.last_visit_at_ms, 400);
	page_release(&page);
}

/* The version is older than that: its own window is not the move's. */
static void a_departure_lies_between_two_looks_too(void **unused)
{
	static const char letters[] = { 'V', 'B', 'G' };

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(letters); i++) {
		struct observation o = observation_of(letters[i], 300);
		struct change change;
		struct page page;
		bool announce = false;

		init(&page);
		change_init(&change);
		visit(&page, 'N', 100);
		visit(&page, 'U', 200);
		assert_int_equal(page_observe(&page, &o, &change, &announce), ERR_OK);
		assert_true(announce);
		assert_int_equal(change.changed_after_ms, 200);
		assert_int_equal(change.changed_before_ms, 300);
		change_release(&change);
		observation_release(&o);
		page_release(&page);
	}
}

/* ---- validators and content ---------------------------------------------------------------- */

static void must_set(struct buf *b, const char *text)
{
	assert_int_equal(buf_set(b, span_of(text)), ERR_OK);
}

static struct page page_with_all(void)
{
	struct observation o = observation_of('N', 100);
	bool announce;
	struct change change;
	struct page page;

	init(&page);
	change_init(&change);
	must_set(&o.etag, "\"v1\"");
	must_set(&o.last_modified, "Sun, 01 Nov 2026 10:00:00 GMT");
	must_set(&o.validators_url, "http://b.example/");
	must_set(&o.title, "A title");
	must_set(&o.content_type, "text/html");
	must_set(&o.body, "zstd");
	o.body_len = 55;
	o.date_at_ms = 77;
	assert_int_equal(page_observe(&page, &o, &change, &announce), ERR_OK);
	change_release(&change);
	observation_release(&o);
	return page;
}

static void observe(struct page *page, struct observation *o)
{
	struct change change;
	bool announce;

	change_init(&change);
	assert_int_equal(page_observe(page, o, &change, &announce), ERR_OK);
	change_release(&change);
	observation_release(o);
}

static void a_304_keeps_what_it_leaves_out_REQ19_20_25b(void **unused)
{
	struct page page = page_with_all();
	struct observation o = observation_of('U', 200);
	struct digest digest = page.digest;

	(void)unused;
	observe(&page, &o);
	assert_string_equal(buf_text(&page.etag), "\"v1\"");
	assert_string_equal(buf_text(&page.last_modified),
			    "Sun, 01 Nov 2026 10:00:00 GMT");
	assert_string_equal(buf_text(&page.validators_url), "http://b.example/");
	assert_true(digest_equal(&page.digest, &digest));
	assert_int_equal(page.body_len, 55);
	assert_true(page.has_body);
	assert_int_equal(page.date_at_ms, 77);
	assert_int_equal(page.n_since_audit, 1);
	o = observation_of('U', 300);
	must_set(&o.last_modified, "Mon, 02 Nov 2026 10:00:00 GMT");
	o.date_at_ms = 78;
	observe(&page, &o);
	assert_string_equal(buf_text(&page.etag), "\"v1\"");
	assert_string_equal(buf_text(&page.last_modified),
			    "Mon, 02 Nov 2026 10:00:00 GMT");
	assert_int_equal(page.date_at_ms, 78);
	page_release(&page);
}

static void a_200_replaces_both_validators_REQ17(void **unused)
{
	struct page page = page_with_all();
	struct observation o = observation_of('C', 200);

	(void)unused;
	must_set(&o.etag, "W/\"v2\"");
	observe(&page, &o);
	assert_string_equal(buf_text(&page.etag), "W/\"v2\"");
	assert_int_equal(page.last_modified.len, 0); /* absent: forgotten */
	assert_int_equal(page.validators_url.len, 0);
	assert_int_equal(page.title.len, 0);
	assert_false(page.has_body); /* none came with it */
	assert_int_equal(page.n_since_audit, 0);
	page_release(&page);
}

static void the_same_bytes_bring_new_validators_only_REQ26(void **unused)
{
	struct page page = page_with_all();
	struct observation o = observation_of('U', 200);
	struct digest digest = page.digest;

	(void)unused;
	o.complete_200 = o.same_bytes = true;
	must_set(&o.etag, "\"v2\"");
	observe(&page, &o);
	assert_string_equal(buf_text(&page.etag), "\"v2\"");
	assert_true(digest_equal(&page.digest, &digest));
	assert_string_equal(buf_text(&page.title), "A title");
	assert_true(page.has_body);
	page_release(&page);
}

/* An adopted page: the index knew its digest, the store never had its body. */
static void known_bytes_that_were_not_kept_are_kept_now(void **unused)
{
	struct observation o = observation_of('U', 200);
	struct page page;

	(void)unused;
	init(&page);
	page.version = page.indexed_version = 1;
	page.digest = o.digest = digest_of(SPAN("body"));
	o.complete_200 = o.same_bytes = true;
	must_set(&o.body, "zstd");
	must_set(&o.title, "A title");
	assert_true(observation_has_content(&o));
	observe(&page, &o);
	assert_int_equal(page.version, 1);
	assert_true(page.has_body);
	assert_string_equal(buf_text(&page.title), "A title");
	page_release(&page);
}

static void no_failure_erases_what_was_learned_law_8(void **unused)
{
	static const char failures[] = "EER4GVBbE";
	struct page page = page_with_all();
	struct digest digest = page.digest;

	(void)unused;
	for (size_t i = 0; failures[i]; i++) {
		struct observation o = observation_of(failures[i], 200 + (int64_t)i);

		/* What a failing answer says of itself is not the page's. */
		must_set(&o.etag, "\"of the error page\"");
		must_set(&o.validators_url, "http://error.example/");
		must_set(&o.title, "500 Oops");
		must_set(&o.body, "sorry");
		observe(&page, &o);
		assert_string_equal(buf_text(&page.etag), "\"v1\"");
		assert_string_equal(buf_text(&page.validators_url), "http://b.example/");
		assert_string_equal(buf_text(&page.last_modified),
				    "Sun, 01 Nov 2026 10:00:00 GMT");
		assert_string_equal(buf_text(&page.title), "A title");
		assert_true(digest_equal(&page.digest, &digest));
		assert_true(page.has_body);
		assert_true(page.version >= 1);
		assert_int_equal(page.last_verified_at_ms, 100);
	}
	page_release(&page);
}

static void what_is_said_of_the_last_visit_does_not_linger(void **unused)
{
	struct observation o = observation_of('E', 200);
	struct page page;

	(void)unused;
	init(&page);
	o.error = 3;
	o.ask_unconditionally = true;
	must_set(&o.detail, "connection refused");
	must_set(&o.hops, "302 http://a.example/\n");
	must_set(&o.redirect_to, "http://c.example/");
	observe(&page, &o);
	assert_string_equal(buf_text(&page.error_detail), "connection refused");
	assert_true(page.ask_unconditionally);
	o = observation_of('N', 300);
	observe(&page, &o);
	assert_int_equal(page.error_detail.len, 0);
	assert_int_equal(page.hops.len, 0);
	assert_int_equal(page.redirect_to.len, 0);
	assert_int_equal(page.error, 0);
	assert_false(page.ask_unconditionally);
	page_release(&page);
}

static void what_is_held_back_is_not_told(void **unused)
{
	struct observation o = observation_of('G', 200);
	struct page page = page_with_all();
	struct change change;
	bool announce = true;

	(void)unused;
	change_init(&change);
	o.hold = 1;
	assert_int_equal(page_observe(&page, &o, &change, &announce), ERR_OK);
	assert_false(announce);
	assert_int_equal(page.version, 1);
	assert_int_equal(page_tell_held(&page, 300, &change, &announce), ERR_OK);
	assert_true(announce);
	assert_int_equal(change.kind, CHANGE_GONE);
	assert_int_equal(page.version, 2);
	assert_int_equal(page_tell_held(&page, 400, &change, &announce), ERR_OK);
	assert_false(announce); /* once */
	observation_release(&o);
	change_release(&change);
	page_release(&page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(visits_make_versions_news_and_counts),
		cmocka_unit_test(a_change_lies_between_two_looks),
		cmocka_unit_test(a_departure_lies_between_two_looks_too),
		cmocka_unit_test(a_304_keeps_what_it_leaves_out_REQ19_20_25b),
		cmocka_unit_test(a_200_replaces_both_validators_REQ17),
		cmocka_unit_test(the_same_bytes_bring_new_validators_only_REQ26),
		cmocka_unit_test(known_bytes_that_were_not_kept_are_kept_now),
		cmocka_unit_test(no_failure_erases_what_was_learned_law_8),
		cmocka_unit_test(what_is_said_of_the_last_visit_does_not_linger),
		cmocka_unit_test(what_is_held_back_is_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
