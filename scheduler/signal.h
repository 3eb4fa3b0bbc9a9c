/*
 * signal.h - pages whose changes are announced: sitemap dates, feeds, pings, index pages.
 *
 * A source announces a share r of a page's changes (its recall), and an announcement is
 * true with probability pi (its precision). s days and n announcements after the last
 * visit
 *
 *   p(s) = (1 - pi)^n (1 + (1 - r) s/b)^-a
 *
 * so silence from a good source keeps a page fresh for longer, and an announcement makes a
 * visit worth more at once. Model: Kolobov et al., NeurIPS 2019 (complete observations);
 * Busa-Fekete et al., arXiv 2502.02430, 2025 (noisy change signals). Only p matters for
 * when to visit, so an announced page is one that seems to have waited for longer: the
 * effective days below take the place of the days since the last visit.
 */
#ifndef SCHEDULER_SIGNAL_H
#define SCHEDULER_SIGNAL_H

#include <stdbool.h>

#include "scheduler/rate.h"

/* Both in [0, SIGNAL_MAX_TRUST]: nothing is believed wholly. All zero: no source. */
struct signal_quality {
	double recall, precision;
};

#define SIGNAL_MAX_TRUST 0.99
/* No number of announcements makes a page look older than this. */
#define SIGNAL_MAX_DAYS 1e6

/*
 * What visits found out about a source, in faded counts. All zero: nothing yet. Meant for
 * one source on one host, all its pages together.
 *
 *   precision = 1 - n_unchanged / n_unchanged_if_false
 *   recall    = the geometric mean of  precision n_announced / n_changes
 *               and of                 n_found_told / n_found
 *
 * Moments and not expectation maximisation, which was tried: it takes thousands of visits
 * to leave its prior. Of the two recalls the first is too low where changes come in bursts
 * (fewer than a Poisson process would have made), the second too high where several
 * changes lie behind a visit: on four real histories their mean cost 0.3 to 0.5 points of
 * freshness against knowing the recall, the first alone 0.5 to 0.8, the second up to 2.
 */
struct signal_counts {
	double n_announced;
	double n_changes;            /* expected behind the visits that found any */
	double n_found;              /* such visits */
	double n_found_told;         /* ... expected behind a true announcement */
	double n_unchanged;          /* announced visits that found nothing */
	double n_unchanged_if_false; /* how many would have, were no announcement true */
};

/* Until a source has proved itself it is believed as one that announces a tenth of the
 * changes and is right once in ten times; this prior weighs as much as five counts. One
 * that is hardly ever right is none: all zero. */
struct signal_quality signal_quality(const struct signal_counts *counts);

/* Learns from a visit `days` after the last one, before which `n_announced` announcements
 * had come. `g` is the page's posterior before this visit. */
void signal_observe(struct signal_counts *counts, struct rate_gamma g,
		    unsigned n_announced, double days, bool has_changed);

/*
 * What a visit teaches of the rate of a page with a source, in place of rate_unchanged()
 * and rate_changed(). Announcements are counted, so they tell more than the visit alone:
 * behind a found change lie the announced ones that are true and perhaps a silent one. An
 * unchanged page refutes all its announcements. `q`: as it was before this visit.
 */
void signal_learn(const struct rate_rules *rules, struct rate_evidence *e,
		  double prior_mean_per_day, const struct signal_quality *q,
		  unsigned n_announced, double tau_days, bool has_changed);

/* The rate of changes that nobody will announce: Gamma(a, b/(1-r)). */
struct rate_gamma signal_silent_rate(const struct signal_quality *q, struct rate_gamma g);
/* p(s) as above. */
double signal_fresh_probability(const struct signal_quality *q, struct rate_gamma g,
				unsigned n_announced, double days);
/* How many days of silence would leave the page as doubtful as n announcements and `days`
 * days do. At most SIGNAL_MAX_DAYS, unless `days` is more. */
double signal_effective_days(const struct signal_quality *q, struct rate_gamma g,
			     unsigned n_announced, double days);

/*
 * Crawl value of a page that is visited whenever its p falls to a threshold and has just
 * fallen to e^-x, rate and announcements known (Busa-Fekete et al., 2025):
 *
 *   V = w (E integral_0^T p dt - E T e^-x),  T: when p gets there
 *   E integral = sum over n of (1-pi)^n d^n/(d+h)^(n+1) P(n+1, (d+h) t_n)
 *   E T        = sum over n of 1/d P(n+1, d t_n)
 *
 * with h = (1-r) rate the silent changes, d = r rate/pi the announcements a day,
 * t_n = (x + n ln(1-pi))/h > 0, and P the regularised lower Gamma function. Without
 * announcements it is value_known().
 */
double signal_value_known(double weight, double rate_per_day,
			  const struct signal_quality *q, double x);

/*
 * Crawl value under a learned rate: value_learned() of the silent rate at the effective
 * days, times the share of it that is left because announcements will end many cycles
 * early (signal_value_known() against value_known(), at the mean rate). Without that
 * share, pages with a source that tells all would be overrated by 1/(1-r).
 */
double signal_value(double weight, const struct signal_quality *q, struct rate_gamma g,
		    unsigned n_announced, double days);

/*
 * Where a page with a source stands among pages without: it counts as one of this weight
 * and rate that was last visited so many days ago. The weight is what announcements leave
 * of its own at the instant it is due by the price (0: not known, none taken off); it does
 * not change while the page waits, so that such pages can queue in their order. At most
 * SIGNAL_MAX_DAYS.
 */
struct signal_stand {
	double weight;
	struct rate_gamma silent;
	double virtual_days;
};

struct signal_stand signal_stand(double weight, const struct signal_quality *q,
				 struct rate_gamma g, unsigned n_announced, double days,
				 double price);

#endif
