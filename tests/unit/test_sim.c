/*
 * The simulator: small worlds with answers that can be worked out by hand, and real ones
 * in which the policies must keep their order. FRESHET_TRACES=DIR adds the whole histories.
 */
#include "tests/unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/sim_policies.h"

#define EXCERPT "tests/data/traces/scoop-extras-200.tsv.gz"

/* ---- one page, worked out by hand ----------------------------------------------------- */

/* Measured from day 1 to day 10, visited at 1.5, 2.5, ... 9.5. */
static struct sim_world hand_world(struct sim_page *page, double *change_at, size_t n)
{
	*page = (struct sim_page){ .weight = 3, .first_at = 0.5, .before = NAN, .n = n };
	return (struct sim_world){
		.pages = page,
		.n = 1,
		.n_hosts = 1,
		.change_at = change_at,
		.n_changes = n,
		.days = 10,
		.first_pass_days = 1,
		.measured_from = 1,
		.budget_per_day = 1,
	};
}

static const struct {
	const char *why;
	double change_at[3];
	size_t n;
	double stale, age2, harmonic; /* days; days squared */
	uint64_t n_found;
} hand_rows[] = {
	{ "nothing changes", { 0 }, 0, 0, 0, 0, 0 },
	{ "stale until the next visit", { 3 }, 1, 0.5, 0.125, 0.5, 1 },
	{ "age counts from the first change", { 5, 5.25 }, 2, 0.5, 0.125, 0.625, 1 },
	{ "two changes, two visits", { 3, 5.25 }, 2, 0.75, 0.125 + 0.03125, 0.75, 2 },
	{ "before the first visit it was seen", { 0.25 }, 1, 0, 0, 0, 0 },
	{ "only the measured part counts", { 0.75 }, 1, 0.5, 0.25, 0.5, 1 },
	{ "never seen before the end", { 9.75 }, 1, 0.25, 0.03125, 0.25, 0 },
};

static void freshness_age_and_penalty_are_those_worked_out_by_hand(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(hand_rows); i++) {
		double change_at[3];
		struct sim_page page;
		struct sim_world world;
		struct sim_score score;

		memcpy(change_at, hand_rows[i].change_at, sizeof(change_at));
		world = hand_world(&page, change_at, hand_rows[i].n);
		assert_int_equal(sim_run(&world, &sim_policy_uniform, &score), ERR_OK);
		if (fabs(score.freshness - (1 - hand_rows[i].stale / 9)) > 1e-9 ||
		    fabs(score.age_days - hand_rows[i].age2 / 9) > 1e-9 ||
		    fabs(score.harmonic - hand_rows[i].harmonic / 9) > 1e-9 ||
		    score.n_changes_found != hand_rows[i].n_found ||
		    score.n_requests != 9)
			fail_msg("row %zu: %s: %.9f %.9f %.9f %d", i, hand_rows[i].why,
				 score.freshness, score.age_days, score.harmonic,
				 (int)score.n_changes_found);
	}
}

/* Changes every 2 days, 2 visits a day at a random phase: each is missed for 1/4 day. */
static void the_oracle_is_the_closed_form(void **unused)
{
	double change_at[20], visits, freshness;
	struct sim_page page;
	struct sim_world world;

	(void)unused;
	for (int k = 0; k < 20; k++)
		change_at[k] = 2 + 2 * k;
	world = hand_world(&page, change_at, 20);
	world.days = 42;
	world.measured_from = 2;
	world.budget_per_day = 2;
	assert_int_equal(sim_oracle(&world, &visits, &freshness), ERR_OK);
	assert_true(fabs(visits - 2) < 1e-6);
	assert_true(fabs(freshness - (1 - 0.25 / 2)) < 1e-6);
	/* Half a visit for each change: missed for g - g^2 f/2 = 1.5 days of 2. */
	world.budget_per_day = 0.25;
	assert_int_equal(sim_oracle(&world, &visits, &freshness), ERR_OK);
	assert_true(fabs(freshness - (1 - 1.5 / 2)) < 1e-6);
}

/* ---- worlds --------------------------------------------------------------------------- */

static void open_world(const char *path, double relative, const char *signals,
		       struct sim_world *world)
{
	struct sim_setting setting = { .relative = relative,
				       .n_pages_max = SIM_PAGES_MAX_DEFAULT,
				       .zipf = true,
				       .seed = 1 };
	struct trace trace;
	struct why why = { "" };

