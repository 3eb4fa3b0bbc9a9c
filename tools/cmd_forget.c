#include <stdio.h>
#include <unistd.h>

#include "tools/page_orders.h"

/* Everybody who answers anything but y keeps his pages. */
static bool is_sure(const struct command_context *ctx)
{
	const char *host = option_list(ctx->options, "host", 0, NULL);
	const char *tag = option_list(ctx->options, "tag", 0, NULL);
	char line[16];

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return false;
	fprintf(stderr, "forget all pages%s%s%s%s? [y/N] ", host ? " of host " : "",
		host ? host : "", tag ? " with tag " : "", tag ? tag : "");
	return fgets(line, sizeof(line), stdin) && (line[0] == 'y' || line[0] == 'Y');
}

int cmd_forget(struct command_context *ctx)
{
	bool many =
		option_given(ctx->options, "host") || option_given(ctx->options, "tag");

	if (many && !option_bool(ctx->options, "yes") && !is_sure(ctx))
		return command_fail(EXIT_USAGE,
				    "nothing was forgotten: confirm with --yes");
	return page_orders(
		ctx, option_bool(ctx->options, "announce") ? ORDER_RETRACT : ORDER_FORGET,
		"forgotten");
}
