/*
 * soak_year.c - a year of crawling in compressed time: soak_year MINUTES
 *
 * The real loop, transport and store against an origin in another process, with restarts
 * each week, outages and deploys, in virtual time. Prints a table of what might grow and
 * fails when something grows that the numbers of pages and of changes do not explain.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <dirent.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/internal.h"
#include "tests/scratch_store.h"
#include "tests/unit/unit.h"
#include "tools/edit.h"
#include "tools/loop.h"

#define N_HOSTS 8
#define PAGES_PER_HOST 250
#define N_PAGES (N_HOSTS * PAGES_PER_HOST)
#define N_WEEKS 52
#define PORT 18971
#define START_MS INT64_C(1790000000000)

struct sample {
	int week;
	uint64_t n_visits, n_changes;
	double rss_mib, store_mib, cpu_us_per_visit, passed_per_visit;
	int n_fds, n_feed_files;
	uint64_t n_tombstones;
};

struct soak {
	struct scratch scratch; /* only its directory and store */
	struct settings settings;
	int64_t now_ms;
	FILE *to_origin, *from_origin;
	pid_t origin;
	uint64_t n_visits;
};

static double minutes = 20;

static void claim(bool holds, const char *what)
{
	if (!holds)
		fail_msg("does not hold: %s", what);
}

/* ---- the origin ----------------------------------------------------------------------- */

static void address_of(int host, char text[32])
{
	snprintf(text, 32, "127.77.4.%d", host + 1);
}

static void start_origin(struct soak *s)
{
	char addresses[N_HOSTS][32], *argv[N_HOSTS + 4], port[16];
	int in[2], out[2], n = 0;

	snprintf(port, sizeof(port), "%d", PORT);
	argv[n++] = (char *)(uintptr_t) "python3";
	argv[n++] = (char *)(uintptr_t) "tests/soak/origin.py";
	argv[n++] = port;
	for (int i = 0; i < N_HOSTS; i++) {
		address_of(i, addresses[i]);
		argv[n++] = addresses[i];
	}
	argv[n] = NULL;
	assert_int_equal(pipe(in) || pipe(out), 0);
	s->origin = fork();
	assert_true(s->origin >= 0);
	if (!s->origin) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (dup2(in[0], 0) == 0 && dup2(out[1], 1) == 1) {
			close(in[1]);
			execvp(argv[0], argv);
		}
		_exit(99);
	}
	close(in[0]);
	close(out[1]);
	s->to_origin = fdopen(in[1], "w");
	s->from_origin = fdopen(out[0], "r");
}

/* Waits until it says so. */
static void tell_origin(struct soak *s, const char *what, const char *argument)
{
	char answer[16];

	fprintf(s->to_origin, "%s %s\n", what, argument);
	fflush(s->to_origin);
	assert_non_null(fgets(answer, sizeof(answer), s->from_origin));
}

/* ---- the crawl ------------------------------------------------------------------------- */

static void set(struct soak *s, const char *name, const char *value)
{
	struct why why = { "" };

	if (settings_set(&s->settings, span_of(name), span_of(value), SOURCE_FLAG, &why))
		fail_msg("%s", why.text);
}

static void seed_all(struct soak *s)
{
	struct editor editor = { .store = s->scratch.store, .now_ms = s->now_ms };
	char url[100], address[32];
	enum seed_outcome outcome;
	struct why why = { "" };

	for (int i = 0; i < N_PAGES; i++) {
		struct seed seed;

		seed_init(&seed);
		address_of(i % N_HOSTS, address);
		snprintf(url, sizeof(url), "http://%s:%d/page/%d", address, PORT,
			 i / N_HOSTS);
		seed.url = span_of(url);
		if (edit_seed(&editor, &seed, &outcome, &why))
			fail_msg("%s", why.text);
	}
	must(edit_commit(&editor), "commit");
}

/* What the visits cost so far. */
struct cost {
	uint64_t n_visits;
	double cpu_us; /* of this thread; no claim is made of it: who else runs moves it */
	double passed; /* keys that RocksDB stepped over for this thread: old and deleted ones */
};

