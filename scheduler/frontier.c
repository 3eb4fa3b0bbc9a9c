/* frontier.c - hands out the most urgent page of a host that is ready. */
#include <stdlib.h>

#include "scheduler/frontier_internal.h"
#include "store/base/clock.h"

/* Entries looked at in one call before it says "nothing now": bounds one turn's work. */
#define LOOKS_MAX 1024
/* Hosts whose parked pages are read in one call, which costs some 0.5 ms each. */
#define READINGS_MAX 8
/* The price follows the last so many picks. */
#define PRICE_PICKS 64
#define FIRST_HORIZON_MS 1000

/* ---- making and freeing ---------------------------------------------------------------- */

static bool all_is_seen_at_first(const struct frontier_config *config)
{
	return config->once || config->force;
}

static enum err allocate(struct frontier *frontier)
{
	frontier->fifos = calloc(N_QUEUE_CLASSES, sizeof(struct fifo *));
	if (frontier->config.once)
		frontier->waits_ms = calloc(N_QUEUE_CLASSES, sizeof(int64_t));
	return !frontier->fifos || (frontier->config.once && !frontier->waits_ms)
		       ? ERR_NOMEM
		       : ERR_OK;
}

static void price_bytes(struct frontier *frontier)
{
	const struct frontier_schedule *schedule = &frontier->config.schedule;

	cost_exchange_init(&frontier->exchange, schedule->context.budget_per_s,
			   schedule->policy->has_price ? schedule->context.bytes_per_s
						       : 0);
	frontier->requests_per_byte = frontier->exchange.requests_per_byte;
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
	frontier->now_ms = frontier->started_at_ms = now_ms;
	frontier->asked_at_ms = store_last_request_ms(store);
	frontier->horizon_from_ms = now_ms;
	frontier->horizon_ms = now_ms - 1;
	frontier->horizon_length_ms = FIRST_HORIZON_MS;
	frontier->n_commits = 1;
	frontier->price = config->schedule.context.price;
	price_bytes(frontier);
	if (config->last_end_was_unclean)
		frontier->not_before_ms = now_ms;
	frontier->all = config->force;
	frontier->frozen = all_is_seen_at_first(config);
	err = allocate(frontier);
	if (!err && frontier->frozen)
		store_freeze_queue(store);
	if (!err)
		err = frontier_discover(frontier);
	if (!err)
		err = frontier_bring_in_parked(frontier);
	if (err)
		frontier_free(frontier);
	else
		*out = frontier;
	return err;
}

void frontier_free(struct frontier *frontier)
{
	if (!frontier)
		return;
	frontier_free_plays(frontier);
	frontier_free_servers(frontier);
	frontier_free_fifos(frontier);
	heap_release(&frontier->turns);
	heap_release(&frontier->best);
	store_thaw_queue(frontier->store);
	free(frontier->waits_ms);
	free(frontier);
}

size_t frontier_n_hosts(const struct frontier *frontier)
{
	return HASH_COUNT(frontier->plays);
}

double frontier_price(const struct frontier *frontier)
{
	return frontier->price;
}

double frontier_requests_per_byte(const struct frontier *frontier)
{
	return frontier->exchange.requests_per_byte;
}

void frontier_set_schedule(struct frontier *frontier,
			   const struct frontier_schedule *schedule)
{
	frontier->config.schedule = *schedule;
	price_bytes(frontier);
	if (frontier->waits_ms)
		memset(frontier->waits_ms, 0, N_QUEUE_CLASSES * sizeof(int64_t));
	frontier->horizon_ms = frontier->now_ms - 1; /* every rank is another now */
}

void frontier_set_politeness(struct frontier *frontier,
			     const struct politeness_config *politeness)
{
	frontier->config.politeness = *politeness;
}

/* ---- time -------------------------------------------------------------------------------- */

static struct play *play_of_turn(struct heap_node *node)
{
	return node ? (struct play *)(void *)((char *)node - offsetof(struct play, turn))
		    : NULL;
}

/* Hosts whose turn has come enter the competition. */
static enum err begin_turns(struct frontier *frontier, int64_t now_ms)
{
	int n_readings = 0;
	struct play *play;
	enum err err = ERR_OK;

	while (!err && (play = play_of_turn(heap_top(&frontier->turns))) &&
	       play->turn.rank <= now_ms) {
		if (frontier_ready_at_ms(frontier, play) <= now_ms && !play->first &&
		    !play->n_held && play->idle_until_ms <= now_ms) {
			if (++n_readings > READINGS_MAX)
				return ERR_OK;
			err = frontier_read_parked(frontier, play);
		}
		if (!err)
			err = frontier_settle(frontier, play);
	}
	return err;
}

/* ---- choosing ---------------------------------------------------------------------------- */

/* Once some of a host's pages were parked, an entry may have been read from the queue before
 * and handed out after its page was. */
static bool is_certain(const struct play *play)
{
	return !play->has_parked;
}

