#include "tests/unit/unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <zlib.h>

#include "crawler/document.h"
#include "store/base/zip.h"

/* A worker, a request with default limits and its headers, a document. */
struct bench {
	struct document_worker *worker;
	struct header_list headers;
	struct document_request request;
	struct document document;
};

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	if (!bench || document_worker_new(1, &bench->worker))
		return -1;
	document_init(&bench->document);
	bench->request = (struct document_request){
		.headers = &bench->headers,
		.html = { HTML_MAX_BYTES, HTML_MAX_DEPTH, 0, NULL },
	};
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	document_release(&bench->document);
	document_worker_free(bench->worker);
	header_list_release(&bench->headers);
	free(bench);
	return 0;
}

static const struct document *read_document(struct bench *bench, const char *type,
					    struct span wire)
{
	struct buf line = BUF_INIT;

	if (type) {
		assert_int_equal(buf_printf(&line, "Content-Type: %s", type), ERR_OK);
		assert_int_equal(header_add_line(&bench->headers, buf_span(&line)),
				 ERR_OK);
	}
	buf_release(&line);
	bench->request.wire = wire;
	assert_int_equal(document_read(bench->worker, &bench->request, &bench->document),
			 ERR_OK);
	header_list_clear(&bench->headers);
	return &bench->document;
}

/* The next visit knows what this one found. */
static void remember(struct bench *bench)
{
	bench->request.known_digest = bench->document.digest;
	bench->request.known_text_digest = bench->document.text_digest;
	bench->request.known_simhash = bench->document.simhash;
}

static void a_new_page_is_read_and_zipped(void **state)
{
	struct span page = SPAN("<html lang=en><title>T</title><p>one two three four "
				"<a href=/x>x</a>");
	const struct document *d = read_document(*state, "text/html", page);
	struct buf back = BUF_INIT;
	struct digest digest = digest_of(page);
	struct zip *zip;

	assert_int_equal(d->status, FETCH_OK);
	assert_true(span_equal(buf_span(&d->body), page));
	assert_true(digest_equal(&d->digest, &digest));
	assert_false(d->same_bytes || d->same_text);
	assert_true(d->has_text && d->simhash != 0 && !digest_is_none(&d->text_digest));
	assert_true(d->similarity == 0);
	assert_string_equal(buf_text(&d->title), "T");
	assert_string_equal(buf_text(&d->language), "en");
	assert_int_equal(d->n_links, 1);
	assert_int_equal(zip_new(1, &zip), ERR_OK);
	assert_int_equal(zip_decompress(zip, buf_span(&d->compressed), 1000, &back),
			 ERR_OK);
	assert_true(span_equal(buf_span(&back), page));
	zip_free(zip);
	buf_release(&back);
}

/* REQ 26 */
static void the_same_bytes_are_not_read_again(void **state)
{
	const struct document *d = read_document(*state, "text/html", SPAN("<p>a b c"));

	remember(*state);
	d = read_document(*state, "text/html", SPAN("<p>a b c"));
	assert_true(d->same_bytes);
	assert_int_equal(d->compressed.len, 0);
	assert_false(d->has_text);
	assert_true(digest_is_none(&d->text_digest));
}

/* REQ 35 */
static void other_markup_around_the_same_text_is_seen_as_such(void **state)
{
	const struct document *d =
		read_document(*state, "text/html", SPAN("<p>a b c<!-- 1 -->"));

	remember(*state);
	d = read_document(*state, "text/html", SPAN("<div>a b\n c<!-- 2 --></div>"));
	assert_false(d->same_bytes);
	assert_true(d->same_text);
	assert_true(d->similarity == 1);
	assert_true(d->compressed.len > 0);
	d = read_document(*state, "text/html", SPAN("<p>a b d"));
	assert_false(d->same_text);
	assert_true(d->similarity < 1);
}

