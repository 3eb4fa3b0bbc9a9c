#include "tests/unit/unit.h"

#include <math.h>

#include "scheduler/signal.h"
#include "scheduler/value.h"
#include "store/base/err.h"

static const struct rate_gamma g = { 2, 20 };
static const struct signal_quality none = { 0, 0 };
static const struct signal_quality good = { 0.9, 0.9 };

static void without_a_source_nothing_is_changed(void **unused)
{
	(void)unused;
	for (double days = 1e-6; days < 1e6; days *= 10) {
		assert_true(signal_fresh_probability(&none, g, 3, days) ==
			    rate_fresh_probability(g, days));
		assert_true(fabs(signal_value(1, &none, g, 3, days) /
					 value_learned(1, g, days) -
				 1) < 1e-9);
	}
}

static void silence_of_a_good_source_saves_visits(void **unused)
{
	(void)unused;
	assert_true(signal_fresh_probability(&good, g, 0, 10) >
		    rate_fresh_probability(g, 10));
	assert_true(signal_value(1, &good, g, 0, 10) < value_learned(1, g, 10));
}

static void an_announcement_makes_the_value_jump(void **unused)
{
	(void)unused;
	assert_true(signal_value(1, &good, g, 1, 0.01) >
		    100 * signal_value(1, &good, g, 0, 0.01));
	assert_true(signal_fresh_probability(&good, g, 1, 0.01) < 0.11);
}

/* A source that tells all: the page need never be visited in silence, and a visit on an
 * announcement gains one mean time between changes. */
static void a_source_that_tells_all_makes_a_visit_worth_one_change(void **unused)
{
	struct signal_quality all = { SIGNAL_MAX_TRUST, SIGNAL_MAX_TRUST };

	(void)unused;
	for (double rate = 1e-3; rate < 1e3; rate *= 10)
		assert_true(fabs(signal_value_known(1, rate, &all, 4.0) * rate - 1) <
			    0.05);
}

static double next_uniform(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return ((double)(*state >> 11) + 0.5) / 9007199254740992.0;
}

/* E integral p - E T e^-x by playing out cycles: silence, announcements, threshold. */
static double played_value(double rate, const struct signal_quality *q, double x,
			   int n_cycles)
{
	double silent = (1 - q->recall) * rate,
	       announced = q->recall * rate / q->precision;
	double step = -log1p(-q->precision), total = 0;
	uint64_t state = 88172645463325252u;

	for (int i = 0; i < n_cycles; i++) {
		double doubt = 0;

		while (doubt < x) {
			double quiet = -log(next_uniform(&state)) / announced;
			double until = fmin(quiet, (x - doubt) / silent);
			double p = exp(-doubt);

			total += p * -expm1(-silent * until) / silent - exp(-x) * until;
			doubt += silent * until;
			if (until < quiet)
				break;
			doubt += step;
		}
	}
	return total / n_cycles;
}

static const struct {
	double recall, precision, x;
} cycle_rows[] = {
	{ 0.5, 0.5, 1 },
	{ 0.9, 0.9, 2 },
	{ 0.2, 0.7, 0.5 },
	{ 0.7, 0.1, 1.5 },
};

static void the_closed_form_is_what_playing_it_out_gives(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cycle_rows); i++) {
		struct signal_quality q = { cycle_rows[i].recall,
					    cycle_rows[i].precision };
		double played = played_value(3, &q, cycle_rows[i].x, 100000);
		double closed = signal_value_known(1, 3, &q, cycle_rows[i].x);

		if (!(fabs(played / closed - 1) < 0.02))
			fail_msg("row %zu: played %g, closed form %g", i, played, closed);
	}
}

static const double shares[] = { 0, 1e-9, 1e-3, 0.1, 0.5, 0.9, 0.99, 1, 7, -1 };

static void values_are_finite_and_grow_with_time_and_announcements(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(shares) * ARRAY_SIZE(shares); i++) {
		struct signal_quality q = { shares[i / ARRAY_SIZE(shares)],
					    shares[i % ARRAY_SIZE(shares)] };
		double before[3] = { 0 };

		for (double days = 1e-12; days < 2e6; days *= 100)
			for (unsigned n = 0; n < 3; n++) {
				double v = signal_value(2, &q, g, n, days);
				double back =
					signal_stand(2, &q, g, n, days, 0.1).virtual_days;

				assert_true(isfinite(v) && back >= 0);
				assert_true(back <= SIGNAL_MAX_DAYS);
				if (v < before[n] * (1 - 1e-3))
					fail_msg("r %g pi %g n %u days %g: %g after %g",
						 q.recall, q.precision, n, days, v,
						 before[n]);
				before[n] = v;
			}
	}
	assert_true(isfinite(signal_value(1, &good, (struct rate_gamma){ 1e-3, 1e-9 },
					  4000000000u, 1e6)));
}

