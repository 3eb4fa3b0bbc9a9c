/*
 * steps.h - what flow tests do again and again in a world: answer, see, look again.
 *
 * All on host 0. Every function fails the test when something of ours goes wrong.
 */
#ifndef TESTS_STEPS_H
#define TESTS_STEPS_H

#include "tests/world.h"

/* From now on `path` is answered with these raw bytes, whatever was scripted before. */
void step_reply(struct world *w, const char *path, const char *raw);
/* ... with a 200 of the right length; `headers` as lines that end in CRLF. */
void step_ok(struct world *w, const char *path, const char *headers, const char *body);
/* ... with `status` ("503 Busy"), those headers and a few words. */
void step_status(struct world *w, const char *path, const char *status,
		 const char *headers);
/* ... with a redirect of `status` to `location`. */
void step_redirect(struct world *w, const char *path, const char *status,
		   const char *location);

/* Answers 200, seeds the page and visits it. */
void step_see(struct world *w, const char *path, const char *headers, const char *body);
/* A day passes and every page is visited, due or not (`run --once --force`). */
void step_revisit(struct world *w);
/* A day passes and what is due is visited (`run --once`). */
void step_visit_due(struct world *w);

/* Fails with both names unless that is the page's verdict. */
void step_expect(struct world *w, const char *path, enum verdict verdict);
/* Fails unless the newest record of the change feed is that one, of that page. */
void step_expect_told(struct world *w, const char *path, enum change_kind kind);

/* Did the newest request for `path` hold `text` in its head? */
bool step_last_asked_with(struct world *w, const char *path, const char *text);

#endif
