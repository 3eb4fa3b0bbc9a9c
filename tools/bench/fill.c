/*
 * fill.c - a store as it stands after two months of recrawling, without the recrawling.
 *
 *	make build/release/tools/bench/fill
 *	build/release/tools/bench/fill DIR PAGES [HOSTS [hostile]]
 *
 * For looking at reports, and for measuring them. Each page lives its visits in virtual
 * time up to now: what they find is drawn, what they teach, where they lead and what is
 * counted is reckoned as in a run. No histories and no bodies. `hostile`: the names of
 * hosts, and the URLs that their troubles name, try to be markup.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "scheduler/calibration.h"
#include "scheduler/learn.h"
#include "scheduler/plan.h"
#include "store/base/clock.h"
#include "store/internal.h" /* to tell hours what they would have known */

#define LIFE_MS (60 * MS_PER_DAY)
#define PRICE 0.12
#define COMMIT_EVERY 5000
#define HOURS (LIFE_MS / MS_PER_HOUR + 1)

/* What sort of origin a host is; all its pages are alike in this. */
struct site {
	char name[96];
	double rate;            /* of a middling page, changes a day */
	enum evidence evidence; /* of its 304s; EVIDENCE_DIGEST: none work */
	bool is_down, is_blocked;
};

struct fill {
	struct store *store;
	uint64_t random;
	int64_t now_ms;
	size_t n_pages, n_hosts;
	bool hostile;
	struct plan_config plan;
	struct page page;
	struct host *host;
	struct site site;
	/* pages that come to a state (or leave it, below 0) in an hour of their lives */
	int64_t came[HOURS][N_STATES];
};

