#include "tests/unit/unit.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "store/base/clock.h"
#include "tests/filled_store.h"
#include "tools/change_reader.h"
#include "tools/render.h"

#define T0 (INT64_C(1790000000) * 1000)

static struct filled_store filled(void)
{
	struct filled_store f;

	filled_store_make(&f);
	return f;
}

static void visit(struct filled_store *f, const char *url, enum verdict verdict,
		  enum evidence evidence, int status, const char *body)
{
	struct filled_visit v = { .url = url,
				  .verdict = verdict,
				  .evidence = evidence,
				  .http_status = status,
				  .body = body };

	v.at_ms = T0 + (int64_t)(store_last_cursor(f->store) + 1) * MS_PER_HOUR;
	filled_store_visit(f, &v);
}

/* "1 new http://a/;2 ..." */
static struct buf read_all(struct store *store, uint64_t after, bool all)
{
	struct change_reader *reader = NULL;
	const struct change *change;
	struct buf out = BUF_INIT;
	uint64_t last = after;
	enum err err = change_reader_new(store, after, all, &reader);

	assert_int_equal(err, ERR_OK);
	while (!(err = change_reader_next(reader, &change))) {
		assert_true(change->cursor > last);
		last = change->cursor;
		assert_int_equal(
			buf_printf(&out, "%" PRIu64 " %s %s;", change->cursor,
				   change_kind_text((enum change_kind)change->kind),
				   buf_text(&change->url)),
			ERR_OK);
	}
	assert_int_equal(err, ERR_NOT_FOUND);
	change_reader_free(reader);
	return out;
}

static void expect(struct store *store, uint64_t after, bool all, const char *want)
{
	struct buf got = read_all(store, after, all);

	assert_string_equal(buf_text(&got), want);
	buf_release(&got);
}

static void fill(struct filled_store *f)
{
	visit(f, "http://a.test/", VERDICT_NEW, EVIDENCE_BODY, 200, "one");
	visit(f, "http://b.test/", VERDICT_NEW, EVIDENCE_BODY, 200, "two");
	visit(f, "http://a.test/", VERDICT_UNCHANGED, EVIDENCE_304_STRONG, 304, NULL);
	visit(f, "http://b.test/", VERDICT_CHANGED, EVIDENCE_BODY, 200, "three");
	visit(f, "http://a.test/", VERDICT_MINOR, EVIDENCE_TEXT, 200, "one!");
	visit(f, "http://b.test/", VERDICT_GONE, EVIDENCE_STATUS, 410, NULL);
	visit(f, "http://b.test/", VERDICT_UNCHANGED, EVIDENCE_DIGEST, 200, "three");
	visit(f, "http://b.test/", VERDICT_ERROR, EVIDENCE_NONE, 503, NULL);
	visit(f, "http://a.test/", VERDICT_UNCHANGED, EVIDENCE_304_STRONG, 304, NULL);
}

static void the_feed_tells_versions_and_departures_only(void **unused) /* REQ 34 */
{
	struct filled_store f = filled();

	(void)unused;
	fill(&f);
	filled_store_read(&f);
	expect(f.store, 0, false,
	       "1 new http://a.test/;2 new http://b.test/;4 changed http://b.test/;"
	       "6 gone http://b.test/;7 back http://b.test/;");
	expect(f.store, 4, false, "6 gone http://b.test/;7 back http://b.test/;");
	expect(f.store, 7, false, "");
	expect(f.store, UINT64_MAX, false, "");
	filled_store_remove(&f);
}

/* Visit 7 is in the feed as `back`, and is not told again as `unchanged`. */
static void all_adds_quiet_visits_in_their_place(void **unused)
{
	struct filled_store f = filled();

	(void)unused;
	fill(&f);
	filled_store_read(&f);
	expect(f.store, 0, true,
	       "1 new http://a.test/;2 new http://b.test/;3 unchanged http://a.test/;"
	       "4 changed http://b.test/;5 minor http://a.test/;6 gone http://b.test/;"
	       "7 back http://b.test/;9 unchanged http://a.test/;");
	expect(f.store, 7, true, "9 unchanged http://a.test/;");
	filled_store_remove(&f);
}

static void an_empty_store_has_no_changes(void **unused)
{
	struct filled_store f = filled();

	(void)unused;
	filled_store_read(&f);
	expect(f.store, 0, true, "");
	filled_store_remove(&f);
}

static void json_has_every_promised_key(void **unused)
{
	static const char *const keys[] = {
		"schema",
		"cursor",
		"at",
		"url",
		"kind",
		"version",
		"http_status",
		"evidence",
		"similarity",
		"title",
		"digest",
		"previous_digest",
		"changed_between",
		"redirect_to",
	};
	struct filled_store f = filled();
	struct change_reader *reader = NULL;
	const struct change *change = NULL;
	struct buf out = BUF_INIT;
	json_t *root;

	(void)unused;
	fill(&f);
	filled_store_read(&f);
	assert_int_equal(change_reader_new(f.store, 3, false, &reader), ERR_OK);
	assert_int_equal(change_reader_next(reader, &change), ERR_OK);
	assert_int_equal(render_json_change(&out, change), ERR_OK);
	assert_int_equal(out.data[out.len - 1], '\n');
	assert_int_equal(span_find(buf_span(&out), '\n'), out.len - 1);
	root = json_loadb(out.data, out.len, 0, NULL);
	assert_non_null(root);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!json_object_get(root, keys[i]))
			fail_msg("no key '%s'", keys[i]);
	assert_int_equal(json_integer_value(json_object_get(root, "cursor")), 4);
	assert_int_equal(json_array_size(json_object_get(root, "changed_between")), 2);
	json_decref(root);
	buf_release(&out);
	change_reader_free(reader);
	filled_store_remove(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_feed_tells_versions_and_departures_only),
		cmocka_unit_test(all_adds_quiet_visits_in_their_place),
		cmocka_unit_test(an_empty_store_has_no_changes),
		cmocka_unit_test(json_has_every_promised_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
