#include "scheduler/budget.h"

#include <math.h>

#include "store/base/clock.h"

void budget_init(struct budget *budget, double per_s, int64_t now_ms)
{
	budget->per_s = per_s;
	budget->tokens = 1;
	budget->at_ms = now_ms;
}

/* A clock that steps back gives nothing, and is gone by from then on; one that leaps ahead
 * gives one burst at most. */
static void refill(struct budget *budget, int64_t now_ms)
{
	int64_t passed_ms = now_ms - budget->at_ms;
	double most = budget->per_s > 1 ? budget->per_s : 1;

	budget->at_ms = now_ms;
	if (passed_ms > 0)
		budget->tokens += (double)passed_ms * budget->per_s / MS_PER_SECOND;
	if (budget->tokens > most)
		budget->tokens = most;
}

bool budget_take(struct budget *budget, int64_t now_ms)
{
	if (budget->per_s <= 0)
		return true;
	refill(budget, now_ms);
	if (budget->tokens < 1)
		return false;
	budget->tokens -= 1;
	return true;
}

void budget_charge(struct budget *budget, double amount, int64_t now_ms)
{
	if (budget->per_s <= 0)
		return;
	refill(budget, now_ms);
	budget->tokens -= amount;
}

int64_t budget_ready_at_ms(struct budget *budget, int64_t now_ms)
{
	if (budget->per_s <= 0)
		return now_ms;
	refill(budget, now_ms);
	if (budget->tokens >= 1)
		return now_ms;
	return now_ms +
	       (int64_t)ceil((1 - budget->tokens) * MS_PER_SECOND / budget->per_s);
}
