#include "tests/unit/unit.h"

#include <math.h>

#include "scheduler/classes.h"
#include "scheduler/poll.h"
#include "scheduler/told.h"
#include "store/base/clock.h"

#define NOW_MS (INT64_C(20000) * MS_PER_DAY)
#define PRIOR 0.1

/* Of many visits, so many announcements right. */
static struct source_trust trust_of(float right)
{
	return (struct source_trust){ .n_announced = 1000,
				      .n_changes = 1000,
				      .n_found = 1000,
				      .n_found_told = 1000 * right,
				      .n_unchanged = 1000 * (1 - right),
				      .n_unchanged_if_false = 1000 };
}

static void make_page(struct page *page)
{
	page_init(page);
	page->learned_at_ms = page->last_verified_at_ms = NOW_MS - 4 * MS_PER_DAY;
	page->rate_a = 2;
	page->rate_b = 10;
	page->value_class = class_of(1, learn_posterior(page, PRIOR));
	page->position = (struct queue_position){ .class = page->value_class,
						  .order_ms = page->learned_at_ms };
}

static void a_page_without_sources_has_none(void **unused)
{
	struct told told = { .has = { false } };
	struct learn_source source;
	struct page page;

	(void)unused;
	make_page(&page);
	assert_false(told_join(&told, &page, 0, &source));
	told.has[TOLD_BY_FEED] = true;
	told.trust[TOLD_BY_FEED] = trust_of(0);
	assert_false(told_join(&told, &page, 0, &source)); /* a liar is none */
	page_release(&page);
}

static void two_sources_leave_less_unsaid_and_more_in_doubt(void **unused)
{
	struct told told = { .has = { true, false, false } };
	struct learn_source one, both;
	struct page page;

	(void)unused;
	make_page(&page);
	told.trust[0] = trust_of(0.8F);
	told.trust[1] = trust_of(0.5F);
	page.told[0].n_announced = page.told[1].n_announced = 1;
	assert_true(told_join(&told, &page, 0, &one));
	assert_float_equal(one.quality.precision, 0.8, 0.02);
	assert_int_equal(one.n_announced, 1);
	told.has[1] = true;
	assert_true(told_join(&told, &page, 0, &both));
	assert_int_equal(both.n_announced, 2);
	assert_true(both.quality.recall > one.quality.recall);
	/* (1 - pi)^2 is what both leave: (1 - 0.8)(1 - 0.5) */
	assert_float_equal(pow(1 - both.quality.precision, 2), 0.1, 0.02);
	page_release(&page);
}

static void an_announcement_is_worth_what_its_source_is_trusted(void **unused)
{
	static const float rights[] = { 0, 0.2F, 0.5F, 0.9F };
	double last = -1;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rights); i++) {
		struct told told = { .has = { true } };
		struct page page;
		double value, fresh;

		make_page(&page);
		told.trust[0] = trust_of(rights[i]);
		fresh = learn_fresh_probability(&page, PRIOR, 4);
		value = told_announce(&told, &page, 0, PRIOR, NOW_MS);
		assert_int_equal(page.told[0].n_announced, 1);
		assert_true(value > last || (i == 0 && value == 0));
		assert_true(i == 0 ? learn_fresh_probability(&page, PRIOR, 4) == fresh
				   : learn_fresh_probability(&page, PRIOR, 4) < fresh);
		last = value;
		page_release(&page);
	}
}

static void visits_teach_whom_to_trust(void **unused)
{
	struct told told = { .has = { true, true } };
	struct signal_quality good, bad;
	struct page page;

	(void)unused;
	make_page(&page);
	for (int i = 0; i < 200; i++) {
		bool has_changed = i % 2;

		page.told[0].n_announced = has_changed;
		page.told[1].n_announced = 1;
		told_observe(&told, &page, learn_posterior(&page, PRIOR), 4, has_changed);
	}
	good = told_quality(&told.trust[0]);
	bad = told_quality(&told.trust[1]);
	assert_true(good.precision > 0.85 && good.recall > 0.5);
	assert_true(bad.precision < 0.6);
	page_release(&page);
}

static void a_lost_source_gives_the_page_its_own_rate_back(void **unused)
{
	struct page page;
	uint16_t own;

	(void)unused;
	make_page(&page);
	own = page.value_class;
	page.told[0].source = 1;
	page.told_recall = 0.9F;
	page.value_class = page.position.class =
		class_of(1, (struct rate_gamma){ 2, 200 });
	assert_int_not_equal(page.value_class, own);
	told_forget(&page, 0, PRIOR);
	assert_int_equal(page.told[0].source, 0);
	assert_int_equal(page.value_class, own);
	assert_int_equal(page.position.class, own);
	assert_true(page.told_recall == 0);
	page_release(&page);
}

/* scheduler/poll.h: what waiting costs and what polls cost are together least there. */
static void polls_are_apart_as_is_cheapest(void **unused)
{
	double gain = 0.7, price = 0.3, cost = 2;
	double best = poll_due_days(gain, price, cost);
	double loss = gain * best / 2 + price * cost / best;

	(void)unused;
	assert_float_equal(poll_value(gain, best), price * cost, 1e-12);
	for (double days = best / 4; days < best * 4; days *= 1.1)
		assert_true(gain * days / 2 + price * cost / days >= loss - 1e-12);
	assert_true(isinf(poll_due_days(0, price, cost)));
	assert_true(poll_due_days(gain, 0, cost) == 0);
}

static void a_source_is_judged_by_about_its_last_month(void **unused)
{
	struct poll_evidence e = { 0, 0 };

	(void)unused;
	assert_float_equal(poll_gain_per_day(&e, 0.5), 0.5, 1e-12);
	for (int i = 0; i < 300; i++)
		poll_learn(&e, 1, 2);
	assert_true(poll_gain_per_day(&e, 0) > 1.5);
	for (int i = 0; i < 90; i++)
		poll_learn(&e, 1, 0);
	assert_true(poll_gain_per_day(&e, 0) < 0.1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_without_sources_has_none),
		cmocka_unit_test(two_sources_leave_less_unsaid_and_more_in_doubt),
		cmocka_unit_test(an_announcement_is_worth_what_its_source_is_trusted),
		cmocka_unit_test(visits_teach_whom_to_trust),
		cmocka_unit_test(a_lost_source_gives_the_page_its_own_rate_back),
		cmocka_unit_test(polls_are_apart_as_is_cheapest),
		cmocka_unit_test(a_source_is_judged_by_about_its_last_month),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
