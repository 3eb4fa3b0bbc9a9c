/*
 * cost.c - the work whose instructions `make bench-quick` counts: the same every time, in
 * virtual time, against the scripted origin. It measures nothing itself: run it under
 * callgrind and collect within counted().
 *
 *   cost revalidation   N_PAGES pages, each answered 304
 *   cost text           N_DOCUMENTS documents of 10 KB, all new
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
	world_sleep(w, MS_PER_DAY);
	w->force = true;
	counted(run_once, w);
	assert_int_equal(w->tally.n_visits, N_PAGES);
	assert_int_equal(w->tally.n_not_modified, N_PAGES);
}

/* Text, markup and links in the measure of an article on the web. */
static void make_document(int number, struct buf *html)
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
	struct document_request request;
	struct document document;
};

static void read_one(void *context)
{
	struct reading *r = context;

	assert_int_equal(document_read(r->worker, &r->request, &r->document), ERR_OK);
}

static void read_text(void **state)
{
	struct header_list headers = { 0 };
	struct reading r = { .request = { .headers = &headers,
					  .html = { HTML_MAX_BYTES, HTML_MAX_DEPTH,
						    HTML_MAX_US, clock_monotonic_us } } };
	struct buf html = BUF_INIT;

	(void)state;
	assert_int_equal(header_add_line(&headers, SPAN("Content-Type: text/html")),
			 ERR_OK);
	assert_int_equal(document_worker_new(1, &r.worker), ERR_OK);
	document_init(&r.document);
	for (int i = 0; i < N_DOCUMENTS; i++) {
		buf_clear(&html);
		make_document(i, &html);
		r.request.wire = buf_span(&html);
		counted(read_one, &r);
		assert_true(r.document.has_text);
	}
	document_release(&r.document);
	document_worker_free(r.worker);
	header_list_release(&headers);
	buf_release(&html);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest revalidation[] = {
		cmocka_unit_test_setup_teardown(revalidate, world_setup, world_teardown),
	};
	const struct CMUnitTest text[] = { cmocka_unit_test(read_text) };

	if (argc == 2 && strcmp(argv[1], "revalidation") == 0)
		return cmocka_run_group_tests(revalidation, NULL, NULL);
	if (argc == 2 && strcmp(argv[1], "text") == 0)
		return cmocka_run_group_tests(text, NULL, NULL);
	fprintf(stderr, "usage: cost revalidation|text\n");
	return 2;
}
