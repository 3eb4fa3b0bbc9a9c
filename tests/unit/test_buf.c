#include "tests/unit/unit.h"

#include "store/base/buf.h"

static void a_buf_is_always_text_too(void **unused)
{
	struct buf b = BUF_INIT;

	(void)unused;
	assert_string_equal(buf_text(&b), "");
	assert_int_equal(buf_append_text(&b, "ab"), ERR_OK);
	assert_int_equal(buf_printf(&b, "-%d", 7), ERR_OK);
	assert_string_equal(buf_text(&b), "ab-7");
	assert_int_equal(buf_set(&b, span_from(b.data + 1, 2)), ERR_OK);
	assert_string_equal(buf_text(&b), "b-");
	buf_release(&b);
	assert_int_equal(b.len, 0);
}

static void a_cut_walks_a_list(void **unused)
{
	struct span rest = SPAN("a,,b");

	(void)unused;
	assert_true(span_equal(span_cut(&rest, ','), SPAN("a")));
	assert_true(span_equal(span_cut(&rest, ','), SPAN("")));
	assert_true(span_equal(span_cut(&rest, ','), SPAN("b")));
	assert_int_equal(rest.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_buf_is_always_text_too),
		cmocka_unit_test(a_cut_walks_a_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
