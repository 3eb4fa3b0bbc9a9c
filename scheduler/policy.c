#include "scheduler/policy.h"

#include "store/base/clock.h"

static int64_t fixed_interval_ms(const struct policy_context *context,
				 const struct page *page)
{
	(void)page;
	return context->interval_ms;
}

static int64_t uniform_interval_ms(const struct policy_context *context,
				   const struct page *page)
{
	(void)page;
	if (context->budget_per_s <= 0)
		return 0;
	return (int64_t)((double)context->n_pages / context->budget_per_s *
			 (double)MS_PER_SECOND);
}

const struct policy policy_fixed = { "fixed", fixed_interval_ms };
const struct policy policy_uniform = { "uniform", uniform_interval_ms };

const struct policy *policy_find(struct span name)
{
	static const struct policy *const policies[] = { &policy_fixed, &policy_uniform };

	for (size_t i = 0; i < ARRAY_SIZE(policies); i++)
		if (span_equal(name, span_of(policies[i]->name)))
			return policies[i];
	return NULL;
}
