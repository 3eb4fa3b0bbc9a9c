/*
 * test_vectors.c - the mathematics of scheduler/ against values made at 60 digits.
 *
 * Reads tests/data/vectors/ (see the README there) and, if FRESHET_VECTORS names another
 * directory, the files of the same names in it.
 */
#include "tests/unit/unit.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "scheduler/allocation.h"
#include "scheduler/classes.h"
#include "scheduler/estimator.h"
#include "scheduler/freshness.h"
#include "scheduler/gamma.h"
#include "scheduler/prior.h"
#include "scheduler/rate.h"
#include "scheduler/signal.h"
#include "scheduler/value.h"
#include "store/base/buf.h"

#define OWN_VECTORS "tests/data/vectors"

/* Where a failing case stands, for the message. */
static struct {
	const char *file;
	size_t number;
} now;

static bool has(const json_t *c, const char *key)
{
	const json_t *v = json_object_get(c, key);

	return v && !json_is_null(v);
}

static double num(const json_t *c, const char *key)
{
	const json_t *v = json_object_get(c, key);

	if (!json_is_number(v))
		fail_msg("%s case %zu: no number '%s'", now.file, now.number, key);
	return json_number_value(v);
}

static void near(const char *what, double got, double want, double tolerance)
{
	if (!(fabs(got - want) <= tolerance))
		fail_msg("%s case %zu: %s is %.17g, not %.17g", now.file, now.number,
			 what, got, want);
}

static void near_relative(const char *what, double got, double want, double tolerance)
{
	near(what, got, want, tolerance * fabs(want));
}

/* The numbers of an array; the caller frees them. */
static double *numbers(const json_t *c, const char *key)
{
	const json_t *list = json_object_get(c, key);
	double *out = calloc(json_array_size(list) + 1, sizeof(*out));

	assert_non_null(list);
	assert_non_null(out);
	for (size_t i = 0; i < json_array_size(list); i++)
		out[i] = json_number_value(json_array_get(list, i));
	return out;
}

static void near_all(const char *what, const double *got, const json_t *c,
		     const char *key, double tolerance)
{
	double *want = numbers(c, key);
	size_t n = json_array_size(json_object_get(c, key));

	for (size_t i = 0; i < n; i++)
		if (!(fabs(got[i] - want[i]) <= tolerance))
			fail_msg("%s case %zu: %s[%zu] is %.17g, not %.17g", now.file,
				 now.number, what, i, got[i], want[i]);
	free(want);
}

/* ---- crawl value ---------------------------------------------------------------------- */

static void check_crawl_value(const json_t *c, double tolerance)
{
	double rate = num(c, "lam"), w = num(c, "w"), tau = num(c, "tau");

	near_relative("V", value_known(w, rate, tau), num(c, "V"), tolerance);
	near_relative("F", freshness_periodic(rate, 1 / tau), num(c, "F"), tolerance);
}

static struct rate_gamma gamma_from(const json_t *c)
{
	return (struct rate_gamma){ num(c, "a"), num(c, "b") };
}

static void check_bayes_value(const json_t *c, double tolerance)
{
	struct rate_gamma g = gamma_from(c);
	double tau = num(c, "tau");

	near_relative("V", value_learned(num(c, "w"), g, tau), num(c, "V"), tolerance);
	near_relative("p", rate_fresh_probability(g, tau), num(c, "p"), tolerance);
}

static void check_due_interval(const json_t *c, double tolerance)
{
	double rate = num(c, "lam"), w = num(c, "w"), price = num(c, "mult");
	double got = value_known_due_days(w, rate, price);

	if (!has(c, "tau"))
		assert_true(isinf(got));
	/* At the limit itself the interval is anything, see the file's own note. */
	else if (price * rate / w < 0.999999)
		near_relative("tau", got, num(c, "tau"), tolerance);
}

static void check_due_learned(const json_t *c, double tolerance)
{
	double got = value_learned_due_days(num(c, "w"), gamma_from(c), num(c, "mult"));

	if (!has(c, "tau"))
		assert_true(isinf(got));
	else
		near_relative("tau", got, num(c, "tau"), tolerance);
}

/* ---- learning ------------------------------------------------------------------------- */

static void check_adf_changed(const json_t *c, double tolerance)
{
	struct rate_gamma g = rate_gamma_censored(gamma_from(c), num(c, "tau"));

	near_relative("a", g.a, num(c, "a2"), tolerance);
	near_relative("b", g.b_days, num(c, "b2"), tolerance);
	near_relative("mean", rate_mean_per_day(g), num(c, "mean"), tolerance);
}

