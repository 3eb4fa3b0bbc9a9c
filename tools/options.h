/*
 * options.h - one command line, parsed by the rows of tools/options.def.
 *
 * Flags may stand before, between and behind arguments; "--" ends them, "-" is an
 * argument. A long flag takes its value as --name=value or --name value, a letter as
 * -o value or -ovalue; letters without value may be joined (-qv).
 */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include "tools/tables.h"

struct option {
	const struct flag_row *flag;
	struct value value; /* parsed and within its limits */
	char *text;         /* "" for BOOL; one item for a list */
};

struct options {
	const struct command_row *command; /* NULL: none named */
	bool help, version;                /* asked for; parsing ended there */
	struct option *given;              /* in order; a list's items one by one */
	size_t n_given;
	const char **args; /* borrowed texts: valid as long as argv */
	size_t n_args;
};

/* `argv` as main() gets it. On ERR_INVALID `why` says what is wrong with it, and
 * options->command is what was recognised till then; release it in any case. */
MUST_CHECK enum err options_parse(int argc, const char *const *argv,
				  struct options *options, struct why *why);
void options_release(struct options *options);

/*
 * What was given for the flag `name` (without dashes). The last one counts; `fallback`
 * when it was not given. Asking for a flag that the command does not have, or as
 * another kind than its own, is a mistake of ours (assert).
 */
bool option_given(const struct options *o, const char *name);
bool option_bool(const struct options *o, const char *name);
size_t option_times(const struct options *o, const char *name); /* -vv: 2 */
const char *option_text(const struct options *o, const char *name, const char *fallback);
int64_t option_duration(const struct options *o, const char *name, int64_t fallback_ms);
int64_t option_size(const struct options *o, const char *name, int64_t fallback);
int64_t option_count(const struct options *o, const char *name, int64_t fallback);
int64_t option_time(const struct options *o, const char *name, int64_t fallback_ms);
double option_number(const struct options *o, const char *name, double fallback);
double option_rate(const struct options *o, const char *name, double fallback_per_s);
/* The position among the choices of its limits. */
int option_choice(const struct options *o, const char *name, int fallback);
/* The index-th item of a list, NULL behind the last. `choice` (may be NULL) gets its
 * position among the choices. */
const char *option_list(const struct options *o, const char *name, size_t index,
			int *choice);
/* The index-th argument, or NULL. */
const char *option_arg(const struct options *o, size_t index);

#endif
