#include "tools/command.h"

#include <time.h>

#include "crawler/document.h"
#include "crawler/http_date.h"
#include "store/base/clock.h"
#include "tools/escape.h"
#include "tools/reader.h"
#include "tools/stored_head.h"

/* More than any body that is kept: fetch.max_body is at most this. */
#define BODY_MAX ((size_t)1 << 30)

/* Is there a Date, and no 304 since with a later one? */
static bool has_last_date(struct span lines, int64_t date_at_ms)
{
	struct span name, value;
	int64_t at_ms;

	while (stored_head_next(&lines, &name, &value))
		if (span_equal_nocase(name, SPAN("Date")))
			return !http_date_parse(value, date_at_ms, &at_ms) ||
			       at_ms == date_at_ms;
	return false;
}

/* When the origin last vouched for the page, by its own clock (RFC 9111 4.3.4): of a 304
 * the field itself is not kept. */
static enum err append_date(struct buf *out, int64_t at_ms)
{
	time_t at = (time_t)(at_ms / MS_PER_SECOND);
	char text[64];
	struct tm tm;

	if (!at_ms || !gmtime_r(&at, &tm) ||
	    !strftime(text, sizeof(text), "Date: %a, %d %b %Y %H:%M:%S GMT\n", &tm))
		return ERR_OK;
	return buf_append_text(out, text);
}

/* The fields, then an empty line. */
static enum err append_head(struct buf *out, struct store *store, const struct page *page)
{
	struct buf head = BUF_INIT, date = BUF_INIT, fresh = BUF_INIT;
	enum err err = stored_head_get(store, page, &head);

	if (!err && !has_last_date(buf_span(&head), page->date_at_ms))
		err = append_date(&date, page->date_at_ms);
	if (!err)
		err = stored_head_merge(buf_span(&head), buf_span(&date), &fresh);
	if (!err)
		err = escape_terminal_lines(out, buf_span(&fresh));
	buf_release(&head);
	buf_release(&date);
	buf_release(&fresh);
	return err ? err : buf_append_byte(out, '\n');
}

/* ERR_NOT_FOUND: it has none. */
static enum err append_text(struct buf *out, struct span content_type, struct span body)
{
	static const struct html_limits limits = { BODY_MAX, HTML_MAX_DEPTH, 0, NULL };
	struct document_worker *worker = NULL;
	struct span text = { NULL, 0 };
	enum err err = document_worker_new(1, &worker);

	if (!err)
		err = document_text(worker, content_type, body, &limits, &text);
	if (!err && !text.len)
		err = ERR_NOT_FOUND;
	if (!err)
		err = buf_append_span(out, text);
	if (!err)
		err = buf_append_byte(out, '\n');
	document_worker_free(worker);
	return err;
}

static enum err append_body(struct buf *out, struct store *store, const struct page *page,
			    bool as_text)
{
	struct buf body = BUF_INIT;
	enum err err = store_get_body(store, &page->digest, BODY_MAX, &body);

	if (err)
		err = err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
	else if (as_text)
		err = append_text(out, buf_span(&page->content_type), buf_span(&body));
	else
		err = buf_append_span(out, buf_span(&body));
	buf_release(&body);
	return err;
}

static int cat(struct command_context *ctx, struct store *store, struct page *page)
{
	const char *argument = option_arg(ctx->options, 0);
	bool as_text = option_bool(ctx->options, "text");
	int code = reader_find_page(store, argument, page);
	struct buf out = BUF_INIT;
	enum err err = ERR_OK;

	if (code)
		return code;
	if (!page->has_body)
		return command_fail(EXIT_FAILED, "no body of '%s' is stored",
				    buf_text(&page->url));
	if (option_bool(ctx->options, "headers"))
		err = append_head(&out, store, page);
	if (!err)
		err = append_body(&out, store, page, as_text);
	if (err == ERR_NOT_FOUND)
		code = command_fail(EXIT_FAILED, "'%s' has no visible text (it is '%s')",
				    buf_text(&page->url), buf_text(&page->content_type));
	else if (err)
		code = reader_fail(store, err);
	else
		code = command_write(buf_span(&out));
	buf_release(&out);
	return code;
}

int cmd_cat(struct command_context *ctx)
{
	struct store *store = NULL;
	struct page page;
	int code = reader_open(ctx, &store);

	if (code)
		return code;
	page_init(&page);
	code = cat(ctx, store, &page);
	page_release(&page);
	store_close(store);
	return code;
}
