/*
 * command.h - what a command gets, what it returns, and how it speaks.
 *
 * Each COMMAND row of tools/options.def has an `int cmd_NAME(struct command_context *)`
 * in tools/cmd_NAME.c; it returns the exit code of the process.
 */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include <stdio.h>

#include "tools/options.h"
#include "tools/settings.h"

enum exit_code {
	EXIT_OK = 0,
	EXIT_FAILED = 1, /* at run time */
	EXIT_USAGE = 2,  /* the command line, or a URL given there */
	EXIT_CONFIG = 3, /* settings, or seeds under --strict */
	EXIT_STORE = 4,  /* locked, corrupt, or newer */
	EXIT_CLUSTER = 5,
	EXIT_CHECKED = 10, /* --check holds; robots disallow */
};

struct command_context {
	const struct options *options;
	/* NULL when the row says NOTHING. A reload on SIGHUP puts new ones here. */
	struct settings *settings;
};

#define COMMAND(name, needs, arguments, summary, more) \
	int cmd_##name(struct command_context *ctx);
#include "tools/options.def"

/* "freshet: FORMAT..." on stderr, one line, safe (REQ 74). Returns `code`, so that
 * commands can `return command_fail(...)`. */
int command_fail(int code, const char *format, ...) PRINTF_LIKE(2, 3);
/* The exit code that goes with an error of the store or below. */
int command_code(enum err err);
/* Writes `bytes` to stdout and flushes; a failure is reported. EXIT_OK or EXIT_FAILED. */
int command_write(struct span bytes);
/* Should `stream` get colours and progress? By the setting, else whether it is a terminal
 * (for colour: one without $NO_COLOR). */
bool command_wants_color(const struct settings *settings, FILE *stream);
bool command_wants_progress_line(const struct settings *settings, FILE *stream);

#endif
