/*
 * warc_files.h - all records of the WARC files in a directory, in order, for tests.
 *
 * Fails the test when a file does not read to its end, or a digest or the index beside a
 * file is wrong.
 */
#ifndef TESTS_WARC_FILES_H
#define TESTS_WARC_FILES_H

#include "tools/warc_reader.h"

struct warc_entry {
	struct warc_head head;
	struct buf uri;
	struct buf block;
	int file; /* from 0 */
};

struct warc_files {
	struct warc_entry *entries;
	size_t n;
	int n_files;
};

void warc_files_read(const char *dir, struct warc_files *files);
void warc_files_release(struct warc_files *files);
/* The value of a WARC field, "" if there is none. Valid until the next call. */
const char *warc_files_field(const struct warc_entry *entry, const char *name);
/* "response /a 200;revisit /a 304;": what the index-able records are, by path and status. */
struct buf warc_files_summary(const struct warc_files *files);
/* The index-th of that type for that path; fails the test if there is none. */
const struct warc_entry *warc_files_find(const struct warc_files *files,
					 enum warc_type type, const char *path,
					 size_t index);

#endif
