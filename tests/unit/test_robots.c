#include "tests/unit/unit.h"

#include <stdlib.h>

#include "crawler/robots.h"
#include "store/base/clock.h"

static struct robots *parse_for(const char *agent, struct span body)
{
	struct robots *robots = NULL;

	assert_int_equal(robots_parse(body, span_of(agent), &robots), ERR_OK);
	return robots;
}

static struct robots_match match_of(const struct robots *robots, const char *target)
{
	struct robots_match match;

	assert_int_equal(robots_match(robots, span_of(target), &match), ERR_OK);
	return match;
}

static bool allows(const char *agent, struct span body, const char *target)
{
	struct robots *robots = parse_for(agent, body);
	bool allowed = match_of(robots, target).allowed;

	robots_free(robots);
	return allowed;
}

#define BODY(text)                     \
	{                              \
		text, sizeof(text) - 1 \
	}

/* REQ 46-49; RFC 9309 2.2 */
static const struct {
	const char *why;
	struct span body;
	const char *agent, *target;
	bool allowed;
} rows[] = {
	/* groups: 2.2.1 */
	{ "no file, no rules", BODY(""), "Foo", "/x", true },
	{ "a rule without a group", BODY("Disallow: /\n"), "Foo", "/x", true },
	{ "our group", BODY("User-agent: Foo\nDisallow: /\n"), "Foo", "/x", false },
	{ "tokens have no case", BODY("USER-AGENT: fOO\ndisallow: /\n"), "FoO", "/x",
	  false },
	{ "another's group", BODY("User-agent: Bar\nDisallow: /\n"), "Foo", "/x", true },
	{ "a longer token", BODY("User-agent: Food\nDisallow: /\n"), "Foo", "/x", true },
	{ "a shorter token", BODY("User-agent: Fo\nDisallow: /\n"), "Foo", "/x", true },
	{ "our version in the agent", BODY("User-agent: Foo\nDisallow: /\n"),
	  "Foo/1.2 (+http://x)", "/x", false },
	{ "a version in the file", BODY("User-agent: Foo/9\nDisallow: /\n"), "Foo", "/x",
	  false },
	{ "star", BODY("User-agent: *\nDisallow: /\n"), "Foo", "/x", false },
	{ "star with more", BODY("User-agent: * all\nDisallow: /\n"), "Foo", "/x", true },
	{ "no agent gets star", BODY("User-agent: *\nDisallow: /\n"), "", "/x", false },
	{ "no agent is no name", BODY("User-agent:\nDisallow: /\n"), "", "/x", true },
	{ "ours before star",
	  BODY("User-agent: *\nDisallow: /\nUser-agent: Foo\nAllow: /\n"), "Foo", "/x",
	  true },
	{ "ours without rules still replaces star",
	  BODY("User-agent: *\nDisallow: /\nUser-agent: Foo\n"), "Foo", "/x", true },
	{ "ours with an empty rule",
	  BODY("User-agent: Foo\nDisallow:\nUser-agent: *\n"
	       "Disallow: /\n"),
	  "Foo", "/x", true },
	{ "two lines, one group",
	  BODY("User-agent: Bar\nUser-agent: Foo\nDisallow: /x\n"), "Foo", "/x", false },
	{ "our groups are merged",
	  BODY("User-agent: Foo\nDisallow: /a\nUser-agent: Bar\nDisallow: /b\n"
	       "User-agent: foo\nDisallow: /c\n"),
	  "Foo", "/c", false },
	{ "merged without the other's",
	  BODY("User-agent: Foo\nDisallow: /a\nUser-agent: Bar\nDisallow: /b\n"
	       "User-agent: foo\nDisallow: /c\n"),
	  "Foo", "/b", true },
	{ "star groups are merged",
	  BODY("User-agent: *\nDisallow: /a\n\nUser-agent: *\nDisallow: /b\n"), "Foo",
	  "/a", false },
	{ "unknown lines end no group",
	  BODY("User-agent: Foo\nSitemap: /s\nHost: x\nCrawl-delay: 1\nnonsense\n\n"
	       "User-agent: Bar\nDisallow: /x\n"),
	  "Foo", "/x", false },
	{ "a rule does",
	  BODY("User-agent: Foo\nAllow: /y\nUser-agent: Bar\nDisallow: /x\n"), "Foo",
	  "/x", true },
	{ "an empty rule does, too",
	  BODY("User-agent: Foo\nDisallow:\nUser-agent: Bar\nDisallow: /x\n"), "Foo",
	  "/x", true },
	{ "star and ours in one group",
	  BODY("User-agent: *\nUser-agent: Foo\nDisallow: /x\n"), "Foo", "/x", false },

	/* lines: 2.2, 2.3.1.5 */
	{ "CR ends lines", BODY("User-agent: Foo\rDisallow: /x\r"), "Foo", "/x", false },
	{ "CRLF ends lines", BODY("User-agent: Foo\r\nDisallow: /x\r\n"), "Foo", "/x",
	  false },
	{ "no line end at the end", BODY("User-agent: Foo\nDisallow: /x"), "Foo", "/x",
	  false },
	{ "blanks around everything", BODY(" \tUser-agent \t: \tFoo \n Disallow :/x\t\n"),
	  "Foo", "/x", false },
	{ "comments", BODY("#c\nUser-agent: Foo # us\nDisallow: /x # not this\n"), "Foo",
	  "/x", false },
	{ "a comment hides a rule", BODY("User-agent: Foo\n#Disallow: /x\n"), "Foo", "/x",
	  true },
	{ "byte order mark", BODY("\xEF\xBB\xBFUser-agent: Foo\nDisallow: /x\n"), "Foo",
	  "/x", false },
	{ "part of a byte order mark", BODY("\xEF\xBBUser-agent: Foo\nDisallow: /x\n"),
	  "Foo", "/x", false },
	{ "only a byte order mark", BODY("\xEF\xBB\xBF"), "Foo", "/x", true },
	{ "no colon", BODY("User-agent: Foo\nDisallow /x\n"), "Foo", "/x", true },
	{ "user-agent without colon names nobody", BODY("User-agent\nDisallow: /x\n"), "",
	  "/x", true },
	{ "a misspelt key", BODY("User-agent: Foo\nDisalow: /x\n"), "Foo", "/x", true },
	{ "NUL and binary garbage",
	  BODY("\0\xff:\0\nUser-agent: Foo\n\x01\nDisallow: /x\n"), "Foo", "/x", false },
	{ "a page instead of a file",
	  BODY("<!DOCTYPE html>\n<a href=\"x:y\">Disallow: /</a>"), "Foo", "/x", true },

	/* rules: 2.2.2, 2.2.3 */
	{ "the longest decides",
	  BODY("User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c\n"), "Foo",
	  "/a/b/x", true },
	{ "whatever the order",
	  BODY("User-agent: *\nDisallow: /a/b/c\nAllow: /a/b\nDisallow: /a\n"), "Foo",
	  "/a/b/c", false },
	{ "allow wins a tie", BODY("User-agent: *\nDisallow: /a\nAllow: /a\n"), "Foo",
	  "/a", true },
	{ "allow wins a tie of different rules",
	  BODY("User-agent: *\nDisallow: /*b\nAllow: /ab\n"), "Foo", "/ab", true },
	{ "nothing matches", BODY("User-agent: *\nDisallow: /b\n"), "Foo", "/a", true },
	{ "matching has case", BODY("User-agent: *\nDisallow: /A\n"), "Foo", "/a", true },
	{ "empty disallow", BODY("User-agent: *\nDisallow:\n"), "Foo", "/a", true },
	{ "empty allow does not weigh", BODY("User-agent: *\nAllow:\nDisallow: /\n"),
	  "Foo", "/a", false },
	{ "robots.txt itself", BODY("User-agent: *\nDisallow: /\n"), "Foo", "/robots.txt",
	  true },
	{ "but not what looks like it", BODY("User-agent: *\nDisallow: /\n"), "Foo",
	  "/robots.txt2", false },
	{ "query", BODY("User-agent: *\nDisallow: /*?id=\n"), "Foo", "/a?id=1", false },

	/* percent-encoding: 2.2.2, its table */
	{ "table 1", BODY("User-agent: *\nDisallow: /foo/bar?baz=quz\n"), "Foo",
	  "/foo/bar?baz=quz", false },
	{ "table 2", BODY("User-agent: *\nDisallow: /foo/bar?baz=https://foo.bar\n"),
	  "Foo", "/foo/bar?baz=https%3A%2F%2Ffoo.bar", false },
	{ "table 3", BODY("User-agent: *\nDisallow: /foo/bar/\xE3\x83\x84\n"), "Foo",
	  "/foo/bar/%E3%83%84", false },
	{ "table 4", BODY("User-agent: *\nDisallow: /foo/bar/%E3%83%84\n"), "Foo",
	  "/foo/bar/%e3%83%84", false },
	{ "table 5", BODY("User-agent: *\nDisallow: /foo/bar/%62%61%7A\n"), "Foo",
	  "/foo/bar/baz", false },
	{ "an encoded slash is no slash", BODY("User-agent: *\nDisallow: /a/b\n"), "Foo",
	  "/a%2Fb", true },
	{ "an encoded star is a star", BODY("User-agent: *\nDisallow: /a%2A\n"), "Foo",
	  "/a*", false },
	{ "and no wildcard", BODY("User-agent: *\nDisallow: /a%2Ab\n"), "Foo", "/axb",
	  true },
	{ "an encoded dollar is one", BODY("User-agent: *\nDisallow: /a%24\n"), "Foo",
	  "/a$b", false },
	{ "a dollar inside is one", BODY("User-agent: *\nDisallow: /a$b\n"), "Foo",
	  "/a$b", false },
};