	if (signals)
		assert_int_equal(
			sim_signals_parse(span_of(signals), &setting.signals, &why),
			ERR_OK);
	sim_world_init(world);
	trace_init(&trace);
	if (trace_read(path, &trace, &why) ||
	    sim_world_of_trace(&trace, &setting, world, &why))
		fail_msg("%s", why.text);
	trace_release(&trace);
}

static double percent(const struct sim_world *world, const struct sim_policy *policy)
{
	struct sim_score score;
	double oracle;

	assert_int_equal(sim_oracle(world, NULL, &oracle), ERR_OK);
	assert_int_equal(sim_run(world, policy, &score), ERR_OK);
	return 100 * score.freshness / oracle;
}

static void hashes_are_fnv1a64(void **unused)
{
	(void)unused;
	assert_true(sim_fnv1a64(SPAN(""), '\0') == UINT64_C(0xcbf29ce484222325));
	assert_true(sim_fnv1a64(SPAN("a"), '\0') == UINT64_C(0xaf63dc4c8601ec8c));
	assert_true(sim_fnv1a64(SPAN("fooba"), 'r') == UINT64_C(0x85944171f73967e8));
}

static void a_world_follows_the_rule_of_evaluation(void **unused)
{
	double first_sum = 0;
	struct sim_world w;

	(void)unused;
	open_world(EXCERPT, 1, NULL, &w);
	assert_int_equal(w.n, 200);
	assert_true(w.days == 3 * 365);
	assert_true(fabs(w.budget_per_day - (double)w.n_changes / w.days) < 1e-12);
	assert_true(fabs(w.measured_from - 200 / w.budget_per_day) < 1e-9);
	for (size_t i = 0; i < w.n; i++) {
		first_sum += w.pages[i].first_at;
		assert_true(w.pages[i].before < 0);
		for (size_t k = 0; k < w.pages[i].n; k++)
			assert_true(w.change_at[w.pages[i].first + k] > 0 &&
				    w.change_at[w.pages[i].first + k] <= w.days);
	}
	assert_true(w.pages[0].weight == 1 &&
		    fabs(w.pages[9].weight - pow(10, -0.8)) < 1e-12);
	assert_true(fabs(first_sum - 100 * w.measured_from) < 1e-6);
	sim_world_release(&w);
}

static const struct sim_policy *const budgeted[] = {
	&sim_policy_oracle,  &sim_policy_known,        &sim_policy_optimal,
	&sim_policy_poisson, &sim_policy_proportional, &sim_policy_uniform,
	&sim_policy_nutch,   &sim_policy_stormcrawler,
};

static void no_policy_exceeds_the_budget(void **unused)
{
	const char *signals[] = { NULL, "share=1,recall=0.5,cost=0.5" };

	(void)unused;
	for (size_t s = 0; s < ARRAY_SIZE(signals); s++) {
		struct sim_world w;

		open_world(EXCERPT, 1, signals[s], &w);
		for (size_t i = 0; i < ARRAY_SIZE(budgeted); i++) {
			double room = w.budget_per_day * (w.days - w.measured_from) + 1;
			struct sim_score score;

			if (signals[s])
				room -= 0.3 * (double)w.n_announcements;
			assert_int_equal(sim_run(&w, budgeted[i], &score), ERR_OK);
			if ((double)score.n_requests > room)
				fail_msg("%s: %d requests, room for %g",
					 budgeted[i]->name, (int)score.n_requests, room);
		}
		sim_world_release(&w);
	}
}

static void the_bound_holds_when_its_visits_are_made(void **unused)
{
	struct sim_world w;

	(void)unused;
	open_world(EXCERPT, 1, NULL, &w);
	assert_true(fabs(percent(&w, &sim_policy_oracle) - 100) < 1.5);
	sim_world_release(&w);
}

static void optimal_beats_the_others_by_a_margin(void **unused)
{
	double optimal, others;
	struct sim_world w;

	(void)unused;
	open_world(EXCERPT, 1, NULL, &w);
	optimal = percent(&w, &sim_policy_optimal);
	others = fmax(percent(&w, &sim_policy_uniform),
		      fmax(percent(&w, &sim_policy_nutch),
			   percent(&w, &sim_policy_stormcrawler)));
	if (!(optimal > others + 6 && optimal > 95.5))
		fail_msg("optimal %.2f, others %.2f", optimal, others);
	sim_world_release(&w);
}

