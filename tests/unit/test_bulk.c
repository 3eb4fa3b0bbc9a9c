#include "tests/unit/unit.h"

#include <jansson.h>
#include <stdio.h>

#include "store/base/clock.h"
#include "tests/filled_store.h"
#include "tools/bulk.h"
#include "tools/change_reader.h"

#define T0 (INT64_C(1790000000) * 1000)

static void visit(struct filled_store *f, const char *url, enum verdict verdict,
		  const char *body, const char *redirect_to)
{
	struct filled_visit v = { .url = url,
				  .verdict = verdict,
				  .evidence = EVIDENCE_BODY,
				  .http_status = body ? 200 : 410,
				  .body = body,
				  .title = "a title",
				  .redirect_to = redirect_to };

	v.at_ms = T0 + (int64_t)(store_last_cursor(f->store) + 1) * MS_PER_HOUR;
	filled_store_visit(f, &v);
}

/* The whole feed as one body. */
static struct buf body_of(struct filled_store *f, const char *index)
{
	struct change_reader *reader = NULL;
	const struct change *change;
	struct bulk *bulk = NULL;
	struct buf out = BUF_INIT;

	filled_store_read(f);
	assert_int_equal(bulk_new(index, &bulk), ERR_OK);
	assert_int_equal(change_reader_new(f->store, 0, false, &reader), ERR_OK);
	while (!change_reader_next(reader, &change))
		assert_int_equal(bulk_append(bulk, f->store, change, &out), ERR_OK);
	change_reader_free(reader);
	bulk_free(bulk);
	return out;
}

/* "index http://a/ text;delete http://b/;": every line must be a JSON object. */
static struct buf summary_of(struct span body)
{
	struct buf out = BUF_INIT;

	while (body.len) {
		struct span line = span_cut(&body, '\n');
		json_t *action = json_loadb(line.data, line.len, 0, NULL), *document;
		json_t *index = json_object_get(action, "index"), *of = index;

		assert_non_null(action);
		assert_int_equal(json_object_size(action), 1);
		if (!of)
			of = json_object_get(action, "delete");
		assert_int_equal(
			buf_printf(&out, "%s %s", index ? "index" : "delete",
				   json_string_value(json_object_get(of, "_id"))),
			ERR_OK);
		if (index) {
			line = span_cut(&body, '\n');
			document = json_loadb(line.data, line.len, 0, NULL);
			assert_non_null(document);
			of = json_object_get(document, "text");
			assert_int_equal(buf_printf(&out, " %s",
						    json_is_null(of)
							    ? "(null)"
							    : json_string_value(of)),
					 ERR_OK);
			json_decref(document);
		}
		json_decref(action);
		assert_int_equal(buf_append_byte(&out, ';'), ERR_OK);
	}
	return out;
}

static void expect(struct filled_store *f, const char *want)
{
	struct buf body = body_of(f, NULL);
	struct buf got = summary_of(buf_span(&body));

	assert_string_equal(buf_text(&got), want);
	buf_release(&got);
	buf_release(&body);
	filled_store_remove(f);
}

#define A "http://a.test/"
#define B "http://b.test/"

static void each_page_is_sent_once_as_it_is_now(void **unused)
{
	struct filled_store f;

	(void)unused;
	filled_store_make(&f);
	visit(&f, A, VERDICT_NEW, "<p>one", NULL);
	visit(&f, B, VERDICT_NEW, "<p>two", NULL);
	visit(&f, A, VERDICT_UNCHANGED, "<p>one", NULL);
	visit(&f, A, VERDICT_CHANGED, "<p>three", NULL);
	expect(&f, "index " B " two;index " A " three;");
}

static void a_page_that_is_gone_or_forgotten_is_deleted(void **unused)
{
	struct filled_store f;
	struct host *host = NULL;
	struct page page;

	(void)unused;
	filled_store_make(&f);
	visit(&f, A, VERDICT_NEW, "<p>one", NULL);
	visit(&f, B, VERDICT_NEW, "<p>two", NULL);
	visit(&f, A, VERDICT_GONE, NULL, NULL);
	filled_store_get(&f, B, &page);
	assert_int_equal(store_acquire_host(f.store, &page.key.host, SPAN(""), &host),
			 ERR_OK);
	assert_int_equal(store_delete_page(f.store, &page, host), ERR_OK);
	store_release_host(f.store, host);
	assert_int_equal(store_commit(f.store), ERR_OK);
	page_release(&page);
	expect(&f, "delete " B ";delete " A ";");
}

