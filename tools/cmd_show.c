#include "tools/command.h"

#include <math.h>

#include "scheduler/classes.h"
#include "scheduler/prospect.h"
#include "store/base/clock.h"
#include "tools/priors.h"
#include "tools/reader.h"
#include "tools/render.h"
#include "tools/stored_head.h"

#define HISTORY_DEFAULT 10

/* What is gathered, and what it borrows from. */
struct showing {
	struct store *store;
	struct page page;
	struct host *host;
	struct visit visits[HISTORY_MAX];
	struct buf head;
	struct page_detail detail;
};

/* That of the run under way or of the last one; before the first, what the budget says. */
static double price_in_force(const struct store *store, const struct settings *settings)
{
	double price = store_classes(store)->price;

	return price > 0 ? price : prospect_price(store, settings->schedule_budget_per_s);
}

static double value_now(const struct page *page, int64_t now_ms)
{
	double days = (double)(now_ms - page->learned_at_ms) / (double)MS_PER_DAY;

	return page->value_class ? class_value(page->value_class, days) : NAN;
}

static enum err gather(struct showing *s, const struct options *options,
		       const struct settings *settings)
{
	size_t wanted = (size_t)option_count(options, "history", HISTORY_DEFAULT), n = 0;
	struct priors priors = { .store = s->store };
	double prior = 0;
	enum err err = store_get_history(s->store, &s->page.key, s->visits, &n);

	if (!err)
		err = priors_get(&priors, &s->page.key, &prior);
	if (!err)
		err = store_acquire_host(s->store, &s->page.key.host, SPAN(""), &s->host);
	s->detail.with_head = option_bool(options, "headers");
	if (!err && s->detail.with_head)
		err = stored_head_get(s->store, &s->page.key, &s->head);
	if (err)
		return err;
	s->detail.now_ms = clock_now_ms();
	page_view_make(&s->detail.view, &s->page, prior, s->detail.now_ms);
	s->detail.host = s->host;
	s->detail.price = price_in_force(s->store, settings);
	s->detail.value = value_now(&s->page, s->detail.now_ms);
	s->detail.head = buf_span(&s->head);
	s->detail.n_history = n < wanted ? n : wanted;
	s->detail.history = s->visits + (n - s->detail.n_history);
	return ERR_OK;
}

static int show(struct command_context *ctx, struct showing *s)
{
	struct buf out = BUF_INIT;
	enum err err;
	int code = reader_find_page(s->store, option_arg(ctx->options, 0), &s->page);

	if (code)
		return code;
	err = gather(s, ctx->options, ctx->settings);
	if (err)
		return reader_fail(s->store, err);
	err = option_bool(ctx->options, "json") ? render_json_detail(&out, &s->detail)
						: render_text_detail(&out, &s->detail);
	code = err ? command_fail(EXIT_FAILED, "%s", err_text(err))
		   : command_write(buf_span(&out));
	buf_release(&out);
	return code;
}

int cmd_show(struct command_context *ctx)
{
	struct showing s = { .store = NULL };
	int code = reader_open(ctx, &s.store);

	if (code)
		return code;
	page_init(&s.page);
	code = show(ctx, &s);
	store_release_host(s.store, s.host);
	store_close(s.store);
	page_release(&s.page);
	buf_release(&s.head);
	return code;
}