/* ---- drawn worlds ---------------------------------------------------------------------- */

static void draw(uint64_t seed, bool dated, struct sim_world *w)
{
	struct sim_setting setting = { .relative = 1, .zipf = true, .seed = seed };

	sim_world_init(w);
	assert_int_equal(sim_world_draw(1000, dated, &setting, w), ERR_OK);
}

static void the_same_seed_gives_the_same_result(void **unused)
{
	double of_seed[3];

	(void)unused;
	for (int i = 0; i < 3; i++) {
		struct sim_world w;

		draw(i == 2 ? 8 : 7, false, &w);
		of_seed[i] = percent(&w, &sim_policy_optimal);
		sim_world_release(&w);
	}
	assert_true(of_seed[0] == of_seed[1]);
	assert_true(of_seed[0] != of_seed[2]);
}

static void classes_cost_little_against_every_page_looked_at(void **unused)
{
	(void)unused;
	for (uint64_t seed = 1; seed <= 2; seed++) {
		double known, exact, optimal;
		struct sim_world w;

		draw(seed, seed == 2, &w);
		known = percent(&w, &sim_policy_known);
		exact = percent(&w, &sim_policy_poisson);
		optimal = percent(&w, &sim_policy_optimal);
		if (!(known > 99 && exact > 98.3 && optimal > exact - 0.6))
			fail_msg("known %.2f, exact %.2f, optimal %.2f", known, exact,
				 optimal);
		sim_world_release(&w);
	}
}

/* ---- signals ---------------------------------------------------------------------------- */

static const struct {
	const char *spec, *wrong;
} spec_rows[] = {
	{ "share=0.5,recall=0.9,precision=0.9,lag=1h,cost=0.1", NULL },
	{ " lag=30m , share=1", NULL },
	{ "", NULL },
	{ "share=2", "0 to 1" },
	{ "recall=-1", "0 to 1" },
	{ "precision=0", "0.01 to 1" },
	{ "lag=soon", "duration" },
	{ "cost=", "0 to 1" },
	{ "trust=1", "none of" },
};

static void a_signal_spec_is_checked(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(spec_rows); i++) {
		struct sim_signals s = { .share = -1 };
		struct why why = { "" };
		enum err err = sim_signals_parse(span_of(spec_rows[i].spec), &s, &why);

		if (spec_rows[i].wrong ? !err || !strstr(why.text, spec_rows[i].wrong)
				       : err != ERR_OK)
			fail_msg("row %zu: '%s'", i, why.text);
	}
}

static void announcements_are_as_true_and_as_many_as_asked(void **unused)
{
	struct sim_world w;
	size_t n_true = 0;

	(void)unused;
	open_world(EXCERPT, 1, "share=1,recall=0.5,precision=0.25,lag=1h", &w);
	for (size_t k = 0; k < w.n_announcements; k++) {
		const struct sim_page *page = &w.pages[w.announcements[k].page];
		bool is_true = false;

		for (size_t i = 0; i < page->n; i++)
			is_true =
				is_true || fabs(w.change_at[page->first + i] + 1.0 / 24 -
						w.announcements[k].at) < 1e-9;
		n_true += is_true;
		assert_true(k == 0 || w.announcements[k].at >= w.announcements[k - 1].at);
	}
	assert_true(fabs((double)n_true / (double)w.n_changes - 0.5) < 0.05);
	assert_true(fabs((double)n_true / (double)w.n_announcements - 0.25) < 0.03);
	sim_world_release(&w);
}

static void a_good_source_is_found_out_and_used(void **unused)
{
	const struct sim_policy *const policies[] = { &sim_policy_optimal,
						      &sim_policy_poisson };

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
		struct sim_world without, with;
		double gain;

		open_world(EXCERPT, 1, NULL, &without);
		open_world(EXCERPT, 1, "share=1,recall=0.9,precision=0.9", &with);
		gain = percent(&with, policies[i]) - percent(&without, policies[i]);
		if (!(gain > 6))
			fail_msg("%s: %.2f points", policies[i]->name, gain);
		sim_world_release(&without);
		sim_world_release(&with);
	}
}

