#include <stdlib.h>

#include "store/base/clock.h"
#include "tools/command.h"
#include "tools/outlook_budgets.h"
#include "tools/reader.h"

#define VISITS_DEFAULT 20
#define VISITS_MAX 1000000

static int plan(struct command_context *ctx, struct store *store,
		const struct outlook_request *request)
{
	struct outlook outlook = { .n_visits = 0 };
	struct buf out = BUF_INIT;
	int code;
	enum err err = outlook_make(&outlook, store, request, clock_now_ms());

	if (err) {
		code = reader_fail(store, err);
	} else {
		err = option_bool(ctx->options, "json")
			      ? render_json_outlook(&out, &outlook)
			      : render_text_outlook(&out, &outlook);
		code = err ? command_fail(EXIT_FAILED, "%s", err_text(err))
			   : command_write(buf_span(&out));
	}
	outlook_release(&outlook);
	buf_release(&out);
	return code;
}

int cmd_plan(struct command_context *ctx)
{
	const struct options *o = ctx->options;
	struct outlook_request request = {
		.settings = ctx->settings,
		.n_visits = (size_t)option_count(o, "limit", VISITS_DEFAULT),
		.within_ms = option_duration(o, "within", 0),
		.target = option_number(o, "target", 0),
	};
	struct store *store = NULL;
	double *budgets = NULL;
	struct why why = { "" };
	int code = EXIT_OK;
	enum err err =
		outlook_budgets(o, ctx->settings, &budgets, &request.n_budgets, &why);

	if (err)
		code = command_fail(err == ERR_INVALID ? EXIT_USAGE : EXIT_FAILED, "%s",
				    why.text);
	request.budgets_per_s = budgets;
	if (option_given(o, "within") && !option_given(o, "limit"))
		request.n_visits = VISITS_MAX;
	if (!code)
		code = reader_open(ctx, &store);
	if (!code)
		code = plan(ctx, store, &request);
	store_close(store);
	free(budgets);
	return code;
}
