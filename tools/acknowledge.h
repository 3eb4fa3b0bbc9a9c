/*
 * acknowledge.h - an indexer has everything up to a cursor.
 */
#ifndef TOOLS_ACKNOWLEDGE_H
#define TOOLS_ACKNOWLEDGE_H

#include "tools/command.h"

/* Moves the position of `consumer` to `cursor`, durably, through the `run` that has the
 * store open if there is one. Says on stderr what went wrong, and nothing else; returns
 * an exit code. */
int acknowledge(struct command_context *ctx, const char *consumer, uint64_t cursor);

#endif
