#include "tests/unit/unit.h"

#include <stdio.h>
#include <zlib.h>

#include "tools/cdxj.h"
#include "tools/surt.h"
#include "tools/warc_exchange.h"
#include "tools/warc_index.h"

#define T0 INT64_C(1790000000123) /* 2026-09-21T14:13:20.123Z */

/* ---- bytes ---------------------------------------------------------------------------------- */

static void digests_are_sha1_in_base32(void **unused)
{
	char text[WARC_DIGEST_SIZE];

	(void)unused;
	assert_int_equal(warc_digest(SPAN(""), SPAN(""), text), ERR_OK);
	assert_string_equal(text, "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ");
	assert_int_equal(warc_digest(SPAN("a"), SPAN("bc"), text), ERR_OK);
	assert_string_equal(text, "sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5");
}

static void ids_are_random_uuids(void **unused)
{
	char a[WARC_ID_SIZE], b[WARC_ID_SIZE];

	(void)unused;
	assert_int_equal(warc_make_id(a), ERR_OK);
	assert_int_equal(warc_make_id(b), ERR_OK);
	assert_int_equal(strlen(a),
			 strlen("<urn:uuid:00000000-0000-4000-8000-000000000000>"));
	assert_int_equal(a[24], '4');
	assert_string_not_equal(a, b);
}

/* All members of a gzip file. */
static struct buf unzip(struct span file)
{
	struct buf out = BUF_INIT;
	z_stream z = { .next_in = (Bytef *)(uintptr_t)file.data,
		       .avail_in = (uInt)file.len };

	assert_int_equal(inflateInit2(&z, 31), Z_OK);
	assert_int_equal(buf_reserve(&out, 65536), ERR_OK);
	z.next_out = (Bytef *)out.data;
	z.avail_out = 65536;
	while (z.avail_in) {
		assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
		assert_int_equal(inflateReset(&z), Z_OK);
	}
	out.len = 65536 - z.avail_out;
	out.data[out.len] = '\0';
	inflateEnd(&z);
	return out;
}

static struct warc_record record_of(enum warc_type type, const char *uri,
				    struct span head, struct span body)
{
	struct warc_record r = { .type = type,
				 .id = "<urn:uuid:1>",
				 .at_ms = T0,
				 .uri = span_of(uri),
				 .head = head,
				 .body = body,
				 .has_payload = true };

	return r;
}

static void a_record_is_what_the_standard_says(void **unused)
{
	struct warc_record r =
		record_of(WARC_RESPONSE, "http://a/", SPAN("HEAD\r\n\r\n"), SPAN("abc"));
	struct buf out = BUF_INIT;

	(void)unused;
	r.content_type = SPAN(WARC_HTTP_RESPONSE);
	assert_int_equal(warc_append_header(&out, &r), ERR_OK);
	assert_string_equal(
		buf_text(&out),
		"WARC/1.1\r\n"
		"WARC-Type: response\r\n"
		"WARC-Record-ID: <urn:uuid:1>\r\n"
		"WARC-Date: 2026-09-21T14:13:20.123Z\r\n"
		"WARC-Target-URI: http://a/\r\n"
		"WARC-Block-Digest: sha1:2E5JER23DIZFZATKSVPMNWPUBU2OSLXH\r\n"
		"WARC-Payload-Digest: sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5\r\n"
		"Content-Type: application/http;msgtype=response\r\n"
		"Content-Length: 11\r\n\r\n");
	buf_release(&out);
}

static void nothing_from_outside_ends_a_line_REQ75(void **unused)
{
	struct buf out = BUF_INIT;

	(void)unused;
	assert_int_equal(
		warc_field(&out, "X", SPAN("a\r\nWARC-Type: b\0c\x7f\x1b\xc3\xa9")),
		ERR_OK);
	assert_true(
		span_equal(buf_span(&out), SPAN("X: a  WARC-Type: b c  \xc3\xa9\r\n")));
	buf_release(&out);
}

