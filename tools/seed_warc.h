/*
 * seed_warc.h - the pages of a web archive as seeds, each with what the archive has of it:
 * validators, digests, and the body itself, so that the first visit is conditional and can
 * tell what has changed.
 *
 * Whole 200s and resources become pages with content, revisits a later date of content
 * that is known (struct seed_revisit); what is cut, or does not decode, only a page. Other
 * statuses and robots.txt are no pages of an index.
 */
#ifndef TOOLS_SEED_WARC_H
#define TOOLS_SEED_WARC_H

#include "tools/seed_reader.h"

struct seed_warc;

struct seed_warc_config {
	size_t max_body; /* decoded; what is larger is only a page */
	bool keep_body;  /* else digests only */
};

/* As seed_reader_open(). */
MUST_CHECK enum err seed_warc_open(const char *path,
				   const struct seed_warc_config *config,
				   struct seed_warc **warc, struct why *why);
/* Reads from `fd` and leaves it open. */
MUST_CHECK enum err seed_warc_open_fd(int fd, const char *name,
				      const struct seed_warc_config *config,
				      struct seed_warc **warc, struct why *why);
void seed_warc_close(struct seed_warc *warc); /* NULL is allowed */

/* As seed_reader_next(); a line is a record, and the reason tells its place in the file. */
MUST_CHECK enum err seed_warc_next(struct seed_warc *warc, struct seed *seed,
				   struct seed_rejection *rejection, struct why *why);

#endif
