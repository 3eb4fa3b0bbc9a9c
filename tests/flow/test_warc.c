/* test_warc.c - what `run --warc` writes of what went over the wire (REQ 75). */
#include "tests/unit/unit.h"

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <zlib.h>

#include "store/base/clock.h"
#include "store/base/units.h"
#include "tests/warc_files.h"
#include "tests/world.h"

#define HTML "Content-Type: text/html\r\n"
#define ETAG HTML "ETag: \"v1\"\r\n"

static char dir[96];
static struct warc_files files;

static int setup(void **state)
{
	int failed = world_setup(state);
	struct world *w = *state;

	snprintf(dir, sizeof(dir), "%s/warc", w->dir);
	if (!failed)
		world_set(w, "warc.dir", dir);
	return failed;
}

static int teardown(void **state)
{
	warc_files_release(&files);
	return world_teardown(state);
}

static void read_files(void)
{
	warc_files_release(&files);
	warc_files_read(dir, &files);
}

static void expect(const char *wanted)
{
	struct buf summary;

	read_files();
	summary = warc_files_summary(&files);
	assert_string_equal(buf_text(&summary), wanted);
	buf_release(&summary);
}

static void run_again(struct world *w)
{
	world_sleep(w, MS_PER_DAY);
	w->force = true;
	world_run_once(w);
}

/* Do the fields of a revisit name that record? */
static void expect_refers_to(const struct warc_entry *revisit,
			     const struct warc_entry *to)
{
	char wanted[256];

	snprintf(wanted, sizeof(wanted), "%s", warc_files_field(to, "WARC-Record-ID"));
	assert_string_equal(warc_files_field(revisit, "WARC-Refers-To"), wanted);
	snprintf(wanted, sizeof(wanted), "%s", warc_files_field(to, "WARC-Date"));
	assert_string_equal(warc_files_field(revisit, "WARC-Refers-To-Date"), wanted);
	snprintf(wanted, sizeof(wanted), "%s",
		 warc_files_field(to, "WARC-Payload-Digest"));
	assert_string_equal(warc_files_field(revisit, "WARC-Payload-Digest"), wanted);
	assert_string_equal(warc_files_field(revisit, "WARC-Refers-To-Target-URI"),
			    buf_text(&to->uri));
}

static bool block_has(const struct warc_entry *entry, const char *text)
{
	return memmem(entry->block.data, entry->block.len, text, strlen(text));
}

static void every_answer_and_its_request_are_written_down(void **state)
{
	struct world *w = *state;
	const struct warc_entry *answer, *request;

	origin_reply(w->origin, "/a", ANY_REQUEST,
		     "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n");
	origin_reply(w->origin, "/b", ANY_REQUEST, origin_ok(w->origin, ETAG, "<p>b"));
	world_seed(w, "/a");
	world_run_once(w);
	expect("response /robots.txt 404;response /a 302;response /b 200;");
	assert_int_equal(files.n, 7); /* and three requests, and the first record */
	assert_int_equal(files.entries[0].head.type, WARC_INFO);
	answer = warc_files_find(&files, WARC_RESPONSE, "/b", 0);
	assert_string_equal(warc_files_field(answer, "WARC-IP-Address"), "127.77.1.1");
	assert_true(block_has(answer, "ETag: \"v1\"\r\n"));
	assert_true(block_has(answer, "\r\n\r\n<p>b"));
	request = warc_files_find(&files, WARC_REQUEST, "/b", 0);
	assert_true(block_has(request, "GET /b HTTP/1.1\r\nHost: 127.77.1.1:"));
	assert_string_equal(warc_files_field(request, "WARC-Concurrent-To"),
			    warc_files_field(answer, "WARC-Record-ID"));
}

