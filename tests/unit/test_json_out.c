#include "tests/unit/unit.h"

#include <math.h>

#include "tools/json_out.h"

static void commas_and_colons_come_by_themselves(void **unused)
{
	struct buf out = BUF_INIT;
	struct json_out j;

	(void)unused;
	json_start(&j, &out);
	json_open(&j, '{');
	json_key_text(&j, "a", SPAN("x"));
	json_key_open(&j, "list", '[');
	json_whole(&j, 1);
	json_open(&j, '[');
	json_close(&j, ']');
	json_open(&j, '{');
	json_key_bool(&j, "b", true);
	json_key_null(&j, "c");
	json_close(&j, '}');
	json_bool(&j, false);
	json_close(&j, ']');
	json_key_bytes(&j, "etag", SPAN("\"\xff\""));
	json_key_text_or_null(&j, "t", SPAN(""));
	json_close(&j, '}');
	assert_int_equal(json_end(&j), ERR_OK);
	assert_string_equal(buf_text(&out),
			    "{\"a\":\"x\",\"list\":[1,[],{\"b\":true,\"c\":null},false],"
			    "\"etag\":\"\\\"\\\\xff\\\"\",\"t\":null}");
	buf_release(&out);
}

static void lines_of_ndjson_have_no_commas_between_them(void **unused)
{
	struct buf out = BUF_INIT;
	struct json_out j;

	(void)unused;
	json_start(&j, &out);
	for (int i = 0; i < 2; i++) {
		json_open(&j, '{');
		json_key_whole(&j, "n", i);
		json_close(&j, '}');
		json_line(&j);
	}
	assert_int_equal(json_end(&j), ERR_OK);
	assert_string_equal(buf_text(&out), "{\"n\":0}\n{\"n\":1}\n");
	buf_release(&out);
}

static void numbers_are_exact(void **unused)
{
	struct buf out = BUF_INIT;
	struct json_out j;

	(void)unused;
	json_start(&j, &out);
	json_open(&j, '[');
	json_whole(&j, INT64_MAX);
	json_whole(&j, INT64_MIN);
	json_decimal(&j, 0.1);
	json_decimal(&j, 1.0 / 3);
	json_decimal(&j, 1e300);
	json_decimal(&j, 2);
	json_decimal(&j, NAN);
	json_decimal(&j, INFINITY);
	json_close(&j, ']');
	assert_int_equal(json_end(&j), ERR_OK);
	assert_string_equal(buf_text(&out),
			    "[9223372036854775807,-9223372036854775808,0.1,"
			    "0.3333333333333333,1e+300,2,null,null]");
	buf_release(&out);
}

static void never_is_null_and_instants_are_rfc3339(void **unused)
{
	struct buf out = BUF_INIT;
	struct json_out j;

	(void)unused;
	json_start(&j, &out);
	json_open(&j, '{');
	json_key_time(&j, "never", 0);
	json_key_time(&j, "at", 1795356000123);
	json_close(&j, '}');
	assert_int_equal(json_end(&j), ERR_OK);
	assert_string_equal(buf_text(&out),
			    "{\"never\":null,\"at\":\"2026-11-22T14:00:00.123Z\"}");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commas_and_colons_come_by_themselves),
		cmocka_unit_test(lines_of_ndjson_have_no_commas_between_them),
		cmocka_unit_test(numbers_are_exact),
		cmocka_unit_test(never_is_null_and_instants_are_rfc3339),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
