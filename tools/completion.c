/* completion.c - completion scripts for bash, zsh and fish, from the same rows as all. */
#include "tools/help.h"

enum completes { COMPLETES_NOTHING, COMPLETES_WORDS, COMPLETES_FILES, COMPLETES_DIRS };

/* What the shell may offer as the value of a flag; `*words` is set for words. */
static enum completes completes(const struct flag_row *flag, const char **words)
{
	switch (flag_kind(flag)) {
	case VALUE_CHOICE:
	case VALUE_CHOICES:
		*words = flag_limits(flag);
		return COMPLETES_WORDS;
	case VALUE_FILE:
		return COMPLETES_FILES;
	case VALUE_DIR:
		return COMPLETES_DIRS;
	default:
		return COMPLETES_NOTHING;
	}
}

/* "a|b|c" with blanks. */
static enum err append_choices(struct buf *out, const char *words)
{
	enum err err = ERR_OK;

	for (; !err && *words; words++)
		err = buf_append_byte(out, *words == '|' ? ' ' : *words);
	return err;
}

/* `text` with a backslash before each byte of `special`; a quote ends, escapes and
 * reopens the string for the shells that want it so. */
static enum err append_escaped(struct buf *out, const char *text, const char *special,
			       const char *quote)
{
	enum err err = ERR_OK;

	for (; !err && *text; text++) {
		if (*text == '\'') {
			err = buf_append_text(out, quote);
			continue;
		}
		if (strchr(special, *text))
			err = buf_append_byte(out, '\\');
		if (!err)
			err = buf_append_byte(out, *text);
	}
	return err;
}

/* ---- bash ----------------------------------------------------------------------------- */

static enum err bash_names(struct buf *out, const char *separator)
{
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < n_command_rows; i++)
		err = buf_printf(out, "%s%s", i ? separator : "", command_rows[i].name);
	return err;
}

static enum err bash_flags(struct buf *out, const char *command)
{
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < n_flag_rows; i++) {
		if (strcmp(flag_rows[i].command, command) == 0)
			err = buf_printf(out, " --%s", flag_rows[i].name);
	}
	return err;
}

/* One arm of `case "$command $previous"`. */
static enum err bash_value(struct buf *out, const struct flag_row *flag)
{
	const char *words = "";
	enum completes what = completes(flag, &words);
	enum err err;

	if (flag_kind(flag) == VALUE_BOOL)
		return ERR_OK;
	if (flag_is_global(flag))
		err = buf_printf(out, "\t*' --%s'", flag->name);
	else
		err = buf_printf(out, "\t'%s --%s'", flag->command, flag->name);
	if (!err && flag->letter)
		err = buf_printf(out, " | *' -%c'", flag->letter);
	if (!err && what == COMPLETES_WORDS) {
		err = buf_append_text(out, ")\n\t\tCOMPREPLY=($(compgen -W '");
		if (!err)
			err = append_choices(out, words);
		return err ? err
			   : buf_append_text(out, "' -- \"$current\")); return ;;\n");
	}
	if (err || what == COMPLETES_NOTHING)
		return err ? err : buf_append_text(out, ") return ;;\n");
	return buf_printf(
		out, ")\n\t\tCOMPREPLY=($(compgen -%c -- \"$current\")); return ;;\n",
		what == COMPLETES_FILES ? 'f' : 'd');
}

static enum err bash_command(struct buf *out, const struct command_row *command)
{
	char room[COMMAND_WORDS_MAX];
	const char *words = command_words(command, room);
	enum err err = buf_printf(out, "\t%s) words=\"$words", command->name);

	if (!err && words)
		err = buf_append_byte(out, ' ');
	if (!err && words)
		err = append_choices(out, words);
	if (!err && strcmp(command->name, "help") == 0)
		err = buf_append_text(out, " $commands");
	if (!err)
		err = bash_flags(out, command->name);
	return err ? err : buf_append_text(out, "\" ;;\n");
}

enum err completion_bash(struct buf *out)
{
	enum err err =
		buf_append_text(out, "# bash completion for freshet\n"
				     "_freshet() {\n"
				     "\tlocal current=${COMP_WORDS[COMP_CWORD]}\n"
				     "\tlocal previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
				     "\tlocal command='' i commands='");

	if (!err)
		err = bash_names(out, " ");
	if (!err)
		err = buf_append_text(out, "' words='");
	if (!err)
		err = bash_flags(out, FLAG_GLOBAL);
	if (!err)
		err = buf_append_text(
			out, "'\n\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
			     "\t\tcase \" $commands \" in\n"
			     "\t\t*\" ${COMP_WORDS[i]} \"*) command=${COMP_WORDS[i]}; "
			     "break ;;\n\t\tesac\n\tdone\n"
			     "\tcase \"$command $previous\" in\n");
	for (size_t i = 0; !err && i < n_flag_rows; i++)
		err = bash_value(out, &flag_rows[i]);
	if (!err)
		err = buf_append_text(out, "\tesac\n\tcase $command in\n"
					   "\t'') words=\"$words $commands\" ;;\n");
	for (size_t i = 0; !err && i < n_command_rows; i++)
		err = bash_command(out, &command_rows[i]);
	return err ? err
		   : buf_append_text(out, "\tesac\n"
					  "\tCOMPREPLY=($(compgen -W \"$words\" -- "
					  "\"$current\"))\n}\n"
					  "complete -o default -F _freshet freshet\n");
}

/* ---- zsh ------------------------------------------------------------------------------ */

#define ZSH_SPECIAL "[]:\\"
#define ZSH_QUOTE "'\\''"