static struct cost cost_so_far(const struct soak *s)
{
	rocksdb_perfcontext_t *counts = rocksdb_perfcontext_create();
	struct cost cost = { .n_visits = s->n_visits };
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	cost.cpu_us = (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
	cost.passed = (double)rocksdb_perfcontext_metric(
			      counts, rocksdb_internal_key_skipped_count) +
		      (double)rocksdb_perfcontext_metric(
			      counts, rocksdb_internal_delete_skipped_count);
	rocksdb_perfcontext_destroy(counts);
	return cost;
}

static void run_for(struct soak *s, int64_t ms)
{
	struct loop_config config = { .for_ms = ms,
				      .settings = &s->settings,
				      .virtual_now_ms = &s->now_ms,
				      .no_control = true };
	int64_t end_ms = s->now_ms + ms;
	struct loop *loop = NULL;
	struct why why = { "" };

	if (loop_new(s->scratch.store, &config, &loop, &why) || loop_run(loop, &why))
		claim(false, why.text);
	s->n_visits += loop_tally(loop)->n_visits;
	loop_free(loop);
	if (s->now_ms < end_ms)
		s->now_ms = end_ms;
}

/* Without fsync: not the disk is tried here, but what is kept on it. */
static void open_store(struct soak *s)
{
	const struct store_options options = { .no_sync = true };
	struct why why = { "" };

	if (store_open(s->scratch.dir, STORE_WRITE, &options, &s->scratch.store, &why))
		fail_msg("%s", why.text);
	rocksdb_set_perf_level(rocksdb_enable_count);
}

/* ---- what might grow --------------------------------------------------------------------- */

static double rss_mib(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	char line[100], *second;
	long resident;

	must(f && fgets(line, sizeof(line), f) ? ERR_OK : ERR_IO, "statm");
	fclose(f);
	second = strchr(line, ' ');
	resident = second ? strtol(second, NULL, 10) : 0;
	return (double)resident * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

/* How many entries a directory has, and how many bytes they hold. */
static int look_into(const char *dir, double *mib)
{
	struct dirent *e;
	DIR *d = opendir(dir);
	int n = 0;

	assert_non_null(d);
	for (*mib = 0; (e = readdir(d)); n++) {
		struct stat st;

		if (fstatat(dirfd(d), e->d_name, &st, 0) == 0 && S_ISREG(st.st_mode))
			*mib += (double)st.st_size / (1 << 20);
	}
	closedir(d);
	return n - 2;
}

/* What was deleted from a family and still stands in its files. */
static uint64_t tombstones_of(struct store *store, enum family family)
{
	char *text = rocksdb_property_value_cf(store->db, store->families[family],
					       "rocksdb.aggregated-table-properties");
	const char *found = text ? strstr(text, "# deletions=") : NULL;
	uint64_t n = found ? strtoull(found + 12, NULL, 10) : 0;

	rocksdb_free(text);
	return n;
}

static int n_files_of(struct store *store, enum family family)
{
	const rocksdb_livefiles_t *files = rocksdb_livefiles(store->db);
	int n = 0;

	for (int i = 0; i < rocksdb_livefiles_count(files); i++)
		n += strcmp(rocksdb_livefiles_column_family_name(files, i),
			    store_family_name(family)) == 0;
	rocksdb_livefiles_destroy(files);
	return n;
}

/* `before` and `after`: this week. */
static struct sample take_sample(struct soak *s, int week, const struct cost *before,
				 const struct cost *after)
{
	struct store *store = s->scratch.store;
	double n = (double)(after->n_visits - before->n_visits);
	struct sample sample = {
		.week = week,
		.n_visits = s->n_visits,
		.rss_mib = rss_mib(),
		.cpu_us_per_visit = n > 0 ? (after->cpu_us - before->cpu_us) / n : 0,
		.passed_per_visit = n > 0 ? (after->passed - before->passed) / n : 0,
	};
	struct store_walk *walk;
	struct change change;
	double unused;

	change_init(&change);
	must(store_walk_changes(store, 0, &walk), "walk");
	while (!store_walk_change(walk, &change))
		sample.n_changes++;
	store_walk_end(walk);
	change_release(&change);
	sample.n_fds = look_into("/proc/self/fd", &unused);
	(void)look_into(s->scratch.dir, &sample.store_mib);
	sample.n_tombstones =
		tombstones_of(store, FAMILY_QUEUE) + tombstones_of(store, FAMILY_PARKED);
	sample.n_feed_files = n_files_of(store, FAMILY_FEED);
	printf("%4d %9d %9d %8.1f %8.1f %4d %10d %10d %8.1f %12.2f\n", week,
	       (int)sample.n_visits, (int)sample.n_changes, sample.rss_mib,
	       sample.store_mib, sample.n_fds, sample.n_feed_files,
	       (int)sample.n_tombstones, sample.cpu_us_per_visit,
	       sample.passed_per_visit);
	fflush(stdout);
	return sample;
}

/* ---- the year ---------------------------------------------------------------------------- */

/* Two days of each second week a host is down; every sixth week all of them, for a day. */
static void live_a_week(struct soak *s, int week)
{
	char number[16], address[32];
	bool all = week % 6 == 5;

	snprintf(number, sizeof(number), "%d", week);
	tell_origin(s, "deploy", number);
	run_for(s, 3 * MS_PER_DAY);
	for (int i = 0; i < N_HOSTS; i++) {
		address_of(i, address);
		if (all || (week % 2 && i == week % N_HOSTS))
			tell_origin(s, "down", address);
	}
	run_for(s, all ? MS_PER_DAY : 2 * MS_PER_DAY);
	for (int i = 0; i < N_HOSTS; i++) {
		address_of(i, address);
		tell_origin(s, "up", address);
	}
	run_for(s, all ? 3 * MS_PER_DAY : 2 * MS_PER_DAY);
	must(store_commit(s->scratch.store), "commit");
	claim(scratch_n_differences(s->scratch.store, NULL) == 0, "db verify is clean");
	store_close(s->scratch.store);
	open_store(s);
}

static void check_growth(const struct sample *first, const struct sample *last)
{
	uint64_t more_changes = last->n_changes - first->n_changes;

	claim(last->rss_mib < first->rss_mib + 48, "memory does not grow");
	claim(last->n_fds < first->n_fds + 40, "descriptors do not grow");
	claim(last->n_feed_files <= 12, "a feed of some megabytes is in few files");
	/* A feed record has some 300 bytes, a history up to 64 visits of 40. */
	claim(last->store_mib < 2 * first->store_mib +
					(double)more_changes * 600 / (1 << 20) +
					N_PAGES * 64.0 * 40 / (1 << 20),
	      "the store grows with pages and changes only");
	claim(last->n_tombstones < 4 * N_PAGES + 2 * first->n_tombstones,
	      "the queues do not fill with tombstones");
	claim(last->passed_per_visit < 2 * first->passed_per_visit + 2,
	      "a visit steps over no more dead keys");
}

static void a_year_grows_nothing_that_its_pages_do_not_explain(void **state)
{
	int64_t end_us = clock_monotonic_us() + (int64_t)(minutes * 60e6);
	struct sample first = { .week = -1 }, last = { .week = -1 };
	struct soak s = { .now_ms = START_MS };
	char ready[16];

	(void)state;
	scratch_dir_make(s.scratch.dir, "soak");
	start_origin(&s);
	must(settings_default(&s.settings), "settings");
	set(&s, "fetch.allow_net", "127.0.0.0/8");
	set(&s, "schedule.budget", "2500/d");
	set(&s, "fetch.timeout", "3s");
	open_store(&s);
	seed_all(&s);
	assert_non_null(fgets(ready, sizeof(ready), s.from_origin));
	printf("week    visits   changes  rss_mib store_mib fds feed_files tombstones us/visit "
	       "passed/visit\n");
	for (int week = 0; week < N_WEEKS && clock_monotonic_us() < end_us; week++) {
		struct cost before = cost_so_far(&s), after;

		live_a_week(&s, week);
		after = cost_so_far(&s);
		last = take_sample(&s, week, &before, &after);
		if (week == 2)
			first = last;
	}
	printf("%d weeks of the year: %s\n", last.week + 1,
	       last.week + 1 == N_WEEKS ? "all of it" : "as far as the time went");
	claim(first.week >= 0, "there is time for three weeks");
	check_growth(&first, &last);
	store_close(s.scratch.store);
	settings_release(&s.settings);
	scratch_remove(s.scratch.dir);
	fclose(s.to_origin);
	waitpid(s.origin, NULL, 0);
	fclose(s.from_origin);
}

/* One test of cmocka's, which keeps to itself what its asserts say outside of one. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_year_grows_nothing_that_its_pages_do_not_explain),
	};

	if (argc > 1)
		minutes = strtod(argv[1], NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
