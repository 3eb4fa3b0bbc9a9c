#include "tests/unit/unit.h"

#include <zlib.h>

#include "crawler/source_document.h"
#include "tests/unit/source_text.h"

#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define NS " xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\""
#define URL(loc) "<url><loc>" loc "</loc></url>"

/* `said`: "URL date\n" of each entry, as source_text() writes it. */
static const struct source_row rows[] = {
	{ "a sitemap",
	  XML "<urlset" NS "><url><loc>http://h/a</loc><lastmod>2026-11-22</lastmod>"
	      "<changefreq>daily</changefreq><priority>0.8</priority></url>" URL(
		      "http://h/b") "</urlset>",
	  SOURCE_SITEMAP, "http://h/a 2026-11-22T00:00:00.000Z\nhttp://h/b -\n" },
	{ "an index",
	  XML "<sitemapindex" NS "><sitemap><loc>http://h/1.xml</loc>"
	      "<lastmod>2026-11-22T10:00:00+01:00</lastmod></sitemap></sitemapindex>",
	  SOURCE_INDEX, "http://h/1.xml 2026-11-22T09:00:00.000Z\n" },
	{ "no namespace, no declaration", "<urlset>" URL("http://h/a") "</urlset>",
	  SOURCE_SITEMAP, "http://h/a -\n" },
	{ "a prefix",
	  "<s:urlset xmlns:s=\"x\"><s:url><s:loc>http://h/a</s:loc></s:url></s:urlset>",
	  SOURCE_SITEMAP, "http://h/a -\n" },
	{ "an undeclared prefix is no damage",
	  "<urlset><url><loc>http://h/a</loc><x:y>1</x:y></url></urlset>", SOURCE_SITEMAP,
	  "http://h/a -\n" },
	{ "blanks and line breaks",
	  "<urlset><url><loc>\n  http://h/a\n</loc></url></urlset>", SOURCE_SITEMAP,
	  "http://h/a -\n" },
	{ "escapes", "<urlset>" URL("http://h/?a=1&amp;b=2&#38;c&#x3d;3") "</urlset>",
	  SOURCE_SITEMAP, "http://h/?a=1&b=2&c=3 -\n" },
	{ "CDATA", "<urlset>" URL("<![CDATA[http://h/?a&b]]>") "</urlset>",
	  SOURCE_SITEMAP, "http://h/?a&b -\n" },
	{ "a picture's loc is no page",
	  "<urlset><url><loc>http://h/a</loc><image:image><image:loc>http://h/p.png"
	  "</image:loc></image:image></url></urlset>",
	  SOURCE_SITEMAP, "http://h/a -\n" },
	{ "a loc outside of an entry", "<urlset><loc>http://h/x</loc></urlset>",
	  SOURCE_SITEMAP, "" },
	{ "an entry without loc", "<urlset><url><lastmod>2026</lastmod></url></urlset>",
	  SOURCE_SITEMAP, "" },
	{ "a date that is none",
	  "<urlset><url><loc>http://h/a</loc><lastmod>soon</lastmod>"
	  "</url></urlset>",
	  SOURCE_SITEMAP, "http://h/a -\n" },
	{ "ISO 8859-1",
	  "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><urlset>" URL(
		  "http://h/\xe9") "</urlset>",
	  SOURCE_SITEMAP, "http://h/\xc3\xa9 -\n" },
	{ "a byte order mark and blanks before it",
	  "\xef\xbb\xbf\n <urlset>" URL("http://h/a") "</urlset>", SOURCE_SITEMAP,
	  "http://h/a -\n" },
	{ "text", "http://h/a\r\n\n https://h/b \n", SOURCE_SITEMAP,
	  "http://h/a -\nhttps://h/b -\n" },
	{ "text with a mark", "\xef\xbb\xbfhttp://h/a", SOURCE_SITEMAP,
	  "http://h/a -\n" },
	{ "text that is none", "http://h/a\nhello\n", SOURCE_NONE, "" },
	{ "nothing", "", SOURCE_NONE, "" },
	{ "blanks", " \n \n", SOURCE_NONE, "" },
	{ "a page", "<!DOCTYPE html><html><body><p>Not found</p></body></html>",
	  SOURCE_NONE, "" },
};

static void sitemaps_tell_pages_and_dates_req64(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		source_check_row(&rows[i]);
}

