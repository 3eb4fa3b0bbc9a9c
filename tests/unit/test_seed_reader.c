#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "tools/seed_reader.h"
#include "tools/lines.h"

/* A file in memory that holds `content`, at its start. */
static int file_of(struct span content)
{
	int fd = memfd_create("seeds", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content.data, content.len), (ssize_t)content.len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static struct seed_reader *reader_on(int fd, enum seed_format format)
{
	struct seed_reader *r = NULL;
	struct why why = { "" };

	if (seed_reader_open_fd(fd, "seeds", format, &r, &why))
		fail_msg("%s", why.text);
	close(fd);
	return r;
}

/* All that is read from `fd`, a line each: "LINE URL weight tags" or "LINE! reason". */
static struct buf read_all(int fd, enum seed_format format, enum err *end)
{
	struct seed_reader *r = reader_on(fd, format);
	struct seed_rejection rejection;
	struct buf out = BUF_INIT;
	struct why why = { "" };
	struct seed seed;
	enum err err;

	while (!(err = seed_reader_next(r, &seed, &rejection, &why)) ||
	       err == ERR_INVALID) {
		if (err) {
			assert_true(rejection.excerpt.len <= SEED_EXCERPT_MAX);
			err = buf_printf(&out, "%d! %s\n", (int)rejection.line,
					 rejection.reason.text);
			assert_int_equal(err, ERR_OK);
			continue;
		}
		err = buf_printf(&out, "%d %.*s", (int)seed.line, (int)seed.url.len,
				 seed.url.data);
		if (!err && seed.has_weight)
			err = buf_printf(&out, " %g", seed.weight);
		for (size_t i = 0; !err && i < seed.n_tags; i++)
			err = buf_printf(&out, " [%.*s]", (int)seed.tags[i].len,
					 seed.tags[i].data);
		if (!err)
			err = buf_append_text(&out, "\n");
		assert_int_equal(err, ERR_OK);
	}
	*end = err;
	seed_reader_close(r);
	return out;
}

static void expect(struct span content, enum seed_format format, const char *want)
{
	enum err end;
	struct buf got = read_all(file_of(content), format, &end);

	assert_string_equal(buf_text(&got), want);
	assert_int_equal(end, ERR_NOT_FOUND);
	buf_release(&got);
}

static void text_is_a_url_a_line(void **unused)
{
	(void)unused;
	expect(SPAN("# seeds\n\nhttp://A/\n  \t\nhttps://b/x#y\t\tweight=2.5\ttag=t\ttag=u\n"
		    "http://c/"),
	       SEED_AUTO, "3 http://a/\n5 https://b/x 2.5 [t] [u]\n6 http://c/\n");
	expect(SPAN(""), SEED_AUTO, "");
	expect(SPAN("\n\n#\n"), SEED_AUTO, "");
}

static void a_bad_line_is_rejected_and_the_rest_goes_in(void **unused)
{
	(void)unused;
	expect(SPAN("http://a/\nnonsense\nhttp://u:p@b/\nhttp://c/\twieght=2\n"
		    "http://d/\tx\nhttp://e/ weight=2\nhttp://f/ b=2\n"),
	       SEED_TEXT,
	       "1 http://a/\n2! not an absolute http(s) URL\n"
	       "3! userinfo ('user@') is not allowed\n4! unknown key 'wieght'\n"
	       "5! 'x' is not key=value\n6! key=value must stand behind a TAB\n"
	       "7 http://f/%20b=2\n");
}

static void byte_order_mark_and_crlf_are_seen_through(void **unused)
{
	(void)unused;
	expect(SPAN("\xef\xbb\xbfhttp://a/\r\nhttp://b/\ttag=t\r\n\r\n#\r\nhttp://c/\r"),
	       SEED_AUTO, "1 http://a/\n2 http://b/ [t]\n5 http://c/\n");
	expect(SPAN("\xef\xbb\xbfurl,tag\r\nhttp://a/,t\r\n"), SEED_AUTO,
	       "2 http://a/ [t]\n");
	expect(SPAN("\xef\xbb\xbf{\"url\":\"http://a/\"}\r\n"), SEED_AUTO,
	       "1 http://a/\n");
}

static const struct {
	const char *value, *reason; /* NULL: accepted */
} values[] = {
	{ "weight=0.5", NULL },
	{ "weight=1000000", NULL },
	{ "weight=0", "weight is not between 0.000001 and 1000000" },
	{ "weight=1000001", "weight is not between 0.000001 and 1000000" },
	{ "weight=-1", "weight is not a number between 0.000001 and 1000000" },
	{ "weight=nan", "weight is not a number between 0.000001 and 1000000" },
	{ "weight=inf", "weight is not a number between 0.000001 and 1000000" },
	{ "weight=0x10", "weight is not a number between 0.000001 and 1000000" },
	{ "weight=", "weight is empty" },
	{ "weight=1\tweight=1", "weight is given twice" },
	{ "url=http://b/", "url is given twice" },
	{ "tag=caf\u00e9 au lait", NULL },
	{ "tag=a\ttag=a", NULL },
	{ "tag=a,b", "tag has a comma" },
	{ "tags=a, b,,c", NULL },
	{ "tag=\x1b[2J", "tag is not printable UTF-8" },
	{ "tag=caf\xe9", "tag is not printable UTF-8" },
	{ "tag=1234567890123456789012345678901234567890123456789012345678901234", NULL },
	{ "tag=12345678901234567890123456789012345678901234567890123456789012345",
	  "tag is longer than 64 bytes" },
	{ "tags=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16", NULL },
	{ "tags=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17",
	  "tags is one of more than 16" },
	{ "min_interval=15m\tmax_interval=30d", NULL },
	{ "min_interval=0s", NULL },
	{ "min_interval=2d\tmax_interval=1d", "min_interval is over max_interval" },
	{ "max_interval=0s", "max_interval is zero" },
	{ "min_interval=soon", "min_interval is not a duration (as 90s, 15m, 6h, 30d)" },
	{ "etag=W/\"a,\\b\xe9\"", NULL },
	{ "etag=\"a\x01\"", "etag has a control character" },
	{ "last_modified=Sun, 01 Nov 2026 10:00:00 GMT", NULL },
	{ "last_modified=\x7f", "last_modified has a control character" },
	{ "digest=xxh3:00112233445566778899aabbccddeeff", NULL },
	{ "digest=md5:00", "digest is not 'xxh3:' and 32 hex digits" },
	{ "indexed_at=2026-11-22T14:00:00Z", NULL },
	{ "indexed_at=yesterday", "indexed_at is not a time (as 2026-11-22T14:00:00Z)" },
	{ "indexed_at=1969-01-01T00:00:00Z", "indexed_at is before 1970" },
	{ "=x", "unknown key ''" },
};

static void every_value_is_checked(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		struct buf line = BUF_INIT;
		struct seed_rejection rejection;
		struct seed_reader *r;
		struct seed seed;
		enum err err = buf_printf(&line, "http://a/\t%s\n", values[i].value);

		assert_int_equal(err, ERR_OK);
		r = reader_on(file_of(buf_span(&line)), SEED_TEXT);
		err = seed_reader_next(r, &seed, &rejection, NULL);
		if (err != (values[i].reason ? ERR_INVALID : ERR_OK))
			fail_msg("%s: %s", values[i].value,
				 err ? rejection.reason.text : "accepted");
		if (err)
			assert_string_equal(rejection.reason.text, values[i].reason);
		seed_reader_close(r);
		buf_release(&line);
	}
}

