/*
 * outlook.h - what is ahead: the next visits and why, what budgets can buy, which hosts
 * cannot be kept up with. Store to plain numbers; no network.
 *
 * The next visits come from the very frontier that `run` uses, in virtual time: one request
 * each 1/R, hosts as polite as ever and at the addresses where they answered last, answers
 * that take no time. No page is visited twice, and robots.txt is not asked.
 */
#ifndef TOOLS_OUTLOOK_H
#define TOOLS_OUTLOOK_H

#include "store/store.h"
#include "tools/settings.h"

struct outlook_visit {
	struct buf url;
	int64_t at_ms, last_visit_at_ms;
	int64_t address_at_ms; /* its host was ready, and waited until then for others at its
				* address; 0: it did not */
	uint8_t reason;        /* enum visit_reason; of value: REASON_VALUE */
	double weight;
	double value; /* crawl value then; NAN: it is due, whatever it is worth */
	double change_probability; /* then; NAN: never seen */
};

struct outlook_budget {
	double per_s;
	double best, uniform; /* freshness that it can buy; NAN: nothing is known yet */
	double price;
};

/* A host that cannot be asked as often as the budget would have it. */
struct outlook_host {
	struct buf name;
	uint64_t n_pages;
	int64_t delay_ms, pass_ms; /* one request to each page */
	int64_t max_interval_ms;   /* 0: kept; else shorter than a pass */
};

#define OUTLOOK_HOSTS_MAX 10

struct outlook_request {
	const struct settings *settings;
	size_t n_visits;   /* at most */
	int64_t within_ms; /* 0: whenever they are */
	const double *budgets_per_s;
	size_t n_budgets;
	double target; /* freshness wanted; 0: none */
};

struct outlook {
	int64_t at_ms;
	double budget_per_s, price; /* at that budget */
	uint64_t n_pages, n_rated;
	int64_t round_ms; /* of the budget over all pages; 0: no budget */
	struct outlook_visit *visits;
	struct outlook_budget *budgets;
	struct outlook_host *hosts; /* the slowest first */
	size_t n_visits, n_budgets, n_hosts;
	uint64_t n_slow_hosts;       /* in all */
	double target, target_per_s; /* target_per_s: INFINITY if no budget reaches it */
};

/* ERR_NOMEM, and what reading the store may say. Release it in any case. */
MUST_CHECK enum err outlook_make(struct outlook *outlook, struct store *store,
				 const struct outlook_request *request, int64_t now_ms);
void outlook_release(struct outlook *outlook);

/* outlook_visits.c */
MUST_CHECK enum err outlook_find_visits(struct outlook *outlook, struct store *store,
					const struct outlook_request *request);

/* Numbers to bytes: append to `out`. */
MUST_CHECK enum err render_text_outlook(struct buf *out, const struct outlook *outlook);
MUST_CHECK enum err render_json_outlook(struct buf *out, const struct outlook *outlook);

#endif
