#include "tools/command.h"
#include "tools/help.h"
#include "tools/suggest.h"

static int unknown(const char *name)
{
	struct suggestion s = suggest_start(span_of(name));
	char hint[SUGGEST_TEXT_SIZE];

	for (size_t i = 0; i < n_command_rows; i++)
		suggest_offer(&s, command_rows[i].name);
	suggest_text(&s, "", hint);
	return command_fail(EXIT_USAGE, "unknown command '%s'%s", name, hint);
}

int cmd_help(struct command_context *ctx)
{
	const char *name = option_arg(ctx->options, 0);
	const struct command_row *command = NULL;

	if (option_bool(ctx->options, "man"))
		return help_write(name && strcmp(name, "config") == 0 ? help_man_config
								      : help_man);
	if (option_bool(ctx->options, "markdown"))
		return help_write(help_markdown);
	if (name)
		command = command_find(span_of(name));
	if (name && !command)
		return unknown(name);
	return help_print(command);
}
