/*
 * sim_policies.h - the policies that `simulate` knows, in the order in which it shows them.
 */
#ifndef TOOLS_SIM_POLICIES_H
#define TOOLS_SIM_POLICIES_H

#include "tools/sim.h"

extern const struct sim_policy sim_policy_oracle;
extern const struct sim_policy sim_policy_known;
extern const struct sim_policy sim_policy_optimal;
extern const struct sim_policy sim_policy_poisson;
extern const struct sim_policy sim_policy_proportional;
extern const struct sim_policy sim_policy_uniform;
extern const struct sim_policy sim_policy_nutch;
extern const struct sim_policy sim_policy_stormcrawler;

#endif
