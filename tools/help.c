#include "tools/help.h"

#include <stdio.h>

#include "tools/command.h"

const struct help_line help_exit_codes[] = {
	{ "0", "success" },
	{ "1", "run-time failure" },
	{ "2", "usage: unknown command or flag, bad value, bad URL" },
	{ "3", "bad config file or setting; rejected seeds under --strict" },
	{ "4", "store locked, corrupt, or written by a newer version" },
	{ "5", "cluster" },
	{ "10", "the condition of --check holds; robots.txt disallows" },
	{ "130, 143", "stopped by SIGINT, SIGTERM (an endless run: 0 on SIGTERM)" },
};

const struct help_line help_environment[] = {
	{ "FRESHET_DB", "directory of the store" },
	{ "FRESHET_CONFIG", "config file, unless -c names one" },
	{ "FRESHET_SECTION_KEY",
	  "any setting: FRESHET_FETCH_HOST_DELAY is fetch.host_delay" },
	{ "NO_COLOR", "no colour unless --color always" },
};

const size_t n_help_exit_codes = ARRAY_SIZE(help_exit_codes);
const size_t n_help_environment = ARRAY_SIZE(help_environment);

/* Where the explanations start, and where lines break. */
#define HELP_COLUMN 28
#define HELP_WIDTH 88

static enum err append_spaces(struct buf *out, size_t n)
{
	return buf_printf(out, "%*s", (int)n, "");
}

/* `text` in lines of at most HELP_WIDTH, each behind `indent` spaces but the first, which
 * starts at `column`. */
static enum err append_wrapped(struct buf *out, const char *text, size_t column,
			       size_t indent)
{
	struct span rest = span_of(text);
	enum err err = ERR_OK;
	bool first = true;

	while (!err && rest.len) {
		struct span word = span_cut(&rest, ' ');

		if (!first && column + 1 + word.len > HELP_WIDTH) {
			err = buf_append_byte(out, '\n');
			if (!err)
				err = append_spaces(out, indent);
			column = indent;
		} else if (!first) {
			err = buf_append_byte(out, ' ');
			column++;
		}
		if (!err)
			err = buf_append_span(out, word);
		column += word.len;
		first = false;
	}
	return err ? err : buf_append_byte(out, '\n');
}

/* "  term        text", the text on its own line when the term is long. */
static enum err append_item(struct buf *out, const char *term, const char *text)
{
	size_t used = 2 + strlen(term);
	enum err err = buf_printf(out, "  %s", term);

	if (!err && used + 2 > HELP_COLUMN) {
		err = buf_append_byte(out, '\n');
		used = 0;
	}
	if (!err)
		err = append_spaces(out, HELP_COLUMN - used);
	return err ? err : append_wrapped(out, text, HELP_COLUMN, HELP_COLUMN);
}

static enum err append_lines(struct buf *out, const char *title,
			     const struct help_line *lines, size_t n)
{
	enum err err = buf_printf(out, "\n%s:\n", title);

	for (size_t i = 0; !err && i < n; i++)
		err = append_item(out, lines[i].term, lines[i].text);
	return err;
}

/* "  -o, --output FILE", then help, limits and the setting behind it. */
static enum err append_flag(struct buf *out, const struct flag_row *flag)
{
	struct buf term = BUF_INIT, text = BUF_INIT;
	const char *word = flag_word(flag), *limits = flag_limits(flag);
	enum err err = flag->letter ? buf_printf(&term, "-%c, ", flag->letter)
				    : buf_append_text(&term, "    ");

	if (!err)
		err = buf_printf(&term, "--%s%s%s", flag->name, *word ? " " : "", word);
	if (!err)
		err = buf_append_text(&text, flag_help(flag));
	if (!err && strstr(limits, ".."))
		err = buf_printf(&text, " (%s)", limits);
	if (!err && flag->setting)
		err = buf_printf(&text, " [%s]", flag->setting);
	if (!err)
		err = append_item(out, buf_text(&term), buf_text(&text));
	buf_release(&term);
	buf_release(&text);
	return err;
}

static enum err append_flags(struct buf *out, const char *title, const char *command)
{
	enum err err = ERR_OK;
	bool titled = false;

