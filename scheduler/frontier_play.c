/* frontier_play.c - hosts in play, and the pages that wait for them. */
#include "scheduler/frontier_internal.h"

#include <stdlib.h>

/* Pages held in memory for one host, and for all of them (40 bytes each): what is read of
 * its parked pages at a time, some 15 us a class. */
#define HELD_MIN 32
#define HELD_MAX 1024
#define HELD_OF_ALL_MAX (2 << 20)

struct play *frontier_find_play(const struct frontier *frontier,
				const struct host_key *key)
{
	uint8_t encoded[HOST_KEY_SIZE];
	struct play *play;

	host_key_encode(key, encoded);
	HASH_FIND(hh, frontier->plays, encoded, sizeof(encoded), play);
	return play;
}

static void free_play(struct frontier *frontier, struct play *play)
{
	store_release_host(frontier->store, play->host);
	free(play->held);
	free(play);
}

enum err frontier_get_play(struct frontier *frontier, const struct host_key *key,
			   struct span name, struct play **out)
{
	struct play *play = frontier_find_play(frontier, key);
	enum err err;

	if (play) {
		*out = play;
		return ERR_OK;
	}
	play = calloc(1, sizeof(*play));
	if (!play)
		return ERR_NOMEM;
	host_key_encode(key, play->key);
	play->head.is_play = true;
	err = store_acquire_host(frontier->store, key, name, &play->host);
	if (err) {
		free(play);
		return err;
	}
	politeness_go_by(play->host, frontier->now_ms);
	play->rules.delay_ms = frontier->config.politeness.host_delay_ms;
	play->rules.per_host = 1;
	if (frontier->config.rules)
		frontier->config.rules(frontier->config.context, play->host,
				       &play->rules);
	HASH_ADD(hh, frontier->plays, key, sizeof(play->key), play);
	if (!play->hh.tbl) {
		free_play(frontier, play);
		return ERR_NOMEM;
	}
	frontier_delay_changed(frontier, play->host);
	*out = play;
	return ERR_OK;
}

static void free_waiting(struct waiting *w)
{
	while (w) {
		struct waiting *next = w->next;

		free(w);
		w = next;
	}
}

void frontier_free_plays(struct frontier *frontier)
{
	struct play *play, *next;

	free_waiting(frontier->given_up);
	HASH_ITER(hh, frontier->plays, play, next)
	{
		free_waiting(play->first);
		HASH_DELETE(hh, frontier->plays, play);
		free_play(frontier, play);
	}
}

/* ---- its turn -------------------------------------------------------------------------- */

bool frontier_has_pages(const struct play *play)
{
	return play->n_held || (play->has_parked && !play->wants_commit);
}

int64_t frontier_ready_at_ms(const struct frontier *frontier, const struct play *play)
{
	int64_t at_ms = politeness_ready_at_ms(play->host, frontier->config.force);
	struct politeness_config politeness = frontier_politeness(frontier, play->host);
	int64_t floor_ms = frontier->not_before_ms;

	/* "Everything due now" does not wait for a host that wants to be left alone. */
	if (play->rules.unwanted ||
	    (frontier->config.once && at_ms > play->host->next_request_at_ms &&
	     at_ms > frontier->now_ms))
		return POLITENESS_NEVER;
	if (floor_ms)
		floor_ms += politeness_delay_ms(&politeness, play->host);
	return at_ms < floor_ms ? floor_ms : at_ms;
}

bool frontier_give_up(struct frontier *frontier, struct waiting *w, int64_t ready_at_ms)
{
	if (ready_at_ms != POLITENESS_NEVER &&
	    ready_at_ms - frontier->now_ms <= WAITING_MAX_MS)
		return false;
	w->ready_at_ms = ready_at_ms;
	w->next = frontier->given_up;
	frontier->given_up = w;
	return true;
}

/* Nothing holds on to its place for a host that will not be asked for long. */
static void give_up_late(struct frontier *frontier, struct play *play)
{
	int64_t at_ms = play->first ? frontier_ready_at_ms(frontier, play) : 0;

	while (play->first) {
		struct waiting *next = play->first->next;

		if (!frontier_give_up(frontier, play->first, at_ms))
			return;
		play->first = next;
	}
	play->n_waiting = 0;
}

static enum err put_turn(struct frontier *frontier, struct play *play)
{
	int64_t at_ms = frontier_ready_at_ms(frontier, play);

