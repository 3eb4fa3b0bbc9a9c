/* cmd_export.c - freshet export: the pages of the store to a file. */
#include "tools/command.h"

#include <errno.h>

#include "store/base/clock.h"
#include "store/base/units.h"
#include "tools/change_reader.h"
#include "tools/export_archive.h"
#include "tools/out_file.h"
#include "tools/page_writer.h"
#include "tools/priors.h"
#include "tools/progress.h"
#include "tools/reader.h"
#include "tools/reader_filter.h"

/* In the order of the choices of --format. */
enum export_format { EXPORT_NDJSON, EXPORT_CSV, EXPORT_CDXJ, EXPORT_WARC };

struct exporting {
	struct store *store;
	const struct filter *filter;
	enum export_format format;
	uint64_t since; /* only pages with a newer change; ... */
	bool has_since; /* ... if this is set */
	struct out_file file;
	struct progress progress;
	int64_t now_ms;
	struct page_writer writer; /* of rows ... */
	struct priors priors;
	struct export_archive archive; /* ... or of records */
	struct buf out;
};

/* ---- since when ----------------------------------------------------------------------------- */

/* The last change before that time; the feed is in the order of time. */
static enum err find_cursor(struct store *store, int64_t at_ms, uint64_t *cursor)
{
	struct change_reader *reader = NULL;
	const struct change *change;
	enum err err = change_reader_new(store, 0, false, &reader);

	*cursor = 0;
	while (!err) {
		err = change_reader_next(reader, &change);
		if (!err && change->at_ms >= at_ms)
			break;
		if (!err)
			*cursor = change->cursor;
	}
	change_reader_free(reader);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static int find_since(struct exporting *e, const char *text)
{
	int64_t cursor, at_ms;
	enum err err;

	if (!text)
		return EXIT_OK;
	e->has_since = true;
	if (units_parse_count(span_of(text), &cursor) == ERR_OK) {
		e->since = (uint64_t)cursor;
		return EXIT_OK;
	}
	if (units_parse_time(span_of(text), &at_ms))
		return command_fail(EXIT_USAGE,
				    "--since '%s': a cursor or a time is wanted (as "
				    "2026-11-22T14:00:00Z)",
				    text);
	err = find_cursor(e->store, at_ms, &e->since);
	return err ? reader_fail(e->store, err) : EXIT_OK;
}

static bool is_wanted(const struct exporting *e, const struct page *page)
{
	return !e->has_since || page->change_cursor > e->since;
}

/* ---- pages ---------------------------------------------------------------------------------- */

static enum err write_row(struct exporting *e, const struct page *page)
{
	struct page_view view;
	double prior;
	enum err err = priors_get(&e->priors, &page->key, &prior);

	if (err)
		return err;
	page_view_make(&view, page, prior, e->now_ms);
	return page_writer_page(&e->writer, &view);
}

static enum err flush(struct exporting *e)
{
	size_t n = fwrite(buf_text(&e->out), 1, e->out.len, e->file.stream);
	bool whole = n == e->out.len;

	buf_clear(&e->out);
	return whole ? ERR_OK : ERR_IO;
}

static enum err write_page(struct exporting *e, const struct page *page)
{
	enum err err;

	if (e->format == EXPORT_NDJSON || e->format == EXPORT_CSV)
		return write_row(e, page);
	err = e->format == EXPORT_WARC
		      ? export_archive_records(&e->archive, page, &e->out)
		      : export_archive_line(&e->archive, page, &e->out);
	return err ? err : flush(e);
}

static enum err begin(struct exporting *e)
{
	enum err err;

	if (e->format == EXPORT_NDJSON || e->format == EXPORT_CSV)
		return page_writer_start(&e->writer, e->file.stream,
					 e->format == EXPORT_CSV ? PAGES_CSV
								 : PAGES_NDJSON);
	err = export_archive_init(&e->archive, e->store);
	if (!err && e->format == EXPORT_WARC)
		err = export_archive_begin(&e->archive, e->now_ms, &e->out);
	return err ? err : flush(e);
}

static enum err write_pages(struct exporting *e)
{
	struct filter_walk *walk = NULL;
	struct page page;
	enum err err = begin(e);

	page_init(&page);
	if (!err)
		err = filter_walk_start(e->store, e->filter, &walk);
	while (!err) {
		err = filter_walk_page(walk, &page);
		if (!err && is_wanted(e, &page))
			err = write_page(e, &page);
	}
	filter_walk_end(walk);
	page_release(&page);
	if (err == ERR_NOT_FOUND)
		err = fflush(e->file.stream) ? ERR_IO : ERR_OK;
	return err;
}

/* ---- the command ---------------------------------------------------------------------------- */

static int write_failed(const struct exporting *e)
{
	if (!e->file.path && errno == EPIPE)
		return EXIT_FAILED;
	return command_fail(EXIT_FAILED, "cannot write to %s: %s",
			    e->file.path ? e->file.path : "stdout", strerror(errno));
}

static int export(struct exporting *e, const char *path)
{
	struct why why = { "" };
	enum err err = out_file_open(&e->file, path, &why);
	int code = EXIT_OK;

	if (err)
		return command_fail(EXIT_FAILED, "%s", why.text);
	e->priors.store = e->store;
	err = write_pages(e);
	progress_end(&e->progress);
	if (err && ferror(e->file.stream))
		code = write_failed(e);
	else if (err)
		code = reader_fail(e->store, err);
	else if (out_file_commit(&e->file, &why))
		code = why.text[0] ? command_fail(EXIT_FAILED, "%s", why.text)
				   : EXIT_FAILED;
	out_file_release(&e->file);
	return code;
}

int cmd_export(struct command_context *ctx)
{
	const struct options *options = ctx->options;
	struct exporting e = {
		.now_ms = clock_now_ms(),
		.format = (enum export_format)option_choice(options, "format",
							    EXPORT_NDJSON),
	};
	struct reader_filter filter;
	int code = reader_filter_init(&filter, options, false);

	e.filter = &filter.filter;
	if (!code)
		code = reader_open(ctx, &e.store);
	if (!code)
		progress_watch(&e.progress, ctx, e.store, store_n_pages(e.store),
			       "pages");
	if (!code)
		code = find_since(&e, option_text(options, "since", NULL));
	if (!code)
		code = export(&e, option_text(options, "output", NULL));
	page_writer_release(&e.writer);
	export_archive_release(&e.archive);
	buf_release(&e.out);
	store_close(e.store);
	reader_filter_release(&filter);
	return code;
}
