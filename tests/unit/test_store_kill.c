/* test_store_kill.c - kill -9 at any moment loses nothing that was committed, and halves
 * nothing (law 1, REQ 78, 79). */
#include "tests/unit/unit.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/scratch_visits.h"

#define N_PAGES 5

static int n_kills(void) /* KILLS in the environment: so many instead */
{
	const char *kills = getenv("KILLS");

	return kills ? (int)strtol(kills, NULL, 10) : 20;
}

/* Visits and commits for ever, and says after each commit which cursor is safe. */
static int visit_on(const char *dir)
{
	struct scratch s = { .now_ms = 1 };
	unsigned random = (unsigned)getpid();
	struct why why;

	snprintf(s.dir, sizeof(s.dir), "%s", dir);
	page_init(&s.page);
	if (store_open(dir, STORE_WRITE, NULL, &s.store, &why))
		return 1;
	for (int i = 0;; i++) {
		uint64_t cursor;

		scratch_visit(&s, i % N_PAGES);
		random = random * 1664525 + 1013904223;
		if (random >> 29)
			continue;
		must(store_commit(s.store), "commit");
		if (random >> 20 & 1 && i % 7 == 0)
			must(store_compact(s.store), "compact");
		cursor = store_last_cursor(s.store);
		if (write(STDOUT_FILENO, &cursor, sizeof(cursor)) != sizeof(cursor))
			return 2;
	}
}

/* The last cursor that the helper called safe before it died. */
static uint64_t kill_after(const char *dir, unsigned n_commits, int then_ms)
{
	uint64_t cursor, safe = 0;
	int stop, out;
	pid_t helper = scratch_start_helper("visit-on", dir, &stop, &out);

	while (n_commits-- && read(out, &cursor, sizeof(cursor)) == sizeof(cursor))
		safe = cursor;
	(void)poll(NULL, 0, then_ms); /* somewhere between, or within, commits */
	assert_int_equal(kill(helper, SIGKILL), 0);
	while (read(out, &cursor, sizeof(cursor)) == sizeof(cursor))
		safe = cursor;
	close(out);
	assert_int_equal(scratch_end_helper(helper, stop), SIGKILL);
	return safe;
}

static void a_visit_is_there_wholly_or_not_at_all(void **state)
{
	struct scratch *s = *state;
	unsigned random = 4711;

	scratch_add_pages(s, N_PAGES);
	for (int i = 0; i < n_kills(); i++) {
		uint64_t safe;

		store_close(s->store);
		s->store = NULL;
		random = random * 1664525 + 1013904223;
		safe = kill_after(s->dir, 1 + (random >> 16) % 20, (random >> 8) % 8);
		scratch_reopen(s);
		scratch_must_be_whole(s, N_PAGES, safe);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_visit_is_there_wholly_or_not_at_all,
						scratch_setup, scratch_teardown),
	};

	if (argc == 3)
		return visit_on(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
