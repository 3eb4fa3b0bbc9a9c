/* test_conditions.c - validators as odd servers send them, and what is sent back (REQ 9-26). */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/base/clock.h"
#include "tests/steps.h"

#define HTML "Content-Type: text/html\r\n"
#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define OTHER_DATE "Sun, 06 Nov 1994 08:49:38 GMT"

/* What the second request sends back of what the first answer said; NULL: nothing. */
static void validators_are_sent_back_as_they_came_REQ10_15(void **state)
{
	static const struct {
		const char *fields, *etag, *date;
	} rows[] = {
		{ "ETag: \"a\"", "\"a\"", NULL },
		{ "ETag: W/\"a\"", "W/\"a\"", NULL },
		{ "ETag: \"\"", "\"\"", NULL },
		{ "ETag: W/\"\"", "W/\"\"", NULL },
		{ "ETag: \"a\\b\"", "\"a\\b\"", NULL },
		{ "ETag: \"a\\\"", "\"a\\\"", NULL },
		{ "ETag: \"a,b\"", "\"a,b\"", NULL },
		{ "ETag: \"a, \"", "\"a, \"", NULL },
		{ "ETag: \"\x80\xff\"", "\"\x80\xff\"", NULL },
		{ "ETag: \"caf\xc3\xa9\"", "\"caf\xc3\xa9\"", NULL },
		{ "ETag: \"a b\"", "\"a b\"", NULL },
		{ "ETag: \t \"a\" \t ", "\"a\"", NULL },
		{ "ETag:\"a\"", "\"a\"", NULL },
		{ "etag: \"a\"", "\"a\"", NULL },
		{ "ETag: \"x\"\r\n ", "\"x\"", NULL }, /* an empty fold */
		/* REQ 14: these are no entity tags */
		{ "ETag: a", NULL, NULL },
		{ "ETag: 'a'", NULL, NULL },
		{ "ETag: w/\"a\"", NULL, NULL },
		{ "ETag: W/a", NULL, NULL },
		{ "ETag: *", NULL, NULL },
		{ "ETag: \"a", NULL, NULL },
		{ "ETag: a\"", NULL, NULL },
		{ "ETag: \"a\"b", NULL, NULL },
		{ "ETag: \"a\", \"b\"", NULL, NULL },
		{ "ETag: \"a\x01\"", NULL, NULL },
		{ "ETag: \"a\x7f\"", NULL, NULL },
		{ "ETag: \"a\tb\"", NULL, NULL },
		{ "ETag: \"a\x1b[31m\"", NULL, NULL },
		{ "ETag: ", NULL, NULL },
		{ "ETag : \"a\"", NULL, NULL },
		/* REQ 15: one of the two or none */
		{ "ETag: \"a\"\r\nETag: \"b\"", NULL, NULL },
		{ "Last-Modified: " DATE "\r\nLast-Modified: " OTHER_DATE, NULL, NULL },
		/* REQ 11-13 */
		{ "Last-Modified: " DATE, NULL, DATE },
		{ "ETag: \"a\"\r\nLast-Modified: " DATE, "\"a\"", DATE },
		{ "Last-Modified: Sunday, 06-Nov-94 08:49:37 GMT", NULL,
		  "Sunday, 06-Nov-94 08:49:37 GMT" },
		{ "Last-Modified: Sun Nov  6 08:49:37 1994", NULL,
		  "Sun Nov  6 08:49:37 1994" },
		{ "Last-Modified: Mon, 06 Nov 1994 08:49:37 GMT", NULL,
		  "Mon, 06 Nov 1994 08:49:37 GMT" }, /* the wrong day: as received */
		{ "Last-Modified: Fri, 31 Dec 9999 23:59:59 GMT", NULL,
		  "Fri, 31 Dec 9999 23:59:59 GMT" },
		{ "Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT", NULL,
		  "Thu, 01 Jan 1970 00:00:00 GMT" },
		{ "Last-Modified: 1994-11-06T08:49:37Z", NULL, NULL },
		{ "Last-Modified: Sun, 06 Nov 1994 08:49:37 +0000", NULL, NULL },
		{ "Last-Modified: Sun, 06 Nov 1994 08:49:37 CET", NULL, NULL },
		{ "Last-Modified: yesterday", NULL, NULL },
		{ "Last-Modified: 0", NULL, NULL },
		{ "Last-Modified: -1", NULL, NULL },
		{ "Last-Modified: Sun, 06 Nov 1994 24:00:00 GMT", NULL, NULL },
		{ "Last-Modified: Sun, 30 Feb 1994 08:49:37 GMT", NULL, NULL },
		{ "Last-Modified: " DATE "\x01", NULL, NULL },
		{ "X: y", NULL, NULL },
	};
	struct world *w = *state;
	char path[16], fields[256], wanted[256];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(path, sizeof(path), "/p%zu", i);
		snprintf(fields, sizeof(fields), HTML "%s\r\n", rows[i].fields);
		step_ok(w, path, fields, "<p>words");
		world_seed(w, path);
	}
	world_run_once(w);
	step_revisit(w);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(path, sizeof(path), "/p%zu", i);
		assert_int_equal(origin_n_requests(w->origin, path), 2);
		snprintf(wanted, sizeof(wanted), "\r\nIf-None-Match: %s\r\n",
			 rows[i].etag ? rows[i].etag : "");
		if (step_last_asked_with(w, path, "If-None-Match") != !!rows[i].etag ||
		    (rows[i].etag && !step_last_asked_with(w, path, wanted)))
			fail_msg("'%s' sent back:\n%s", rows[i].fields,
				 origin_request(w->origin, path, 1)->bytes);
		snprintf(wanted, sizeof(wanted), "\r\nIf-Modified-Since: %s\r\n",
			 rows[i].date ? rows[i].date : "");
		if (step_last_asked_with(w, path, "If-Modified-Since") !=
			    !!rows[i].date ||
		    (rows[i].date && !step_last_asked_with(w, path, wanted)))
			fail_msg("'%s' sent back:\n%s", rows[i].fields,
				 origin_request(w->origin, path, 1)->bytes);
		step_expect(w, path, VERDICT_UNCHANGED);
	}
	assert_int_equal(world_n_differences(w), 0);
}

