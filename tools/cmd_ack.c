#include <inttypes.h>

#include "store/base/units.h"
#include "tools/acknowledge.h"

int cmd_ack(struct command_context *ctx)
{
	const char *text = option_arg(ctx->options, 0);
	const char *consumer = option_text(ctx->options, "consumer", "index");
	struct buf out = BUF_INIT;
	int64_t cursor;
	int code;

	if (units_parse_count(span_of(text), &cursor))
		return command_fail(EXIT_USAGE, "CURSOR '%s': a whole number is wanted",
				    text);
	code = acknowledge(ctx, consumer, (uint64_t)cursor);
	if (code || option_bool(ctx->options, "quiet"))
		return code;
	if (buf_printf(&out, "%s has everything up to %" PRId64 "\n", consumer, cursor))
		code = command_fail(EXIT_FAILED, "%s", err_text(ERR_NOMEM));
	else
		code = command_write(buf_span(&out));
	buf_release(&out);
	return code;
}