/* Is it the text of that body and epoch that the sketch was kept of? */
static void a_sketch_serves_for_its_own_version_alone(void **state)
{
	struct bench *bench = *state;
	struct document *d = &bench->document;
	struct buf sketch = BUF_INIT;
	struct digest digest;
	struct boilerplate b;
	bool decided;

	boilerplate_init(&b);
	bench->request.may_compare = true;
	read_document(*state, "text/html", SPAN("<p>a b c<p>d e f"));
	sketch = buf_take(&d->sketch);
	digest = d->digest;
	remember(*state);
	read_document(*state, "text/html", SPAN("<p>a b c<p>d e g"));
	assert_int_equal(
		document_compare_sketch(buf_span(&sketch), &digest, &b, d, &decided),
		ERR_OK);
	assert_true(decided && !d->same_text);
	assert_int_equal(
		document_compare_sketch(buf_span(&sketch), &d->digest, &b, d, &decided),
		ERR_OK);
	assert_false(decided);
	bench->request.epoch++;
	read_document(*state, "text/html", SPAN("<p>a b c<p>d e g"));
	assert_int_equal(
		document_compare_sketch(buf_span(&sketch), &digest, &b, d, &decided),
		ERR_OK);
	assert_false(decided);
	read_document(*state, "image/png", SPAN("<p>a b c<p>d e g"));
	assert_int_equal(d->sketch.len, 0);
	buf_release(&sketch);
	boilerplate_release(&b);
}

static const struct {
	const char *why, *type;
	struct span body;
	const char *text;
} type_rows[] = {
	{ "HTML", "text/html", SPAN("<p>a<p>b"), "a\nb" },
	{ "its charset", "Text/HTML ; x=y; Charset=\"koi8-r\"", SPAN("\xC1"),
	  "\xD0\xB0" },
	{ "XHTML", "application/xhtml+xml", SPAN("<p>a</p>"), "a" },
	{ "plain text is text", "text/plain", SPAN("<p>\n b"), "<p>\nb" },
	{ "in its charset", "text/plain;charset=utf-16be", SPAN("\0a"), "a" },
	{ "other types have none", "application/json", SPAN("{\"a\": 1}"), "" },
	{ "nor have images", "image/png", SPAN("<html>a"), "" },
	{ "without a type HTML is recognised", NULL, SPAN(" \n<!DocType HTML><p>a"),
	  "a" },
	{ "by its root too", NULL, SPAN("\xEF\xBB\xBF<HTML><p>a"), "a" },
	{ "else there is none", NULL, SPAN("<p>a"), "" },
	{ "an empty body", NULL, SPAN(""), "" },
	{ "a page that shows no words", "text/html", SPAN("<script>a()</script>"), "" },
};

static void the_type_decides_whether_there_is_text(void **state)
{
	struct bench *bench = *state;

	for (size_t i = 0; i < ARRAY_SIZE(type_rows); i++) {
		const struct document *d =
			read_document(bench, type_rows[i].type, type_rows[i].body);
		bool has_text = type_rows[i].text[0] != '\0';
		struct span text;

		if (d->status || d->has_text != has_text ||
		    digest_is_none(&d->text_digest) == has_text)
			fail_msg("row %zu: %s", i, type_rows[i].why);
		assert_int_equal(document_text(bench->worker, span_of(type_rows[i].type),
					       type_rows[i].body, &bench->request.html,
					       &text),
				 ERR_OK);
		if (!span_equal(text, span_of(type_rows[i].text)))
			fail_msg("row %zu: %s: '%.*s'", i, type_rows[i].why,
				 (int)text.len, text.data);
	}
}

/* REQ 63: the page still has its digest and is stored. */
static void a_page_over_the_parsers_limits_goes_by_its_raw_digest(void **state)
{
	struct bench *bench = *state;
	const struct document *d;

	bench->request.html.max_depth = 3;
	d = read_document(bench, "text/html",
			  SPAN("<title>t</title><b><b><b><b>deep text"));
	assert_int_equal(d->status, FETCH_OK);
	assert_false(d->has_text);
	assert_int_equal(d->title.len, 0);
	assert_true(!digest_is_none(&d->digest) && d->compressed.len > 0);
}

/* The gzip form of `plain`, in `out`. */
static void gzip(struct span plain, struct buf *out)
{
	z_stream z = { 0 };

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY),
			 Z_OK);
	assert_int_equal(buf_reserve(out, deflateBound(&z, plain.len)), ERR_OK);
	z.next_in = (Bytef *)plain.data;
	z.avail_in = (uInt)plain.len;
	z.next_out = (Bytef *)out->data;
	z.avail_out = (uInt)out->cap;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->len = z.total_out;
	deflateEnd(&z);
}

