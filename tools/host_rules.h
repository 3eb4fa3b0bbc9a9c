/*
 * host_rules.h - what the settings say of one host, as the frontier wants it.
 */
#ifndef TOOLS_HOST_RULES_H
#define TOOLS_HOST_RULES_H

#include "scheduler/frontier.h"
#include "tools/settings.h"

void host_rules_make(const struct settings *settings, struct span host,
		     struct frontier_rules *rules);
/* The policy that the settings name. */
const struct policy *policy_of_settings(const struct settings *settings);

#endif
