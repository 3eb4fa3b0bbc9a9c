#include "tools/host_rules.h"

void host_rules_make(const struct settings *settings, struct span host,
		     struct frontier_rules *rules)
{
	struct host_settings own;

	*rules = (struct frontier_rules){
		.delay_ms = settings->fetch_host_delay_ms,
		.per_host = (int)settings->fetch_per_host,
		/* a proxy is where every connection goes */
		.per_address =
			*settings->fetch_proxy ? 0 : (int)settings->fetch_per_address,
	};
	if (!settings->n_rules)
		return;
	settings_for_host(settings, host, &own);
	rules->delay_ms = own.delay_ms;
	rules->per_host = (int)own.per_host;
	rules->unwanted = own.pause;
	if (own.budget_per_s > 0 && 1000 / own.budget_per_s > (double)rules->delay_ms)
		rules->delay_ms = (int64_t)(1000 / own.budget_per_s);
}

const struct policy *policy_of_settings(const struct settings *settings)
{
	static const struct policy *const policies[] = {
		[POLICY_UNIFORM] = &policy_uniform,
		[POLICY_FIXED] = &policy_fixed,
		[POLICY_OPTIMAL] = &policy_optimal,
	};

	return policies[settings->schedule_policy];
}
