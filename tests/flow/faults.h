/*
 * faults.h - the n-th allocation or the n-th call of the store fails, for a test that is
 * one program.
 *
 * Allocations are those of our own code: the program is linked with --wrap=malloc and the
 * others, which libraries do not see. Calls of RocksDB are met through the dynamic linker.
 * Only threads that are watched count: the one that arms, and those of ours that
 * it starts then.
 */
#ifndef TESTS_FLOW_FAULTS_H
#define TESTS_FLOW_FAULTS_H

#include <dlfcn.h>
#include <pthread.h>
#include <rocksdb/c.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum fault_kind { FAULT_NONE, FAULT_MEMORY, FAULT_STORE };

static struct {
	enum fault_kind kind;
	long at; /* which one fails; 0: none, they are only counted */
	atomic_long n;
	_Atomic(rocksdb_iterator_t *) broken; /* an iterator that is to tell of it */
} fault;
static __thread bool fault_watched;

static void fault_arm(enum fault_kind kind, long at)
{
	fault.at = at;
	fault.broken = NULL;
	fault.n = 0;
	fault.kind = kind;
	fault_watched = true;
}

/* How many there were. */
static long fault_disarm(void)
{
	fault.kind = FAULT_NONE;
	fault_watched = false;
	return fault.n;
}

static bool fault_turn(enum fault_kind kind)
{
	return fault.kind == kind && fault_watched && ++fault.n == fault.at;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t len);

/* ---- threads ------------------------------------------------------------------------- */

struct fault_thread {
	void *(*start)(void *argument);
	void *argument;
};

static void *fault_start(void *argument)
{
	struct fault_thread thread = *(struct fault_thread *)argument;

	free(argument);
	fault_watched = true;
	return thread.start(thread.argument);
}

/* Is it a function of this program, not one of a library? */
static bool fault_is_ours(void *function)
{
	Dl_info ours, its;

	return dladdr((void *)(uintptr_t)fault_start, &ours) && dladdr(function, &its) &&
	       ours.dli_fbase == its.dli_fbase;
}

int pthread_create(pthread_t *id, const pthread_attr_t *attr, void *(*start)(void *),
		   void *argument)
{
	__typeof__(&pthread_create) real = dlsym(RTLD_NEXT, "pthread_create");
	struct fault_thread *thread;

	if (!fault_watched || !fault_is_ours((void *)(uintptr_t)start))
		return real(id, attr, start, argument);
	thread = __real_malloc(sizeof(*thread));
	if (!thread)
		abort();
	*thread = (struct fault_thread){ start, argument };
	return real(id, attr, fault_start, thread);
}

/* ---- memory ---------------------------------------------------------------------------- */

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);

void *__wrap_malloc(size_t size)
{
	return fault_turn(FAULT_MEMORY) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fault_turn(FAULT_MEMORY) ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fault_turn(FAULT_MEMORY) ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
	return fault_turn(FAULT_MEMORY) ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t len)
{
	return fault_turn(FAULT_MEMORY) ? NULL : __real_strndup(text, len);
}

/* ---- the store ------------------------------------------------------------------------- */

#define FAULT_REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static bool fault_says(char **failure)
{
	if (!fault_turn(FAULT_STORE))
		return false;
	*failure = __real_strdup("IO error: planted");
	return true;
}

rocksdb_pinnableslice_t *rocksdb_get_pinned_cf(rocksdb_t *db,
					       const rocksdb_readoptions_t *options,
					       rocksdb_column_family_handle_t *family,
					       const char *key, size_t len,
					       char **failure)
{
	return fault_says(failure) ? NULL
				   : FAULT_REAL(rocksdb_get_pinned_cf)(
					     db, options, family, key, len, failure);
}

void rocksdb_write(rocksdb_t *db, const rocksdb_writeoptions_t *options,
		   rocksdb_writebatch_t *batch, char **failure)
{
	if (!fault_says(failure))
		FAULT_REAL(rocksdb_write)(db, options, batch, failure);
}

unsigned char rocksdb_iter_valid(const rocksdb_iterator_t *it)
{
	if (fault_turn(FAULT_STORE))
		fault.broken = (rocksdb_iterator_t *)(uintptr_t)it;
	return fault.broken == it ? 0 : FAULT_REAL(rocksdb_iter_valid)(it);
}

void rocksdb_iter_get_error(const rocksdb_iterator_t *it, char **failure)
{
	if (fault.broken == it)
		*failure = __real_strdup("IO error: planted");
	else
		FAULT_REAL(rocksdb_iter_get_error)(it, failure);
}

void rocksdb_iter_destroy(rocksdb_iterator_t *it)
{
	if (fault.broken == it)
		fault.broken = NULL;
	FAULT_REAL(rocksdb_iter_destroy)(it);
}

#endif