static void rules_follow_rfc9309(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (allows(rows[i].agent, rows[i].body, rows[i].target) !=
		    rows[i].allowed)
			fail_msg("row %zu: %s", i, rows[i].why);
	}
}

static void the_deciding_rule_is_named(void **unused)
{
	struct robots *robots = parse_for(
		"Foo", SPAN("# hi\r\nUser-agent: Foo\r\n\r\n  Disallow: /a # private\r\n"
			    "Allow: /a\r\nDisallow:/b\n\rDisallow: /b"));
	struct robots_match match = match_of(robots, "/a");

	(void)unused;
	assert_int_equal(robots_n_rules(robots), 4);
	assert_true(match.allowed);
	assert_int_equal(match.line, 5);
	assert_true(span_equal(match.rule, SPAN("Allow: /a")));
	match = match_of(robots, "/b");
	assert_false(match.allowed);
	assert_int_equal(match.line, 6);
	assert_true(span_equal(match.rule, SPAN("Disallow:/b")));
	match = match_of(robots, "/c");
	assert_true(match.allowed);
	assert_int_equal(match.line, 0);
	assert_int_equal(match.rule.len, 0);
	match = match_of(robots, "/robots.txt");
	assert_int_equal(match.line, 0);
	robots_free(robots);
}

/* REQ 51 */
static const struct {
	const char *body;
	int64_t delay_ms;
} delay_rows[] = {
	{ "", 0 },
	{ "User-agent: Foo\nCrawl-delay: 5\n", 5000 },
	{ "User-agent: Foo\nCRAWL-DELAY : 0.5 # s\n", 500 },
	{ "User-agent: Foo\nCrawl-delay: 1.23456\n", 1234 },
	{ "User-agent: Foo\nCrawl-delay: 2.\n", 2000 },
	{ "User-agent: Foo\nCrawl-delay: 59.999\n", 59999 },
	{ "User-agent: Foo\nCrawl-delay: 60.5\n", 60000 },
	{ "User-agent: Foo\nCrawl-delay: 99999999999999999999\n", 60000 },
	{ "User-agent: Foo\nCrawl-delay: -1\n", 0 },
	{ "User-agent: Foo\nCrawl-delay: .5\n", 0 },
	{ "User-agent: Foo\nCrawl-delay: 1.x\n", 0 },
	{ "User-agent: Foo\nCrawl-delay: 5s\n", 0 },
	{ "User-agent: Foo\nCrawl-delay:\n", 0 },
	{ "User-agent: Foo\nCrawl-delay: 5\nCrawl-delay: 3\n", 5000 },
	{ "User-agent: Foo\nDisallow:\nUser-agent: foo\nCrawl-delay: 3\n", 3000 },
	{ "User-agent: *\nCrawl-delay: 4\n", 4000 },
	{ "User-agent: *\nCrawl-delay: 4\nCrawl-delay: 2\n", 4000 },
	{ "User-agent: *\nCrawl-delay: 4\nDisallow:\nUser-agent: Foo\nAllow: /\n", 0 },
	{ "User-agent: Bar\nCrawl-delay: 4\n", 0 },
	{ "Crawl-delay: 4\nUser-agent: Foo\n", 0 },
};

