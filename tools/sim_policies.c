#include "tools/sim_policies.h"

static const struct sim_policy *const policies[] = {
	&sim_policy_oracle,  &sim_policy_known,        &sim_policy_optimal,
	&sim_policy_poisson, &sim_policy_uniform,      &sim_policy_proportional,
	&sim_policy_nutch,   &sim_policy_stormcrawler,
};

const struct sim_policy *sim_policy_at(size_t index)
{
	return index < sizeof(policies) / sizeof(policies[0]) ? policies[index] : NULL;
}

const struct sim_policy *sim_policy_find(struct span name)
{
	const struct sim_policy *policy;

	for (size_t i = 0; (policy = sim_policy_at(i)); i++)
		if (span_equal(name, span_of(policy->name)))
			return policy;
	return NULL;
}
