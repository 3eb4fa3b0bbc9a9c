#include "scheduler/allocation.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "scheduler/freshness.h"
#include "scheduler/root.h"
#include "scheduler/value.h"

/* Prices looked at, in units of the greatest that buys anything. */
#define PRICE_RANGE 1e40
/* Pages whose limit is this near to the price are indifferent to it: see spend_rest(). */
#define MARGIN 1e-9

/*
 * Some of the pages under one price. Hosts may have prices of their own above it: what
 * their pages are visited at those is settled and stands in `settled`, by page.
 */
struct market {
	enum allocation_aim aim;
	const struct allocation_page *pages;
	const size_t *order;      /* NULL: as they stand */
	const double *host_price; /* NULL: none, and then no `settled` */
	const double *settled;
	size_t n;
};

static const struct allocation_page *market_page(const struct market *m, size_t i)
{
	return &m->pages[m->order ? m->order[i] : i];
}

static bool is_settled(const struct market *m, const struct allocation_page *page,
		       double price)
{
	return m->host_price && m->host_price[page->host] > price;
}

static double page_rate(const struct allocation_page *page)
{
	return page->learned.a > 0 ? rate_mean_per_day(page->learned)
				   : page->rate_per_day;
}

/* From this price on the page is not visited at all. */
static double price_limit(enum allocation_aim aim, const struct allocation_page *page)
{
	if (aim == AIM_PERIODIC && page->learned.a > 0)
		return value_learned_limit(page->weight, page->learned);
	/* Under AIM_HARMONIC there is no such price; this one is its natural unit. */
	return value_known_limit(page->weight, page_rate(page));
}

/* Visits a day at a price (value), and how they grow with 1/price (slope). */
static struct root_point periodic_visits(const struct allocation_page *page, double price)
{
	bool learned = page->learned.a > 0;
	double w = page->weight;
	double tau = learned ? value_learned_due_days(w, page->learned, price)
			     : value_known_due_days(w, page->rate_per_day, price);
	double slope;

	if (!(tau > 0) || isinf(tau))
		return (struct root_point){ 0, 0 };
	slope = learned ? value_learned_slope(w, page->learned, tau)
			: value_known_slope(w, page->rate_per_day, tau);
	return (struct root_point){ 1 / tau, price / tau * (price / tau) / slope };
}

/* f = sqrt(w rate / price) - rate, from d/df f/(f + rate) = price/w. */
static struct root_point random_visits(const struct allocation_page *page, double price)
{
	double rate = page_rate(page), root = sqrt(page->weight * rate / price);

	if (!(root > rate))
		return (struct root_point){ 0, 0 };
	return (struct root_point){ root - rate, root * price / 2 };
}

/* The positive root of f (f + rate) = w rate / price, free of cancellation. */
static struct root_point harmonic_visits(const struct allocation_page *page, double price)
{
	double rate = page_rate(page), wr = page->weight * rate;
	double root = sqrt(rate * rate + 4 * wr / price);

	if (!(wr > 0))
		return (struct root_point){ 0, 0 };
	return (struct root_point){ 2 * wr / price / (rate + root), wr / root };
}

static struct root_point page_visits(enum allocation_aim aim,
				     const struct allocation_page *page, double price)
{
	switch (aim) {
	case AIM_RANDOM:
		return random_visits(page, price);
	case AIM_HARMONIC:
		return harmonic_visits(page, price);
	case AIM_PERIODIC:
		break;
	}
	return periodic_visits(page, price);
}

double allocation_visits_at(enum allocation_aim aim, const struct allocation_page *page,
			    double price)
{
	return page_visits(aim, page, price).value;
}

/* What page i is visited under the common price. */
static struct root_point market_visits(const struct market *m, size_t i, double price)
{
	const struct allocation_page *page = market_page(m, i);

	if (is_settled(m, page, price))
		return (struct root_point){ m->settled[page - m->pages], 0 };
	return page_visits(m->aim, page, price);
}

/* What the market spends when a visit costs 1/x. */
static struct root_point market_spends(const void *context, double x)
{
	const struct market *m = context;
	struct root_point sum = { 0, 0 };

	for (size_t i = 0; i < m->n; i++) {
		double n_pages = market_page(m, i)->n_pages;
		struct root_point p = market_visits(m, i, 1 / x);

		sum.value += n_pages * p.value;
		sum.slope += n_pages * p.slope;
	}
	return sum;
}

/* The greatest price that buys anything; 0 if nothing can be gained. A limit may be
 * infinite (a posterior with a <= 1): then w b serves as its unit. */
