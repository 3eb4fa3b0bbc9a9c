#include "tools/page_gather.h"

#include <math.h>

#include "scheduler/classes.h"
#include "scheduler/prospect.h"
#include "store/base/clock.h"
#include "tools/priors.h"
#include "tools/stored_head.h"

void page_gather_init(struct page_gather *gather, struct store *store)
{
	*gather = (struct page_gather){ .store = store };
	page_init(&gather->page);
}

void page_gather_release(struct page_gather *gather)
{
	store_release_host(gather->store, gather->host);
	page_release(&gather->page);
	buf_release(&gather->head);
	for (int i = 0; i < PAGE_N_TOLD; i++)
		source_release(&gather->detail.sources[i].source);
}

/* That of the run under way or of the last one; before the first, what the budget says. */
static double price_in_force(const struct store *store, const struct settings *settings)
{
	double price = store_classes(store)->price;

	return price > 0 ? price : prospect_price(store, settings->schedule_budget_per_s);
}

static double value_now(const struct page *page, int64_t now_ms)
{
	double days = (double)(now_ms - page->learned_at_ms) / (double)MS_PER_DAY;

	return page->value_class ? class_value(page->value_class, &page->worth, days)
				 : NAN;
}

/* Those that cannot be read are left out: `db verify` names them. */
static enum err gather_sources(struct page_gather *g)
{
	for (int i = 0; i < PAGE_N_TOLD; i++) {
		struct page_key key = { g->page.key.host, g->page.told[i].source };
		struct source_view *view = &g->detail.sources[i];
		enum err err = key.url_hash
				       ? store_get_source(g->store, &key, &view->source)
				       : ERR_NOT_FOUND;

		if (err == ERR_NOMEM || err == ERR_IO)
			return err;
		g->detail.has_source[i] = !err;
		if (!err)
			source_view_make(view);
	}
	return ERR_OK;
}

enum err page_gather(struct page_gather *g, const struct settings *settings,
		     size_t n_history, bool with_head, int64_t now_ms)
{
	struct priors priors = { .store = g->store };
	double prior = 0;
	size_t n = 0;
	enum err err = store_get_history(g->store, &g->page.key, g->visits, &n);

	if (!err)
		err = priors_get(&priors, &g->page.key, &prior);
	if (!err)
		err = store_acquire_host(g->store, &g->page.key.host, SPAN(""), &g->host);
	g->detail.with_head = with_head;
	if (!err && with_head)
		err = stored_head_get(g->store, &g->page, &g->head);
	if (!err)
		err = gather_sources(g);
	if (err)
		return err;
	g->detail.now_ms = now_ms;
	page_view_make(&g->detail.view, &g->page, prior, now_ms);
	g->detail.host = g->host;
	g->detail.price = price_in_force(g->store, settings);
	g->detail.value = value_now(&g->page, now_ms);
	g->detail.head = buf_span(&g->head);
	g->detail.n_history = n < n_history ? n : n_history;
	g->detail.history = g->visits + (n - g->detail.n_history);
	return ERR_OK;
}
