/* test_store_disk.c - at whichever call the process dies, the disk fails or the power
 * goes: what was acknowledged is there, and each visit wholly or not at all (law 1, REQ 79,
 * 80, 81, 89).
 *
 *	FAULTS=0    in the environment: every single call, not some of them
 *	test_store_disk [CLAIM]     only this one; * stands for anything */
#include "tests/unit/unit.h"

#include "tests/unit/disk.h"

#include <sys/wait.h>

#include "tests/scratch_visits.h"

#define N_PAGES 4
#define N_VISITS 16

/* What the helper says on stdout: cursors that are safe, and last how many calls it made. */
#define CALLS ((uint64_t)1 << 63)

static void say(uint64_t n)
{
	if (write(STDOUT_FILENO, &n, sizeof(n)) != sizeof(n))
		_exit(2);
}

static enum err visit_all(struct scratch *s)
{
	struct why why = { "" };
	enum err err = store_open(s->dir, STORE_WRITE, NULL, &s->store, &why);

	for (int i = 0; !err && i < N_VISITS; i++) {
		scratch_visit(s, i % N_PAGES);
		err = store_commit(s->store);
		if (!err)
			say(store_last_cursor(s->store));
		if (!err && i % 6 == 3)
			err = store_compact(s->store);
	}
	return err;
}

/* The other process: opens, visits, commits, compacts. */
static int work(const char *fault, const char *dir)
{
	struct scratch s = { .now_ms = 1 };
	enum err err;

	snprintf(s.dir, sizeof(s.dir), "%s", dir);
	page_init(&s.page);
	disk.fault = (enum disk_fault)(int)strtol(fault, NULL, 10);
	disk.at = strtol(strchr(fault, ':') + 1, NULL, 10);
	err = visit_all(&s);
	store_close(s.store);
	page_release(&s.page);
	say(CALLS | (uint64_t)disk.n_calls);
	return err ? 3 : 0;
}

struct outcome {
	int status;    /* of waitpid() */
	uint64_t safe; /* cursor */
	uint64_t n_calls;
};

static struct outcome work_with(const char *dir, enum disk_fault fault, long at)
{
	struct outcome outcome = { .status = 0 };
	char what[40];
	uint64_t said;
	pid_t helper;
	int stop, out;

	snprintf(what, sizeof(what), "%d:%ld", (int)fault, at);
	helper = scratch_start_helper(what, dir, &stop, &out);
	while (read(out, &said, sizeof(said)) == sizeof(said))
		if (said & CALLS)
			outcome.n_calls = said & ~CALLS;
		else
			outcome.safe = said;
	close(out);
	outcome.status = scratch_end_helper(helper, stop);
	return outcome;
}

/* What each trial begins with: made once, and copied. */
static struct scratch *base;

static int make_base(void **state)
{
	scratch_setup(state);
	base = *state;
	scratch_add_pages(base, N_PAGES);
	store_close(base->store);
	base->store = NULL;
	return 0;
}

static struct scratch *new_store(void)
{
	struct scratch *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->now_ms = base->now_ms;
	page_init(&s->page);
	scratch_dir_make(s->dir, "store");
	scratch_copy(base->dir, s->dir);
	return s;
}

static bool is_death(enum disk_fault fault)
{
	return fault != DISK_FAIL && fault != DISK_FAIL_ON;
}

static void try_one(enum disk_fault fault, long at)
{
	struct scratch *s = new_store();
	struct outcome outcome = work_with(s->dir, fault, at);
	void *state = s;
	bool died = WIFSIGNALED(outcome.status) && WTERMSIG(outcome.status) == SIGKILL;
	bool ended = WIFEXITED(outcome.status) && (WEXITSTATUS(outcome.status) == 0 ||
						   WEXITSTATUS(outcome.status) == 3);

	print_message("# fault %d at call %ld: cursor %d is safe\n", (int)fault, at,
		      (int)outcome.safe);
	if (is_death(fault) ? !died && !ended : !ended)
		fail_msg("fault %d at call %ld: status %x", (int)fault, at,
			 (unsigned)outcome.status);
	scratch_reopen(s);
	scratch_must_be_whole(s, N_PAGES, outcome.safe);
	/* ... and it is a store to go on with. */
	scratch_visit(s, 0);
	must(store_commit(s->store), "commit");
	scratch_teardown(&state);
}

static long n_calls_in_all(void)
{
	struct scratch *s = new_store();
	struct outcome outcome = work_with(s->dir, DISK_FAIL, 0);
	void *state = s;

	assert_int_equal(outcome.status, 0);
	assert_int_equal(outcome.safe, N_VISITS);
	scratch_teardown(&state);
	return (long)outcome.n_calls;
}

static void nothing_acknowledged_is_lost_at(enum disk_fault fault)
{
	const char *faults = getenv("FAULTS");
	long n = n_calls_in_all(), points = faults ? strtol(faults, NULL, 10) : 5;

	assert_true(n > 2 * N_VISITS); /* a write and a sync for each commit at least */
	if (!points || points > n)
		points = n;
	for (long i = 0; i < points; i++)
		try_one(fault, 1 + (i * n + (long)fault) / points % n);
}

static void what_cannot_be_made_durable_is_not_handed_out_REQ80(void **state)
{
	struct scratch *s = new_store();
	struct store *reader;
	struct store_walk *walk;
	struct change change;

	(void)state;
	scratch_reopen(s);
	scratch_visit(s, 0);
	must(store_commit(s->store), "commit");
	reader = scratch_open_reader(s);
	disk.at = 1;
	disk.n_calls = 0;
	disk.fault = DISK_FAIL_ON;
	assert_int_equal(store_walk_changes(reader, 0, &walk), ERR_IO);
	disk.fault = DISK_SOUND;
	assert_non_null(strstr(store_failure(reader), ".log' durable: No space left"));
	must(store_walk_changes(reader, 0, &walk), "walk");
	change_init(&change);
	must(store_walk_change(walk, &change), "change");
	change_release(&change);
	store_walk_end(walk);
	store_close(reader);
	scratch_teardown((void *[]){ s });
}

#define CLAIM(name, fault)                              \
	static void name(void **state)                  \
	{                                               \
		(void)state;                            \
		nothing_acknowledged_is_lost_at(fault); \
	}

CLAIM(a_kill_before_any_call_loses_nothing_REQ79, DISK_KILL)
CLAIM(a_kill_behind_any_call_loses_nothing_REQ79, DISK_KILL_AFTER)
CLAIM(a_call_that_fails_once_loses_nothing_REQ89, DISK_FAIL)
CLAIM(a_disk_that_is_full_from_then_on_loses_nothing_REQ81, DISK_FAIL_ON)
CLAIM(a_power_loss_at_any_call_loses_nothing_REQ80, DISK_POWER)
CLAIM(a_power_loss_that_tears_writes_loses_nothing_REQ80, DISK_POWER_TORN)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kill_before_any_call_loses_nothing_REQ79),
		cmocka_unit_test(a_kill_behind_any_call_loses_nothing_REQ79),
		cmocka_unit_test(a_call_that_fails_once_loses_nothing_REQ89),
		cmocka_unit_test(a_disk_that_is_full_from_then_on_loses_nothing_REQ81),
		cmocka_unit_test(a_power_loss_at_any_call_loses_nothing_REQ80),
		cmocka_unit_test(a_power_loss_that_tears_writes_loses_nothing_REQ80),
		cmocka_unit_test(what_cannot_be_made_durable_is_not_handed_out_REQ80),
	};

	if (argc == 3)
		return work(argv[1], argv[2]);
	if (argc == 2)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, make_base, scratch_teardown);
}