static double market_unit(const struct market *m)
{
	double most = 0;

	for (size_t i = 0; i < m->n; i++) {
		const struct allocation_page *page = market_page(m, i);
		double limit = price_limit(m->aim, page);

		if (isinf(limit))
			limit = 1e6 * page->weight * page->learned.b_days;
		most = fmax(most, limit);
	}
	return most;
}

static double market_price(const struct market *m, double budget_per_day)
{
	double unit = market_unit(m), n_pages = 0, tau, guess = 0;

	if (!(unit > 0))
		return 0;
	if (!(budget_per_day > 0))
		return m->aim == AIM_HARMONIC ? INFINITY : unit;
	for (size_t i = 0; i < m->n; i++)
		n_pages += market_page(m, i)->n_pages;
	/* What the mean page is worth after its share of the time. */
	tau = n_pages / budget_per_day;
	for (size_t i = 0; i < m->n; i++) {
		const struct allocation_page *p = market_page(m, i);

		guess += p->n_pages / n_pages * value_known(p->weight, page_rate(p), tau);
	}
	return 1 / root_find(market_spends, m, budget_per_day, 1 / guess,
			     1 / (unit * PRICE_RANGE), PRICE_RANGE / unit);
}

/*
 * A page's visits fall to nothing within one double's breadth below its limit w/rate. When
 * the price ends there (a small budget, one page better than all others) the sum misses
 * the budget either way. Such a page's freshness is f/rate to the last digit, so what is
 * left over, or spent too much, may be its own without loss.
 */
static void spend_rest(const struct market *m, double price, double rest,
		       double *visits_per_day)
{
	double most = 0;

	if (m->aim != AIM_PERIODIC)
		return;
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < m->n; i++) {
			const struct allocation_page *p = market_page(m, i);
			double *visits = &visits_per_day[p - m->pages];

			if (!(fabs(price_limit(m->aim, p) / price - 1) < MARGIN) ||
			    is_settled(m, p, price))
				continue;
			if (pass == 0)
				most += p->n_pages * page_rate(p);
			else
				*visits = fmax(0, *visits + rest * page_rate(p) / most);
		}
}

static void market_share_out(const struct market *m, double price, double budget_per_day,
			     double *visits_per_day)
{
	double spent = 0;

	for (size_t i = 0; i < m->n; i++) {
		const struct allocation_page *p = market_page(m, i);
		double visits = price > 0 ? market_visits(m, i, price).value : 0;

		visits_per_day[p - m->pages] = visits;
		spent += p->n_pages * visits;
	}
	if (fabs(spent - budget_per_day) > 1e-10 * budget_per_day)
		spend_rest(m, price, budget_per_day - spent, visits_per_day);
}

/* Sums that allocation_judge() and its like turn into means. */
struct judgement {
	double visits, freshness, penalty, weight, n_pages;
};

static void judge_page(struct judgement *sum, enum allocation_aim aim,
		       const struct allocation_page *p, double visits_per_day)
{
	double rate = page_rate(p), weight = p->n_pages * p->weight, fresh;

	if (aim != AIM_PERIODIC)
		fresh = freshness_random(rate, visits_per_day);
	else if (p->learned.a > 0)
		fresh = freshness_learned(p->learned, visits_per_day);
	else
		fresh = freshness_periodic(rate, visits_per_day);
	sum->visits += p->n_pages * visits_per_day;
	sum->freshness += weight * fresh;
	if (weight > 0)
		sum->penalty += weight * freshness_harmonic_penalty(rate, visits_per_day);
	sum->weight += weight;
	sum->n_pages += p->n_pages;
}

static struct allocation judge_mean(const struct judgement *sum, double price)
{
	return (struct allocation){
		.price = price,
		.visits_per_day = sum->visits,
		.freshness = sum->weight > 0 ? sum->freshness / sum->weight : 0,
		.penalty = sum->n_pages > 0 ? sum->penalty / sum->n_pages : 0,
	};
}

struct allocation allocation_judge(enum allocation_aim aim,
				   const struct allocation_page *pages, size_t n,
				   const double *visits_per_day)
{
	struct judgement sum = { 0 };

	for (size_t i = 0; i < n; i++)
		judge_page(&sum, aim, &pages[i], visits_per_day[i]);
	return judge_mean(&sum, 0);
}

