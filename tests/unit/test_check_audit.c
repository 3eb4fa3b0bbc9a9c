#include "tests/unit/unit.h"

#include <stdio.h>

#include "tools/check_audit.h"
#include "tools/check_phase.h"

#define OLD "Mon, 01 Jan 2024 00:00:00 GMT"
#define NOW "Sun, 22 Nov 2026 14:00:00 GMT"

static const struct {
	const char *why;
	enum audit_kind kind;
	const char *etag, *last_modified, *date;
	const char *sent; /* "": not asked */
} sent_rows[] = {
	{ "tag", AUDIT_TAG, "\"a\"", OLD, NOW, "If-None-Match: \"a\"\n" },
	{ "no tag", AUDIT_TAG, "", OLD, NOW, "" },
	{ "date", AUDIT_DATE, "\"a\"", OLD, NOW, "If-Modified-Since: " OLD "\n" },
	{ "no date", AUDIT_DATE, "\"a\"", "", NOW, "" },
	{ "both", AUDIT_BOTH, "\"a\"", OLD, NOW,
	  "If-Modified-Since: " OLD "\nIf-None-Match: \"a\"\n" },
	{ "one is not both", AUDIT_BOTH, "\"a\"", "", NOW, "" },
	{ "made weak", AUDIT_WEAK, "\"a\"", "", "", "If-None-Match: W/\"a\"\n" },
	{ "made strong", AUDIT_WEAK, "W/\"a\"", "", "", "If-None-Match: \"a\"\n" },
	{ "bytes stay", AUDIT_WEAK, "\"\xe9 \\\"", "", "",
	  "If-None-Match: W/\"\xe9 \\\"\n" },
	{ "list", AUDIT_LIST, "W/\"a\"", "", "",
	  "If-None-Match: \"freshet-made-up\", W/\"a\"\n" },
	{ "repair", AUDIT_REPAIRED, "\"a-gzip\"", OLD, NOW,
	  "If-None-Match: \"a-gzip\", \"a\"\n" },
	{ "nothing to repair", AUDIT_REPAIRED, "\"a\"", OLD, NOW, "" },
	/* REQ 12: a date that the server wrote, byte for byte */
	{ "later", AUDIT_LATER_DATE, "", OLD, NOW, "If-Modified-Since: " NOW "\n" },
	{ "later, as written", AUDIT_LATER_DATE, "", OLD, "Sun Nov 22 14:00:00 2026",
	  "If-Modified-Since: Sun Nov 22 14:00:00 2026\n" },
	{ "not later", AUDIT_LATER_DATE, "", OLD, OLD, "" },
	{ "no date to send", AUDIT_LATER_DATE, "", OLD, "", "" },
	{ "made up", AUDIT_MADE_UP, "", "", "", "If-None-Match: \"freshet-made-up\"\n" },
};

static void conditions_are_what_the_name_says(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(sent_rows); i++) {
		struct audit_material m = { span_of(sent_rows[i].etag),
					    span_of(sent_rows[i].last_modified),
					    span_of(sent_rows[i].date), 4096 };
		struct audit audit = { 0 };

		print_message("%s\n", sent_rows[i].why);
		assert_int_equal(audit_prepare(sent_rows[i].kind, &m, &audit), ERR_OK);
		assert_string_equal(buf_text(&audit.sent), sent_rows[i].sent);
		if (!audit.sent.len)
			assert_true(audit.why_not && audit.why_not[0]);
		buf_release(&audit.sent);
	}
}

static void what_does_not_fit_is_not_asked(void **unused) /* REQ 7 */
{
	struct audit_material m = { SPAN("\"abcdefghijklmnopqrstuvwxyz\""), SPAN(OLD),
				    SPAN(NOW), 20 };

	(void)unused;
	for (int i = 0; i < AUDIT_MADE_UP; i++) {
		struct audit audit = { 0 };

		assert_int_equal(audit_prepare((enum audit_kind)i, &m, &audit), ERR_OK);
		assert_int_equal(audit.sent.len, 0);
		buf_release(&audit.sent);
	}
}

#define SAME                                 \
	{                                    \
		true, true, true, true, true \
	}
#define CHANGED                                 \
	{                                       \
		true, true, false, false, false \
	}
#define HIDDEN                                \
	{                                     \
		true, true, false, true, true \
	}
#define TAG_MOVED                              \
	{                                      \
		true, true, false, false, true \
	}
#define UNANSWERED                               \
	{                                        \
		true, false, false, false, false \
	}

static const struct {
	const char *why;
	enum audit_kind kind;
	int status;
	struct audit_recheck now;
	enum audit_truth truth;
} truth_rows[] = {
	{ "still the same", AUDIT_TAG, 304, SAME, TRUTH_TRUE },
	{ "changed, and it shows", AUDIT_TAG, 304, CHANGED, TRUTH_UNKNOWN },
	{ "changed, and the tag stands", AUDIT_TAG, 304, HIDDEN, TRUTH_FALSE },
	{ "changed, and the date stands", AUDIT_DATE, 304, TAG_MOVED, TRUTH_FALSE },
	{ "changed, and one of the pair", AUDIT_BOTH, 304, TAG_MOVED, TRUTH_UNKNOWN },
	{ "later date", AUDIT_LATER_DATE, 304, TAG_MOVED, TRUTH_FALSE },
	{ "not asked again", AUDIT_TAG, 304, { 0 }, TRUTH_UNKNOWN },
	{ "no answer", AUDIT_TAG, 304, UNANSWERED, TRUTH_UNKNOWN },
	{ "a made-up tag is never true", AUDIT_MADE_UP, 304, SAME, TRUTH_FALSE },
	{ "a 200 claims nothing", AUDIT_MADE_UP, 200, HIDDEN, TRUTH_UNKNOWN },
	{ "nor here", AUDIT_TAG, 200, HIDDEN, TRUTH_UNKNOWN },
};

