#include "scheduler/cost.h"

#include <math.h>

#include "scheduler/rate.h"

/* The exchange follows the last so many picks. */
#define MEAN_PICKS 128
/* ... and moves by so much of what it is off, each pick. */
#define GAIN 0.01
/* Bounds in units of 1/target. Below, a byte hardly counts. Above, a request hardly does: if
 * what is picked still costs more than the target, bytes alone are short. */
#define LEAST 1e-3
#define MOST 30
/* With no limit of requests: next to a body's bytes the request itself is nothing. */
#define BYTES_ALONE 1.0

static double same_bytes(const struct page_worth *worth)
{
	return worth->same_bytes > 0 ? (double)worth->same_bytes : COST_OF_304_BYTES;
}

static double changed_bytes(const struct page_worth *worth)
{
	return worth->changed_bytes > 0 ? (double)worth->changed_bytes
					: fmax(COST_UNKNOWN_BYTES, same_bytes(worth));
}

/* By a share of those that find a change. */
static double mix(const struct page_worth *worth, double share)
{
	double same = same_bytes(worth);

	return same + fmax(0, changed_bytes(worth) - same) * share;
}

static struct rate_gamma posterior_of(const struct page_worth *worth)
{
	return (struct rate_gamma){ (double)worth->a, (double)worth->b_days };
}

double cost_expected_bytes(const struct page_worth *worth, double tau_days)
{
	if (!(worth->a > 0))
		return mix(worth, 1);
	return mix(worth, rate_change_probability(posterior_of(worth), tau_days));
}

double cost_marginal_bytes(const struct page_worth *worth, double tau_days)
{
	struct rate_gamma g = posterior_of(worth);
	double tau = fmax(0, tau_days), share;

	if (!(worth->a > 0))
		return mix(worth, 1);
	/* tau p'(tau) = -a tau/(b + tau) p(tau) */
	share = rate_change_probability(g, tau) -
		g.a * tau / (g.b_days + tau) * rate_fresh_probability(g, tau);
	return mix(worth, fmax(0, share));
}

void cost_exchange_init(struct cost_exchange *x, double requests_per_s,
			double bytes_per_s)
{
	*x = (struct cost_exchange){ 0, 0, 0 };
	if (!(bytes_per_s > 0))
		return;
	if (!(requests_per_s > 0)) {
		x->requests_per_byte = BYTES_ALONE;
		return;
	}
	x->target_bytes = bytes_per_s / requests_per_s;
	x->mean_bytes = x->target_bytes;
	x->requests_per_byte = LEAST / x->target_bytes;
}

void cost_exchange_note(struct cost_exchange *x, double expected_bytes)
{
	double off;

	if (!(x->target_bytes > 0))
		return;
	x->mean_bytes += (expected_bytes - x->mean_bytes) / MEAN_PICKS;
	off = fmin(x->mean_bytes / x->target_bytes - 1, 1);
	x->requests_per_byte *= exp(GAIN * off);
	x->requests_per_byte = fmin(fmax(x->requests_per_byte, LEAST / x->target_bytes),
				    MOST / x->target_bytes);
}
