#include "scheduler/signal.h"

#include <math.h>

#include "scheduler/gamma.h"
#include "scheduler/value.h"

#define PRIOR_MEAN 0.1
#define PRIOR_COUNTS 5.0
/* A source is judged by about its last 500 telling visits: sites change their ways. */
#define KEEP 0.998
#define MAX_CHANGES 20.0 /* found by one visit: a long absence proves no more */
/* Below these an announcement says nothing, or none will ever come. */
#define MIN_PRECISION 1e-6
#define MIN_RECALL 1e-6
/* A source that is right less often is not listened to: what a thousand lies leave of a
 * thousandth's trust would move pages about for nothing. */
#define WORTH_HEARING 0.03
/* Below it so many announcements come before the due instant that they wear p down as
 * steadily as changes do. */
#define STEADY_PRECISION 0.05
#define MAX_TERMS 10000
/* Towards the due instant, where value and what is left of it depend on each other. */
#define DUE_STEPS 4
#define SHARE_MIN 1e-3

static double trust(double share)
{
	return fmin(fmax(share, 0), SIGNAL_MAX_TRUST);
}

struct signal_quality signal_quality(const struct signal_counts *c)
{
	double precision = 1 - (c->n_unchanged + PRIOR_COUNTS * (1 - PRIOR_MEAN)) /
				       (c->n_unchanged_if_false + PRIOR_COUNTS);
	double n_true = trust(precision) * c->n_announced;
	double of_changes = trust((n_true + PRIOR_COUNTS * PRIOR_MEAN) /
				  (c->n_changes + PRIOR_COUNTS));
	double of_visits = trust((c->n_found_told + PRIOR_COUNTS * PRIOR_MEAN) /
				 (c->n_found + PRIOR_COUNTS));

	if (precision < WORTH_HEARING)
		return (struct signal_quality){ 0, 0 };
	return (struct signal_quality){
		.recall = sqrt(of_changes * of_visits),
		.precision = trust(precision),
	};
}

struct rate_gamma signal_silent_rate(const struct signal_quality *q, struct rate_gamma g)
{
	return (struct rate_gamma){ g.a, g.b_days / (1 - trust(q->recall)) };
}

/* How many changes lie behind a visit that found any: at least one. */
static double expected_changes(struct rate_gamma g, double days)
{
	double changed = rate_change_probability(g, days);

	if (!(changed > 0))
		return 1;
	return fmin(rate_mean_per_day(g) * days / changed, MAX_CHANGES);
}

/* -ln of what n announcements leave of p. */
static double doubt(const struct signal_quality *q, unsigned n_announced)
{
	return -(double)n_announced * log1p(-trust(q->precision));
}

/* What lies behind a visit that found a change. */
struct behind {
	double told;   /* chance that any announcement was true */
	double n_true; /* how many were, on average */
	double silent; /* chance of a change that was not announced */
};

static struct behind behind_change(const struct signal_quality *q, struct rate_gamma g,
				   unsigned n_announced, double days)
{
	double silent = rate_change_probability(signal_silent_rate(q, g), days);
	double told = -expm1(-doubt(q, n_announced));
	double any = told + (1 - told) * silent;

	if (!(any > 0)) /* impossible by what is known: take it for a silent one */
		return (struct behind){ 0, 0, 1 };
	return (struct behind){
		.told = told / any,
		.n_true = n_announced * trust(q->precision) / any,
		.silent = silent / any,
	};
}

static void count_change(struct signal_counts *counts, const struct signal_quality *q,
			 struct rate_gamma g, unsigned n_announced, double days)
{
	counts->n_changes += expected_changes(g, days);
	counts->n_found = KEEP * counts->n_found + 1;
	counts->n_found_told =
		KEEP * counts->n_found_told + behind_change(q, g, n_announced, days).told;
}

void signal_observe(struct signal_counts *counts, struct rate_gamma g,
		    unsigned n_announced, double days, bool has_changed)
{
	struct signal_quality q = signal_quality(counts);

	if (n_announced == 0 && !has_changed)
		return; /* says nothing of the source */
	counts->n_announced = KEEP * counts->n_announced + n_announced;
	counts->n_changes *= KEEP;
	if (has_changed)
		count_change(counts, &q, g, n_announced, days);
	if (n_announced == 0)
		return;
	counts->n_unchanged = KEEP * counts->n_unchanged + !has_changed;
	/* P(unchanged) is (1 - pi) times this, the other announcements taken as before. */
	counts->n_unchanged_if_false =
		KEEP * counts->n_unchanged_if_false +
		signal_fresh_probability(&q, g, n_announced - 1, days);
}

void signal_learn(const struct rate_rules *rules, struct rate_evidence *e, double prior,
		  const struct signal_quality *q, unsigned n_announced, double tau_days,
		  bool has_changed)
{
	double recall = trust(q->recall), tau = fmax(0, tau_days), silent_days;
	struct rate_gamma g, silent, after;
	struct behind b;

	if (!has_changed) {
		rate_unchanged(rules, e, tau);
		return;
	}
	rate_forget(rules, e);
	g = rate_posterior(rules, e, prior);
	b = behind_change(q, g, n_announced, tau);
	silent = signal_silent_rate(q, g);
	after = rate_gamma_censored(silent, tau);
	silent_days = b.silent * (after.b_days - silent.b_days) + (1 - b.silent) * tau;
	e->n_changes += b.n_true + b.silent * (after.a - silent.a);
	/* A day of the silent rate is 1 - r days of the whole one. */
	e->days = fmax(0, e->days + recall * tau + (1 - recall) * silent_days);
}

