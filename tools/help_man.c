/* help_man.c - the manual pages freshet(1) and freshet.conf(5), in man(7) macros. */
#include "tools/help.h"

#include "tools/escape.h"

static enum err append_words(struct buf *out, const char *macro, const char *text)
{
	enum err err = buf_append_text(out, macro);

	if (!err)
		err = escape_roff(out, span_of(text));
	return err ? err : buf_append_byte(out, '\n');
}

/* A tagged paragraph: bold term, then text. */
static enum err append_item(struct buf *out, const char *term, const char *text)
{
	enum err err = buf_append_text(out, ".TP\n");

	if (!err)
		err = append_words(out, ".B ", term);
	return err ? err : append_words(out, "", text);
}

static enum err append_lines(struct buf *out, const char *title,
			     const struct help_line *lines, size_t n)
{
	enum err err = buf_printf(out, ".SH %s\n", title);

	for (size_t i = 0; !err && i < n; i++)
		err = append_item(out, lines[i].term, lines[i].text);
	return err;
}

static enum err append_flag(struct buf *out, const struct flag_row *flag)
{
	struct buf term = BUF_INIT, text = BUF_INIT;
	const char *word = flag_word(flag);
	enum err err = ERR_OK;

	if (flag->letter)
		err = buf_printf(&term, "-%c, ", flag->letter);
	if (!err)
		err = buf_printf(&term, "--%s%s%s", flag->name, *word ? " " : "", word);
	if (!err)
		err = buf_append_text(&text, flag_help(flag));
	if (!err && flag->setting)
		err = buf_printf(&text, " (setting %s)", flag->setting);
	if (!err)
		err = append_item(out, buf_text(&term), buf_text(&text));
	buf_release(&term);
	buf_release(&text);
	return err;
}

static enum err append_flags(struct buf *out, const char *command)
{
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < n_flag_rows; i++) {
		if (strcmp(flag_rows[i].command, command) == 0)
			err = append_flag(out, &flag_rows[i]);
	}
	return err;
}

static enum err append_command(struct buf *out, const struct command_row *command)
{
	struct buf usage = BUF_INIT;
	enum err err = buf_printf(&usage, "%s%s%s", command->name,
				  *command->arguments ? " " : "", command->arguments);

	if (!err)
		err = append_words(out, ".SS ", buf_text(&usage));
	if (!err)
		err = append_words(out, "", command->summary);
	if (!err && *command->more)
		err = append_words(out, ".PP\n", command->more);
	if (!err)
		err = append_flags(out, command->name);
	buf_release(&usage);
	return err;
}

static enum err append_setting(struct buf *out, const struct setting_row *row)
{
	struct buf text = BUF_INIT;
	bool ranged = *row->limits != '\0';
	enum err err = buf_printf(&text, "%s (%s%s%s; default %s)", row->help,
				  value_kind_text(row->kind), ranged ? ", " : "",
				  row->limits, *row->fallback ? row->fallback : "empty");

	if (!err)
		err = append_item(out, row->name, buf_text(&text));
	buf_release(&text);
	return err;
}

static enum err append_settings(struct buf *out)
{
	enum err err = buf_append_text(out, ".SH SETTINGS\n");

	for (size_t i = 0; !err && i < n_setting_rows; i++)
		err = append_setting(out, &setting_rows[i]);
	if (!err)
		err = append_words(
			out, ".PP\n",
			"A section [host \"pattern\"] overrides for the hosts that match:");
	for (size_t i = 0; !err && i < n_host_setting_rows; i++)
		err = append_setting(out, &host_setting_rows[i]);
	return err;
}

enum err help_man(struct buf *out)
{
	enum err err = buf_append_text(
		out,
		".TH FRESHET 1 \"\" \"freshet " FRESHET_VERSION "\" \"User Commands\"\n"
		".SH NAME\nfreshet \\- keep a search index's copy of the web fresh\n"
		".SH SYNOPSIS\n.B freshet\n[\\fIFLAGS\\fR] \\fICOMMAND\\fR "
		"[\\fIFLAGS\\fR] [\\fIARGUMENTS\\fR]\n"
		".SH DESCRIPTION\nRevisits pages when they have most likely changed, "
		"politely, and tells what is stale.\n.SH OPTIONS\n");

	if (!err)
		err = append_flags(out, FLAG_GLOBAL);
	if (!err)
		err = buf_append_text(out, ".SH COMMANDS\n");
	for (size_t i = 0; !err && i < n_command_rows; i++)
		err = append_command(out, &command_rows[i]);
	if (!err)
		err = append_settings(out);
	if (!err)
		err = append_lines(out, "ENVIRONMENT", help_environment,
				   n_help_environment);
	if (!err)
		err = append_lines(out, "EXIT STATUS", help_exit_codes,
				   n_help_exit_codes);
	return err;
}

enum err help_man_config(struct buf *out)
{
	enum err err = buf_append_text(
		out, ".TH FRESHET.CONF 5 \"\" \"freshet " FRESHET_VERSION
		     "\" \"File Formats\"\n"
		     ".SH NAME\nfreshet.conf \\- settings of freshet\n"
		     ".SH SYNOPSIS\n.nf\n[bot]\nurl = https://example.org/bot\n\n"
		     "[host \"*.example.org\"]\ndelay = 5s\n.fi\n.SH DESCRIPTION\n");

	if (!err)
		err = append_words(
			out, "",
			"freshet reads the file that -c or FRESHET_CONFIG names. A setting "
			"section.key is the line `key = value` below `[section]`. Flags beat "
			"the environment (FRESHET_SECTION_KEY), which beats the file, which "
			"beats the default. A line that starts with ; or # is a comment; an "
			"unknown key is an error. `freshet config` prints what is in force "
			"and where it comes from, `freshet config --default` a commented "
			"file.");
	if (!err)
		err = append_words(
			out, ".PP\n",
			"On SIGHUP a run reads it again; what needs a restart is then named "
			"in the log.");
	if (!err)
		err = append_settings(out);
	return err ? err : buf_append_text(out, ".SH SEE ALSO\n.BR freshet (1)\n");
}
