#include "tools/sim_scan.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The bar lies so much under the least value of the stretch before. */
#define BAR_SHARE 0.97

enum err sim_scan_init(struct sim_scan *scan, sim_value *value, const void *context,
		       size_t n, double picks_per_day)
{
	memset(scan, 0, sizeof(*scan));
	scan->value = value;
	scan->context = context;
	scan->n = n;
	scan->stretch_days = fmax(16, sqrt((double)n)) / picks_per_day;
	scan->near = calloc(n, sizeof(*scan->near));
	scan->is_near = calloc(n, sizeof(*scan->is_near));
	scan->until = -INFINITY;
	scan->bar = scan->least_picked = 0;
	return scan->near && scan->is_near ? ERR_OK : ERR_NOMEM;
}

void sim_scan_release(struct sim_scan *scan)
{
	free(scan->near);
	free(scan->is_near);
	memset(scan, 0, sizeof(*scan));
}

void sim_scan_touch(struct sim_scan *scan, size_t page)
{
	if (scan->is_near[page] ||
	    scan->value(scan->context, page, scan->until) < scan->bar)
		return;
	scan->is_near[page] = true;
	scan->near[scan->n_near++] = page;
}

void sim_scan_touch_all(struct sim_scan *scan)
{
	scan->until = -INFINITY;
}

static void begin_stretch(struct sim_scan *scan, double now, double bar)
{
	scan->until = now + scan->stretch_days;
	scan->bar = bar;
	scan->least_picked = INFINITY;
	scan->n_near = 0;
	memset(scan->is_near, 0, scan->n * sizeof(*scan->is_near));
	for (size_t page = 0; page < scan->n; page++)
		sim_scan_touch(scan, page);
}

static size_t best_near(struct sim_scan *scan, double now, double *value)
{
	size_t best = SIZE_MAX;

	*value = 0;
	for (size_t k = 0; k < scan->n_near; k++) {
		size_t page = scan->near[k];
		double v = scan->value(scan->context, page, now);

		if (v > *value) {
			*value = v;
			best = page;
		}
	}
	return best;
}

size_t sim_scan_best(struct sim_scan *scan, double now, double *value)
{
	size_t best;

	if (now > scan->until)
		begin_stretch(scan, now,
			      isfinite(scan->least_picked)
				      ? scan->least_picked * BAR_SHARE
				      : 0);
	best = best_near(scan, now, value);
	while (*value < scan->bar) {
		begin_stretch(scan, now, *value > 0 ? *value * BAR_SHARE : 0);
		best = best_near(scan, now, value);
	}
	if (*value < scan->least_picked)
		scan->least_picked = *value;
	return best;
}
