#include "tools/outlook_budgets.h"

#include <stdlib.h>

#define BUDGETS_MAX 64 /* each takes a look at all classes of pages */

enum err outlook_budgets(const struct options *options, const struct settings *settings,
			 double **budgets_per_s, size_t *n, struct why *why)
{
	double present = settings->schedule_budget_per_s;
	size_t n_given = option_times(options, "budgets");
	double *list;

	if (n_given > BUDGETS_MAX)
		return why_set(why, ERR_INVALID, "--budgets: no more than %d at once",
			       BUDGETS_MAX);
	list = calloc(n_given + 3, sizeof(*list));
	if (!list)
		return why_set(why, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
	*budgets_per_s = list;
	*n = n_given ? n_given : 3;
	for (size_t i = 0; i < n_given; i++) {
		const char *text = option_list(options, "budgets", i, NULL);
		struct why reason = { "" };
		struct value value;

		if (value_parse(VALUE_RATE, "1/d..1000000/s", span_of(text), &value,
				&reason))
			return why_set(why, ERR_INVALID, "--budgets '%s': %s", text,
				       reason.text);
		list[i] = value.real;
	}
	if (!n_given) {
		list[0] = present / 2;
		list[1] = present;
		list[2] = 2 * present;
	}
	return ERR_OK;
}
