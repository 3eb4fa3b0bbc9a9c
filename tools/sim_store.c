#include "tools/sim_store.h"

#include "store/base/clock.h"
#include "store/store.h"
#include "tools/damage.h"

/* Did the visit see content, and which? */
static bool saw_content(const struct visit *visit)
{
	switch (visit->verdict) {
	case VERDICT_NEW:
	case VERDICT_UNCHANGED:
	case VERDICT_CHANGED:
	case VERDICT_MINOR:
		return true;
	default:
		return false;
	}
}

static enum err add_history(struct trace *trace, const struct page *page,
			    const struct visit *visits, size_t n)
{
	int64_t last_ms = page->first_seen_at_ms;
	enum err err = trace_add_page(trace, buf_span(&page->url));

	if (n && visits[0].at_ms < last_ms)
		last_ms = visits[0].at_ms;
	if (!err)
		err = trace_add_version(trace, last_ms / MS_PER_SECOND);
	for (size_t i = 0; i < n && !err; i++) {
		if (!saw_content(&visits[i]))
			continue;
		if (visits[i].verdict == VERDICT_CHANGED)
			err = trace_add_version(trace, (last_ms + visits[i].at_ms) / 2 /
							       MS_PER_SECOND);
		last_ms = visits[i].at_ms;
		trace_reach(trace, last_ms / MS_PER_SECOND);
	}
	return err;
}

static enum err add_page(struct store *store, const struct page *page,
			 struct trace *trace, struct damage *damage)
{
	struct visit visits[HISTORY_MAX];
	size_t n;
	enum err err = store_get_history(store, &page->key, visits, &n);

	if (damage_of_history(damage, &page->key, err))
		return ERR_OK;
	if (!err)
		err = add_history(trace, page, visits, n);
	/* A clock that was set back: that page's times prove nothing. */
	return err == ERR_INVALID || err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err add_pages(struct store *store, struct store_walk *walk, struct page *page,
			  struct trace *trace)
{
	struct damage damage = { .n = 0 };
	enum err err = ERR_OK;

	while (!err) {
		err = store_walk_page(walk, page);
		if (damage_of_page(&damage, walk, &page->key, err))
			err = ERR_OK;
		else if (!err)
			err = add_page(store, page, trace, &damage);
	}
	damage_end(&damage);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err trace_of_store(const char *dir, struct trace *trace, struct why *why)
{
	struct store *store = NULL;
	struct store_walk *walk = NULL;
	struct page page;
	enum err err;

	page_init(&page);
	err = store_open(dir, STORE_READ, NULL, &store, why);
	if (err)
		goto out;
	err = buf_set(&trace->name, SPAN("store"));
	if (!err)
		err = store_walk_pages(store, NULL, &walk);
	if (!err)
		err = add_pages(store, walk, &page, trace);
	if (err)
		why_set(why, err, "cannot read store '%s': %s", dir,
			store_failure(store));
	else if (!trace->n_pages)
		err = why_set(why, ERR_INVALID, "store '%s' holds no visits yet", dir);
out:
	store_walk_end(walk);
	store_close(store);
	page_release(&page);
	return err;
}