/* What is well formed in front of the damage counts; that it is damaged is told. */
static const struct source_row damaged_rows[] = {
	{ "cut off", "<urlset>" URL("http://h/a") "<url><loc>http://h/b</l",
	  SOURCE_SITEMAP, "http://h/a -\n" },
	{ "a bare ampersand",
	  "<urlset>" URL("http://h/?a&b=1") URL("http://h/c") "</urlset>", SOURCE_SITEMAP,
	  "http://h/c -\n" },
	{ "a reference that nobody knows",
	  "<urlset>" URL("http://h/caf&eacute;") URL("http://h/c") "</urlset>",
	  SOURCE_SITEMAP, "http://h/c -\n" },
	/* Billion laughs, an external entity, a parameter entity: nothing is replaced. */
	{ "a billion laughs",
	  "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">"
	  "<!ENTITY c \"&b;&b;&b;&b;\">]><urlset>" URL("http://h/&c;")
		  URL("http://h/b") "</urlset>",
	  SOURCE_SITEMAP, "http://h/b -\n" },
	{ "an external entity",
	  "<!DOCTYPE l [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><urlset>" URL(
		  "http://h/&x;") "</urlset>",
	  SOURCE_SITEMAP, "" },
	{ "an entity in an attribute",
	  "<!DOCTYPE l [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><urlset a=\"&x;\">" URL(
		  "http://h/a") "</urlset>",
	  SOURCE_SITEMAP, "http://h/a -\n" },
};

static void damage_costs_itself_and_is_told_req64(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(damaged_rows); i++) {
		struct source_document document;

		source_check_row(&damaged_rows[i]);
		source_read(damaged_rows[i].text, strlen(damaged_rows[i].text),
			    &document);
		if (!document.is_damaged || !document.why.text[0])
			fail_msg("%s: nothing is said", damaged_rows[i].why);
		source_document_release(&document);
	}
}

/* A DTD is not read: neither its entities nor, of an external one, the file. */
static void an_external_dtd_is_not_loaded_req64(void **unused)
{
	static const struct source_row row = {
		"an external DTD",
		"<!DOCTYPE urlset SYSTEM \"file:///proc/self/environ\"><urlset>" URL(
			"http://h/a") "</urlset>",
		SOURCE_SITEMAP, "http://h/a -\n"
	};

	(void)unused;
	source_check_row(&row);
}

static void append(struct buf *b, const char *text, size_t times)
{
	for (size_t i = 0; i < times; i++)
		assert_int_equal(buf_append_text(b, text), ERR_OK);
}

static void the_50001st_url_is_left_out_req64(void **unused)
{
	struct source_document document;
	struct buf body = BUF_INIT;

	(void)unused;
	append(&body, "<urlset>", 1);
	append(&body, URL("http://h/a"), SOURCE_MAX_ENTRIES);
	source_read(body.data, body.len, &document);
	assert_int_equal(document.n_entries, SOURCE_MAX_ENTRIES);
	assert_false(document.is_cut);
	source_document_release(&document);
	append(&body, URL("http://h/a"), 1);
	append(&body, "</urlset>", 1);
	source_read(body.data, body.len, &document);
	assert_int_equal(document.n_entries, SOURCE_MAX_ENTRIES);
	assert_true(document.is_cut);
	source_document_release(&document);
	buf_release(&body);
}

static void gzip_into(struct buf *out, struct span in)
{
	z_stream z = { 0 };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
			 Z_OK);
	assert_int_equal(buf_reserve(out, deflateBound(&z, in.len)), ERR_OK);
	z.next_in = (unsigned char *)(uintptr_t)in.data;
	z.avail_in = (unsigned)in.len;
	z.next_out = (unsigned char *)out->data;
	z.avail_out = (unsigned)deflateBound(&z, in.len);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->len = z.total_out;
	deflateEnd(&z);
}

static void a_gzip_file_is_read_and_a_bomb_is_not_req61_req64(void **unused)
{
	struct source_document document;
	struct buf zipped = BUF_INIT, bomb = BUF_INIT;

	(void)unused;
	gzip_into(&zipped, SPAN("<urlset>" URL("http://h/a") "</urlset>"));
	source_read(zipped.data, zipped.len, &document);
	assert_int_equal(document.n_entries, 1);
	source_document_release(&document);
	source_read(zipped.data, zipped.len - 1, &document);
	assert_int_equal(document.kind, SOURCE_NONE);
	assert_string_equal(document.why.text, "gzip: broken coding");
	source_document_release(&document);
	append(&bomb, "<urlset>                                        ", 200000);
	buf_clear(&zipped);
	gzip_into(&zipped, buf_span(&bomb));
	source_read(zipped.data, zipped.len, &document);
	assert_int_equal(document.kind, SOURCE_NONE);
	assert_string_equal(document.why.text, "gzip: decompression bomb");
	source_document_release(&document);
	buf_release(&zipped);
	buf_release(&bomb);
}