struct allocation allocation_at_price(enum allocation_aim aim,
				      const struct allocation_page *pages, size_t n,
				      double price)
{
	struct judgement sum = { 0 };

	for (size_t i = 0; i < n; i++)
		judge_page(&sum, aim, &pages[i],
			   allocation_visits_at(aim, &pages[i], price));
	return judge_mean(&sum, price);
}

static struct root_point market_freshness(const void *context, double x)
{
	const struct market *m = context;

	return (struct root_point){
		.value = allocation_at_price(m->aim, m->pages, m->n, 1 / x).freshness,
	};
}

struct allocation allocation_for_freshness(enum allocation_aim aim,
					   const struct allocation_page *pages, size_t n,
					   double freshness)
{
	struct market all = { .aim = aim, .pages = pages, .n = n };
	double unit = market_unit(&all), target = fmin(freshness, 1 - 1e-9), x;

	if (!(unit > 0) || !(target > 0))
		return allocation_at_price(aim, pages, n, INFINITY);
	x = root_find(market_freshness, &all, target, 0, 1 / (unit * PRICE_RANGE),
		      PRICE_RANGE / unit);
	return allocation_at_price(aim, pages, n, 1 / x);
}

struct allocation allocation_solve(enum allocation_aim aim,
				   const struct allocation_page *pages, size_t n,
				   double budget_per_day, double *visits_per_day)
{
	struct market all = { .aim = aim, .pages = pages, .n = n };
	double price = market_price(&all, budget_per_day);
	struct allocation result;

	market_share_out(&all, price, budget_per_day, visits_per_day);
	result = allocation_judge(aim, pages, n, visits_per_day);
	result.price = price;
	return result;
}

/* Lists the pages host by host: those of host h are order[first[h]] to
 * order[first[h + 1] - 1]. `first` has n_hosts + 1 places and is all zero. */
static void group_by_host(const struct allocation_page *pages, size_t n, size_t n_hosts,
			  size_t *first, size_t *order)
{
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		first[pages[i].host]++;
	for (size_t h = 0; h <= n_hosts; h++) {
		size_t here = first[h];

		first[h] = sum;
		sum += here;
	}
	for (size_t i = 0; i < n; i++)
		order[first[pages[i].host]++] = i;
	/* Each first[h] now stands where the next host begins. */
	for (size_t h = n_hosts; h > 0; h--)
		first[h] = first[h - 1];
	first[0] = 0;
}

/*
 * Settles each host alone: its price when it fills its cap, 0 where nothing caps it, and
 * the visits of its pages at that price. Returns the visits of all hosts together,
 * INFINITY if one has no cap.
 */
static double settle_hosts(const struct market *all, const struct allocation_hosts *hosts,
			   const size_t *first, double *visits_per_day)
{
	double sum = 0;

	for (size_t h = 0; h < hosts->n; h++) {
		struct market host = { .aim = all->aim,
				       .pages = all->pages,
				       .order = all->order + first[h],
				       .n = first[h + 1] - first[h] };
		double cap = hosts->cap_per_day[h];

		hosts->price[h] = isinf(cap) ? 0 : market_price(&host, cap);
		market_share_out(&host, hosts->price[h], cap, visits_per_day);
		if (market_unit(&host) > 0)
			sum += fmax(0, cap);
	}
	return sum;
}

enum err allocation_solve_capped(enum allocation_aim aim,
				 const struct allocation_page *pages, size_t n,
				 double budget_per_day,
				 const struct allocation_hosts *hosts,
				 double *visits_per_day, struct allocation *result)
{
	size_t *first = calloc(hosts->n + 1, sizeof(*first));
	size_t *order = calloc(n ? n : 1, sizeof(*order));
	struct market all = { .aim = aim, .pages = pages, .order = order, .n = n };
	enum err err = first && order ? ERR_OK : ERR_NOMEM;
	double price = 0;

	for (size_t i = 0; !err && i < n; i++)
		if (pages[i].host >= hosts->n)
			err = ERR_INVALID;
	if (err)
		goto out;
	group_by_host(pages, n, hosts->n, first, order);
	if (settle_hosts(&all, hosts, first, visits_per_day) > budget_per_day) {
		all.host_price = hosts->price;
		all.settled = visits_per_day;
		price = market_price(&all, budget_per_day);
		market_share_out(&all, price, budget_per_day, visits_per_day);
		for (size_t h = 0; h < hosts->n; h++)
			hosts->price[h] = fmax(hosts->price[h], price);
	}
	*result = allocation_judge(aim, pages, n, visits_per_day);
	result->price = price;
out:
	free(first);
	free(order);
	return err;
}
