#include "scheduler/policy.h"

#include "scheduler/classes.h"
#include "scheduler/cost.h"
#include "scheduler/prior.h"
#include "scheduler/rate.h"
#include "store/base/clock.h"

static int64_t ms_of_days(double days)
{
	double ms = days * (double)MS_PER_DAY;

	return ms < (double)POLICY_NEVER_MS ? (int64_t)ms : POLICY_NEVER_MS;
}

int64_t policy_round_ms(const struct policy_context *context)
{
	if (context->budget_per_s <= 0)
		return 0;
	return ms_of_days((double)context->n_pages / context->budget_per_s /
			  ((double)MS_PER_DAY / MS_PER_SECOND));
}

/* ---- fixed, uniform: only time counts --------------------------------------------------- */

static double value_of_time(uint16_t class, const struct page_worth *worth,
			    double tau_days)
{
	(void)class, (void)worth;
	return tau_days;
}

static int64_t fixed_interval_ms(const struct policy_context *context,
				 const struct page *page)
{
	(void)page;
	return context->interval_ms;
}

static int64_t fixed_class_interval_ms(const struct policy_context *context,
				       uint16_t class, const struct page_worth *worth)
{
	(void)class, (void)worth;
	return context->interval_ms;
}

static int64_t uniform_interval_ms(const struct policy_context *context,
				   const struct page *page)
{
	(void)page;
	return policy_round_ms(context);
}

static int64_t uniform_class_interval_ms(const struct policy_context *context,
					 uint16_t class, const struct page_worth *worth)
{
	(void)class, (void)worth;
	return policy_round_ms(context);
}

static uint16_t class_of_all(const struct policy_context *context,
			     const struct page *page)
{
	(void)context, (void)page;
	return CLASS_OF_ALL;
}

const struct policy policy_fixed = {
	"fixed", false, fixed_interval_ms, NULL, fixed_class_interval_ms, value_of_time
};
const struct policy policy_uniform = {
	"uniform",    false, uniform_interval_ms, class_of_all, uniform_class_interval_ms,
	value_of_time
};

/* ---- optimal: the crawl value ------------------------------------------------------------ */

/* Of a page of which nothing is known. */
static uint16_t unknown_class(void)
{
	const struct rate_evidence none = { 0, 0 };

	return class_of(1, rate_posterior(&RATE_RULES, &none, PRIOR_START_PER_DAY));
}

/* What a visit costs, in requests, once the page has likely changed. */
static double cost_of(const struct policy_context *context,
		      const struct page_worth *worth)
{
	if (!(context->requests_per_byte > 0) || !(worth->a > 0))
		return 1;
	return 1 + context->requests_per_byte *
			   cost_marginal_bytes(worth,
					       (double)worth->b_days / (double)worth->a);
}

/* Where bytes count, a heavy page stands among light ones of less weight: in one queue they
 * would be in each other's way. What it is worth exactly is not changed by that. */
static uint16_t optimal_class_of(const struct policy_context *context,
				 const struct page *page)
{
	const struct page_worth *worth = &page->worth;

	if (!page->value_class)
		return unknown_class();
	if (!(context->requests_per_byte > 0) || !(worth->a > 0))
		return page->value_class;
	return class_of((double)worth->weight / cost_of(context, worth),
			(struct rate_gamma){ (double)worth->a, (double)worth->b_days });
}

static uint16_t value_class(uint16_t class)
{
	return class_is_value_class(class) ? class : unknown_class();
}

static int64_t optimal_class_interval_ms(const struct policy_context *context,
					 uint16_t class, const struct page_worth *worth)
{
	if (!(context->price > 0))
		return policy_round_ms(context);
	return ms_of_days(class_due_days(value_class(class), worth,
					 context->price * cost_of(context, worth)));
}

static int64_t optimal_interval_ms(const struct policy_context *context,
				   const struct page *page)
{
	return optimal_class_interval_ms(context, optimal_class_of(context, page),
					 &page->worth);
}

static double optimal_value(uint16_t class, const struct page_worth *worth,
			    double tau_days)
{
	return class_value(value_class(class), worth, tau_days);
}

const struct policy policy_optimal = { "optimal",
				       true,
				       optimal_interval_ms,
				       optimal_class_of,
				       optimal_class_interval_ms,
				       optimal_value };

const struct policy *policy_find(struct span name)
{
	static const struct policy *const policies[] = { &policy_optimal, &policy_uniform,
							 &policy_fixed };

	for (size_t i = 0; i < ARRAY_SIZE(policies); i++)
		if (span_equal(name, span_of(policies[i]->name)))
			return policies[i];
	return NULL;
}