/* REQ 27, 28, 60, 61 */
static void what_does_not_decode_is_told_apart_and_stores_nothing(void **state)
{
	struct bench *bench = *state;
	struct buf wire = BUF_INIT;
	const struct document *d;

	gzip(SPAN("<p>zipped page"), &wire);
	assert_int_equal(header_add_line(&bench->headers, SPAN("Content-Encoding: gzip")),
			 ERR_OK);
	d = read_document(bench, "text/html", buf_span(&wire));
	assert_int_equal(d->status, FETCH_OK);
	assert_string_equal(buf_text(&d->body), "<p>zipped page");

	assert_int_equal(header_add_line(&bench->headers, SPAN("Content-Encoding: gzip")),
			 ERR_OK);
	d = read_document(bench, "text/html", span_from(wire.data, wire.len - 1));
	assert_int_equal(d->status, FETCH_UNDECODABLE);
	assert_true(d->detail[0] != '\0');
	assert_true(d->body.len == 0 && d->compressed.len == 0);
	assert_true(digest_is_none(&d->digest));

	assert_int_equal(header_add_line(&bench->headers, SPAN("Content-Encoding: gzip")),
			 ERR_OK);
	bench->request.max_bytes = 5;
	d = read_document(bench, "text/html", buf_span(&wire));
	assert_int_equal(d->status, FETCH_BODY_TOO_LARGE);
	buf_release(&wire);
}

static const struct {
	const char *field, *page;
	bool noindex, nofollow, noarchive;
} robots_rows[] = {
	{ "X-Robots-Tag: noindex", "a", true, false, false },
	{ "X-Robots-Tag: freshet: nofollow, noarchive", "a", false, true, true },
	{ "X-Robots-Tag: otherbot: noindex", "a", false, false, false },
	{ "X-Robots-Tag: noarchive, unavailable_after: 1 Jan 2030", "a", false, false,
	  true },
	{ "X-Robots-Tag: nofollow", "<meta name=robots content=noindex>", true, true,
	  false },
};

static void robots_are_addressed_by_page_and_by_field(void **state)
{
	struct bench *bench = *state;

	for (size_t i = 0; i < ARRAY_SIZE(robots_rows); i++) {
		const struct document *d;

		assert_int_equal(
			header_add_line(&bench->headers, span_of(robots_rows[i].field)),
			ERR_OK);
		d = read_document(bench, "text/html", span_of(robots_rows[i].page));
		if (d->robots.noindex != robots_rows[i].noindex ||
		    d->robots.nofollow != robots_rows[i].nofollow ||
		    d->robots.noarchive != robots_rows[i].noarchive)
			fail_msg("row %zu: %s", i, robots_rows[i].field);
	}
}

/* One page after another on a worker of its own; `seed` becomes how many went wrong. */
static void *work(void *seed)
{
	struct buf page = BUF_INIT, title = BUF_INIT;
	struct bench *bench;
	int n_wrong = 0;

	if (set_up((void **)&bench) || buf_printf(&title, "%d", *(int *)seed))
		abort();
	for (int i = 0; i < 100; i++) {
		struct digest expected;

		buf_clear(&page);
		if (buf_printf(&page, "<html><title>%s</title><p>page %d",
			       buf_text(&title), i))
			abort();
		expected = digest_of(buf_span(&page));
		bench->request.wire = buf_span(&page);
		n_wrong +=
			document_read(bench->worker, &bench->request, &bench->document) ||
			!digest_equal(&bench->document.digest, &expected) ||
			!span_equal(buf_span(&bench->document.title), buf_span(&title));
	}
	buf_release(&page);
	buf_release(&title);
	tear_down((void **)&bench);
	*(int *)seed = n_wrong;
	return NULL;
}

static void workers_are_independent(void **unused)
{
	int seeds[3] = { 11, 22, 33 };
	pthread_t threads[3];

	(void)unused;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, &seeds[i]), 0);
	for (size_t i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(seeds[i], 0);
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_page_is_read_and_zipped),
		TEST(the_same_bytes_are_not_read_again),
		TEST(other_markup_around_the_same_text_is_seen_as_such),
		TEST(a_sketch_serves_for_its_own_version_alone),
		TEST(the_type_decides_whether_there_is_text),
		TEST(a_page_over_the_parsers_limits_goes_by_its_raw_digest),
		TEST(what_does_not_decode_is_told_apart_and_stores_nothing),
		TEST(robots_are_addressed_by_page_and_by_field),
		cmocka_unit_test(workers_are_independent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