static void the_crawl_delay_is_that_of_our_groups(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(delay_rows); i++) {
		struct robots *robots = parse_for("Foo", span_of(delay_rows[i].body));

		if (robots_crawl_delay_ms(robots) != delay_rows[i].delay_ms)
			fail_msg("row %zu: %s", i, delay_rows[i].body);
		robots_free(robots);
	}
}

static void sitemaps_belong_to_no_group(void **unused)
{
	struct robots *robots =
		parse_for("Foo", SPAN("sitemap: http://a.test/1\nUser-agent: Bar\n"
				      "Sitemap:http://a.test/2?x=y # two\nSitemap:\n"));

	(void)unused;
	assert_true(span_equal(robots_sitemaps(robots),
			       SPAN("http://a.test/1\nhttp://a.test/2?x=y\n")));
	robots_free(robots);
}

/* REQ 43: half a line would say something else */
static void whole_lines_within_1_mib_are_read(void **unused)
{
	struct buf body = BUF_INIT;

	(void)unused;
	assert_int_equal(buf_append_text(&body, "User-agent: *\nDisallow: /first\n"),
			 ERR_OK);
	while (body.len < 512000)
		assert_int_equal(buf_append_text(&body, "# padding\n"), ERR_OK);
	assert_int_equal(buf_append_text(&body, "Disallow: /half\n"), ERR_OK);
	while (body.len < ROBOTS_MAX_BYTES - 14)
		assert_int_equal(buf_append_byte(&body, '\n'), ERR_OK);
	assert_int_equal(buf_append_text(&body, "Disallow: /cut-here\nDisallow: /far\n"),
			 ERR_OK);
	assert_false(allows("Foo", buf_span(&body), "/first"));
	assert_false(allows("Foo", buf_span(&body), "/half"));
	assert_true(allows("Foo", buf_span(&body), "/cut-here"));
	assert_true(allows("Foo", buf_span(&body), "/far"));
	memset(body.data, 'x', body.len);
	assert_true(allows("Foo", buf_span(&body), "/"));
	buf_release(&body);
}

