#include "tools/command.h"

#include "store/base/clock.h"
#include "tools/page_gather.h"
#include "tools/reader.h"
#include "tools/render.h"

static int show(struct command_context *ctx, struct page_gather *gather)
{
	const struct options *o = ctx->options;
	struct buf out = BUF_INIT;
	enum err err;
	int code = reader_find_page(gather->store, option_arg(o, 0), &gather->page);

	if (code)
		return code;
	err = page_gather(gather, ctx->settings,
			  (size_t)option_count(o, "history", PAGE_GATHER_HISTORY),
			  option_bool(o, "headers"), clock_now_ms());
	if (err)
		return reader_fail(gather->store, err);
	err = option_bool(o, "json") ? render_json_detail(&out, &gather->detail)
				     : render_text_detail(&out, &gather->detail);
	code = err ? command_fail(EXIT_FAILED, "%s", err_text(err))
		   : command_write(buf_span(&out));
	buf_release(&out);
	return code;
}

int cmd_show(struct command_context *ctx)
{
	struct page_gather gather;
	struct store *store = NULL;
	int code = reader_open(ctx, &store);

	if (code)
		return code;
	page_gather_init(&gather, store);
	code = show(ctx, &gather);
	page_gather_release(&gather);
	store_close(store);
	return code;
}
