#include "tests/unit/unit.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include "store/base/pool.h"

#define N_JOBS 200
#define PATIENCE_MS 10000
#define MANY 1000000

struct job {
	int input, output;
	unsigned worker;
};

static void square(void *argument, unsigned worker)
{
	struct job *job = argument;

	job->output = job->input * job->input;
	job->worker = worker;
}

static bool readable(const struct pool *pool, int timeout_ms)
{
	struct pollfd p = { .fd = pool_fd(pool), .events = POLLIN };

	return poll(&p, 1, timeout_ms) == 1;
}

/* A job that waits inside a worker until the test opens the gate. */
struct gate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool entered, open;
};

#define GATE_INIT                                                                 \
	{                                                                         \
		PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false \
	}

static void gate_set(struct gate *gate, bool *what)
{
	pthread_mutex_lock(&gate->lock);
	*what = true;
	pthread_cond_broadcast(&gate->changed);
	pthread_mutex_unlock(&gate->lock);
}

static void gate_await(struct gate *gate, const bool *what)
{
	pthread_mutex_lock(&gate->lock);
	while (!*what)
		pthread_cond_wait(&gate->changed, &gate->lock);
	pthread_mutex_unlock(&gate->lock);
}

static void pass_gate(void *argument, unsigned worker)
{
	struct gate *gate = argument;

	(void)worker;
	gate_set(gate, &gate->entered);
	gate_await(gate, &gate->open);
}

static void every_job_comes_back_done_once(void **unused)
{
	static struct job jobs[N_JOBS];
	struct pool *pool;
	int n_submitted = 0, n_taken = 0;

	(void)unused;
	assert_int_equal(pool_new(3, 16, &pool), ERR_OK);
	while (n_taken < N_JOBS) {
		void *argument;
		bool ran;

		while (n_submitted < N_JOBS) {
			jobs[n_submitted] = (struct job){ n_submitted, -1, 99 };
			if (!pool_submit(pool, square, &jobs[n_submitted]))
				break;
			n_submitted++;
		}
		assert_true(readable(pool, PATIENCE_MS));
		while (pool_take(pool, &argument, &ran)) {
			struct job *job = argument;

			assert_true(ran);
			assert_int_equal(job->output, job->input * job->input);
			assert_true(job->worker < 3);
			job->output = -1; /* a second return would show */
			n_taken++;
		}
	}
	assert_int_equal(pool_n_jobs(pool), 0);
	assert_false(readable(pool, 0));
	pool_free(pool);
}

static void a_full_pool_says_so_until_something_is_taken(void **unused)
{
	struct gate gate = GATE_INIT;
	struct job extra = { 3, 0, 0 };
	struct pool *pool;
	void *argument;
	bool ran;

	(void)unused;
	assert_int_equal(pool_new(1, 2, &pool), ERR_OK);
	assert_true(pool_submit(pool, pass_gate, &gate));
	assert_true(pool_submit(pool, square, &extra));
	assert_false(pool_submit(pool, square, &extra));
	assert_int_equal(pool_n_jobs(pool), 2);
	gate_await(&gate, &gate.entered);
	assert_false(readable(pool, 0));
	gate_set(&gate, &gate.open);
	assert_true(readable(pool, PATIENCE_MS));
	assert_true(pool_take(pool, &argument, &ran));
	assert_ptr_equal(argument, &gate);
	assert_true(pool_submit(pool, square, &extra));
	pool_free(pool);
}

static void *stop_pool(void *pool)
{
	pool_stop(pool);
	return NULL;
}

/* REQ 58: what runs is finished, what was not begun is handed back as such. */
static void stopping_hands_back_what_was_not_begun(void **unused)
{
	struct gate gate = GATE_INIT;
	struct job queued = { 3, -1, 0 };
	pthread_t stopper;
	struct pool *pool;
	void *argument;
	bool ran;

	(void)unused;
	assert_int_equal(pool_new(1, MANY, &pool), ERR_OK);
	assert_true(pool_submit(pool, pass_gate, &gate));
	gate_await(&gate, &gate.entered);
	assert_int_equal(pthread_create(&stopper, NULL, stop_pool, pool), 0);
	/* A pool with room that refuses is stopping; only then may the gate open. */
	while (pool_submit(pool, square, &queued))
		sched_yield();
	assert_true(pool_n_jobs(pool) < MANY);
	gate_set(&gate, &gate.open);
	pthread_join(stopper, NULL);
	assert_true(pool_take(pool, &argument, &ran));
	assert_ptr_equal(argument, &gate);
	assert_true(ran);
	while (pool_take(pool, &argument, &ran)) {
		assert_ptr_equal(argument, &queued);
		assert_false(ran);
	}
	assert_int_equal(queued.output, -1);
	assert_int_equal(pool_n_jobs(pool), 0);
	pool_free(pool);
}

static void note_mask(void *argument, unsigned worker)
{
	sigset_t mask;

	(void)worker;
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	*(int *)argument = sigismember(&mask, SIGTERM);
}

static void signals_are_left_to_the_owner(void **unused)
{
	struct pool *pool;
	int blocked = 0;
	sigset_t mask;

	(void)unused;
	assert_int_equal(pool_new(1, 1, &pool), ERR_OK);
	assert_true(pool_submit(pool, note_mask, &blocked));
	assert_true(readable(pool, PATIENCE_MS));
	pool_free(pool);
	assert_int_equal(blocked, 1);
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	assert_int_equal(sigismember(&mask, SIGTERM), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_job_comes_back_done_once),
		cmocka_unit_test(a_full_pool_says_so_until_something_is_taken),
		cmocka_unit_test(stopping_hands_back_what_was_not_begun),
		cmocka_unit_test(signals_are_left_to_the_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