static struct buf repeated(const char *head, const char *text, size_t len,
			   const char *tail)
{
	struct buf b = BUF_INIT;

	assert_int_equal(buf_append_text(&b, head), ERR_OK);
	while (b.len < len)
		assert_int_equal(buf_append_text(&b, text), ERR_OK);
	assert_int_equal(buf_append_text(&b, tail), ERR_OK);
	return b;
}

/* REQ 50. What one rule costs is counted in test_robots_pattern.c; all of them together may
 * cost so much and no more. */
static void matching_is_bounded_whatever_the_file(void **unused)
{
	static const struct {
		const char *why, *rule, *tail;
		bool is_costly;
	} files[] = {
		{ "2000 stars in a rule", "*a", "b\n", false },
		{ "many rules with a star", "Disallow: /*ab\n", "", true },
		{ "many rules with many stars", "Disallow: *a*a*a*a*a*a*a*ab\n", "",
		  true },
		{ "rules that nearly match",
		  "Disallow: *aaaaaaaaaaaaaaaabaaaaaaaaaaaaa\n", "", true },
		{ "plain rules", "Disallow: /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\n", "",
		  false },
	};
	struct buf target = repeated("/", "a", 4000, "");
	struct robots_match match;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		bool one_rule = i == 0;
		struct buf body = repeated(
			one_rule ? "User-agent: *\nDisallow: /" : "User-agent: *\n",
			files[i].rule, one_rule ? 4025 : ROBOTS_MAX_BYTES - 100,
			files[i].tail);
		struct robots *robots = parse_for("Foo", buf_span(&body));

		assert_int_equal(robots_match(robots, buf_span(&target), &match), ERR_OK);
		if (match.allowed == files[i].is_costly)
			fail_msg("%s", files[i].why);
		assert_int_equal(match.line, 0);
		assert_true(match.allowed ||
			    span_equal(match.rule, SPAN("rules too costly to match")));
		robots_free(robots);
		buf_release(&body);
	}
	buf_release(&target);
}

