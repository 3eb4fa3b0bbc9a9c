#include "scheduler/learn.h"

#include <math.h>

#include "scheduler/classes.h"
#include "scheduler/prior.h"
#include "store/base/clock.h"

#define MICRO 1e6
/* More changes than this say no more about a host: four thousand a day. */
#define RATE_MICRO_MAX 4e9

double learn_prior_per_day(const struct store_classes *all, const struct host *host)
{
	struct prior_sum global = { (double)all->rate_micro / MICRO, all->n_rated };
	struct prior_sum own = { (double)host->rate_micro / MICRO, host->n_rated };

	return prior_host_mean_per_day(&own, prior_global_mean_per_day(&global));
}

static struct rate_evidence evidence_of(const struct page *page)
{
	return (struct rate_evidence){ (double)page->rate_a, (double)page->rate_b };
}

struct rate_gamma learn_posterior(const struct page *page, double prior_per_day)
{
	struct rate_evidence evidence = evidence_of(page);

	return rate_posterior(&RATE_RULES, &evidence, prior_per_day);
}

static double days_between(int64_t from_ms, int64_t to_ms)
{
	return to_ms > from_ms ? (double)(to_ms - from_ms) / (double)MS_PER_DAY : 0;
}

/* Since when the page is known to be as it was; an adopted page brings its own instant. */
static int64_t known_since_ms(const struct page *page)
{
	return page->learned_at_ms ? page->learned_at_ms : page->last_verified_at_ms;
}

double learn_change_probability(const struct page *page, double prior_per_day,
				int64_t now_ms)
{
	int64_t since_ms = known_since_ms(page);

	return since_ms ? 1 - learn_fresh_probability(page, prior_per_day,
						      days_between(since_ms, now_ms))
			: 0;
}

double learn_fresh_probability(const struct page *page, double prior_per_day, double days)
{
	const struct signal_quality told = { (double)page->told_recall, 0 };

	return exp(-(double)page->told_doubt) *
	       signal_fresh_probability(&told, learn_posterior(page, prior_per_day), 0,
					days);
}

static enum lesson lesson_of(const struct page *page, const struct observation *o)
{
	bool was_away = page->announced == STATE_GONE || page->announced == STATE_MOVED;

	if (!known_since_ms(page) || o->hold) /* what is held may not be so */
		return LESSON_NONE;
	switch (o->verdict) {
	case VERDICT_UNCHANGED:
	case VERDICT_MINOR:
		return was_away ? LESSON_CHANGED : LESSON_SAME;
	case VERDICT_CHANGED:
		return LESSON_CHANGED;
	case VERDICT_GONE:
		return page->announced == STATE_GONE ? LESSON_NONE : LESSON_CHANGED;
	case VERDICT_MOVED:
		return page->announced == STATE_MOVED ? LESSON_SAME : LESSON_CHANGED;
	default:
		return LESSON_NONE;
	}
}

static bool tells_content(const struct observation *o)
{
	if (o->hold)
		return false;
	return o->verdict == VERDICT_NEW || o->verdict == VERDICT_UNCHANGED ||
	       o->verdict == VERDICT_MINOR || o->verdict == VERDICT_CHANGED ||
	       o->verdict == VERDICT_GONE || o->verdict == VERDICT_MOVED;
}

/* What visits cost, by the last one of each kind. One that found nothing new says by itself
 * whether the page earns a 304. */
static struct page_worth cost_after(const struct page *page, const struct observation *o)
{
	struct page_worth cost = page->worth;
	bool has_validators = o->complete_200 ? o->etag.len || o->last_modified.len
					      : page->etag.len || page->last_modified.len;

	if (o->verdict == VERDICT_UNCHANGED)
		cost.same_bytes = (float)o->wire_bytes;
	else if (o->verdict == VERDICT_NEW || o->verdict == VERDICT_CHANGED ||
		 o->verdict == VERDICT_MINOR)
		cost.changed_bytes = (float)o->wire_bytes;
	if (o->verdict == VERDICT_NEW && !has_validators)
		cost.same_bytes = cost.changed_bytes;
	return cost;
}

/* A class of what is known now. A page that is gone for now has none: no budget is
 * reckoned for it. */
static void classify(struct page *page, const struct observation *o, double prior_per_day,
		     const struct learn_source *source)
{
	struct rate_gamma g = learn_posterior(page, prior_per_day);
	struct signal_stand stand = { (double)page->weight, g, 0 };
	struct page_worth cost = cost_after(page, o);
	double micro = rate_mean_per_day(g) * MICRO;

	page->value_class = 0;
	page->rate_micro = 0;
	page->worth = (struct page_worth){ .same_bytes = cost.same_bytes,
					   .changed_bytes = cost.changed_bytes };
	if (o->verdict == VERDICT_GONE)
		return;
	page->rate_micro = (uint32_t)lround(fmin(micro, RATE_MICRO_MAX));
	if (source)
		stand = signal_stand((double)page->weight, &source->quality, g, 0, 0,
				     source->price);
	page->value_class = class_of(stand.weight, stand.silent);
	page->worth = class_worth(stand.weight, stand.silent);
	page->worth.same_bytes = cost.same_bytes;
	page->worth.changed_bytes = cost.changed_bytes;
}

static double foretell(const struct page *page, double prior_per_day,
		       const struct learn_source *source, int64_t now_ms)
{
	if (!source)
		return learn_change_probability(page, prior_per_day, now_ms);
	return 1 - signal_fresh_probability(&source->quality,
					    learn_posterior(page, prior_per_day),
					    source->n_announced,
					    days_between(known_since_ms(page), now_ms));
}

enum lesson learn_visit(struct page *page, struct observation *o, double prior_per_day)
{
	return learn_visit_told(page, o, prior_per_day, NULL);
}

enum lesson learn_visit_told(struct page *page, struct observation *o,
			     double prior_per_day, const struct learn_source *source)
{
	enum lesson lesson = lesson_of(page, o);
	struct rate_evidence e = evidence_of(page);
	double tau = days_between(known_since_ms(page), o->at_ms);
	double age = days_between(o->last_modified_at_ms, o->at_ms);

	if (lesson != LESSON_NONE)
		o->predicted = (float)foretell(page, prior_per_day, source, o->at_ms);
	if (lesson == LESSON_CHANGED && o->verdict == VERDICT_CHANGED &&
	    o->last_modified_at_ms)
		rate_changed_dated(&RATE_RULES, &e, tau, age);
	else if (lesson != LESSON_NONE && source)
		signal_learn(&RATE_RULES, &e, prior_per_day, &source->quality,
			     source->n_announced, tau, lesson == LESSON_CHANGED);
	else if (lesson == LESSON_SAME)
		rate_unchanged(&RATE_RULES, &e, tau);
	else if (lesson == LESSON_CHANGED)
		rate_changed(&RATE_RULES, &e, prior_per_day, tau);
	else if (!known_since_ms(page) && o->verdict == VERDICT_NEW &&
		 o->last_modified_at_ms)
		rate_first_fetch_dated(&e, age);
	if (!tells_content(o))
		return LESSON_NONE;
	page->rate_a = (float)e.n_changes;
	page->rate_b = (float)e.days;
	page->learned_at_ms = o->at_ms;
	page->told_recall = source ? (float)source->quality.recall : 0;
	page->told_doubt = 0;
	classify(page, o, prior_per_day, source);
	return lesson;
}
