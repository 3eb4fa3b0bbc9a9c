/* test_report_census.c - what the census says is what the pages say, within its bounds. */
#include "tests/unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "scheduler/learn.h"
#include "scheduler/plan.h"
#include "store/base/clock.h"
#include "tools/report.h"

#define NOW (INT64_C(1790000000) * 1000)
#define LIFE_MS (60 * MS_PER_DAY)
#define N_HOSTS 12
#define PAGES_OF(host) (4 + 40 * (host))
#define MUST(call) assert_int_equal((call), ERR_OK)

struct lives {
	struct store *store;
	struct settings settings;
	struct plan_config plan;
	struct page page;
	struct host *host;
	uint64_t random;
};

static double uniform(struct lives *l)
{
	l->random =
		l->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return ((double)(l->random >> 11) + 0.5) / 9007199254740992.0;
}

static enum verdict draw_verdict(struct lives *l, double rate, int64_t tau_ms)
{
	double changed = -expm1(-rate * (double)tau_ms / (double)MS_PER_DAY);

	if (uniform(l) < 0.02)
		return VERDICT_ERROR;
	if (uniform(l) < 0.01)
		return VERDICT_MOVED;
	if (!l->page.n_visits)
		return VERDICT_NEW;
	if (l->page.verdict == VERDICT_GONE || uniform(l) < 0.002)
		return VERDICT_GONE;
	return uniform(l) < changed ? VERDICT_CHANGED : VERDICT_UNCHANGED;
}

static void observe(struct lives *l, struct observation *o, enum verdict verdict)
{
	static const uint16_t statuses[N_VERDICTS] = {
		[VERDICT_NEW] = 200,  [VERDICT_UNCHANGED] = 304, [VERDICT_CHANGED] = 200,
		[VERDICT_GONE] = 404, [VERDICT_MOVED] = 301,     [VERDICT_ERROR] = 503,
	};

	o->verdict = (uint8_t)verdict;
	o->http_status = statuses[verdict];
	o->answered = true;
	o->not_found = verdict == VERDICT_GONE;
	o->evidence = EVIDENCE_STATUS;
	if (verdict == VERDICT_UNCHANGED)
		o->evidence = EVIDENCE_304_STRONG;
	if (o->http_status != 200)
		return;
	memcpy(o->digest.bytes, &l->random, sizeof(l->random));
	o->complete_200 = true;
	MUST(buf_set(&o->etag, uniform(l) < 0.5 ? SPAN("\"1\"") : SPAN("W/\"1\"")));
}

static void visit(struct lives *l, double rate, int64_t at_ms)
{
	double prior = learn_prior_per_day(store_classes(l->store), l->host);
	struct page *page = &l->page;
	struct observation o;
	struct change change;
	bool announce = false;

	observation_init(&o);
	change_init(&change);
	o.at_ms = at_ms;
	observe(l, &o, draw_verdict(l, rate, at_ms - page->last_visit_at_ms));
	(void)learn_visit(page, &o, prior);
	MUST(page_observe(page, &o, &change, &announce));
	page->has_body = false;
	plan_next_visit(&l->plan, page, l->host, &o, at_ms);
	if (uniform(l) < 0.9) /* the index mostly follows */
		page->indexed_version = page->version;
	MUST(store_put_page(l->store, page, l->host));
	observation_release(&o);
	change_release(&change);
}

/* From its seeding to its last visit before now; what is due then waits up to an hour. */
static void live(struct lives *l, double rate)
{
	int64_t at_ms = NOW - LIFE_MS + (int64_t)(uniform(l) * 20 * (double)MS_PER_DAY);
	struct page *page = &l->page;

	page->first_seen_at_ms = at_ms;
	page->next_visit_at_ms = at_ms;
	page->position = (struct queue_position){ .order_ms = at_ms, .queued = true };
	MUST(store_put_page(l->store, page, l->host));
	if (uniform(l) < 0.03)
		return;
	for (; at_ms < NOW;
	     at_ms = page->next_visit_at_ms + (int64_t)(uniform(l) * (double)MS_PER_HOUR))
		visit(l, rate, at_ms);
}

