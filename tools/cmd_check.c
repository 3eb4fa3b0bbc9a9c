#include "tools/command.h"

#include <stdlib.h>

#include "store/base/clock.h"
#include "store/base/url.h"
#include "tools/check_render.h"

/* Every URL is read before the first one is asked for. */
static int read_url(const char *text, struct buf *url)
{
	struct why why = { "" };
	enum err err = url_canonical(span_of(text), SPAN(""), url, &why);

	if (!err)
		return EXIT_OK;
	return command_fail(EXIT_USAGE, "URL '%s': %s", text, why.text);
}

static int write_check(const struct command_context *ctx, const struct check *check)
{
	bool with_heads = option_bool(ctx->options, "verbose");
	int64_t now_ms = clock_now_ms();
	struct buf out = BUF_INIT;
	enum err err;
	int code;

	if (check->works && option_bool(ctx->options, "quiet"))
		return EXIT_OK;
	err = option_bool(ctx->options, "json")
		      ? check_render_json(&out, check, with_heads, now_ms)
		      : check_render_text(&out, check, with_heads, now_ms);
	code = err ? command_fail(EXIT_FAILED, "%s", err_text(err))
		   : command_write(buf_span(&out));
	buf_release(&out);
	return code;
}

/* *broken: it was checked and does not work. */
static int check_one(const struct command_context *ctx, struct checker *checker,
		     struct span url, bool *broken)
{
	struct check *check = calloc(1, sizeof(*check));
	struct why why = { "" };
	int code;

	if (!check)
		return command_fail(EXIT_FAILED, "%s", err_text(ERR_NOMEM));
	if (check_run(checker, url, check, &why))
		code = command_fail(EXIT_FAILED, "%s", why.text);
	else
		code = write_check(ctx, check);
	if (!check->works)
		*broken = true;
	check_release(check);
	free(check);
	return code;
}

static int check_all(const struct command_context *ctx, const struct buf *urls)
{
	struct checker checker;
	struct why why = { "" };
	bool broken = false;
	int code = EXIT_OK;

	if (checker_open(ctx->settings, &checker, &why)) {
		checker_close(&checker);
		return command_fail(EXIT_FAILED, "%s", why.text);
	}
	checker.conditional = option_bool(ctx->options, "conditional");
	checker.ignore_robots = option_bool(ctx->options, "ignore-robots");
	for (size_t i = 0; !code && i < ctx->options->n_args; i++)
		code = check_one(ctx, &checker, buf_span(&urls[i]), &broken);
	checker_close(&checker);
	return code || !broken ? code : EXIT_FAILED;
}

int cmd_check(struct command_context *ctx)
{
	size_t n = ctx->options->n_args;
	struct buf *urls = calloc(n ? n : 1, sizeof(*urls));
	int code = EXIT_OK;

	if (!urls)
		return command_fail(EXIT_FAILED, "%s", err_text(ERR_NOMEM));
	for (size_t i = 0; !code && i < n; i++)
		code = read_url(option_arg(ctx->options, i), &urls[i]);
	if (!code)
		code = check_all(ctx, urls);
	for (size_t i = 0; i < n; i++)
		buf_release(&urls[i]);
	free(urls);
	return code;
}
