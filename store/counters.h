/*
 * counters.h - numbers kept beside the records, in the same batch as what they count, so
 * that a report costs the same at ten pages and at ten million.
 */
#ifndef STORE_COUNTERS_H
#define STORE_COUNTERS_H

#include "store/page.h"

enum counter {
#define COUNTER(name, text) COUNT_##name,
#include "store/counters.def"
#undef COUNTER
	N_COUNTERS
};

const char *counter_text(enum counter c);

struct counters {
	int64_t n[N_COUNTERS];
};

/* Only what is not zero takes space. */
MUST_CHECK enum err counters_encode(const struct counters *counters, struct buf *out);
/* Counters of a newer build are skipped. */
MUST_CHECK enum err counters_decode(struct span bytes, struct counters *counters);
/* Of gauges the sum has those of `later`, unless it has none. */
void counters_add(struct counters *sum, const struct counters *later);
/* Pages in all, by the gauges; 0: they are not known. */
int64_t counters_n_pages(const struct counters *counters);

#endif
