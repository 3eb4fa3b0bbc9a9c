/*
 * suggest.h - "did you mean ...?": the nearest of the words that would have been right.
 */
#ifndef TOOLS_SUGGEST_H
#define TOOLS_SUGGEST_H

#include "store/base/buf.h"

struct suggestion {
	struct span wrong;
	const char *best; /* NULL: nothing is near enough. Borrowed from the caller */
	size_t distance;
};

/* Starts a search for what `wrong` was meant to be. */
struct suggestion suggest_start(struct span wrong);
/* Considers one word (borrowed until the end of the search). */
void suggest_offer(struct suggestion *s, const char *word);

/* " (did you mean 'BEFOREword'?)", or "" when nothing is near. */
#define SUGGEST_TEXT_SIZE 128
void suggest_text(const struct suggestion *s, const char *before,
		  char text[SUGGEST_TEXT_SIZE]);

#endif
