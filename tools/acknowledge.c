#include "tools/acknowledge.h"

#include "tools/writer.h"

int acknowledge(struct command_context *ctx, const char *consumer, uint64_t cursor)
{
	struct order order;
	struct reply reply;
	int code;

	order_init(&order, ORDER_ACKNOWLEDGE);
	order.cursor = cursor;
	if (buf_set(&order.consumer, span_of(consumer)))
		return command_fail(EXIT_FAILED, "%s", err_text(ERR_NOMEM));
	code = writer_command(ctx, &order, &reply);
	reply_release(&reply);
	order_release(&order);
	return code;
}