static void add_host(struct lives *l, int number)
{
	double rate = exp(2 * (uniform(l) - 0.5)) / 15;
	struct host_key key;
	struct url_parts parts;
	char name[64], url[96];

	snprintf(name, sizeof(name), "http://h%d.example/", number);
	MUST(url_split(span_of(name), &parts));
	key = host_key_of(&parts);
	MUST(store_acquire_host(l->store, &key, parts.origin, &l->host));
	for (int i = 0; i < PAGES_OF(number); i++) {
		page_clear(&l->page);
		snprintf(url, sizeof(url), "%s%d", name, i);
		MUST(buf_set(&l->page.url, span_of(url)));
		MUST(page_key_of(span_of(url), &l->page.key));
		l->page.weight = (float)exp(3 * (uniform(l) - 0.5));
		live(l, rate * exp(4 * (uniform(l) - 0.5)));
	}
	store_release_host(l->store, l->host);
	MUST(store_commit(l->store));
}

static int setup(void **state)
{
	static struct lives l;
	struct why why = { "" };

	l = (struct lives){
		.random = 20261126,
		.plan = {
			.policy = &policy_optimal,
			.context = { .budget_per_s = 1, .price = 0.12 },
			.min_interval_ms = 6 * MS_PER_HOUR,
			.max_interval_ms = 30 * MS_PER_DAY,
			.gone_spacing_ms = MS_PER_HOUR,
			.retry_min_ms = MS_PER_HOUR,
			.retry_max_ms = 3 * MS_PER_DAY,
		},
	};
	MUST(store_open("/census", STORE_MEMORY, NULL, &l.store, &why));
	MUST(settings_default(&l.settings));
	l.settings.schedule_budget_per_s = 0.003;
	page_init(&l.page);
	for (int i = 0; i < N_HOSTS; i++)
		add_host(&l, i);
	*state = &l;
	return 0;
}

static int teardown(void **state)
{
	struct lives *l = *state;

	page_release(&l->page);
	settings_release(&l->settings);
	store_close(l->store);
	return 0;
}

static void make(struct lives *l, enum report_source source, int64_t now_ms,
		 struct report *report)
{
	static const struct filter everything;
	struct report_query query = { .settings = &l->settings,
				      .filter = &everything,
				      .now_ms = now_ms,
				      .window_ms = 30 * MS_PER_DAY,
				      .source = source };

	MUST(report_make(l->store, &query, report));
	assert_int_equal(report->from_census, source == REPORT_OF_CENSUS);
}

static void counts_are_the_same(void **state)
{
	struct report pages, census;
	const struct report_pages *p = &pages.pages, *c = &census.pages;

	make(*state, REPORT_OF_PAGES, NOW, &pages);
	make(*state, REPORT_OF_CENSUS, NOW, &census);
	assert_true(p->n_total > 2000);
	assert_int_equal(p->n_total, c->n_total);
	assert_int_equal(p->n_fresh, c->n_fresh);
	assert_int_equal(p->n_noisy, c->n_noisy);
	assert_memory_equal(p->n, c->n, sizeof(p->n));
	assert_memory_equal(p->statuses, c->statuses, sizeof(p->statuses));
	assert_memory_equal(p->validators, c->validators, sizeof(p->validators));
	assert_in_range(p->first_seen_at_ms - c->first_seen_at_ms, 0, CENSUS_SLOT_MS);
	assert_int_equal(pages.hosts.n, census.hosts.n);
	assert_int_equal(pages.attention.n, census.attention.n);
	assert_true(pages.n_held == census.n_held);
	report_release(&pages);
	report_release(&census);
}

static void near(const char *what, double a, double b, double most)
{
	if (!(fabs(a - b) <= most))
		fail_msg("%s: %g of the pages, %g of the census", what, a, b);
}

/* Now, and when everything has been waiting for a week and for three months. */
static void freshness_is_within_a_hundredth(void **state)
{
	static const int days[] = { 0, 7, 90 };
	struct report a, b;

	for (size_t i = 0; i < ARRAY_SIZE(days); i++) {
		const struct report_pages *p = &a.pages, *c = &b.pages;
		double low, high, from, to;

		make(*state, REPORT_OF_PAGES, NOW + days[i] * MS_PER_DAY, &a);
		make(*state, REPORT_OF_CENSUS, NOW + days[i] * MS_PER_DAY, &b);
		near("freshness", report_freshness(p), report_freshness(c), 0.01);
		near("weighted", report_freshness_weighted(p),
		     report_freshness_weighted(c), 0.01);
		near("of_index", report_freshness_of_index(p),
		     report_freshness_of_index(c), 0.01);
		report_freshness_interval(p, &low, &high);
		report_freshness_interval(c, &from, &to);
		near("interval", high - low, to - from, 0.002);
		near("best", a.budget.best, b.budget.best, 0.01);
		near("uniform", a.budget.uniform, b.budget.uniform, 0.01);
		for (int q = 1; q < 10; q += 4)
			near("age", log2(report_age_s(p, q / 10.0)),
			     log2(report_age_s(c, q / 10.0)), 0.2);
		report_release(&a);
		report_release(&b);
	}
}