/* An index is adopted in any format: the same seed comes of each. */
static void check_adopted(struct span content)
{
	struct seed_reader *r = reader_on(file_of(content), SEED_AUTO);
	struct seed_rejection rejection;
	char digest[DIGEST_TEXT_SIZE];
	struct why why = { "" };
	struct seed seed;

	rejection.reason.text[0] = '\0';
	if (seed_reader_next(r, &seed, &rejection, &why))
		fail_msg("%s%s", rejection.reason.text, why.text);
	assert_true(span_equal(seed.url, SPAN("http://a/")));
	assert_true(seed.weight == 2.5);
	assert_int_equal(seed.n_tags, 2);
	assert_true(span_equal(seed.tags[0], SPAN("t")));
	assert_true(span_equal(seed.tags[1], SPAN("u v")));
	assert_int_equal(seed.min_interval_ms, 60000);
	assert_int_equal(seed.max_interval_ms, 86400000);
	assert_true(span_equal(seed.etag, SPAN("W/\"x,y\"")));
	assert_true(
		span_equal(seed.last_modified, SPAN("Sun, 01 Nov 2026 10:00:00 GMT")));
	digest_format(&seed.digest, digest);
	assert_string_equal(digest, "xxh3:00112233445566778899aabbccddeeff");
	assert_int_equal(seed.indexed_at_ms, 1793527200250);
	assert_int_equal(seed_reader_next(r, &seed, &rejection, &why), ERR_NOT_FOUND);
	seed_reader_close(r);
}

