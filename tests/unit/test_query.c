/* test_query.c - parameters of a request as flags of a command. */
#include "tests/unit/unit.h"

#include <string.h>

#include "tools/query.h"

static const struct query_form list_form = { "list", NULL, "state|host|limit|sort" };
static const struct query_form changes_form = { "changes", NULL, "since|all" };
static const struct query_form show_form = { "show", "url", "history" };

struct row {
	const char *why;
	const struct query_form *form;
	const char *pairs;     /* "name=value&name=value", not encoded */
	const char *complaint; /* NULL: none */
};

static const struct row rows[] = {
	{ "none", &list_form, "", NULL },
	{ "a flag with a value", &list_form, "limit=5", NULL },
	{ "a list", &list_form, "state=gone,stale&state=moved", NULL },
	{ "a value is checked as the command does", &list_form, "limit=many",
	  "--limit 'many': expected a whole number" },
	{ "a choice, too", &list_form, "sort=beauty", "--sort 'beauty'" },
	{ "a flag of the command that is not listed", &list_form, "format=csv",
	  "unknown parameter 'format'" },
	{ "a flag of every command", &list_form, "db=/etc", "unknown parameter 'db'" },
	{ "an abbreviation", &list_form, "lim=5", "unknown parameter 'lim'" },
	{ "a flag without value", &changes_form, "all=", NULL },
	{ "... said out loud", &changes_form, "all=yes", NULL },
	{ "... or not wanted", &changes_form, "all=no", NULL },
	{ "... or what?", &changes_form, "all=perhaps", "all: expected yes or no" },
	{ "an argument", &show_form, "url=http://a/", NULL },
	{ "an argument that looks like a flag", &show_form, "url=--db=/etc", NULL },
	{ "an empty argument", &show_form, "url=", NULL },
	{ "no argument where one is wanted", &show_form, "history=3", "'show' needs" },
};

static enum err parse(struct query *query, const struct row *row, struct why *why)
{
	struct query_pair pairs[8];
	struct span rest = span_of(row->pairs);
	size_t n = 0;

	for (; rest.len; n++) {
		pairs[n].value = span_cut(&rest, '&');
		pairs[n].name = span_cut(&pairs[n].value, '=');
	}
	return query_parse(query, row->form, pairs, n, why);
}

static void parameters_are_read_as_flags(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct why why = { "" };
		struct query query;
		enum err err = parse(&query, &rows[i], &why);

		if (rows[i].complaint ? !strstr(why.text, rows[i].complaint) : err != 0)
			fail_msg("row %zu: %s: '%s'", i, rows[i].why, why.text);
		query_release(&query);
	}
}

static void what_was_given_can_be_asked_for(void **unused)
{
	struct row row = { "", &show_form, "url=--db=/etc&history=7", NULL };
	struct why why = { "" };
	struct query query;

	(void)unused;
	assert_int_equal(parse(&query, &row, &why), ERR_OK);
	assert_string_equal(option_arg(&query.options, 0), "--db=/etc");
	assert_int_equal(option_count(&query.options, "history", 0), 7);
	assert_false(option_given(&query.options, "db"));
	query_release(&query);
	row = (struct row){ "", &changes_form, "all=no&since=3", NULL };
	assert_int_equal(parse(&query, &row, &why), ERR_OK);
	assert_false(option_bool(&query.options, "all"));
	query_release(&query);
}

static void a_nul_is_no_part_of_a_value(void **unused)
{
	struct query_pair pair = { SPAN("url"), SPAN("http://a/\0b") };
	struct why why = { "" };
	struct query query;

	(void)unused;
	assert_int_equal(query_parse(&query, &show_form, &pair, 1, &why), ERR_INVALID);
	query_release(&query);
}

static void there_may_be_too_many(void **unused)
{
	struct query_pair pairs[QUERY_PAIRS_MAX + 1];
	struct why why = { "" };
	struct query query;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		pairs[i] = (struct query_pair){ SPAN("limit"), SPAN("1") };
	assert_int_equal(query_parse(&query, &list_form, pairs, QUERY_PAIRS_MAX, &why),
			 ERR_OK);
	query_release(&query);
	assert_int_equal(query_parse(&query, &list_form, pairs, ARRAY_SIZE(pairs), &why),
			 ERR_INVALID);
	query_release(&query);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters_are_read_as_flags),
		cmocka_unit_test(what_was_given_can_be_asked_for),
		cmocka_unit_test(a_nul_is_no_part_of_a_value),
		cmocka_unit_test(there_may_be_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
