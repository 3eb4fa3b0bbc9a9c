/* test_versions.c - what is a version and what is not, and what the feed hears (REQ 27-35). */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "crawler/transport.h"
#include "store/base/clock.h"
#include "tests/steps.h"

#define HTML "Content-Type: text/html\r\n"
#define TAG HTML "ETag: \"v1\"\r\n"
#define WORDS "<p>words that are here to stay"

/* Nothing may be left of such an answer (REQ 28). */
static void expect_v1(struct world *w, const char *path, const char *what)
{
	const struct page *page = world_page(w, path);
	struct buf body = BUF_INIT;

	if (page->verdict != VERDICT_ERROR && page->verdict != VERDICT_REFUSED)
		fail_msg("%s: %s", what, verdict_text((enum verdict)page->verdict));
	assert_string_equal(buf_text(&page->etag), "\"v1\"");
	assert_int_equal(page->version, 1);
	assert_int_equal(page->body_len, strlen(WORDS));
	assert_int_equal(store_get_body(w->store, &page->digest, 1000, &body), ERR_OK);
	assert_string_equal(buf_text(&body), WORDS);
	buf_release(&body);
	assert_int_equal(page_state(page), STATE_FAILING);
}

static void what_is_not_whole_stores_nothing_REQ27_28_32(void **state)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nContent-Length: 99\r\n"
		"Connection: close\r\n\r\nshort",
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nTransfer-Encoding: chunked\r\n"
		"Connection: close\r\n\r\n5\r\nshort\r\n",
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nTransfer-Encoding: chunked\r\n"
		"Connection: close\r\n\r\n5\r\nshort\r\n0\r\n",
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nTransfer-Encoding: chunked\r\n"
		"Connection: close\r\n\r\nzz\r\nshort\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nTransfer-Encoding: chunked\r\n"
		"Connection: close\r\n\r\nFFFFFFFFFFFFFFFFF\r\nshort\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nTransfer-Encoding: chunked\r\n"
		"Connection: close\r\n\r\n3\r\nshort\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nTransfer-Encoding: gzip, chunked\r\n"
		"Connection: close\r\n\r\n5\r\nshort\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nTransfer-Encoding: xchunked\r\n"
		"Connection: close\r\n\r\n5\r\nshort\r\n0\r\n\r\n",
		/* framing that libcurl would not see */
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nTransfer-Encoding : chunked\r\n"
		"Connection: close\r\n\r\n5\r\nshort\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nTransfer-Encoding:\r\n chunked\r\n"
		"Connection: close\r\n\r\n5\r\nshort\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nContent-Length:\r\n 3\r\n"
		"Connection: close\r\n\r\nshort",
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nContent-Length\t: 3\r\n"
		"Connection: close\r\n\r\nshort",
		/* REQ 32 */
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nContent-Length: 5\r\n"
		"Content-Length: 3\r\nConnection: close\r\n\r\nshort",
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nContent-Length: 5, 3\r\n"
		"Connection: close\r\n\r\nshort",
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nContent-Length: -5\r\n"
		"Connection: close\r\n\r\nshort",
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nContent-Length: +5\r\n"
		"Connection: close\r\n\r\nshort",
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nContent-Length: 0x5\r\n"
		"Connection: close\r\n\r\nshort",
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nContent-Length: five\r\n"
		"Connection: close\r\n\r\nshort",
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\n"
		"Content-Length: 99999999999999999999999\r\n"
		"Connection: close\r\n\r\nshort",
		"HTTP/1.1 20 OK\r\nETag: \"v2\"\r\nConnection: close\r\n\r\nshort",
		"HTTP/1.1 2000 OK\r\nETag: \"v2\"\r\nConnection: close\r\n\r\nshort",
		"HTTP/1.1 000 OK\r\nETag: \"v2\"\r\nConnection: close\r\n\r\nshort",
		"HTTP/1.1 2xx OK\r\nETag: \"v2\"\r\nConnection: close\r\n\r\nshort",
		"HTTP/1.1 \r\nETag: \"v2\"\r\nConnection: close\r\n\r\nshort",
		"HTTP/9.9 200 OK\r\nETag: \"v2\"\r\nConnection: close\r\n\r\nshort",
		"ICY 200 OK\r\nETag: \"v2\"\r\nConnection: close\r\n\r\nshort",
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nTransfer-Encoding: chunked, chunked\r\n"
		"Connection: close\r\n\r\n5\r\nshort\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nNo colon here\r\nContent-Length: 5\r\n"
		"Connection: close\r\n\r\nshort",
		"short\r\nConnection: close\r\n\r\n",
		"\r\n\r\nConnection: close\r\n\r\n",
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n"
		"Connection: close\r\n\r\nshort",
		"HTTP/1.1 100 Continue\r\nConnection: close\r\n\r\n",
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nConnection: close\r\n",
		/* codings */
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nContent-Encoding: gzip\r\n"
		"Content-Length: 5\r\n\r\nshort",
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nContent-Encoding: gzip\r\n"
		"Content-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nContent-Encoding: br\r\n"
		"Content-Length: 5\r\n\r\nshort",
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nContent-Encoding: x-unknown\r\n"
		"Content-Length: 5\r\n\r\nshort",
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\n"
		"Content-Encoding: gzip, gzip, gzip\r\nContent-Length: 5\r\n\r\nshort",
		"HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nContent-Encoding: deflate\r\n"
		"Content-Length: 5\r\n\r\nshort",
	};
	struct world *w = *state;
	char path[16];

	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		snprintf(path, sizeof(path), "/p%zu", i);
		step_ok(w, path, TAG, WORDS);
		world_seed(w, path);
	}
	world_run_once(w);
	/* Hosts back off from so many failures: each look is given time. */
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		snprintf(path, sizeof(path), "/p%zu", i);
		step_reply(w, path, answers[i]);
	}
	world_set(w, "fetch.header_timeout", "1s");
	step_revisit(w);
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		snprintf(path, sizeof(path), "/p%zu", i);
		assert_true(origin_n_requests(w->origin, path) >= 2);
		expect_v1(w, path, answers[i]);
	}
	assert_int_equal(world_n_changes(w), ARRAY_SIZE(answers));
	assert_int_equal(world_n_differences(w), 0);
}

