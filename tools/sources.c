#include "tools/sources.h"

#include "store/base/digest.h"

#define PING_URL "ping:"

/* ---- naming ----------------------------------------------------------------------------- */

/* A source that is known, named once more. */
static bool name_again(const struct source_name *name, int64_t now_ms,
		       struct source *source)
{
	bool was_retired = source->retired_at_ms != 0;

	if (name->named_by != SOURCE_BY_USER ||
	    (!was_retired && source->adds_pages == name->adds_pages))
		return false;
	source->named_by = SOURCE_BY_USER;
	source->adds_pages = name->adds_pages;
	source->n_host_pages = 0; /* read all of it once more */
	source->retired_at_ms = 0;
	source->n_failures_in_a_row = 0;
	source->next_poll_at_ms = now_ms;
	return true;
}

static enum err fill(const struct source_name *name, int64_t now_ms,
		     struct source *source)
{
	source->named_by = (uint8_t)name->named_by;
	source->level = name->level;
	source->index_hash = name->index_hash;
	source->adds_pages = name->adds_pages;
	source->first_seen_at_ms = now_ms;
	source->next_poll_at_ms = name->first_poll_at_ms;
	return buf_set(&source->url, name->url);
}

static enum err put_named(struct store *store, const struct source_name *name,
			  int64_t now_ms, struct host *host, struct source *source,
			  bool *added)
{
	enum err err = store_get_source(store, &source->key, source);

	if (!err)
		return name_again(name, now_ms, source)
			       ? store_put_source(store, source, host)
			       : ERR_OK;
	if (err != ERR_NOT_FOUND)
		return err;
	if (host->n_sources >= name->max_of_host)
		return ERR_OK;
	err = fill(name, now_ms, source);
	*added = !err;
	return err ? err : store_put_source(store, source, host);
}

enum err sources_name(struct store *store, const struct source_name *name, int64_t now_ms,
		      bool *added)
{
	struct host *host = NULL;
	struct source source;
	struct url_parts parts;
	struct buf url = BUF_INIT;
	enum err err = buf_printf(&url, "%.*s/", (int)name->host.len, name->host.data);

	*added = false;
	source_init(&source);
	if (!err)
		err = url_split(buf_span(&url), &parts);
	if (!err) {
		source.key.host = host_key_of(&parts);
		source.key.url_hash = hash64(name->url);
		err = store_acquire_host(store, &source.key.host, parts.origin, &host);
	}
	if (!err)
		err = put_named(store, name, now_ms, host, &source, added);
	store_release_host(store, host);
	source_release(&source);
	buf_release(&url);
	return err;
}

/* ---- forgetting ---------------------------------------------------------------------------- */

static enum err forget(struct store *store, const struct page_key *key)
{
	struct host *host = NULL;
	struct source source;
	enum err err;

	source_init(&source);
	err = store_get_source(store, key, &source);
	if (!err)
		err = store_acquire_host(store, &key->host, SPAN(""), &host);
	if (!err)
		err = store_delete_source(store, &source, host);
	store_release_host(store, host);
	source_release(&source);
	return err;
}

/* Walks see what was forgotten and is not committed yet. */
static enum err forget_if_there(struct store *store, const struct page_key *key)
{
	enum err err = forget(store, key);

	return err == ERR_NOT_FOUND || err == ERR_CORRUPT ? ERR_OK : err;
}

enum err sources_forget(struct store *store, struct span url)
{
	struct page_key key;
	enum err err = page_key_of(url, &key);

	return err ? err : forget(store, &key);
}

enum err sources_forget_host(struct store *store, struct host *host)
{
	struct store_walk *walk = NULL;
	struct source source;
	enum err err;

	if (!host->n_sources || host_n_pages(host))
		return ERR_OK;
	source_init(&source);
	err = store_walk_sources(store, &host->key, &walk);
	while (!err) {
		err = store_walk_source(walk, &source);
		if (err == ERR_CORRUPT && !store_walk_is_broken(walk))
			err = ERR_OK;
		else if (!err)
			err = forget_if_there(store, &source.key);
	}
	store_walk_end(walk);
	source_release(&source);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* ---- pings ------------------------------------------------------------------------------------ */

/* The record that counts for pings of the host is made with the first of them. */
static enum err know_pings(struct store *store, const struct page *page,
			   struct host *host, int64_t now_ms)
{
	struct source source;
	enum err err;

	source_init(&source);
	source.key = (struct page_key){ page->key.host, hash64(SPAN(PING_URL)) };
	err = store_get_source(store, &source.key, &source);
	if (err == ERR_NOT_FOUND) {
		source.first_seen_at_ms = now_ms;
		source.kind = SOURCE_PING;
		err = buf_set(&source.url, SPAN(PING_URL));
	}
	source.n_announced++;
	source.last_read_at_ms = source.last_change_at_ms = now_ms;
	if (!err)
		err = store_put_source(store, &source, host);
	source_release(&source);
	return err;
}

static enum err ping_page(struct editor *editor, struct page *page, struct host *host)
{
	/* Whatever the policy: the price is that of the last run. */
	struct plan_config plan = {
		.context = { .price = store_classes(editor->store)->price },
		.max_interval_ms = POLICY_NEVER_MS,
	};
	struct queue_position before = page->position;
	struct page_told told;
	double gain;
	enum err err = know_pings(editor->store, page, host, editor->now_ms);

	page_told_init(&told);
	page->told[TOLD_BY_PING].source = hash64(SPAN(PING_URL));
	if (!err)
		err = page_told_announce(editor->store, &told, page, host, TOLD_BY_PING,
					 &plan, editor->now_ms, &gain);
	if (!err)
		err = store_put_page(editor->store, page, host);
	page_told_release(&told);
	if (!err && !queue_position_equal(&before, &page->position))
		edit_moved(editor, &page->position);
	return err;
}

enum err sources_ping(struct editor *editor, struct span url)
{
	struct host *host = NULL;
	struct page page;
	enum err err;

	page_init(&page);
	err = store_find_page(editor->store, url, &page);
	if (err == ERR_INVALID)
		err = ERR_NOT_FOUND;
	/* A visit that is under way comes sooner than any other. */
	if (!err && !(editor->in_flight && editor->in_flight(editor->context, &page.key)))
		err = store_acquire_host(editor->store, &page.key.host, SPAN(""), &host);
	if (host)
		err = ping_page(editor, &page, host);
	store_release_host(editor->store, host);
	page_release(&page);
	return err;
}
