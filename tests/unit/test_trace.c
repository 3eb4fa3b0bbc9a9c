/* What a trace may look like, and what is refused. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/scratch_dir.h"
#include "tools/trace.h"

/* Writes `text` to a file and reads it as a trace. */
static enum err read_text(const char *text, size_t len, struct trace *trace,
			  struct why *why)
{
	char path[SCRATCH_DIR_SIZE];
	FILE *f = scratch_file_make(path, "trace");
	enum err err;

	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	trace_init(trace);
	err = trace_read(path, trace, why);
	unlink(path);
	return err;
}

static void a_line_is_a_path_a_first_version_and_the_waits(void **unused)
{
	const char *text = "# a comment\n\na/b c.md\t1000,10,20\r\nd\t5\n";
	struct trace trace;
	struct why why;

	(void)unused;
	assert_int_equal(read_text(text, strlen(text), &trace, &why), ERR_OK);
	assert_int_equal(trace.n_pages, 2);
	assert_true(span_equal(trace_path(&trace, &trace.pages[0]), SPAN("a/b c.md")));
	assert_int_equal(trace.pages[0].n, 3);
	assert_int_equal(trace.at_s[0], 1000);
	assert_int_equal(trace.at_s[1], 1010);
	assert_int_equal(trace.at_s[2], 1030);
	assert_int_equal(trace.at_s[trace.pages[1].first], 5);
	assert_int_equal(trace.last_at_s, 1030);
	trace_release(&trace);
}

static const struct {
	const char *text, *wrong;
} bad_rows[] = {
	{ "", "no pages" },
	{ "# nothing\n", "no pages" },
	{ "a\n", "no times" },
	{ "a\t\n", "no times" },
	{ "\t1,2\n", "no path" },
	{ "a\t1,x\n", "not a whole number" },
	{ "a\t1,,2\n", "not a whole number" },
	{ "a\t1,-5\n", "not a whole number" },
	{ "a\t1.5\n", "not a whole number" },
	{ "a\t 1\n", "not a whole number" },
	{ "a\t99999999999999999999999\n", "not a whole number" },
	{ "a\t253402300800\n", "9999" },
	{ "a\t253402300799,1\n", "9999" },
	{ "a\t9223372036854775807,9223372036854775807\n", "9999" },
	{ "ok\t1\nb\t2,z\n", ":2:" },
};

static void a_bad_line_is_named_and_ends_the_reading(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(bad_rows); i++) {
		struct trace trace;
		struct why why = { "" };
		enum err err = read_text(bad_rows[i].text, strlen(bad_rows[i].text),
					 &trace, &why);

		trace_release(&trace);
		if (err == ERR_OK || !strstr(why.text, bad_rows[i].wrong))
			fail_msg("row %zu: '%s'", i, why.text);
	}
}

static void a_line_over_the_limit_is_refused(void **unused)
{
	size_t len = 200000;
	char *text = malloc(len);
	struct trace trace;
	struct why why;

	(void)unused;
	memset(text, '1', len);
	memcpy(text, "a\t", 2);
	assert_int_equal(read_text(text, len, &trace, &why), ERR_INVALID);
	assert_non_null(strstr(why.text, "too long"));
	trace_release(&trace);
	free(text);
}

static void bytes_of_any_kind_end_in_an_error_only(void **unused)
{
	uint64_t state = 88172645463325252u;

	(void)unused;
	for (int round = 0; round < 200; round++) {
		static const char alphabet[] = "a\t1,\n9\0\x1f\x8b\xff-.";
		char text[300];
		struct trace trace;
		struct why why;

		for (size_t i = 0; i < sizeof(text); i++) {
			state ^= state << 13, state ^= state >> 7, state ^= state << 17;
			text[i] = alphabet[state % (sizeof(alphabet) - 1)];
		}
		if (!read_text(text, sizeof(text), &trace, &why))
			assert_true(trace.n_pages > 0);
		trace_release(&trace);
	}
}

static void what_is_not_there_or_cut_off_is_said(void **unused)
{
	/* The first bytes of a gzip member. */
	const char cut[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b";
	struct trace trace;
	struct why why = { "" };

	(void)unused;
	trace_init(&trace);
	assert_int_not_equal(trace_read("/nonexistent/trace.gz", &trace, &why), ERR_OK);
	assert_non_null(strstr(why.text, "/nonexistent/trace.gz"));
	trace_release(&trace);
	assert_int_not_equal(read_text(cut, sizeof(cut) - 1, &trace, &why), ERR_OK);
	trace_release(&trace);
}

static void the_excerpt_reads_through_gzip(void **unused)
{
	struct trace trace;
	struct why why;

	(void)unused;
	trace_init(&trace);
	assert_int_equal(
		trace_read("tests/data/traces/scoop-extras-200.tsv.gz", &trace, &why),
		ERR_OK);
	assert_int_equal(trace.n_pages, 200);
	assert_string_equal(buf_text(&trace.name), "scoop-extras-200");
	trace_release(&trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_a_path_a_first_version_and_the_waits),
		cmocka_unit_test(a_bad_line_is_named_and_ends_the_reading),
		cmocka_unit_test(a_line_over_the_limit_is_refused),
		cmocka_unit_test(bytes_of_any_kind_end_in_an_error_only),
		cmocka_unit_test(what_is_not_there_or_cut_off_is_said),
		cmocka_unit_test(the_excerpt_reads_through_gzip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