static void a_304_is_a_revisit_of_the_original_REQ75(void **state)
{
	struct world *w = *state;
	const struct warc_entry *revisit;

	origin_reply(w->origin, "/a", ANY_REQUEST, origin_ok(w->origin, ETAG, "<p>a"));
	origin_reply(w->origin, "/a", "If-None-Match: \"v1\"",
		     "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\nX-New: 1\r\n\r\n");
	world_seed(w, "/a");
	world_run_once(w);
	run_again(w);
	run_again(w);
	expect("response /robots.txt 404;response /a 200;"
	       "response /robots.txt 404;revisit /a 304;"
	       "response /robots.txt 404;revisit /a 304;");
	for (size_t i = 0; i < 2; i++) {
		revisit = warc_files_find(&files, WARC_REVISIT, "/a", i);
		assert_string_equal(warc_files_field(revisit, "WARC-Profile"),
				    WARC_PROFILE_NOT_MODIFIED);
		assert_true(block_has(revisit, "ETag: \"v1\"\r\nX-New: 1\r\n\r\n"));
		expect_refers_to(revisit,
				 warc_files_find(&files, WARC_RESPONSE, "/a", 0));
	}
	assert_int_equal(world_n_differences(w), 0);
}

static void the_same_payload_is_a_revisit_too_REQ75(void **state)
{
	struct world *w = *state;
	const struct warc_entry *revisit;

	origin_reply(w->origin, "/a", ANY_REQUEST,
		     origin_ok(w->origin, HTML "Set-Cookie: a=b\r\n", "<p>a"));
	world_seed(w, "/a");
	world_run_once(w);
	run_again(w);
	revisit = (expect("response /robots.txt 404;response /a 200;"
			  "response /robots.txt 404;revisit /a 200;"),
		   warc_files_find(&files, WARC_REVISIT, "/a", 0));
	assert_string_equal(warc_files_field(revisit, "WARC-Profile"),
			    WARC_PROFILE_SAME_PAYLOAD);
	assert_string_equal(warc_files_field(revisit, "WARC-Truncated"), "length");
	assert_false(block_has(revisit, "<p>a"));
	assert_true(block_has(revisit, "Set-Cookie: a=b\r\n"));
	expect_refers_to(revisit, warc_files_find(&files, WARC_RESPONSE, "/a", 0));
}

/* "<p>a" in gzip with this level: other bytes for the same content. */
static void reply_gzip(struct world *w, int level)
{
	unsigned char body[128];
	z_stream z = { .next_in = (Bytef *)(uintptr_t) "<p>a<p>a<p>a<p>a",
		       .avail_in = 16,
		       .next_out = body,
		       .avail_out = sizeof(body) };

	assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY),
			 Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	origin_reply_body(w->origin, "/a", ANY_REQUEST, HTML "Content-Encoding: gzip\r\n",
			  body, sizeof(body) - z.avail_out);
}

/* A revisit record would not give back what was sent. */
static void the_same_content_in_another_coding_is_no_revisit(void **state)
{
	struct world *w = *state;

	reply_gzip(w, 9);
	world_seed(w, "/a");
	world_run_once(w);
	reply_gzip(w, 0);
	run_again(w);
	run_again(w);
	assert_int_equal(world_page(w, "/a")->verdict, VERDICT_UNCHANGED);
	expect("response /robots.txt 404;response /a 200;"
	       "response /robots.txt 404;response /a 200;"
	       "response /robots.txt 404;revisit /a 200;");
	expect_refers_to(warc_files_find(&files, WARC_REVISIT, "/a", 0),
			 warc_files_find(&files, WARC_RESPONSE, "/a", 1));
}

