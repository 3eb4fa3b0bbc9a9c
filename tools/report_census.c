/*
 * report_census.c - the same report from the census (store/census.h) and the hosts'
 * records: thousands of cells and each host once, where the pages would be millions.
 *
 * Counts of pages, visits, changes, statuses, validators and states are exact. What
 * depends on each page's own rate and age is reckoned cell by cell:
 *
 *   freshness      a cell's pages for its mean rate, evidence and age. Within 0.01 of what
 *                  the pages say in all sums (tests/unit/test_report_census.c), mostly
 *                  within 0.002. A rate is as reckoned at the page's last visit, not with
 *                  its host's prior of today.
 *   rate classes   pages within a quarter of an octave of a bound may be on either side
 *   ages, overdue  to CENSUS_SLOT_MS; pages overdue by less count as being in time
 *   of a host      freshness and overdue from REPORT_SAMPLE of its pages, which are those
 *                  with the least hashes, so any of them: exact for smaller hosts, else a
 *                  standard deviation of 0.06 at the very most
 */
#include "tools/report.h"

#include <math.h>

#include "scheduler/learn.h"
#include "store/base/clock.h"
#include "tools/priors.h"

struct reckoning {
	struct report *report;
	double prior_per_day; /* of a page of which nothing is known, on any host */
};

/* What the pages of a cell are like: its means. */
static struct rate_gamma posterior_of(const struct reckoning *r,
				      const struct census_cell *cell)
{
	double n = (double)cell->sums[CENSUS_N_PAGES];
	struct rate_evidence evidence = {
		.n_changes =
			(double)cell->sums[CENSUS_EVIDENCE] * CENSUS_EVIDENCE_UNIT / n,
	};
	double per_day = (double)cell->sums[CENSUS_RATE] / n / 1e6;
	struct rate_gamma g = rate_posterior(&RATE_RULES, &evidence, r->prior_per_day);

	if (per_day > 0)
		g.b_days = g.a / per_day;
	return g;
}

static double days_before(int64_t now_ms, double at_ms)
{
	return fmax(0, (double)now_ms - at_ms) / (double)MS_PER_DAY;
}

static void add_content(struct reckoning *r, const struct census_cell *cell)
{
	struct report_content content = { .n_pages = cell->sums[CENSUS_N_PAGES] };
	double n = (double)content.n_pages, since_ms;
	struct rate_gamma g = posterior_of(r, cell);

	since_ms = (double)cell->sums[CENSUS_SINCE] * CENSUS_SINCE_MS / n;
	content.fresh_probability =
		(double)cell->sums[CENSUS_SURE] * CENSUS_SURE_UNIT / n *
		rate_fresh_probability(
			g, days_before(r->report->at_ms, (double)cell->at_ms + since_ms));
	content.weight = (double)cell->sums[CENSUS_WEIGHT] * CENSUS_WEIGHT_UNIT;
	content.is_current = cell->current;
	content.rate_per_day = rate_mean_per_day(g);
	report_pages_add_content(&r->report->pages, &content);
}

static void add_rates(struct reckoning *r, const struct census_cell *cell)
{
	double n = (double)cell->sums[CENSUS_N_PAGES],
	       per_day = (double)cell->sums[CENSUS_WHOLE_RATE] / n / 1e6;
	struct rate_class_sum *sum = report_pages_rate(
		&r->report->pages, per_day > 0 ? per_day : r->prior_per_day);

	sum->n_pages += cell->sums[CENSUS_N_PAGES];
	sum->n_visits += cell->sums[CENSUS_N_VISITS];
	sum->n_changes += cell->sums[CENSUS_N_CHANGES];
}

/* Late are the pages of a slot that has ended. */
static void add_due(struct report_pages *p, const struct census_cell *cell,
		    int64_t now_ms)
{
	int64_t late_ms = now_ms - cell->at_ms;

	if (late_ms < cell->width_ms)
		return;
	p->n_overdue += cell->sums[CENSUS_N_PAGES];
	if (late_ms > p->overdue_max_ms)
		p->overdue_max_ms = late_ms;
}

