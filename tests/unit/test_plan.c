#include "tests/unit/unit.h"

#include <math.h>

#include "scheduler/classes.h"
#include "scheduler/plan.h"
#include "store/base/clock.h"

#define NOW_MS (INT64_C(20000) * MS_PER_DAY)
#define PRICE 0.5

static struct plan_config make_config(const struct policy *policy)
{
	return (struct plan_config){
		.policy = policy,
		.context = { .budget_per_s = 1.0 / 3600,
			     .interval_ms = 3 * MS_PER_DAY,
			     .n_pages = 48,
			     .price = PRICE },
		.min_interval_ms = MS_PER_MINUTE,
		.max_interval_ms = 90 * MS_PER_DAY,
		.gone_spacing_ms = MS_PER_HOUR,
		.retry_min_ms = MS_PER_MINUTE,
		.retry_max_ms = MS_PER_DAY,
	};
}

static const struct page_worth unknown;

/* Deserves a visit every `days` at the price. */
static uint16_t class_for(double days)
{
	uint16_t best = CLASS_FIRST;

	for (unsigned c = CLASS_FIRST; c < N_CLASSES; c += 1)
		if (fabs(log(class_due_days((uint16_t)c, &unknown, PRICE) / days)) <
		    fabs(log(class_due_days(best, &unknown, PRICE) / days)))
			best = (uint16_t)c;
	return best;
}

/* ---- where a page waits after a good answer ------------------------------------------------- */

static const struct {
	const char *why;
	const struct policy *policy;
	int64_t min_ms, max_ms; /* the page's own */
	bool is_class_0;
	int64_t interval_ms; /* 0: what it deserves, two days */
	enum visit_reason reason;
} place_rows[] = {
	{ "optimal: in its class", &policy_optimal, 0, 0, false, 0, REASON_VALUE },
	{ "uniform: by last visit", &policy_uniform, 0, 0, false, 2 * MS_PER_DAY,
	  REASON_VALUE },
	{ "fixed: due after it", &policy_fixed, 0, 0, true, 3 * MS_PER_DAY,
	  REASON_INTERVAL },
	{ "a least interval of no effect", &policy_optimal, MS_PER_HOUR, 0, false, 0,
	  REASON_VALUE },
	{ "a least interval longer than that", &policy_optimal, 5 * MS_PER_DAY, 0, true,
	  5 * MS_PER_DAY, REASON_MIN_INTERVAL },
	{ "a greatest one shorter", &policy_optimal, 0, MS_PER_DAY, true, MS_PER_DAY,
	  REASON_MAX_INTERVAL },
	{ "a greatest one of no effect yet", &policy_optimal, 0, 9 * MS_PER_DAY, true, 0,
	  REASON_VALUE },
};

static void bounds_of_its_own_put_a_page_into_class_0(void **unused)
{
	uint16_t class = class_for(2);
	struct host host = { .delay_ms = 1000 };
	struct observation o = { .verdict = VERDICT_UNCHANGED };

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(place_rows); i++) {
		struct plan_config config = make_config(place_rows[i].policy);
		struct page page;
		double interval;
		double wanted = (double)place_rows[i].interval_ms;

		page_init(&page);
		page.value_class = class;
		page.min_interval_ms = place_rows[i].min_ms;
		page.max_interval_ms = place_rows[i].max_ms;
		plan_next_visit(&config, &page, &host, &o, NOW_MS);
		interval = (double)(page.next_visit_at_ms - NOW_MS);
		if (!place_rows[i].interval_ms)
			wanted = class_due_days(class, &unknown, PRICE) *
				 (double)MS_PER_DAY;
		if ((page.position.class == 0) != place_rows[i].is_class_0 ||
		    page.next_visit_reason != place_rows[i].reason ||
		    fabs(interval - wanted) > 2 ||
		    page.position.order_ms !=
			    (page.position.class ? NOW_MS : page.next_visit_at_ms))
			fail_msg("row %zu: %s", i, place_rows[i].why);
	}
}

static void a_turn_that_comes_too_soon_is_put_off(void **unused)
{
	struct plan_config config = make_config(&policy_optimal);
	struct page page;

	(void)unused;
	page_init(&page);
	page.min_interval_ms = MS_PER_HOUR;
	page.position = (struct queue_position){ .class = class_for(2),
						 .order_ms = NOW_MS,
						 .queued = true };
	assert_true(plan_too_soon(&config, &page, NOW_MS + MS_PER_HOUR - 1));
	assert_int_equal(page.position.class, 0);
	assert_int_equal(page.position.order_ms, NOW_MS + MS_PER_HOUR);
	assert_false(plan_too_soon(&config, &page, NOW_MS + MS_PER_HOUR));
	page.min_interval_ms = 0; /* everybody's is the frontier's business */
	page.position.class = class_for(2);
	assert_false(plan_too_soon(&config, &page, NOW_MS));
}

/* A slow host's pages would be due at once at the price of a budget never spent. */
static void nothing_is_due_in_half_the_time_of_a_hosts_round(void **unused)
{
	struct plan_config config = make_config(&policy_optimal);
	struct host host = { .delay_ms = 10000, .n_pages = { [STATE_UNCHANGED] = 8640 } };
	struct observation o = { .verdict = VERDICT_UNCHANGED };
	struct page page;

	(void)unused;
	config.context.price = 1e-9;
	page_init(&page);
	page.value_class = class_for(2);
	page.max_interval_ms = 30 * MS_PER_DAY;
	plan_next_visit(&config, &page, &host, &o, NOW_MS);
	assert_int_equal(page.next_visit_at_ms - NOW_MS, MS_PER_DAY / 2);
}

/* ---- failures --------------------------------------------------------------------------------- */

static int64_t wait_after(int n_failures, double deserved_days)
{
	struct plan_config config = make_config(&policy_optimal);
	struct host host = { .delay_ms = 1000 };
	struct observation o = { .verdict = VERDICT_ERROR };
	struct page page;

	page_init(&page);
	page.value_class = class_for(deserved_days);
	page.n_failures_in_a_row = (uint32_t)n_failures;
	plan_next_visit(&config, &page, &host, &o, NOW_MS);
	assert_int_equal(page.position.class, 0);
	assert_int_equal(page.next_visit_reason, REASON_BACKOFF);
	return page.next_visit_at_ms - NOW_MS;
}

static void a_page_that_always_fails_costs_what_it_is_worth_REQ56(void **unused)
{
	(void)unused;
	assert_in_range(wait_after(1, 20), 54000, 66000);
	assert_in_range(wait_after(3, 20), 216000, 264000);
	/* At the back-off's end: once a day if it is worth that, else less often. */
	assert_in_range(wait_after(30, 0.1), MS_PER_DAY * 9 / 10, MS_PER_DAY * 11 / 10);
	assert_in_range(wait_after(30, 20), 17 * MS_PER_DAY, 23 * MS_PER_DAY);
	assert_in_range(wait_after(30, 900), 90 * MS_PER_DAY, 90 * MS_PER_DAY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_of_its_own_put_a_page_into_class_0),
		cmocka_unit_test(a_turn_that_comes_too_soon_is_put_off),
		cmocka_unit_test(nothing_is_due_in_half_the_time_of_a_hosts_round),
		cmocka_unit_test(a_page_that_always_fails_costs_what_it_is_worth_REQ56),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
