/*
 * seed_line.h - one line of seed input to one seed, in each of the formats.
 *
 * Pure parsers: text in, spans out. They leave the URL as it was written. On ERR_INVALID
 * `why` is a phrase fit for "line 3: ...".
 */
#ifndef TOOLS_SEED_LINE_H
#define TOOLS_SEED_LINE_H

#include <jansson.h>

#include "tools/seed.h"

/* A URL, then key=value behind TABs. */
MUST_CHECK enum err seed_line_text(struct span line, struct seed *seed, struct why *why);

/* A JSON object. The seed borrows from `*root` (replaced; json_decref() it at last). */
MUST_CHECK enum err seed_line_json(struct span line, struct seed *seed, json_t **root,
				   struct why *why);

/* A line of a web archive's index (cdxj.h). ERR_NOT_FOUND: it names no page. */
MUST_CHECK enum err seed_line_cdxj(struct span line, struct seed *seed, json_t **root,
				   struct why *why);

#define SEED_COLUMNS_MAX 64

/* What the cells of a CSV table are. Holds nothing that needs release. */
struct seed_columns {
	const struct seed_key *keys[SEED_COLUMNS_MAX]; /* NULL: a column to ignore */
	size_t n;
};

/* Is this the header of a CSV table: has it a cell `url`, and no URL? */
bool seed_line_is_csv_header(struct span line);
/* On ERR_INVALID `columns` is complete if there is a column `url`: then `why` names one
 * that is ignored; otherwise `columns->n` is 0. */
MUST_CHECK enum err seed_line_csv_header(struct span line, struct seed_columns *columns,
					 struct why *why);
/* A row (RFC 4180). `unquoted` (replaced) keeps cells that had quotes doubled.
 * ERR_NOT_FOUND: it ends within quotes, more is needed. */
MUST_CHECK enum err seed_line_csv(struct span line, const struct seed_columns *columns,
				  struct seed *seed, struct buf *unquoted,
				  struct why *why);

#endif