static void a_tag_of_4096_octets_is_sent_and_one_more_is_not_REQ14(void **state)
{
	struct world *w = *state;
	char *fields = malloc(8192);

	assert_non_null(fields);
	for (int i = 0; i < 2; i++) {
		size_t len = 4096 + (size_t)i;

		memset(fields, 'x', 8192);
		memcpy(fields, "ETag: \"", 7);
		snprintf(fields + 6 + len - 1, 8, "\"\r\n");
		step_ok(w, i ? "/long" : "/fits", fields, "words");
		world_seed(w, i ? "/long" : "/fits");
	}
	free(fields);
	world_run_once(w);
	step_revisit(w);
	assert_true(step_last_asked_with(w, "/fits", "If-None-Match: \"xxx"));
	assert_false(step_last_asked_with(w, "/long", "If-None-Match"));
}

/* An answer to the conditional request, and what is to be made of it. */
static void a_304_is_believed_or_not_REQ19_24(void **state)
{
	static const struct {
		const char *first, *answer;
		enum verdict verdict;
		enum evidence evidence;
	} rows[] = {
		{ "ETag: \"a\"", "X: y", VERDICT_UNCHANGED, EVIDENCE_304_STRONG },
		{ "ETag: \"a\"", "ETag: \"a\"", VERDICT_UNCHANGED, EVIDENCE_304_STRONG },
		{ "ETag: \"a\"", "ETag: W/\"a\"", VERDICT_UNCHANGED,
		  EVIDENCE_304_STRONG },
		{ "ETag: W/\"a\"", "ETag: \"a\"", VERDICT_UNCHANGED, EVIDENCE_304_WEAK },
		{ "ETag: W/\"a\"", "ETag: W/\"a\"", VERDICT_UNCHANGED,
		  EVIDENCE_304_WEAK },
		{ "ETag: \"\"", "ETag: \"\"", VERDICT_UNCHANGED, EVIDENCE_304_STRONG },
		{ "Last-Modified: " DATE, "Last-Modified: " DATE, VERDICT_UNCHANGED,
		  EVIDENCE_304_DATE },
		{ "Last-Modified: " DATE, "X: y", VERDICT_UNCHANGED, EVIDENCE_304_DATE },
		{ "ETag: \"a\"\r\nLast-Modified: " DATE, "X: y", VERDICT_UNCHANGED,
		  EVIDENCE_304_STRONG },
		{ "ETag: \"a\"", "Content-Length: 500", VERDICT_UNCHANGED,
		  EVIDENCE_304_STRONG },
		{ "ETag: \"a\"", "Transfer-Encoding: chunked", VERDICT_UNCHANGED,
		  EVIDENCE_304_STRONG },
		{ "ETag: \"a\"", "Content-Encoding: gzip", VERDICT_UNCHANGED,
		  EVIDENCE_304_STRONG },
		/* REQ 21 */
		{ "ETag: \"a\"", "ETag: \"b\"", VERDICT_ERROR, EVIDENCE_NONE },
		{ "ETag: \"a\"", "ETag: \"A\"", VERDICT_ERROR, EVIDENCE_NONE },
		{ "ETag: W/\"a\"", "ETag: \"b\"", VERDICT_ERROR, EVIDENCE_NONE },
		{ "ETag: \"a\"", "ETag: \"\"", VERDICT_ERROR, EVIDENCE_NONE },
		{ "ETag: \"a\"", "ETag: \"a\"\r\nETag: \"b\"", VERDICT_ERROR,
		  EVIDENCE_NONE },
		{ "ETag: \"a\"", "ETag: W/\"b\"", VERDICT_ERROR, EVIDENCE_NONE },
	};
	struct world *w = *state;
	char path[16], text[256];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(path, sizeof(path), "/p%zu", i);
		snprintf(text, sizeof(text), HTML "%s\r\n", rows[i].first);
		step_ok(w, path, text, "<p>words");
		world_seed(w, path);
		snprintf(text, sizeof(text), "HTTP/1.1 304 Not Modified\r\n%s\r\n\r\n",
			 rows[i].answer);
		origin_reply(w->origin, path, "\r\nIf-", text);
	}
	world_run_once(w);
	step_revisit(w);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct page *page;

		snprintf(path, sizeof(path), "/p%zu", i);
		page = world_page(w, path);
		if (page->verdict != rows[i].verdict ||
		    page->evidence != rows[i].evidence)
			fail_msg("'%s' then 304 '%s': %s %s (%s)", rows[i].first,
				 rows[i].answer,
				 verdict_text((enum verdict)page->verdict),
				 evidence_text((enum evidence)page->evidence),
				 buf_text(&page->error_detail));
		assert_int_equal(page->body_len, 8); /* REQ 20 */
		assert_int_equal(page->version, 1);
	}
	/* What was not believed is asked without conditions until it has a whole answer. */
	step_revisit(w);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(path, sizeof(path), "/p%zu", i);
		assert_int_equal(step_last_asked_with(w, path, "\r\nIf-"),
				 rows[i].verdict == VERDICT_UNCHANGED);
		step_expect(w, path, VERDICT_UNCHANGED);
	}
	assert_int_equal(world_n_changes(w), ARRAY_SIZE(rows));
	assert_int_equal(world_n_differences(w), 0);
}

