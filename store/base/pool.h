/*
 * pool.h - a few threads that do the loop's heavy work: parsing, hashing, compressing.
 *
 * The owner submits jobs and polls pool_fd(); it is readable when finished jobs wait to
 * be taken. Submitting and taking never block and are done by one thread, the owner's.
 * Everything is allocated when the pool is made, so neither can fail half-way, and no
 * more jobs than `capacity` are ever in the pool: queued, running or finished but not
 * taken. Workers block all signals, so these reach the owner.
 */
#ifndef STORE_BASE_POOL_H
#define STORE_BASE_POOL_H

#include <stdbool.h>

#include "store/base/err.h"

/* Runs in a worker. `worker` is its number, from 0: an index into scratch memory that
 * only this worker touches. */
typedef void pool_function(void *argument, unsigned worker);

struct pool;

MUST_CHECK enum err pool_new(unsigned n_workers, unsigned capacity, struct pool **pool);
/* Stops first (see there), then frees; what was not taken is forgotten. */
void pool_free(struct pool *pool);

/* False when the pool is full or stopped; the job is then the caller's still. */
MUST_CHECK bool pool_submit(struct pool *pool, pool_function *run, void *argument);

/* The next finished job's argument, in the order they finished. False when there is
 * none; pool_fd() is then quiet until the next one finishes. After pool_stop() the jobs
 * that nobody began come last, with *ran false. */
MUST_CHECK bool pool_take(struct pool *pool, void **argument, bool *ran);
int pool_fd(const struct pool *pool);

/* Jobs submitted and not yet taken. */
unsigned pool_n_jobs(const struct pool *pool);

/* Lets running jobs finish, begins no other, joins the threads. Then take what is left. */
void pool_stop(struct pool *pool);

#endif
