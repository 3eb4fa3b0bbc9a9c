#include "tests/unit/unit.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crawler/document.h"
#include "store/base/clock.h"
#include "tests/filled_store.h"
#include "tools/edit.h"
#include "tools/seed_warc.h"
#include "tools/warc.h"

#define T0 INT64_C(1790000000000)
#define OK "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
#define DAY(n) (T0 + (n)*MS_PER_DAY)

static struct buf file;
static struct warc_packer *packer;

static void start(void)
{
	if (!packer)
		assert_int_equal(warc_packer_new(1, &packer), ERR_OK);
	buf_clear(&file);
}

/* `payload` of a revisit: what it says that it is a revisit of. */
static void add(enum warc_type type, const char *uri, int64_t at_ms, struct span head,
		const char *body, const char *payload, const char *fields)
{
	struct warc_record r = { .type = type,
				 .at_ms = at_ms,
				 .uri = span_of(uri),
				 .content_type = SPAN("text/html"),
				 .head = head,
				 .body = span_of(body),
				 .has_payload = type != WARC_REVISIT };
	char digest[WARC_DIGEST_SIZE];
	struct buf lines = BUF_INIT;

	assert_int_equal(warc_make_id(r.id), ERR_OK);
	if (payload) {
		assert_int_equal(warc_digest(span_of(payload), SPAN(""), digest), ERR_OK);
		assert_int_equal(
			warc_field(&lines, "WARC-Payload-Digest", span_of(digest)),
			ERR_OK);
	}
	assert_int_equal(buf_append_text(&lines, fields), ERR_OK);
	r.fields = buf_span(&lines);
	assert_int_equal(warc_pack(packer, &r, &file), ERR_OK);
	buf_release(&lines);
}

static void add_page(const char *uri, int64_t at_ms, const char *body)
{
	add(WARC_RESPONSE, uri, at_ms, SPAN(OK "ETag: \"v1\"\r\n\r\n"), body, NULL, "");
}

/* Seeds the file, into `f` if there is one; "http://a/ content;http://b/ page;? reason;". */
static struct buf seed_all(struct filled_store *f)
{
	struct seed_warc_config config = { .max_body = 1000, .keep_body = true };
	struct editor editor = { .store = f ? f->store : NULL, .now_ms = DAY(9) };
	int fd = memfd_create("warc", MFD_CLOEXEC);
	struct seed_warc *warc = NULL;
	struct seed_rejection rejection;
	struct buf out = BUF_INIT;
	struct why why = { "" };
	struct seed seed;
	enum err err;

