/*
 * outlook_budgets.h - the budgets that `plan` is asked about.
 */
#ifndef TOOLS_OUTLOOK_BUDGETS_H
#define TOOLS_OUTLOOK_BUDGETS_H

#include "tools/options.h"
#include "tools/outlook.h"

/* Those of --budgets; without any, half, once and twice the present one. `*budgets_per_s`
 * is the caller's to free, whatever is returned. */
MUST_CHECK enum err outlook_budgets(const struct options *options,
				    const struct settings *settings,
				    double **budgets_per_s, size_t *n, struct why *why);

#endif
