/*
 * pick.c - what does it cost to find the next page?
 *
 *   make build/release/tools/bench/pick
 *   build/release/tools/bench/pick PAGES HOSTS PICKS [DELAY_MS [DIR]]
 *
 * Fills a store with pages in a steady state: rates and weights spread over decades, each
 * page somewhere within the interval that it deserves at one price. Then hands out PICKS
 * pages in virtual time, one each 1/R, where R is what that price spends, and puts each
 * back as an unchanged visit does. Counts the processor time of the frontier alone, and that
 * of everything, which is what a visit costs without its request.
 *
 * With DIR the store is kept there, and a second time it is used as it stands; its pages
 * then have all that a crawl learns but bodies (scale.py). One that was only seeded is visited
 * from now on. Without, it is made under TMPDIR and removed.
 */
#include <ftw.h>
#include <limits.h>
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
	int64_t delay_ms, start_ms;
	const char *dir;  /* NULL: a store for this once */
	uint64_t hash[8]; /* stands for digests */
	double seconds;   /* of the frontier */
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

/* All threads. */
static double all_cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
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

static void random_hashes(struct bench *b)
{
	for (size_t i = 0; i < ARRAY_SIZE(b->hash); i++) {
		(void)uniform(b);
		b->hash[i] = b->random ^ b->random >> 29;
	}
}

/* What some visits taught, and what the last ones left beside the record. */
static void fill_content(struct bench *b, int64_t at_ms)
{
	struct page *page = &b->page;
	char text[400];

	random_hashes(b);
	memcpy(page->digest.bytes, b->hash, DIGEST_SIZE);
	memcpy(page->text_digest.bytes, b->hash + 2, DIGEST_SIZE);
	memcpy(page->link_digest.bytes, b->hash + 4, DIGEST_SIZE);
	page->simhash = b->hash[6];
	digest_shorten(&page->text_digest);
	digest_shorten(&page->link_digest);
	page->words_hash = (uint32_t)b->hash[7];
	snprintf(text, sizeof(text), "\"%x-%x\"", (unsigned)(b->hash[0] >> 40),
		 (unsigned)(b->hash[1] >> 50));
	die(buf_set(&page->etag, span_of(text)), "etag");
	die(buf_set(&page->last_modified, SPAN("Sun, 01 Nov 2026 10:00:00 GMT")), "date");
	die(buf_set(&page->content_type, SPAN("text/html; charset=utf-8")), "type");
	snprintf(text, sizeof(text), "Article %u of the archive", (unsigned)b->hash[2]);
	die(buf_set(&page->title, span_of(text)), "title");
	page->http_status = 304;
	page->evidence = EVIDENCE_304_STRONG;
	page->body_len = (uint32_t)(b->hash[3] >> 48);
	page->version = page->indexed_version = 1;
	page->n_visits = 10;
	page->n_changes = 2;
	page->first_seen_at_ms = START_MS - 60 * MS_PER_DAY;
	page->last_visit_at_ms = page->last_verified_at_ms = at_ms;
	page->learned_at_ms = page->date_at_ms = at_ms;
	page->last_change_at_ms = page->changed_before_ms = at_ms - MS_PER_DAY;
	page->rate_micro = (uint32_t)fmin(
		1e6 * rate_mean_per_day(learn_posterior(page, 1.0 / 30)), 4e9);
	page->next_visit_reason = REASON_VALUE;
	snprintf(text, sizeof(text),
		 "Server: nginx\nContent-Type: text/html; charset=utf-8\n"
		 "Last-Modified: Sun, 01 Nov 2026 10:00:00 GMT\nETag: %s\n"
		 "Cache-Control: max-age=600\nVary: Accept-Encoding\n",
		 buf_text(&page->etag));
	die(store_put_head(b->store, page, span_of(text)), "headers");
}

static void append_visit(struct bench *b, int64_t at_ms)
{
	struct visit visit = {
		.at_ms = at_ms,
		.verdict = VERDICT_UNCHANGED,
		.evidence = EVIDENCE_304_STRONG,
		.http_status = 304,
		.wire_bytes = 310,
		.elapsed_ms = 40,
	};

	die(store_append_visit(b->store, &b->page.key, &visit), "visit");
	store_count(b->store, COUNT_VERDICT_UNCHANGED, 1, at_ms);
	store_count(b->store, COUNT_STATUS_304, 1, at_ms);
	store_count(b->store, COUNT_REQUESTS, 1, at_ms);
}

/* A host's pages come in runs where the store is kept: thousands of hosts in a commit would
 * be the cost of filling it. */
static size_t host_number(const struct bench *b, size_t i)
{
	return (b->dir ? i / 50 : i) % b->n_hosts;
}

static void put(struct bench *b, size_t i)
{
	char url[80], host[48];
	struct host *h = NULL;
	double due;

	page_clear(&b->page);
	snprintf(host, sizeof(host), "http://h%zu.test", host_number(b, i));
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
	b->page.next_visit_at_ms =
		b->page.position.order_ms + (int64_t)(due * (double)MS_PER_DAY);
	if (b->dir) {
		fill_content(b, b->page.position.order_ms);
		append_visit(b, b->page.position.order_ms);
	}
	die(store_acquire_host(b->store, &b->page.key.host, span_of(host), &h), "host");
	die(store_put_page(b->store, &b->page, h), "page");
	store_release_host(b->store, h);
	if (i % FILL_EVERY == FILL_EVERY - 1)
		die(store_commit(b->store), "commit");
}

