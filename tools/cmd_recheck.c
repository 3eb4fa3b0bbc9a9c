#include "tools/page_orders.h"

int cmd_recheck(struct command_context *ctx)
{
	if (!option_bool(ctx->options, "ping"))
		return page_orders(ctx, ORDER_RECHECK, "due now");
	if (option_given(ctx->options, "host") || option_given(ctx->options, "tag"))
		return command_fail(EXIT_USAGE, "--ping is for URLs");
	return page_orders(ctx, ORDER_PING, "pinged");
}