/* A revisit of what is in no archive could never be shown: the content goes in first. */
static void content_from_before_the_archive_goes_in_once(void **state)
{
	struct world *w = *state;
	const struct warc_entry *resource;
	char date[64];

	origin_reply(w->origin, "/a", ANY_REQUEST, origin_ok(w->origin, ETAG, "<p>a"));
	origin_reply(w->origin, "/a", "If-None-Match: \"v1\"", ORIGIN_NOT_MODIFIED);
	world_seed(w, "/a");
	world_set(w, "warc.dir", "");
	world_run_once(w);
	units_format_time(world_page(w, "/a")->last_visit_at_ms, date);
	run_again(w);
	world_set(w, "warc.dir", dir);
	run_again(w);
	run_again(w);
	expect("response /robots.txt 404;resource /a;revisit /a 304;"
	       "response /robots.txt 404;revisit /a 304;");
	resource = warc_files_find(&files, WARC_RESOURCE, "/a", 0);
	assert_true(span_equal(buf_span(&resource->block), SPAN("<p>a")));
	assert_string_equal(warc_files_field(resource, "WARC-Date"), date);
	assert_string_equal(warc_files_field(resource, "Content-Type"), "text/html");
	for (size_t i = 0; i < 2; i++)
		expect_refers_to(warc_files_find(&files, WARC_REVISIT, "/a", i),
				 resource);
}

static void what_changed_while_nothing_was_written_is_no_original(void **state)
{
	struct world *w = *state;

	origin_reply(w->origin, "/a", ANY_REQUEST, origin_ok(w->origin, ETAG, "<p>a"));
	world_seed(w, "/a");
	world_run_once(w);
	world_set(w, "warc.dir", "");
	origin_reply(w->origin, "/a", ANY_REQUEST,
		     origin_ok(w->origin, HTML "ETag: \"v2\"\r\n", "<p>b"));
	origin_reply(w->origin, "/a", "If-None-Match: \"v2\"", ORIGIN_NOT_MODIFIED);
	run_again(w);
	world_set(w, "warc.dir", dir);
	run_again(w);
	expect("response /robots.txt 404;response /a 200;"
	       "response /robots.txt 404;resource /a;revisit /a 304;");
	expect_refers_to(warc_files_find(&files, WARC_REVISIT, "/a", 0),
			 warc_files_find(&files, WARC_RESOURCE, "/a", 0));
}

/* Without a body there is nothing to refer to, and nothing is referred to. */
static void a_revisit_without_an_original_refers_to_nothing(void **state)
{
	struct world *w = *state;
	const struct warc_entry *revisit;

	world_set(w, "store.body", "none");
	origin_reply(w->origin, "/a", ANY_REQUEST, origin_ok(w->origin, ETAG, "<p>a"));
	origin_reply(w->origin, "/a", "If-None-Match: \"v1\"", ORIGIN_NOT_MODIFIED);
	world_seed(w, "/a");
	world_set(w, "warc.dir", "");
	world_run_once(w);
	world_set(w, "warc.dir", dir);
	run_again(w);
	expect("response /robots.txt 404;revisit /a 304;");
	revisit = warc_files_find(&files, WARC_REVISIT, "/a", 0);
	assert_string_equal(warc_files_field(revisit, "WARC-Refers-To"), "");
	assert_string_equal(warc_files_field(revisit, "WARC-Payload-Digest"), "");
}

static void a_304_that_is_not_believed_is_no_revisit(void **state)
{
	struct world *w = *state;

	origin_reply(w->origin, "/a", ANY_REQUEST, ORIGIN_NOT_MODIFIED);
	world_seed(w, "/a");
	world_run_once(w);
	expect("response /robots.txt 404;response /a 304;");
}

static void a_transfer_coding_is_undone_and_named(void **state)
{
	struct world *w = *state;
	const struct warc_entry *e;

	origin_reply(w->origin, "/a", ANY_REQUEST,
		     "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
		     "HTTP/1.1 200 OK\r\n" HTML "Transfer-Encoding: chunked\r\n"
		     "Trailer: X\r\n\r\n4\r\n<p>a\r\n0\r\nX: y\r\n\r\n");
	world_seed(w, "/a");
	world_run_once(w);
	expect("response /robots.txt 404;response /a 200;");
	e = warc_files_find(&files, WARC_RESPONSE, "/a", 0);
	assert_true(span_equal(buf_span(&e->block),
			       SPAN("HTTP/1.1 200 OK\r\n" HTML
				    "X-Orig-Transfer-Encoding: chunked\r\n"
				    "Trailer: X\r\n\r\n<p>a")));
}

