/*
 * export_archive.h - the pages of the store as records of a web archive, and as lines of an
 * archive's index.
 *
 * A body becomes a `resource` record, not a response: what brought it was not kept byte for
 * byte. The fields that were kept stand before it, in a `metadata` record, so that who
 * adopts the file (`seed`) has the validators.
 */
#ifndef TOOLS_EXPORT_ARCHIVE_H
#define TOOLS_EXPORT_ARCHIVE_H

#include "store/store.h"
#include "tools/damage.h"
#include "tools/warc.h"

struct export_archive {
	struct store *store; /* borrowed */
	struct warc_packer *packer;
	struct buf body, head, fields;
	struct damage damage;
};

MUST_CHECK enum err export_archive_init(struct export_archive *archive,
					struct store *store);
void export_archive_release(struct export_archive *archive);

/* Appends the record that begins a file. */
MUST_CHECK enum err export_archive_begin(struct export_archive *archive, int64_t now_ms,
					 struct buf *out);
/* Both append nothing for a page without content, or that is gone. */
MUST_CHECK enum err export_archive_records(struct export_archive *archive,
					   const struct page *page, struct buf *out);
MUST_CHECK enum err export_archive_line(struct export_archive *archive,
					const struct page *page, struct buf *out);

#endif