static enum err hand_out(struct frontier *frontier, struct play *play, struct job *job)
{
	struct waiting *w = play->first;

	job->host = play->host;
	frontier_take_place(play);
	if (w) {
		job->kind = JOB_WAITING;
		job->waiting = w->item;
		play->first = w->next;
		play->n_waiting--;
		free(w);
	} else {
		job->kind = JOB_PAGE;
		job->entry = frontier_next_held(play);
		job->certain = is_certain(play);
		frontier_drop_held(frontier, play);
	}
	return frontier_settle(frontier, play);
}

static void note_price(struct frontier *frontier, const struct queue_entry *entry,
		       int64_t now_ms)
{
	const struct policy *policy = frontier->config.schedule.policy;
	double tau_days =
		(double)(now_ms - entry->position.order_ms) / (double)MS_PER_DAY;
	double value;

	if (!policy->has_price || tau_days < 0)
		return;
	cost_exchange_note(&frontier->exchange,
			   cost_expected_bytes(&entry->worth, tau_days));
	value = policy->value(entry->position.class, &entry->worth, tau_days) /
		(1 + frontier->requests_per_byte *
			     cost_marginal_bytes(&entry->worth, tau_days));
	if (frontier->price > 0)
		frontier->price += (value - frontier->price) / PRICE_PICKS;
	else
		frontier->price = value;
}

static bool can_take(const struct frontier *frontier, const struct play *play,
		     int64_t now_ms)
{
	return !play->first && !play->closed && play->n_out < play->rules.per_host &&
	       frontier_ready_at_ms(frontier, play) <= now_ms &&
	       frontier_server_is_free(frontier, play);
}

static bool is_wanted(const struct frontier *frontier, const struct page_key *key)
{
	return !frontier->config.wants ||
	       frontier->config.wants(frontier->config.context, key);
}

/* Takes the class's first page: hands it out if its host is ready, else holds it. */
static enum err try_entry(struct frontier *frontier, struct fifo *fifo, int64_t now_ms,
			  struct job *job)
{
	struct queue_entry entry;
	struct play *play;
	int64_t rank;
	enum err err = frontier_take(frontier, fifo, &entry);

	if (err || !is_wanted(frontier, &entry.key))
		return err;
	err = frontier_get_play(frontier, &entry.key.host, SPAN(""), &play);
	if (frontier_host_is_lost(err))
		return ERR_OK;
	if (err)
		return err;
	if (play->rules.unwanted)
		return frontier_settle(frontier, play);
	rank = frontier_rank(frontier, &entry.position, &entry.worth, NULL, now_ms);
	if (frontier_rank_is_of_value(rank))
		note_price(frontier, &entry, now_ms);
	/* Starved by the budget's measure, but perhaps not by its host's. */
	if (frontier_rank_is_starved(rank) &&
	    frontier_rank(frontier, &entry.position, &entry.worth, play->host, now_ms) !=
		    rank)
		return frontier_hold(frontier, play, &entry);
	if (!can_take(frontier, play, now_ms))
		return frontier_hold(frontier, play, &entry);
	job->kind = JOB_PAGE;
	job->host = play->host;
	job->entry = entry;
	job->certain = is_certain(play);
	frontier_take_place(play);
	return frontier_settle(frontier, play);
}

/* Forced: has every page that can be reached been handed out once? */
static bool forced_pass_is_over(const struct frontier *frontier)
{
	const struct play *play;

	if (frontier_has_entries(frontier))
		return false;
	for (play = frontier->plays; play; play = play->hh.next)
		if ((play->n_held || play->has_parked) &&
		    frontier_ready_at_ms(frontier, play) != POLITENESS_NEVER)
			return false;
	return true;
}

/* ... From now on only what is due. */
static enum err end_forced_pass(struct frontier *frontier)
{
	store_thaw_queue(frontier->store);
	frontier->frozen = frontier->all = false;
	frontier->horizon_ms = frontier->now_ms - 1;
	return frontier_read_anew(frontier);
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

static int64_t next_at_ms(struct frontier *frontier)
{
	const struct heap_node *turn = heap_top(&frontier->turns);
	int64_t at_ms = frontier_heads_due_at_ms(frontier);

	return turn && turn->rank < at_ms ? turn->rank : at_ms;
}

/* One step towards a job. *idle: there is none now. */
static enum err step(struct frontier *frontier, int64_t now_ms, struct job *job,
		     bool *idle)
{
	struct play *play;
	struct head *head;
	enum err err = begin_turns(frontier, now_ms);

	if (err)
		return err;
	head = frontier_best_head(frontier, now_ms);
	if (!head) {
		*idle = !frontier->all || frontier->config.once ||
			!forced_pass_is_over(frontier);
		return *idle ? ERR_OK : end_forced_pass(frontier);
	}
	if (!head->is_play)
		return try_entry(frontier,
				 (struct fifo *)(void *)((char *)head -
							 offsetof(struct fifo, head)),
				 now_ms, job);
	play = (struct play *)(void *)((char *)head - offsetof(struct play, head));
	if (frontier_ready_at_ms(frontier, play) <= now_ms &&
	    frontier_server_at_ms(play) <= now_ms)
		return hand_out(frontier, play, job);
	return frontier_settle(frontier, play);
}

enum err frontier_next(struct frontier *frontier, int64_t now_ms, struct job *job)
{
	bool idle = false;
	enum err err = frontier->failure;