/* The job's page as it stands; false: it does not stand there any more. */
static bool admit(struct bench *b, const struct job *job)
{
	page_clear(&b->page);
	die(store_get_page(b->store, &job->entry.key, &b->page), "page");
	if (queue_position_is_same_turn(&b->page.position, &job->entry.position))
		return true;
	die(store_drop_entry(b->store, &job->entry), "entry");
	return false;
}

/* Puts the page back, as a visit that found nothing new. */
static void visited(struct bench *b, const struct job *job, int64_t now_ms)
{
	b->page.stored.position = job->entry.position;
	b->page.stored.certain =
		job->certain && !frontier_has_parked(b->frontier, &job->host->key);
	b->page.last_visit_at_ms = b->page.last_verified_at_ms = now_ms;
	b->page.next_visit_at_ms = now_ms + MS_PER_DAY;
	b->page.n_visits++;
	append_visit(b, now_ms);
	store_note_request(b->store, now_ms);
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
	if (!admit(b, &job)) {
		frontier_finished(b->frontier, job.host);
		return now_ms;
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
	double per_day, now_ms = (double)b->start_ms, from = cpu_seconds(), all;
	size_t classes, i = 0;

	die(prospect_init(&prospect, store_classes(b->store)->n_pages), "classes");
	at = allocation_at_price(AIM_PERIODIC, prospect.lines, prospect.n, PRICE);
	classes = prospect.n;
	per_day = at.visits_per_day;
	prospect_release(&prospect);
	if (!(per_day > 0)) /* nothing is known of any page: each once a month */
		per_day = (double)store_n_pages(b->store) / 30;
	config.schedule.policy = &policy_optimal;
	config.schedule.context.budget_per_s = per_day / 86400;
	config.politeness.host_delay_ms = b->delay_ms;
	die(frontier_new(b->store, &config, b->start_ms, &b->frontier), "frontier");
	printf("%zu classes, R = %.2f/s, start %.0f ms\n", classes, per_day / 86400,
	       1000 * (cpu_seconds() - from));
	for (size_t part = 0; part < 5; part++) {
		size_t end = b->n_picks + n_picks / 5, began = b->n_picks;
		struct rusage usage;

		b->seconds = 0;
		all = all_cpu_seconds();
		while (b->n_picks < end) {
			int64_t next = pick(b, (int64_t)now_ms);

			now_ms =
				fmax(now_ms + (double)MS_PER_DAY / per_day, (double)next);
			if (++i % COMMIT_EVERY == 0)
				commit(b);
		}
		getrusage(RUSAGE_SELF, &usage);
		printf("%8zu picks: %6.2f us each, visits %.1f us, price %.4g, "
		       "%zu hosts in play, %ld MiB\n",
		       b->n_picks, 1e6 * b->seconds / (double)(b->n_picks - began),
		       1e6 * (all_cpu_seconds() - all) / (double)(b->n_picks - began),
		       frontier_price(b->frontier), frontier_n_hosts(b->frontier),
		       usage.ru_maxrss / 1024);
		fflush(stdout);
	}
	frontier_free(b->frontier);
}

/* Never before the visits of the last time. */
static int64_t start_ms(const struct bench *b)
{
	int64_t last_ms = store_last_request_ms(b->store);

	if (!store_classes(b->store)->n_rated)
		return clock_now_ms();
	return last_ms > START_MS ? last_ms : START_MS;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static void fill(struct bench *b)
{
	double from = all_cpu_seconds();

	for (size_t i = 0; i < b->n_pages; i++)
		put(b, i);
	die(store_commit(b->store), "commit");
	printf("%zu pages on %zu hosts, %.1f us each\n", b->n_pages, b->n_hosts,
	       1e6 * (all_cpu_seconds() - from) / (double)b->n_pages);
	fflush(stdout);
}

static void open_store(struct bench *b, const char *dir)
{
	struct store_options options = { .no_sync = !b->dir };
	double from = all_cpu_seconds();
	struct why why = { "" };

	if (store_open(dir, STORE_WRITE, &options, &b->store, &why)) {
		fprintf(stderr, "pick: %s %s\n", dir, why.text);
		exit(1);
	}
	printf("open %.0f ms\n", 1000 * (all_cpu_seconds() - from));
}

int main(int argc, char **argv)
{
	struct bench b = { .random = 1, .delay_ms = 1000 };
	const char *tmp = getenv("TMPDIR");
	char dir[PATH_MAX];
	size_t n_picks;

	if (argc < 4) {
		fprintf(stderr, "usage: pick PAGES HOSTS PICKS [DELAY_MS [DIR]]\n");
		return 2;
	}
	b.n_pages = strtoul(argv[1], NULL, 10);
	b.n_hosts = strtoul(argv[2], NULL, 10);
	n_picks = strtoul(argv[3], NULL, 10);
	if (argc > 4)
		b.delay_ms = strtol(argv[4], NULL, 10);
	b.dir = argc > 5 ? argv[5] : NULL;
	snprintf(dir, sizeof(dir), "%s/freshet-pick-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!b.dir && !mkdtemp(dir)) {
		perror("pick");
		return 1;
	}
	page_init(&b.page);
	open_store(&b, b.dir ? b.dir : dir);
	if (!store_n_pages(b.store))
		fill(&b);
	b.start_ms = start_ms(&b);
	if (n_picks)
		run(&b, n_picks);
	page_release(&b.page);
	store_close(b.store);
	if (!b.dir)
		nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}