static void a_304_renews_what_it_carries_and_keeps_the_rest_REQ19_25b(void **state)
{
	struct world *w = *state;

	step_see(w, "/a", HTML "ETag: \"a\"\r\nLast-Modified: " DATE "\r\n", "<p>words");
	origin_reply(w->origin, "/a", "If-None-Match",
		     "HTTP/1.1 304 x\r\nLast-Modified: " OTHER_DATE "\r\n\r\n");
	step_revisit(w);
	step_expect(w, "/a", VERDICT_UNCHANGED);
	assert_string_equal(buf_text(&world_page(w, "/a")->last_modified), OTHER_DATE);
	assert_string_equal(buf_text(&world_page(w, "/a")->etag), "\"a\"");
	origin_reply(w->origin, "/a", "If-None-Match", ORIGIN_NOT_MODIFIED);
	step_revisit(w);
	assert_string_equal(buf_text(&world_page(w, "/a")->last_modified), OTHER_DATE);
	assert_true(step_last_asked_with(w, "/a", "If-Modified-Since: " OTHER_DATE));
	/* no date: that is none to keep */
	origin_reply(w->origin, "/a", "If-None-Match",
		     "HTTP/1.1 304 x\r\nLast-Modified: soon\r\n\r\n");
	step_revisit(w);
	assert_string_equal(buf_text(&world_page(w, "/a")->last_modified), OTHER_DATE);
}