/* What an honest large file needs is well within the bound. */
static void two_thousand_wildcard_rules_are_all_tried(void **unused)
{
	struct buf body = BUF_INIT, target = repeated("/", "a", 4000, "/last");
	struct robots_match match;
	struct robots *robots;

	(void)unused;
	assert_int_equal(buf_append_text(&body, "User-agent: *\n"), ERR_OK);
	for (int i = 0; i < 2000; i++)
		assert_int_equal(buf_printf(&body, "Disallow: /*/dir%05d\n", i), ERR_OK);
	assert_int_equal(buf_append_text(&body, "Disallow: /*last$\n"), ERR_OK);
	robots = parse_for("Foo", buf_span(&body));
	assert_int_equal(robots_match(robots, buf_span(&target), &match), ERR_OK);
	assert_false(match.allowed);
	assert_int_equal(match.line, 2002);
	robots_free(robots);
	buf_release(&body);
	buf_release(&target);
}

static void every_cut_of_a_file_is_read(void **unused)
{
	struct span whole = SPAN("\xEF\xBB\xBFUser-agent: Foo\r\nAllow: /%6\r\n"
				 "Crawl-delay: 1.5\rSitemap: x\n#\nDisallow: /*a$");

	(void)unused;
	for (size_t len = 0; len <= whole.len; len++) {
		/* on the heap, so that a byte read too far is seen */
		char *copy = malloc(len + !len);

		assert_non_null(copy);
		memcpy(copy, whole.data, len);
		assert_int_equal(allows("Foo", span_from(copy, len), "/a"),
				 len != whole.len && len != whole.len - 1 &&
					 len != whole.len - 2 && len != whole.len - 3);
		free(copy);
	}
}

/* REQ 43-45 */
static const struct {
	bool arrived;
	int http_status;
	enum robots_outcome outcome;
} fetch_rows[] = {
	{ true, 200, ROBOTS_PARSED },      { true, 204, ROBOTS_PARSED },
	{ true, 299, ROBOTS_PARSED },      { true, 301, ROBOTS_NONE },
	{ true, 400, ROBOTS_NONE },        { true, 401, ROBOTS_NONE },
	{ true, 403, ROBOTS_NONE },        { true, 404, ROBOTS_NONE },
	{ true, 410, ROBOTS_NONE },        { true, 499, ROBOTS_NONE },
	{ true, 429, ROBOTS_UNREACHABLE }, { true, 500, ROBOTS_UNREACHABLE },
	{ true, 503, ROBOTS_UNREACHABLE }, { true, 599, ROBOTS_UNREACHABLE },
	{ true, 600, ROBOTS_UNREACHABLE }, { true, 199, ROBOTS_UNREACHABLE },
	{ true, 0, ROBOTS_UNREACHABLE },   { false, 200, ROBOTS_UNREACHABLE },
	{ false, 0, ROBOTS_UNREACHABLE },  { false, 404, ROBOTS_UNREACHABLE },
};

static void the_end_of_a_fetch_is_judged_by_rfc9309_2_3_1(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(fetch_rows); i++) {
		if (robots_judge_fetch(fetch_rows[i].arrived,
				       fetch_rows[i].http_status) !=
		    fetch_rows[i].outcome)
			fail_msg("row %zu: %d", i, fetch_rows[i].http_status);
	}
}

