/* frontier_clock.c - clocks that are set, under a run or between two of them (REQ 92). */
#include "scheduler/frontier_internal.h"

/* Ranks are instants: after the clock was set they are all at a wrong distance. */
static void reckon_anew(struct frontier *frontier)
{
	struct play *play, *next;

	frontier->horizon_ms = frontier->now_ms - 1;
	HASH_ITER(hh, frontier->plays, play, next)
	{
		play->idle_until_ms = 0;
		frontier_settle_later(frontier, play);
	}
}

void frontier_go_by(struct frontier *frontier, int64_t now_ms)
{
	bool was_set_back = now_ms < frontier->now_ms;
	struct play *play;

	frontier->now_ms = now_ms;
	if (!was_set_back)
		return;
	if (frontier->not_before_ms > now_ms)
		frontier->not_before_ms = now_ms;
	if (frontier->started_at_ms > now_ms && !frontier->config.once)
		frontier->started_at_ms = now_ms;
	frontier_servers_go_by(frontier);
	for (play = frontier->plays; play; play = play->hh.next)
		politeness_go_by(play->host, now_ms);
	reckon_anew(frontier);
}

/* Of a host that is not in play, by what the store has of it. */
static enum err move_waiting_host(struct frontier *frontier, const struct host *stored,
				  int64_t was_ms, int64_t step_ms)
{
	struct host *host;
	enum err err;

	if (!politeness_waits(stored, was_ms) ||
	    frontier_find_play(frontier, &stored->key))
		return ERR_OK;
	err = store_acquire_host(frontier->store, &stored->key, SPAN(""), &host);
	if (err)
		return frontier_host_is_lost(err) ? ERR_OK : err;
	politeness_clock_stepped(host, was_ms, step_ms);
	store_release_host(frontier->store, host);
	return ERR_OK;
}

static enum err move_waiting_hosts(struct frontier *frontier, int64_t was_ms,
				   int64_t step_ms)
{
	struct store_walk *walk;
	struct host stored;
	enum err err = store_walk_hosts(frontier->store, &walk);

	if (err)
		return err;
	host_init(&stored);
	while (!err) {
		err = store_walk_host(walk, &stored);
		if (!err)
			err = move_waiting_host(frontier, &stored, was_ms, step_ms);
		else if (err != ERR_NOT_FOUND && frontier_host_is_lost(err))
			err = ERR_OK;
	}
	host_release(&stored);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err frontier_clock_stepped(struct frontier *frontier, int64_t step_ms)
{
	int64_t was_ms = frontier->now_ms;
	struct play *play;

	frontier->now_ms += step_ms;
	if (frontier->not_before_ms)
		frontier->not_before_ms += step_ms;
	if (!frontier->config.once)
		frontier->started_at_ms += step_ms;
	frontier_servers_clock_stepped(frontier, was_ms, step_ms);
	for (play = frontier->plays; play; play = play->hh.next)
		politeness_clock_stepped(play->host, was_ms, step_ms);
	reckon_anew(frontier);
	return move_waiting_hosts(frontier, was_ms, step_ms);
}