	if (!play->first && !play->n_held && play->idle_until_ms > at_ms)
		at_ms = play->idle_until_ms;
	/* Ready, but what is parked for it is not known: its turn comes, and it is read. */
	if (at_ms > frontier->now_ms) {
		frontier_step_back(frontier, play);
	} else if (!frontier_enter(play)) {
		heap_remove(&frontier->turns, &play->turn);
		heap_remove(&frontier->best, &play->head.node);
		return ERR_OK;
	} else if (frontier_server_at_ms(play) > at_ms) {
		at_ms = frontier_server_at_ms(play);
	}
	if (at_ms > frontier->now_ms || (!play->first && !play->n_held)) {
		heap_remove(&frontier->best, &play->head.node);
		return heap_put(&frontier->turns, &play->turn, at_ms);
	}
	heap_remove(&frontier->turns, &play->turn);
	return frontier_put_head(frontier, &play->head);
}

enum err frontier_settle(struct frontier *frontier, struct play *play)
{
	bool free_place = play->n_out < play->rules.per_host;

	give_up_late(frontier, play);
	if (free_place && (play->first || (frontier_has_pages(play) && !play->closed)))
		return put_turn(frontier, play);
	heap_remove(&frontier->turns, &play->turn);
	heap_remove(&frontier->best, &play->head.node);
	frontier_step_back(frontier, play);
	if (!play->first && !play->n_held && !play->has_parked && !play->n_out &&
	    !play->closed && !play->wants_commit) {
		frontier_leave_server(frontier, play);
		HASH_DELETE(hh, frontier->plays, play);
		free_play(frontier, play);
	}
	return ERR_OK;
}

/* Settling an already known host can only fail for want of memory when it enters a heap; it
 * then comes back at the next event of the host, or at the latest with the next commit. */
void frontier_settle_later(struct frontier *frontier, struct play *play)
{
	if (frontier_settle(frontier, play))
		frontier_want_commit(frontier, play);
}

void frontier_want_commit(struct frontier *frontier, struct play *play)
{
	if (play->wants_commit)
		return;
	play->wants_commit = true;
	play->next_wanting = frontier->wanting;
	frontier->wanting = play;
}

/* ---- pages held ------------------------------------------------------------------------ */

static size_t most_held(const struct frontier *frontier)
{
	size_t n = HELD_OF_ALL_MAX / (frontier_n_hosts(frontier) + 1);

	return n < HELD_MIN ? HELD_MIN : n > HELD_MAX ? HELD_MAX : n;
}

static struct held *held_at(const struct play *play, size_t index)
{
	return &play->held[play->held_from + index];
}

static int64_t held_rank(struct frontier *frontier, const struct play *play,
			 const struct held *held)
{
	return frontier_rank(frontier, &held->position, &held->worth, play->host,
			     frontier->now_ms);
}

static struct queue_entry entry_of(const struct play *play, const struct held *held)
{
	struct queue_entry entry = {
		.key = { .url_hash = held->url_hash },
		.position = held->position,
		.worth = held->worth,
	};

	host_key_decode(play->key, &entry.key.host);
	return entry;
}

struct queue_entry frontier_next_held(const struct play *play)
{
	return entry_of(play, held_at(play, 0));
}

void frontier_drop_held(struct frontier *frontier, struct play *play)
{
	if (held_at(play, 0)->position.parked)
		play->touched_commit = frontier->n_commits;
	play->held_from++;
	if (!--play->n_held)
		play->held_from = 0;
}

/* This entry of the page: another one is of where it was, before or since, and is passed
 * over when it comes up. */
static bool is_held(const struct play *play, const struct held *held)
{
	for (size_t i = 0; i < play->n_held; i++)
		if (held_at(play, i)->url_hash == held->url_hash &&
		    queue_position_is_same_turn(&held_at(play, i)->position,
						&held->position))
			return true;
	return false;
}

static enum err make_room(struct play *play)
{
	struct held *grown;
	size_t room;

	if (play->held_from + play->n_held < play->held_room)
		return ERR_OK;
	if (play->held_from) {
		memmove(play->held, held_at(play, 0), play->n_held * sizeof(*play->held));
		play->held_from = 0;
		return ERR_OK;
	}
	room = play->held_room ? 2 * play->held_room : 8;
	grown = realloc(play->held, room * sizeof(*grown));
	if (!grown)
		return ERR_NOMEM;
	play->held = grown;
	play->held_room = room;
	return ERR_OK;
}

