/*
 * origin_client.h - a transport and a scripted origin, for tests of what goes over the
 * wire: fetch, wait, look. Results are kept until client_stop().
 */
#ifndef TESTS_ORIGIN_CLIENT_H
#define TESTS_ORIGIN_CLIENT_H

#include "crawler/fetcher.h"
#include "tests/origin.h"

#define CLIENT_RESULTS_MAX 1024

struct client {
	struct origin *origin;
	struct fetcher *fetcher;
	struct fetch_result results[CLIENT_RESULTS_MAX]; /* in the order they ended */
	int n_results;
	bool traces;
};

/* What tests start from: loopback allowed, limits short enough to wait for. */
struct transport_config client_config(void);
/* On how many threads of its own it fetches: $FETCH_THREADS, else none. */
unsigned client_threads(void);
/* Fails the test when it cannot start. `config` may be NULL. */
struct client *client_start(const struct transport_config *config);
/* Another transport, for settings that need the origin's port. */
void client_reconfigure(struct client *client, const struct transport_config *config);
void client_stop(struct client *client);

/* From now on every fetch keeps a trace. */
void client_trace(struct client *client);
/* Begins one; `headers` are extra request lines or NULL. */
void client_begin(struct client *client, const char *url, const char *headers);
/* Turns until everything in flight has ended (or 20 s have passed: a failure). */
void client_wait(struct client *client);
/* Turns for about so long, whatever happens. */
void client_turn_for(struct client *client, int ms);

/* Begins, waits, and returns the result of this one. */
const struct fetch_result *client_fetch(struct client *client, const char *url,
					const char *headers);
/* The same for a path of the origin's first host. */
const struct fetch_result *client_get(struct client *client, const char *path);
const struct fetch_result *client_get_with(struct client *client, const char *path,
					   const char *headers);
/* One path, answered with these bytes; then fetched. */
const struct fetch_result *client_get_raw(struct client *client, const char *path,
					  const void *raw, size_t len,
					  struct origin_manner manner);

#endif