static void a_304_is_true_if_the_page_is_the_same(void **unused) /* REQ 25 */
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(truth_rows); i++) {
		struct audit audit = { .result.http_status = truth_rows[i].status };

		assert_int_equal(buf_set(&audit.sent, SPAN("If-None-Match: \"a\"\n")), 0);
		audit_judge(truth_rows[i].kind, SPAN("\"a\""), &truth_rows[i].now,
			    &audit);
		if (audit.truth != truth_rows[i].truth)
			fail_msg("%s: %d", truth_rows[i].why, audit.truth);
		buf_release(&audit.sent);
	}
}

static const struct {
	const char *held, *named;
	bool other;
} tag_rows[] = {
	{ "\"a\"", "\"a\"", false },     { "\"a\"", "\"b\"", true },
	{ "\"a\"", "W/\"b\"", false }, /* weak: REQ 21 speaks of strong ones */
	{ "W/\"a\"", "\"a\"", false },   { "\"a-gzip\"", "\"a\"", false },
	{ "\"a\"", "\"a-gzip\"", true },
};

static void a_304_may_not_name_another_strong_tag(void **unused) /* REQ 21 */
{
	const struct audit_recheck now = SAME;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(tag_rows); i++) {
		struct audit audit = { .result.http_status = 304 };
		char line[64];

		snprintf(line, sizeof(line), "ETag: %s", tag_rows[i].named);
		assert_int_equal(buf_set(&audit.sent, SPAN("x\n")), 0);
		assert_int_equal(header_add_line(&audit.result.headers, span_of(line)),
				 0);
		audit_judge(AUDIT_TAG, span_of(tag_rows[i].held), &now, &audit);
		if (audit.other_tag != tag_rows[i].other)
			fail_msg("row %zu", i);
		buf_release(&audit.sent);
		fetch_result_release(&audit.result);
	}
}

/* ---- phases -------------------------------------------------------------------------- */

static void phases_add_up(void **unused)
{
	struct fetch_result r = { .address = "127.0.0.1:443",
				  .dns_us = 1000,
				  .connect_us = 3000,
				  .tls_us = 6000,
				  .sent_us = 6500,
				  .first_byte_us = 10500,
				  .total_us = 20500 };
	static const double want[] = { 1, 2, 3, 0.5, 4, 10 };
	struct check_phases p;

	(void)unused;
	check_phases_make(&p, &r, true);
	for (int i = 0; i < N_CHECK_PHASES; i++)
		assert_true(p.ms[i] == want[i]);
	assert_int_equal(p.failed, N_CHECK_PHASES);
}

static const struct {
	const char *why;
	struct fetch_result result;
	bool secure;
	enum check_phase failed;
	double ms; /* spent there */
} failure_rows[] = {
	{ "no name", { .error = FETCH_DNS, .total_us = 5000 }, true, PHASE_LOOKUP, 5 },
	{ "no connection",
	  { .error = FETCH_CONNECT, .dns_us = 1000, .total_us = 5000 },
	  true,
	  PHASE_CONNECTION,
	  4 },
	{ "no TLS, where libcurl forgets the connection's time",
	  { .error = FETCH_TLS, .address = "x:1", .dns_us = 1000, .total_us = 5000 },
	  true,
	  PHASE_TLS,
	  4 },
	{ "silent, without TLS",
	  { .error = FETCH_TIMEOUT,
	    .address = "x:1",
	    .dns_us = 1,
	    .connect_us = 1000,
	    .sent_us = 2000,
	    .total_us = 9000 },
	  false,
	  PHASE_FIRST_BYTE,
	  7 },
	{ "cut off",
	  { .error = FETCH_TRUNCATED,
	    .address = "x:1",
	    .dns_us = 1,
	    .connect_us = 2,
	    .tls_us = 3,
	    .sent_us = 4,
	    .first_byte_us = 5000,
	    .total_us = 9000 },
	  true,
	  PHASE_LAST_BYTE,
	  4 },
	{ "reset on a reused connection",
	  { .error = FETCH_CONNECT,
	    .address = "x:1",
	    .reused_connection = true,
	    .sent_us = 1000,
	    .total_us = 3000 },
	  true,
	  PHASE_FIRST_BYTE,
	  2 },
};

static void what_failed_failed_in_one_phase(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(failure_rows); i++) {
		struct check_phases p;

		check_phases_make(&p, &failure_rows[i].result, failure_rows[i].secure);
		if (p.failed != failure_rows[i].failed ||
		    p.ms[p.failed] != failure_rows[i].ms)
			fail_msg("%s: %d", failure_rows[i].why, p.failed);
		for (int later = (int)p.failed + 1; later < N_CHECK_PHASES; later++)
			assert_true(p.ms[later] < 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_are_what_the_name_says),
		cmocka_unit_test(what_does_not_fit_is_not_asked),
		cmocka_unit_test(a_304_is_true_if_the_page_is_the_same),
		cmocka_unit_test(a_304_may_not_name_another_strong_tag),
		cmocka_unit_test(phases_add_up),
		cmocka_unit_test(what_failed_failed_in_one_phase),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
