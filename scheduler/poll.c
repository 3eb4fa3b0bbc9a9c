#include "scheduler/poll.h"

#include <math.h>

#define MEMORY_DAYS 30.0
#define PRIOR_DAYS 7.0

void poll_learn(struct poll_evidence *e, double days, double gain)
{
	double keep = exp(-fmax(0, days) / MEMORY_DAYS);

	e->gain = keep * e->gain + gain;
	e->days = keep * e->days + fmax(0, days);
}

double poll_gain_per_day(const struct poll_evidence *e, double prior)
{
	return (e->gain + prior * PRIOR_DAYS) / (e->days + PRIOR_DAYS);
}

double poll_value(double gain_per_day, double days)
{
	return gain_per_day * days * days / 2;
}

double poll_due_days(double gain_per_day, double price, double cost)
{
	if (!(gain_per_day > 0))
		return INFINITY;
	return sqrt(2 * price * cost / gain_per_day);
}
