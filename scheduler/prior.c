#include "scheduler/prior.h"

#include <math.h>

void prior_add(struct prior_sum *s, double rate_per_day)
{
	s->rate_per_day += rate_per_day;
	s->n_pages++;
}

void prior_remove(struct prior_sum *s, double rate_per_day)
{
	if (s->n_pages > 0)
		s->n_pages--;
	/* An empty sum is zero again, whatever rounding left over. */
	s->rate_per_day = s->n_pages > 0 ? fmax(0, s->rate_per_day - rate_per_day) : 0;
}

double prior_global_mean_per_day(const struct prior_sum *all)
{
	if (all->n_pages == 0)
		return PRIOR_START_PER_DAY;
	return all->rate_per_day / (double)all->n_pages;
}

double prior_host_mean_per_day(const struct prior_sum *host, double global_mean_per_day)
{
	return (host->rate_per_day + PRIOR_HOST_PSEUDO_PAGES * global_mean_per_day) /
	       ((double)host->n_pages + PRIOR_HOST_PSEUDO_PAGES);
}