/* Readers of archives know no HTTP/2. */
static void http_2_is_written_as_http_1_1_and_named(void **unused)
{
	struct fetch_trace trace = { .request_head = BUF_INIT };
	struct fetch_result result = { .trace = &trace,
				       .http_status = 200,
				       .http_version = 20,
				       .address = "[::1]:443" };
	struct warc_exchange x = { .uri = SPAN("https://a/"),
				   .at_ms = T0,
				   .result = &result };
	struct warc_batch batch = { .n = 0 };
	struct warc_packer *packer = NULL;
	struct buf text;

	(void)unused;
	assert_int_equal(warc_packer_new(1, &packer), ERR_OK);
	assert_int_equal(
		buf_set(&trace.request_head, SPAN("GET / HTTP/2\r\nHost: a\r\n\r\n")),
		ERR_OK);
	assert_int_equal(
		buf_set(&trace.response_head, SPAN("HTTP/2 200 \r\na: b\r\n\r\n")),
		ERR_OK);
	assert_int_equal(warc_exchange_pack(packer, &x, EXCHANGE_RESPONSE, &batch, NULL),
			 ERR_OK);
	assert_int_equal(batch.n, 2);
	text = unzip(buf_span(&batch.bytes));
	assert_non_null(strstr(text.data, "\r\n\r\nHTTP/1.1 200 \r\na: b\r\n\r\n"));
	assert_non_null(strstr(text.data, "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	assert_non_null(strstr(text.data, "WARC-Protocol: h2\r\n"));
	assert_non_null(strstr(text.data, "WARC-IP-Address: ::1\r\n"));
	buf_release(&text);
	buf_release(&trace.request_head);
	buf_release(&trace.response_head);
	warc_batch_release(&batch);
	warc_packer_free(packer);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static void surt_keys_are_those_of_other_archives(void **unused)
{
	static const struct {
		const char *url, *key;
	} rows[] = {
		{ "http://example.org/", "org,example)/" },
		{ "https://example.org/a/b", "org,example)/a/b" },
		{ "http://www.example.org/", "org,example)/" },
		{ "http://www2.example.org/", "org,example)/" },
		{ "http://wwwx.example.org/", "org,example,wwwx)/" },
		{ "http://www.org/", "org)/" },
		{ "http://www/", "www)/" },
		{ "http://example.org:8080/A", "org,example:8080)/a" },
		{ "http://example.org/a/", "org,example)/a" },
		{ "http://example.org/a/?q", "org,example)/a?q" },
		{ "http://example.org/?", "org,example)/" },
		{ "http://example.org/?b=2&a=1&B=1", "org,example)/?a=1&b=1&b=2" },
		{ "http://example.org/?b&a=&a", "org,example)/?a&a=&b" },
		{ "http://127.0.0.1/", "1,0,0,127)/" },
		{ "http://[::1]:81/", "[::1]:81)/" },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct buf key = BUF_INIT;

		assert_int_equal(surt_append(&key, span_of(rows[i].url)), ERR_OK);
		assert_string_equal(buf_text(&key), rows[i].key);
		buf_release(&key);
	}
}

static void an_index_line_reads_back(void **unused)
{
	struct cdxj entry = { .url = SPAN("http://a.test/x?b&a"),
			      .at_ms = T0,
			      .mime = SPAN("Text/HTML; charset=x"),
			      .status = 200,
			      .digest = SPAN("sha1:ABC"),
			      .etag = SPAN("\"a\\b\""),
			      .last_modified = SPAN("Sun, 06 Nov 1994 08:49:37 GMT"),
			      .body_digest = digest_of(SPAN("x")) },
		    back;
	struct buf line = BUF_INIT;
	struct why why = { "" };
	json_t *root = NULL;

	(void)unused;
	assert_int_equal(cdxj_begin(&line, &entry), ERR_OK);
	assert_int_equal(cdxj_end(&line, 12, 34, "f.warc.gz"), ERR_OK);
	assert_true(span_starts_with(buf_span(&line),
				     SPAN("test,a)/x?a&b 20260921141320 {\"url\":")));
	assert_non_null(strstr(line.data, "\"mime\":\"text/html\",\"status\":\"200\","
					  "\"digest\":\"ABC\""));
	assert_non_null(strstr(line.data, "\"length\":\"34\",\"offset\":\"12\","
					  "\"filename\":\"f.warc.gz\"}\n"));
	assert_true(cdxj_is_line(buf_span(&line)));
	assert_int_equal(cdxj_parse(span_trim(buf_span(&line)), &back, &root, &why),
			 ERR_OK);
	assert_true(span_equal(back.url, entry.url));
	assert_true(span_equal(back.etag, entry.etag));
	assert_true(span_equal(back.last_modified, entry.last_modified));
	assert_true(digest_equal(&back.body_digest, &entry.body_digest));
	assert_int_equal(back.status, 200);
	assert_int_equal(back.at_ms, T0 / 1000 * 1000);
	json_decref(root);
	buf_release(&line);
}

static void bad_index_lines_are_refused_with_a_reason(void **unused)
{
	static const struct {
		const char *line, *why; /* NULL: it is fine; "": it is passed over */
	} rows[] = {
		{ "a)/ 20260921141320 {\"url\":\"http://a/\"}", NULL },
		{ "a)/ 20260921141320 {\"url\":\"http://a/\",\"status\":404}", NULL },
		{ "a)/ 20260921141320 {\"url\":\"http://a/\",\"status\":\"-\"}", NULL },
		{ "!meta {}", "" },
		{ " CDX N b a m s k r M S V g", "" },
		{ "", "" },
		{ "a)/ 2026 {\"url\":\"http://a/\"}",
		  "no time of 14 digits behind the key" },
		{ "a)/ 20269921133320 {\"url\":\"http://a/\"}",
		  "no time of 14 digits behind the key" },
		{ "a)/", "no time of 14 digits behind the key" },
		{ "a)/ 20260921141320 {\"url\":1}", "the JSON has no \"url\"" },
		{ "a)/ 20260921141320 []", "not a JSON object" },
		{ "a)/ 20260921141320 {\"url\":\"http://a/\",\"body_digest\":\"x\"}",
		  "body_digest is not 'xxh3:' and 32 hex digits" },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct why why = { "" };
		json_t *root = NULL;
		struct cdxj entry;
		enum err err = cdxj_parse(span_of(rows[i].line), &entry, &root, &why);
		enum err wanted = !rows[i].why     ? ERR_OK
				  : rows[i].why[0] ? ERR_INVALID
						   : ERR_NOT_FOUND;

		if (err != wanted ||
		    (wanted == ERR_INVALID && strcmp(why.text, rows[i].why)))
			fail_msg("row %zu: %s: %s", i, err_text(err), why.text);
		json_decref(root);
	}
}

static void an_index_is_sorted_by_its_bytes(void **unused)
{
	struct buf lines = BUF_INIT;

	(void)unused;
	assert_int_equal(buf_set(&lines, SPAN("b 2\na) 1\na)/ 1\nB\nb 1\n")), ERR_OK);
	assert_int_equal(warc_index_sort(&lines), ERR_OK);
	assert_string_equal(buf_text(&lines), "B\na) 1\na)/ 1\nb 1\nb 2\n");
	buf_release(&lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_are_sha1_in_base32),
		cmocka_unit_test(ids_are_random_uuids),
		cmocka_unit_test(a_record_is_what_the_standard_says),
		cmocka_unit_test(nothing_from_outside_ends_a_line_REQ75),
		cmocka_unit_test(http_2_is_written_as_http_1_1_and_named),
		cmocka_unit_test(surt_keys_are_those_of_other_archives),
		cmocka_unit_test(an_index_line_reads_back),
		cmocka_unit_test(bad_index_lines_are_refused_with_a_reason),
		cmocka_unit_test(an_index_is_sorted_by_its_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
