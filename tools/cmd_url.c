#include "tools/command.h"

#include "store/base/url.h"

/* BASE must be canonical before anything is resolved against it. */
static enum err canonical_base(const char *base, struct buf *canonical, struct why *why)
{
	return base ? url_canonical(span_of(base), SPAN(""), canonical, why) : ERR_OK;
}

int cmd_url(struct command_context *ctx)
{
	const char *input = option_arg(ctx->options, 0), *wrong;
	struct buf base = BUF_INIT, url = BUF_INIT;
	struct why why = { "" };
	enum err err;
	int code;

	wrong = option_arg(ctx->options, 1);
	err = canonical_base(wrong, &base, &why);
	if (!err) {
		wrong = input;
		err = url_canonical(span_of(input), buf_span(&base), &url, &why);
	}
	if (!err)
		err = buf_append_byte(&url, '\n');
	if (err == ERR_NOMEM)
		code = command_fail(EXIT_FAILED, "%s", err_text(err));
	else if (err)
		code = command_fail(EXIT_USAGE, "URL '%s': %s", wrong, why.text);
	else
		code = command_write(buf_span(&url));
	buf_release(&base);
	buf_release(&url);
	return code;
}
