#include "scheduler/frontier.h"

#include <stdlib.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "scheduler/heap.h"

#define QUEUE_BATCH 256 /* entries read from the queue at a time */
#define HELD_MAX 32     /* entries kept in memory for a host that is not ready */
/* Entries looked at in one call before it says "nothing now": bounds one turn's work. */
#define LOOKS_MAX 1024

struct waiting {
	struct waiting *next;
	void *item;
	int64_t ready_at_ms; /* of one that is given up */
};

/* A host in play: it has a job out, or pages or others wait for its turn. */
struct play {
	UT_hash_handle hh;
	uint8_t key[HOST_KEY_SIZE];
	struct host *host;
	struct heap_node node; /* in frontier.ready while something may be handed out */
	struct waiting *first, *last;
	int n_waiting;
	struct queue_entry held[HELD_MAX];
	size_t n_held, held_from;
	struct queue_entry parked_from; /* last one read of the parked ones */
	bool has_parked, has_parked_from;
	bool wants_commit; /* its parked pages cannot be read before the next commit */
	int n_out;
	bool closed;
	struct frontier_rules rules;
};

struct frontier {
	struct store *store;
	struct frontier_config config;
	int64_t now_ms;       /* of the last frontier_next() */
	int64_t due_until_ms; /* once: what is due later is left alone; -1: now */
	bool frozen;          /* the queue is read as it was at first */
	int64_t not_before_ms;
	struct play *plays;
	struct heap ready;
	struct waiting *given_up;
	/* the queue as far as it was read */
	struct queue_entry batch[QUEUE_BATCH];
	size_t n_batch, batch_from;
	struct queue_entry read_to;
	bool has_read_to, exhausted;
	int64_t read_from_ms;
};

/* ---- hosts in play ------------------------------------------------------------------- */

static bool has_pages(const struct play *play)
{
	return play->n_held || (play->has_parked && !play->wants_commit);
}

static bool has_work(const struct play *play)
{
	return play->first || has_pages(play);
}

static int64_t ready_at_ms(const struct frontier *frontier, const struct play *play)
{
	int64_t at_ms = politeness_ready_at_ms(play->host, frontier->config.force);
	int64_t floor_ms = frontier->not_before_ms;

	/* "Everything due now" does not wait for a host that wants to be left alone. */
	if (play->rules.unwanted ||
	    (frontier->config.once && at_ms > play->host->next_request_at_ms &&
	     at_ms > frontier->now_ms))
		return POLITENESS_NEVER;
	if (floor_ms)
		floor_ms += frontier_politeness(frontier, play->host).host_delay_ms;
	return at_ms < floor_ms ? floor_ms : at_ms;
}

static bool is_too_late(const struct frontier *frontier, int64_t at_ms)
{
	return at_ms == POLITENESS_NEVER || at_ms - frontier->now_ms > WAITING_MAX_MS;
}

static void give_up(struct frontier *frontier, struct waiting *w, int64_t ready_at_ms)
{
	w->ready_at_ms = ready_at_ms;
	w->next = frontier->given_up;
	frontier->given_up = w;
}

/* Nothing holds on to its place for a host that will not be asked for long. */
static void give_up_late(struct frontier *frontier, struct play *play)
{
	int64_t at_ms = play->first ? ready_at_ms(frontier, play) : 0;

	while (play->first && is_too_late(frontier, at_ms)) {
		struct waiting *w = play->first;

		play->first = w->next;
		give_up(frontier, w, at_ms);
	}
	if (!play->first)
		play->n_waiting = 0;
}

/* Puts the host where its state wants it: in the heap, outside it, or out of play. */
static enum err settle(struct frontier *frontier, struct play *play)
{
	bool free_place = play->n_out < play->rules.per_host;

