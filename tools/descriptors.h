/*
 * descriptors.h - how many files and sockets this process may have open at a time.
 */
#ifndef TOOLS_DESCRIPTORS_H
#define TOOLS_DESCRIPTORS_H

#include "store/base/err.h"

/* So many are open now; -1: it cannot be known. */
int descriptors_n_open(void);

/*
 * Raises the limit as far as we may, and puts into *n how many connections can be had at a
 * time, `wanted` at most, when `n_spare` descriptors are left for what else may come. ERR_IO
 * when that is fewer than `least`, which the user knows as fetch.concurrency: `why` has the
 * numbers.
 */
MUST_CHECK enum err descriptors_for_connections(int least, int wanted, int n_spare,
						int *n, struct why *why);

#endif
