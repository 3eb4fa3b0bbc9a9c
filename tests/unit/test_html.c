#include "tests/unit/unit.h"

#include <pthread.h>
#include <stdlib.h>

#include "crawler/charset.h"
#include "crawler/html.h"
#include "store/page.h"

static const struct html_limits limits = { HTML_MAX_BYTES, HTML_MAX_DEPTH, 0, NULL };

static int set_up(void **state)
{
	static struct html html;

	html_init(&html);
	*state = &html;
	return 0;
}

static int tear_down(void **state)
{
	html_release(*state);
	return 0;
}

static void parse(struct html *html, const char *page)
{
	assert_int_equal(html_parse(span_of(page), SPAN(""), &limits, html), ERR_OK);
}

static const struct {
	const char *why, *page, *text;
} text_rows[] = {
	{ "blocks stand apart", "<p>a</p><p>b<div>c</div>d", "a\nb\nc\nd" },
	{ "inline elements join", "a<b>b</b>c <i>d</i>", "abc d" },
	{ "a line break parts words", "a<br>b<img src=x>c", "a b c" },
	{ "cells are blocks", "<table><tr><td>a<td>b</table>", "a\nb" },
	{ "the title comes first",
	  "<html><head><title> T\n t </title></head><body>a</body></html>", "T t\na" },
	{ "a second title is not one",
	  "<title>T</title><svg><title>x</title></svg>"
	  "<title>y</title>z",
	  "T\nz" },
	{ "scripts and styles go",
	  "a<script>if (x<b) '</p>'</script>b<style>p{}</style>c", "abc" },
	{ "so do comments", "a<!-- b --><!c>d", "ad" },
	{ "so do conditional comments",
	  "a<![if !IE & x]>b<![endif]>c<!--[if IE]>d<![endif]-->e&lt;!f>", "abce<!f>" },
	{ "templates, noscript, frames",
	  "a<template><p>x</template><noscript>y</noscript><iframe>z</iframe>b", "a b" },
	{ "but a shadow root shows", "a<template shadowrootmode=open><p>x</template>b",
	  "a\nx\nb" },
	{ "nothing is in an element without an end, hidden or not",
	  "a<embed src=x hidden=true><p>b<wbr hidden>c<image hidden>d<keygen hidden>e"
	  "<bgsound hidden>f",
	  "a\nbc d ef" },
	{ "buttons say what their value is",
	  "a<input type=Submit value='Sold out'><input type=hidden value=x><input value=y>b",
	  "a Sold out b" },
	{ "of two displays the last one", "<p style='display:none;display:block'>a</p>b",
	  "a\nb" },
	{ "a display that is none there is", "<p style='display:nonesuch'>a</p>b",
	  "a\nb" },
	{ "hidden elements go", "a<div hidden>x<p>y</p></div>b", "a\nb" },
	{ "hidden by style", "a<p style='color:red; DISPLAY : none!important'>x</p>b",
	  "a\nb" },
	{ "shown by style", "<p style='display:block;x:none'>x</p>", "x" },
	{ "entities", "&lt;b&gt; &amp;amp &#8364;&#x41;&nope; &",
	  "<b> &amp \xE2\x82\xAC"
	  "A&nope; &" },
	{ "unknown elements are inline", "a<my-x>b</my-x><section>c</section>", "ab\nc" },
	{ "a word may break", "long<wbr>word<wbr>s", "longwords" },
	{ "no html, no body", "plain < text", "plain < text" },
	{ "text goes on behind the end", "<html><body>a</body></html>b<p>c", "a\nb\nc" },
	{ "crossed tags", "<div><b>a<i>b</b>c</i>d</div>", "abcd" },
	{ "what is not closed at all", "<div><p>a<li>b<script>x", "a\nb" },
	{ "an unclosed comment hides the rest", "a<!-- b", "a" },
	{ "a tag cut short", "a<p", "a" },
	{ "a processing instruction", "a<?php echo 1 ?>b", "ab" },
	{ "options are seen", "<select><option>a<option>b</select>", "a\nb" },
	{ "empty", "", "" },
	{ "only space", " \n ", "" },
};