	give_up_late(frontier, play);
	if (free_place && (play->first || (has_pages(play) && !play->closed)))
		return heap_put(&frontier->ready, &play->node,
				ready_at_ms(frontier, play));
	heap_remove(&frontier->ready, &play->node);
	if (!has_work(play) && !play->has_parked && !play->n_out && !play->closed) {
		HASH_DELETE(hh, frontier->plays, play);
		store_release_host(frontier->store, play->host);
		free(play);
	}
	return ERR_OK;
}

static struct play *find_play(const struct frontier *frontier, const struct host_key *key)
{
	uint8_t encoded[HOST_KEY_SIZE];
	struct play *play;

	host_key_encode(key, encoded);
	HASH_FIND(hh, frontier->plays, encoded, sizeof(encoded), play);
	return play;
}

static enum err get_play(struct frontier *frontier, const struct host_key *key,
			 struct span name, struct play **out)
{
	struct play *play = find_play(frontier, key);
	enum err err;

	if (play) {
		*out = play;
		return ERR_OK;
	}
	play = calloc(1, sizeof(*play));
	if (!play)
		return ERR_NOMEM;
	host_key_encode(key, play->key);
	err = store_acquire_host(frontier->store, key, name, &play->host);
	if (!err) {
		politeness_go_by(play->host, frontier->now_ms);
		play->rules.delay_ms = frontier->config.politeness.host_delay_ms;
		play->rules.per_host = 1;
		if (frontier->config.rules)
			frontier->config.rules(frontier->config.context, play->host,
					       &play->rules);
		HASH_ADD(hh, frontier->plays, key, sizeof(play->key), play);
		if (play->hh.tbl) {
			*out = play;
			return ERR_OK;
		}
		store_release_host(frontier->store, play->host);
		err = ERR_NOMEM;
	}
	free(play);
	return err;
}

static struct play *play_of_node(struct heap_node *node)
{
	return node ? (struct play *)(void *)((char *)node - offsetof(struct play, node))
		    : NULL;
}

/* ---- making and freeing ---------------------------------------------------------------- */

/* Pages parked by an earlier run wait for hosts that nobody else would bring into play. */
static enum err bring_in_parked(struct frontier *frontier)
{
	struct host_key host, after;
	bool first = true;
	enum err err;

