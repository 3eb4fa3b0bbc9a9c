#include "scheduler/ahead.h"

#include "scheduler/politeness.h"

#define PENDING_MAX 10000 /* records before they are committed */

int64_t ahead_of_ms(const struct store *store, int64_t now_ms)
{
	int64_t ahead_ms = store_last_request_ms(store) - now_ms;

	return ahead_ms > AHEAD_MIN_MS ? ahead_ms : 0;
}

static void take_back(int64_t *at_ms, int64_t by_ms, int64_t now_ms)
{
	if (*at_ms > now_ms)
		*at_ms -= by_ms;
}

/* One record that does not decode, or has no host, is verify's business. */
static enum err passed_over(enum err err)
{
	return err == ERR_CORRUPT || err == ERR_NEWER || err == ERR_NOT_FOUND ? ERR_OK
									      : err;
}

/* Behind each step of a walk: ERR_NOT_FOUND at its end. */
static enum err go_on(struct store *store, const struct store_walk *walk, enum err err)
{
	if (err)
		return err == ERR_NOT_FOUND || store_walk_is_broken(walk)
			       ? err
			       : passed_over(err);
	return store_n_pending(store) >= PENDING_MAX ? store_commit(store) : ERR_OK;
}

/* ---- pages ------------------------------------------------------------------------- */

static enum err put_page(struct store *store, struct page *page)
{
	struct host *host = NULL;
	enum err err = store_acquire_host(store, &page->key.host, SPAN(""), &host);

	if (!err)
		err = store_put_page(store, page, host);
	store_release_host(store, host);
	return passed_over(err);
}

static enum err take_page_back(struct store *store, struct page *page, int64_t by_ms,
			       int64_t now_ms)
{
	if (page->last_visit_at_ms <= now_ms && page->first_seen_at_ms <= now_ms)
		return ERR_OK;
	take_back(&page->first_seen_at_ms, by_ms, now_ms);
	take_back(&page->last_visit_at_ms, by_ms, now_ms);
	take_back(&page->last_verified_at_ms, by_ms, now_ms);
	take_back(&page->last_change_at_ms, by_ms, now_ms);
	take_back(&page->changed_after_ms, by_ms, now_ms);
	take_back(&page->changed_before_ms, by_ms, now_ms);
	take_back(&page->last_not_found_at_ms, by_ms, now_ms);
	take_back(&page->learned_at_ms, by_ms, now_ms);
	take_back(&page->held_at_ms, by_ms, now_ms);
	take_back(&page->next_visit_at_ms, by_ms, now_ms);
	take_back(&page->position.order_ms, by_ms, now_ms);
	return put_page(store, page);
}

static enum err take_pages_back(struct store *store, int64_t by_ms, int64_t now_ms)
{
	struct store_walk *walk;
	struct page page;
	enum err err = store_walk_pages(store, NULL, &walk);

	if (err)
		return err;
	page_init(&page);
	while (!err) {
		err = store_walk_page(walk, &page);
		if (!err)
			err = take_page_back(store, &page, by_ms, now_ms);
		err = go_on(store, walk, err);
	}
	page_release(&page);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* ---- sources ----------------------------------------------------------------------- */

static enum err take_source_back(struct store *store, struct source *source,
				 int64_t by_ms, int64_t now_ms)
{
	struct host *host = NULL;
	enum err err;

	if (source->last_poll_at_ms <= now_ms && source->first_seen_at_ms <= now_ms)
		return ERR_OK;
	take_back(&source->first_seen_at_ms, by_ms, now_ms);
	take_back(&source->last_poll_at_ms, by_ms, now_ms);
	take_back(&source->last_read_at_ms, by_ms, now_ms);
	take_back(&source->last_change_at_ms, by_ms, now_ms);
	take_back(&source->next_poll_at_ms, by_ms, now_ms);
	err = store_acquire_host(store, &source->key.host, SPAN(""), &host);
	if (!err)
		err = store_put_source(store, source, host);
	store_release_host(store, host);
	return passed_over(err);
}

static enum err take_sources_back(struct store *store, int64_t by_ms, int64_t now_ms)
{
	struct store_walk *walk;
	struct source source;
	enum err err = store_walk_sources(store, NULL, &walk);

	if (err)
		return err;
	source_init(&source);
	while (!err) {
		err = store_walk_source(walk, &source);
		if (!err)
			err = take_source_back(store, &source, by_ms, now_ms);
		err = go_on(store, walk, err);
	}
	source_release(&source);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* ---- hosts ------------------------------------------------------------------------- */

static enum err rest_host(struct store *store, const struct host_key *key, int64_t now_ms)
{
	struct host *host;
	enum err err = store_acquire_host(store, key, SPAN(""), &host);

	if (err)
		return passed_over(err);
	politeness_clock_was_ahead(host, now_ms);
	/* robots.txt is read again: how old it is, nobody knows. */
	if (host->robots_read_at_ms > now_ms) {
		host->robots_expires_at_ms = now_ms;
		host->dirty = true;
	}
	store_release_host(store, host);
	return ERR_OK;
}

static enum err rest_hosts(struct store *store, int64_t now_ms)
{
	struct store_walk *walk;
	struct host stored;
	enum err err = store_walk_hosts(store, &walk);

	if (err)
		return err;
	host_init(&stored);
	while (!err) {
		err = store_walk_host(walk, &stored);
		if (!err && (politeness_waits(&stored, now_ms) ||
			     stored.robots_read_at_ms > now_ms))
			err = rest_host(store, &stored.key, now_ms);
		err = go_on(store, walk, err);
	}
	host_release(&stored);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err ahead_take_back(struct store *store, int64_t by_ms, int64_t now_ms)
{
	enum err err = rest_hosts(store, now_ms);

	if (!err)
		err = take_pages_back(store, by_ms, now_ms);
	if (!err)
		err = take_sources_back(store, by_ms, now_ms);
	if (err)
		return err;
	store_note_request(store, now_ms);
	return store_commit(store);
}
