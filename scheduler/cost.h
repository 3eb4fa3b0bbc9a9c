/*
 * cost.h - what a visit costs when bytes are short, and not only requests.
 *
 * A visit that finds nothing new costs a 304's headers, or the whole page where that never
 * earns one; one that finds a change costs its body. Of two pages of the same crawl value
 * the lighter one is worth more. With prices for both, freshness is greatest when a page is
 * visited as soon as
 *
 *   V(tau) = price_of_a_request + price_of_a_byte * (same + (changed - same) q(tau)),
 *   q(tau) = 1 - p(tau) + tau p'(tau)
 *
 * which is the condition of value.h with the bytes in what is spent: the derivative of
 * (weight * integral of p - cost of a visit) / tau. A change that is sure to be fetched
 * costs its body whenever that is, so q is less than 1 - p: what a visit costs more than
 * one a little later. V / (1 + exchange * bytes) grows with tau at any exchange, because
 * p'' / p' falls with it.
 *
 * The exchange is how many requests a byte is worth. Nothing stored depends on it: it
 * follows what is picked until both budgets are used up together, or one of them alone.
 */
#ifndef SCHEDULER_COST_H
#define SCHEDULER_COST_H

#include "store/page.h"

/* What a 304 is taken to cost until the page has had one. */
#define COST_OF_304_BYTES 512.0
/* A page of which nothing is known. */
#define COST_UNKNOWN_BYTES 16384.0

/* What a visit is expected to transfer. */
double cost_expected_bytes(const struct page_worth *worth, double tau_days);
/* ... and what counts against its value, see above. */
double cost_marginal_bytes(const struct page_worth *worth, double tau_days);

struct cost_exchange {
	double target_bytes; /* of a request, were both budgets used up; 0: bytes alone count */
	double mean_bytes;        /* of the last picks */
	double requests_per_byte; /* 0: bytes do not count */
};

/* `bytes_per_s` 0: no limit. `requests_per_s` 0: no limit of those. */
void cost_exchange_init(struct cost_exchange *x, double requests_per_s,
			double bytes_per_s);
/* A page was picked that is expected to cost so much. */
void cost_exchange_note(struct cost_exchange *x, double expected_bytes);

#endif
