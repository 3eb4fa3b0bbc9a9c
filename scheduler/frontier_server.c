/*
 * frontier_server.c - servers: what answers at one address, under however many names
 * (REQ 53).
 *
 * A server has so many places, and a request in one of them holds up the next for a share
 * of its host's delay. A host that is ready itself is given a place, or stands in line for
 * one, first come first served: so only hosts with a place compete, and however many stand
 * in line, an event costs the same.
 */
#include <limits.h>
#include <stdlib.h>
#include <utlist.h>

#include "scheduler/frontier_internal.h"

/* Servers of which no host is in play are looked through for those whose delay has passed
 * when there are twice as many as were left the last time, and so many more. */
#define SWEEP_MORE 1024

static int n_places(const struct play *play)
{
	int n = play->rules.per_address;

	if (!n)
		return INT_MAX;
	return n > play->rules.per_host ? n : play->rules.per_host;
}

static bool has_place(const struct play *play)
{
	const struct server *s = play->server;

	return s->n_out + s->n_admitted < n_places(play);
}

/* ---- servers ----------------------------------------------------------------------------- */

static void sweep(struct frontier *frontier)
{
	struct server *s, *next;

	if (HASH_COUNT(frontier->servers) < frontier->sweep_servers_at)
		return;
	HASH_ITER(hh, frontier->servers, s, next)
	{
		if (s->n_plays || s->next_at_ms > frontier->now_ms)
			continue;
		HASH_DELETE(hh, frontier->servers, s);
		free(s);
	}
	frontier->sweep_servers_at = 2 * HASH_COUNT(frontier->servers) + SWEEP_MORE;
}

static int64_t share_of_delay_ms(const struct play *play)
{
	return play->rules.delay_ms / n_places(play);
}

/* The run before may have ended with a request to it (REQ 54). */
static void begin_server(const struct frontier *frontier, const struct play *play,
			 struct server *s)
{
	int64_t asked_at_ms = frontier->asked_at_ms;

	s->delay_ms = share_of_delay_ms(play);
	if (asked_at_ms)
		s->next_at_ms =
			s->delay_ms +
			(asked_at_ms < frontier->now_ms ? asked_at_ms : frontier->now_ms);
}

/* The server at the address, where `play` is; NULL: out of memory. */
static struct server *server_at(struct frontier *frontier, const struct play *play,
				struct span address)
{
	struct server *s;

	HASH_FIND(hh, frontier->servers, address.data, address.len, s);
	if (s)
		return s;
	sweep(frontier);
	s = calloc(1, sizeof(*s) + address.len + 1);
	if (!s)
		return NULL;
	memcpy(s->address, address.data, address.len);
	HASH_ADD_KEYPTR(hh, frontier->servers, s->address, address.len, s);
	if (!s->hh.tbl) {
		free(s);
		return NULL;
	}
	begin_server(frontier, play, s);
	return s;
}

void frontier_free_servers(struct frontier *frontier)
{
	struct server *s, *next;

	HASH_ITER(hh, frontier->servers, s, next)
	{
		HASH_DELETE(hh, frontier->servers, s);
		free(s);
	}
}

/* The clock was set back: no delay is longer for it (REQ 92). */
void frontier_servers_go_by(struct frontier *frontier)
{
	struct server *s;

	for (s = frontier->servers; s; s = s->hh.next)
		if (s->next_at_ms > frontier->now_ms + s->delay_ms)
			s->next_at_ms = frontier->now_ms + s->delay_ms;
}

/* ... and where it is known by how much it was set, none is shorter or longer. */
void frontier_servers_clock_stepped(struct frontier *frontier, int64_t was_ms,
				    int64_t step_ms)
{
	struct server *s;

	for (s = frontier->servers; s; s = s->hh.next)
		if (s->next_at_ms > was_ms)
			s->next_at_ms += step_ms;
}

/* ---- places ------------------------------------------------------------------------------ */

static void step_back(struct play *play)
{
	struct server *s = play->server;

	if (play->in_line)
		DL_DELETE2(s->line, play, line_prev, line_next);
	if (play->admitted)
		s->n_admitted--;
	play->in_line = play->admitted = false;
}

/* A place may be free: it is for whoever is first in line. */
static void admit_next(struct frontier *frontier, struct server *s)
{
	if (s->is_admitting)
		return; /* below, of one that has no use for its place: the loop goes on */
	s->is_admitting = true;
	while (s->line && has_place(s->line)) {
		struct play *play = s->line;

		DL_DELETE2(s->line, play, line_prev, line_next);
		play->in_line = false;
		play->admitted = true;
		s->n_admitted++;
		frontier_settle_later(frontier, play);
	}
	s->is_admitting = false;
}