/* Half an octave of rates lies around each bound between two classes. */
static void rate_classes_differ_at_their_bounds_only(void **state)
{
	struct report a, b;
	int64_t n[2] = { 0 }, visits[2] = { 0 }, changes[2] = { 0 };

	make(*state, REPORT_OF_PAGES, NOW, &a);
	make(*state, REPORT_OF_CENSUS, NOW, &b);
	for (int i = 0; i < N_RATE_CLASSES; i++) {
		const struct rate_class_sum *p = &a.pages.rates[i],
					    *c = &b.pages.rates[i];

		near(rate_classes[i].name, (double)p->n_pages / (double)a.pages.n_total,
		     (double)c->n_pages / (double)b.pages.n_total, 0.1);
		n[0] += p->n_pages, visits[0] += p->n_visits, changes[0] += p->n_changes;
		n[1] += c->n_pages, visits[1] += c->n_visits, changes[1] += c->n_changes;
	}
	assert_int_equal(n[0], n[1]);
	assert_int_equal(visits[0], visits[1]);
	assert_int_equal(changes[0], changes[1]);
	report_release(&a);
	report_release(&b);
}

static void late_pages_are_those_of_past_slots(void **state)
{
	struct report before, now, census;

	for (int hours = 0; hours < 60; hours += 6) {
		int64_t at_ms = NOW + hours * MS_PER_HOUR;

		make(*state, REPORT_OF_PAGES, at_ms - CENSUS_SLOT_MS, &before);
		make(*state, REPORT_OF_PAGES, at_ms, &now);
		make(*state, REPORT_OF_CENSUS, at_ms, &census);
		assert_in_range(census.pages.n_overdue, before.pages.n_overdue,
				now.pages.n_overdue);
		assert_in_range(census.pages.overdue_max_ms, now.pages.overdue_max_ms,
				now.pages.overdue_max_ms + CENSUS_SLOT_MS);
		report_release(&before);
		report_release(&now);
		report_release(&census);
	}
}

/* Of a small host all pages are read, of a great one enough. */
static void a_host_is_known_by_a_sample(void **state)
{
	struct report a, b;
	int64_t n_read = 0;

	make(*state, REPORT_OF_PAGES, NOW, &a);
	make(*state, REPORT_OF_CENSUS, NOW, &b);
	for (size_t i = 0; i < a.hosts.n; i++) {
		const struct report_host *x = best_item(&a.hosts, i),
					 *y = best_item(&b.hosts, i);

		assert_memory_equal(x->n_pages, y->n_pages, sizeof(x->n_pages));
		near("host", x->fresh_sum / (double)x->n_fresh,
		     y->fresh_sum / (double)y->n_fresh,
		     x->n_total <= REPORT_SAMPLE ? 1e-9 : 0.15);
		n_read += y->n_fresh;
	}
	assert_true(n_read < a.pages.n_fresh / 2);
	report_release(&a);
	report_release(&b);
}

static void a_filter_is_walked_whatever_is_wanted(void **state)
{
	struct lives *l = *state;
	struct filter filter = { .tag = SPAN("none") };
	struct report_query query = { .settings = &l->settings,
				      .filter = &filter,
				      .now_ms = NOW,
				      .window_ms = MS_PER_DAY,
				      .source = REPORT_OF_CENSUS };
	struct report report;

	MUST(report_make(l->store, &query, &report));
	assert_false(report.from_census);
	assert_int_equal(report.pages.n_total, 0);
	report_release(&report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_are_the_same),
		cmocka_unit_test(freshness_is_within_a_hundredth),
		cmocka_unit_test(rate_classes_differ_at_their_bounds_only),
		cmocka_unit_test(late_pages_are_those_of_past_slots),
		cmocka_unit_test(a_host_is_known_by_a_sample),
		cmocka_unit_test(a_filter_is_walked_whatever_is_wanted),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