static void odd_but_whole_is_a_version_REQ27_33(void **state)
{
	static const struct {
		const char *answer;
		uint32_t body_len;
	} rows[] = {
		{ "HTTP/1.0 200 OK\r\n\r\nclose", 5 },
		{ "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nclose", 5 },
		{ "HTTP/1.1 200 OK\nContent-Length: 5\nConnection: close\n\nbareLF", 5 },
		{ "HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nclose", 5 },
		{ "HTTP/1.1 200 Not Found\r\nContent-Length: 5\r\n\r\nclose", 5 },
		{ "HTTP/1.1 200 \xff\xfe\r\nContent-Length: 5\r\n\r\nclose", 5 },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nclose",
		  5 },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\nConnection: "
		  "close\r\n\r\nclose",
		  5 },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 00005\r\n\r\nclose", 5 },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0 },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: "
		  "chunked\r\n\r\n5\r\nclose\r\n0\r\n\r\n",
		  5 }, /* REQ 33 */
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
		  "000005 ; a=\"b;c\"\r\nclose\r\n00\r\nX: y\r\nY: z\r\n\r\n",
		  5 },
		{ "HTTP/1.1 200 OK\r\nX: a\r\n  folded\r\n\tmore\r\nContent-Length: "
		  "5\r\n\r\nclose",
		  5 },
		{ "HTTP/1.1 200 OK\r\n: no name\r\nContent-Length: 5\r\n\r\nclose", 5 },
		{ "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\n"
		  "Content-Length: 5\r\n\r\nclose",
		  5 },
		{ "HTTP/1.1 200 OK\r\nContent-Encoding:\r\n"
		  "Content-Length: 5\r\n\r\nclose",
		  5 },
		{ "HTTP/1.1 200 OK\r\nContent-Range: bytes 0-4/9\r\n"
		  "Content-Length: 5\r\n\r\nclose",
		  5 },
		{ "HTTP/1.1 200 OK\r\nContent-Type: \r\nContent-Length: 5\r\n\r\nclose",
		  5 },
		{ "HTTP/1.1 200 OK\r\nDate: never\r\nExpires: 0\r\nCache-Control: "
		  "max-age=-1, ,\"\r\nAge: x\r\nVary: *\r\nContent-Length: 5\r\n\r\nclose",
		  5 },
		{ "HTTP/1.1 200 OK\r\nRetry-After: 99999\r\nLocation: /x\r\n"
		  "Refresh: 0;url=/x\r\nContent-Length: 5\r\n\r\nclose",
		  5 },
	};
	struct world *w = *state;
	struct origin_manner close = { .close = true };
	char path[16];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool closes = !strstr(rows[i].answer, "Length: ") ||
			      strstr(rows[i].answer, "close\r\n\r\n") ||
			      strstr(rows[i].answer, "close\n\n");

		snprintf(path, sizeof(path), "/p%zu", i);
		if (closes && !strstr(rows[i].answer, "hunked"))
			origin_reply_as(w->origin, path, ANY_REQUEST, rows[i].answer,
					strlen(rows[i].answer), close);
		else
			step_reply(w, path, rows[i].answer);
		world_seed(w, path);
	}
	world_run_once(w);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct page *page;

		snprintf(path, sizeof(path), "/p%zu", i);
		page = world_page(w, path);
		if (page->verdict != VERDICT_NEW || page->body_len != rows[i].body_len)
			fail_msg("%s\n%s, %u bytes (%s)", rows[i].answer,
				 verdict_text((enum verdict)page->verdict),
				 page->body_len, buf_text(&page->error_detail));
	}
	assert_int_equal(world_n_differences(w), 0);
}

