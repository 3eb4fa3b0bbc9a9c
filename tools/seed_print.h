/*
 * seed_print.h - a seed as a line of the text format, which keeps validators byte for
 * byte: what seed_line_text() reads back.
 */
#ifndef TOOLS_SEED_PRINT_H
#define TOOLS_SEED_PRINT_H

#include "tools/seed.h"

/* Appends the line with its line feed. */
MUST_CHECK enum err seed_print(const struct seed *seed, struct buf *out);

#endif
