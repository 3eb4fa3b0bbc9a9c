#include "tests/unit/unit.h"

#include <stdlib.h>

#include "crawler/html.h"
#include "crawler/ignore.h"

static const struct {
	const char *rule;
	bool valid;
} rule_rows[] = {
	{ ".ad", true },
	{ "#clock", true },
	{ "//footer", true },
	{ "/html/body//p", true },
	{ "//*[@data-x]", true },
	{ "//time[@class=\"now\"]", true },
	{ "//time[@class='now']", true },
	{ "", false },
	{ "ad", false },
	{ ".", false },
	{ "#", false },
	{ ".a.b", false },
	{ "/", false },
	{ "//", false },
	{ "//p/", false },
	{ "///p", false },
	{ "//p[1]", false },
	{ "//p[@a=b]", false },
	{ "//p[@a='b]", false },
	{ "//p[@]", false },
	{ "//p[@a]/b", false },
	{ "//p | //q", false },
	{ "/a/b/c/d/e/f/g/h", true },
	{ "/a/b/c/d/e/f/g/h/i", false },
};

static void only_rules_that_can_be_told_from_a_stream_are_valid(void **unused)
{
	struct ignore_rule rule;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rule_rows); i++)
		if ((ignore_parse(span_of(rule_rows[i].rule), &rule) == ERR_OK) !=
		    rule_rows[i].valid)
			fail_msg("'%s'", rule_rows[i].rule);
}

static const struct {
	const char *why, *rules, *page, *text;
} page_rows[] = {
	{ "a class", ".ad", "<p>a<p class=ad>b<p>c", "a\nc" },
	{ "one of several classes", ".ad", "<p>a<p class='big ad'>b<p>c", "a\nc" },
	{ "a part of a class is none", ".ad", "<p>a<p class=advice>b", "a\nb" },
	{ "classes have case", ".ad", "<p class=AD>b", "b" },
	{ "an id", "#x", "<p>a<div id=x><p>b</div>c", "a\nc" },
	{ "a path from anywhere", "//footer//p", "<p>a<footer><div><p>b</div>c</footer>",
	  "a\nc" },
	{ "children only", "//footer/p", "<footer><div><p>b</div><p>c</footer>d",
	  "b\nd" },
	{ "a path from the root", "/html/body/p",
	  "<html><body><p>a</p><div><p>b</div></body></html>", "b" },
	{ "any name", "//nav/*", "<nav>a<b>b</b></nav>c", "a\nc" },
	{ "an attribute", "//p[@hidden-for]", "<p hidden-for=x>a<p>b", "b" },
	{ "an attribute's value", "//p[@role='x']", "<p role=x>a<p role=y>b", "b" },
	{ "two rules", ".ad\n#x", "<p class=ad>a<p id=x>b<p>c", "c" },
	{ "a later step that is met twice", "//a//b/i", "<a><b><b><i>x</i></b></b></a>y",
	  "y" },
	{ "what is no rule does nothing", "p", "<p>a", "a" },
	{ "void elements hide nothing behind them", "//img", "a<img>b", "a b" },
};

static void what_a_rule_names_is_not_read(void **unused)
{
	const struct html_limits limits = { HTML_MAX_BYTES, HTML_MAX_DEPTH, 0, NULL };
	struct html html;

	(void)unused;
	html_init(&html);
	for (size_t i = 0; i < ARRAY_SIZE(page_rows); i++) {
		html.ignore = span_of(page_rows[i].rules);
		assert_int_equal(html_parse(span_of(page_rows[i].page), SPAN("utf-8"),
					    &limits, &html),
				 ERR_OK);
		if (strcmp(buf_text(&html.text), page_rows[i].text) != 0)
			fail_msg("%s: '%s'", page_rows[i].why, buf_text(&html.text));
	}
	html_release(&html);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_rules_that_can_be_told_from_a_stream_are_valid),
		cmocka_unit_test(what_a_rule_names_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
