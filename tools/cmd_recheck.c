#include "tools/page_orders.h"

int cmd_recheck(struct command_context *ctx)
{
	return page_orders(ctx, ORDER_RECHECK, "due now");
}