static double uniform(struct fill *f)
{
	f->random =
		f->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return ((double)(f->random >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(struct fill *f)
{
	return sqrt(-2 * log(uniform(f))) * cos(6.283185307179586 * uniform(f));
}

static void die(enum err err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "fill: %s: %s\n", what, err_text(err));
	exit(1);
}

/* ---- what a visit finds ---------------------------------------------------------------- */

static enum verdict draw_verdict(struct fill *f, double rate, int64_t tau_ms)
{
	double changed = -expm1(-rate * (double)tau_ms / (double)MS_PER_DAY);

	if (f->site.is_blocked)
		return VERDICT_BLOCKED;
	if (f->site.is_down || uniform(f) < 0.004)
		return VERDICT_ERROR;
	if (!f->page.n_visits)
		return VERDICT_NEW;
	if (uniform(f) < 0.001 || f->page.verdict == VERDICT_GONE)
		return VERDICT_GONE;
	if (uniform(f) < 0.01)
		return VERDICT_MINOR;
	return uniform(f) < changed ? VERDICT_CHANGED : VERDICT_UNCHANGED;
}

static void fill_content(struct fill *f, struct observation *o)
{
	char tag[32];

	o->digest.bytes[0] = (uint8_t)(1 + f->random % 250);
	memcpy(o->digest.bytes + 1, &f->random, sizeof(f->random));
	o->text_digest = o->digest;
	o->complete_200 = true;
	o->body_len = o->wire_bytes = (uint32_t)(4000 + 40000 * uniform(f));
	snprintf(tag, sizeof(tag), "%s\"%x\"",
		 f->site.evidence == EVIDENCE_304_WEAK ? "W/" : "",
		 (unsigned)o->body_len);
	if (f->site.evidence == EVIDENCE_304_STRONG ||
	    f->site.evidence == EVIDENCE_304_WEAK)
		die(buf_set(&o->etag, span_of(tag)), "tag");
	if (f->site.evidence == EVIDENCE_304_DATE)
		die(buf_set(&o->last_modified, SPAN("Sun, 01 Nov 2026 10:00:00 GMT")),
		    "date");
}

static void observe(struct fill *f, struct observation *o, enum verdict verdict)
{
	static const uint16_t statuses[N_VERDICTS] = {
		[VERDICT_NEW] = 200,   [VERDICT_UNCHANGED] = 304, [VERDICT_CHANGED] = 200,
		[VERDICT_MINOR] = 200, [VERDICT_GONE] = 404,      [VERDICT_ERROR] = 503,
	};
	bool honours = f->site.evidence != EVIDENCE_DIGEST;

	o->verdict = (uint8_t)verdict;
	o->http_status = statuses[verdict];
	o->answered = o->http_status != 0;
	o->not_found = verdict == VERDICT_GONE;
	o->conditional = f->page.n_visits && f->site.evidence != EVIDENCE_NONE;
	o->wire_bytes = o->answered ? 300 : 0;
	if (verdict == VERDICT_UNCHANGED) {
		o->evidence = (uint8_t)f->site.evidence;
		o->http_status = honours ? 304 : 200;
		o->bytes_saved = honours ? 20000 : 0;
		o->same_bytes = !honours;
	} else if (o->http_status == 200) {
		o->evidence = verdict == VERDICT_MINOR ? EVIDENCE_TEXT : EVIDENCE_BODY;
		fill_content(f, o);
	} else {
		o->evidence = EVIDENCE_STATUS;
	}
}

/* ---- as a run records it ---------------------------------------------------------------- */

static void count(struct fill *f, const struct observation *o, bool announced)
{
	enum counter class = (enum counter)(COUNT_STATUS_0 + o->http_status / 100);
	const struct {
		enum counter counter;
		int64_t more;
	} counts[] = {
		{ (enum counter)(COUNT_VERDICT_NONE + o->verdict), 1 },
		{ (enum counter)(COUNT_EVIDENCE_NONE + o->evidence), 1 },
		{ (enum counter)(COUNT_BYTES_NONE + o->verdict), o->wire_bytes },
		{ COUNT_BYTES_SAVED, o->bytes_saved },
		{ COUNT_REQUESTS, o->verdict != VERDICT_BLOCKED },
		{ COUNT_REQUESTS_CONDITIONAL, o->conditional },
		{ class, 1 },
		{ COUNT_STATUS_304, o->http_status == 304 },
		{ COUNT_USELESS_200, o->conditional && o->same_bytes },
		{ COUNT_AUDITS, f->random % 37 == 0 && o->http_status == 304 },
		{ COUNT_CHANGES_TOLD, announced },
	};

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		if (counts[i].more)
			store_count(f->store, counts[i].counter, counts[i].more,
				    o->at_ms);
	f->host->n_requests++;
	f->host->n_not_modified += o->http_status == 304;
	f->host->n_ok += o->http_status == 200;
	f->host->n_errors += o->http_status >= 400;
	f->host->n_useless_200 += o->conditional && o->same_bytes;
	f->host->wire_bytes += o->wire_bytes;
}

static void visit(struct fill *f, double rate, int64_t at_ms)
{
	double prior = learn_prior_per_day(store_classes(f->store), f->host);
	struct page *page = &f->page;
	struct observation o;
	struct change change;
	enum lesson lesson;
	bool announce = false;

	observation_init(&o);
	change_init(&change);
	o.at_ms = at_ms;
	observe(f, &o, draw_verdict(f, rate, at_ms - page->last_visit_at_ms));
	lesson = learn_visit(page, &o, prior);
	if (lesson != LESSON_NONE)
		calibration_count(f->store, (double)o.predicted, lesson == LESSON_CHANGED,
				  at_ms);
	die(page_observe(page, &o, &change, &announce), "visit");
	page->has_body = false; /* none is kept */
	plan_next_visit(&f->plan, page, f->host, &o, at_ms);
	count(f, &o, announce);
	observation_release(&o);
	change_release(&change);
}

static void came(struct fill *f, int64_t at_ms, enum page_state state, int n)
{
	f->came[(at_ms - (f->now_ms - LIFE_MS)) / MS_PER_HOUR][state] += n;
}

/* The indexer acknowledges what it was told half a day before. */
static void take_in(struct fill *f, struct page *page)
{
	int64_t at_ms = page->last_change_at_ms + MS_PER_DAY / 2;

	if (page->indexed_version == page->version || at_ms > f->now_ms)
		return;
	came(f, at_ms, page_state(page), -1);
	page->indexed_version = page->version;
	came(f, at_ms, page_state(page), 1);
}

/* From its seeding until now; the indexer is half a day behind. */
static void live(struct fill *f, double rate)
{
	int64_t at_ms = f->now_ms - LIFE_MS +
			(int64_t)(uniform(f) * uniform(f) * (double)(20 * MS_PER_DAY));
	struct page *page = &f->page;

	page->next_visit_at_ms = at_ms;
	page->position = (struct queue_position){ .order_ms = at_ms, .queued = true };
	for (; at_ms <= f->now_ms; at_ms = page->next_visit_at_ms +
					   (int64_t)(uniform(f) * (double)MS_PER_HOUR)) {
		came(f, at_ms, page_state(page), -1);
		visit(f, rate, at_ms);
		came(f, at_ms, page_state(page), 1);
		take_in(f, page);
	}
}

/* ---- pages and hosts ---------------------------------------------------------------------- */

static void draw_site(struct fill *f, size_t i)
{
	static const enum evidence evidences[] = {
		EVIDENCE_304_STRONG, EVIDENCE_304_STRONG, EVIDENCE_304_WEAK,
		EVIDENCE_304_DATE,   EVIDENCE_DIGEST,
	};
	static const char *const words[] = { "docs", "news", "shop", "wiki", "blog" };
	struct page_key key;
	char url[128];

	f->site = (struct site){
		.rate = exp(0.9 * normal(f)) / 60,
		.evidence = evidences[(i * 7 + 1) % ARRAY_SIZE(evidences)],
		.is_down = i % 17 == 11,
		.is_blocked = i % 29 == 23,
	};
	snprintf(f->site.name, sizeof(f->site.name), "https://%s%zu.example",
		 words[i % ARRAY_SIZE(words)], i);
	snprintf(url, sizeof(url), "%s/", f->site.name);
	die(page_key_of(span_of(url), &key), "host");
	die(store_acquire_host(f->store, &key.host, span_of(f->site.name), &f->host),
	    "host");
	f->host->robots_state = ROBOTS_STATE_PARSED;
	f->host->n_failures_in_a_row = f->site.is_down ? 40 : 0;
	f->host->backoff_until_ms = f->site.is_down ? f->now_ms + MS_PER_HOUR : 0;
}

static void make_hostile(struct fill *f)
{
	static const char name[] =
		"javascript:alert('name')//\"><img src=x onerror=alert(1)>"
		"</script><script>alert(2)</script>";
	static const char url[] = "https://h.example/?</script><svg onload=alert(3)>";

	die(buf_set(&f->host->name, span_of(name)), "name");
	die(anomaly_note(&f->host->anomalies, 1u << ANOMALY_FALSE_304, span_of(url),
			 f->now_ms),
	    "anomaly");
	f->host->n_false_304 = 3;
	f->host->dirty = true;
}

/* Some hosts have many pages, most have few. */
static size_t n_pages_until(const struct fill *f, size_t host)
{
	double all = pow((double)f->n_hosts, 0.4);

	return (size_t)((double)f->n_pages * pow((double)host + 1, 0.4) / all + 0.5);
}

static void put(struct fill *f, size_t i, size_t number)
{
	struct page *page = &f->page;
	char url[128];

	page_clear(page);
	snprintf(url, sizeof(url), "%s/page/%zu.html", f->site.name, number);
	die(buf_set(&page->url, span_of(url)), "page");
	die(page_key_of(span_of(url), &page->key), "page");
	page->first_seen_at_ms = f->now_ms - LIFE_MS;
	came(f, page->first_seen_at_ms, STATE_UNFETCHED, 1);
	page->weight = (float)exp(0.7 * normal(f));
	if (uniform(f) > 0.01)
		live(f, f->site.rate * exp(1.3 * normal(f)));
	else
		plan_at_once(page, REASON_NEVER_FETCHED, f->now_ms - MS_PER_MINUTE);
	die(store_put_page(f->store, page, f->host), "page");
	if (i % COMMIT_EVERY == COMMIT_EVERY - 1)
		die(store_commit(f->store), "commit");
}

/* Pages were filled in one by one: each hour is told how all of them stood at its end. */
static void tell_hours(struct fill *f)
{
	int64_t now[N_STATES], sum[N_STATES] = { 0 };

	memcpy(now, f->store->totals.n, sizeof(now));
	for (int64_t hour = 0; hour < HOURS; hour++) {
		int64_t at_ms = f->now_ms - LIFE_MS + hour * MS_PER_HOUR;

		for (int s = 0; s < N_STATES; s++)
			sum[s] += f->came[hour][s];
		memcpy(f->store->totals.n, sum, sizeof(sum));
		store_count(f->store, COUNT_VERDICT_NONE, 0, at_ms);
		die(store_commit(f->store), "hour");
	}
	memcpy(f->store->totals.n, now, sizeof(now));
	store_count(f->store, COUNT_VERDICT_NONE, 0, f->now_ms);
	die(store_commit(f->store), "hour");
}

static void fill(struct fill *f)
{
	size_t done = 0;

	page_init(&f->page);
	f->plan.context.n_pages = f->n_pages;
	for (size_t i = 0; i < f->n_hosts && done < f->n_pages; i++) {
		size_t end = n_pages_until(f, i);

		draw_site(f, i);
		if (f->hostile && i % 2 == 0)
			make_hostile(f);
		for (; done < end; done++)
			put(f, done, done);
		store_release_host(f->store, f->host);
	}
	die(store_commit(f->store), "commit");
	tell_hours(f);
	page_release(&f->page);
}

int main(int argc, char **argv)
{
	static struct fill f;

	f = (struct fill){
		.random = 20261126,
		.now_ms = clock_now_ms(),
		.n_pages = argc > 2 ? strtoul(argv[2], NULL, 10) : 0,
		.n_hosts = argc > 3 ? strtoul(argv[3], NULL, 10) : 20,
		.hostile = argc > 4,
		.plan = {
			.policy = &policy_optimal,
			.context = { .budget_per_s = 1, .price = PRICE },
			.min_interval_ms = 6 * MS_PER_HOUR,
			.max_interval_ms = 90 * MS_PER_DAY,
			.gone_spacing_ms = MS_PER_HOUR,
			.retry_min_ms = MS_PER_HOUR,
			.retry_max_ms = 3 * MS_PER_DAY,
		},
	};
	struct why why = { "" };

	if (!f.n_pages || !f.n_hosts) {
		fprintf(stderr, "fill: DIR PAGES [HOSTS [hostile]]\n");
		return 2;
	}
	if (store_open(argv[1], STORE_WRITE, &(struct store_options){ .no_sync = true },
		       &f.store, &why)) {
		fprintf(stderr, "fill: %s\n", why.text);
		return 1;
	}
	fill(&f);
	store_close(f.store);
	return 0;
}