static void only_200_is_a_version_REQ29_31(void **state)
{
	static const char *const statuses[] = {
		"201 x", "202 x", "203 x", "205 x", "206 x", "207 x", "226 x", "299 x",
		"300 x", "305 x", "306 x", "399 x", "400 x", "401 x", "402 x", "403 x",
		"405 x", "406 x", "407 x", "408 x", "409 x", "411 x", "412 x", "413 x",
		"416 x", "418 x", "421 x", "425 x", "426 x", "428 x", "431 x", "451 x",
		"499 x", "500 x", "501 x", "502 x", "504 x", "505 x", "508 x", "511 x",
		"520 x", "599 x", "600 x", "999 x",
	};
	struct world *w = *state;
	char path[16];

	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
		snprintf(path, sizeof(path), "/p%zu", i);
		step_ok(w, path, TAG, WORDS);
		world_seed(w, path);
	}
	step_ok(w, "/204", TAG, WORDS);
	world_seed(w, "/204");
	world_run_once(w);
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
		snprintf(path, sizeof(path), "/p%zu", i);
		step_status(w, path, statuses[i], "ETag: \"v2\"\r\n");
	}
	step_reply(w, "/204", "HTTP/1.1 204 No Content\r\nETag: \"v2\"\r\n\r\n");
	step_revisit(w);
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
		snprintf(path, sizeof(path), "/p%zu", i);
		expect_v1(w, path, statuses[i]);
	}
	expect_v1(w, "/204", "204");
	assert_int_equal(world_n_changes(w), ARRAY_SIZE(statuses) + 1);
	assert_int_equal(world_n_differences(w), 0);
}

static size_t zip(const void *text, size_t len, unsigned char *out, size_t max)
{
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)text,
		       .avail_in = (unsigned)len,
		       .next_out = out,
		       .avail_out = (unsigned)max };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, MAX_WBITS + 16, 8, 0), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return z.total_out;
}

