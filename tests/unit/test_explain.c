#include "tests/unit/unit.h"

#include <ctype.h>
#include <stdio.h>

#include "tools/check_end.h"
#include "tools/explain.h"

static void is_sentences(const char *what, int which, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	if (len < 5 || !isupper((unsigned char)text[0]) || !strchr(".?", text[len - 1]))
		fail_msg("%s of %d: '%s'", what, which, text ? text : "NULL");
}

static void is_explained(int which, const struct explanation *e)
{
	assert_non_null(e);
	assert_true(e->name && e->name[0]);
	is_sentences("meaning", which, e->meaning);
	is_sentences("crawler", which, e->crawler);
	is_sentences("owner", which, e->owner);
}

static void every_status_is_explained(void **unused)
{
	(void)unused;
	for (int status = -1; status <= 1000; status++)
		is_explained(status, explain_status(status));
}

static void every_error_is_explained(void **unused)
{
	(void)unused;
	for (int error = FETCH_OK; error <= FETCH_STOPPED; error++)
		is_explained(error, explain_error((enum fetch_error)error));
	is_explained(99, explain_error((enum fetch_error)99));
}

static void every_end_is_explained(void **unused)
{
	(void)unused;
	for (int end = CHECK_ANSWERED; end <= CHECK_UNASKED_PART; end++) {
		struct explanation e =
			check_end_explain((enum check_end)end, FETCH_DNS, 503);

		is_explained(end, &e);
	}
}

/* https://www.iana.org/assignments/http-status-codes, as of 2024. */
static const struct {
	int first, last;
} registered[] = {
	{ 100, 104 }, { 200, 208 }, { 226, 226 }, { 300, 308 },
	{ 400, 418 }, { 421, 426 }, { 428, 429 }, { 431, 431 },
	{ 451, 451 }, { 500, 508 }, { 510, 511 },
};

static bool is_registered(int status)
{
	for (size_t i = 0; i < ARRAY_SIZE(registered); i++)
		if (status >= registered[i].first && status <= registered[i].last)
			return true;
	return false;
}

static void what_is_registered_has_a_text_of_its_own(void **unused)
{
	(void)unused;
	for (int status = 0; status <= 1000; status++)
		if (explain_is_registered(status) != is_registered(status))
			fail_msg("%d", status);
}

static void what_is_not_goes_by_its_class(void **unused) /* RFC 9110 15 */
{
	(void)unused;
	for (int status = 100; status < 600; status++) {
		if (is_registered(status))
			continue;
		assert_string_equal(explain_status(status)->name, "unregistered");
		assert_ptr_equal(explain_status(status),
				 explain_status(status / 100 * 100 + 99));
		assert_ptr_not_equal(explain_status(status), explain_status(600));
	}
	assert_ptr_equal(explain_status(99), explain_status(600));
	assert_ptr_equal(explain_status(-1), explain_status(600));
}

static void only_a_2xx_works(void **unused)
{
	(void)unused;
	for (int status = 0; status < 700; status++)
		assert_int_equal(check_end_works(CHECK_ANSWERED, status),
				 status >= 200 && status < 300);
	for (int end = CHECK_FAILED; end <= CHECK_UNASKED_PART; end++)
		assert_false(check_end_works((enum check_end)end, 200));
}

static void a_robots_txt_out_of_reach_is_mended_by_what_it_answers(void **unused)
{
	(void)unused;
	assert_ptr_equal(check_end_explain(CHECK_NO_ROBOTS, FETCH_OK, 500).owner,
			 explain_status(500)->owner);
	assert_ptr_equal(check_end_explain(CHECK_NO_ROBOTS, FETCH_DNS, 0).owner,
			 explain_error(FETCH_DNS)->owner);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_is_explained),
		cmocka_unit_test(every_error_is_explained),
		cmocka_unit_test(every_end_is_explained),
		cmocka_unit_test(what_is_registered_has_a_text_of_its_own),
		cmocka_unit_test(what_is_not_goes_by_its_class),
		cmocka_unit_test(only_a_2xx_works),
		cmocka_unit_test(a_robots_txt_out_of_reach_is_mended_by_what_it_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
