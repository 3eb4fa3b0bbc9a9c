#include "tests/unit/unit.h"

#include "crawler/header.h"

static void assert_span(struct span s, const char *text)
{
	if (!span_equal(s, span_of(text)))
		fail_msg("'%.*s' is not '%s'", (int)s.len, s.data, text);
}

static void names_have_no_case_and_values_keep_their_bytes(void **unused)
{
	struct header_list list = HEADER_LIST_INIT;
	struct span value;

	(void)unused;
	assert_int_equal(header_add_line(&list, SPAN("ETag: \t \"a  b\" \t\r\n")),
			 ERR_OK);
	assert_int_equal(header_add_line(&list, SPAN("X-Empty:\n")), ERR_OK);
	assert_int_equal(header_add_line(&list, SPAN("etag:W/\"\xff:\\\"")), ERR_OK);
	assert_true(header_get(&list, "ETAG", 0, &value));
	assert_span(value, "\"a  b\"");
	assert_true(header_get(&list, "ETag", 1, &value));
	assert_span(value, "W/\"\xff:\\\"");
	assert_false(header_get(&list, "ETag", 2, &value));
	assert_true(header_get(&list, "x-empty", 0, &value));
	assert_int_equal(value.len, 0);
	assert_int_equal(header_count(&list, "eTag"), 2);
	assert_int_equal(header_count(&list, "ETa"), 0);
	assert_int_equal(list.n_lines, 3);
	header_list_release(&list);
}

static void a_walk_sees_every_line_in_order(void **unused)
{
	struct header_list list = HEADER_LIST_INIT;
	struct span name, value;
	size_t at = 0;

	(void)unused;
	assert_false(header_next(&list, &at, &name, &value));
	assert_int_equal(header_add_line(&list, SPAN("A: 1")), ERR_OK);
	assert_int_equal(header_add_line(&list, SPAN("b:")), ERR_OK);
	assert_true(header_next(&list, &at, &name, &value));
	assert_span(name, "A");
	assert_span(value, "1");
	assert_true(header_next(&list, &at, &name, &value));
	assert_span(name, "b");
	assert_span(value, "");
	assert_false(header_next(&list, &at, &name, &value));
	header_list_clear(&list);
	assert_int_equal(list.n_lines, 0);
	assert_int_equal(header_count(&list, "A"), 0);
	header_list_release(&list);
}

static const struct {
	const char *why;
	struct span line;
} bad_rows[] = {
	{ "empty", { "", 0 } },
	{ "only a line end", { "\r\n", 2 } },
	{ "no colon", { "ETag \"a\"", 8 } },
	{ "no name", { ": a", 3 } },
	{ "space before the colon", { "ETag : a", 8 } },
	{ "space inside the name", { "E Tag: a", 8 } },
	{ "folded line", { " more: a", 8 } },
	{ "control octet in the name", { "E\x01: a", 5 } },
	{ "DEL in the name", { "E\x7f: a", 5 } },
	{ "bare CR in the value", { "A: b\rC: d", 9 } },
	{ "LF in the value", { "A: b\nC: d", 9 } },
	{ "NUL in the value", { "A: b\0d", 6 } },
};

static void a_line_that_forges_or_means_nothing_is_not_kept(void **unused)
{
	struct header_list list = HEADER_LIST_INIT;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(bad_rows); i++) {
		if (header_add_line(&list, bad_rows[i].line) != ERR_INVALID)
			fail_msg("row %zu: %s", i, bad_rows[i].why);
	}
	assert_int_equal(list.n_lines, 0);
	assert_int_equal(list.lines.len, 0);
	header_list_release(&list);
}

/* REQ 59 */
static void lines_and_bytes_have_a_ceiling(void **unused)
{
	static char big[HEADER_MAX_BYTES + 2];
	struct header_list list = HEADER_LIST_INIT;

	(void)unused;
	for (int i = 0; i < HEADER_MAX_LINES; i++)
		assert_int_equal(header_add_line(&list, SPAN("A: b")), ERR_OK);
	assert_int_equal(header_add_line(&list, SPAN("A: b")), ERR_TOO_LARGE);
	assert_int_equal(list.n_lines, HEADER_MAX_LINES);
	header_list_clear(&list);
	memset(big, 'x', sizeof(big));
	big[1] = ':';
	assert_int_equal(header_add_line(&list, span_from(big, HEADER_MAX_BYTES + 1)),
			 ERR_TOO_LARGE);
	assert_int_equal(header_add_line(&list, span_from(big, HEADER_MAX_BYTES - 2)),
			 ERR_OK);
	assert_int_equal(header_add_line(&list, SPAN("A: b")), ERR_TOO_LARGE);
	header_list_release(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_have_no_case_and_values_keep_their_bytes),
		cmocka_unit_test(a_walk_sees_every_line_in_order),
		cmocka_unit_test(a_line_that_forges_or_means_nothing_is_not_kept),
		cmocka_unit_test(lines_and_bytes_have_a_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
