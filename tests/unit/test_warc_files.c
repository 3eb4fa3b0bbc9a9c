#include "tests/unit/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/scratch_dir.h"
#include "tests/warc_files.h"
#include "tools/cdxj.h"
#include "tools/warc_http.h"
#include "tools/warc_writer.h"

#define T0 INT64_C(1790000000123) /* 2026-09-21T14:13:20.123Z */

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

static char dir[SCRATCH_DIR_SIZE];

static int setup(void **unused)
{
	(void)unused;
	scratch_dir_make(dir, "warc");
	return 0;
}

static int teardown(void **unused)
{
	(void)unused;
	scratch_remove(dir);
	return 0;
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
