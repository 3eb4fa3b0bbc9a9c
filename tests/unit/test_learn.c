#include "tests/unit/unit.h"

#include <math.h>
#include <stdio.h>

#include "scheduler/calibration.h"
#include "scheduler/classes.h"
#include "scheduler/learn.h"
#include "store/base/clock.h"

#define NOW_MS (INT64_C(20000) * MS_PER_DAY)
#define PRIOR 0.1

/* A page last seen four days ago, with some history. */
static void make_page(struct page *page)
{
	page_init(page);
	page->verdict = VERDICT_UNCHANGED;
	page->learned_at_ms = page->last_verified_at_ms = NOW_MS - 4 * MS_PER_DAY;
	page->rate_a = 2;
	page->rate_b = 10;
}

static const struct {
	const char *why;
	enum page_state announced;
	enum verdict verdict;
	enum lesson lesson;
	int a, b; /* sign of what A and B do, before forgetting is counted */
} rows[] = {
	{ "unchanged: days", 0, VERDICT_UNCHANGED, LESSON_SAME, 0, 1 },
	{ "minor: as unchanged", 0, VERDICT_MINOR, LESSON_SAME, 0, 1 },
	{ "changed: a change", 0, VERDICT_CHANGED, LESSON_CHANGED, 1, 1 },
	{ "gone is a change", 0, VERDICT_GONE, LESSON_CHANGED, 1, 1 },
	{ "still gone is none", STATE_GONE, VERDICT_GONE, LESSON_NONE, 0, 0 },
	{ "moved is a change", 0, VERDICT_MOVED, LESSON_CHANGED, 1, 1 },
	{ "still moved is none", STATE_MOVED, VERDICT_MOVED, LESSON_SAME, 0, 1 },
	{ "back as it was is a change", STATE_GONE, VERDICT_UNCHANGED, LESSON_CHANGED, 1,
	  1 },
	{ "back with news is a change", STATE_GONE, VERDICT_CHANGED, LESSON_CHANGED, 1,
	  1 },
	{ "an error says nothing", 0, VERDICT_ERROR, LESSON_NONE, 0, 0 },
	{ "a refusal says nothing", 0, VERDICT_REFUSED, LESSON_NONE, 0, 0 },
	{ "a block says nothing", 0, VERDICT_BLOCKED, LESSON_NONE, 0, 0 },
};

static void each_verdict_teaches_its_lesson(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct observation o;
		struct page page;
		enum lesson lesson;
		double keep;

		make_page(&page);
		page.announced = (uint8_t)rows[i].announced;
		observation_init(&o);
		o.at_ms = NOW_MS;
		o.verdict = (uint8_t)rows[i].verdict;
		lesson = learn_visit(&page, &o, PRIOR);
		keep = lesson == LESSON_NONE ? 1 : RATE_RULES.keep;
		if (lesson != rows[i].lesson ||
		    (page.rate_a > 2 * keep + 1e-6) != (rows[i].a > 0) ||
		    (lesson == LESSON_SAME &&
		     fabs((double)page.rate_b - (10 * keep + 4)) > 1e-5) ||
		    (lesson == LESSON_NONE && (page.rate_a != 2 || page.rate_b != 10)) ||
		    (o.predicted > 0) != (lesson != LESSON_NONE))
			fail_msg("row %zu: %s (A %g, B %g)", i, rows[i].why,
				 (double)page.rate_a, (double)page.rate_b);
		page_release(&page);
		observation_release(&o);
	}
}

static void an_outage_does_not_make_a_page_look_calm(void **unused)
{
	struct observation o;
	struct page page;

	(void)unused;
	make_page(&page);
	observation_init(&o);
	o.verdict = VERDICT_ERROR;
	for (int day = 1; day <= 10; day++) {
		o.at_ms = NOW_MS + day * MS_PER_DAY;
		assert_int_equal(learn_visit(&page, &o, PRIOR), LESSON_NONE);
	}
	assert_true(page.rate_b == 10);
	/* The days count when somebody could look again: fourteen, not one. */
	o.verdict = VERDICT_UNCHANGED;
	assert_int_equal(learn_visit(&page, &o, PRIOR), LESSON_SAME);
	assert_true(fabs((double)page.rate_b - (10 * RATE_RULES.keep + 14)) < 1e-5);
	page_release(&page);
}

static void a_trusted_date_counts_from_the_change(void **unused)
{
	struct observation o;
	struct page page;

	(void)unused;
	make_page(&page);
	observation_init(&o);
	o.at_ms = NOW_MS;
	o.verdict = VERDICT_CHANGED;
	o.last_modified_at_ms = NOW_MS - MS_PER_DAY;
	assert_int_equal(learn_visit(&page, &o, PRIOR), LESSON_CHANGED);
	assert_true(fabs((double)page.rate_a - (RATE_RULES.keep * 2 + 1)) < 1e-6);
	assert_true(fabs((double)page.rate_b - (RATE_RULES.keep * 10 + 1)) < 1e-5);
	page_release(&page);
	page_init(&page);
	o.verdict = VERDICT_NEW;
	o.last_modified_at_ms = NOW_MS - 30 * MS_PER_DAY;
	assert_int_equal(learn_visit(&page, &o, PRIOR), LESSON_NONE);
	assert_true(page.rate_a == 1 && page.rate_b == 30);
	assert_int_equal(page.learned_at_ms, NOW_MS);
	page_release(&page);
}

