#include "scheduler/prospect.h"

#include <stdlib.h>

#include "scheduler/classes.h"
#include "store/base/clock.h"

enum err prospect_init(struct prospect *prospect, const uint32_t *n_pages)
{
	struct prospect p = { NULL, NULL, 0, 0 };
	size_t n = 0;

	for (size_t class = CLASS_FIRST; class < STORE_N_CLASSES; class ++)
		n += n_pages[class] > 0;
	p.lines = calloc(n + 1, sizeof(*p.lines));
	p.visits = calloc(n + 1, sizeof(*p.visits));
	if (!p.lines || !p.visits) {
		prospect_release(&p);
		return ERR_NOMEM;
	}
	for (size_t class = CLASS_FIRST; class < STORE_N_CLASSES; class ++) {
		if (!n_pages[class])
			continue;
		p.lines[p.n++] = class_allocation_page((uint16_t) class, n_pages[class]);
		p.n_pages += n_pages[class];
	}
	*prospect = p;
	return ERR_OK;
}

void prospect_release(struct prospect *prospect)
{
	free(prospect->lines);
	free(prospect->visits);
	*prospect = (struct prospect){ NULL, NULL, 0, 0 };
}

struct allocation prospect_at_budget(struct prospect *prospect, double per_day)
{
	return allocation_solve(AIM_PERIODIC, prospect->lines, prospect->n, per_day,
				prospect->visits);
}

struct allocation prospect_for_freshness(struct prospect *prospect, double freshness)
{
	return allocation_for_freshness(AIM_PERIODIC, prospect->lines, prospect->n,
					freshness);
}

struct allocation prospect_uniform(struct prospect *prospect, double per_day)
{
	for (size_t i = 0; i < prospect->n; i++)
		prospect->visits[i] = per_day / prospect->n_pages;
	return allocation_judge(AIM_PERIODIC, prospect->lines, prospect->n,
				prospect->visits);
}

double prospect_price(const struct store *store, double budget_per_s)
{
	const struct store_classes *classes = store_classes(store);
	struct prospect prospect;
	double price;

	if (!(budget_per_s > 0))
		return 0;
	if (!classes->n_rated || prospect_init(&prospect, classes->n_pages))
		return classes->price;
	price = prospect_at_budget(&prospect, budget_per_s * (double)MS_PER_DAY /
						      (double)MS_PER_SECOND)
			.price;
	prospect_release(&prospect);
	return price;
}
