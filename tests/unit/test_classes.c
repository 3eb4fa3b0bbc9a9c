#include "tests/unit/unit.h"

#include <math.h>

#include "scheduler/classes.h"
#include "scheduler/value.h"

static const struct page_worth unknown;

static bool within_half_a_step(double middle, double x)
{
	double ratio = middle / x;

	return ratio <= 1.19 && ratio >= 1 / 1.19; /* 2^(1/4) = 1.1892 */
}

static void a_class_stands_for_what_lies_in_it(void **unused)
{
	(void)unused;
	for (double a = 0.501; a < 90; a *= 1.07)
		for (double b = 6.2e-5; b < 2.6e5; b *= 3.1)
			for (double w = 1.6e-5; w < 6.5e4; w *= 3.3) {
				uint16_t id = class_of(w, (struct rate_gamma){ a, b });
				struct class_shape c = class_shape(id);

				assert_true(within_half_a_step(c.posterior.a, a));
				assert_true(within_half_a_step(c.posterior.b_days, b));
				assert_true(within_half_a_step(c.weight, w));
			}
}

static void every_class_is_its_own_class(void **unused)
{
	(void)unused;
	for (unsigned id = CLASS_FIRST; id < N_CLASSES; id++) {
		struct class_shape c = class_shape((uint16_t)id);

		assert_int_equal(class_of(c.weight, c.posterior), id);
	}
}

static const struct {
	const char *why;
	double w, a, b;
} edge_rows[] = {
	{ "all zero", 0, 0, 0 },
	{ "all negative", -1, -1, -1 },
	{ "all infinite", INFINITY, INFINITY, INFINITY },
	{ "no numbers", NAN, NAN, NAN },
	{ "tiny", 1e-300, 1e-300, 1e-300 },
	{ "huge", 1e300, 1e300, 1e300 },
};

static void whatever_comes_has_a_value_class(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(edge_rows); i++) {
		uint16_t id =
			class_of(edge_rows[i].w,
				 (struct rate_gamma){ edge_rows[i].a, edge_rows[i].b });

		if (!class_is_value_class(id) ||
		    !isfinite(class_value(id, &unknown, 1e6)))
			fail_msg("row %zu: %s", i, edge_rows[i].why);
	}
	assert_false(class_is_value_class(0));
}

static void a_class_has_one_interval_at_a_price(void **unused)
{
	uint16_t id = class_of(2, (struct rate_gamma){ 1.5, 20 });
	double tau = class_due_days(id, &unknown, 0.5);

	(void)unused;
	assert_true(fabs(class_value(id, &unknown, tau) - 0.5) < 1e-9);
	assert_true(class_value(id, &unknown, tau * 1.01) > 0.5);
}

static void what_is_known_of_the_page_beats_the_middle_of_its_class(void **unused)
{
	struct rate_gamma g = { 1.5, 20 };
	struct page_worth worth = class_worth(2, g);
	uint16_t id = class_of(2, g);

	(void)unused;
	for (double tau = 0.01; tau < 1e4; tau *= 3) {
		double exact = value_learned(2, g, tau);

		assert_true(fabs(class_value(id, &worth, tau) / exact - 1) < 1e-6);
		assert_true(exact <= CLASS_SPREAD * class_value(id, &unknown, tau));
	}
}

/* What the frontier relies on when it leaves the rest of a class unread. */
static void no_page_is_worth_more_than_the_spread_of_its_class(void **unused)
{
	(void)unused;
	for (double a = 0.501; a < 90; a *= 1.09)
		for (double b = 0.01; b < 1e4; b *= 1.3)
			for (double tau = b / 1000; tau < 3 * b / a; tau *= 1.5) {
				struct rate_gamma g = { a, b };
				double most = CLASS_SPREAD * class_value(class_of(1.4, g),
									 &unknown, tau);

				assert_true(value_learned(1.4, g, tau) <=
					    most * (1 + 1e-9));
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_class_stands_for_what_lies_in_it),
		cmocka_unit_test(every_class_is_its_own_class),
		cmocka_unit_test(whatever_comes_has_a_value_class),
		cmocka_unit_test(a_class_has_one_interval_at_a_price),
		cmocka_unit_test(what_is_known_of_the_page_beats_the_middle_of_its_class),
		cmocka_unit_test(no_page_is_worth_more_than_the_spread_of_its_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