/* What would take hours or all memory in a lenient parser ends soon. Not timed here: a
 * quadratic reading would not end at all. */
static void hostile_shapes_end_soon_req64(void **unused)
{
	static const struct {
		const char *why, *before, *again;
		size_t times;
	} shapes[] = {
		{ "a tag of a million attributes", "<urlset ", "a=\"\" ", 1000000 },
		{ "attributes behind a quoted >", "<urlset x=\">\" ", "a=\"\" ",
		  1000000 },
		{ "depth", "", "<urlset>", 1000000 },
		{ "depth of many names", "<urlset>", "<a><b><c>", 300000 },
		{ "a text without end", "<urlset><url><loc>", "http://h/", 1000000 },
		{ "an open comment", "<urlset><!-- ", "-> ", 1000000 },
		{ "open sections", "<urlset>", "<![CDATA[>", 500000 },
		{ "references", "<urlset><url><loc>", "&a;&#0;>", 500000 },
		{ "declarations", "<!DOCTYPE u [", "<!ENTITY a \"&a;\">", 300000 },
		{ "NULs", "<urlset>", "\x01\x02>", 500000 },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct source_document document;
		struct buf body = BUF_INIT;

		append(&body, shapes[i].before, 1);
		append(&body, shapes[i].again, shapes[i].times);
		source_read(body.data, body.len, &document);
		if (document.n_entries)
			fail_msg("%s: an entry", shapes[i].why);
		source_document_release(&document);
		buf_release(&body);
	}
}

/* Reads one good entry, `end`, and another one that must not be reached. */
static void require_end(struct buf *end, const char *said)
{
	struct source_document document;
	struct buf body = BUF_INIT;

	append(&body, "<urlset>" URL("http://h/a"), 1);
	append(&body, buf_text(end), 1);
	append(&body, URL("http://h/b") "</urlset>", 1);
	source_read(body.data, body.len, &document);
	assert_int_equal(document.n_entries, 1);
	assert_true(document.is_damaged);
	if (!strstr(document.why.text, said))
		fail_msg("%s, not %s", document.why.text, said);
	source_document_release(&document);
	buf_release(&body);
	buf_clear(end);
}

static void what_no_honest_document_has_ends_the_reading_req64(void **unused)
{
	struct buf end = BUF_INIT;

	(void)unused;
	for (int i = 0; i < 30000; i++)
		assert_int_equal(buf_printf(&end, "<e%d/>", i), ERR_OK);
	require_end(&end, "too many different names");
	append(&end, "<e>", 300);
	require_end(&end, "nested too deeply");
	append(&end, "<e", 1);
	for (int i = 0; i < 6000; i++)
		assert_int_equal(buf_printf(&end, " a%x=''", i), ERR_OK);
	append(&end, "/>", 1);
	require_end(&end, "takes too long to read");
	buf_release(&end);
}

/* REQ 62: the URL is over its limit for whoever makes it canonical, never cut. */
static void a_url_over_8_kib_stays_over_it_req62(void **unused)
{
	struct source_document document;
	struct buf body = BUF_INIT;

	(void)unused;
	append(&body, "<urlset><url><loc>http://h/", 1);
	append(&body, "a", 20000);
	append(&body, "</loc></url></urlset>", 1);
	source_read(body.data, body.len, &document);
	assert_int_equal(document.n_entries, 1);
	assert_int_equal(document.entries[0].url_len, XML_TEXT_MAX);
	source_document_release(&document);
	buf_release(&body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sitemaps_tell_pages_and_dates_req64),
		cmocka_unit_test(damage_costs_itself_and_is_told_req64),
		cmocka_unit_test(an_external_dtd_is_not_loaded_req64),
		cmocka_unit_test(the_50001st_url_is_left_out_req64),
		cmocka_unit_test(a_gzip_file_is_read_and_a_bomb_is_not_req61_req64),
		cmocka_unit_test(hostile_shapes_end_soon_req64),
		cmocka_unit_test(what_no_honest_document_has_ends_the_reading_req64),
		cmocka_unit_test(a_url_over_8_kib_stays_over_it_req62),
	};

	xml_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