static void what_is_not_whole_is_left_out(void **state)
{
	struct world *w = *state;

	origin_reply(w->origin, "/a", ANY_REQUEST,
		     "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n"
		     "short");
	world_seed(w, "/a");
	world_run_once(w);
	expect("response /robots.txt 404;");
}

static void added_header_lines_are_left_out_of_requests(void **state)
{
	struct world *w = *state;
	const struct warc_entry *request;
	struct host_rule *rule = NULL;
	struct why why = { "" };

	assert_int_equal(settings_add_rule(&w->settings, SPAN("*"), &rule), ERR_OK);
	if (settings_set_rule(rule, SPAN("header"), SPAN("Authorization: Basic c2VjcmV0"),
			      &why))
		fail_msg("%s", why.text);
	origin_reply(w->origin, "/a", ANY_REQUEST, origin_ok(w->origin, ETAG, "<p>a"));
	world_seed(w, "/a");
	world_run_once(w);
	assert_true(world_asked_with(w, "/a", 0, "Authorization: Basic"));
	read_files();
	request = warc_files_find(&files, WARC_REQUEST, "/a", 0);
	assert_false(block_has(request, "Authorization"));
	assert_true(block_has(request, "User-Agent: freshet"));
}

static void a_full_file_is_followed_by_another(void **state)
{
	struct world *w = *state;
	static char body[100000];
	char path[16];

	/* What does not compress. */
	for (size_t i = 0; i < sizeof(body) - 1; i++) {
		uint64_t h = hash64(span_from(&i, sizeof(i)));

		body[i] = (char)(1 + h % 255);
	}
	world_set(w, "warc.max_size", "64K");
	world_set(w, "fetch.host_delay", "0s");
	for (int i = 0; i < 9; i++) {
		snprintf(path, sizeof(path), "/%d", i);
		body[0] = (char)('0' + i);
		origin_reply(w->origin, path, ANY_REQUEST,
			     origin_ok(w->origin, "Content-Type: image/x\r\n", body));
		world_seed(w, path);
	}
	world_run_once(w);
	read_files();
	assert_true(files.n_files >= 2);
	for (int i = 0; i < 9; i++) {
		snprintf(path, sizeof(path), "/%d", i);
		(void)warc_files_find(&files, WARC_RESPONSE, path, 0);
	}
}

static void a_large_answer_of_another_status_is_whole(void **state)
{
	struct world *w = *state;
	static char body[200001];

	memset(body, 'x', sizeof(body) - 1);
	origin_reply(w->origin, "/a", ANY_REQUEST,
		     origin_response(w->origin, "503 Busy", HTML, body));
	origin_reply(w->origin, "/b", ANY_REQUEST,
		     origin_response(w->origin, "302 Found", "Location: /a\r\n", body));
	world_set(w, "fetch.host_delay", "0s");
	world_seed(w, "/b");
	world_run_once(w);
	expect("response /robots.txt 404;response /b 302;response /a 503;");
	assert_true(warc_files_find(&files, WARC_RESPONSE, "/a", 0)->block.len > 200000);
	assert_string_equal(
		warc_files_field(warc_files_find(&files, WARC_RESPONSE, "/b", 0),
				 "WARC-Truncated"),
		"length");
}

#define TEST(claim) cmocka_unit_test_setup_teardown(claim, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_answer_and_its_request_are_written_down),
		TEST(a_304_is_a_revisit_of_the_original_REQ75),
		TEST(the_same_payload_is_a_revisit_too_REQ75),
		TEST(the_same_content_in_another_coding_is_no_revisit),
		TEST(content_from_before_the_archive_goes_in_once),
		TEST(what_changed_while_nothing_was_written_is_no_original),
		TEST(a_revisit_without_an_original_refers_to_nothing),
		TEST(a_304_that_is_not_believed_is_no_revisit),
		TEST(a_transfer_coding_is_undone_and_named),
		TEST(what_is_not_whole_is_left_out),
		TEST(added_header_lines_are_left_out_of_requests),
		TEST(a_full_file_is_followed_by_another),
		TEST(a_large_answer_of_another_status_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
