/*
 * follow.h - waiting for a store to grow, until somebody says stop.
 */
#ifndef TOOLS_FOLLOW_H
#define TOOLS_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "store/base/err.h"

struct follow {
	int signal_fd; /* SIGINT and SIGTERM end up here */
	const char *dir;
	uint64_t seen; /* what the store's files looked like */
	int signal;    /* the one that came; 0: none */
};

/* From now on SIGINT and SIGTERM are noticed by follow_wait() alone. `dir` is borrowed. */
MUST_CHECK enum err follow_start(struct follow *f, const char *dir);
void follow_end(struct follow *f);
/* To be called before the store is opened: a later change of its files ends the wait. */
void follow_look(struct follow *f);
/* Looks once a second until the store's files have changed. False: a signal came, or
 * nobody reads stdout any more. */
bool follow_wait(struct follow *f);
/* Waits until stdout takes more. False as above. */
bool follow_wait_writable(struct follow *f);

#endif
