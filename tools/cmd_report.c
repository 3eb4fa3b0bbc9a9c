#include "tools/command.h"

#include "store/base/clock.h"
#include "tools/out_file.h"
#include "tools/page_writer.h"
#include "tools/priors.h"
#include "tools/progress.h"
#include "tools/reader.h"
#include "tools/reader_filter.h"
#include "tools/render.h"
#include "tools/report_check.h"

#define WINDOW_DEFAULT_MS (30 * MS_PER_DAY)

/* In the order of the choices of --format. */
enum report_format { REPORT_TEXT, REPORT_JSON, REPORT_CSV, REPORT_HTML };

struct reporting {
	struct command_context *ctx;
	struct store *store;
	const struct filter *filter;
	enum report_format format;
	struct out_file out;
	struct progress progress;
};

static enum err write_pages(struct reporting *r, struct page_writer *writer)
{
	struct priors priors = { .store = r->store };
	struct filter_walk *walk = NULL;
	double prior = 0;
	int64_t now_ms = clock_now_ms();
	struct page_view view;
	struct page page;
	enum err err = page_writer_start(writer, r->out.stream, PAGES_CSV);

	page_init(&page);
	if (!err)
		err = filter_walk_start(r->store, r->filter, &walk);
	while (!err) {
		err = filter_walk_page(walk, &page);
		if (!err)
			err = priors_get(&priors, &page.key, &prior);
		if (err)
			break;
		page_view_make(&view, &page, prior, now_ms);
		err = page_writer_page(writer, &view);
	}
	page_release(&page);
	filter_walk_end(walk);
	return err == ERR_NOT_FOUND ? page_writer_end(writer) : err;
}

/* One row a page, as they come. */
static int write_csv(struct reporting *r)
{
	struct page_writer writer = { .stream = NULL };
	enum err err = write_pages(r, &writer);

	page_writer_release(&writer);
	progress_end(&r->progress);
	/* What the stream could not take is told when it is closed. */
	return err && !ferror(r->out.stream) ? reader_fail(r->store, err) : EXIT_OK;
}

static enum err render(const struct reporting *r, struct buf *out,
		       const struct report *report)
{
	struct text_style style = {
		.utf8 = text_wants_utf8(),
		.color = command_wants_color(r->ctx->settings, r->out.stream),
	};

	if (r->format == REPORT_JSON)
		return render_json_report(out, report);
	return r->format == REPORT_HTML ? render_html_report(out, report)
					: render_text_report(out, report, &style);
}

static int write_report(struct reporting *r, const struct report *report)
{
	struct buf out = BUF_INIT;
	enum err err = render(r, &out, report);

	if (!err && out.len)
		(void)!fwrite(out.data, 1, out.len, r->out.stream);
	buf_release(&out);
	return err ? command_fail(EXIT_FAILED, "%s", err_text(err)) : EXIT_OK;
}

static int check(const struct reporting *r, const struct report *report)
{
	const char *text = option_text(r->ctx->options, "check", NULL);
	struct buf holding = BUF_INIT;
	bool holds = false;
	int code = EXIT_OK;

	if (!text)
		return EXIT_OK;
	if (report_check(span_of(text), report, &holds, &holding))
		code = command_fail(EXIT_FAILED, "%s", err_text(ERR_NOMEM));
	else if (holds)
		code = command_fail(EXIT_CHECKED, "check: %s", buf_text(&holding));
	buf_release(&holding);
	return code;
}

static int finish(struct reporting *r)
{
	struct why why;

	if (!out_file_commit(&r->out, &why))
		return EXIT_OK;
	return *why.text ? command_fail(EXIT_FAILED, "%s", why.text) : EXIT_FAILED;
}

/* Reckons, writes, checks: the file stands whole before anything is judged. */
static int make_report(struct reporting *r)
{
	const struct options *options = r->ctx->options;
	struct report_query query = {
		.settings = r->ctx->settings,
		.filter = r->filter,
		.host = option_text(options, "host", NULL),
		.tag = option_text(options, "tag", NULL),
		.now_ms = clock_now_ms(),
		.window_ms = option_duration(options, "window", WINDOW_DEFAULT_MS),
		.source =
			option_bool(options, "exact") ? REPORT_OF_PAGES : REPORT_BY_SIZE,
		.compare_ms = option_duration(options, "compare", 0),
	};
	bool needs_report = r->format != REPORT_CSV || option_given(options, "check");
	struct report report = { .series = NULL };
	int code = EXIT_OK;
	enum err err = needs_report ? report_make(r->store, &query, &report) : ERR_OK;

	progress_end(&r->progress);
	if (err)
		return reader_fail(r->store, err);
	code = r->format == REPORT_CSV ? write_csv(r) : write_report(r, &report);
	if (!code)
		code = finish(r);
	if (!code)
		code = check(r, &report);
	report_release(&report);
	return code;
}

static int run(struct reporting *r)
{
	const char *path = option_text(r->ctx->options, "output", NULL);
	struct why why = { "" };
	int code = reader_open(r->ctx, &r->store);

	if (code)
		return code;
	progress_watch(&r->progress, r->ctx, r->store, store_n_pages(r->store), "pages");
	if (out_file_open(&r->out, path, &why))
		code = command_fail(EXIT_FAILED, "%s", why.text);
	else
		code = make_report(r);
	out_file_release(&r->out);
	store_close(r->store);
	return code;
}

int cmd_report(struct command_context *ctx)
{
	const char *expression = option_text(ctx->options, "check", NULL);
	struct reporting r = {
		.ctx = ctx,
		.format = (enum report_format)option_choice(ctx->options, "format",
							    REPORT_TEXT),
	};
	struct reader_filter filter;
	struct why why = { "" };
	int code;

	if (expression && report_check_parse(span_of(expression), &why))
		return command_fail(EXIT_USAGE, "--check '%s': %s", expression, why.text);
	if (option_bool(ctx->options, "json")) {
		if (option_given(ctx->options, "format") && r.format != REPORT_JSON)
			return command_fail(EXIT_USAGE,
					    "--json and --format exclude each other");
		r.format = REPORT_JSON;
	}
	code = reader_filter_init(&filter, ctx->options, false);
	r.filter = &filter.filter;
	if (!code)
		code = run(&r);
	reader_filter_release(&filter);
	return code;
}