double signal_fresh_probability(const struct signal_quality *q, struct rate_gamma g,
				unsigned n_announced, double days)
{
	return exp(-doubt(q, n_announced)) *
	       rate_fresh_probability(signal_silent_rate(q, g), days);
}

double signal_effective_days(const struct signal_quality *q, struct rate_gamma g,
			     unsigned n_announced, double days)
{
	struct rate_gamma silent = signal_silent_rate(q, g);
	double waited = days > 0 ? days : 0;
	double l = log1p(waited / silent.b_days) + doubt(q, n_announced) / silent.a;

	if (n_announced == 0)
		return waited;
	return fmax(waited, fmin(silent.b_days * expm1(fmin(l, 600)), SIGNAL_MAX_DAYS));
}

/* The two sums of signal_value_known(), as far as they are worth adding. */
static double cycle_gain(double silent_per_day, double announced_per_day, double step,
			 double keep, double x)
{
	double all = silent_per_day + announced_per_day, p = exp(-x);
	double factor = 1 / all, fresh = 0, length = 0;

	for (int n = 0; n < MAX_TERMS; n++) {
		double t = (x - n * step) / silent_per_day, cycles, days;

		if (!(t > 0))
			break;
		cycles = gamma_probability(n + 1, all * t);
		days = gamma_probability(n + 1, announced_per_day * t);
		fresh += factor * cycles;
		length += days / announced_per_day;
		factor *= keep * announced_per_day / all;
		if (days * announced_per_day < 1e-13 * length && cycles < 1e-13)
			break;
	}
	return fmax(0, fresh - length * p);
}

double signal_value_known(double weight, double rate_per_day,
			  const struct signal_quality *q, double x)
{
	double recall = trust(q->recall), precision = trust(q->precision);
	double silent = (1 - recall) * rate_per_day;
	double announced = recall * rate_per_day / fmax(precision, MIN_PRECISION);

	if (!(rate_per_day > 0) || !(x > 0))
		return 0;
	/* Few and far between within the cycle: none, before 1/d meets rounding. */
	if (recall < MIN_RECALL || precision < MIN_PRECISION ||
	    announced * x < 1e-7 * silent)
		return value_known(weight, silent, x / silent);
	if (precision < STEADY_PRECISION)
		return value_known(weight, rate_per_day, x / rate_per_day);
	return weight *
	       cycle_gain(silent, announced, -log1p(-precision), 1 - precision, x);
}

/* What announcements leave of the value of a silent page: in [0, 1]. */
static double cycle_share(const struct signal_quality *q, double rate_per_day, double x)
{
	double silent = (1 - trust(q->recall)) * rate_per_day;
	double whole = value_known(1, silent, x / silent);

	/* A cycle too short for anything to be announced in it. */
	if (!(whole > 0) || x < 1e-4)
		return 1;
	return fmin(1, signal_value_known(1, rate_per_day, q, x) / whole);
}

double signal_value(double weight, const struct signal_quality *q, struct rate_gamma g,
		    unsigned n_announced, double days)
{
	double effective = signal_effective_days(q, g, n_announced, days);
	struct rate_gamma silent = signal_silent_rate(q, g);
	double x = silent.a * log1p(effective / silent.b_days);

	return value_learned(weight, silent, effective) *
	       cycle_share(q, rate_mean_per_day(g), fmin(x, 600));
}

/* The share of the value that is left when the silent page is due by the price. */
static double due_share(double weight, const struct signal_quality *q,
			struct rate_gamma g, double price)
{
	struct rate_gamma silent = signal_silent_rate(q, g);
	double share = 1;

	if (!(price > 0) || !(weight > 0))
		return 1;
	for (int i = 0; i < DUE_STEPS; i++) {
		double days = value_learned_due_days(1, silent, price / (weight * share));
		double x = silent.a * log1p(fmin(days, SIGNAL_MAX_DAYS) / silent.b_days);

		share = fmax(cycle_share(q, rate_mean_per_day(g), fmin(x, 600)),
			     SHARE_MIN);
	}
	return share;
}

struct signal_stand signal_stand(double weight, const struct signal_quality *q,
				 struct rate_gamma g, unsigned n_announced, double days,
				 double price)
{
	struct rate_gamma silent = signal_silent_rate(q, g);
	double share = due_share(weight, q, g, price);
	double virtual_days = days > 0 ? days : 0;

	if (n_announced > 0)
		virtual_days = value_learned_due_days(
			1, silent, signal_value(1, q, g, n_announced, days) / share);
	return (struct signal_stand){ weight * share, silent,
				      fmin(virtual_days, SIGNAL_MAX_DAYS) };
}
