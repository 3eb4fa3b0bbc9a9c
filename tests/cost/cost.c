/*
 * cost.c - the work whose instructions `make bench-quick` counts: the same every time, in
 * virtual time, against the scripted origin. It measures nothing itself: run it under
 * callgrind and collect within counted().
 *
 *   cost revalidation   N_PAGES pages, each answered 304, as it was the time before
 *   cost text           N_DOCUMENTS documents of 10 KB, all new
 *   cost changed        the same, each with other words in one paragraph than it had
 */
#include <stdio.h>

#include "crawler/document.h"
#include "store/base/clock.h"
#include "tests/unit/unit.h"
#include "tests/world.h"

#define N_PAGES 1000
#define N_DOCUMENTS 50
#define HEAD                                                                       \
	"Server: nginx\r\nDate: {date}\r\nETag: \"652f-5dc\"\r\nConnection: "      \
	"keep-alive\r\nLast-Modified: Tue, 14 Nov 2023 22:13:20 GMT\r\n"           \
	"Strict-Transport-Security: max-age=31536000\r\nCache-Control: max-age=60" \
	"\r\nVary: Accept-Encoding\r\n"

/* Where callgrind collects: not static and not inlined, so that it has a name. */
void counted(void (*work)(void *context), void *context);
__attribute__((noinline)) void counted(void (*work)(void *context), void *context)
{
	work(context);
}

static void answer(struct world *w)
{
	origin_reply(w->origin, ANY_PATH, ANY_REQUEST,
		     origin_ok(w->origin, HEAD "Content-Type: text/html\r\n",
			       "<title>A page</title><p>of so many words"));
	origin_reply(w->origin, ANY_PATH, "If-None-Match",
		     "HTTP/1.1 304 Not Modified\r\n" HEAD "\r\n");
	origin_reply(w->origin, "/robots.txt", ANY_REQUEST, ORIGIN_NOT_FOUND);
}

static void run_once(void *context)
{
	world_run_once(context);
}

static void revalidate(void **state)
{
	struct world *w = *state;
	char path[64];

	world_set(w, "fetch.host_delay", "0s");
	world_set(w, "fetch.per_host", "16");
	world_set(w, "fetch.timeout", "1h"); /* callgrind takes its time */
	world_set(w, "fetch.header_timeout", "1h");
	world_set(w, "fetch.connect_timeout", "1h");
	world_set(w, "schedule.budget", "100000/s");
	answer(w);
	for (int i = 0; i < N_PAGES; i++) {
		snprintf(path, sizeof(path), "/section%d/page-%d.html", i % 7, i);
		world_seed_on(w, i % ORIGIN_N_HOSTS, path);
	}
	world_run_once(w);
	w->force = true;
	world_sleep(w, MS_PER_DAY);
	world_run_once(w); /* the first 304 of a page has news in its fields */
	world_sleep(w, MS_PER_DAY);
	counted(run_once, w);
	assert_int_equal(w->tally.n_visits, N_PAGES);
	assert_int_equal(w->tally.n_not_modified, N_PAGES);
}

/* Text, markup and links in the measure of an article on the web. The last paragraph is the
 * edition's. */
static void make_document(int number, unsigned edition, struct buf *html)
{
	unsigned random = (unsigned)number;
	enum err err =
		buf_printf(html,
			   "<!doctype html><html><head><title>Article %d</title>"
			   "<link rel=stylesheet href=/style.css><script>var a = 1;"
			   "</script></head><body><nav><ul>",
			   number);

	for (int i = 0; !err && i < 20; i++)
		err = buf_printf(html, "<li class=nav><a href=/part%d/>Part %d</a>", i,
				 i);
	for (int i = 0; !err && i < 20; i++) {
		random += i == 19 ? edition : 0;
		err = buf_printf(html, "<h2 id=p%d>Heading %d</h2>\n<p class=text>", i,
				 i);
		for (int k = 0; !err && k < 60; k++) {
			random = random * 1103515245 + 12345;
			err = buf_printf(html, "w%u ", random >> 16 & 0xfff);
		}
		if (!err)
			err = buf_printf(html, "<a href=article%u>more</a></p>\n", i);
	}
	assert_int_equal(err, ERR_OK);
}