/* " '--name[help]:WORD:(a b)'" */
static enum err zsh_flag(struct buf *out, const struct flag_row *flag)
{
	static const char *const actions[] = { "", "", "_files", "_files -/" };
	const char *words = "";
	enum completes what = completes(flag, &words);
	enum err err = buf_append_text(out, " \\\n\t\t");

	if (!err && flag->letter)
		err = buf_printf(out, "{-%c,--%s}'[", flag->letter, flag->name);
	else if (!err)
		err = buf_printf(out, "'--%s[", flag->name);
	if (!err)
		err = append_escaped(out, flag_help(flag), ZSH_SPECIAL, ZSH_QUOTE);
	if (!err)
		err = buf_append_byte(out, ']');
	if (!err && flag_kind(flag) != VALUE_BOOL)
		err = buf_printf(out, ":%s:%s", flag->name, actions[what]);
	if (!err && what == COMPLETES_WORDS) {
		err = buf_append_byte(out, '(');
		if (!err)
			err = append_choices(out, words);
		if (!err)
			err = buf_append_byte(out, ')');
	}
	return err ? err : buf_append_byte(out, '\'');
}

static enum err zsh_flags(struct buf *out, const char *command)
{
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < n_flag_rows; i++) {
		if (strcmp(flag_rows[i].command, command) == 0)
			err = zsh_flag(out, &flag_rows[i]);
	}
	return err;
}

static enum err zsh_command(struct buf *out, const struct command_row *command)
{
	char room[COMMAND_WORDS_MAX];
	const char *words = command_words(command, room);
	enum err err = buf_printf(out, "\t%s) _arguments", command->name);

	if (!err)
		err = zsh_flags(out, command->name);
	if (!err)
		err = zsh_flags(out, FLAG_GLOBAL);
	if (!err && words) {
		err = buf_append_text(out, " '1:what:(");
		if (!err)
			err = append_choices(out, words);
		return err ? err : buf_append_text(out, ")' ;;\n");
	}
	return err ? err : buf_append_text(out, " '*:argument:_files' ;;\n");
}

static enum err zsh_summary(struct buf *out, const struct command_row *command)
{
	enum err err = buf_printf(out, "\t\t'%s:", command->name);

	if (!err)
		err = append_escaped(out, command->summary, ZSH_SPECIAL, ZSH_QUOTE);
	return err ? err : buf_append_text(out, "'\n");
}

enum err completion_zsh(struct buf *out)
{
	enum err err = buf_append_text(out, "#compdef freshet\n"
					    "_freshet() {\n"
					    "\tlocal context state state_descr line\n"
					    "\tlocal -A opt_args\n"
					    "\tlocal -a commands=(\n");

	for (size_t i = 0; !err && i < n_command_rows; i++)
		err = zsh_summary(out, &command_rows[i]);
	if (!err)
		err = buf_append_text(out, "\t)\n\t_arguments -C");
	if (!err)
		err = zsh_flags(out, FLAG_GLOBAL);
	if (!err)
		err = buf_append_text(
			out, " \\\n\t\t'1:command:->command' '*::argument:->rest'\n"
			     "\tif [[ $state == command ]]; then\n"
			     "\t\t_describe command commands\n\t\treturn\n\tfi\n"
			     "\tcase $words[1] in\n");
	for (size_t i = 0; !err && i < n_command_rows; i++)
		err = zsh_command(out, &command_rows[i]);
	return err ? err : buf_append_text(out, "\tesac\n}\ncompdef _freshet freshet\n");
}

/* ---- fish ----------------------------------------------------------------------------- */

static enum err fish_flag(struct buf *out, const struct flag_row *flag)
{
	static const char *const values[] = { "-x", "-x", "-rF",
					      "-xa '(__fish_complete_directories)'" };
	const char *words = "";
	enum completes what = completes(flag, &words);
	enum err err = buf_append_text(out, "complete -c freshet");

	if (!err && !flag_is_global(flag))
		err = buf_printf(out, " -n '__fish_seen_subcommand_from %s'",
				 flag->command);
	if (!err)
		err = buf_printf(out, " -l %s", flag->name);
	if (!err && flag->letter)
		err = buf_printf(out, " -s %c", flag->letter);
	if (!err && flag_kind(flag) != VALUE_BOOL)
		err = buf_printf(out, " %s", values[what]);
	if (!err && what == COMPLETES_WORDS) {
		err = buf_append_text(out, " -a '");
		if (!err)
			err = append_choices(out, words);
		if (!err)
			err = buf_append_byte(out, '\'');
	}
	if (!err)
		err = buf_append_text(out, " -d '");
	if (!err)
		err = append_escaped(out, flag_help(flag), "\\", "\\'");
	return err ? err : buf_append_text(out, "'\n");
}

static enum err fish_command(struct buf *out, const struct command_row *command)
{
	char room[COMMAND_WORDS_MAX];
	const char *words = command_words(command, room);
	enum err err = buf_printf(
		out, "complete -c freshet -n __fish_use_subcommand -f -a %s -d '",
		command->name);

	if (!err)
		err = append_escaped(out, command->summary, "\\", "\\'");
	if (!err)
		err = buf_append_text(out, "'\n");
	if (err || !words)
		return err;
	err = buf_printf(
		out, "complete -c freshet -n '__fish_seen_subcommand_from %s' -f -a '",
		command->name);
	if (!err)
		err = append_choices(out, words);
	return err ? err : buf_append_text(out, "'\n");
}

enum err completion_fish(struct buf *out)
{
	enum err err = buf_append_text(out, "# fish completion for freshet\n");

	for (size_t i = 0; !err && i < n_command_rows; i++)
		err = fish_command(out, &command_rows[i]);
	for (size_t i = 0; !err && i < n_flag_rows; i++)
		err = fish_flag(out, &flag_rows[i]);
	return err;
}
