/*
 * scratch_store.h - a store in a directory of its own, for the tests of the store.
 *
 * Every function fails the test when something of ours goes wrong.
 */
#ifndef TESTS_SCRATCH_STORE_H
#define TESTS_SCRATCH_STORE_H

#include <sys/types.h>

#include "store/store.h"
#include "tests/scratch_dir.h"

struct scratch {
	char dir[SCRATCH_DIR_SIZE];
	struct store *store; /* open for writing */
	struct host *host;   /* of scratch_page(); NULL until it is used */
	struct page page;    /* for the test's use */
	int64_t now_ms;
};

/* For cmocka_unit_test_setup_teardown(). */
int scratch_setup(void **state);
int scratch_teardown(void **state);
/* Makes `to` a copy of it; whatever was there goes. */
void scratch_copy(const char *dir, const char *to);

/* Turns a bit of the byte over, or back. */
void scratch_flip(const char *path, off_t at);

void must(enum err err, const char *what);
/* Closes without a commit, and opens again. */
void scratch_reopen(struct scratch *s);
struct store *scratch_open_reader(struct scratch *s);

/* Fills `page` with a new one: http://h.example/p<i>, due at now. */
void scratch_page(struct scratch *s, int i, struct page *page);
/* Puts new pages 0..n-1, due one ms after another, and commits. */
void scratch_add_pages(struct scratch *s, int n);
/* Loads page i. */
void scratch_load(struct scratch *s, int i, struct page *page);
void scratch_put(struct scratch *s, struct page *page);
/* The page's body is now `body` and no longer `old`. */
void scratch_swap_body(struct scratch *s, struct page *page, const struct digest *old,
		       struct span body);
/* A record in the feed for `page` under the next cursor, which is returned. */
uint64_t scratch_append_change(struct scratch *s, struct page *page);

/* The parked pages of a host, at most `max`; returns how many. */
size_t scratch_read_parked(struct scratch *s, const struct host_key *host,
			   struct queue_entry *entries, size_t max);

/* Starts this program anew as another process: `helper WHAT DIR`. It ends when we do, and
 * sees the end of its standard input when *stop is closed; its standard output can be read
 * from *out (may be NULL). A fork alone would not do: RocksDB has threads, which may hold
 * locks that the child then waits for. */
pid_t scratch_start_helper(const char *what, const char *dir, int *stop, int *out);
/* Closes `stop` and waits; returns what waitpid() says of it. */
int scratch_end_helper(pid_t helper, int stop);

/* Differences that store_verify() finds, printed; `last` (may be NULL): the last one. */
uint64_t scratch_n_differences(struct store *store, struct why *last);

#endif