/* Behind those that are at least as urgent. */
static size_t place_of(struct frontier *frontier, const struct play *play, int64_t rank)
{
	size_t low = 0, high = play->n_held;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (held_rank(frontier, play, held_at(play, middle)) <= rank)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static enum err insert_held(struct play *play, size_t place, const struct held *held)
{
	enum err err = make_room(play);

	if (err)
		return err;
	memmove(held_at(play, place + 1), held_at(play, place),
		(play->n_held - place) * sizeof(*held));
	*held_at(play, place) = *held;
	play->n_held++;
	return ERR_OK;
}

static enum err park(struct frontier *frontier, struct play *play,
		     const struct held *held)
{
	struct queue_entry entry = entry_of(play, held);

	if (!play->has_parked)
		frontier_want_commit(frontier, play);
	play->has_parked = true;
	play->idle_until_ms = 0;
	play->touched_commit = frontier->n_commits;
	return held->position.parked ? ERR_OK : store_park(frontier->store, &entry);
}

/* The last of those held goes where there is more room. */
static enum err park_last(struct frontier *frontier, struct play *play)
{
	return park(frontier, play, held_at(play, --play->n_held));
}

enum err frontier_hold(struct frontier *frontier, struct play *play,
		       const struct queue_entry *entry)
{
	struct held held = { entry->key.url_hash, entry->position, entry->worth };
	size_t place;
	enum err err = ERR_OK;

	if (is_held(play, &held))
		return ERR_OK;
	place = place_of(frontier, play, held_rank(frontier, play, &held));
	/* Behind all that is held there may be better ones in the store. */
	if (place == play->n_held &&
	    (play->has_parked || play->n_held >= most_held(frontier)))
		err = park(frontier, play, &held);
	else
		err = insert_held(play, place, &held);
	if (!err && play->n_held > most_held(frontier))
		err = park_last(frontier, play);
	return err ? err : frontier_settle(frontier, play);
}

/* ---- parked pages ---------------------------------------------------------------------- */

/* A reading of a host's parked pages, class by class. */
struct reading {
	struct frontier *frontier;
	struct play *play;
	int64_t due_at_ms; /* the soonest of those that are not due */
	bool is_cut;       /* there are more that are */
};

static void note_due(struct reading *r, const struct queue_entry *entry)
{
	int64_t at_ms = frontier_due_at_ms(r->frontier, &entry->position);

	if (at_ms < r->due_at_ms)
		r->due_at_ms = at_ms;
}

static bool is_wanted(const struct frontier *frontier, const struct page_key *key)
{
	return !frontier->config.wants ||
	       frontier->config.wants(frontier->config.context, key);
}

/* Takes the entry if it is among the best. *rest: none of those behind it in its class, all
 * visited later, can be. */
static enum err offer(struct reading *r, const struct queue_entry *entry, bool *rest)
{
	struct held held = { entry->key.url_hash, entry->position, entry->worth };
	size_t most = most_held(r->frontier), place;
	int64_t rank = held_rank(r->frontier, r->play, &held);
	enum err err;

	*rest = rank == RANK_NEVER;
	if (*rest) {
		note_due(r, entry);
		return ERR_OK;
	}
	if (is_held(r->play, &held) || !is_wanted(r->frontier, &entry->key))
		return ERR_OK;
	place = place_of(r->frontier, r->play, rank);
	if (place >= most) {
		r->is_cut = true;
		rank = frontier_rank_behind(r->frontier, &entry->position, r->play->host,
					    r->frontier->now_ms);
		*rest = place_of(r->frontier, r->play, rank) >= most;
		return ERR_OK;
	}
	err = insert_held(r->play, place, &held);
	if (!err && r->play->n_held > most) {
		r->play->n_held--;
		r->is_cut = true;
	}
	return err;
}

static enum err read_best(struct reading *r)
{
	struct parked_reader *reader = NULL;
	struct queue_entry entry;
	bool rest = false;
	enum err err =
		store_begin_parked(r->frontier->store, &r->play->host->key, &reader);

	while (!err) {
		err = store_next_parked(reader, rest, &entry);
		if (!err)
			err = offer(r, &entry, &rest);
	}
	store_end_parked(reader);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err frontier_read_parked(struct frontier *frontier, struct play *play)
{
	struct reading r = { .frontier = frontier,
			     .play = play,
			     .due_at_ms = POLITENESS_NEVER };
	enum err err;

	/* Those handed out since the last commit still stand where they stood, and those
	 * parked since cannot be read yet. */
	if (play->touched_commit == frontier->n_commits) {
		frontier_want_commit(frontier, play);
		return ERR_OK;
	}
	err = read_best(&r);
	if (err)
		return err;
	play->has_parked = r.is_cut || play->n_held || r.due_at_ms != POLITENESS_NEVER;
	/* With some in hand it is read again when they are gone. */
	play->idle_until_ms = r.is_cut || play->n_held ? 0 : r.due_at_ms;
	return ERR_OK;
}

/* Pages parked by an earlier run wait for hosts that nobody else would bring into play. */
enum err frontier_bring_in_parked(struct frontier *frontier)
{
	struct host_key host, after;
	bool first = true;
	enum err err;

	while (!(err = store_next_parked_host(frontier->store, first ? NULL : &after,
					      &host))) {
		struct play *play;

		err = frontier_get_play(frontier, &host, SPAN(""), &play);
		if (!err) {
			play->has_parked = true;
			err = frontier_settle(frontier, play);
		}
		if (err && !frontier_host_is_lost(err))
			return err;
		after = host;
		first = false;
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}
