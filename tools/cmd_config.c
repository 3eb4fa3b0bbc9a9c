#include "tools/command.h"
#include "tools/settings_print.h"

int cmd_config(struct command_context *ctx)
{
	struct settings settings = { 0 };
	struct buf out = BUF_INIT;
	struct why why;
	enum err err;
	int code;

	if (option_bool(ctx->options, "default"))
		err = settings_default(&settings);
	else if (settings_load(ctx->options, &settings, &why))
		return command_fail(EXIT_CONFIG, "%s", why.text);
	else
		err = ERR_OK;
	if (!err)
		err = settings_print(&settings, &out);
	code = err ? command_fail(EXIT_FAILED, "%s", err_text(err))
		   : command_write(buf_span(&out));
	settings_release(&settings);
	buf_release(&out);
	return code;
}