static void an_index_is_adopted_in_every_format(void **unused)
{
	(void)unused;
	check_adopted(SPAN("http://a/\tweight=2.5\ttag=t\ttag=u v\tmin_interval=60s\t"
			   "max_interval=1d\tetag=W/\"x,y\"\t"
			   "last_modified=Sun, 01 Nov 2026 10:00:00 GMT\t"
			   "digest=xxh3:00112233445566778899aabbccddeeff\t"
			   "indexed_at=2026-11-01T10:00:00.250Z\n"));
	check_adopted(SPAN("URL,\"weight\", tag ,tag,min_interval,max_interval,etag,"
			   "last_modified,digest,indexed_at\n"
			   "http://a/,2.5,t,u v,60s,1d,\"W/\"\"x,y\"\"\","
			   "\"Sun, 01 Nov 2026 10:00:00 GMT\","
			   "xxh3:00112233445566778899aabbccddeeff,"
			   "2026-11-01T10:00:00.250Z\n"));
	check_adopted(SPAN("{\"url\":\"http:\\u002f/a\",\"weight\":2.5,"
			   "\"tags\":[\"t\",\"u v\"],\"min_interval\":\"60s\","
			   "\"max_interval\":\"1d\",\"etag\":\"W/\\\"x,y\\\"\","
			   "\"last_modified\":\"Sun, 01 Nov 2026 10:00:00 GMT\","
			   "\"digest\":\"xxh3:00112233445566778899aabbccddeeff\","
			   "\"indexed_at\":\"2026-11-01T10:00:00.250Z\"}\n"));
}

static void csv_follows_rfc4180(void **unused)
{
	(void)unused;
	expect(SPAN("# c\nweight,url\n1,http://a/\n\n,\"http://b/,\"\"\"\n2,\"http://c/\nd\"\n"
		    "3,http://d/\n"),
	       SEED_AUTO,
	       "3 http://a/ 1\n5 http://b/,%22\n6 http://c/d 2\n8 http://d/ 3\n");
	expect(SPAN("url\nhttp://a/,b\nhttp://b/\n"), SEED_AUTO,
	       "2! 2 cells, but the header has 1\n3 http://b/\n");
	expect(SPAN("url,weight\n\"http://a/\"x,1\n,2\nhttp://b/,\n"), SEED_CSV,
	       "2! text behind closed quotes\n3! there is no url\n4 http://b/\n");
}

