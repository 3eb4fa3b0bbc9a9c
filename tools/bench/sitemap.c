/*
 * sitemap.c - what does it cost to read a sitemap?
 *
 *   make build/release/tools/bench/sitemap
 *   build/release/tools/bench/sitemap [URLS] [CHANGED]
 *
 * Makes a sitemap of so many URLs, reads it, and hears what is news in it: all of it the
 * first time, then those CHANGED. Processor time, the best of ten.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "crawler/source_news.h"
#include "crawler/xml.h"

#define ROUNDS 10

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(enum err err)
{
	if (err) {
		fprintf(stderr, "sitemap: %s\n", err_text(err));
		exit(1);
	}
}

static void make(size_t n_urls, size_t n_changed, struct buf *body)
{
	buf_clear(body);
	must(buf_append_text(body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
				   "<urlset xmlns=\"http://www.sitemaps.org/schemas/"
				   "sitemap/0.9\">\n"));
	for (size_t i = 0; i < n_urls; i++)
		must(buf_printf(
			body,
			"  <url>\n    <loc>https://www.example.org/docs/part-%zu/"
			"page-%zu.html?a=1&amp;b=2</loc>\n    <lastmod>20%s-11-%02zu"
			"T10:00:00+00:00</lastmod>\n    <priority>0.5</priority>\n"
			"  </url>\n",
			i / 100, i, i < n_changed ? "26" : "25", i % 28 + 1));
	must(buf_append_text(body, "</urlset>\n"));
}

/* Seconds to read `body`, and to hear what it says beyond `remembered`, which is replaced. */
static void measure(const struct buf *body, struct buf *remembered, double *read_s,
		    double *hear_s, size_t *n_news)
{
	struct buf before = BUF_INIT;

	*read_s = *hear_s = 1e9;
	must(buf_set(&before, buf_span(remembered)));
	for (int i = 0; i < ROUNDS; i++) {
		struct source_document document;
		struct source_news news;
		double at_s = now_s(), read_at_s, end_s;

		source_document_init(&document);
		source_news_init(&news);
		must(source_document_read(buf_span(body), NULL, &document));
		read_at_s = now_s();
		must(source_news_read(&document, SPAN("https://www.example.org/s.xml"),
				      SPAN("https://www.example.org"), buf_span(&before),
				      false, &news));
		end_s = now_s();
		if (read_at_s - at_s < *read_s)
			*read_s = read_at_s - at_s;
		if (end_s - read_at_s < *hear_s)
			*hear_s = end_s - read_at_s;
		*n_news = news.n;
		must(buf_set(remembered, buf_span(&news.entries)));
		source_news_release(&news);
		source_document_release(&document);
	}
	buf_release(&before);
}

int main(int argc, char **argv)
{
	size_t n_urls = argc > 1 ? strtoul(argv[1], NULL, 10) : SOURCE_MAX_ENTRIES;
	size_t n_changed = argc > 2 ? strtoul(argv[2], NULL, 10) : 10, n_news;
	struct buf body = BUF_INIT, remembered = BUF_INIT;
	double read_s, hear_s;

	xml_init();
	for (int again = 0; again < 2; again++) {
		make(n_urls, again ? n_changed : 0, &body);
		measure(&body, &remembered, &read_s, &hear_s, &n_news);
		printf("%zu URLs, %.1f MB: read in %.1f ms (%.0f MB/s), %zu news in %.1f ms; "
		       "%zu bytes remembered\n",
		       n_urls, (double)body.len / 1e6, read_s * 1e3,
		       (double)body.len / 1e6 / read_s, n_news, hear_s * 1e3,
		       remembered.len);
	}
	buf_release(&body);
	buf_release(&remembered);
	return 0;
}