	while (!(err = store_next_parked_host(frontier->store, first ? NULL : &after,
					      &host))) {
		struct play *play;

		err = get_play(frontier, &host, SPAN(""), &play);
		if (!err) {
			play->has_parked = true;
			err = settle(frontier, play);
		}
		if (err &&
		    err != ERR_NOT_FOUND) /* pages without a host: verify's business */
			return err;
		after = host;
		first = false;
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err frontier_new(struct store *store, const struct frontier_config *config,
		      int64_t now_ms, struct frontier **out)
{
	struct frontier *frontier = calloc(1, sizeof(*frontier));
	enum err err;

	if (!frontier)
		return ERR_NOMEM;
	frontier->store = store;
	frontier->config = *config;
	frontier->now_ms = now_ms;
	if (config->last_end_was_unclean)
		frontier->not_before_ms = now_ms;
	frontier->frozen = config->once || config->force;
	if (frontier->frozen)
		store_freeze_queue(store);
	frontier->due_until_ms = config->force ? INT64_MAX : config->once ? now_ms : -1;
	err = bring_in_parked(frontier);
	if (err)
		frontier_free(frontier);
	else
		*out = frontier;
	return err;
}

static void free_waiting(struct waiting *w)
{
	while (w) {
		struct waiting *next = w->next;

		free(w);
		w = next;
	}
}

void frontier_free(struct frontier *frontier)
{
	struct play *play, *next;

	if (!frontier)
		return;
	free_waiting(frontier->given_up);
	HASH_ITER(hh, frontier->plays, play, next)
	{
		free_waiting(play->first);
		HASH_DELETE(hh, frontier->plays, play);
		store_release_host(frontier->store, play->host);
		free(play);
	}
	heap_release(&frontier->ready);
	store_thaw_queue(frontier->store);
	free(frontier);
}

size_t frontier_n_hosts(const struct frontier *frontier)
{
	return HASH_COUNT(frontier->plays);
}

/* ---- the queue -------------------------------------------------------------------------- */

static enum err read_batch(struct frontier *frontier)
{
	const struct queue_entry *behind =
		frontier->has_read_to ? &frontier->read_to : NULL;

	frontier->batch_from = frontier->n_batch = 0;
	return store_read_queue(frontier->store, 0,
				behind ? behind->position.order_ms
				       : frontier->read_from_ms,
				behind ? &behind->key : NULL, frontier->batch,
				QUEUE_BATCH, &frontier->n_batch);
}

/* Forced: every page was handed out once, due or not. From now on only what is due. */
static void end_forced_pass(struct frontier *frontier)
{
	store_thaw_queue(frontier->store);
	frontier->frozen = false;
	frontier->due_until_ms = -1;
	frontier->has_read_to = false;
	frontier->read_from_ms = 0;
}

/* The queue's next entry, not taken yet; NULL at its end for now. */
static enum err peek(struct frontier *frontier, const struct queue_entry **entry)
{
	enum err err = ERR_OK;

	*entry = NULL;
	if (frontier->batch_from == frontier->n_batch && !frontier->exhausted) {
		err = read_batch(frontier);
		if (!err && !frontier->n_batch && frontier->frozen &&
		    !frontier->config.once) {
			end_forced_pass(frontier);
			err = read_batch(frontier);
		}
		if (!err && !frontier->n_batch)
			frontier->exhausted = true;
	}
	if (!err && frontier->batch_from < frontier->n_batch)
		*entry = &frontier->batch[frontier->batch_from];
	return err;
}

static void take(struct frontier *frontier)
{
	frontier->read_to = frontier->batch[frontier->batch_from++];
	frontier->has_read_to = true;
}

void frontier_wake(struct frontier *frontier, int64_t at_ms)
{
	const struct queue_entry *last =
		frontier->n_batch ? &frontier->batch[frontier->n_batch - 1] : NULL;

	if (frontier->frozen)
		return;
	if (!frontier->exhausted && last && at_ms > last->position.order_ms)
		return; /* behind what was read: it will be met */
	frontier->exhausted = false;
	if (frontier->has_read_to && at_ms > frontier->read_to.position.order_ms) {
		/* Within the batch: read again behind what was taken. */
		frontier->n_batch = frontier->batch_from = 0;
		return;
	}
	frontier->has_read_to = false;
	frontier->read_from_ms = at_ms;
	frontier->n_batch = frontier->batch_from = 0;
}

static bool is_due(const struct frontier *frontier, const struct queue_entry *entry,
		   int64_t now_ms)
{
	int64_t until_ms = frontier->due_until_ms >= 0 ? frontier->due_until_ms : now_ms;

	return entry->position.order_ms <= until_ms;
}

/* The host is not ready: keep the entry in memory if there is room, else in the store. */
static enum err hold(struct frontier *frontier, struct play *play,
		     const struct queue_entry *entry)
{
	if (!play->has_parked && play->held_from + play->n_held < HELD_MAX) {
		play->held[play->held_from + play->n_held++] = *entry;
		return settle(frontier, play);
	}
	play->wants_commit = play->wants_commit || !play->has_parked;
	play->has_parked = true;
	return store_park(frontier->store, entry);
}

/* ---- choosing --------------------------------------------------------------------------- */

/* Makes the next page of the host held[held_from], reading parked ones if need be. */
static enum err refill(struct frontier *frontier, struct play *play)
{
	enum err err;

	if (play->n_held || !play->has_parked || play->wants_commit)
		return ERR_OK;
	play->held_from = 0;
	err = store_read_parked(frontier->store, &play->host->key,
				play->has_parked_from ? &play->parked_from : NULL,
				play->held, HELD_MAX, &play->n_held);
	if (err)
		return err;
	if (play->n_held) {
		play->parked_from = play->held[play->n_held - 1];
		play->has_parked_from = true;
	} else if (play->has_parked_from) {
		/* The end: begin anew once the store has forgotten those already visited. */
		play->has_parked_from = false;
		play->wants_commit = true;
	} else {
		play->has_parked = false;
	}
	return ERR_OK;
}

/* The ready host whose turn is longest overdue, with something to do; NULL: none. */
static enum err ready_play(struct frontier *frontier, int64_t now_ms, struct play **out)
{
	*out = NULL;
	for (;;) {
		struct play *play = play_of_node(heap_top(&frontier->ready));
		int64_t at_ms;
		enum err err;

		if (!play || play->node.rank > now_ms)
			return ERR_OK;
		at_ms = ready_at_ms(frontier, play); /* may have moved since it was put */
		if (at_ms <= now_ms) {
			err = play->closed ? ERR_OK : refill(frontier, play);
			if (err)
				return err;
			if (play->first || (play->n_held && !play->closed)) {
				*out = play;
				return ERR_OK;
			}
		}
		err = settle(frontier, play);
		if (err)
			return err;
	}
}

static enum err hand_out(struct frontier *frontier, struct play *play, struct job *job)
{
	struct waiting *w = play->first;

	job->host = play->host;
	play->n_out++;
	if (w) {
		job->kind = JOB_WAITING;
		job->waiting = w->item;
		play->first = w->next;
		play->n_waiting--;
		free(w);
	} else {
		job->kind = JOB_PAGE;
		job->entry = play->held[play->held_from++];
		if (!--play->n_held)
			play->held_from = 0;
	}
	return settle(frontier, play);
}

/* Takes the queue's head: hands it out if its host is ready, else holds it. */
static enum err try_head(struct frontier *frontier, const struct queue_entry *head,
			 int64_t now_ms, struct job *job)
{
	struct queue_entry entry = *head;
	struct play *play;
	enum err err;

	take(frontier);
	err = get_play(frontier, &entry.key.host, SPAN(""), &play);
	if (err == ERR_NOT_FOUND)
		return ERR_OK; /* an entry without its host: verify's business */
	if (err)
		return err;
	if (play->rules.unwanted)
		return settle(frontier, play);
	if (has_work(play) || play->has_parked || play->closed ||
	    play->n_out >= play->rules.per_host || ready_at_ms(frontier, play) > now_ms)
		return hold(frontier, play, &entry);
	job->kind = JOB_PAGE;
	job->host = play->host;
	job->entry = entry;
	play->n_out++;
	return ERR_OK;
}

static int64_t next_at_ms(const struct frontier *frontier, const struct queue_entry *head,
			  bool tired, int64_t now_ms)
{
	const struct heap_node *top = heap_top(&frontier->ready);
	int64_t at_ms = POLITENESS_NEVER;

	if (tired)
		return now_ms;
	if (top)
		at_ms = top->rank;
	if (head && frontier->due_until_ms < 0 && head->position.order_ms < at_ms)
		at_ms = head->position.order_ms;
	return at_ms;
}

static bool take_given_up(struct frontier *frontier, struct job *job)
{
	struct waiting *w = frontier->given_up;

	if (!w)
		return false;
	frontier->given_up = w->next;
	job->kind = JOB_GIVEN_UP;
	job->waiting = w->item;
	job->next_at_ms = w->ready_at_ms;
	free(w);
	return true;
}

/* Settling an already known host can only fail for want of memory when it enters the heap;
 * it then comes back at the next event of the host, or at the latest with the next commit. */
static void settle_later(struct frontier *frontier, struct play *play)
{
	if (settle(frontier, play))
		play->wants_commit = true;
}

/* Ranks are instants: a clock that was set back leaves them all in the future (REQ 92). */
static void go_by(struct frontier *frontier, int64_t now_ms)
{
	bool was_set_back = now_ms < frontier->now_ms;
	struct play *play, *next;

	frontier->now_ms = now_ms;
	if (!was_set_back)
		return;
	if (frontier->not_before_ms > now_ms)
		frontier->not_before_ms = now_ms;
	HASH_ITER(hh, frontier->plays, play, next)
	{
		politeness_go_by(play->host, now_ms);
		settle_later(frontier, play);
	}
}

enum err frontier_next(struct frontier *frontier, int64_t now_ms, struct job *job)
{
	const struct queue_entry *head = NULL;
	struct play *play;
	int looks = 0;
	enum err err;

	memset(job, 0, sizeof(*job));
	go_by(frontier, now_ms);
	if (take_given_up(frontier, job))
		return ERR_OK;
	do {
		err = ready_play(frontier, now_ms, &play);
		if (!err)
			err = peek(frontier, &head);
		if (err)
			return err;
		if (head && !is_due(frontier, head, now_ms))
			break;
		if (play && (play->first || !head ||
			     play->held[play->held_from].position.order_ms <=
				     head->position.order_ms))
			return hand_out(frontier, play, job);
		if (head)
			err = try_head(frontier, head, now_ms, job);
	} while (!err && head && job->kind == JOB_NONE && ++looks < LOOKS_MAX);
	if (err || job->kind != JOB_NONE)
		return err;
	if (play)
		return hand_out(frontier, play, job);
	job->next_at_ms = next_at_ms(frontier, head, looks == LOOKS_MAX, now_ms);
	return ERR_OK;
}

/* ---- what happens to jobs ------------------------------------------------------------------ */

struct politeness_config frontier_politeness(const struct frontier *frontier,
					     const struct host *host)
{
	struct politeness_config config = frontier->config.politeness;
	const struct play *play = find_play(frontier, &host->key);

	if (play)
		config.host_delay_ms = play->rules.delay_ms;
	return config;
}

void frontier_started(struct frontier *frontier, struct host *host, int64_t now_ms)
{
	struct politeness_config config = frontier_politeness(frontier, host);

	politeness_started(&config, host, now_ms);
}

void frontier_finished(struct frontier *frontier, struct host *host)
{
	struct play *play = find_play(frontier, &host->key);

	if (!play)
		return;
	play->n_out--;
	settle_later(frontier, play);
}

void frontier_close(struct frontier *frontier, struct host *host, bool closed)
{
	struct play *play = find_play(frontier, &host->key);

	if (!play)
		return;
	play->closed = closed;
	settle_later(frontier, play);
}

enum err frontier_wait(struct frontier *frontier, const struct host_key *key,
		       struct span name, void *waiting)
{
	struct waiting *w = calloc(1, sizeof(*w));
	struct politeness_config politeness;
	struct play *play;
	int64_t at_ms;
	enum err err;

	if (!w)
		return ERR_NOMEM;
	err = get_play(frontier, key, name, &play);
	if (err) {
		free(w);
		return err;
	}
	politeness = frontier_politeness(frontier, play->host);
	w->item = waiting;
	at_ms = ready_at_ms(frontier, play);
	if (at_ms != POLITENESS_NEVER)
		at_ms += play->n_waiting * politeness_delay_ms(&politeness, play->host);
	if (is_too_late(frontier, at_ms)) {
		give_up(frontier, w, at_ms);
		return settle(frontier, play);
	}
	if (play->first)
		play->last->next = w;
	else
		play->first = w;
	play->last = w;
	play->n_waiting++;
	return settle(frontier, play);
}

void frontier_committed(struct frontier *frontier)
{
	struct play *play, *next;

	HASH_ITER(hh, frontier->plays, play, next)
	{
		if (!play->wants_commit)
			continue;
		play->wants_commit = false;
		settle_later(frontier, play);
	}
}

void frontier_reload(struct frontier *frontier)
{
	struct play *play, *next;

	HASH_ITER(hh, frontier->plays, play, next)
	{
		if (frontier->config.rules)
			frontier->config.rules(frontier->config.context, play->host,
					       &play->rules);
		settle_later(frontier, play);
	}
}

void frontier_host_changed(struct frontier *frontier, const struct host_key *key)
{
	struct play *play = find_play(frontier, key);

	if (play)
		settle_later(frontier, play);
}