static void text_is_what_a_reader_sees(void **state)
{
	struct html *html = *state;

	for (size_t i = 0; i < ARRAY_SIZE(text_rows); i++) {
		parse(html, text_rows[i].page);
		if (strcmp(buf_text(&html->text), text_rows[i].text) != 0)
			fail_msg("row %zu: %s: '%s'", i, text_rows[i].why,
				 buf_text(&html->text));
	}
}

/* REQ 35: comments, scripts, nonces and white space leave the text as it is. */
static void markup_alone_changes_no_text(void **state)
{
	struct html *html = *state;
	struct buf before = BUF_INIT;

	parse(html, "<title>t</title><div class=a><p>x <em>y</em></p></div>");
	assert_int_equal(buf_set(&before, buf_span(&html->text)), ERR_OK);
	parse(html, "<title>t</title>\n<!-- 17:03 --><section id=b nonce=8f1>\n <p>x\n"
		    "<strong>y</strong><script nonce=77>f(1)</script></p></section>");
	assert_string_equal(buf_text(&html->text), buf_text(&before));
	buf_release(&before);
}

static void the_head_is_read(void **state)
{
	struct html *html = *state;

	parse(html, "<!DOCTYPE html><html lang=' de-CH '><head><base href=/b/ >"
		    "<link rel='alternate' href=/no><link REL='x Canonical' href=' /c '>"
		    "<link rel=canonical href=/second>"
		    "<meta name=Robots content='NoIndex, noarchive'><title>T</title>");
	assert_string_equal(buf_text(&html->language), "de-CH");
	assert_string_equal(buf_text(&html->base), "/b/");
	assert_string_equal(buf_text(&html->canonical), "/c");
	assert_string_equal(buf_text(&html->title), "T");
	assert_true(html->robots.noindex && html->robots.noarchive);
	assert_false(html->robots.nofollow);

	parse(html, "<html lang='x\">'><meta name=robots content=none>");
	assert_int_equal(html->language.len, 0); /* nothing is left of the page before */
	assert_int_equal(html->canonical.len, 0);
	assert_int_equal(html->title.len, 0);
	assert_true(html->robots.noindex && html->robots.nofollow);
	assert_false(html->robots.noarchive);
}

static void a_long_title_is_cut_between_characters(void **state)
{
	struct html *html = *state;
	struct buf page = BUF_INIT;

	assert_int_equal(buf_append_text(&page, "<title>x"), ERR_OK);
	for (int i = 0; i < PAGE_TITLE_MAX; i++)
		assert_int_equal(buf_append_text(&page, "\xC3\xA4"), ERR_OK);
	parse(html, buf_text(&page));
	assert_int_equal(html->title.len, PAGE_TITLE_MAX - 1);
	assert_int_equal(charset_clean_prefix(buf_span(&html->title)), html->title.len);
	assert_int_equal(html->text.len, 1 + 2 * PAGE_TITLE_MAX);
	buf_release(&page);
}

static void links_are_a_set_without_order_or_fragments(void **state)
{
	struct html *html = *state;
	struct digest digest;

	parse(html,
	      "<a href=/a>1</a><a href=' /b#x'>2</a><area href=/a#y><a href=#z>3</a>"
	      "<a name=n>4</a><template><a href=/hidden>5</a></template>");
	assert_int_equal(html->n_links, 2);
	digest = html->link_digest;
	parse(html, "<a href=/b>2</a><a href=/a>1</a>");
	assert_true(digest_equal(&digest, &html->link_digest));
	parse(html, "<a href=/b>2</a><a href=/c>1</a>");
	assert_false(digest_equal(&digest, &html->link_digest));
	parse(html, "none");
	assert_int_equal(html->n_links, 0);
	assert_true(digest_is_none(&html->link_digest));
}

