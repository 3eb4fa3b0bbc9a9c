/* test_cost.c - bytes as a second thing to be short of. */
#include "tests/unit/unit.h"

#include <math.h>

#include "scheduler/cost.h"
#include "scheduler/value.h"

static struct page_worth page(double a, double b, double same, double changed)
{
	return (struct page_worth){ 1, (float)a, (float)b, (float)same, (float)changed };
}

/* What the page gains a day, visited every tau days: fresh time less what visits cost. */
static double gain(const struct page_worth *w, double tau, double request, double byte)
{
	struct rate_gamma g = { (double)w->a, (double)w->b_days };
	double fresh_days =
		value_learned(1, g, tau) + tau * rate_fresh_probability(g, tau);

	return (fresh_days - request - byte * cost_expected_bytes(w, tau)) / tau;
}

static const struct {
	const char *why;
	double a, b, same, changed, request, byte;
} optimum_rows[] = {
	{ "bytes cost nothing", 2, 20, 300, 50000, 0.3, 0 },
	{ "a light page", 2, 20, 300, 3000, 0.3, 1e-5 },
	{ "a heavy page", 2, 20, 300, 50000, 0.3, 1e-5 },
	{ "one that never earns a 304", 2, 20, 50000, 50000, 0.3, 1e-5 },
	{ "little is known of it", 0.5, 10, 300, 50000, 0.1, 1e-5 },
	{ "bytes alone count", 5, 100, 300, 50000, 0, 3e-5 },
};

static void the_condition_for_a_visit_is_where_the_gain_is_greatest(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(optimum_rows); i++) {
		double request = optimum_rows[i].request, byte = optimum_rows[i].byte;
		struct page_worth w = page(optimum_rows[i].a, optimum_rows[i].b,
					   optimum_rows[i].same, optimum_rows[i].changed);
		struct rate_gamma g = { (double)w.a, (double)w.b_days };
		double best = 1e-3, owed;

		for (double tau = 1e-3; tau < 1e5; tau *= 1.0001)
			if (gain(&w, tau, request, byte) > gain(&w, best, request, byte))
				best = tau;
		owed = request + byte * cost_marginal_bytes(&w, best);
		if (fabs(value_learned(1, g, best) / owed - 1) > 1e-3)
			fail_msg("row %zu: %s: at %g days %g, owed %g", i,
				 optimum_rows[i].why, best, value_learned(1, g, best),
				 owed);
	}
}

static void what_a_visit_is_worth_for_its_bytes_grows_with_time(void **unused)
{
	(void)unused;
	for (double a = 0.1; a < 50; a *= 1.7)
		for (double exchange = 1e-7; exchange < 1; exchange *= 30) {
			struct page_worth w = page(a, 10, 300, 50000);
			double last = 0;

			for (double tau = 0.01; tau < 1000; tau *= 1.1) {
				double worth =
					value_learned(1, (struct rate_gamma){ a, 10 },
						      tau) /
					(1 + exchange * cost_marginal_bytes(&w, tau));

				assert_true(worth >= last * (1 - 1e-6));
				last = worth;
			}
		}
}

static void a_page_never_visited_costs_a_page(void **unused)
{
	static const struct page_worth unknown;
	struct page_worth first = page(0.5, 50, 0, 3000);

	(void)unused;
	assert_true(cost_expected_bytes(&unknown, 5) == COST_UNKNOWN_BYTES);
	assert_true(cost_expected_bytes(&first, 0) == COST_OF_304_BYTES);
	assert_true(fabs(cost_expected_bytes(&first, 1e30) - 3000) < 1);
	assert_true(cost_marginal_bytes(&first, -1) == COST_OF_304_BYTES);
}

static void the_exchange_rests_where_both_budgets_are_used_up(void **unused)
{
	struct cost_exchange x;

	(void)unused;
	cost_exchange_init(&x, 10, 0); /* bytes are no matter */
	cost_exchange_note(&x, 1e9);
	assert_true(x.requests_per_byte == 0);
	cost_exchange_init(&x, 0, 1000); /* requests are none */
	cost_exchange_note(&x, 1e9);
	assert_true(x.requests_per_byte == 1);
	cost_exchange_init(&x, 10, 10000); /* 1000 bytes a request */
	/* The dearer bytes are, the lighter is what is picked. */
	for (int k = 0; k < 20000; k++)
		cost_exchange_note(&x, 8000 / (1 + 8000 * x.requests_per_byte));
	assert_true(fabs(x.mean_bytes / 1000 - 1) < 0.02);
	for (int k = 0; k < 20000; k++) /* there is nothing heavy any more */
		cost_exchange_note(&x, 200);
	assert_true(x.requests_per_byte * 1000 < 0.0011);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_condition_for_a_visit_is_where_the_gain_is_greatest),
		cmocka_unit_test(what_a_visit_is_worth_for_its_bytes_grows_with_time),
		cmocka_unit_test(a_page_never_visited_costs_a_page),
		cmocka_unit_test(the_exchange_rests_where_both_budgets_are_used_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