	for (size_t i = 0; !err && i < n_flag_rows; i++) {
		if (strcmp(flag_rows[i].command, command) != 0)
			continue;
		if (!titled)
			err = buf_printf(out, "\n%s:\n", title);
		titled = true;
		if (!err)
			err = append_flag(out, &flag_rows[i]);
	}
	return err;
}

static enum err append_commands(struct buf *out)
{
	enum err err = buf_append_text(out, "\nCommands:\n");

	for (size_t i = 0; !err && i < n_command_rows; i++)
		err = append_item(out, command_rows[i].name, command_rows[i].summary);
	return err;
}

static enum err program_help(struct buf *out)
{
	enum err err = buf_append_text(
		out,
		"Usage: freshet [FLAGS] COMMAND [FLAGS] [ARGUMENTS]\n\n"
		"Keeps a search index's copy of the web fresh: revisits pages when they "
		"have most\nlikely changed, politely, and tells what is stale.\n");

	if (!err)
		err = append_commands(out);
	if (!err)
		err = append_flags(out, "Flags of every command", FLAG_GLOBAL);
	if (!err)
		err = append_lines(out, "Environment", help_environment,
				   n_help_environment);
	if (!err)
		err = append_lines(out, "Exit codes", help_exit_codes, n_help_exit_codes);
	return err ? err
		   : buf_append_text(out,
				     "\n'freshet COMMAND --help' explains a command, "
				     "'freshet config --default' every setting.\n");
}

enum err help_text(struct buf *out, const struct command_row *command)
{
	enum err err;

	if (!command)
		return program_help(out);
	err = buf_printf(out, "Usage: freshet %s [FLAGS]%s%s\n\n", command->name,
			 *command->arguments ? " " : "", command->arguments);
	if (!err)
		err = append_wrapped(out, command->summary, 0, 0);
	if (!err && *command->more)
		err = buf_append_byte(out, '\n');
	if (!err && *command->more)
		err = append_wrapped(out, command->more, 0, 0);
	if (!err)
		err = append_flags(out, "Flags", command->name);
	return err ? err : append_flags(out, "Flags of every command", FLAG_GLOBAL);
}

/* A cell of a Markdown table: '|' would end it. */
static enum err append_cell(struct buf *out, const char *text)
{
	enum err err = ERR_OK;

	for (; !err && *text; text++) {
		if (*text == '|')
			err = buf_append_byte(out, '\\');
		if (!err)
			err = buf_append_byte(out, *text);
	}
	return err;
}

static enum err append_flag_cell(struct buf *out, const struct flag_row *flag, bool first)
{
	const char *word = flag_word(flag);
	enum err err = buf_printf(out, "%s`--%s%s", first ? "" : " ", flag->name,
				  *word ? " " : "");

	if (!err)
		err = append_cell(out, word);
	return err ? err : buf_append_byte(out, '`');
}

static enum err append_row(struct buf *out, const struct command_row *command)
{
	enum err err =
		buf_printf(out, "| `%s%s", command->name, *command->arguments ? " " : "");
	bool first = true;

	if (!err)
		err = append_cell(out, command->arguments);
	if (!err)
		err = buf_append_text(out, "` | ");
	if (!err)
		err = append_cell(out, command->summary);
	if (!err)
		err = buf_append_text(out, " | ");
	for (size_t i = 0; !err && i < n_flag_rows; i++) {
		if (strcmp(flag_rows[i].command, command->name) != 0)
			continue;
		err = append_flag_cell(out, &flag_rows[i], first);
		first = false;
	}
	return err ? err : buf_append_text(out, first ? "|\n" : " |\n");
}

enum err help_markdown(struct buf *out)
{
	enum err err =
		buf_append_text(out, "| command | does | flags |\n| --- | --- | --- |\n");

	for (size_t i = 0; !err && i < n_command_rows; i++)
		err = append_row(out, &command_rows[i]);
	return err;
}

static int write_made(struct buf *out, enum err err)
{
	int code = err ? command_fail(EXIT_FAILED, "%s", err_text(err))
		       : command_write(buf_span(out));

	buf_release(out);
	return code;
}

int help_print(const struct command_row *command)
{
	struct buf out = BUF_INIT;
	enum err err = help_text(&out, command);

	return write_made(&out, err);
}

int help_write(help_maker *make)
{
	struct buf out = BUF_INIT;
	enum err err = make(&out);

	return write_made(&out, err);
}
