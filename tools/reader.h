/*
 * reader.h - what the commands that only read have in common: the store, opened beside a
 * run or not, and pages named by URL. They speak for themselves: a failure is printed, and
 * the value returned is the exit code.
 */
#ifndef TOOLS_READER_H
#define TOOLS_READER_H

#include "store/store.h"
#include "tools/command.h"

/* Opens the store of the settings for reading. EXIT_OK, or what went wrong. */
int reader_open(struct command_context *ctx, struct store **store);
/* Tells of a failure of the store while it was read. */
int reader_fail(const struct store *store, enum err err);
/* Finds the page that `argument` names in any spelling; `page` is initialised. */
int reader_find_page(struct store *store, const char *argument, struct page *page);

#endif
