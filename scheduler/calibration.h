/*
 * calibration.h - were changes foretold rightly?
 *
 * Each visit that tells whether a page changed is held against the chance foretold just
 * before it. The sums are counters of the store, so a window of time has its own.
 */
#ifndef SCHEDULER_CALIBRATION_H
#define SCHEDULER_CALIBRATION_H

#include "store/store.h"

#define N_CALIBRATION_BINS 10

/* Visits whose chance of a change was foretold as [i/10, (i+1)/10). */
struct calibration_bin {
	uint64_t n, n_changed;
	double predicted; /* mean of what was foretold; NAN: no visit */
	double observed;  /* share that had changed; NAN likewise */
};

struct calibration {
	uint64_t n, n_changed;
	double predicted, observed; /* means over all visits; NAN if there are none */
	double brier;    /* mean of (foretold - outcome)^2: 0 is perfect, 0.25 a coin */
	double log_loss; /* mean of -ln(chance given to what happened) */
	struct calibration_bin bins[N_CALIBRATION_BINS];
};

void calibration_count(struct store *store, double predicted, bool has_changed,
		       int64_t now_ms);
/* From store_totals() or store_window(). */
void calibration_read(const struct counters *counters, struct calibration *c);

#endif