static void a_200_replaces_both_validators_REQ17(void **state)
{
	static const struct {
		const char *fields, *etag, *date;
	} rows[] = {
		{ "ETag: \"b\"\r\n", "\"b\"", "" },
		{ "Last-Modified: " DATE "\r\n", "", DATE },
		{ "", "", "" },
		{ "ETag: bad\r\nLast-Modified: bad\r\n", "", "" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		/* also when the bytes are the same (REQ 26) */
		step_ok(w, "/a", HTML "ETag: \"a\"\r\nLast-Modified: " OTHER_DATE "\r\n",
			"<p>words");
		world_seed(w, "/a");
		step_revisit(w);
		assert_string_equal(buf_text(&world_page(w, "/a")->etag), "\"a\"");
		step_ok(w, "/a", rows[i].fields, "<p>words");
		step_revisit(w);
		step_expect(w, "/a", VERDICT_UNCHANGED);
		assert_string_equal(buf_text(&world_page(w, "/a")->etag), rows[i].etag);
		assert_string_equal(buf_text(&world_page(w, "/a")->last_modified),
				    rows[i].date);
	}
}

static void interim_answers_and_trailers_say_nothing_REQ18(void **state)
{
	struct world *w = *state;

	step_reply(w, "/a",
		   "HTTP/1.1 100 Continue\r\nETag: \"100\"\r\n\r\n"
		   "HTTP/1.1 103 Early Hints\r\nLast-Modified: " DATE
		   "\r\nLink: </x>\r\n\r\n"
		   "HTTP/1.1 102 Processing\r\nContent-Encoding: br\r\n\r\n"
		   "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
		   "Transfer-Encoding: chunked\r\n\r\n"
		   "8;name=\"a;b\"\r\n<p>words\r\n0\r\nETag: \"trailer\"\r\n\r\n");
	world_seed(w, "/a");
	world_run_once(w);
	step_expect(w, "/a", VERDICT_NEW);
	assert_int_equal(world_page(w, "/a")->etag.len, 0);
	assert_int_equal(world_page(w, "/a")->last_modified.len, 0);
	assert_int_equal(world_page(w, "/a")->body_len, 8);
	/* ... nor does one before a 304 */
	step_ok(w, "/a", HTML "ETag: \"a\"\r\n", "<p>words");
	step_revisit(w);
	origin_reply(w->origin, "/a", "If-None-Match",
		     "HTTP/1.1 103 x\r\nETag: \"b\"\r\n\r\nHTTP/1.1 304 x\r\n\r\n");
	step_revisit(w);
	step_expect(w, "/a", VERDICT_UNCHANGED);
}

static void a_refused_condition_is_left_out_REQ23(void **state)
{
	static const char *const statuses[] = { "412 Precondition Failed", "400 Bad" };
	struct world *w = *state;

	for (int i = 0; i < 2; i++) {
		const char *path = i ? "/400" : "/412";

		step_see(w, path, HTML "ETag: \"a\"\r\n", "<p>words");
		origin_reply(w->origin, path, "\r\nIf-",
			     origin_response(w->origin, statuses[i], "", ""));
		step_revisit(w);
		world_run_once(w); /* due at once: nobody has to force it */
		assert_int_equal(origin_n_requests(w->origin, path), 3);
		assert_false(step_last_asked_with(w, path, "\r\nIf-"));
		step_expect(w, path, VERDICT_UNCHANGED);
	}
	assert_int_equal(world_n_changes(w), 2);
}

/* 400 to both: a failure like any other, and not asked again in a tight loop. */
static void a_page_that_refuses_everything_is_left_in_peace_REQ23(void **state)
{
	struct world *w = *state;

	step_see(w, "/a", HTML "ETag: \"a\"\r\n", "<p>words");
	step_status(w, "/a", "400 Bad", "");
	step_revisit(w);
	w->force = false;
	world_run_for(w, MS_PER_HOUR);
	assert_in_range(origin_n_requests(w->origin, "/a"), 4, 9);
	assert_int_equal(world_page(w, "/a")->version, 1);
	assert_string_equal(buf_text(&world_page(w, "/a")->etag), "\"a\"");
}

static void distrust_outlives_an_outage_REQ21(void **state)
{
	struct world *w = *state;

	step_see(w, "/a", HTML "ETag: \"a\"\r\n", "<p>words");
	origin_reply(w->origin, "/a", "\r\nIf-", "HTTP/1.1 304 x\r\nETag: \"b\"\r\n\r\n");
	step_revisit(w);
	step_expect(w, "/a", VERDICT_ERROR);
	step_status(w, "/a", "500 Oops", "");
	step_revisit(w);
	assert_false(step_last_asked_with(w, "/a", "\r\nIf-"));
	step_ok(w, "/a", HTML "ETag: \"b\"\r\n", "<p>other words");
	step_revisit(w);
	assert_false(step_last_asked_with(w, "/a", "\r\nIf-"));
	step_expect(w, "/a", VERDICT_CHANGED);
	assert_string_equal(buf_text(&world_page(w, "/a")->etag), "\"b\"");
}

static void a_304_for_ever_is_an_error_for_ever_REQ22(void **state)
{
	struct world *w = *state;

	step_reply(w, "/a", ORIGIN_NOT_MODIFIED);
	world_seed(w, "/a");
	for (int i = 0; i < 4; i++) {
		step_revisit(w);
		step_expect(w, "/a", VERDICT_ERROR);
		assert_false(step_last_asked_with(w, "/a", "\r\nIf-"));
	}
	assert_int_equal(world_page(w, "/a")->version, 0);
	assert_int_equal(world_n_changes(w), 0);
	w->force = false;
	world_run_for(w, MS_PER_HOUR);
	assert_true(origin_n_requests(w->origin, "/a") < 12);
}

/* Apache's mod_deflate: both names of one tag, in one line. */
static void the_gzip_suffix_is_repaired_REQ25a(void **state)
{
	struct world *w = *state;

	step_see(w, "/a", HTML "ETag: \"x-gzip\"\r\n", "<p>words");
	origin_reply(w->origin, "/a", "\"x\"", "HTTP/1.1 304 x\r\nETag: \"x\"\r\n\r\n");
	step_revisit(w);
	assert_true(step_last_asked_with(w, "/a",
					 "\r\nIf-None-Match: \"x-gzip\", \"x\"\r\n"));
	step_expect(w, "/a", VERDICT_UNCHANGED);
}

static void the_same_words_are_unchanged_whatever_the_tag_REQ26(void **state)
{
	struct world *w = *state;
	char fields[64];

	step_see(w, "/a", HTML "ETag: \"0\"\r\n", "<p>words");
	for (int i = 1; i < 5; i++) {
		snprintf(fields, sizeof(fields), HTML "ETag: \"%d\"\r\n", i);
		step_ok(w, "/a", fields, "<p>words");
		step_revisit(w);
		step_expect(w, "/a", VERDICT_UNCHANGED);
		assert_int_equal(world_page(w, "/a")->version, 1);
	}
	assert_string_equal(buf_text(&world_page(w, "/a")->etag), "\"4\"");
	assert_int_equal(world_n_changes(w), 1);
}

static void an_error_answers_validators_are_not_taken_REQ28(void **state)
{
	static const char *const statuses[] = { "404 x", "500 x", "403 x",
						"206 x", "203 x", "299 x" };
	struct world *w = *state;

	step_see(w, "/a", HTML "ETag: \"a\"\r\n", "<p>words");
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
		step_status(w, "/a", statuses[i],
			    "ETag: \"error\"\r\nLast-Modified: " DATE "\r\n");
		step_revisit(w);
		assert_string_equal(buf_text(&world_page(w, "/a")->etag), "\"a\"");
		assert_int_equal(world_page(w, "/a")->last_modified.len, 0);
	}
}

#define flow(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		flow(validators_are_sent_back_as_they_came_REQ10_15),
		flow(a_tag_of_4096_octets_is_sent_and_one_more_is_not_REQ14),
		flow(a_304_is_believed_or_not_REQ19_24),
		flow(a_304_renews_what_it_carries_and_keeps_the_rest_REQ19_25b),
		flow(a_200_replaces_both_validators_REQ17),
		flow(interim_answers_and_trailers_say_nothing_REQ18),
		flow(a_refused_condition_is_left_out_REQ23),
		flow(a_page_that_refuses_everything_is_left_in_peace_REQ23),
		flow(distrust_outlives_an_outage_REQ21),
		flow(a_304_for_ever_is_an_error_for_ever_REQ22),
		flow(the_gzip_suffix_is_repaired_REQ25a),
		flow(the_same_words_are_unchanged_whatever_the_tag_REQ26),
		flow(an_error_answers_validators_are_not_taken_REQ28),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
