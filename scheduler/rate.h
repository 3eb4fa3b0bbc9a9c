/*
 * rate.h - how often does a page change? A Gamma posterior of its change rate, learned
 * from visits that mostly see only "changed since then" or "not".
 *
 * Changes are taken for a Poisson process (Cho & Garcia-Molina, TODS 28(4) 2003, section
 * 3). Its rate, in changes per day, is Gamma(a, b): a counts changes, b days, both
 * including the host's prior (scheduler/prior.h). Kept apart from the prior, what the
 * page's own visits said is the evidence (A, B): so a better prior also helps pages that
 * were seen before it was known.
 *
 * Durations are in days; a negative one (a clock was set back) counts as zero.
 */
#ifndef SCHEDULER_RATE_H
#define SCHEDULER_RATE_H

#include <stdbool.h>
#include <stdint.h>

/* What a page's own visits said. All zero: nothing. */
struct rate_evidence {
	double n_changes; /* A; fractional, because a visit may hide several */
	double days;      /* B */
};

/* Gamma(a, b): density b^a r^(a-1) e^(-b r) / Gamma(a) of the rate r per day. */
struct rate_gamma {
	double a;
	double b_days;
};

struct rate_rules {
	double prior_a; /* a0: how many changes the prior is worth */
	double keep; /* share of the evidence that outlives a visit; 1 forgets nothing */
};

/* 0.92: a page whose habits change is followed within about twelve visits. */
#define RATE_RULES ((struct rate_rules){ .prior_a = 0.5, .keep = 0.92 })

/* First fetch, with a trusted Last-Modified: one change, `age_days` ago. */
void rate_first_fetch_dated(struct rate_evidence *e, double age_days);
/* Fades the evidence by one visit. The functions below do it themselves. */
void rate_forget(const struct rate_rules *rules, struct rate_evidence *e);
/* A visit `tau_days` after the last one found nothing new. */
void rate_unchanged(const struct rate_rules *rules, struct rate_evidence *e,
		    double tau_days);
/* ... found a change, the last one `age_days` ago by a trusted Last-Modified. Says nothing
 * of the time before that change: the time since is what is counted (Cho &
 * Garcia-Molina, TOIT 3(3) 2003, section 5). */
void rate_changed_dated(const struct rate_rules *rules, struct rate_evidence *e,
			double tau_days, double age_days);
/* ... found a change at an unknown instant: at least one. The censored posterior is no
 * Gamma; one with its mean and variance takes its place, see rate_gamma_censored(). */
void rate_changed(const struct rate_rules *rules, struct rate_evidence *e,
		  double prior_mean_per_day, double tau_days);

/* The Gamma with mean and variance of the posterior after "at least one change within
 * tau_days", from Gamma(a, b): density proportional to r^(a-1) e^(-b r) (1 - e^(-tau r)). */
struct rate_gamma rate_gamma_censored(struct rate_gamma g, double tau_days);

/* Evidence and prior together: a = a0 + A, b = a0/mean + B. Always a >= 1e-3 and
 * b >= 1e-9, whatever comes in. */
struct rate_gamma rate_posterior(const struct rate_rules *rules,
				 const struct rate_evidence *e,
				 double prior_mean_per_day);

/*
 * Is a Last-Modified worth believing as the instant of the last change? Not when it lies
 * after the origin's own clock, not within 5 s of it (a page made on request), and not
 * before the visit that still saw the old content. 0 stands for "no such date".
 */
bool rate_last_modified_is_trusted(int64_t last_modified_at_ms, int64_t date_at_ms,
				   bool has_changed, int64_t previous_visit_at_ms);

double rate_mean_per_day(struct rate_gamma g);
/* The rate that is not exceeded with probability q. */
double rate_quantile_per_day(struct rate_gamma g, double q);

struct rate_interval {
	double low_per_day, high_per_day;
};

/* The central interval that holds the rate with probability `level`, say 0.9. */
struct rate_interval rate_credible_interval(struct rate_gamma g, double level);

/* p(s): probability that the page is as it was seen `days` ago, (1 + s/b)^-a. */
double rate_fresh_probability(struct rate_gamma g, double days);
/* 1 - p(s), exact also where p(s) is nearly 1. */
double rate_change_probability(struct rate_gamma g, double days);

#endif
