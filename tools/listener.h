/*
 * listener.h - dashboard, API and metrics of a run, over HTTP (REQ 84-86).
 *
 * Nothing here can slow the crawl down: one thread owns every socket, a few workers of low
 * priority read views of the store (store_open_view) and copies of the loop's numbers
 * (live.h), and what changes anything goes through the control socket like every other
 * command's order.
 *
 * Threads: the run's makes and frees a listener and gives it new settings; the listener's
 * own thread has the sockets, libmicrohttpd and each exchange while nobody works on it; a
 * lane's worker has an exchange from its submission till it is taken.
 */
#ifndef TOOLS_LISTENER_H
#define TOOLS_LISTENER_H

#include "store/store.h"
#include "tools/live.h"
#include "tools/settings.h"

struct listener;

/*
 * Listens at settings->listen_address. `settings` moves in; `store` (the one that is
 * written) and `live` must outlive it. ERR_INVALID: it may not listen there without a
 * token, or the token's file is open to others; ERR_IO: the address cannot be had.
 */
MUST_CHECK enum err listener_new(struct settings *settings, struct store *store,
				 struct live *live, struct listener **listener,
				 struct why *why);
/* Ends the requests under way. NULL is allowed. */
void listener_free(struct listener *listener);

/* "http://127.0.0.1:8380/", with the port that was really given. Borrowed. */
const char *listener_url(const struct listener *listener);

/* From now on by these, but for the address and the token; they move in. */
void listener_reload(struct listener *listener, struct settings *settings);

#endif
