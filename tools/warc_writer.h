/*
 * warc_writer.h - WARC files in a directory: one gzip member a record, a new file when one
 * is large enough, and beside each an index (cdxj.h), sorted.
 *
 * A file is called NAME.warc.gz.open until it is whole, with its index. What a process that
 * was killed left open is finished by the next one: a record that was cut is dropped.
 */
#ifndef TOOLS_WARC_WRITER_H
#define TOOLS_WARC_WRITER_H

#include <stdint.h>

#include "tools/cdxj.h"

#define WARC_NAME_PREFIX "freshet-"
#define WARC_OPEN_SUFFIX ".open"
/* Its index is sorted in memory, so a file ends also when that has become so large. */
#define WARC_INDEX_MAX ((size_t)64 << 20)

/* Finished records of one exchange, in order; they stay together in one file. */
#define WARC_BATCH_MAX 4
struct warc_batch {
	struct buf bytes;
	struct buf lines; /* of the index, by cdxj_begin() */
	struct {
		size_t len;      /* of `bytes` */
		size_t line_len; /* of `lines`; 0: not in the index */
	} items[WARC_BATCH_MAX];
	size_t n;
};

void warc_batch_clear(struct warc_batch *batch);
void warc_batch_release(struct warc_batch *batch);

struct warc_writer_config {
	const char *dir; /* made if need be */
	int64_t max_bytes;
	bool no_sync;
	const char *user_agent; /* for the first record of each file */
};

struct warc_writer;

/* `config` is only read during the call. Files that were left open are
 * finished first. ERR_IO, ERR_NOMEM. */
MUST_CHECK enum err warc_writer_new(const struct warc_writer_config *config,
				    struct warc_writer **writer, struct why *why);
/* What was not closed stays open. NULL is allowed. */
void warc_writer_free(struct warc_writer *writer);

MUST_CHECK enum err warc_writer_add(struct warc_writer *writer,
				    const struct warc_batch *batch, int64_t now_ms);
/* Everything that was added is on the disk. After ERR_IO nothing of a record that did not
 * fit is left in the file, and the call may be tried again. */
MUST_CHECK enum err warc_writer_sync(struct warc_writer *writer);
/* Finishes the file that is open. */
MUST_CHECK enum err warc_writer_close(struct warc_writer *writer);
/* What went wrong last; "" if nothing. */
const char *warc_writer_failure(const struct warc_writer *writer);

/* Finishes the files in `dir` that nobody writes any more. */
MUST_CHECK enum err warc_recover(const char *dir, struct why *why);

#endif
