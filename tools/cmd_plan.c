#include <stdlib.h>

#include "store/base/clock.h"
#include "tools/outlook.h"
#include "tools/reader.h"

#define VISITS_DEFAULT 20
#define VISITS_MAX 1000000

/* The budgets asked for; without any, half, once and twice the present one. */
static int take_budgets(struct command_context *ctx, struct outlook_request *request,
			double **budgets)
{
	const struct options *o = ctx->options;
	double present = ctx->settings->schedule_budget_per_s;
	size_t n = option_times(o, "budgets");
	double *list = calloc(n + 3, sizeof(*list));

	if (!list)
		return command_fail(EXIT_FAILED, "out of memory");
	*budgets = list;
	request->budgets_per_s = list;
	for (size_t i = 0; i < n; i++) {
		const char *text = option_list(o, "budgets", i, NULL);
		struct value value;
		struct why why;

		if (value_parse(VALUE_RATE, "1/d..1000000/s", span_of(text), &value,
				&why))
			return command_fail(EXIT_USAGE, "--budgets '%s': %s", text,
					    why.text);
		list[request->n_budgets++] = value.real;
	}
	if (n)
		return EXIT_OK;
	list[0] = present / 2;
	list[1] = present;
	list[2] = 2 * present;
	request->n_budgets = 3;
	return EXIT_OK;
}

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
	int code = take_budgets(ctx, &request, &budgets);

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
