#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>

#include "scheduler/classes.h"
#include "scheduler/prospect.h"

static int setup(void **state)
{
	struct store_classes *classes = calloc(1, sizeof(*classes));

	assert_non_null(classes);
	for (int i = 0; i < 40; i++) {
		double rate = 0.01 * pow(1.3, i), weight = 1 + i % 5;
		uint16_t class = class_of(weight, (struct rate_gamma){ 2, 2 / rate });

		classes->n_pages[class] += 100;
		classes->n_rated += 100;
	}
	*state = classes;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static void more_budget_is_fresher_and_the_best_beats_the_uniform(void **state)
{
	const struct store_classes *classes = *state;
	struct prospect p;
	double last = 0;

	assert_int_equal(prospect_init(&p, classes->n_pages), ERR_OK);
	assert_true(p.n_pages == 4000);
	for (double per_day = 100; per_day < 1e6; per_day *= 3) {
		struct allocation best = prospect_at_budget(&p, per_day);

		assert_true(fabs(best.visits_per_day / per_day - 1) < 1e-3);
		assert_true(best.freshness > last);
		assert_true(best.freshness > prospect_uniform(&p, per_day).freshness);
		last = best.freshness;
	}
	prospect_release(&p);
}

static void the_budget_for_a_target_reaches_it(void **state)
{
	const struct store_classes *classes = *state;
	struct prospect p;

	assert_int_equal(prospect_init(&p, classes->n_pages), ERR_OK);
	for (double target = 0.3; target < 0.99; target += 0.1) {
		struct allocation least = prospect_for_freshness(&p, target);
		double reached = prospect_at_budget(&p, least.visits_per_day).freshness;

		assert_true(fabs(reached - target) < 1e-3);
	}
	prospect_release(&p);
}

static void nothing_learned_is_no_prospect(void **state)
{
	struct store *store = NULL;
	struct prospect p;
	struct why why;

	(void)state;
	assert_int_equal(store_open("/none", STORE_MEMORY, NULL, &store, &why), ERR_OK);
	assert_int_equal(prospect_init(&p, store_classes(store)->n_pages), ERR_OK);
	assert_int_equal(p.n, 0);
	assert_true(prospect_price(store, 10) == 0);
	store_set_price(store, 0.25); /* of the last run: better than nothing */
	assert_true(prospect_price(store, 10) == 0.25);
	assert_true(prospect_price(store, 0) == 0);
	prospect_release(&p);
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			more_budget_is_fresher_and_the_best_beats_the_uniform, setup,
			teardown),
		cmocka_unit_test_setup_teardown(the_budget_for_a_target_reaches_it, setup,
						teardown),
		cmocka_unit_test(nothing_learned_is_no_prospect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