	assert_int_equal(write(fd, file.data, file.len), file.len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(seed_warc_open_fd(fd, "file", &config, &warc, &why), ERR_OK);
	while ((err = seed_warc_next(warc, &seed, &rejection, &why)) != ERR_NOT_FOUND) {
		enum seed_outcome outcome;

		if (err)
			err = buf_printf(&out, "? %s;", rejection.reason.text);
		else
			err = buf_printf(&out, "%.*s %s;", (int)seed.url.len,
					 seed.url.data,
					 seed.content   ? "content"
					 : seed.revisit ? "revisit"
							: "page");
		assert_int_equal(err, ERR_OK);
		if (f && seed.url.len)
			assert_int_equal(edit_seed(&editor, &seed, &outcome, &why),
					 ERR_OK);
	}
	if (f)
		assert_int_equal(edit_commit(&editor), ERR_OK);
	seed_warc_close(warc);
	close(fd);
	return out;
}

static void expect(const char *wanted)
{
	struct buf got = seed_all(NULL);

	assert_string_equal(buf_text(&got), wanted);
	buf_release(&got);
}

static void whole_200s_and_resources_have_content(void **unused)
{
	(void)unused;
	start();
	add_page("http://a/", T0, "<p>a");
	add(WARC_RESOURCE, "http://b/", T0, SPAN(""), "<p>b", NULL, "");
	add(WARC_RESPONSE, "http://c/", T0, SPAN(OK "Transfer-Encoding: chunked\r\n\r\n"),
	    "2\r\nab\r\n0\r\n\r\n", NULL, "");
	add(WARC_RESPONSE, "http://d/", T0, SPAN(OK "\r\n"), "cut", NULL,
	    "WARC-Truncated: length\r\n");
	add(WARC_RESPONSE, "http://e/", T0, SPAN(OK "Content-Encoding: gzip\r\n\r\n"),
	    "no", NULL, "");
	expect("http://a/ content;http://b/ content;http://c/ content;http://d/ page;"
	       "http://e/ page;");
}

static void what_is_no_page_is_passed_over(void **unused)
{
	(void)unused;
	start();
	add(WARC_INFO, "", T0, SPAN(""), "software: x\r\n", NULL, "");
	add(WARC_REQUEST, "http://a/", T0, SPAN("GET / HTTP/1.1\r\n\r\n"), "", NULL, "");
	add(WARC_RESPONSE, "http://a/", T0, SPAN("HTTP/1.1 404 No\r\n\r\n"), "", NULL,
	    "");
	add_page("http://a/robots.txt", T0, "User-agent: *");
	add(WARC_RESPONSE, "dns:a", T0, SPAN(""), "a. 60 IN A 127.0.0.1", NULL, "");
	add(WARC_METADATA, "http://a/", T0, SPAN(""), "x: y\r\n", NULL, "");
	expect("");
}

static void a_bad_record_costs_itself(void **unused)
{
	(void)unused;
	start();
	add(WARC_RESPONSE, "http://a b:c/", T0, SPAN(OK "\r\n"), "x", NULL, "");
	add(WARC_RESPONSE, "http://a/", T0, SPAN("no HTTP"), "", NULL, "");
	add_page("http://b/", T0, "<p>b");
	struct buf got = seed_all(NULL);

	assert_non_null(strstr(buf_text(&got), "? record at byte 0: "));
	assert_non_null(strstr(buf_text(&got), ": no HTTP response: bad status line;"));
	assert_non_null(strstr(buf_text(&got), ";http://b/ content;"));
	buf_release(&got);
}

/* ---- what becomes of them -------------------------------------------------------------------- */

static void expect_page(struct filled_store *f, const char *body, int64_t verified_at_ms)
{
	struct digest digest = digest_of(span_of(body));
	struct buf stored = BUF_INIT;
	struct page page;
	uint64_t n = 0;

	filled_store_get(f, "http://a/", &page);
	assert_true(digest_equal(&page.digest, &digest));
	assert_int_equal(page.last_verified_at_ms, verified_at_ms);
	assert_int_equal(page.version, 1);
	assert_int_equal(page.indexed_version, 1);
	assert_string_equal(buf_text(&page.etag), "\"v1\"");
	assert_int_equal(store_get_body(f->store, &page.digest, 1000, &stored), ERR_OK);
	assert_string_equal(buf_text(&stored), body);
	page_release(&page);
	buf_release(&stored);
	assert_int_equal(store_verify(f->store, NULL, NULL, &n), ERR_OK);
	assert_int_equal(n, 0);
	filled_store_remove(f);
}

static void the_latest_capture_counts(void **unused)
{
	struct filled_store f;
	struct buf said;

	(void)unused;
	start();
	add_page("http://a/", DAY(1), "<p>one");
	add_page("http://a/", DAY(3), "<p>three");
	add_page("http://a/", DAY(2), "<p>two");
	filled_store_make(&f);
	said = seed_all(&f);
	buf_release(&said);
	expect_page(&f, "<p>three", DAY(3));
}

static void a_revisit_proves_the_content_that_it_is_of(void **unused)
{
	struct filled_store f;
	struct buf said;

	(void)unused;
	start();
	add_page("http://a/", DAY(1), "<p>one");
	add(WARC_REVISIT, "http://a/", DAY(4), SPAN(OK "\r\n"), "", "<p>one", "");
	filled_store_make(&f);
	said = seed_all(&f);
	buf_release(&said);
	expect_page(&f, "<p>one", DAY(4));
}

/* Else the first 304 would keep the wrong one for ever. */
static void a_revisit_of_other_content_proves_nothing(void **unused)
{
	struct filled_store f;
	struct buf said;

	(void)unused;
	start();
	add_page("http://a/", DAY(1), "<p>one");
	add_page("http://a/", DAY(2), "<p>two");
	add(WARC_REVISIT, "http://a/", DAY(4), SPAN(OK "\r\n"), "", "<p>one", "");
	filled_store_make(&f);
	said = seed_all(&f);
	buf_release(&said);
	expect_page(&f, "<p>two", DAY(2));
}

static void a_304_is_matched_by_record_when_it_has_no_digest(void **unused)
{
	struct filled_store f;
	struct buf said;

	(void)unused;
	start();
	add_page("http://a/", DAY(1), "<p>one");
	add(WARC_REVISIT, "http://a/", DAY(4), SPAN("HTTP/1.1 304 Not\r\n\r\n"), "", NULL,
	    "WARC-Refers-To-Target-URI: http://a/\r\n"
	    "WARC-Refers-To-Date: 2026-09-22T14:13:20Z\r\n");
	add(WARC_REVISIT, "http://a/", DAY(5), SPAN("HTTP/1.1 304 Not\r\n\r\n"), "", NULL,
	    "WARC-Refers-To-Target-URI: http://a/\r\n"
	    "WARC-Refers-To-Date: 2026-09-25T00:00:00Z\r\n");
	filled_store_make(&f);
	said = seed_all(&f);
	buf_release(&said);
	expect_page(&f, "<p>one", DAY(4));
}

static void what_we_have_seen_ourselves_stays(void **unused)
{
	struct filled_visit visit = { .url = "http://a/",
				      .at_ms = DAY(1),
				      .verdict = VERDICT_NEW,
				      .evidence = EVIDENCE_BODY,
				      .http_status = 200,
				      .etag = "\"v1\"",
				      .body = "<p>ours" };
	struct filled_store f;
	struct buf said;

	(void)unused;
	start();
	add_page("http://a/", DAY(5), "<p>theirs");
	add(WARC_REVISIT, "http://a/", DAY(6), SPAN(OK "\r\n"), "", "<p>ours", "");
	filled_store_make(&f);
	filled_store_visit(&f, &visit);
	said = seed_all(&f);
	buf_release(&said);
	assert_int_equal(store_acknowledge(f.store, "index", 1, &(uint64_t){ 0 }, NULL),
			 ERR_OK);
	expect_page(&f, "<p>ours", DAY(1));
}

static int release(void **unused)
{
	(void)unused;
	warc_packer_free(packer);
	buf_release(&file);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_200s_and_resources_have_content),
		cmocka_unit_test(what_is_no_page_is_passed_over),
		cmocka_unit_test(a_bad_record_costs_itself),
		cmocka_unit_test(the_latest_capture_counts),
		cmocka_unit_test(a_revisit_proves_the_content_that_it_is_of),
		cmocka_unit_test(a_revisit_of_other_content_proves_nothing),
		cmocka_unit_test(a_304_is_matched_by_record_when_it_has_no_digest),
		cmocka_unit_test(what_we_have_seen_ourselves_stays),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