bool frontier_enter(struct play *play)
{
	struct server *s = play->server;

	if (!s || play->admitted)
		return true;
	if ((!play->in_line && !s->line && has_place(play)) || !play->rules.per_address) {
		step_back(play);
		play->admitted = true;
		s->n_admitted++;
		return true;
	}
	if (!play->in_line)
		DL_APPEND2(s->line, play, line_prev, line_next);
	play->in_line = true;
	return false;
}

void frontier_step_back(struct frontier *frontier, struct play *play)
{
	if (!play->in_line && !play->admitted)
		return;
	step_back(play);
	admit_next(frontier, play->server);
}

void frontier_take_place(struct play *play)
{
	play->n_out++;
	if (!play->server)
		return;
	step_back(play);
	play->server->n_out++;
}

void frontier_give_place_back(struct frontier *frontier, struct play *play)
{
	play->n_out--;
	if (!play->server)
		return;
	play->server->n_out--;
	admit_next(frontier, play->server);
}

int64_t frontier_server_at_ms(const struct play *play)
{
	return play->server && play->rules.per_address ? play->server->next_at_ms : 0;
}

bool frontier_server_is_free(const struct frontier *frontier, const struct play *play)
{
	return !play->server ||
	       (frontier_server_at_ms(play) <= frontier->now_ms &&
		(play->admitted || (!play->server->line && has_place(play))));
}

/* For people and for plans: without memory for it the old one stays. */
static void note_address(struct host *host, struct span address, uint32_t n_hosts)
{
	if (!span_equal(buf_span(&host->address), address) &&
	    buf_set(&host->address, address))
		return;
	host->n_at_address = n_hosts;
}

void frontier_server_started(struct play *play, int64_t now_ms)
{
	struct server *s = play->server;

	if (!s || !play->rules.per_address) {
		note_address(play->host, SPAN(""), 0);
		return;
	}
	s->delay_ms = share_of_delay_ms(play);
	s->next_at_ms = now_ms + s->delay_ms;
	note_address(play->host, span_of(s->address), (uint32_t)s->n_plays);
}

void frontier_server_sent(struct play *play, const struct politeness_sending *sending)
{
	int64_t at_ms = politeness_next_at_ms(sending, share_of_delay_ms(play));
	struct server *s = play->server;

	if (s && play->rules.per_address && s->next_at_ms < at_ms)
		s->next_at_ms = at_ms;
}

int64_t frontier_address_at_ms(const struct frontier *frontier, const struct host *host)
{
	const struct play *play = frontier_find_play(frontier, &host->key);

	return play ? frontier_server_at_ms(play) : 0;
}

void frontier_leave_server(struct frontier *frontier, struct play *play)
{
	struct server *s = play->server;

	if (!s)
		return;
	step_back(play);
	s->n_out -= play->n_out;
	s->n_plays--;
	play->server = NULL;
	admit_next(frontier, s);
}

void frontier_servers_reload(struct frontier *frontier)
{
	struct server *s;

	for (s = frontier->servers; s; s = s->hh.next)
		admit_next(frontier, s);
}

/* ---- which server ------------------------------------------------------------------------ */

bool frontier_knows_address(const struct frontier *frontier, const struct host *host)
{
	const struct play *play = frontier_find_play(frontier, &host->key);

	return !play || play->knows_address || !play->rules.per_address;
}

enum err frontier_host_at(struct frontier *frontier, const struct host *host,
			  struct span address, bool *may_start)
{
	struct play *play = frontier_find_play(frontier, &host->key);
	struct server *s = NULL;

	*may_start = true;
	if (!play)
		return ERR_OK;
	if (address.len && play->rules.per_address) {
		s = server_at(frontier, play, address);
		if (!s)
			return ERR_NOMEM;
	}
	play->knows_address = true;
	if (s != play->server) {
		frontier_leave_server(frontier, play);
		play->server = s;
		if (s) {
			s->n_plays++;
			s->n_out += play->n_out;
		}
		frontier_settle_later(frontier, play);
	}
	/* It has a place already, the last one or one too many. */
	if (s)
		*may_start = !s->line && s->n_out + s->n_admitted <= n_places(play) &&
			     frontier_server_at_ms(play) <= frontier->now_ms;
	return ERR_OK;
}
