#include "tests/unit/unit.h"

#include "crawler/redirect.h"
#include "tests/unit/headers.h"

#define SOURCE "https://a.test/dir/page?q=1"
#define TO(url) "Location: " url "\n"

/* REQ 36, 38, 39, 62; RFC 9110 10.2.2, 15.4 */
static const struct {
	const char *why;
	int http_status;
	const char *headers;
	enum redirect_verdict verdict;
	bool permanent;
	const char *target;
} rows[] = {
	{ "301", 301, TO("https://b.test/x"), REDIRECT_TO, true, "https://b.test/x" },
	{ "308", 308, TO("https://b.test/x"), REDIRECT_TO, true, "https://b.test/x" },
	{ "302", 302, TO("https://b.test/x"), REDIRECT_TO, false, "https://b.test/x" },
	{ "303", 303, TO("https://b.test/x"), REDIRECT_TO, false, "https://b.test/x" },
	{ "307", 307, TO("https://b.test/x"), REDIRECT_TO, false, "https://b.test/x" },
	{ "200 with Location", 200, TO("https://b.test/x"), REDIRECT_NONE, false, "" },
	{ "201 with Location", 201, TO("https://b.test/x"), REDIRECT_NONE, false, "" },
	{ "300 offers a choice", 300, TO("/x"), REDIRECT_NONE, false, "" },
	{ "304 is no redirect", 304, TO("/x"), REDIRECT_NONE, false, "" },
	{ "305 is deprecated", 305, TO("/x"), REDIRECT_NONE, false, "" },
	{ "no status", 0, TO("/x"), REDIRECT_NONE, false, "" },
	{ "relative path", 301, TO("other"), REDIRECT_TO, true,
	  "https://a.test/dir/other" },
	{ "absolute path", 301, TO("/other"), REDIRECT_TO, true, "https://a.test/other" },
	{ "dot segments", 301, TO("../.././x"), REDIRECT_TO, true, "https://a.test/x" },
	{ "query only", 302, TO("?q=2"), REDIRECT_TO, false,
	  "https://a.test/dir/page?q=2" },
	{ "other authority", 301, TO("//B.test:443/x"), REDIRECT_TO, true,
	  "https://b.test/x" },
	{ "fragment goes", 301, TO("/x#part"), REDIRECT_TO, true, "https://a.test/x" },
	{ "raw octets", 301, TO("/\xc3\xa9 x"), REDIRECT_TO, true,
	  "https://a.test/%C3%A9%20x" },
	{ "https to http", 301, TO("http://a.test/"), REDIRECT_DOWNGRADE, true,
	  "http://a.test/" },
	{ "the same Location twice", 301, TO("/x") TO("/x"), REDIRECT_TO, true,
	  "https://a.test/x" },
	{ "two that differ", 301, TO("/x") TO("/y"), REDIRECT_BAD, true, "" },
	{ "the third differs", 301, TO("/x") TO("/x") TO("/y"), REDIRECT_BAD, true, "" },
	{ "no Location", 302, "X: y\n", REDIRECT_BAD, false, "" },
	{ "empty Location", 302, "Location: \n", REDIRECT_BAD, false, "" },
	{ "userinfo", 302, TO("https://u:p@b.test/"), REDIRECT_BAD, false, "" },
	{ "userinfo without password", 302, TO("//u@b.test/"), REDIRECT_BAD, false, "" },
	{ "ftp", 302, TO("ftp://b.test/"), REDIRECT_BAD, false, "" },
	{ "javascript", 302, TO("javascript:alert(1)"), REDIRECT_BAD, false, "" },
	{ "file", 302, TO("file:///etc/passwd"), REDIRECT_BAD, false, "" },
	{ "no host", 302, TO("https://"), REDIRECT_BAD, false, "" },
	{ "bad port", 302, TO("https://b.test:99999/"), REDIRECT_BAD, false, "" },
	{ "bad host", 302, TO("https://b c.test/"), REDIRECT_BAD, false, "" },
	{ "bad address", 302, TO("https://[::1/"), REDIRECT_BAD, false, "" },
};

static void one_hop_is_judged_by_status_and_location(void **unused)
{
	struct redirect r = REDIRECT_INIT;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct header_list headers = headers_of(rows[i].headers);

		assert_int_equal(
			redirect_judge(rows[i].http_status, SPAN(SOURCE), &headers, &r),
			ERR_OK);
		if (r.verdict != rows[i].verdict || r.is_permanent != rows[i].permanent ||
		    strcmp(buf_text(&r.target), rows[i].target))
			fail_msg("row %zu: %s: %s", i, rows[i].why, buf_text(&r.target));
		assert_int_equal(r.why.text[0] != '\0', r.verdict == REDIRECT_BAD);
		header_list_release(&headers);
	}
	redirect_release(&r);
}

static void http_may_go_anywhere(void **unused)
{
	struct header_list headers = headers_of(TO("https://a.test/x"));
	struct redirect r = REDIRECT_INIT;

	(void)unused;
	assert_int_equal(redirect_judge(301, SPAN("http://a.test/"), &headers, &r),
			 ERR_OK);
	assert_int_equal(r.verdict, REDIRECT_TO);
	header_list_clear(&headers);
	assert_int_equal(header_add_line(&headers, SPAN("Location: http://b.test/")),
			 ERR_OK);
	assert_int_equal(redirect_judge(301, SPAN("http://a.test/"), &headers, &r),
			 ERR_OK);
	assert_int_equal(r.verdict, REDIRECT_TO);
	header_list_release(&headers);
	redirect_release(&r);
}

/* REQ 62: never cut */
static void a_location_over_8_kib_is_bad(void **unused)
{
	static char line[9000];
	struct header_list headers = HEADER_LIST_INIT;
	struct redirect r = REDIRECT_INIT;

	(void)unused;
	memset(line, 'x', sizeof(line));
	memcpy(line, "Location: /", 11);
	assert_int_equal(header_add_line(&headers, span_from(line, sizeof(line))),
			 ERR_OK);
	assert_int_equal(redirect_judge(301, SPAN(SOURCE), &headers, &r), ERR_OK);
	assert_int_equal(r.verdict, REDIRECT_BAD);
	header_list_release(&headers);
	redirect_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_hop_is_judged_by_status_and_location),
		cmocka_unit_test(http_may_go_anywhere),
		cmocka_unit_test(a_location_over_8_kib_is_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