/* The class's own value at the virtual days is the announced page's value. */
static void an_announced_page_finds_its_place_in_the_queue(void **unused)
{
	const double prices[] = { 0, 0.01, 0.3, 10 };

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(prices); i++) {
		struct signal_stand s = signal_stand(5, &good, g, 1, 3, prices[i]);

		assert_true(s.virtual_days > 3 && s.weight <= 5 && s.weight > 0);
		assert_true(fabs(value_learned(s.weight, s.silent, s.virtual_days) /
					 signal_value(5, &good, g, 1, 3) -
				 1) < 1e-9);
	}
}

/* A silent page, queued by its class, is due when its own value has reached the price. */
static void a_silent_page_is_due_at_the_price(void **unused)
{
	struct signal_stand s = signal_stand(5, &good, g, 0, 3, 0.3);
	double due = value_learned_due_days(s.weight, s.silent, 0.3);

	(void)unused;
	assert_true(fabs(s.virtual_days - 3) < 1e-12);
	assert_true(fabs(signal_value(5, &good, g, 0, due) / 0.3 - 1) < 0.02);
}

static void announcements_teach_the_rate_of_a_page(void **unused)
{
	const struct rate_rules rules = RATE_RULES;
	struct signal_quality none_yet = { 0, 0 };
	struct rate_evidence plain = { 3, 40 }, with = { 3, 40 }, e = { 3, 40 };

	(void)unused;
	rate_changed(&rules, &plain, 0.1, 5);
	signal_learn(&rules, &with, 0.1, &none_yet, 0, 5, true);
	assert_true(fabs(plain.n_changes - with.n_changes) <
		    1e-9); /* no source: the same */
	/* Seven changes announced, nearly all true, leave no doubt that there were many. */
	signal_learn(&rules, &e, 0.1, &good, 7, 5, true);
	assert_true(e.n_changes > 0.9 * 3 + 6 && e.n_changes < 0.9 * 3 + 7);
	/* An unchanged page refutes its announcements. */
	plain = with = (struct rate_evidence){ 3, 40 };
	rate_unchanged(&rules, &plain, 5);
	signal_learn(&rules, &with, 0.1, &good, 7, 5, false);
	assert_true(plain.n_changes == with.n_changes && plain.days == with.days);
}

/* A source of that quality, told apart by 3000 visits at random times. */
static struct signal_quality learned_quality(double recall, double precision)
{
	struct signal_counts counts = { 0 };
	struct rate_gamma known = { 200, 200 };
	uint64_t state = 2463534242;

	for (int i = 0; i < 3000; i++) {
		double days = 0.2 + next_uniform(&state), t = 0;
		unsigned n = 0;
		bool changed = false;

		for (;;) { /* changes, one a day */
			t -= log(next_uniform(&state));
			if (t > days)
				break;
			changed = true;
			n += next_uniform(&state) < recall;
		}
		for (t = 0;;) { /* false alarms */
			t -= log(next_uniform(&state)) * precision / (1 - precision) /
			     recall;
			if (t > days)
				break;
			n++;
		}
		signal_observe(&counts, known, n, days, changed);
	}
	return signal_quality(&counts);
}

static const struct {
	double recall, precision;
} source_rows[] = { { 0.5, 0.5 }, { 0.9, 0.9 }, { 0.3, 0.8 }, { 0.8, 0.2 } };

static void visits_find_out_what_a_source_is_worth(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(source_rows); i++) {
		struct signal_quality q =
			learned_quality(source_rows[i].recall, source_rows[i].precision);

		if (!(fabs(q.recall - source_rows[i].recall) < 0.2 &&
		      fabs(q.precision - source_rows[i].precision) < 0.1))
			fail_msg("row %zu: recall %g, precision %g", i, q.recall,
				 q.precision);
	}
}

static void a_new_source_has_little_trust_and_a_liar_loses_it(void **unused)
{
	struct signal_counts counts = { 0 };
	struct signal_quality q = signal_quality(&counts);

	(void)unused;
	assert_true(fabs(q.recall - 0.1) < 1e-12 && fabs(q.precision - 0.1) < 1e-12);
	/* Every page stamped with the time of every build. */
	for (int i = 0; i < 100; i++)
		signal_observe(&counts, g, 3, 1, false);
	q = signal_quality(&counts);
	assert_true(q.precision < 0.002);
	assert_true(signal_value(1, &q, g, 1, 5) / signal_value(1, &q, g, 0, 5) < 1.02);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_source_nothing_is_changed),
		cmocka_unit_test(silence_of_a_good_source_saves_visits),
		cmocka_unit_test(an_announcement_makes_the_value_jump),
		cmocka_unit_test(a_source_that_tells_all_makes_a_visit_worth_one_change),
		cmocka_unit_test(the_closed_form_is_what_playing_it_out_gives),
		cmocka_unit_test(values_are_finite_and_grow_with_time_and_announcements),
		cmocka_unit_test(an_announced_page_finds_its_place_in_the_queue),
		cmocka_unit_test(a_silent_page_is_due_at_the_price),
		cmocka_unit_test(announcements_teach_the_rate_of_a_page),
		cmocka_unit_test(visits_find_out_what_a_source_is_worth),
		cmocka_unit_test(a_new_source_has_little_trust_and_a_liar_loses_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
