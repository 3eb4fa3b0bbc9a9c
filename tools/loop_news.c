/*
 * loop_news.c - what a source says is carried out, a little at a time: announcements move
 * pages, unknown pages may be added, sitemaps of an index become sources.
 */
#include "tools/loop_poll.h"

#include "scheduler/learn.h"
#include "store/base/clock.h"
#include "tools/sources.h"

/* In one turn: some 10 ms. */
#define NEWS_PER_TURN 200
/* An index that is right less often does not make its sitemaps due. */
#define INDEX_PRECISION_MIN 0.05

static double days_between(int64_t from_ms, int64_t to_ms)
{
	return to_ms > from_ms ? (double)(to_ms - from_ms) / (double)MS_PER_DAY : 0;
}

/* Its URL into poll.url. */
static enum err take_url(struct flight *flight, const struct news *item)
{
	struct poll *poll = flight->poll;

	return news_url(&poll->document, buf_span(&flight->url), item, &poll->url);
}

/* ---- of pages ------------------------------------------------------------------------------ */

static int sort_of(const struct source *source)
{
	return source->kind == SOURCE_FEED ? TOLD_BY_FEED : TOLD_BY_SITEMAP;
}

/* The source tells of the page from now on, unless another of its sort does. */
static bool covers(struct loop *loop, struct poll *poll, struct page *page)
{
	struct page_key other = page->key;
	int sort = sort_of(&poll->source);

	other.url_hash = page->told[sort].source;
	if (other.url_hash == poll->source.key.url_hash)
		return true;
	if (other.url_hash) {
		enum err err =
			store_get_source(loop->store, &other, &poll->told.sources[sort]);

		if (!err && !poll->told.sources[sort].retired_at_ms)
			return false;
	}
	page->told[sort].source = poll->source.key.url_hash;
	page->told[sort].n_announced = 0;
	return true;
}

static enum err announce(struct loop *loop, struct flight *flight, struct page *page)
{
	struct poll *poll = flight->poll;
	struct queue_position before = page->position;
	double gain;
	enum err err = page_told_announce(loop->store, &poll->told, page, flight->owner,
					  sort_of(&poll->source), &loop->plan,
					  loop->now_ms, &gain);

	poll->n_announced++;
	poll->gain += gain;
	if (!err && !queue_position_equal(&before, &page->position))
		frontier_wake(loop->frontier, &page->position);
	return err;
}

static enum err hear_of_page(struct loop *loop, struct flight *flight,
			     const struct news *item, struct page *page)
{
	struct poll *poll = flight->poll;
	uint64_t told = page->told[sort_of(&poll->source)].source;
	bool announces;
	enum err err = ERR_OK;

	poll->n_pages += item->kind != NEWS_CHANGED;
	if (!covers(loop, poll, page))
		return ERR_OK;
	announces =
		news_announces(item, (enum source_kind)poll->source.kind, poll->is_first,
			       page->last_verified_at_ms, loop->now_ms);
	if (announces)
		err = announce(loop, flight, page);
	if (!err && (announces || told != poll->source.key.url_hash))
		err = store_put_page(loop->store, page, flight->owner);
	return err;
}

static enum err lose_page(struct loop *loop, struct flight *flight, struct page *page)
{
	struct poll *poll = flight->poll;
	int sort = sort_of(&poll->source);

	/* From a feed all pages drop out at last; it tells of them even so. */
	if (page->told[sort].source != poll->source.key.url_hash ||
	    (poll->source.kind == SOURCE_FEED && !poll->source.retired_at_ms))
		return ERR_OK;
	told_forget(page, sort,
		    learn_prior_per_day(store_classes(loop->store), flight->owner));
	frontier_wake(loop->frontier, &page->position);
	return store_put_page(loop->store, page, flight->owner);
}

static enum err add_page(struct loop *loop, struct flight *flight,
			 const struct news *item)
{
	struct editor editor = loop_editor(loop);
	enum seed_outcome outcome;
	struct why ignored;
	struct seed seed;
	enum err err;

	if (host_n_pages(flight->owner) >= (uint64_t)loop->settings->sources_max_pages)
		return ERR_OK;
	seed_init(&seed);
	err = take_url(flight, item);
	if (err)
		return err;
	seed.url = buf_span(&flight->poll->url);
	err = edit_seed(&editor, &seed, &outcome, &ignored);
	if (err == ERR_INVALID)
		return ERR_OK;
	if (!err && outcome == SEED_ADDED) {
		flight->poll->n_added++;
		flight->poll->gain += seed.weight;
		flight->poll->n_pages++;
		frontier_wake(loop->frontier,
			      &(struct queue_position){ .order_ms = loop->now_ms,
							.queued = true });
	}
	return err;
}

/* A page in flight is told of by its copy; its visit comes sooner than any announcement. */
static void cover_in_flight(struct poll *poll, struct page *copy)
{
	int sort = sort_of(&poll->source);

	poll->n_pages++;
	if (!copy->told[sort].source)
		copy->told[sort].source = poll->source.key.url_hash;
}

