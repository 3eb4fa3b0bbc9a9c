/*
 * out_file.h - output to stdout or, in one piece, to a file: nobody ever sees a part of
 * it, and a failure leaves the old file alone. A device or a pipe is written to as it is;
 * where a link leads to a file, that file is replaced and the link stays.
 */
#ifndef TOOLS_OUT_FILE_H
#define TOOLS_OUT_FILE_H

#include <stdio.h>

#include "store/base/buf.h"

struct out_file {
	FILE *stream;
	const char *path;     /* NULL: stdout; borrowed */
	struct buf target;    /* the file itself, behind all links */
	struct buf temporary; /* its name until all is written */
};

/* `path` NULL or "-": stdout. ERR_IO, and `why` says what could not be made. */
MUST_CHECK enum err out_file_open(struct out_file *f, const char *path, struct why *why);
/* Writes all to the disk and gives the file its name. ERR_IO likewise; `why` is empty
 * when it was only that nobody reads stdout any more. */
MUST_CHECK enum err out_file_commit(struct out_file *f, struct why *why);
/* Drops what was not committed. */
void out_file_release(struct out_file *f);

#endif