static void the_class_is_that_of_what_is_known(void **unused)
{
	struct observation o;
	struct page page;

	(void)unused;
	make_page(&page);
	page.weight = 7;
	observation_init(&o);
	o.at_ms = NOW_MS;
	o.verdict = VERDICT_UNCHANGED;
	(void)learn_visit(&page, &o, PRIOR);
	assert_int_equal(page.value_class, class_of(7, learn_posterior(&page, PRIOR)));
	assert_true(fabs(page.rate_micro / (1e6 * rate_mean_per_day(learn_posterior(
							  &page, PRIOR))) -
			 1) < 1e-4);
	assert_int_equal(class_of((double)page.worth.weight,
				  (struct rate_gamma){ (double)page.worth.a,
						       (double)page.worth.b_days }),
			 page.value_class);
	o.verdict = VERDICT_GONE; /* for now no budget is reckoned for it */
	(void)learn_visit(&page, &o, PRIOR);
	assert_int_equal(page.value_class, 0);
	assert_int_equal(page.rate_micro, 0);
	assert_true(page.worth.a == 0);
	page_release(&page);
}

/* ---- the host's prior, kept by the store ------------------------------------------------------ */

static double mean_of(uint16_t class)
{
	return rate_mean_per_day(class_shape(class).posterior);
}

static void put(struct store *store, struct page *page, int number, uint16_t class)
{
	struct host *host = NULL;
	char url[64];

	snprintf(url, sizeof(url), "http://a.test/%d", number);
	assert_int_equal(buf_set(&page->url, span_of(url)), ERR_OK);
	assert_int_equal(page_key_of(span_of(url), &page->key), ERR_OK);
	page->position = (struct queue_position){ .order_ms = NOW_MS, .queued = true };
	page->value_class = class;
	page->rate_micro = class ? (uint32_t)lround(1e6 * mean_of(class)) : 0;
	assert_int_equal(
		store_acquire_host(store, &page->key.host, SPAN("http://a.test"), &host),
		ERR_OK);
	assert_int_equal(store_put_page(store, page, host), ERR_OK);
	store_release_host(store, host);
}

static void fail_on(void *context, const char *difference)
{
	(void)context;
	fail_msg("%s", difference);
}

static void the_prior_follows_the_pages_of_the_host(void **unused)
{
	uint16_t slow = class_of(1, (struct rate_gamma){ 2, 200 });
	uint16_t fast = class_of(1, (struct rate_gamma){ 2, 2 });
	struct host *host = NULL;
	struct store *store = NULL;
	struct page page;
	struct why why;
	uint64_t n;
	double before;

	(void)unused;
	page_init(&page);
	assert_int_equal(store_open("/learn", STORE_MEMORY, NULL, &store, &why), ERR_OK);
	for (int i = 0; i < 50; i++) {
		page_clear(&page);
		put(store, &page, i, slow);
	}
	assert_int_equal(store_acquire_host(store, &page.key.host, SPAN(""), &host),
			 ERR_OK);
	before = learn_prior_per_day(store_classes(store), host);
	assert_true(fabs(before / mean_of(slow) - 1) < 1e-3);
	put(store, &page, 49, fast);
	assert_true(learn_prior_per_day(store_classes(store), host) > before * 1.5);
	put(store, &page, 49, slow);
	assert_true(learn_prior_per_day(store_classes(store), host) == before);
	put(store, &page, 49, fast);
	assert_int_equal(store_delete_page(store, &page, host), ERR_OK);
	assert_int_equal(store_classes(store)->n_pages[fast], 0);
	assert_int_equal(store_classes(store)->n_pages[slow], 49);
	store_release_host(store, host);
	assert_int_equal(store_commit(store), ERR_OK);
	assert_int_equal(store_verify(store, fail_on, NULL, &n), ERR_OK);
	store_close(store);
	page_release(&page);
}

/* ---- calibration ---------------------------------------------------------------------------- */

static void what_was_foretold_is_held_against_what_was_found(void **unused)
{
	struct store *store = NULL;
	struct calibration c;
	struct why why;

	(void)unused;
	assert_int_equal(store_open("/learn", STORE_MEMORY, NULL, &store, &why), ERR_OK);
	calibration_read(store_totals(store), &c);
	assert_true(c.n == 0 && isnan(c.brier) && isnan(c.bins[0].observed));
	for (int i = 0; i < 10; i++)
		calibration_count(store, 0.25, i < 3, NOW_MS);
	calibration_count(store, 1, true, NOW_MS);
	calibration_count(store, 1, false, NOW_MS);
	calibration_read(store_totals(store), &c);
	assert_int_equal(c.n, 12);
	assert_int_equal(c.n_changed, 4);
	assert_int_equal(c.bins[2].n, 10);
	assert_true(fabs(c.bins[2].predicted - 0.25) < 1e-6);
	assert_true(fabs(c.bins[2].observed - 0.3) < 1e-9);
	assert_int_equal(c.bins[9].n, 2);
	assert_true(fabs(c.brier - (3 * 0.5625 + 7 * 0.0625 + 1) / 12) < 1e-5);
	/* Certainty that fails is dear, but not infinitely so. */
	assert_true(fabs(c.log_loss -
			 (3 * -log(0.25) + 7 * -log(0.75) - log(1e-6)) / 12) < 1e-5);
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_verdict_teaches_its_lesson),
		cmocka_unit_test(an_outage_does_not_make_a_page_look_calm),
		cmocka_unit_test(a_trusted_date_counts_from_the_change),
		cmocka_unit_test(the_class_is_that_of_what_is_known),
		cmocka_unit_test(the_prior_follows_the_pages_of_the_host),
		cmocka_unit_test(what_was_foretold_is_held_against_what_was_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
