#include "tools/host_change.h"

#include <inttypes.h>

#include "tools/filter.h"
#include "tools/writer.h"

static int print_done(enum host_change change, uint64_t n)
{
	static const char *const done[N_HOST_CHANGES] = {
		[HOST_PAUSE] = "paused",
		[HOST_RESUME] = "resumed",
		[HOST_RELEASE] = "released",
		[HOST_REFRESH_ROBOTS] = "to be asked for robots.txt anew",
	};
	struct buf out = BUF_INIT;
	int code = EXIT_OK;

	if (buf_printf(&out, "%" PRIu64 " host%s %s\n", n, n == 1 ? "" : "s",
		       done[change]) == ERR_OK)
		code = command_write(buf_span(&out));
	buf_release(&out);
	return code;
}

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
	if (!code && !option_bool(ctx->options, "quiet"))
		code = print_done(change, reply.n_done);
	reply_release(&reply);
	order_release(&order);
	return code;
}