static void output_is_utf8_whatever_comes_in(void **state)
{
	struct html *html = *state;

	assert_int_equal(html_parse(SPAN("<title>caf\xE9</title>a\0b\x1B"),
				    SPAN("latin1"), &limits, html),
			 ERR_OK);
	assert_string_equal(buf_text(&html->text), "caf\xC3\xA9\na b");
	assert_int_equal(html_parse(SPAN("<meta charset=koi8-r>\xC1&#128;\xC1<b>\xFF"),
				    SPAN(""), &limits, html),
			 ERR_OK);
	assert_string_equal(buf_text(&html->text), "\xD0\xB0 \xD0\xB0\xD0\xAA");
	assert_int_equal(html_parse(SPAN("\xEF\xBB\xBF<p>\xE2\x82"), SPAN("koi8-r"),
				    &limits, html),
			 ERR_OK);
	assert_string_equal(buf_text(&html->text), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

/* A page of `head`, then `part` again and again, a "%" in it being a running number; about
 * `size` bytes in all, never more. */
static void make_page(struct buf *page, const char *head, const char *part, size_t size)
{
	const char *number = strchr(part, '%');
	size_t n = strlen(part), start;

	buf_clear(page);
	assert_int_equal(buf_reserve(page, size), ERR_OK);
	assert_int_equal(buf_append_text(page, head), ERR_OK);
	start = page->len;
	for (unsigned i = 0; number && page->len + n + 8 <= size; i++)
		assert_int_equal(buf_printf(page, "%.*s%x%s", (int)(number - part), part,
					    i, number + 1),
				 ERR_OK);
	if (number)
		return;
	assert_int_equal(buf_append_text(page, part), ERR_OK);
	while (page->len + n <= size) {
		size_t more = page->len - start;

		if (more > size - page->len)
			more = (size - page->len) / n * n;
		assert_int_equal(buf_reserve(page, more), ERR_OK);
		assert_int_equal(buf_append(page, page->data + start, more), ERR_OK);
	}
}

static void depth_is_limited(void **state)
{
	struct html *html = *state;
	struct buf page = BUF_INIT;

	make_page(&page, "", "<div>", 5 * HTML_MAX_DEPTH);
	assert_int_equal(html_parse(buf_span(&page), SPAN(""), &limits, html), ERR_OK);
	make_page(&page, "<title>t</title>text", "<div>", 5 * HTML_MAX_DEPTH + 5 + 20);
	assert_int_equal(html_parse(buf_span(&page), SPAN(""), &limits, html),
			 ERR_TOO_LARGE);
	assert_int_equal(html->text.len, 0);
	assert_int_equal(html->title.len, 0);
	make_page(&page, "<p>", "w<wbr>", 6 * 500); /* void elements are not deep */
	assert_int_equal(html_parse(buf_span(&page), SPAN(""), &limits, html), ERR_OK);
	buf_release(&page);
}

/* Not timed: libxml2 compares each attribute of a tag with all before it. */
static void attributes_are_limited_req63(void **state)
{
	static const struct {
		const char *why;
		int n_tags, n_names, n_repeated;
		enum err err;
	} rows[] = {
		{ "more than any honest tag has", 1, 400, 0, ERR_OK },
		{ "many tags of many", 100, 200, 0, ERR_OK },
		{ "thousands of names", 1, 6000, 0, ERR_TOO_LARGE },
		{ "the same thousands again and again", 30, 1500, 0, ERR_TOO_LARGE },
		{ "one of them again, as pages do by mistake", 1, 100, 100, ERR_OK },
		{ "... for ever", 1, 1000, 5000, ERR_TOO_LARGE },
	};
	struct html *html = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct buf page = BUF_INIT;
		enum err err = ERR_OK;

		for (int t = 0; !err && t < rows[i].n_tags; t++) {
			err = buf_append_text(&page, "<p");
			for (int n = 0; !err && n < rows[i].n_names; n++)
				err = buf_printf(&page, " a%x", n);
			for (int n = 0; !err && n < rows[i].n_repeated; n++)
				err = buf_printf(&page, " a%x", rows[i].n_names - 1);
			err = err ? err : buf_append_text(&page, ">text</p>");
		}
		assert_int_equal(err, ERR_OK);
		err = html_parse(buf_span(&page), SPAN(""), &limits, html);
		if (err != rows[i].err)
			fail_msg("%s: %s", rows[i].why, err_text(err));
		buf_release(&page);
	}
}

static void size_is_limited(void **state)
{
	struct html_limits small = { 10, 9, 0, NULL };

	assert_int_equal(html_parse(SPAN("0123456789"), SPAN(""), &small, *state),
			 ERR_OK);
	assert_int_equal(html_parse(SPAN("0123456789a"), SPAN(""), &small, *state),
			 ERR_TOO_LARGE);
}

static int64_t slow_clock_us(void)
{
	static int64_t now_us;

	return now_us += 400000; /* every look at it costs 0.4 s */
}

static void time_is_limited(void **state)
{
	struct html_limits slow = { HTML_MAX_BYTES, HTML_MAX_DEPTH, HTML_MAX_US,
				    slow_clock_us };
	struct html *html = *state;
	struct buf page = BUF_INIT;

	make_page(&page, "", "<p>x</p>", 500);
	assert_int_equal(html_parse(buf_span(&page), SPAN(""), &slow, html), ERR_OK);
	make_page(&page, "", "<p>x</p>", 5000);
	assert_int_equal(html_parse(buf_span(&page), SPAN(""), &slow, html),
			 ERR_TOO_LARGE);
	assert_int_equal(html->text.len, 0);
	make_page(&page, "", "&#", 2000); /* errors, and no element */
	assert_int_equal(html_parse(buf_span(&page), SPAN(""), &slow, html),
			 ERR_TOO_LARGE);
	buf_release(&page);
}

/* Pages made to hurt. */
static const struct {
	const char *why, *head, *part;
} hostile_rows[] = {
	{ "nothing but <", "", "<" },
	{ "deep nesting", "", "<div>" },
	{ "new elements for ever", "", "<x%>" },
	{ "one tag of a million attributes", "<a", " a%" },
	{ "... and one of a million equal ones", "<a", " aa" },
	{ "unclosed attribute value", "<a b=\"", "x" },
	{ "comment in comment", "", "<!--" },
	{ "ampersands", "", "&" },
	{ "half character references", "", "&#" },
	{ "made-up entities", "", "&e%;" },
	{ "instructions", "", "<?" },
	{ "misplaced doctypes", "a", "<!DOCTYPE " },
	{ "script that ends not", "<script>", "</" },
	{ "end tags without start", "<b>", "</i>" },
	{ "crossed tags", "", "<b><i></b>" },
	{ "one long name", "<", "x" },
	{ "void elements", "<p>", "<wbr></p>" },
	{ "links", "", "<a href=%>" },
	{ "titles", "", "<title>x</title>" },
	{ "broken UTF-8", "<meta charset=utf-8>", "\xC3" },
	{ "not a character", "<meta charset=utf-8>", "\xEF\xBF\xBE" },
	{ "references to no character", "", "&#1;" },
	{ "the same in an attribute", "<a b='", "&#1;" },
	{ "declarations", "", "<!" },
	{ "spaces", "<p>x", " " },
};

/* Work is counted, never timed: a busy machine fails no test. */
#define HOSTILE_LEN ((size_t)256 << 10)
#define STEPS_BETWEEN_LOOKS_MAX 16384 /* some 10 ms */

static struct {
	const struct html *html;
	size_t looked_at, widest; /* in steps */
} watch;

/* Stands still, and sees how much is done between two looks at it. */
static int64_t watching_clock_us(void)
{
	size_t steps = watch.html->n_steps - watch.looked_at;

	watch.widest = steps > watch.widest ? steps : watch.widest;
	watch.looked_at = watch.html->n_steps;
	return 0;
}

static enum err parse_hostile(struct html *html, size_t row, size_t len)
{
	struct html_limits watched = { HTML_MAX_BYTES, HTML_MAX_DEPTH, HTML_MAX_US,
				       watching_clock_us };
	struct buf page = BUF_INIT;
	enum err err;

	make_page(&page, hostile_rows[row].head, hostile_rows[row].part, len);
	html->n_steps = 0;
	watch.html = html;
	watch.looked_at = watch.widest = 0;
	err = html_parse(buf_span(&page), SPAN(""), &watched, html);
	assert_int_equal(charset_clean_prefix(buf_span(&html->text)), html->text.len);
	assert_true(html->text.len <= 3 * page.len);
	buf_release(&page);
	return err;
}

/* Twice the page: twice the work at most, and a little. */
static void hostile_pages_cost_what_their_size_allows_REQ63(void **state)
{
	struct html *html = *state;

	for (size_t i = 0; i < ARRAY_SIZE(hostile_rows); i++) {
		enum err err = parse_hostile(html, i, HOSTILE_LEN);
		size_t half = html->n_steps, whole;

		err = err ? err : parse_hostile(html, i, 2 * HOSTILE_LEN);
		whole = html->n_steps;
		if (getenv("VERBOSE"))
			print_message("%9zu, %9zu steps, %6zu between looks, %s: %s\n",
				      half, whole, watch.widest, hostile_rows[i].why,
				      err_text(err));
		if (err && err != ERR_TOO_LARGE)
			fail_msg("row %zu: %s: %s", i, hostile_rows[i].why,
				 err_text(err));
		if (whole > 2 * half + 100)
			fail_msg("row %zu: %s: %zu steps, and %zu for half of it", i,
				 hostile_rows[i].why, whole, half);
		if (watch.widest > STEPS_BETWEEN_LOOKS_MAX)
			fail_msg("row %zu: %s: %zu steps without a look at the clock", i,
				 hostile_rows[i].why, watch.widest);
	}
}

static void a_run_of_zero_bytes_is_nothing(void **state)
{
	char zeros[5000] = { 0 };

	assert_int_equal(
		html_parse(span_from(zeros, sizeof(zeros)), SPAN(""), &limits, *state),
		ERR_OK);
	assert_int_equal(((struct html *)*state)->text.len, 0);
}

#define N_ROUNDS 200

/* Counts in `*wrong` what differs from what one thread alone sees. */
static void *parse_often(void *wrong)
{
	struct html html;

	html_init(&html);
	for (size_t i = 0; i < N_ROUNDS; i++) {
		size_t row = i % ARRAY_SIZE(text_rows);

		if (html_parse(span_of(text_rows[row].page), SPAN(""), &limits, &html) ||
		    strcmp(buf_text(&html.text), text_rows[row].text) != 0)
			++*(int *)wrong;
	}
	html_release(&html);
	return NULL;
}

static void threads_do_not_see_each_other(void **unused)
{
	pthread_t thread[4];
	int n_wrong[4] = { 0 };

	(void)unused;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(
			pthread_create(&thread[i], NULL, parse_often, &n_wrong[i]), 0);
	for (size_t i = 0; i < 4; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(n_wrong[i], 0);
	}
}

/* A browser reads on behind them, libxml2 does not. */
static void a_comment_that_ends_at_once_leaves_the_page_unread(void **state)
{
	static const struct {
		const char *page;
		enum err err;
	} pages[] = {
		{ "a<!-->b<p>c<!-- d -->e", ERR_TOO_LARGE },
		{ "a<!--->b", ERR_TOO_LARGE },
		{ "a<!-->b", ERR_TOO_LARGE },
		{ "a<!-- b", ERR_OK },
		{ "a<!--[if !IE]><!-->b<!--<![endif]-->", ERR_OK },
		{ "a<!---->b", ERR_OK },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
		assert_int_equal(
			html_parse(span_of(pages[i].page), SPAN(""), &limits, *state),
			pages[i].err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_what_a_reader_sees),
		cmocka_unit_test(markup_alone_changes_no_text),
		cmocka_unit_test(the_head_is_read),
		cmocka_unit_test(a_long_title_is_cut_between_characters),
		cmocka_unit_test(links_are_a_set_without_order_or_fragments),
		cmocka_unit_test(output_is_utf8_whatever_comes_in),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(attributes_are_limited_req63),
		cmocka_unit_test(size_is_limited),
		cmocka_unit_test(time_is_limited),
		cmocka_unit_test(hostile_pages_cost_what_their_size_allows_REQ63),
		cmocka_unit_test(a_run_of_zero_bytes_is_nothing),
		cmocka_unit_test(threads_do_not_see_each_other),
		cmocka_unit_test(a_comment_that_ends_at_once_leaves_the_page_unread),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