static void one_quote_too_many_costs_one_line(void **unused)
{
	struct buf content = BUF_INIT, want = BUF_INIT;

	(void)unused;
	expect(SPAN("url,tag\n\"http://a/,x\nhttp://b/,y\nhttp://c/,z\n"), SEED_CSV,
	       "2! quotes are not closed\n3 http://b/ [y]\n4 http://c/ [z]\n");
	assert_int_equal(buf_append_text(&content, "url\n\"http://a/\n"), ERR_OK);
	assert_int_equal(buf_append_text(&want, "2! quotes are not closed\n"), ERR_OK);
	for (int i = 3; i < 10000; i++) {
		assert_int_equal(buf_append_text(&content, "http://b/\n"), ERR_OK);
		assert_int_equal(buf_printf(&want, "%d http://b/\n", i), ERR_OK);
	}
	expect(buf_span(&content), SEED_CSV, buf_text(&want));
	buf_release(&content);
	buf_release(&want);
}

static void a_csv_header_says_what_is_ignored(void **unused)
{
	(void)unused;
	expect(SPAN("url,title\nhttp://a/,\"A\"\n"), SEED_AUTO,
	       "1! unknown column 'title' is ignored\n2 http://a/\n");
	expect(SPAN("page,title\nhttp://a/,A\n"), SEED_CSV,
	       "1! the CSV header has no column 'url'\n");
	/* A comma and "url" do not make a header. */
	expect(SPAN("http://a/?x,url\n"), SEED_AUTO, "1 http://a/?x,url\n");
}

static void ndjson_is_an_object_a_line(void **unused)
{
	(void)unused;
	expect(SPAN("{\"url\":\"http://a/\",\"weight\":1e3,\"etag\":null,\"tag\":\"t\"}\n"
		    "\n[]\n{\"url\":\"http://b/\",\"url\":\"http://c/\"}\n"
		    "{\"url\":7}\n{\"url\":\"http://d/\",\"wait\":1}\n{}\n"
		    "{\"url\":\"http://e/\",\"tags\":[1]}\n{\"url\":\"http://f/\"}"),
	       SEED_AUTO,
	       "1 http://a/ 1000 [t]\n3! not a JSON object\n"
	       "4! not JSON: duplicate object key near '\"url\"'\n"
	       "5! url is not a string\n6! unknown key 'wait'\n7! there is no url\n"
	       "8! tags is not a string\n9 http://f/\n");
}

static void a_line_of_10_mb_is_one_rejection(void **unused)
{
	struct buf content = BUF_INIT;

	(void)unused;
	assert_int_equal(buf_append_text(&content, "http://a/\nhttp://b/"), ERR_OK);
	assert_int_equal(buf_reserve(&content, 10000000), ERR_OK);
	memset(content.data + content.len, 'b', 10000000);
	content.len += 10000000;
	assert_int_equal(buf_append_text(&content, "\nhttp://c/\n"), ERR_OK);
	expect(buf_span(&content), SEED_AUTO,
	       "1 http://a/\n2! line is longer than 32768 bytes\n3 http://c/\n");
	content.len -= strlen("\nhttp://c/\n");
	expect(buf_span(&content), SEED_AUTO,
	       "1 http://a/\n2! line is longer than 32768 bytes\n");
	buf_release(&content);
}

static void a_url_over_8_kib_is_refused_req62(void **unused)
{
	struct buf content = BUF_INIT;

	(void)unused;
	assert_int_equal(buf_append_text(&content, "http://a/"), ERR_OK);
	while (content.len < 9 * 1024)
		assert_int_equal(buf_append_byte(&content, 'a'), ERR_OK);
	assert_int_equal(buf_append_text(&content, "\nhttp://b/\n"), ERR_OK);
	expect(buf_span(&content), SEED_AUTO, "1! longer than 8192 bytes\n2 http://b/\n");
	buf_release(&content);
}