/* Announces every page again and again, whatever has changed. */
static void a_source_that_lies_costs_nothing(void **unused)
{
	const struct sim_policy *const policies[] = { &sim_policy_optimal,
						      &sim_policy_poisson };

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
		struct sim_world without, with;
		double gain;

		open_world(EXCERPT, 1, NULL, &without);
		open_world(EXCERPT, 1, "share=1,recall=0.3,precision=0.01", &with);
		gain = percent(&with, policies[i]) - percent(&without, policies[i]);
		if (!(gain > -0.8))
			fail_msg("%s: %.2f points", policies[i]->name, gain);
		sim_world_release(&without);
		sim_world_release(&with);
	}
}

/* ---- the whole histories ------------------------------------------------------------------ */

/* Percent of the oracle: what Poisson-Bayes by the page is expected to reach, what `optimal`
 * did reach less a tenth of a point, and what half the pages' signals bring at least. */
static const struct {
	const char *trace;
	double relative, expected, optimal, with_signals;
} floor_rows[] = {
	{ "ota-contrib", 0.3, 95.4, 95.5, 96.5 },
	{ "ota-contrib", 1, 98.2, 98.3, 98.8 },
	{ "ota-contrib", 2, 99.1, 99.0, 100 },
	{ "scoop-extras", 0.3, 93.7, 93.8, 95.1 },
	{ "scoop-extras", 1, 97.7, 97.5, 98.6 },
	{ "scoop-extras", 2, 98.5, 98.5, 100 },
	{ "curl-www", 0.3, 93.7, 93.4, 95 },
	{ "curl-www", 1, 95.0, 95.0, 97.5 },
	{ "curl-www", 2, 97.6, 97.2, 99.2 },
	{ "tldr", 0.3, 89.7, 89.7, 93.2 },
	{ "tldr", 1, 92.5, 92.5, 97.5 },
	{ "tldr", 2, 95.2, 94.6, 99.7 },
};

static void real_histories_keep_their_floors(void **unused)
{
	const char *dir = getenv("FRESHET_TRACES");
	double optimal_short = 0;

	(void)unused;
	if (!dir)
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(floor_rows); i++) {
		struct buf path = BUF_INIT;
		struct sim_world without, with;
		double poisson, optimal, told;

		assert_int_equal(
			buf_printf(&path, "%s/%s.tsv.gz", dir, floor_rows[i].trace),
			ERR_OK);
		open_world(buf_text(&path), floor_rows[i].relative, NULL, &without);
		open_world(buf_text(&path), floor_rows[i].relative,
			   "share=0.5,recall=0.9,precision=0.9", &with);
		poisson = percent(&without, &sim_policy_poisson);
		optimal = percent(&without, &sim_policy_optimal);
		told = percent(&with, &sim_policy_optimal);
		optimal_short +=
			(floor_rows[i].expected - optimal) / ARRAY_SIZE(floor_rows);
		print_message("%-12s c=%g: exact %.2f, optimal %.2f, told %.2f\n",
			      floor_rows[i].trace, floor_rows[i].relative, poisson,
			      optimal, told);
		if (poisson < floor_rows[i].expected - 0.6 ||
		    optimal < floor_rows[i].optimal || told < floor_rows[i].with_signals)
			fail_msg("%s c=%g", floor_rows[i].trace, floor_rows[i].relative);
		sim_world_release(&without);
		sim_world_release(&with);
		buf_release(&path);
	}
	assert_true(optimal_short < 0.05);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(freshness_age_and_penalty_are_those_worked_out_by_hand),
		cmocka_unit_test(the_oracle_is_the_closed_form),
		cmocka_unit_test(hashes_are_fnv1a64),
		cmocka_unit_test(a_world_follows_the_rule_of_evaluation),
		cmocka_unit_test(no_policy_exceeds_the_budget),
		cmocka_unit_test(the_bound_holds_when_its_visits_are_made),
		cmocka_unit_test(optimal_beats_the_others_by_a_margin),
		cmocka_unit_test(the_same_seed_gives_the_same_result),
		cmocka_unit_test(classes_cost_little_against_every_page_looked_at),
		cmocka_unit_test(a_signal_spec_is_checked),
		cmocka_unit_test(announcements_are_as_true_and_as_many_as_asked),
		cmocka_unit_test(a_good_source_is_found_out_and_used),
		cmocka_unit_test(a_source_that_lies_costs_nothing),
		cmocka_unit_test(real_histories_keep_their_floors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
