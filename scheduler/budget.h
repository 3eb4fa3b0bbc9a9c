/*
 * budget.h - requests or bytes a second, with a burst of at most one second's worth.
 */
#ifndef SCHEDULER_BUDGET_H
#define SCHEDULER_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

struct budget {
	double per_s;  /* 0: no limit */
	double tokens; /* may be asked for now */
	int64_t at_ms; /* when `tokens` was reckoned */
};

void budget_init(struct budget *budget, double per_s, int64_t now_ms);
/* May one request start now? Takes it if so. */
bool budget_take(struct budget *budget, int64_t now_ms);
/* Takes what something has cost, or gives back what it did not (below 0): a debt is paid
 * before the next one starts. */
void budget_charge(struct budget *budget, double amount, int64_t now_ms);
/* When the next request may start; `now_ms` if at once. */
int64_t budget_ready_at_ms(struct budget *budget, int64_t now_ms);

#endif