static void the_longest_line_is_read_at_any_offset(void **unused)
{
	(void)unused;
	for (size_t len = LINES_MAX_LEN - 3; len <= LINES_MAX_LEN + 1; len++) {
		struct buf content = BUF_INIT, got;
		enum err end;

		for (int i = 0; i < 5; i++) {
			size_t start = content.len;

			assert_int_equal(buf_append_text(&content, "#"), ERR_OK);
			while (content.len - start < len)
				assert_int_equal(buf_append_byte(&content, 'x'), ERR_OK);
			assert_int_equal(buf_append_text(&content, "\nhttp://a/\n"),
					 ERR_OK);
		}
		got = read_all(file_of(buf_span(&content)), SEED_TEXT, &end);
		if (len < LINES_MAX_LEN)
			assert_string_equal(buf_text(&got),
					    "2 http://a/\n4 http://a/\n6 http://a/\n"
					    "8 http://a/\n10 http://a/\n");
		else
			assert_non_null(strstr(buf_text(&got),
					       "9! line is longer than 32768 bytes\n"
					       "10 http://a/\n"));
		buf_release(&got);
		buf_release(&content);
	}
}

/* The dates of a sitemap are claims of the origin's, and say nothing of our copies. */
static void sitemaps_and_feeds_are_told_by_their_first_byte(void **unused)
{
	(void)unused;
	expect(SPAN("\n<urlset>\n<url><loc>http://A/?x&amp;y</loc><lastmod>2026</lastmod>"
		    "</url>\n<url><loc>/b</loc></url></urlset>"),
	       SEED_AUTO, "3 http://a/?x&y\n4! not an absolute http(s) URL\n");
	expect(SPAN("\xef\xbb\xbf<feed><entry><link href='http://a/'/></entry>"),
	       SEED_AUTO,
	       "1 http://a/\n1! line 1: Extra content at the end of the document\n");
	expect(SPAN("http://a/\r\nhttp://b/"), SEED_SITEMAP,
	       "1 http://a/\n2 http://b/\n");
}

static void what_is_no_sitemap_ends_the_reading(void **unused)
{
	enum err end;
	struct buf got;

	(void)unused;
	got = read_all(file_of(SPAN("<p>hello</p>")), SEED_AUTO, &end);
	assert_int_equal(end, ERR_CORRUPT);
	assert_int_equal(got.len, 0);
	buf_release(&got);
}

static void binary_files_give_rejections(void **unused)
{
	struct buf content = BUF_INIT, got;
	uint32_t x = 1;
	enum err end;

	(void)unused;
	for (int i = 0; i < 200000; i++) {
		x = x * 1664525 + 1013904223;
		assert_int_equal(buf_append_byte(&content, (char)(x >> 24)), ERR_OK);
	}
	assert_int_equal(buf_append_text(&content, "\nhttp://a/\n"), ERR_OK);
	for (enum seed_format f = SEED_AUTO; f <= SEED_NDJSON; f++) {
		got = read_all(file_of(buf_span(&content)), f, &end);
		assert_int_equal(end, ERR_NOT_FOUND);
		assert_true(got.len > 0);
		if (f <= SEED_TEXT)
			assert_non_null(strstr(buf_text(&got), " http://a/\n"));
		buf_release(&got);
	}
	buf_release(&content);
}

/* Appends one gzip member that holds `content`. */
static void append_gzip(int fd, const char *content)
{
	gzFile z = gzdopen(dup(fd), "ab");

	assert_non_null(z);
	assert_int_equal(gzwrite(z, content, (unsigned)strlen(content)),
			 (int)strlen(content));
	assert_int_equal(gzclose(z), Z_OK);
}

static void gzip_is_read_with_all_its_members(void **unused)
{
	int fd = file_of(SPAN(""));
	struct buf got;
	enum err end;

	(void)unused;
	append_gzip(fd, "http://a/\nhttp://b");
	append_gzip(fd, "/x\nhttp://c/\n");
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	got = read_all(fd, SEED_AUTO, &end);
	assert_string_equal(buf_text(&got), "1 http://a/\n2 http://b/x\n3 http://c/\n");
	assert_int_equal(end, ERR_NOT_FOUND);
	buf_release(&got);
}