static void learn_step(const struct rate_rules *rules, struct rate_evidence *e,
		       double prior_mean, const json_t *step)
{
	double tau = num(step, "tau");

	if (!(num(step, "changed") > 0))
		rate_unchanged(rules, e, tau);
	else if (has(step, "lm_age"))
		rate_changed_dated(rules, e, tau, num(step, "lm_age"));
	else
		rate_changed(rules, e, prior_mean, tau);
}

static void check_likeliest(const json_t *c, const json_t *steps, double tolerance)
{
	size_t n = json_array_size(steps);
	struct estimator_visit *visits = calloc(n + 1, sizeof(*visits));
	double got;

	assert_non_null(visits);
	for (size_t i = 0; i < n; i++) {
		const json_t *step = json_array_get(steps, i);

		visits[i].tau_days = num(step, "tau");
		visits[i].has_changed = num(step, "changed") > 0;
	}
	got = estimator_likeliest_per_day(visits, n);
	if (has(c, "mle_censored"))
		near_relative("mle", got, num(c, "mle_censored"), tolerance);
	else
		assert_true(isinf(got));
	free(visits);
}

static void check_estimator_history(const json_t *c, double tolerance)
{
	struct rate_rules rules = { num(c, "a0"), num(c, "gamma") };
	struct rate_evidence e = { 0 };
	double prior_mean = num(c, "prior_mean");
	const json_t *steps = json_object_get(c, "steps"), *step;
	size_t i;

	if (has(c, "first_lm_age"))
		rate_first_fetch_dated(&e, num(c, "first_lm_age"));
	json_array_foreach((json_t *)steps, i, step)
	{
		learn_step(&rules, &e, prior_mean, step);
		/* A is 0 up to rounding after visits that found nothing. */
		near("A", e.n_changes, num(step, "A"), tolerance * (1 + num(step, "A")));
		near_relative("B", e.days, num(step, "B"), tolerance);
		near_relative("rate",
			      rate_mean_per_day(rate_posterior(&rules, &e, prior_mean)),
			      num(step, "rate"), tolerance);
	}
	check_likeliest(c, steps, tolerance);
}

static void check_cho_estimator(const json_t *c, double tolerance)
{
	double got = estimator_reduced_per_day(num(c, "n"), num(c, "X"), num(c, "I"));

	near("rate", got, num(c, "rate"), tolerance * (1 + num(c, "rate")));
}

/* The means of the pages under the old prior, added up, are the new one. */
static void check_host_prior(const json_t *c, double tolerance)
{
	double *host = numbers(c, "host"), *a = numbers(c, "A"), *b = numbers(c, "B");
	struct rate_rules rules = { num(c, "a0"), 1 };
	double mean[16];
	const json_t *rounds = json_object_get(c, "iterations"), *round;
	size_t k;

	near("m0", PRIOR_HOST_PSEUDO_PAGES, num(c, "m0"), 0);
	for (size_t h = 0; h < ARRAY_SIZE(mean); h++)
		mean[h] = num(c, "mu_start");
	json_array_foreach((json_t *)rounds, k, round)
	{
		struct prior_sum all = { 0 }, one[ARRAY_SIZE(mean)] = { { 0 } };

		for (size_t i = 0; i < json_array_size(json_object_get(c, "host")); i++) {
			struct rate_evidence e = { a[i], b[i] };
			size_t h = (size_t)host[i];
			double m = rate_mean_per_day(rate_posterior(&rules, &e, mean[h]));

			assert_true(h < ARRAY_SIZE(mean));
			prior_add(&all, m);
			prior_add(&one[h], m);
		}
		for (size_t h = 0; h < ARRAY_SIZE(mean); h++)
			mean[h] = prior_host_mean_per_day(
				&one[h], prior_global_mean_per_day(&all));
		near_relative("global mean", prior_global_mean_per_day(&all),
			      num(round, "global_mean"), tolerance);
		near_all("host mean", mean, round, "host_mean", tolerance);
	}
	free(host);
	free(a);
	free(b);
}

/* ---- allocation ----------------------------------------------------------------------- */

/* The case's pages and room for an answer. */
struct problem {
	struct allocation_page *pages;
	double *visits;
	size_t n;
	double budget;
};

static struct problem problem_of(const json_t *c)
{
	double *rates = numbers(c, "rates"), *weights = numbers(c, "weights");
	double *hosts = has(c, "host") ? numbers(c, "host") : NULL;
	struct problem p = { .n = json_array_size(json_object_get(c, "rates")),
			     .budget = has(c, "budget") ? num(c, "budget") : 0 };

	p.pages = calloc(p.n, sizeof(*p.pages));
	p.visits = calloc(p.n, sizeof(*p.visits));
	assert_true(p.pages && p.visits);
	for (size_t i = 0; i < p.n; i++) {
		p.pages[i].rate_per_day = rates[i];
		p.pages[i].weight = weights[i];
		p.pages[i].n_pages = 1;
		p.pages[i].host = hosts ? (uint32_t)hosts[i] : 0;
	}
	free(rates);
	free(weights);
	free(hosts);
	return p;
}

