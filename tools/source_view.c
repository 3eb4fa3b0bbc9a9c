#include "tools/source_view.h"

#include <stdlib.h>

const char *source_state_text(enum source_state state)
{
	static const char *const texts[N_SOURCE_STATES] = { "new", "heard", "lies",
							    "failing", "retired" };

	return (size_t)state < N_SOURCE_STATES ? texts[state] : "unknown";
}

void source_view_make(struct source_view *view)
{
	const struct source *source = &view->source;

	view->quality = told_quality(&source->trust);
	if (source->retired_at_ms)
		view->state = SOURCE_STATE_RETIRED;
	else if (source->n_failures_in_a_row)
		view->state = SOURCE_STATE_FAILING;
	else if (!source->last_read_at_ms)
		view->state = SOURCE_STATE_NEW;
	else if (!(view->quality.precision > 0))
		view->state = SOURCE_STATE_LIES;
	else
		view->state = SOURCE_STATE_HEARD;
}

static enum err make_room(struct source_views *views)
{
	size_t room = views->room ? 2 * views->room : 8;
	struct source_view *grown;

	if (views->n < views->room)
		return ERR_OK;
	grown = realloc(views->items, room * sizeof(*grown));
	if (!grown)
		return ERR_NOMEM;
	memset(grown + views->room, 0, (room - views->room) * sizeof(*grown));
	views->items = grown;
	views->room = room;
	return ERR_OK;
}

static enum err read_next(struct store_walk *walk, struct source_views *views)
{
	enum err err = make_room(views);

	if (!err)
		err = store_walk_source(walk, &views->items[views->n].source);
	if ((err == ERR_CORRUPT || err == ERR_NEWER) && !store_walk_is_broken(walk))
		return ERR_OK;
	if (err)
		return err;
	if (views->n + 1 == SOURCE_VIEWS_MAX) {
		views->n_dropped++;
		return ERR_OK;
	}
	source_view_make(&views->items[views->n++]);
	return ERR_OK;
}

enum err source_views_read(struct store *store, const struct host_key *host,
			   struct source_views *views)
{
	struct store_walk *walk = NULL;
	enum err err = store_walk_sources(store, host, &walk);

	views->n = 0;
	views->n_dropped = 0;
	while (!err)
		err = read_next(walk, views);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

void source_views_release(struct source_views *views)
{
	for (size_t i = 0; i < views->room; i++)
		source_release(&views->items[i].source);
	free(views->items);
	*views = (struct source_views){ .items = NULL };
}