static void a_zipped_body_is_whole_or_nothing_REQ27_61(void **state)
{
	struct world *w = *state;
	unsigned char once[512], twice[512];
	size_t n = zip(WORDS, strlen(WORDS), once, sizeof(once) - 8);
	size_t n2 = zip(once, n, twice, sizeof(twice));
	const char *fields = "Content-Encoding: gzip\r\n" TAG;

	origin_reply_body(w->origin, "/a", ANY_REQUEST, fields, once, n);
	world_seed(w, "/a");
	world_run_once(w);
	step_expect(w, "/a", VERDICT_NEW);
	assert_int_equal(world_page(w, "/a")->body_len, strlen(WORDS));
	/* the same words in another coding are the same bytes (REQ 26) */
	origin_reply_body(w->origin, "/a", ANY_REQUEST,
			  "Content-Encoding: gzip\r\nContent-Encoding: x-gzip\r\n" TAG,
			  twice, n2);
	step_revisit(w);
	step_expect(w, "/a", VERDICT_UNCHANGED);
	step_ok(w, "/a", TAG, WORDS);
	step_revisit(w);
	step_expect(w, "/a", VERDICT_UNCHANGED);
	for (size_t cut = 1; cut < 12; cut++) {
		origin_reply_body(w->origin, "/a", ANY_REQUEST, fields, once, n - cut);
		step_revisit(w);
		expect_v1(w, "/a", "cut");
	}
	once[n - 6] ^= 1; /* the checksum */
	origin_reply_body(w->origin, "/a", ANY_REQUEST, fields, once, n);
	step_revisit(w);
	expect_v1(w, "/a", "checksum");
	once[n - 6] ^= 1;
	memcpy(once + n, "trailing", 8);
	origin_reply_body(w->origin, "/a", ANY_REQUEST, fields, once, n + 8);
	step_revisit(w);
	step_expect(w, "/a", VERDICT_UNCHANGED);
}

static void a_bomb_is_no_version_REQ61(void **state)
{
	struct world *w = *state;
	size_t len = 64 << 20;
	unsigned char *zipped = malloc(1 << 20);
	char *zeros = calloc(1, len);
	size_t n;

	assert_true(zipped && zeros);
	n = zip(zeros, len, zipped, 1 << 20);
	free(zeros);
	step_see(w, "/a", TAG, WORDS);
	origin_reply_body(w->origin, "/a", ANY_REQUEST, "Content-Encoding: gzip\r\n",
			  zipped, n);
	free(zipped);
	step_revisit(w);
	expect_v1(w, "/a", "bomb");
}

/* 404 -> 200 -> 404 ...: never twice in a row, so never gone. */
static void a_flapping_page_is_never_gone_REQ30(void **state)
{
	struct world *w = *state;

	step_see(w, "/a", TAG, WORDS);
	w->force = false;
	for (int i = 0; i < 4; i++) {
		step_reply(w, "/a", ORIGIN_NOT_FOUND);
		step_visit_due(w);
		step_expect(w, "/a", VERDICT_ERROR);
		step_ok(w, "/a", TAG, WORDS);
		step_visit_due(w);
		step_expect(w, "/a", VERDICT_UNCHANGED);
	}
	assert_int_equal(world_n_changes(w), 1);
}

static void gone_and_back_are_told_once_each_REQ30_34(void **state)
{
	static const char *const bodies[] = { WORDS, "<p>quite another tale" };
	struct world *w = *state;

	step_see(w, "/a", TAG, WORDS);
	for (uint32_t i = 0; i < 2; i++) {
		step_status(w, "/a", "410 Gone", "");
		for (int n = 0; n < 3; n++)
			step_revisit(w);
		step_expect(w, "/a", VERDICT_GONE);
		step_expect_told(w, "/a", CHANGE_GONE);
		assert_int_equal(page_state(world_page(w, "/a")), STATE_GONE);
		step_status(w, "/a", "500 x", ""); /* an outage brings nobody back */
		step_revisit(w);
		assert_int_equal(world_n_changes(w), 2 + 2 * i);
		step_reply(w, "/a", ORIGIN_NOT_FOUND);
		step_revisit(w);
		step_expect(w, "/a", VERDICT_GONE);
		assert_int_equal(world_n_changes(w), 2 + 2 * i);
		step_ok(w, "/a", TAG, bodies[i]);
		step_revisit(w);
		step_revisit(w);
		step_expect_told(w, "/a", CHANGE_BACK);
		assert_int_equal(world_n_changes(w), 3 + 2 * i);
		assert_int_equal(world_page(w, "/a")->version, 3 + 2 * i);
		step_expect(w, "/a", VERDICT_UNCHANGED);
	}
	assert_int_equal(world_n_differences(w), 0);
}

