#include "tools/page_told.h"

#include "store/base/clock.h"

/* After so many failed polls its silence says nothing. */
#define DEAF_MAX 3

void page_told_init(struct page_told *t)
{
	memset(t, 0, sizeof(*t));
}

void page_told_release(struct page_told *t)
{
	for (int i = 0; i < PAGE_N_TOLD; i++)
		source_release(&t->sources[i]);
}

enum err page_told_read(struct store *store, const struct page *page, struct page_told *t)
{
	for (int i = 0; i < PAGE_N_TOLD; i++) {
		struct page_key key = { page->key.host, page->told[i].source };
		enum err err;

		t->told.has[i] = false;
		if (!key.url_hash)
			continue;
		err = store_get_source(store, &key, &t->sources[i]);
		if (err == ERR_NOT_FOUND || err == ERR_CORRUPT || err == ERR_NEWER)
			continue;
		if (err)
			return err;
		t->told.has[i] = !t->sources[i].retired_at_ms &&
				 t->sources[i].n_failures_in_a_row < DEAF_MAX;
		t->told.trust[i] = t->sources[i].trust;
	}
	return ERR_OK;
}

static enum err put_trust(struct store *store, struct page_told *t, struct host *host)
{
	enum err err = ERR_OK;

	for (int i = 0; !err && i < PAGE_N_TOLD; i++) {
		struct source *source = &t->sources[i];

		if (!t->told.has[i] ||
		    memcmp(&source->trust, &t->told.trust[i], sizeof(source->trust)) == 0)
			continue;
		source->trust = t->told.trust[i];
		err = store_put_source(store, source, host);
	}
	return err;
}

static double days_known(const struct page *page, int64_t now_ms)
{
	int64_t since_ms =
		page->learned_at_ms ? page->learned_at_ms : page->last_verified_at_ms;

	return now_ms > since_ms ? (double)(now_ms - since_ms) / (double)MS_PER_DAY : 0;
}

enum err page_told_learn(struct store *store, struct page_told *t, struct page *page,
			 struct host *host, struct observation *o, double price,
			 enum lesson *lesson)
{
	double prior = learn_prior_per_day(store_classes(store), host);
	struct rate_gamma g = learn_posterior(page, prior);
	double days = days_known(page, o->at_ms);
	struct learn_source source;
	enum err err = page_told_read(store, page, t);

	if (err)
		return err;
	*lesson = told_join(&t->told, page, price, &source)
			  ? learn_visit_told(page, o, prior, &source)
			  : learn_visit(page, o, prior);
	if (*lesson != LESSON_NONE) {
		told_observe(&t->told, page, g, days, *lesson == LESSON_CHANGED);
		err = put_trust(store, t, host);
	}
	if (page->learned_at_ms == o->at_ms)
		for (int i = 0; i < PAGE_N_TOLD; i++)
			page->told[i].n_announced = 0;
	return err;
}

enum err page_told_announce(struct store *store, struct page_told *t, struct page *page,
			    const struct host *host, int sort,
			    const struct plan_config *plan, int64_t now_ms, double *gain)
{
	double prior = learn_prior_per_day(store_classes(store), host), value;
	enum err err = page_told_read(store, page, t);

	*gain = 0;
	if (err || !t->told.has[sort])
		return err;
	value = told_announce(&t->told, page, sort, prior, now_ms);
	if (!(value > 0))
		return ERR_OK;
	/* Who says again and again that all has changed makes no visit worth its price. */
	if (value > plan->context.price)
		*gain = (double)page->weight *
			told_quality(&t->told.trust[sort]).precision;
	plan_announced(plan, page, value, now_ms);
	return ERR_OK;
}
