/*
 * help.h - everything that is told about freshet from the rows of tools/options.def.
 *
 * The makers append to `out`; on failure (ERR_NOMEM only) it may hold a part.
 */
#ifndef TOOLS_HELP_H
#define TOOLS_HELP_H

#include "tools/tables.h"

/* --help of one command, or of freshet itself (NULL). */
MUST_CHECK enum err help_text(struct buf *out, const struct command_row *command);
/* The table of commands for README.md. */
MUST_CHECK enum err help_markdown(struct buf *out);
/* freshet(1) and freshet.conf(5): help_man.c. */
MUST_CHECK enum err help_man(struct buf *out);
MUST_CHECK enum err help_man_config(struct buf *out);
/* A completion script: completion.c. */
MUST_CHECK enum err completion_bash(struct buf *out);
MUST_CHECK enum err completion_zsh(struct buf *out);
MUST_CHECK enum err completion_fish(struct buf *out);

/* help_text() to stdout; the exit code. */
int help_print(const struct command_row *command);
/* Writes what `make` appends to stdout; the exit code. */
typedef enum err help_maker(struct buf *out);
int help_write(help_maker *make);

/* The texts of exit codes and files, for --help and the man page. */
struct help_line {
	const char *term, *text;
};
extern const struct help_line help_exit_codes[];
extern const struct help_line help_environment[];
extern const size_t n_help_exit_codes, n_help_environment;

#endif