static void a_page_that_is_back_is_sent_again(void **unused)
{
	struct filled_store f;

	(void)unused;
	filled_store_make(&f);
	visit(&f, A, VERDICT_NEW, "<p>one", NULL);
	visit(&f, A, VERDICT_GONE, NULL, NULL);
	visit(&f, A, VERDICT_UNCHANGED, "<p>one", NULL);
	expect(&f, "index " A " one;");
}

/* Else its content would be in the index no more, or twice. */
static void a_moved_page_gives_way_to_its_target_only(void **unused)
{
	struct filled_store f;

	(void)unused;
	filled_store_make(&f);
	visit(&f, A, VERDICT_NEW, "<p>one", NULL);
	visit(&f, A, VERDICT_MOVED, NULL, B);
	expect(&f, "index " A " one;");
	filled_store_make(&f);
	visit(&f, A, VERDICT_NEW, "<p>one", NULL);
	visit(&f, B, VERDICT_NEW, "<p>one", NULL);
	visit(&f, A, VERDICT_MOVED, NULL, B);
	expect(&f, "index " B " one;delete " A ";");
	filled_store_make(&f);
	visit(&f, A, VERDICT_MOVED, NULL, B); /* it never had a document */
	expect(&f, "");
}

static void a_blocked_page_keeps_its_document(void **unused) /* REQ 52 */
{
	struct filled_store f;

	(void)unused;
	filled_store_make(&f);
	visit(&f, A, VERDICT_NEW, "<p>one", NULL);
	visit(&f, A, VERDICT_CHANGED, "<p>two", NULL);
	visit(&f, A, VERDICT_BLOCKED, NULL, NULL);
	visit(&f, B, VERDICT_BLOCKED, NULL, NULL);
	expect(&f, "index " A " two;");
}

static void a_page_that_asks_not_to_be_indexed_is_deleted(void **unused)
{
	struct filled_visit v = { .url = A,
				  .verdict = VERDICT_CHANGED,
				  .evidence = EVIDENCE_BODY,
				  .http_status = 200,
				  .body = "<p>two",
				  .noindex = true,
				  .at_ms = T0 + MS_PER_DAY };
	struct filled_store f;

	(void)unused;
	filled_store_make(&f);
	visit(&f, A, VERDICT_NEW, "<p>one", NULL);
	filled_store_visit(&f, &v);
	expect(&f, "delete " A ";");
}

static void a_long_url_has_a_hash_for_its_id(void **unused)
{
	char url[700] = "http://a.test/";
	struct filled_store f;
	struct buf body, got;

	(void)unused;
	memset(url + strlen(url), 'x', 600);
	filled_store_make(&f);
	visit(&f, url, VERDICT_NEW, "<p>one", NULL);
	body = body_of(&f, "pages");
	got = summary_of(buf_span(&body));
	assert_true(span_starts_with(buf_span(&got), SPAN("index sha256:")));
	assert_int_equal(got.len, strlen("index sha256: one;") + 64);
	assert_non_null(strstr(buf_text(&body), "{\"index\":{\"_index\":\"pages\","));
	assert_non_null(strstr(buf_text(&body), url));
	buf_release(&got);
	buf_release(&body);
	filled_store_remove(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_page_is_sent_once_as_it_is_now),
		cmocka_unit_test(a_page_that_is_gone_or_forgotten_is_deleted),
		cmocka_unit_test(a_page_that_is_back_is_sent_again),
		cmocka_unit_test(a_moved_page_gives_way_to_its_target_only),
		cmocka_unit_test(a_blocked_page_keeps_its_document),
		cmocka_unit_test(a_page_that_asks_not_to_be_indexed_is_deleted),
		cmocka_unit_test(a_long_url_has_a_hash_for_its_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
