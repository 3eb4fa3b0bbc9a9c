/* test_kill.c - a run dies by kill -9 in the very turn in which it has heard a server's word,
 * and the next one keeps to it (REQ 54, 55); and what that costs of commits. */
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "tests/scratch_store.h"
#include "tests/steps.h"

#define EMPTY "Content-Length: 0\r\n\r\n"

/* ---- the run that dies, a process of its own ----------------------------------------------- */

static struct {
	struct loop *loop;
	int64_t now_ms;
	uint64_t after_n_requests;
} victim;

/* At the end of a turn that has taken the answer: nothing more of that turn is to come. */
static void die_in_time(void *context, int64_t now_ms)
{
	const struct loop_tally *tally = loop_tally(victim.loop);

	(void)context;
	if (tally->n_requests < victim.after_n_requests || tally->n_in_flight)
		return;
	if (write(STDOUT_FILENO, &now_ms, sizeof(now_ms)) == sizeof(now_ms))
		(void)raise(SIGKILL);
}

/* `what`: after how many requests, @, and its clock. */
static int run_until_killed(const char *what, const char *dir)
{
	struct settings settings;
	struct loop_config config = { .settings = &settings,
				      .for_ms = MS_PER_HOUR,
				      .virtual_now_ms = &victim.now_ms,
				      .no_control = true,
				      .progress = die_in_time };
	struct store *store;
	struct why why = { "" };
	char *end;

	victim.after_n_requests = strtoull(what, &end, 10);
	victim.now_ms = strtoll(end + 1, NULL, 10);
	must(settings_default(&settings), "settings");
	must(settings_set(&settings, SPAN("fetch.allow_net"), SPAN("127.0.0.0/8"),
			  SOURCE_FLAG, &why),
	     "setting");
	must(store_open(dir, STORE_WRITE, NULL, &store, &why), why.text);
	must(loop_new(store, &config, &victim.loop, &why), why.text);
	must(loop_run(victim.loop, &why), why.text);
	return 1; /* it should have died long since */
}

static void run_and_kill(struct world *w, int after_n_requests)
{
	char what[64];
	int stop, out;
	pid_t run;

	store_close(w->store);
	w->store = NULL;
	snprintf(what, sizeof(what), "%d@%lld", after_n_requests, (long long)w->now_ms);
	run = scratch_start_helper(what, w->dir, &stop, &out);
	assert_int_equal(read(out, &w->now_ms, sizeof(w->now_ms)), sizeof(w->now_ms));
	close(out);
	assert_int_equal(scratch_end_helper(run, stop), SIGKILL);
	world_restart(w);
}

/* ---- what it was told ---------------------------------------------------------------------- */

static void what_a_server_said_outlives_kill_9_REQ54_55(void **state)
{
	static const struct {
		const char *robots, *page;
		int after_n_requests;
		int64_t least_ms; /* from then on until the host is asked again */
	} rows[] = {
		{ ORIGIN_NOT_FOUND, "HTTP/1.1 503 x\r\nRetry-After: 3600\r\n" EMPTY, 2,
		  MS_PER_HOUR },
		/* our own back-off: a minute, give or take */
		{ ORIGIN_NOT_FOUND, "HTTP/1.1 429 x\r\n" EMPTY, 2, 54 * MS_PER_SECOND },
		{ "HTTP/1.1 503 x\r\n" EMPTY, ORIGIN_NOT_FOUND, 1, 54 * MS_PER_SECOND },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\n"
		  "User-agent: *\nCrawl-delay: 9",
		  ORIGIN_NOT_FOUND, 1, 9 * MS_PER_SECOND },
		/* nothing: the delay of the settings */
		{ ORIGIN_NOT_FOUND, ORIGIN_NOT_FOUND, 1, MS_PER_SECOND },
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t n = (size_t)rows[i].after_n_requests;

		if (i) {
			assert_int_equal(world_teardown(state), 0);
			assert_int_equal(world_setup(state), 0);
			w = *state;
		}
		step_reply(w, "/robots.txt", rows[i].robots);
		step_reply(w, "/a", rows[i].page);
		world_seed(w, "/a");
		run_and_kill(w, rows[i].after_n_requests);
		assert_int_equal(origin_n_requests(w->origin, ANY_PATH), n);
		world_run_for(w, rows[i].least_ms - 1);
		if (origin_n_requests(w->origin, ANY_PATH) != n)
			fail_msg("row %zu: asked too early", i);
		world_run_for(w, rows[i].least_ms);
		if (origin_n_requests(w->origin, ANY_PATH) == n)
			fail_msg("row %zu: not asked any more", i);
		assert_int_equal(world_n_differences(w), 0);
	}
}

/* ---- what that costs ------------------------------------------------------------------------- */

static enum err count_commit(void *context)
{
	++*(size_t *)context;
	return ERR_OK;
}

/* All four are asked at once, and answer one after another. */
static void answer_four(struct world *w, const char *reply)
{
	for (unsigned i = 0; i < 4; i++) {
		struct origin_manner manner = { .delay_ms = 20 * i };
		char path[16];

		snprintf(path, sizeof(path), "/%u", i);
		origin_reply_as(w->origin, path, ANY_REQUEST, reply, strlen(reply),
				manner);
	}
}

/* On that many hosts. */
static void see_four(struct world *w, int n_hosts)
{
	static const char *const paths[] = { "/0", "/1", "/2", "/3" };

	w->settings.schedule_budget_per_s =
		0; /* none: the clock stands still meanwhile */
	world_set(w, "fetch.per_host", "4");
	world_set(w, "fetch.per_address", "4");
	for (int i = 0; i < 4; i++)
		world_seed_on(w, i % n_hosts, paths[i]);
	answer_four(w, ORIGIN_NOT_FOUND);
	world_run_once(w);
}

/* How often a run commits in which the pages answer so. */
static size_t n_commits_of(struct world *w, const char *reply)
{
	size_t n = 0, before = origin_n_requests(w->origin, ANY_PATH);

	world_sleep(w, MS_PER_HOUR);
	answer_four(w, reply);
	store_before_commit(w->store, count_commit, &n);
	w->force = true;
	world_run_once(w);
	store_before_commit(w->store, NULL, NULL);
	assert_int_equal(origin_n_requests(w->origin, ANY_PATH) - before, 4);
	return n;
}

static void a_rest_is_committed_once_REQ55(void **state)
{
	static const char busy[] = "HTTP/1.1 503 x\r\nRetry-After: 60\r\n" EMPTY;
	struct world *w = *state;
	size_t n;

	world_set(w, "fetch.host_delay", "0s");
	see_four(w, 1);
	n = n_commits_of(w, ORIGIN_NOT_FOUND);
	assert_in_range(n_commits_of(w, busy), 1, n + 1);
}

/* A run after an unclean end begins with the delay. */
static void a_rest_within_the_delay_costs_no_commit_REQ55(void **state)
{
	static const char busy[] = "HTTP/1.1 503 x\r\nRetry-After: 2\r\n" EMPTY;
	struct world *w = *state;
	size_t n;

	world_set(w, "fetch.host_delay", "2s");
	see_four(w, 4);
	n = n_commits_of(w, ORIGIN_NOT_FOUND);
	assert_int_equal(n_commits_of(w, busy), n);
}

#define flow(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		flow(what_a_server_said_outlives_kill_9_REQ54_55),
		flow(a_rest_is_committed_once_REQ55),
		flow(a_rest_within_the_delay_costs_no_commit_REQ55),
	};

	if (argc == 3)
		return run_until_killed(argv[1], argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
