#include "scheduler/calibration.h"

#include <math.h>

#define MICRO 1e6
/* No outcome is charged for more than a chance of one in a million. */
#define LEAST_CHANCE 1e-6

static int bin_of(double predicted)
{
	int bin = (int)(predicted * N_CALIBRATION_BINS);

	return bin < 0 ? 0 : bin < N_CALIBRATION_BINS ? bin : N_CALIBRATION_BINS - 1;
}

static enum counter at(enum counter first, int bin)
{
	return (enum counter)((int)first + bin);
}

static int64_t micro(double x)
{
	return (int64_t)llround(x * MICRO);
}

void calibration_count(struct store *store, double predicted, bool has_changed,
		       int64_t now_ms)
{
	int bin = bin_of(predicted);
	double given = has_changed ? predicted : 1 - predicted;

	store_count(store, at(COUNT_FORETOLD_0, bin), 1, now_ms);
	store_count(store, at(COUNT_FORETOLD_MICRO_0, bin), micro(predicted), now_ms);
	if (has_changed)
		store_count(store, at(COUNT_FORETOLD_CHANGED_0, bin), 1, now_ms);
	store_count(store, COUNT_BRIER_MICRO, micro((1 - given) * (1 - given)), now_ms);
	store_count(store, COUNT_LOG_LOSS_MICRO, micro(-log(fmax(given, LEAST_CHANCE))),
		    now_ms);
}

static double mean(double sum, uint64_t n)
{
	return n ? sum / (double)n : NAN;
}

void calibration_read(const struct counters *counters, struct calibration *c)
{
	double predicted = 0;

	*c = (struct calibration){ .n = 0 };
	for (int i = 0; i < N_CALIBRATION_BINS; i++) {
		struct calibration_bin *bin = &c->bins[i];
		double sum = (double)counters->n[at(COUNT_FORETOLD_MICRO_0, i)] / MICRO;

		bin->n = (uint64_t)counters->n[at(COUNT_FORETOLD_0, i)];
		bin->n_changed = (uint64_t)counters->n[at(COUNT_FORETOLD_CHANGED_0, i)];
		bin->predicted = mean(sum, bin->n);
		bin->observed = mean((double)bin->n_changed, bin->n);
		predicted += sum;
		c->n += bin->n;
		c->n_changed += bin->n_changed;
	}
	c->predicted = mean(predicted, c->n);
	c->observed = mean((double)c->n_changed, c->n);
	c->brier = mean((double)counters->n[COUNT_BRIER_MICRO] / MICRO, c->n);
	c->log_loss = mean((double)counters->n[COUNT_LOG_LOSS_MICRO] / MICRO, c->n);
}