static void an_outcome_allows_all_nothing_or_what_the_rules_say(void **unused)
{
	static const struct {
		enum robots_outcome outcome;
		bool page, private, robots_txt;
	} outcomes[] = {
		{ ROBOTS_NOT_READ, false, false, true },
		{ ROBOTS_PARSED, true, false, true },
		{ ROBOTS_NONE, true, true, true },
		{ ROBOTS_UNREACHABLE, false, false, true },
	};
	struct robots *robots =
		parse_for("Foo", SPAN("User-agent: *\nDisallow: /private\n"));
	struct robots_match m;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++) {
		enum robots_outcome outcome = outcomes[i].outcome;
		const struct robots *rules = outcome == ROBOTS_PARSED ? robots : NULL;

		assert_int_equal(robots_outcome_match(outcome, rules, SPAN("/page"), &m),
				 ERR_OK);
		assert_int_equal(m.allowed, outcomes[i].page);
		assert_int_equal(
			robots_outcome_match(outcome, rules, SPAN("/private"), &m),
			ERR_OK);
		assert_int_equal(m.allowed, outcomes[i].private);
		assert_int_equal(
			robots_outcome_match(outcome, rules, SPAN("/robots.txt"), &m),
			ERR_OK);
		assert_int_equal(m.allowed, outcomes[i].robots_txt);
	}
	robots_free(robots);
	robots_free(NULL);
	assert_string_equal(robots_outcome_text(ROBOTS_NOT_READ), "not read");
	assert_string_equal(robots_outcome_text(ROBOTS_UNREACHABLE), "unreachable");
	assert_string_equal(robots_outcome_text((enum robots_outcome)99), "unknown");
}

static void an_outage_ends_after_30_days(void **unused)
{
	const int64_t t = INT64_C(1793527200000);

	(void)unused;
	assert_false(robots_outage_is_over(t, t));
	assert_false(robots_outage_is_over(t, t + 30 * MS_PER_DAY - 1));
	assert_true(robots_outage_is_over(t, t + 30 * MS_PER_DAY));
}

static void the_target_of_any_absolute_url_is_found(void **unused)
{
	static const struct {
		const char *url, *target;
	} urls[] = {
		{ "http://a.test/x?y=http://z/#f", "/x?y=http://z/" },
		{ "http://a.test", "/" },
		{ "http://a.test#/x", "/" },
		{ "http://a.test?q", "?q" },
		{ "a.test/x", "/x" },
		{ "", "/" },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(urls); i++)
		assert_true(span_equal(robots_target(span_of(urls[i].url)),
				       span_of(urls[i].target)));
}

static void a_product_token_ends_at_the_first_other_octet(void **unused)
{
	(void)unused;
	assert_true(
		span_equal(robots_product_token(SPAN("Foo_Bar-x/1")), SPAN("Foo_Bar-x")));
	assert_true(span_equal(robots_product_token(SPAN("Foo Bar")), SPAN("Foo")));
	assert_int_equal(robots_product_token(SPAN("*")).len, 0);
	assert_int_equal(robots_product_token(SPAN("")).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_follow_rfc9309),
		cmocka_unit_test(the_deciding_rule_is_named),
		cmocka_unit_test(the_crawl_delay_is_that_of_our_groups),
		cmocka_unit_test(sitemaps_belong_to_no_group),
		cmocka_unit_test(whole_lines_within_1_mib_are_read),
		cmocka_unit_test(matching_is_bounded_whatever_the_file),
		cmocka_unit_test(two_thousand_wildcard_rules_are_all_tried),
		cmocka_unit_test(every_cut_of_a_file_is_read),
		cmocka_unit_test(the_end_of_a_fetch_is_judged_by_rfc9309_2_3_1),
		cmocka_unit_test(an_outcome_allows_all_nothing_or_what_the_rules_say),
		cmocka_unit_test(an_outage_ends_after_30_days),
		cmocka_unit_test(the_target_of_any_absolute_url_is_found),
		cmocka_unit_test(a_product_token_ends_at_the_first_other_octet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
