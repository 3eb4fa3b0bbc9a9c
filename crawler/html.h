/*
 * html.h - what a reader of an HTML page sees, and what the page says about itself.
 *
 * libxml2's HTML parser as a stream of events; no tree is built, nothing is fetched, no
 * entity is defined. Whatever the bytes are, the result is valid UTF-8 without control
 * characters and depends on them alone. Nothing is ever printed. Thread-safe: every
 * thread has its own `struct html`.
 */
#ifndef CRAWLER_HTML_H
#define CRAWLER_HTML_H

#include <stdbool.h>
#include <stdint.h>

#include "store/base/buf.h"
#include "store/base/digest.h"

/* REQ 63. Beyond any of them the page is given up: its raw digest alone decides. */
struct html_limits {
	size_t max_bytes;        /* as received */
	int max_depth;           /* of open elements */
	int64_t max_us;          /* of parsing */
	int64_t (*now_us)(void); /* clock_monotonic_us(); NULL: take all the time */
};

#define HTML_MAX_BYTES (8 * 1024 * 1024)
#define HTML_MAX_DEPTH 256
#define HTML_MAX_US INT64_C(2000000)
#define HTML_MARKS_MAX 4096

/* What robots may do with a page: <meta name=robots>, or X-Robots-Tag. */
struct html_robots {
	bool noindex, nofollow, noarchive;
};

struct html {
	/* Visible text, see text.h; the title is its first block. Left out: script, style,
	 * template, noscript, comments, embedded documents and pictures, and elements that
	 * are hidden by attribute or by their own style. */
	struct buf text;
	struct buf title;     /* of the first <title>; at most PAGE_TITLE_MAX bytes */
	struct buf canonical; /* <link rel=canonical>, as written; at most URL_MAX */
	struct buf base;      /* <base href>, as written; at most URL_MAX */
	struct buf language;  /* of <html lang>: letters, digits and hyphens */
	struct buf marks; /* not shown, but with a version in it: a line for each title of
			       * a link and for the generator, at most HTML_MARKS_MAX bytes */
	struct html_robots robots;
	uint32_t n_links; /* distinct href of <a> and <area>, without #fragments */
	struct digest
		link_digest; /* short, of their set, whatever their order; none: no links */
	struct buf links, scratch; /* our own; kept to be used again */
	/* What the parsing cost, given up or not: events and errors of libxml2, and the
	 * comparisons of the attributes of a tag with each other. Grows as it goes on. */
	size_t n_steps;
	/* Set by the caller: parts left unread, rules of ignore.h, a line each. Borrowed. */
	struct span ignore;
};

/* The first call in a process is made before threads start: it readies libxml2. */
void html_init(struct html *html);
void html_release(struct html *html);
/* Forgets the page, keeps the memory. */
void html_clear(struct html *html);

/*
 * Replaces everything in `html` by what stands in `page`. `charset` is the parameter of
 * Content-Type, may be empty (see charset.h). ERR_TOO_LARGE: over a limit, or not to be
 * understood as browsers do; `html` is then
 * empty, as it is on ERR_NOMEM.
 */
MUST_CHECK enum err html_parse(struct span page, struct span charset,
			       const struct html_limits *limits, struct html *html);

/* Adds the directives in a comma-separated list to those known: "noindex, noarchive". */
void html_robots_add(struct html_robots *robots, struct span directives);

#endif
