#include "tools/command.h"
#include "tools/help.h"

int cmd_completion(struct command_context *ctx)
{
	const char *shell = option_arg(ctx->options, 0);

	if (strcmp(shell, "bash") == 0)
		return help_write(completion_bash);
	if (strcmp(shell, "zsh") == 0)
		return help_write(completion_zsh);
	return help_write(completion_fish);
}
