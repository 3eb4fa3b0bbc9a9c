/* REQ 73: an HTML page is whole in itself, and nothing in its data is more than text. */
#include "tests/unit/unit.h"

#include <openssl/evp.h>

#include "tools/web_assets.h"
#include "tools/web_page.h"

static const char hostile[] =
	"{\"title\":\"</script><script>alert(1)</script>&amp;{{data}}\"}";

static struct span page_of(struct buf *out)
{
	assert_int_equal(web_page_make(out, "report.html", span_of(hostile)), ERR_OK);
	return buf_span(out);
}

static bool holds(struct span page, const char *text)
{
	return memmem(page.data, page.len, text, strlen(text)) != NULL;
}

static void data_of_a_page_is_text_req_73(void **unused)
{
	struct buf out = BUF_INIT;
	struct span page = page_of(&out);

	(void)unused;
	assert_true(holds(
		page, "<script type=\"application/json\" id=\"data\">"
		      "{\"title\":\"\\u003c/script\\u003e\\u003cscript\\u003e"
		      "alert(1)\\u003c/script\\u003e\\u0026amp;{{data}}\"}</script>"));
	assert_false(holds(page, "<script>alert"));
	buf_release(&out);
}

/* What stands between `open` and the next `close`; `*rest` is left behind it. */
static bool next_between(struct span *rest, const char *open, const char *close,
			 struct span *inner)
{
	const char *from = memmem(rest->data, rest->len, open, strlen(open)), *to;

	if (!from)
		return false;
	from += strlen(open);
	*rest = span_from(from, rest->len - (size_t)(from - rest->data));
	to = memmem(rest->data, rest->len, close, strlen(close));
	assert_non_null(to);
	*inner = span_from(from, (size_t)(to - from));
	*rest = span_from(to, rest->len - inner->len);
	return true;
}

static void require_hash(struct span policy, struct span code)
{
	unsigned char digest[32], base64[64];

	assert_int_equal(
		EVP_Digest(code.data, code.len, digest, NULL, EVP_sha256(), NULL), 1);
	EVP_EncodeBlock(base64, digest, sizeof(digest));
	assert_true(holds(policy, (const char *)base64));
}

static void the_policy_lets_in_exactly_its_own_scripts_and_styles_req_73(void **unused)
{
	struct buf out = BUF_INIT;
	struct span page = page_of(&out), rest = page, policy = { 0 }, code;
	int n = 0;

	(void)unused;
	assert_true(next_between(&rest, "Security-Policy\" content=\"", "\"", &policy));
	assert_true(holds(policy, "default-src 'none'"));
	assert_false(holds(policy, "unsafe"));
	for (rest = page; next_between(&rest, "<script>", "</script>", &code); n++)
		require_hash(policy, code);
	for (rest = page; next_between(&rest, "<style>", "</style>", &code); n++)
		require_hash(policy, code);
	for (rest = policy; next_between(&rest, "'sha256-", "'", &code);)
		n--;
	assert_int_equal(n, 0);
	buf_release(&out);
}

static void an_asset_cannot_end_its_element(void **unused)
{
	(void)unused;
	assert_true(n_web_assets > 0);
	for (size_t i = 0; i < n_web_assets; i++) {
		bool is_page = holds(span_of(web_assets[i].name), ".html");

		if (!is_page && (holds(web_assets[i].bytes, "</s") ||
				 holds(web_assets[i].bytes, "<!--")))
			fail_msg("%s ends or comments out its element",
				 web_assets[i].name);
	}
	assert_null(web_asset_find(SPAN("none.js")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_of_a_page_is_text_req_73),
		cmocka_unit_test(
			the_policy_lets_in_exactly_its_own_scripts_and_styles_req_73),
		cmocka_unit_test(an_asset_cannot_end_its_element),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
