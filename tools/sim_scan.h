/*
 * sim_scan.h - the page of greatest value, exactly, without looking at every page.
 *
 * For values that only grow while a page is left alone. Every few picks all pages are
 * valued for the end of the coming stretch; those that stay below a bar cannot be the
 * best while the best of the others is above it, and are not looked at until then.
 */
#ifndef TOOLS_SIM_SCAN_H
#define TOOLS_SIM_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "store/base/err.h"

/* Of `page` at `now`; never less later. */
typedef double sim_value(const void *context, size_t page, double now);

struct sim_scan {
	sim_value *value;
	const void *context;
	size_t n, n_near;
	size_t *near; /* the pages that may be the best of this stretch */
	bool *is_near;
	double stretch_days, until, bar, least_picked;
};

MUST_CHECK enum err sim_scan_init(struct sim_scan *scan, sim_value *value,
				  const void *context, size_t n, double picks_per_day);
void sim_scan_release(struct sim_scan *scan);
/* The value of this page has changed otherwise than by time. */
void sim_scan_touch(struct sim_scan *scan, size_t page);
/* ... of all pages. */
void sim_scan_touch_all(struct sim_scan *scan);
/* The page of greatest value, which is *value; SIZE_MAX when none is above 0. */
size_t sim_scan_best(struct sim_scan *scan, double now, double *value);

#endif
