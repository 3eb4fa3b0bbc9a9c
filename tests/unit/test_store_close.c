/* test_store_close.c - a store whose disk has failed is closed, even where RocksDB never
 * comes to an end (REQ 81). */
#include "tests/unit/unit.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

#include "store/base/log.h"
#include "store/internal.h"
#include "tests/scratch_store.h"

static struct {
	bool is_stuck;
	sem_t go_on, ended;
	pthread_t closer;
} rocks;

/* In the place of RocksDB's, which store_close() calls through the dynamic linker. */
void rocksdb_close(rocksdb_t *db)
{
	void (*real)(rocksdb_t * db) =
		(__typeof__(real))dlsym(RTLD_NEXT, "rocksdb_close");

	rocks.closer = pthread_self();
	if (!rocks.is_stuck) {
		real(db);
		return;
	}
	sem_wait(&rocks.go_on);
	real(db);
	sem_post(&rocks.ended);
}

/* No test waits until a limit is over. */
int pthread_clockjoin_np(pthread_t thread, void **result, clockid_t clock,
			 const struct timespec *end)
{
	(void)clock, (void)end;
	return rocks.is_stuck ? ETIMEDOUT : pthread_join(thread, result);
}

static void note(void *context, enum log_level level, const char *event,
		 const char *fields)
{
	(void)level, (void)fields;
	if (strcmp(event, "store-left-open") == 0)
		++*(int *)context;
}

static void close_it(struct scratch *s)
{
	store_close(s->store);
	s->store = NULL;
}

static void fail_a_write(struct scratch *s)
{
	char *message = strdup("IO error: No space left on device");

	assert_int_equal(store_take_failure(s->store, message), ERR_IO);
}

static void one_that_never_closes_is_left_and_loses_nothing_REQ81(void **state)
{
	struct scratch *s = *state;
	int n_said = 0;

	scratch_add_pages(s, 3);
	fail_a_write(s);
	log_set_sink(note, &n_said, LOG_WARN);
	rocks.is_stuck = true;
	close_it(s);
	log_set_sink(NULL, NULL, LOG_WARN);
	assert_int_equal(n_said, 1);
	/* In another process RocksDB's lock would be gone by now. */
	sem_post(&rocks.go_on);
	sem_wait(&rocks.ended);
	rocks.is_stuck = false;
	scratch_reopen(s);
	assert_int_equal(store_n_pages(s->store), 3);
}

static void one_that_does_close_is_waited_for(void **state)
{
	struct scratch *s = *state;

	scratch_add_pages(s, 3);
	fail_a_write(s);
	close_it(s);
	assert_false(pthread_equal(rocks.closer, pthread_self()));
	scratch_reopen(s);
	assert_int_equal(store_n_pages(s->store), 3);
}

static void a_sound_one_has_all_the_time_it_wants(void **state)
{
	struct scratch *s = *state;

	scratch_add_pages(s, 3);
	close_it(s);
	assert_true(pthread_equal(rocks.closer, pthread_self()));
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(one_that_never_closes_is_left_and_loses_nothing_REQ81),
		CLAIM(one_that_does_close_is_waited_for),
		CLAIM(a_sound_one_has_all_the_time_it_wants),
	};

	sem_init(&rocks.go_on, 0, 0);
	sem_init(&rocks.ended, 0, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
