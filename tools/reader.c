#include "tools/reader.h"

#include "store/base/url.h"

int reader_open(struct command_context *ctx, struct store **store)
{
	struct store_options options = {
		.cache_bytes = (size_t)ctx->settings->store_cache,
	};
	struct why why = { "" };
	enum err err = store_open(ctx->settings->db, STORE_READ, &options, store, &why);

	return err ? command_fail(command_code(err), "%s", why.text) : EXIT_OK;
}

int reader_fail(const struct store *store, enum err err)
{
	bool has_more = err == ERR_IO || err == ERR_CORRUPT;

	return command_fail(command_code(err), "cannot read store '%s': %s%s%s",
			    store_dir(store), err_text(err), has_more ? ": " : "",
			    has_more ? store_failure(store) : "");
}

int reader_find_page(struct store *store, const char *argument, struct page *page)
{
	struct buf url = BUF_INIT;
	struct why why = { "" };
	enum err err = url_canonical(span_of(argument), SPAN(""), &url, &why);
	int code = EXIT_OK;

	if (err == ERR_NOMEM)
		code = command_fail(EXIT_FAILED, "%s", err_text(err));
	else if (err)
		code = command_fail(EXIT_USAGE, "URL '%s': %s", argument, why.text);
	else
		err = store_find_page(store, buf_span(&url), page);
	if (!code && err == ERR_NOT_FOUND)
		code = command_fail(EXIT_FAILED, "no page '%s' in store '%s'",
				    buf_text(&url), store_dir(store));
	else if (!code && err)
		code = reader_fail(store, err);
	buf_release(&url);
	return code;
}
