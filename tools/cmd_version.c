#include "tools/command.h"

int cmd_version(struct command_context *ctx)
{
	(void)ctx;
	return command_write(SPAN("freshet " FRESHET_VERSION "\n"));
}
