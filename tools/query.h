/*
 * query.h - the parameters of a request, read as the flags of a command: the same names,
 * the same values, the same complaints. Only flags that a form lists can be reached.
 */
#ifndef TOOLS_QUERY_H
#define TOOLS_QUERY_H

#include "tools/options.h"

#define QUERY_PAIRS_MAX 64

struct query_form {
	const char *command;  /* NULL: parameters are ignored */
	const char *argument; /* the parameter that is its argument; NULL: none */
	const char *flags;    /* "host|tag|limit" */
};

struct query_pair {
	struct span name, value; /* decoded */
};

struct query {
	struct options options;
	char *words[QUERY_PAIRS_MAX + 4]; /* the command line that it amounts to */
	int n_words;
};

/* ERR_INVALID: `why` says what is wrong. Release it in any case. */
MUST_CHECK enum err query_parse(struct query *query, const struct query_form *form,
				const struct query_pair *pairs, size_t n,
				struct why *why);
void query_release(struct query *query);

#endif
