#include "store/base/pool.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct job {
	pool_function *run;
	void *argument;
};

/* A ring; as long as the pool's capacity, so it never overflows. */
struct ring {
	struct job *jobs;
	unsigned head, len;
};

struct worker {
	struct pool *pool;
	unsigned number;
	pthread_t thread;
};

struct pool {
	pthread_mutex_t lock; /* guards the rings and `stopping` */
	pthread_cond_t submitted;
	struct ring queued, done;
	bool stopping;
	unsigned capacity;
	unsigned n_jobs; /* the owner's: no lock */
	int fd;
	unsigned n_workers; /* started and not yet joined */
	struct worker *workers;
};

static void ring_push(struct ring *ring, unsigned capacity, struct job job)
{
	assert(ring->len < capacity);
	ring->jobs[(ring->head + ring->len++) % capacity] = job;
}

static struct job ring_pop(struct ring *ring, unsigned capacity)
{
	struct job job = ring->jobs[ring->head];

	ring->head = (ring->head + 1) % capacity;
	ring->len--;
	return job;
}

/* Held lock. The fd is readable exactly while `done` has been seen to be non-empty. */
static void report_done(struct pool *pool, struct job job)
{
	uint64_t one = 1;

	ring_push(&pool->done, pool->capacity, job);
	if (pool->done.len == 1) {
		/* Cannot fail: the counter is 0 or 1, far below its limit. */
		ssize_t written = write(pool->fd, &one, sizeof(one));

		(void)written;
	}
}

static void *worker_main(void *context)
{
	struct worker *worker = context;
	struct pool *pool = worker->pool;

	pthread_mutex_lock(&pool->lock);
	for (;;) {
		struct job job;

		while (!pool->queued.len && !pool->stopping)
			pthread_cond_wait(&pool->submitted, &pool->lock);
		if (pool->stopping)
			break;
		job = ring_pop(&pool->queued, pool->capacity);
		pthread_mutex_unlock(&pool->lock);
		job.run(job.argument, worker->number);
		pthread_mutex_lock(&pool->lock);
		report_done(pool, job);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* Signals are the owner's business, so workers are born with all of them blocked. */
static enum err start_workers(struct pool *pool, unsigned n_workers)
{
	sigset_t all, before;
	enum err err = ERR_OK;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (!err && pool->n_workers < n_workers) {
		struct worker *worker = &pool->workers[pool->n_workers];

		*worker = (struct worker){ .pool = pool, .number = pool->n_workers };
		if (pthread_create(&worker->thread, NULL, worker_main, worker))
			err = ERR_IO;
		else
			pool->n_workers++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

enum err pool_new(unsigned n_workers, unsigned capacity, struct pool **pool)
{
	struct pool *fresh;
	enum err err = ERR_NOMEM;

	if (!n_workers || !capacity)
		return ERR_INVALID;
	fresh = calloc(1, sizeof(*fresh));
	if (!fresh)
		return ERR_NOMEM;
	pthread_mutex_init(&fresh->lock, NULL);
	pthread_cond_init(&fresh->submitted, NULL);
	fresh->capacity = capacity;
	fresh->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	fresh->queued.jobs = calloc(capacity, sizeof(struct job));
	fresh->done.jobs = calloc(capacity, sizeof(struct job));
	fresh->workers = calloc(n_workers, sizeof(struct worker));
	if (!fresh->queued.jobs || !fresh->done.jobs || !fresh->workers)
		goto out;
	err = fresh->fd < 0 ? ERR_IO : start_workers(fresh, n_workers);
out:
	if (err)
		pool_free(fresh);
	else
		*pool = fresh;
	return err;
}

void pool_stop(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	pthread_cond_broadcast(&pool->submitted);
	pthread_mutex_unlock(&pool->lock);
	while (pool->n_workers)
		pthread_join(pool->workers[--pool->n_workers].thread, NULL);
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	pool_stop(pool);
	if (pool->fd >= 0)
		close(pool->fd);
	pthread_cond_destroy(&pool->submitted);
	pthread_mutex_destroy(&pool->lock);
	free(pool->queued.jobs);
	free(pool->done.jobs);
	free(pool->workers);
	free(pool);
}

bool pool_submit(struct pool *pool, pool_function *run, void *argument)
{
	bool accepted;

	if (pool->n_jobs == pool->capacity)
		return false;
	pthread_mutex_lock(&pool->lock);
	accepted = !pool->stopping;
	if (accepted) {
		ring_push(&pool->queued, pool->capacity, (struct job){ run, argument });
		pthread_cond_signal(&pool->submitted);
	}
	pthread_mutex_unlock(&pool->lock);
	pool->n_jobs += accepted;
	return accepted;
}

bool pool_take(struct pool *pool, void **argument, bool *ran)
{
	bool found = true;
	uint64_t count;

	pthread_mutex_lock(&pool->lock);
	if (pool->done.len) {
		*argument = ring_pop(&pool->done, pool->capacity).argument;
		*ran = true;
	} else if (pool->stopping && pool->queued.len) {
		*argument = ring_pop(&pool->queued, pool->capacity).argument;
		*ran = false;
	} else {
		ssize_t drained = read(pool->fd, &count, sizeof(count));

		(void)drained; /* EAGAIN: it was quiet already */
		found = false;
	}
	pthread_mutex_unlock(&pool->lock);
	pool->n_jobs -= found;
	return found;
}

int pool_fd(const struct pool *pool)
{
	return pool->fd;
}

unsigned pool_n_jobs(const struct pool *pool)
{
	return pool->n_jobs;
}
