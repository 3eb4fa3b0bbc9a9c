#include "tests/unit/unit.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "store/base/clock.h"
#include "tests/warc_files.h"
#include "tools/cdxj.h"
#include "tools/surt.h"
#include "tools/warc_exchange.h"
#include "tools/warc_http.h"
#include "tools/warc_index.h"
#include "tools/warc_writer.h"

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

/* ---- reading --------------------------------------------------------------------------------- */

static void add(struct buf *file, bool gzip, struct warc_record r)
{
	struct warc_packer *packer = NULL;

	assert_int_equal(warc_packer_new(6, &packer), ERR_OK);
	if (gzip) {
		assert_int_equal(warc_pack(packer, &r, file), ERR_OK);
	} else {
		assert_int_equal(warc_append_header(file, &r), ERR_OK);
		assert_int_equal(buf_append_span(file, r.head), ERR_OK);
		assert_int_equal(buf_append_span(file, r.body), ERR_OK);
		assert_int_equal(buf_append_text(file, WARC_RECORD_END), ERR_OK);
	}
	warc_packer_free(packer);
}

static int file_of(struct span content)
{
	int fd = memfd_create("warc", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content.data, content.len), content.len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* "http://a/ 3;? reason;": each record with the bytes of its block. */
static struct buf read_all(struct span content)
{
	int fd = file_of(content);
	struct warc_reader *reader = NULL;
	struct warc_head head = { .type = WARC_OTHER };
	struct buf out = BUF_INIT, block = BUF_INIT;
	struct why why = { "" };
	enum err err;

	assert_int_equal(warc_reader_open_fd(fd, "file", &reader, &why), ERR_OK);
	while ((err = warc_reader_next(reader, &head, &why)) != ERR_NOT_FOUND) {
		size_t before;

		buf_clear(&block);
		do {
			before = block.len;
			if (!err)
				err = warc_reader_block(reader, 1000, &block, &why);
		} while (!err && block.len > before);
		if (err)
			assert_int_equal(buf_printf(&out, "? %s;", why.text), ERR_OK);
		else
			assert_int_equal(buf_printf(&out, "%.*s %zu;", (int)head.uri.len,
						    head.uri.data, block.len),
					 ERR_OK);
		assert_true(!err || err == ERR_INVALID);
	}
	warc_reader_close(reader);
	header_list_release(&head.fields);
	buf_release(&block);
	close(fd);
	return out;
}

static void expect_read(struct span content, const char *wanted)
{
	struct buf got = read_all(content);

	assert_string_equal(buf_text(&got), wanted);
	buf_release(&got);
}

static struct buf three_records(bool gzip, size_t starts[3])
{
	static char large[200000];
	struct buf file = BUF_INIT;

	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = (char)(i * i >> 3);
	starts[0] = file.len;
	add(&file, gzip, record_of(WARC_RESPONSE, "http://a/", SPAN("x"), SPAN("yz")));
	starts[1] = file.len;
	add(&file, gzip,
	    record_of(WARC_RESOURCE, "http://b/", SPAN(""),
		      span_from(large, sizeof(large))));
	starts[2] = file.len;
	add(&file, gzip, record_of(WARC_RESPONSE, "http://c/", SPAN(""), SPAN("")));
	return file;
}

static void records_are_read_plain_and_zipped(void **unused)
{
	size_t starts[3];

	(void)unused;
	for (int gzip = 0; gzip < 2; gzip++) {
		struct buf file = three_records(gzip, starts);

		expect_read(buf_span(&file), "http://a/ 3;http://b/ 200000;http://c/ 0;");
		buf_release(&file);
	}
	expect_read(SPAN(""), "");
}

static void damage_costs_the_record_that_it_is_in(void **unused)
{
	size_t starts[3];

	(void)unused;
	for (int gzip = 0; gzip < 2; gzip++) {
		struct buf file = three_records(gzip, starts);

		/* in the middle of the second */
		memset(file.data + starts[1] + (gzip ? 200 : 30), 'X', 100);
		expect_read(buf_span(&file),
			    gzip ? "http://a/ 3;? gzip data is damaged;http://c/ 0;"
				 : "http://a/ 3;? the record has no WARC-Type;"
				   "http://c/ 0;");
		buf_release(&file);
		/* cut in the middle of the third */
		file = three_records(gzip, starts);
		file.len -= 10;
		expect_read(buf_span(&file),
			    gzip ? "http://a/ 3;http://b/ 200000;? gzip data ends early;"
				 : "http://a/ 3;http://b/ 200000;"
				   "? the file ends within a header;");
		buf_release(&file);
	}
	expect_read(SPAN("what is this\nit is no WARC\n"),
		    "? no WARC record begins here;");
}

static void lengths_that_lie_are_noticed(void **unused)
{
	static const struct {
		const char *file, *wanted;
	} rows[] = {
		{ "WARC/1.0\r\nWARC-Type: x\r\nContent-Length: 2\r\n\r\nabc\r\n\r\n",
		  " 2;? the record does not end where it should;" },
		{ "WARC/1.0\r\nWARC-Type: x\r\nContent-Length: 9\r\n\r\nabc\r\n\r\n",
		  "? the file ends within a record;" },
		{ "WARC/1.0\r\nWARC-Type: x\r\nContent-Length: -1\r\n\r\n",
		  "? the record has no Content-Length;" },
		{ "WARC/1.0\r\nContent-Length: 0\r\n\r\n\r\n\r\n",
		  "? the record has no WARC-Type;" },
		{ "WARC/1.0\r\nWARC-Type: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
		  "? the record has no Content-Length;" },
		{ "\r\n\r\nWARC/1.0\nWARC-Type: x\nWARC-Target-URI: <http://a/>\n"
		  "content-length:0\n\n\r\n\r\n",
		  "http://a/ 0;" },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		expect_read(span_of(rows[i].file), rows[i].wanted);
}

static void chunks_are_undone_only_if_they_are_some(void **unused)
{
	static const struct {
		const char *bytes, *body; /* NULL: they are none */
	} rows[] = {
		{ "3\r\nabc\r\n0\r\n\r\n", "abc" },
		{ "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\n", "abcde" },
		{ "0\r\n\r\n", "" },
		{ "abc", NULL },
		{ "3\r\nabcd\r\n0\r\n\r\n", NULL },
		{ "3\r\nabc\r\n", NULL },
		{ "3\r\nab", NULL },
		{ "<p>no", NULL },
		{ "", NULL },
		{ "fffffffff\r\n", NULL },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct buf body = BUF_INIT;
		bool is_chunked;

		assert_int_equal(
			warc_http_dechunk(span_of(rows[i].bytes), &body, &is_chunked),
			ERR_OK);
		if (is_chunked != (rows[i].body != NULL) ||
		    (is_chunked && strcmp(buf_text(&body), rows[i].body) != 0))
			fail_msg("row %zu", i);
		buf_release(&body);
	}
}

/* ---- files ------------------------------------------------------------------------------------ */

static void add_to_batch(struct warc_batch *batch, const char *uri, struct span body)
{
	struct warc_record r = record_of(WARC_RESOURCE, uri, SPAN(""), body);
	struct cdxj entry = { .url = span_of(uri), .at_ms = T0 };

	warc_batch_clear(batch);
	add(&batch->bytes, true, r);
	assert_int_equal(cdxj_begin(&batch->lines, &entry), ERR_OK);
	batch->items[0].len = batch->bytes.len;
	batch->items[0].line_len = batch->lines.len;
	batch->n = 1;
}

static struct warc_writer *new_writer(const char *dir)
{
	struct warc_writer_config config = { .dir = dir,
					     .max_bytes = 1 << 20,
					     .user_agent = "freshet/1\r\nX: y" };
	struct warc_writer *writer = NULL;
	struct why why = { "" };

	if (warc_writer_new(&config, &writer, &why))
		fail_msg("%s", why.text);
	return writer;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static char dir[64];

static int setup(void **unused)
{
	(void)unused;
	snprintf(dir, sizeof(dir), "/tmp/freshet-warc.XXXXXX");
	return mkdtemp(dir) ? 0 : 1;
}

static int teardown(void **unused)
{
	(void)unused;
	return nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Path of the one file whose name ends like that; "" if there is none. */
static const char *find_file(const char *ending)
{
	static char path[512];
	struct dirent **names = NULL;
	int n = scandir(dir, &names, NULL, alphasort);

	path[0] = '\0';
	for (int i = 0; i < n; i++) {
		size_t len = strlen(names[i]->d_name), end = strlen(ending);

		if (len >= end && strcmp(names[i]->d_name + len - end, ending) == 0)
			snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return path;
}

static void write_three(struct warc_writer *writer)
{
	struct warc_batch batch = { .n = 0 };

	add_to_batch(&batch, "http://a/1", SPAN("one"));
	assert_int_equal(warc_writer_add(writer, &batch, T0), ERR_OK);
	add_to_batch(&batch, "http://a/2", SPAN("two"));
	assert_int_equal(warc_writer_add(writer, &batch, T0), ERR_OK);
	assert_int_equal(warc_writer_sync(writer), ERR_OK);
	add_to_batch(&batch, "http://a/3", SPAN("three"));
	assert_int_equal(warc_writer_add(writer, &batch, T0), ERR_OK);
	warc_batch_release(&batch);
}

static void expect_files(const char *wanted)
{
	struct warc_files files;
	struct buf summary;

	warc_files_read(dir, &files);
	summary = warc_files_summary(&files);
	assert_string_equal(buf_text(&summary), wanted);
	buf_release(&summary);
	warc_files_release(&files);
}

static void a_file_has_its_name_when_it_is_whole(void **unused)
{
	struct warc_writer *writer = new_writer(dir);

	(void)unused;
	write_three(writer);
	assert_string_equal(find_file(".warc.gz"), "");
	assert_string_equal(find_file(".cdxj"), "");
	assert_int_equal(warc_writer_close(writer), ERR_OK);
	assert_string_equal(find_file(".open"), "");
	expect_files("resource /1;resource /2;resource /3;");
	warc_writer_free(writer);
}

/* As after kill -9: what was not synced is lost, and may be cut anywhere. */
static void what_was_left_open_is_finished(void **unused)
{
	struct warc_writer *writer = new_writer(dir);
	FILE *f;

	(void)unused;
	write_three(writer);
	warc_writer_free(writer);
	f = fopen(find_file(".open"), "a");
	assert_non_null(f);
	fwrite("\x1f\x8b\x08\0\0\0\0\0\0\3"
	       "cut",
	       1, 13, f);
	fclose(f);
	writer = new_writer(dir);
	assert_string_equal(find_file(".open"), "");
	expect_files("resource /1;resource /2;");
	warc_writer_free(writer);
}

static void what_another_process_writes_is_left_alone(void **unused)
{
	struct warc_writer *writer = new_writer(dir), *other;

	(void)unused;
	write_three(writer);
	other = new_writer(dir);
	assert_string_not_equal(find_file(".open"), "");
	write_three(other); /* in the same millisecond */
	assert_int_equal(warc_writer_close(other), ERR_OK);
	assert_int_equal(warc_writer_close(writer), ERR_OK);
	expect_files("resource /1;resource /2;resource /3;"
		     "resource /1;resource /2;resource /3;");
	warc_writer_free(writer);
	warc_writer_free(other);
}

static void an_empty_file_that_was_left_open_goes(void **unused)
{
	char path[128];
	FILE *f;

	(void)unused;
	snprintf(path, sizeof(path), "%s/freshet-x.warc.gz.open", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fclose(f);
	snprintf(path, sizeof(path), "%s/other.warc.gz.open", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fclose(f);
	warc_writer_free(new_writer(dir));
	assert_string_equal(find_file("freshet-x.warc.gz.open"), "");
	assert_string_equal(find_file("freshet-x.warc.gz"), "");
	assert_string_equal(find_file("other.warc.gz.open"), path); /* not ours */
}

#define IN_DIR(claim) cmocka_unit_test_setup_teardown(claim, setup, teardown)

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
		cmocka_unit_test(records_are_read_plain_and_zipped),
		cmocka_unit_test(damage_costs_the_record_that_it_is_in),
		cmocka_unit_test(lengths_that_lie_are_noticed),
		cmocka_unit_test(chunks_are_undone_only_if_they_are_some),
		IN_DIR(a_file_has_its_name_when_it_is_whole),
		IN_DIR(what_was_left_open_is_finished),
		IN_DIR(what_another_process_writes_is_left_alone),
		IN_DIR(an_empty_file_that_was_left_open_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
