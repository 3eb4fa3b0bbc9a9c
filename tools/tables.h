/*
 * tables.h - the rows of tools/options.def as arrays, and how to find one.
 */
#ifndef TOOLS_TABLES_H
#define TOOLS_TABLES_H

#include "tools/value.h"

struct command_row {
	const char *name;
	bool needs_settings;
	const char *arguments, *summary, *more;
};

struct setting_row {
	const char *name; /* "section.key", or "key" for one without a section */
	enum value_kind kind;
	const char *fallback, *limits, *help;
	size_t offset; /* of its field in struct settings or struct host_settings */
};

struct flag_row {
	const char *command; /* FLAG_GLOBAL: of every command */
	const char *name;
	char letter; /* 0: none */
	enum value_kind kind;
	const char *word, *limits, *help;
	const char *setting; /* the setting that it overrides, or NULL */
};

#define FLAG_GLOBAL "GLOBAL"

extern const struct command_row command_rows[];
extern const struct flag_row flag_rows[];
extern const struct setting_row setting_rows[];
extern const struct setting_row host_setting_rows[];
extern const size_t n_command_rows, n_flag_rows, n_setting_rows, n_host_setting_rows;

/* NULL: no such row. */
const struct command_row *command_find(struct span name);
const struct setting_row *setting_find(struct span name);
const struct setting_row *host_setting_find(struct span key);
/* A flag of `command` (NULL: none named yet) or of every command. */
const struct flag_row *flag_find(const struct command_row *command, struct span name);
const struct flag_row *flag_find_letter(const struct command_row *command, char letter);

bool flag_is_global(const struct flag_row *flag);
/* May `command` (NULL: none) be given this flag? */
bool flag_belongs(const struct flag_row *flag, const struct command_row *command);
/* What a row leaves to its setting or to its kind. */
enum value_kind flag_kind(const struct flag_row *flag);
const char *flag_limits(const struct flag_row *flag);
const char *flag_help(const struct flag_row *flag);
const char *flag_word(const struct flag_row *flag);

/* How many arguments a command takes, by its row. */
void command_arity(const struct command_row *command, size_t *least, size_t *most);
#define COMMAND_WORDS_MAX 64
/* "bash|zsh|fish", in `words`, when its first argument is one of fixed words; else NULL. */
const char *command_words(const struct command_row *command,
			  char words[COMMAND_WORDS_MAX]);

#endif