static void problem_release(struct problem *p)
{
	free(p->pages);
	free(p->visits);
}

static double sum(const double *list, size_t n)
{
	double total = 0;

	for (size_t i = 0; i < n; i++)
		total += list[i];
	return total;
}

static void check_allocation(const json_t *c, double tolerance)
{
	struct problem p = problem_of(c);
	double *want = numbers(c, "f");
	struct allocation got =
		allocation_solve(AIM_PERIODIC, p.pages, p.n, p.budget, p.visits);

	near_relative("price", got.price, num(c, "mult"), tolerance);
	near_relative("spent", got.visits_per_day, p.budget, 1e-9);
	/* A reference that leaves its budget unspent (a price at the limit of its only
	 * page) is no optimum: then ours must be at least as fresh. */
	if (sum(want, p.n) > (1 - tolerance) * p.budget) {
		near_all("f", p.visits, c, "f", tolerance * p.budget);
		near("freshness", got.freshness, num(c, "weighted_freshness"), 1e-9);
	} else {
		assert_true(got.freshness >= num(c, "weighted_freshness"));
	}
	free(want);
	problem_release(&p);
}

static void check_allocation_capped(const json_t *c, double tolerance)
{
	struct problem p = problem_of(c);
	double *cap = numbers(c, "cap");
	size_t n_hosts = json_array_size(json_object_get(c, "cap"));
	double *price = calloc(n_hosts, sizeof(*price));
	struct allocation_hosts hosts = { cap, price, n_hosts };
	struct allocation got = { 0 };

	assert_int_equal(allocation_solve_capped(AIM_PERIODIC, p.pages, p.n, p.budget,
						 &hosts, p.visits, &got),
			 ERR_OK);
	near("price", got.price, num(c, "mult"), tolerance * num(c, "mult"));
	near_relative("spent", got.visits_per_day, num(c, "used"), 1e-6);
	near("freshness", got.freshness, num(c, "weighted_freshness"), 1e-9);
	near_all("f", p.visits, c, "f", tolerance * p.budget);
	near_all("host price", price, c, "host_mult", tolerance);
	free(cap);
	free(price);
	problem_release(&p);
}

static void check_allocation_poisson_crawl(const json_t *c, double tolerance)
{
	struct problem p = problem_of(c);
	struct allocation got;

	got = allocation_solve(AIM_RANDOM, p.pages, p.n, p.budget, p.visits);
	near_relative("price", got.price, num(c, "mult_binary"), tolerance);
	near_relative("freshness", got.freshness, num(c, "freshness"), tolerance);
	near_all("f", p.visits, c, "f_binary", tolerance * p.budget);
	got = allocation_solve(AIM_HARMONIC, p.pages, p.n, p.budget, p.visits);
	near_relative("price", got.price, num(c, "mult_harmonic"), tolerance);
	near_relative("penalty", got.penalty, num(c, "J_harmonic"), tolerance);
	near_all("f", p.visits, c, "f_harmonic", tolerance * p.budget);
	problem_release(&p);
}

static size_t pick(const struct problem *p, const double *last, double days)
{
	size_t best = 0;
	double most = -1;

	for (size_t i = 0; i < p->n; i++) {
		double v = value_known(p->pages[i].weight, p->pages[i].rate_per_day,
				       days - last[i]);

		if (v > most) {
			most = v;
			best = i;
		}
	}
	return best;
}

static void check_pick_sequence(const json_t *c, double tolerance)
{
	struct problem p = problem_of(c);
	double *picks = numbers(c, "picks"), per_day = num(c, "R");
	double *last = p.visits;

	(void)tolerance;
	for (size_t s = 0; s < json_array_size(json_object_get(c, "picks")); s++) {
		double days = (double)(s + 1) / per_day;
		size_t got = pick(&p, last, days);

		near("pick", (double)got, picks[s], 0);
		last[got] = days;
	}
	free(picks);
	problem_release(&p);
}

/* ---- Gamma distribution, age, signals ---------------------------------------------------- */

static void check_gamma_quantile(const json_t *c, double tolerance)
{
	double a = num(c, "a"), q = num(c, "q"), x = num(c, "x");

	near_relative("quantile", gamma_quantile(a, q), x, tolerance);
	near_relative("probability", gamma_probability(a, x), q, tolerance);
}

static void check_age(const json_t *c, double tolerance)
{
	double rate = num(c, "lam"), f = num(c, "f");

	near_relative("age", freshness_age_periodic_days(rate, f), num(c, "periodic"),
		      tolerance);
	near_relative("age", freshness_age_random_days(rate, f), num(c, "random"),
		      tolerance);
	near_relative("penalty", freshness_harmonic_penalty(rate, f), num(c, "penalty"),
		      tolerance);
}

