/*
 * transport_watch.c - a thread that ends a connection which lets libcurl not go.
 *
 * libcurl reads an HTTP/2 connection until there is something for the stream or nothing
 * more on the socket. Who sends frames that are for nobody (WINDOW_UPDATE, SETTINGS, empty
 * DATA) faster than they are read keeps it in one call for ever: no time limit is looked
 * at, and no other host has its turn. So somebody else looks: a call that has taken the
 * processor for half a second ends by its socket being shut down.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

#include "crawler/transport_internal.h"
#include "store/base/clock.h"

#define US_PER_SECOND INT64_C(1000000)
#define LOOK_EACH_US (US_PER_SECOND / 10)
/* Of the processor, so that a busy machine or a debugger ends nothing. */
#define CALL_LIMIT_US (US_PER_SECOND / 2)

/* With the lock. The socket that the call is made for; but it serves the timers that are due,
 * too, and so may have read any other of its shard: these are next. What was closed meanwhile
 * is somebody else's by now. */
static void shut_down(struct transport *t)
{
	struct transport_watch *w = &t->watch;

	for (size_t fd = 0; fd < t->n_sockets; fd++)
		if ((w->fd < 0 || w->fd == (int)fd) && t->sockets[fd].is_ours &&
		    t->sockets[fd].shard == w->shard)
			shutdown((int)fd, SHUT_RDWR);
	w->fd = -1;
}

/* With the lock. */
static void look(struct transport *t)
{
	struct transport_watch *w = &t->watch;
	int64_t used_us;

	if (!w->shard)
		return;
	used_us = clock_of_thread_us(w->clock);
	if (w->n_seen == w->n_calls && used_us - w->seen_at_us < CALL_LIMIT_US)
		return;
	if (w->n_seen == w->n_calls)
		shut_down(t);
	w->n_seen = w->n_calls;
	w->seen_at_us = used_us;
}

/* With the lock. While nothing happens it sleeps. */
static void wait_for_more(struct transport_watch *w)
{
	int64_t until_us = clock_monotonic_us() + LOOK_EACH_US;
	struct timespec until = { .tv_sec = (time_t)(until_us / US_PER_SECOND),
				  .tv_nsec = (long)(until_us % US_PER_SECOND) * 1000 };

	w->sleeps = !w->shard && w->n_seen == w->n_calls;
	w->n_seen = w->shard ? w->n_seen : w->n_calls;
	if (w->sleeps) {
		pthread_cond_wait(&w->wake, &w->lock);
		return;
	}
	pthread_cond_timedwait(&w->wake, &w->lock, &until);
}

static void *watch_main(void *context)
{
	struct transport *t = context;

	pthread_setname_np(pthread_self(), "watch");
	pthread_mutex_lock(&t->watch.lock);
	while (!t->watch.quits) {
		look(t);
		wait_for_more(&t->watch);
	}
	pthread_mutex_unlock(&t->watch.lock);
	return NULL;
}

enum err watch_open(struct transport *t, struct why *why)
{
	struct transport_watch *w = &t->watch;
	pthread_condattr_t attributes;
	sigset_t all, before;

	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &attributes);
	pthread_condattr_destroy(&attributes);
	w->is_set_up = true;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	w->runs = !pthread_create(&w->thread, NULL, watch_main, t);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return w->runs ? ERR_OK : why_set(why, ERR_IO, "cannot start a thread");
}

void watch_close(struct transport *t)
{
	struct transport_watch *w = &t->watch;

	if (!w->is_set_up)
		return;
	watch_lock(t);
	w->quits = true;
	pthread_cond_signal(&w->wake);
	watch_unlock(t);
	if (w->runs)
		pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
}

void watch_begin(struct transport *t, struct shard *shard, int fd)
{
	struct transport_watch *w = &t->watch;

	watch_lock(t);
	if (!w->has_clock)
		w->has_clock = !pthread_getcpuclockid(pthread_self(), &w->clock);
	w->shard = w->has_clock ? shard : NULL;
	w->fd = fd;
	w->n_calls++;
	if (w->sleeps)
		pthread_cond_signal(&w->wake);
	w->sleeps = false;
	watch_unlock(t);
}

void watch_end(struct transport *t)
{
	watch_lock(t);
	t->watch.shard = NULL;
	watch_unlock(t);
}

void watch_lock(struct transport *t)
{
	pthread_mutex_lock(&t->watch.lock);
}

void watch_unlock(struct transport *t)
{
	pthread_mutex_unlock(&t->watch.lock);
}
