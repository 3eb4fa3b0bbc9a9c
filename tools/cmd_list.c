#include "tools/command.h"

#include <errno.h>

#include "store/base/clock.h"
#include "tools/page_list.h"
#include "tools/progress.h"
#include "tools/reader.h"
#include "tools/reader_filter.h"

static int list(struct store *store, const struct page_list *request,
		enum page_format format)
{
	struct page_writer writer;
	enum err err = page_writer_start(&writer, stdout, format);

	if (!err)
		err = page_list_write(store, request, &writer);
	if (!err)
		err = page_writer_end(&writer);
	page_writer_release(&writer);
	if (!err)
		return EXIT_OK;
	if (ferror(stdout)) /* nobody listens any more, or the disk is full */
		return errno == EPIPE
			       ? EXIT_FAILED
			       : command_fail(EXIT_FAILED, "cannot write to stdout: %s",
					      strerror(errno));
	return reader_fail(store, err);
}

int cmd_list(struct command_context *ctx)
{
	const struct options *options = ctx->options;
	struct page_list request = {
		.min_p_changed = option_number(options, "min-p-changed", 0),
		.limit = (size_t)option_count(options, "limit", 0),
		.sort = (enum page_sort)option_choice(options, "sort", SORT_NONE),
		.now_ms = clock_now_ms(),
	};
	enum page_format format =
		(enum page_format)option_choice(options, "format", PAGES_TABLE);
	struct reader_filter filter;
	struct progress progress = { .stream = stderr };
	struct store *store = NULL;
	int code = reader_filter_init(&filter, options, true);

	request.filter = &filter.filter;
	if (!code)
		code = reader_open(ctx, &store);
	/* Rows that come as they are found say enough themselves. */
	if (!code && request.sort != SORT_NONE)
		request.progress = &progress;
	if (request.progress)
		progress_watch(&progress, ctx, store, store_n_pages(store), "pages");
	if (!code)
		code = list(store, &request, format);
	store_close(store);
	reader_filter_release(&filter);
	return code;
}