struct reading {
	struct document_worker *worker;
	struct header_list headers;
	struct document_request request;
	const struct boilerplate *boilerplate; /* NULL: the page is new */
	struct document document, old;
	struct buf html;
};

static void set_up(struct reading *r)
{
	const struct html_limits limits = { HTML_MAX_BYTES, HTML_MAX_DEPTH, HTML_MAX_US,
					    clock_monotonic_us };

	*r = (struct reading){ .html = BUF_INIT };
	r->request = (struct document_request){ .headers = &r->headers, .html = limits };
	assert_int_equal(header_add_line(&r->headers, SPAN("Content-Type: text/html")),
			 ERR_OK);
	assert_int_equal(document_worker_new(1, &r->worker), ERR_OK);
	document_init(&r->document);
	document_init(&r->old);
}

static void tear_down(struct reading *r)
{
	document_release(&r->document);
	document_release(&r->old);
	document_worker_free(r->worker);
	header_list_release(&r->headers);
	buf_release(&r->html);
}

static void read_one(void *context)
{
	struct reading *r = context;
	bool decided;

	assert_int_equal(document_read(r->worker, &r->request, &r->document), ERR_OK);
	if (!r->boilerplate)
		return;
	assert_int_equal(document_compare_sketch(buf_span(&r->old.sketch), &r->old.digest,
						 r->boilerplate, &r->document, &decided),
			 ERR_OK);
	assert_true(decided);
}

static void write_document(struct reading *r, int number, unsigned edition)
{
	buf_clear(&r->html);
	make_document(number, edition, &r->html);
	r->request.wire = buf_span(&r->html);
}

static void read_text(void **state)
{
	struct reading r;

	(void)state;
	set_up(&r);
	for (int i = 0; i < N_DOCUMENTS; i++) {
		write_document(&r, i, 0);
		counted(read_one, &r);
		assert_true(r.document.has_text);
	}
	tear_down(&r);
}

static void read_changed(void **state)
{
	static struct boilerplate none;
	struct reading r;

	(void)state;
	set_up(&r);
	r.boilerplate = &none;
	for (int i = 0; i < N_DOCUMENTS; i++) {
		struct document_request first;

		write_document(&r, i, 0);
		first = (struct document_request){ .headers = &r.headers,
						   .wire = r.request.wire,
						   .html = r.request.html };
		assert_int_equal(document_read(r.worker, &first, &r.old), ERR_OK);
		write_document(&r, i, 1);
		r.request.may_compare = true;
		r.request.known_digest = r.old.digest;
		r.request.known_text_digest = r.old.text_digest;
		r.request.known_simhash = r.old.simhash;
		r.request.known_words_hash = r.old.words_hash;
		counted(read_one, &r);
		assert_true(r.document.has_text && !r.document.same_text);
		assert_true(r.document.similarity > 0.5F);
	}
	tear_down(&r);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest revalidation[] = {
		cmocka_unit_test_setup_teardown(revalidate, world_setup, world_teardown),
	};
	const struct CMUnitTest text[] = { cmocka_unit_test(read_text) };
	const struct CMUnitTest changed[] = { cmocka_unit_test(read_changed) };

	if (argc == 2 && strcmp(argv[1], "revalidation") == 0)
		return cmocka_run_group_tests(revalidation, NULL, NULL);
	if (argc == 2 && strcmp(argv[1], "text") == 0)
		return cmocka_run_group_tests(text, NULL, NULL);
	if (argc == 2 && strcmp(argv[1], "changed") == 0)
		return cmocka_run_group_tests(changed, NULL, NULL);
	fprintf(stderr, "usage: cost revalidation|text|changed\n");
	return 2;
}
