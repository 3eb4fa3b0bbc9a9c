#include "tools/change_reader.h"

#include <stdlib.h>

#include "tools/best.h"
#include "tools/damage.h"

/* Visits held at once; more are found by looking at all histories again. */
#define VISITS_MAX 65536

/* A visit that left no record in the feed. */
struct quiet_visit {
	struct visit visit;
	struct page_key key;
};

struct change_reader {
	struct store *store;
	struct store_walk *walk;
	struct change change; /* next of the feed */
	bool has_change, feed_ended;
	/* only with `all` */
	bool histories_ended;
	uint64_t after;      /* every quiet visit up to this was handed out */
	struct best visits;  /* quiet_visit, by cursor */
	size_t visits_taken; /* of those */
	struct change quiet; /* made of the last one taken */
	struct page page;
	struct damage damage;
};

static int compare_cursors(const void *a, const void *b)
{
	uint64_t x = ((const struct quiet_visit *)a)->visit.cursor,
		 y = ((const struct quiet_visit *)b)->visit.cursor;

	return (x > y) - (x < y);
}

enum err change_reader_new(struct store *store, uint64_t after, bool all,
			   struct change_reader **out)
{
	struct change_reader *r = calloc(1, sizeof(*r));
	enum err err;

	if (!r)
		return ERR_NOMEM;
	r->store = store;
	r->after = after;
	r->histories_ended = !all;
	change_init(&r->change);
	change_init(&r->quiet);
	page_init(&r->page);
	best_init(&r->visits, sizeof(struct quiet_visit), VISITS_MAX, compare_cursors,
		  NULL);
	err = store_walk_changes(store, after, &r->walk);
	if (err)
		change_reader_free(r);
	else
		*out = r;
	return err;
}

void change_reader_free(struct change_reader *reader)
{
	if (!reader)
		return;
	damage_end(&reader->damage);
	store_walk_end(reader->walk);
	change_release(&reader->change);
	change_release(&reader->quiet);
	page_release(&reader->page);
	best_release(&reader->visits);
	free(reader);
}

static enum err read_feed(struct change_reader *r)
{
	enum err err;

	if (r->has_change || r->feed_ended)
		return ERR_OK;
	do
		err = store_walk_change(r->walk, &r->change);
	while (damage_of_change(&r->damage, r->walk, r->change.cursor, err));
	r->has_change = !err;
	r->feed_ended = err == ERR_NOT_FOUND;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Does the feed say nothing of this visit? */
static bool is_quiet(const struct visit *visit)
{
	return visit->verdict == VERDICT_UNCHANGED || visit->verdict == VERDICT_MINOR;
}

static enum err offer_history(struct change_reader *r)
{
	struct visit visits[HISTORY_MAX];
	size_t n;
	enum err err = store_get_history(r->store, &r->page.key, visits, &n);

	for (size_t i = 0; !err && i < n; i++) {
		struct quiet_visit quiet = { visits[i], r->page.key };

		if (is_quiet(&visits[i]) && visits[i].cursor > r->after)
			err = best_offer(&r->visits, &quiet);
	}
	return damage_of_history(&r->damage, &r->page.key, err) ? ERR_OK : err;
}

/* The next VISITS_MAX quiet visits behind `after`, out of all histories. */
static enum err read_histories(struct change_reader *r)
{
	struct store_walk *walk = NULL;
	enum err err;

	best_release(&r->visits);
	r->visits.n_dropped = 0;
	r->visits_taken = 0;
	err = store_walk_pages(r->store, NULL, &walk);
	while (!err) {
		err = store_walk_page(walk, &r->page);
		if (damage_of_page(&r->damage, walk, &r->page.key, err))
			err = ERR_OK;
		else if (!err)
			err = offer_history(r);
	}
	store_walk_end(walk);
	if (err != ERR_NOT_FOUND)
		return err;
	best_sort(&r->visits);
	r->histories_ended = !r->visits.n_dropped;
	return ERR_OK;
}

static const struct quiet_visit *next_quiet(const struct change_reader *r)
{
	return r->visits_taken < r->visits.n ? best_item(&r->visits, r->visits_taken)
					     : NULL;
}

/* A change record as the feed would have held it. */
static enum err make_quiet(struct change_reader *r, const struct quiet_visit *q)
{
	struct change *change = &r->quiet;
	enum err err = store_get_page(r->store, &q->key, &r->page);

	if (err)
		return err;
	change->cursor = q->visit.cursor;
	change->at_ms = q->visit.at_ms;
	change->key = q->key;
	change->kind =
		q->visit.verdict == VERDICT_MINOR ? CHANGE_MINOR : CHANGE_UNCHANGED;
	change->version = q->visit.version;
	change->http_status = q->visit.http_status;
	change->evidence = q->visit.evidence;
	change->digest = r->page.digest;
	change->differs = q->visit.differs;
	change->noindex = r->page.noindex;
	change->noarchive = r->page.noarchive;
	err = buf_set(&change->url, buf_span(&r->page.url));
	return err ? err : buf_set(&change->title, buf_span(&r->page.title));
}

enum err change_reader_next(struct change_reader *r, const struct change **change)
{
	const struct quiet_visit *quiet = NULL;
	enum err err = read_feed(r);

	if (!err && !next_quiet(r) && !r->histories_ended)
		err = read_histories(r);
	if (err)
		return err;
	quiet = next_quiet(r);
	/* A page that is back is news, though its content may be unchanged. */
	if (quiet && r->has_change && quiet->visit.cursor == r->change.cursor) {
		r->visits_taken++;
		quiet = NULL;
	}
	if (quiet && (!r->has_change || quiet->visit.cursor < r->change.cursor)) {
		r->visits_taken++;
		r->after = quiet->visit.cursor;
		*change = &r->quiet;
		return make_quiet(r, quiet);
	}
	if (!r->has_change)
		return ERR_NOT_FOUND;
	r->has_change = false;
	r->after = r->change.cursor;
	*change = &r->change;
	return ERR_OK;
}
