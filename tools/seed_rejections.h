/*
 * seed_rejections.h - refused seeds, told on stderr: "FILE:LINE: reason: "excerpt"".
 */
#ifndef TOOLS_SEED_REJECTIONS_H
#define TOOLS_SEED_REJECTIONS_H

#include "tools/progress.h"

#define SEED_REJECTIONS_SHOWN 100

struct seed_rejections {
	uint64_t n;
	struct progress *progress; /* its line is ended first; borrowed */
};

/* Counts one, and shows it if it is among the first. Everything is escaped (REQ 74). */
void seed_rejections_add(struct seed_rejections *r, const char *file, uint64_t line,
			 const char *reason, struct span excerpt);
/* Says how many were not shown. */
void seed_rejections_end(struct seed_rejections *r);

#endif