static void damaged_gzip_is_told_and_never_cuts_a_url(void **unused)
{
	int fd = file_of(SPAN(""));
	struct buf content = BUF_INIT, got;
	char *text;
	enum err end;

	(void)unused;
	for (int i = 0; i < 20000; i++)
		assert_int_equal(buf_printf(&content, "http://host-%d/%d\n", i, i * 7919),
				 ERR_OK);
	append_gzip(fd, buf_text(&content));
	assert_int_equal(ftruncate(fd, lseek(fd, 0, SEEK_END) / 2), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	got = read_all(fd, SEED_AUTO, &end);
	assert_int_equal(end, ERR_CORRUPT);
	assert_true(got.len > 1000);
	/* Every line that came is one of those that went in. */
	text = got.data;
	for (int i = 0; *text; i++) {
		char want[64];
		int len = snprintf(want, sizeof(want), "%d http://host-%d/%d\n", i + 1, i,
				   i * 7919);

		assert_memory_equal(text, want, (size_t)len);
		text += len;
	}
	buf_release(&got);
	buf_release(&content);
	got = read_all(file_of(SPAN("\x1f\x8b not gzip at all")), SEED_AUTO, &end);
	assert_int_equal(end, ERR_CORRUPT);
	buf_release(&got);
}

static void a_pipe_is_read_to_its_end(void **unused)
{
	struct buf got;
	int fds[2];
	enum err end;

	(void)unused;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "http://a/\nhttp://b/", 19), 19);
	close(fds[1]);
	got = read_all(fds[0], SEED_AUTO, &end);
	assert_string_equal(buf_text(&got), "1 http://a/\n2 http://b/\n");
	buf_release(&got);
}

static void what_cannot_be_opened_is_named(void **unused)
{
	struct seed_reader *r = NULL;
	struct why why = { "" };

	(void)unused;
	assert_int_equal(seed_reader_open("tests/no such file", SEED_AUTO, &r, &why),
			 ERR_NOT_FOUND);
	assert_string_equal(why.text, "cannot open 'tests/no such file': "
				      "No such file or directory");
	assert_int_equal(seed_reader_open("tests", SEED_AUTO, &r, &why), ERR_IO);
	assert_string_equal(why.text, "cannot read 'tests': is a directory");
	assert_null(r);
	seed_reader_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_a_url_a_line),
		cmocka_unit_test(a_bad_line_is_rejected_and_the_rest_goes_in),
		cmocka_unit_test(byte_order_mark_and_crlf_are_seen_through),
		cmocka_unit_test(every_value_is_checked),
		cmocka_unit_test(an_index_is_adopted_in_every_format),
		cmocka_unit_test(csv_follows_rfc4180),
		cmocka_unit_test(one_quote_too_many_costs_one_line),
		cmocka_unit_test(a_csv_header_says_what_is_ignored),
		cmocka_unit_test(ndjson_is_an_object_a_line),
		cmocka_unit_test(a_line_of_10_mb_is_one_rejection),
		cmocka_unit_test(a_url_over_8_kib_is_refused_req62),
		cmocka_unit_test(the_longest_line_is_read_at_any_offset),
		cmocka_unit_test(sitemaps_and_feeds_are_told_by_their_first_byte),
		cmocka_unit_test(what_is_no_sitemap_ends_the_reading),
		cmocka_unit_test(binary_files_give_rejections),
		cmocka_unit_test(gzip_is_read_with_all_its_members),
		cmocka_unit_test(damaged_gzip_is_told_and_never_cuts_a_url),
		cmocka_unit_test(a_pipe_is_read_to_its_end),
		cmocka_unit_test(what_cannot_be_opened_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
