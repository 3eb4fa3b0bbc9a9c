/*
 * report_pages.h - what many pages say together: sums, shares, classes, ages.
 */
#ifndef TOOLS_REPORT_PAGES_H
#define TOOLS_REPORT_PAGES_H

#include "scheduler/classes.h"
#include "tools/page_view.h"

#define N_FRESH_BUCKETS 10
#define N_STATUS_CODES 600 /* others count as 0: none */
#define N_AGE_BINS 1024    /* sixteenths of an octave of ms */

/* Pages whose mean change rate is at least `per_day`. */
struct rate_class {
	const char *name;
	double per_day;
};
#define N_RATE_CLASSES 7
extern const struct rate_class rate_classes[N_RATE_CLASSES];

struct rate_class_sum {
	int64_t n_pages;
	int64_t n_visits, n_changes; /* over the pages' lives */
	double fresh_sum;
	int64_t n_fresh; /* pages with content */
};

struct report_pages {
	int64_t n[N_STATES], n_total;
	/* over pages with content that are not gone, moved or blocked */
	int64_t n_fresh;
	double weight_sum;
	double fresh_sum, fresh_weighted; /* sums of p and w p */
	double index_fresh_sum;           /* of p where the index has our version */
	double variance_sum;              /* of p (1-p): do they all come true? */
	int64_t fresh_buckets[N_FRESH_BUCKETS];
	int64_t age_bins[N_AGE_BINS];
	struct rate_class_sum rates[N_RATE_CLASSES];
	int64_t validators[N_VALIDATOR_KINDS]; /* of fetched pages */
	int64_t statuses[N_STATUS_CODES];      /* of each page's last visit */
	int64_t n_noisy;                       /* see page_is_noisy() */
	int64_t n_overdue, overdue_max_ms;
	int64_t first_seen_at_ms; /* the earliest; 0: no pages */
	uint32_t *classes;        /* N_CLASSES counts of pages worth visits; owned */
};

/* ERR_NOMEM. */
MUST_CHECK enum err report_pages_init(struct report_pages *p);
void report_pages_release(struct report_pages *p);
void report_pages_add(struct report_pages *p, const struct page_view *view);

/* Pages with content that are alike. */
struct report_content {
	int64_t n_pages;
	double weight; /* sum */
	double fresh_probability, rate_per_day;
	bool is_current; /* the index has their version */
};
/* Parts of that, for who knows them by the number only. */
void report_pages_add_content(struct report_pages *p,
			      const struct report_content *content);
void report_pages_add_age(struct report_pages *p, double days, int64_t n_pages);
struct rate_class_sum *report_pages_rate(struct report_pages *p, double per_day);

/* Expected share of pages whose origin still has our version; NaN without such pages. */
double report_freshness(const struct report_pages *p);
double report_freshness_weighted(const struct report_pages *p);
/* ... share of which the index has the origin's version: stale pages count as not. */
double report_freshness_of_index(const struct report_pages *p);
/* The interval that holds the true share with probability 0.9. */
void report_freshness_interval(const struct report_pages *p, double *low, double *high);
/* Age since last proved current, in s, below which a share `q` of the pages lies. */
double report_age_s(const struct report_pages *p, double q);

#endif
