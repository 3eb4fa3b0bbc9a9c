#include "scheduler/told.h"

#include <math.h>

#include "scheduler/classes.h"
#include "store/base/clock.h"

static struct signal_counts counts_of(const struct source_trust *t)
{
	return (struct signal_counts){
		.n_announced = (double)t->n_announced,
		.n_changes = (double)t->n_changes,
		.n_found = (double)t->n_found,
		.n_found_told = (double)t->n_found_told,
		.n_unchanged = (double)t->n_unchanged,
		.n_unchanged_if_false = (double)t->n_unchanged_if_false,
	};
}

static struct source_trust trust_of(const struct signal_counts *c)
{
	return (struct source_trust){
		.n_announced = (float)c->n_announced,
		.n_changes = (float)c->n_changes,
		.n_found = (float)c->n_found,
		.n_found_told = (float)c->n_found_told,
		.n_unchanged = (float)c->n_unchanged,
		.n_unchanged_if_false = (float)c->n_unchanged_if_false,
	};
}

struct signal_quality told_quality(const struct source_trust *trust)
{
	struct signal_counts counts = counts_of(trust);

	return signal_quality(&counts);
}

bool told_join(const struct told *told, const struct page *page, double price,
	       struct learn_source *source)
{
	double silent = 1, doubt = 0, weighted = 0, recalls = 0;
	unsigned n = 0;

	for (int i = 0; i < PAGE_N_TOLD; i++) {
		struct signal_quality q;

		if (!told->has[i])
			continue;
		q = told_quality(&told->trust[i]);
		if (!(q.precision > 0))
			continue;
		silent *= 1 - q.recall;
		recalls += q.recall;
		weighted += q.recall * q.precision;
		n += page->told[i].n_announced;
		doubt -= page->told[i].n_announced * log1p(-q.precision);
	}
	/* The precision that so many announcements of one source would need. */
	*source = (struct learn_source){
		.quality = { fmin(1 - silent, SIGNAL_MAX_TRUST),
			     n ? -expm1(-doubt / n) : weighted / fmax(recalls, 1e-9) },
		.n_announced = n,
		.price = price,
	};
	return recalls > 0;
}

void told_observe(struct told *told, const struct page *page, struct rate_gamma g,
		  double days, bool has_changed)
{
	for (int i = 0; i < PAGE_N_TOLD; i++) {
		struct signal_counts counts = counts_of(&told->trust[i]);

		if (!told->has[i])
			continue;
		signal_observe(&counts, g, page->told[i].n_announced, days, has_changed);
		told->trust[i] = trust_of(&counts);
	}
}

double told_announce(const struct told *told, struct page *page, int sort, double prior,
		     int64_t now_ms)
{
	struct signal_quality q = told_quality(&told->trust[sort]);
	double days = (double)(now_ms - page->learned_at_ms) / (double)MS_PER_DAY;
	struct learn_source source;

	if (page->told[sort].n_announced < UINT8_MAX)
		page->told[sort].n_announced++;
	if (!(q.precision > 0) || !page->learned_at_ms)
		return 0; /* nobody listens to a liar */
	page->told_doubt -= (float)log1p(-q.precision);
	if (!told_join(told, page, 0, &source))
		return 0;
	return signal_value((double)page->weight, &source.quality,
			    learn_posterior(page, prior), source.n_announced,
			    fmax(0, days));
}

void told_forget(struct page *page, int sort, double prior)
{
	bool in_class = class_is_value_class(page->position.class) && page->value_class &&
			page->position.class == page->value_class;

	page->told[sort].source = 0;
	page->told[sort].n_announced = 0;
	if (!(page->told_recall > 0))
		return;
	page->told_recall = 0;
	if (page->value_class) {
		struct rate_gamma g = learn_posterior(page, prior);

		page->value_class = class_of((double)page->weight, g);
		page->worth = class_worth((double)page->weight, g);
	}
	if (in_class)
		page->position.class = page->value_class;
}