static void a_304_brings_a_gone_page_back_REQ30(void **state)
{
	struct world *w = *state;

	step_see(w, "/a", TAG, WORDS);
	step_status(w, "/a", "410 Gone", "");
	step_revisit(w);
	origin_reply(w->origin, "/a", "If-None-Match: \"v1\"", ORIGIN_NOT_MODIFIED);
	step_revisit(w);
	step_expect(w, "/a", VERDICT_UNCHANGED);
	step_expect_told(w, "/a", CHANGE_BACK);
}

/* A 404 between failures still wants a second witness, an hour apart. */
static void a_failing_host_makes_nothing_gone_REQ30_31(void **state)
{
	static const char *const statuses[] = { "500 x", "503 x", "403 x", "429 x",
						"401 x" };
	struct world *w = *state;

	step_see(w, "/a", TAG, WORDS);
	w->force = false;
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
		step_status(w, "/a", statuses[i], "");
		world_run_for(w, 3 * MS_PER_DAY);
		step_expect(w, "/a", VERDICT_ERROR);
		assert_true(world_page(w, "/a")->n_failures > 0);
	}
	assert_int_equal(world_n_changes(w), 1);
	assert_int_equal(world_page(w, "/a")->version, 1);
	assert_int_equal(world_n_differences(w), 0);
}

static void the_feed_has_one_record_a_version_REQ34(void **state)
{
	static const char *const bodies[] = { "<p>one", "<p>two", "<p>two", "<p>three",
					      "<p>one", "<p>one", "" };
	struct world *w = *state;
	static const size_t n_told[] = { 1, 2, 2, 3, 4, 4, 5 };

	world_seed(w, "/a");
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		step_ok(w, "/a", HTML, bodies[i]);
		step_revisit(w);
		assert_int_equal(world_n_changes(w), n_told[i]);
		assert_int_equal(world_page(w, "/a")->version, n_told[i]);
	}
	assert_int_equal(world_n_differences(w), 0);
}

static void what_nobody_sees_is_minor_REQ35(void **state)
{
	static const char *const bodies[] = {
		"<html><head></head><body><p>words here</p></body></html>",
		"<html><head></head><body><p>words  \n here</p></body></html>",
		"<html><body><!-- built 12:01 --><p>words here</p></body></html>",
		"<html><body><script nonce=abc>x=1</script><p>words here</p></html>",
		"<html><body><script nonce=def>x=2</script><p>words here</p></html>",
		"<html><style>p{}</style><body class=z><p id=q>words here</p></html>",
	};
	struct world *w = *state;

	world_seed(w, "/a");
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		step_ok(w, "/a", HTML, bodies[i]);
		step_revisit(w);
		step_expect(w, "/a", i ? VERDICT_MINOR : VERDICT_NEW);
	}
	assert_int_equal(world_n_changes(w), 1);
	step_ok(w, "/a", HTML, "<html><body><p>words there</p></body></html>");
	step_revisit(w);
	step_expect(w, "/a", VERDICT_CHANGED);
	assert_int_equal(world_n_differences(w), 0);
}

#define flow(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		flow(what_is_not_whole_stores_nothing_REQ27_28_32),
		flow(odd_but_whole_is_a_version_REQ27_33),
		flow(only_200_is_a_version_REQ29_31),
		flow(a_zipped_body_is_whole_or_nothing_REQ27_61),
		flow(a_bomb_is_no_version_REQ61),
		flow(a_flapping_page_is_never_gone_REQ30),
		flow(gone_and_back_are_told_once_each_REQ30_34),
		flow(a_304_brings_a_gone_page_back_REQ30),
		flow(a_failing_host_makes_nothing_gone_REQ30_31),
		flow(the_feed_has_one_record_a_version_REQ34),
		flow(what_nobody_sees_is_minor_REQ35),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