	memset(job, 0, sizeof(*job));
	frontier_go_by(frontier, now_ms);
	if (!err && take_given_up(frontier, job))
		return ERR_OK;
	for (int looks = 0; !err && !idle && job->kind == JOB_NONE && looks < LOOKS_MAX;
	     looks++)
		err = step(frontier, now_ms, job, &idle);
	if (!err && job->kind == JOB_NONE)
		job->next_at_ms = idle ? next_at_ms(frontier) : now_ms;
	return err;
}

/* ---- what happens to jobs ------------------------------------------------------------------ */

struct politeness_config frontier_politeness(const struct frontier *frontier,
					     const struct host *host)
{
	struct politeness_config config = frontier->config.politeness;
	const struct play *play = frontier_find_play(frontier, &host->key);

	if (play)
		config.host_delay_ms = play->rules.delay_ms;
	return config;
}

void frontier_delay_changed(const struct frontier *frontier, struct host *host)
{
	struct politeness_config config = frontier_politeness(frontier, host);

	politeness_delay_changed(&config, host);
}

void frontier_started(struct frontier *frontier, struct host *host, int64_t now_ms)
{
	struct politeness_config config = frontier_politeness(frontier, host);
	struct play *play = frontier_find_play(frontier, &host->key);

	politeness_started(&config, host, now_ms);
	if (play)
		frontier_server_started(play, now_ms);
}

void frontier_sent(struct frontier *frontier, struct host *host,
		   const struct politeness_sending *sending)
{
	struct play *play = frontier_find_play(frontier, &host->key);

	politeness_sent(host, sending);
	if (play)
		frontier_server_sent(play, sending);
}

void frontier_finished(struct frontier *frontier, struct host *host)
{
	struct play *play = frontier_find_play(frontier, &host->key);

	if (!play)
		return;
	frontier_give_place_back(frontier, play);
	frontier_settle_later(frontier, play);
}

enum err frontier_put_back(struct frontier *frontier, struct host *host,
			   const struct queue_entry *entry)
{
	struct play *play = frontier_find_play(frontier, &host->key);
	enum err err = play ? frontier_hold(frontier, play, entry) : ERR_OK;

	frontier_finished(frontier, host);
	return err;
}

void frontier_close(struct frontier *frontier, struct host *host, bool closed)
{
	struct play *play = frontier_find_play(frontier, &host->key);

	if (!play)
		return;
	play->closed = closed;
	frontier_settle_later(frontier, play);
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
	err = frontier_get_play(frontier, key, name, &play);
	if (err) {
		free(w);
		return err;
	}
	politeness = frontier_politeness(frontier, play->host);
	w->item = waiting;
	at_ms = frontier_ready_at_ms(frontier, play);
	if (at_ms != POLITENESS_NEVER)
		at_ms += play->n_waiting * politeness_delay_ms(&politeness, play->host);
	if (frontier_give_up(frontier, w, at_ms))
		return frontier_settle(frontier, play);
	if (play->first)
		play->last->next = w;
	else
		play->first = w;
	play->last = w;
	play->n_waiting++;
	return frontier_settle(frontier, play);
}

void frontier_committed(struct frontier *frontier)
{
	struct play *play = frontier->wanting;
	enum err err;

	frontier->n_commits++;
	frontier->wanting = NULL;
	while (play) {
		struct play *next = play->next_wanting;

		play->wants_commit = false;
		frontier_settle_later(frontier, play);
		play = next;
	}
	err = frontier_read_woken(frontier);
	if (err && !frontier->failure)
		frontier->failure = err;
}

void frontier_reload(struct frontier *frontier)
{
	struct play *play, *next;

	HASH_ITER(hh, frontier->plays, play, next)
	{
		if (frontier->config.rules)
			frontier->config.rules(frontier->config.context, play->host,
					       &play->rules);
		frontier_delay_changed(frontier, play->host);
		frontier_settle_later(frontier, play);
	}
	frontier_servers_reload(frontier);
}

bool frontier_has_parked(const struct frontier *frontier, const struct host_key *key)
{
	const struct play *play = frontier_find_play(frontier, key);

	return play && play->has_parked;
}

void frontier_host_changed(struct frontier *frontier, const struct host_key *key)
{
	struct play *play = frontier_find_play(frontier, key);

	if (play)
		frontier_settle_later(frontier, play);
}