static enum err apply_to_page(struct loop *loop, struct flight *flight,
			      const struct news *item)
{
	struct poll *poll = flight->poll;
	struct page_key key = { poll->source.key.host, item->url_hash };
	struct page *copy = loop_page_in_flight(loop, &key);
	enum err err;

	if (copy) {
		cover_in_flight(poll, copy);
		return ERR_OK;
	}
	page_clear(&poll->page);
	err = store_get_page(loop->store, &key, &poll->page);
	if (err == ERR_NOT_FOUND && item->kind != NEWS_LOST && poll->source.adds_pages)
		return add_page(loop, flight, item);
	if (err == ERR_NOT_FOUND || err == ERR_CORRUPT || err == ERR_NEWER)
		return ERR_OK;
	if (err)
		return err;
	return item->kind == NEWS_LOST ? lose_page(loop, flight, &poll->page)
				       : hear_of_page(loop, flight, item, &poll->page);
}

/* ---- of an index ------------------------------------------------------------------------------- */

/* Its word that a sitemap has changed is weighed like that of a sitemap for a page. */
static enum err hear_of_sitemap(struct loop *loop, struct flight *flight,
				const struct news *item, struct source *child)
{
	struct poll *poll = flight->poll;
	struct signal_quality q = told_quality(&poll->source.trust);

	if (child->index_hash != poll->source.key.url_hash || child->retired_at_ms ||
	    !news_announces(item, SOURCE_INDEX, poll->is_first, child->last_read_at_ms,
			    loop->now_ms))
		return ERR_OK;
	poll->n_announced++;
	child->n_told++;
	if (q.precision > INDEX_PRECISION_MIN && child->next_poll_at_ms > loop->now_ms)
		child->next_poll_at_ms = loop->now_ms;
	return store_put_source(loop->store, child, flight->owner);
}

static enum err add_sitemap(struct loop *loop, struct flight *flight,
			    const struct news *item)
{
	const struct source *index = &flight->poll->source;
	struct source_name name = {
		.host = buf_span(&flight->owner->name),
		.named_by = SOURCE_BY_INDEX,
		.level = (uint8_t)(index->level + 1),
		.index_hash = index->key.url_hash,
		.adds_pages = index->adds_pages,
		.first_poll_at_ms = loop->now_ms,
		.max_of_host = (uint32_t)loop->settings->sources_max_of_host,
	};
	bool added;
	enum err err = take_url(flight, item);

	name.url = buf_span(&flight->poll->url);
	return err || name.level > SOURCE_LEVELS
		       ? err
		       : sources_name(loop->store, &name, loop->now_ms, &added);
}

static enum err apply_to_sitemap(struct loop *loop, struct flight *flight,
				 const struct news *item)
{
	struct page_key key = { flight->poll->source.key.host, item->url_hash };
	struct source child;
	enum err err;

	source_init(&child);
	err = store_get_source(loop->store, &key, &child);
	if (err == ERR_NOT_FOUND && item->kind != NEWS_LOST)
		err = add_sitemap(loop, flight, item);
	else if (!err && item->kind != NEWS_LOST)
		err = hear_of_sitemap(loop, flight, item, &child);
	source_release(&child);
	return err == ERR_NOT_FOUND || err == ERR_CORRUPT || err == ERR_NEWER ? ERR_OK
									      : err;
}

/* The sitemap was due by its index's word, or not: the index is judged by what came. */
enum err news_judge_index(struct loop *loop, struct flight *flight)
{
	struct poll *poll = flight->poll;
	struct source *source = &poll->source;
	struct page_key key = { source->key.host, source->index_hash };
	struct rate_gamma g = { 0.5 + source->n_news,
				5 + days_between(source->first_seen_at_ms,
						 loop->now_ms) };
	struct told told = { .has = { true } };
	struct page as_page;
	struct source index;
	enum err err;

	if (!source->index_hash || !source->last_read_at_ms)
		return ERR_OK;
	source_init(&index);
	page_init(&as_page);
	err = store_get_source(loop->store, &key, &index);
	if (!err) {
		told.trust[0] = index.trust;
		as_page.told[0].n_announced =
			(uint8_t)(source->n_told < 255 ? source->n_told : 255);
		told_observe(&told, &as_page, g,
			     days_between(source->last_read_at_ms, loop->now_ms),
			     poll->n_announced || poll->n_added || poll->news.n);
		index.trust = told.trust[0];
		err = store_put_source(loop->store, &index, flight->owner);
	}
	source->n_told = 0;
	source_release(&index);
	page_release(&as_page);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* ---- a slice ---------------------------------------------------------------------------------- */

/* In the commit of what has been carried out. The flight's own record is that of the poll's
 * end: what it has learned does not count before. */
static enum err note_progress(struct loop *loop, struct flight *flight)
{
	struct poll *poll = flight->poll;
	struct source *stored = &poll->told.sources[0];
	enum err err = store_get_source(loop->store, &poll->source.key, stored);

	if (err)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	stored->news_hash = poll->news_hash;
	stored->n_news_applied = (uint32_t)poll->n_applied;
	stored->n_news_pages = poll->n_pages;
	return store_put_source(loop->store, stored, flight->owner);
}

enum err news_apply(struct loop *loop, struct flight *flight, bool *done)
{
	struct poll *poll = flight->poll;
	bool is_index = poll->source.kind == SOURCE_INDEX;
	enum err err = ERR_OK;

	record_refresh_plan(loop, flight->owner);
	for (int i = 0; !err && i < NEWS_PER_TURN && poll->n_applied < poll->news.n;
	     i++) {
		const struct news *item = &poll->news.items[poll->n_applied++];

		err = is_index ? apply_to_sitemap(loop, flight, item)
			       : apply_to_page(loop, flight, item);
	}
	*done = poll->n_applied >= poll->news.n;
	return err || *done ? err : note_progress(loop, flight);
}
