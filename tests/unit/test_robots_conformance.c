/*
 * The cases of Google's robots_test.cc (tests/data/conformance/README.md): those of class
 * `core` must agree; where the others differ, RFC 9309 wins, for the reason given here.
 */
#include "tests/unit/unit.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <zlib.h>

#include "crawler/robots.h"
#include "store/base/url.h"

#define CASES "tests/data/conformance/robots.jsonl"
#define N_CASES 153
#define N_CORE 143

static const struct {
	const char *id, *why;
} differing[] = {
	{ "R0005", "2.2 wants the colon" },
	{ "R0039", "2.2.1 names a product token, and that of \"Foo Bar\" is Foo" },
	{ "R0062", "2.2.2 encodes both sides before it compares" },
	{ "R0064", "2.2.2 encodes both sides before it compares" },
	{ "R0065", "2.2.2 decodes unreserved octets before it compares" },
	{ "R0077", "2.2.2 knows no index.html" },
	{ "R0140", "2.2.2 sets no limit to a line, so nothing is cut off this one" },
	{ "R0143", "2.2.2 sets no limit to a line, so nothing is cut off this one" },
};

static bool is_known_to_differ(const char *id)
{
	for (size_t i = 0; i < ARRAY_SIZE(differing); i++) {
		if (!strcmp(differing[i].id, id))
			return true;
	}
	return false;
}

/* base64 of zlib: for the few long files. */
static struct buf unzipped(const char *base64)
{
	static unsigned char zipped[4096], plain[100000];
	uLongf len = sizeof(plain);
	struct buf body = BUF_INIT;
	int n = EVP_DecodeBlock(zipped, (const unsigned char *)base64,
				(int)strlen(base64));

	assert_true(n > 0);
	assert_int_equal(uncompress(plain, &len, zipped, (uLong)n), Z_OK);
	assert_int_equal(buf_append(&body, plain, len), ERR_OK);
	return body;
}

static struct buf body_of(const json_t *row)
{
	const char *zipped = json_string_value(json_object_get(row, "robots_zb64"));
	const json_t *text = json_object_get(row, "robots");
	struct buf body = BUF_INIT;

	if (zipped)
		return unzipped(zipped);
	assert_int_equal(
		buf_append(&body, json_string_value(text), json_string_length(text)),
		ERR_OK);
	return body;
}

/* The URL as the crawler would ask; those over URL_MAX as they stand. */
static bool is_allowed(const struct robots *robots, const char *url)
{
	struct buf canonical = BUF_INIT;
	struct span target = robots_target(span_of(url));
	struct robots_match match;
	struct url_parts parts;
	struct why why;

	if (url_canonical(span_of(url), SPAN(""), &canonical, &why) == ERR_OK &&
	    url_split(buf_span(&canonical), &parts) == ERR_OK)
		target = parts.target;
	assert_int_equal(robots_match(robots, target, &match), ERR_OK);
	buf_release(&canonical);
	return match.allowed;
}

static bool agrees(const json_t *row)
{
	const char *agent = json_string_value(json_object_get(row, "agent"));
	const char *url = json_string_value(json_object_get(row, "url"));
	struct buf body = body_of(row);
	struct robots *robots;
	bool allowed;

	assert_int_equal(robots_parse(buf_span(&body), span_of(agent), &robots), ERR_OK);
	allowed = is_allowed(robots, url);
	robots_free(robots);
	buf_release(&body);
	return allowed == json_is_true(json_object_get(row, "allow"));
}

static void core_cases_agree_and_the_rest_differ_only_as_listed(void **unused)
{
	static char line[200000];
	int n_cases = 0, n_core = 0;
	FILE *f = fopen(CASES, "r");

	(void)unused;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		json_t *row = json_loads(line, 0, NULL);
		const char *id = json_string_value(json_object_get(row, "id"));
		const char *cls = json_string_value(json_object_get(row, "cls"));

		assert_non_null(row);
		n_cases++;
		n_core += !strcmp(cls, "core");
		if (agrees(row) == is_known_to_differ(id))
			fail_msg("%s (%s)", id, cls);
		json_decref(row);
	}
	fclose(f);
	assert_int_equal(n_cases, N_CASES);
	assert_int_equal(n_core, N_CORE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(core_cases_agree_and_the_rest_differ_only_as_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
