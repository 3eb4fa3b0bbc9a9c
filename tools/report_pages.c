#include "tools/report_pages.h"

#include <math.h>
#include <stdlib.h>

#include "store/base/clock.h"

#define AGE_STEPS_PER_OCTAVE 16

const struct rate_class rate_classes[N_RATE_CLASSES] = {
	{ "several times an hour", 48 },
	{ "hourly", 12 },
	{ "daily", 0.5 },
	{ "weekly", 1.0 / 14 },
	{ "monthly", 1.0 / 60 },
	{ "yearly", 1.0 / 730 },
	{ "hardly ever", 0 },
};

enum err report_pages_init(struct report_pages *p)
{
	*p = (struct report_pages){ .classes = calloc(N_CLASSES, sizeof(*p->classes)) };
	return p->classes ? ERR_OK : ERR_NOMEM;
}

void report_pages_release(struct report_pages *p)
{
	free(p->classes);
	p->classes = NULL;
}

void report_pages_add_age(struct report_pages *p, double days, int64_t n_pages)
{
	double ms = days * (double)MS_PER_DAY;
	double bin = ms >= 1 ? log2(ms) * AGE_STEPS_PER_OCTAVE : 0;

	p->age_bins[bin < N_AGE_BINS ? (size_t)bin : N_AGE_BINS - 1] += n_pages;
}

struct rate_class_sum *report_pages_rate(struct report_pages *p, double per_day)
{
	size_t i = 0;

	while (i < N_RATE_CLASSES - 1 && per_day < rate_classes[i].per_day)
		i++;
	return &p->rates[i];
}

void report_pages_add_content(struct report_pages *p,
			      const struct report_content *content)
{
	double n = (double)content->n_pages, f = content->fresh_probability;
	struct rate_class_sum *rate = report_pages_rate(p, content->rate_per_day);
	size_t bucket = (size_t)(f * N_FRESH_BUCKETS);

	p->n_fresh += content->n_pages;
	p->weight_sum += content->weight;
	p->fresh_sum += n * f;
	p->fresh_weighted += content->weight * f;
	p->variance_sum += n * f * (1 - f);
	if (content->is_current)
		p->index_fresh_sum += n * f;
	p->fresh_buckets[bucket < N_FRESH_BUCKETS ? bucket : N_FRESH_BUCKETS - 1] +=
		content->n_pages;
	rate->n_fresh += content->n_pages;
	rate->fresh_sum += n * f;
}

static void add_content(struct report_pages *p, const struct page_view *view)
{
	struct report_content content = {
		.n_pages = 1,
		.weight = (double)view->page->weight,
		.fresh_probability = view->fresh_probability,
		.rate_per_day = rate_mean_per_day(view->posterior),
		.is_current = view->page->indexed_version >= view->page->version,
	};

	p->validators[page_validator(view->page)]++;
	report_pages_add_content(p, &content);
	report_pages_add_age(p, view->age_days, 1);
}

static void add_rate(struct report_pages *p, const struct page_view *view)
{
	struct rate_class_sum *rate =
		report_pages_rate(p, rate_mean_per_day(view->posterior));

	rate->n_pages++;
	rate->n_visits += view->page->n_visits;
	rate->n_changes += view->page->n_changes;
}

static void add_plan(struct report_pages *p, const struct page_view *view)
{
	if (view->overdue_ms) {
		p->n_overdue++;
		if (view->overdue_ms > p->overdue_max_ms)
			p->overdue_max_ms = view->overdue_ms;
	}
	if (view->has_version || view->state == STATE_UNFETCHED)
		p->classes[class_of((double)view->page->weight, view->posterior)]++;
}

void report_pages_add(struct report_pages *p, const struct page_view *view)
{
	const struct page *page = view->page;

	p->n[view->state]++;
	p->n_total++;
	if (!p->first_seen_at_ms || page->first_seen_at_ms < p->first_seen_at_ms)
		p->first_seen_at_ms = page->first_seen_at_ms;
	add_plan(p, view);
	if (!page->n_visits)
		return;
	p->statuses[page->http_status < N_STATUS_CODES ? page->http_status : 0]++;
	add_rate(p, view);
	p->n_noisy += page_is_noisy(page);
	if (view->has_version)
		add_content(p, view);
}

/* ---- what follows -------------------------------------------------------------------- */

static double share(double sum, double of)
{
	return of > 0 ? sum / of : NAN;
}

double report_freshness(const struct report_pages *p)
{
	return share(p->fresh_sum, (double)p->n_fresh);
}

double report_freshness_weighted(const struct report_pages *p)
{
	return share(p->fresh_weighted, p->weight_sum);
}

double report_freshness_of_index(const struct report_pages *p)
{
	return share(p->index_fresh_sum, (double)p->n_fresh);
}

/* The pages are independent coins, each fresh with its own p, which already holds what is
 * not known of its rate; their sum is nearly normal. */
void report_freshness_interval(const struct report_pages *p, double *low, double *high)
{
	double mean = report_freshness(p);
	double reach = share(1.645 * sqrt(p->variance_sum), (double)p->n_fresh);

	*low = isnan(mean) ? NAN : fmax(0, mean - reach);
	*high = isnan(mean) ? NAN : fmin(1, mean + reach);
}

double report_age_s(const struct report_pages *p, double q)
{
	int64_t wanted = (int64_t)ceil(q * (double)p->n_fresh), n = 0;

	if (!p->n_fresh)
		return NAN;
	for (int i = 0; i < N_AGE_BINS; i++) {
		n += p->age_bins[i];
		if (n >= wanted && n)
			return exp2((i + 0.5) / AGE_STEPS_PER_OCTAVE) /
			       (double)MS_PER_SECOND;
	}
	return NAN;
}
