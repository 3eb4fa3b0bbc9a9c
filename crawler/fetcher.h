/*
 * fetcher.h - transports on threads of their own, so that what libcurl costs and what the
 * owner does with its results can happen at the same time.
 *
 * Everything said in transport.h holds: one owner starts fetches, holds bodies, and gets
 * `done` called from its own fetcher_turn(). Hosts are dealt out over the threads, a host
 * keeps to one. Threads and owner share nothing but messages, handed over many at a time,
 * and the count of body octets (REQ 65). With 0 threads there is one transport, run by
 * the owner's own turns, and no message.
 */
#ifndef CRAWLER_FETCHER_H
#define CRAWLER_FETCHER_H

#include "crawler/transport.h"

#define FETCHER_THREADS_MAX 8

struct fetcher;

/* As transport_new(); config->max_connections is of all threads together. */
MUST_CHECK enum err fetcher_new(const struct transport_config *config, unsigned n_threads,
				transport_done *done, void *context,
				struct fetcher **fetcher, struct why *why);
/* Ends what is in flight without calling `done`. */
void fetcher_free(struct fetcher *fetcher);

/* With threads, a start that fails there ends as FETCH_STOPPED. */
MUST_CHECK enum err fetcher_start(struct fetcher *fetcher,
				  const struct fetch_request *request);
/* Waits for the threads to end them; what had come before is reported as it came. */
void fetcher_stop_all(struct fetcher *fetcher);
/* Started and not reported. */
int fetcher_n_in_flight(const struct fetcher *fetcher);
void fetcher_hold(struct fetcher *fetcher, int64_t n_bytes);

int fetcher_fd(const struct fetcher *fetcher);
/* To be called right before the owner sleeps: it hands over what was started, and from
 * now on the next result makes the fd readable. */
int fetcher_timeout_ms(struct fetcher *fetcher);
MUST_CHECK enum err fetcher_turn(struct fetcher *fetcher);

#endif
