/*
 * pick.c - what does it cost to find the next page?
 *
 *   make build/release/tools/bench/pick
 *   build/release/tools/bench/pick PAGES HOSTS PICKS [DELAY_MS]
 *
 * Fills a store with pages in a steady state: rates and weights spread over decades, each
 * page somewhere within the interval that it deserves at one price. Then hands out PICKS
 * pages in virtual time, one each 1/R, where R is what that price spends, and puts each
 * back as an unchanged visit does. Counts the processor time of the frontier alone.
 */
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "scheduler/classes.h"
#include "scheduler/frontier.h"
#include "scheduler/learn.h"
#include "scheduler/plan.h"
#include "scheduler/prospect.h"
#include "store/base/clock.h"

#define START_MS INT64_C(1790000000000)
#define PRICE 0.5
#define COMMIT_EVERY 1000
#define FILL_EVERY 20000

struct bench {
	struct store *store;
	struct frontier *frontier;
	struct page page;
	uint64_t random;
	size_t n_pages, n_hosts, n_picks;
	int64_t delay_ms;
	double seconds; /* of the frontier */
};

static double uniform(struct bench *b)
{
	b->random =
		b->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return ((double)(b->random >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(struct bench *b)
{
	return sqrt(-2 * log(uniform(b))) * cos(6.283185307179586 * uniform(b));
}

static void die(enum err err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "pick: %s: %s\n", what, err_text(err));
	exit(1);
}

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A page visited some ten times, whose rate is not known all too well. */
static void draw_page(struct bench *b)
{
	double rate = exp(1.8 * normal(b)) / 30, visits = 10, tau = 5;
	double changed = -expm1(-rate * tau) * visits;
	struct rate_gamma posterior;

	b->page.weight = (float)pow(1 + uniform(b) * (double)b->n_pages, -0.8) * 1000;
	b->page.rate_a = (float)changed;
	b->page.rate_b = (float)(changed > 0 ? fmin(changed / rate, visits * tau) : 50);
	posterior = learn_posterior(&b->page, 1.0 / 30);
	b->page.value_class = class_of((double)b->page.weight, posterior);
	b->page.worth = class_worth((double)b->page.weight, posterior);
}

static void put(struct bench *b, size_t i)
{
	char url[80], host[48];
	struct host *h = NULL;
	double due;

	page_clear(&b->page);
	snprintf(host, sizeof(host), "http://h%zu.test", i % b->n_hosts);
	snprintf(url, sizeof(url), "%s/page/%zu.html", host, i);
	die(buf_set(&b->page.url, span_of(url)), "page");
	die(page_key_of(span_of(url), &b->page.key), "page");
	draw_page(b);
	due = fmin(class_due_days(b->page.value_class, &b->page.worth, PRICE), 365);
	b->page.verdict = VERDICT_UNCHANGED;
	b->page.position = (struct queue_position){
		.class = b->page.value_class,
		.order_ms = START_MS - (int64_t)(uniform(b) * due * (double)MS_PER_DAY),
		.queued = true,
	};
	die(store_acquire_host(b->store, &b->page.key.host, span_of(host), &h), "host");
	die(store_put_page(b->store, &b->page, h), "page");
	store_release_host(b->store, h);
	if (i % FILL_EVERY == FILL_EVERY - 1)
		die(store_commit(b->store), "commit");
}

/* Puts the page back, as a visit that found nothing new. */
static void visited(struct bench *b, const struct job *job, int64_t now_ms)
{
	page_clear(&b->page);
	die(store_get_page(b->store, &job->entry.key, &b->page), "page");
	b->page.stored.position = job->entry.position;
	b->page.stored.certain = job->certain;
	b->page.position.order_ms = now_ms;
	b->page.position.parked = false;
	die(store_put_page(b->store, &b->page, job->host), "page");
}

static void commit(struct bench *b)
{
	double from;

	die(store_commit(b->store), "commit");
	from = cpu_seconds();
	frontier_committed(b->frontier);
	b->seconds += cpu_seconds() - from;
}

static int64_t pick(struct bench *b, int64_t now_ms)
{
	double from = cpu_seconds();
	struct job job;

	die(frontier_next(b->frontier, now_ms, &job), "next");
	b->seconds += cpu_seconds() - from;
	if (job.kind == JOB_NONE) {
		commit(b);
		return job.next_at_ms > now_ms ? job.next_at_ms : now_ms + 1;
	}
	visited(b, &job, now_ms);
	from = cpu_seconds();
	frontier_started(b->frontier, job.host, now_ms);
	frontier_wake(b->frontier, &b->page.position);
	frontier_finished(b->frontier, job.host);
	b->seconds += cpu_seconds() - from;
	b->n_picks++;
	return now_ms;
}

static void run(struct bench *b, size_t n_picks)
{
	struct prospect prospect;
	struct allocation at;
	struct frontier_config config = { 0 };
	double per_day, now_ms = (double)START_MS, from = cpu_seconds();
	size_t classes, i = 0;

	die(prospect_init(&prospect, store_classes(b->store)->n_pages), "classes");
	at = allocation_at_price(AIM_PERIODIC, prospect.lines, prospect.n, PRICE);
	classes = prospect.n;
	per_day = at.visits_per_day;
	prospect_release(&prospect);
	config.schedule.policy = &policy_optimal;
	config.schedule.context.budget_per_s = per_day / 86400;
	config.politeness.host_delay_ms = b->delay_ms;
	die(frontier_new(b->store, &config, START_MS, &b->frontier), "frontier");
	printf("%zu classes, R = %.2f/s, start %.0f ms\n", classes, per_day / 86400,
	       1000 * (cpu_seconds() - from));
	for (size_t part = 0; part < 5; part++) {
		size_t end = b->n_picks + n_picks / 5, began = b->n_picks;
		struct rusage usage;

		b->seconds = 0;
		while (b->n_picks < end) {
			int64_t next = pick(b, (int64_t)now_ms);

			now_ms =
				fmax(now_ms + (double)MS_PER_DAY / per_day, (double)next);
			if (++i % COMMIT_EVERY == 0)
				commit(b);
		}
		getrusage(RUSAGE_SELF, &usage);
		printf("%8zu picks: %6.2f us each, price %.4g, %zu hosts in play, %ld MiB\n",
		       b->n_picks, 1e6 * b->seconds / (double)(b->n_picks - began),
		       frontier_price(b->frontier), frontier_n_hosts(b->frontier),
		       usage.ru_maxrss / 1024);
		fflush(stdout);
	}
	frontier_free(b->frontier);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

int main(int argc, char **argv)
{
	struct bench b = { .random = 1, .delay_ms = 1000 };
	struct store_options options = { .no_sync = true };
	char dir[] = "/tmp/freshet-pick-XXXXXX";
	struct why why = { "" };
	size_t n_picks;

	if (argc < 4) {
		fprintf(stderr, "usage: pick PAGES HOSTS PICKS [DELAY_MS]\n");
		return 2;
	}
	b.n_pages = strtoul(argv[1], NULL, 10);
	b.n_hosts = strtoul(argv[2], NULL, 10);
	n_picks = strtoul(argv[3], NULL, 10);
	if (argc > 4)
		b.delay_ms = strtol(argv[4], NULL, 10);
	if (!mkdtemp(dir) || store_open(dir, STORE_WRITE, &options, &b.store, &why)) {
		fprintf(stderr, "pick: %s %s\n", dir, why.text);
		return 1;
	}
	page_init(&b.page);
	for (size_t i = 0; i < b.n_pages; i++)
		put(&b, i);
	die(store_commit(b.store), "commit");
	printf("%zu pages on %zu hosts\n", b.n_pages, b.n_hosts);
	fflush(stdout);
	run(&b, n_picks);
	page_release(&b.page);
	store_close(b.store);
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}
