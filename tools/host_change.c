#include "tools/host_change.h"

#include "tools/filter.h"
#include "tools/writer.h"

int host_change(struct command_context *ctx, const char *host, enum host_change change)
{
	struct host_filter filter;
	struct why why = { "" };
	struct order order;
	struct reply reply;
	int code;

	if (host_filter_init(&filter, span_of(host), &why))
		return command_fail(EXIT_USAGE, "host '%s': %s", host, why.text);
	host_filter_release(&filter);
	order_init(&order, ORDER_HOST);
	order.change = change;
	if (buf_set(&order.host, span_of(host)))
		return command_fail(EXIT_FAILED, "%s", err_text(ERR_NOMEM));
	code = writer_command(ctx, &order, &reply);
	reply_release(&reply);
	order_release(&order);
	return code;
}