static void check_signal_fresh(const json_t *c, double tolerance)
{
	struct signal_quality q = { num(c, "r"), num(c, "pi") };
	unsigned n = (unsigned)num(c, "n");
	struct rate_gamma g = gamma_from(c);
	double days = num(c, "s"), effective = num(c, "effective");

	near_relative("p", signal_fresh_probability(&q, g, n, days), num(c, "p"),
		      tolerance);
	near_relative("effective", signal_effective_days(&q, g, n, days),
		      fmin(effective, SIGNAL_MAX_DAYS), tolerance);
}

static void check_signal_value(const json_t *c, double tolerance)
{
	struct signal_quality q = { num(c, "r"), num(c, "pi") };

	near_relative("V", signal_value_known(1, num(c, "rate"), &q, num(c, "x")),
		      num(c, "V"), tolerance);
}

/* ---- the files -------------------------------------------------------------------------- */

static const struct vectors {
	const char *file;
	void (*check)(const json_t *c, double tolerance);
} all_vectors[] = {
	{ "crawl_value.json", check_crawl_value },
	{ "bayes_value.json", check_bayes_value },
	{ "due_interval.json", check_due_interval },
	{ "due_learned.json", check_due_learned },
	{ "adf_changed.json", check_adf_changed },
	{ "estimator_history.json", check_estimator_history },
	{ "cho_estimator.json", check_cho_estimator },
	{ "host_prior.json", check_host_prior },
	{ "allocation.json", check_allocation },
	{ "allocation_capped.json", check_allocation_capped },
	{ "allocation_poisson_crawl.json", check_allocation_poisson_crawl },
	{ "pick_sequence.json", check_pick_sequence },
	{ "gamma_quantile.json", check_gamma_quantile },
	{ "age.json", check_age },
	{ "signal_fresh.json", check_signal_fresh },
	{ "signal_value.json", check_signal_value },
};

/* False: there is no such file. */
static bool run_file(const char *directory, const struct vectors *v)
{
	struct buf path = BUF_INIT;
	json_error_t why;
	json_t *file, *c;
	const json_t *cases;
	double tolerance = 1e-6;

	assert_int_equal(buf_printf(&path, "%s/%s", directory, v->file), ERR_OK);
	file = json_load_file(buf_text(&path), 0, &why);
	buf_release(&path);
	if (!file)
		return false;
	if (has(file, "rel_tol"))
		tolerance = num(file, "rel_tol");
	now.file = v->file;
	cases = json_object_get(file, "cases");
	assert_true(json_array_size(cases) > 0);
	json_array_foreach((json_t *)cases, now.number, c) v->check(c, tolerance);
	json_decref(file);
	return true;
}

static void own_values_are_met(void **state)
{
	assert_true(run_file(OWN_VECTORS, *state));
}

static void values_of_others_are_met(void **unused)
{
	const char *directory = getenv("FRESHET_VECTORS");
	size_t n = 0;

	(void)unused;
	if (!directory)
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(all_vectors); i++)
		n += run_file(directory, &all_vectors[i]);
	assert_true(n > 0);
}

/* The exact bias of the estimators, from their distribution (TOIT 3(3), figures 3, 6). */
static void the_reduced_estimator_has_the_published_bias(void **unused)
{
	json_t *file = json_load_file(OWN_VECTORS "/cho_estimator.json", 0, NULL), *c;

	(void)unused;
	assert_non_null(file);
	now.file = "cho_estimator.json bias";
	json_array_foreach(json_object_get(file, "bias"), now.number, c)
	{
		double n = num(c, "n"), r = num(c, "r"), p = -expm1(-r);
		double naive = 0, reduced = 0, odds = pow(1 - p, n);

		for (double x = 0; x <= n; x++) {
			naive += odds * estimator_naive_per_day(n, x, 1);
			reduced += odds * estimator_reduced_per_day(n, x, 1);
			odds *= (n - x) / (x + 1) * p / (1 - p);
		}
		near_relative("naive", naive / r, num(c, "naive_E_over_r"), 1e-9);
		near_relative("reduced", reduced / r, num(c, "reduced_E_over_r"), 1e-9);
	}
	json_decref(file);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(all_vectors) + 2];
	size_t n = 0;

	for (; n < ARRAY_SIZE(all_vectors); n++)
		tests[n] =
			(struct CMUnitTest){ .name = all_vectors[n].file,
					     .test_func = own_values_are_met,
					     .initial_state = (void *)&all_vectors[n] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(values_of_others_are_met);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
		the_reduced_estimator_has_the_published_bias);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