static void add_unfetched(struct reckoning *r, const struct census_cell *cell)
{
	double weight = (double)cell->sums[CENSUS_WEIGHT] * CENSUS_WEIGHT_UNIT /
			(double)cell->sums[CENSUS_N_PAGES];
	struct rate_evidence none = { 0, 0 };
	struct rate_gamma g = rate_posterior(&RATE_RULES, &none, r->prior_per_day);

	r->report->pages.classes[class_of(weight, g)] +=
		(uint32_t)cell->sums[CENSUS_N_PAGES];
}

static void add_cell(struct reckoning *r, const struct census_cell *cell)
{
	struct report_pages *p = &r->report->pages;
	int64_t n = cell->sums[CENSUS_N_PAGES], now_ms = r->report->at_ms;
	double middle_ms = (double)cell->at_ms + (double)cell->width_ms / 2;

	switch (cell->kind) {
	case CENSUS_CONTENT:
		add_content(r, cell);
		break;
	case CENSUS_RATES:
		add_rates(r, cell);
		break;
	case CENSUS_VERIFIED:
		report_pages_add_age(p, days_before(now_ms, middle_ms), n);
		break;
	case CENSUS_DUE:
		add_due(p, cell, now_ms);
		break;
	case CENSUS_SEEN:
		if (!p->first_seen_at_ms || cell->at_ms < p->first_seen_at_ms)
			p->first_seen_at_ms = cell->at_ms;
		break;
	case CENSUS_UNFETCHED:
		add_unfetched(r, cell);
		break;
	case CENSUS_STATUS:
		p->statuses[cell->number < N_STATUS_CODES ? cell->number : 0] += n;
		break;
	case CENSUS_VALIDATOR:
		if (cell->number < N_VALIDATOR_KINDS)
			p->validators[cell->number] += n;
		break;
	default:
		p->n_noisy += n;
	}
}

enum err report_read_census(struct report *report, struct store *store)
{
	static const struct host unknown;
	const struct store_classes *classes = store_classes(store);
	struct reckoning r = { report, learn_prior_per_day(classes, &unknown) };
	const struct census *census;
	struct census_place place = { .started = false };
	struct census_cell cell;
	enum err err = store_census(store, &census);

	if (err)
		return err;
	for (int s = 0; s < N_STATES; s++) {
		report->pages.n[s] = store_totals(store)->n[s];
		report->pages.n_total += store_totals(store)->n[s];
	}
	/* As the scheduler has them: pages with a source where it leaves them. */
	for (size_t c = 0; c < N_CLASSES; c++)
		report->pages.classes[c] += classes->n_pages[c];
	while (census_next(census, &place, &cell))
		if (cell.sums[CENSUS_N_PAGES] > 0) /* else the store is damaged */
			add_cell(&r, &cell);
	return ERR_OK;
}

/* ---- hosts ----------------------------------------------------------------------------------- */

static enum err sample(struct store *store, int64_t now_ms, struct report_host *h)
{
	double prior = learn_prior_per_day(store_classes(store), &h->host);
	struct store_walk *walk = NULL;
	struct page_view view;
	struct page page;
	int64_t n = 0, n_overdue = 0;
	enum err err = store_walk_pages(store, &h->host.key, &walk);

	page_init(&page);
	while (!err && n < REPORT_SAMPLE && !(err = store_walk_page(walk, &page))) {
		page_view_make(&view, &page, prior, now_ms);
		report_host_add(h, &view);
		n_overdue += view.overdue_ms > 0;
		n++;
	}
	page_release(&page);
	store_walk_end(walk);
	if (n)
		h->n_overdue = h->n_total * n_overdue / n;
	/* A damaged record ends the sample: `freshet db verify` names it. */
	return err == ERR_NOT_FOUND || err == ERR_CORRUPT || err == ERR_NEWER ? ERR_OK
									      : err;
}

enum err report_sample_hosts(struct report *report, struct store *store)
{
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < report->hosts.n; i++)
		err = sample(store, report->at_ms, best_item(&report->hosts, i));
	return err;
}
