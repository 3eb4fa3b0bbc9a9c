/*
 * warc_reader.h - the records of a WARC file, one at a time, in bounded memory.
 *
 * Plain or gzip, with a member to each record or not. Damage costs the record that it is
 * in: the reading goes on with the next one that can be found behind it.
 */
#ifndef TOOLS_WARC_READER_H
#define TOOLS_WARC_READER_H

#include "crawler/header.h"
#include "tools/warc.h"

struct warc_reader;

struct warc_head {
	enum warc_type type;
	uint64_t offset; /* in the file: of the record, or of the member that it is in */
	uint64_t length; /* of the block */
	int64_t at_ms;   /* WARC-Date; 0: none that can be read */
	struct span uri; /* borrowed from `fields`, and without the "<>" of old writers */
	struct header_list fields;
};

/* `path` may be "-": standard input. ERR_IO, ERR_NOT_FOUND, ERR_NOMEM; `why` names it. */
MUST_CHECK enum err warc_reader_open(const char *path, struct warc_reader **reader,
				     struct why *why);
/* Reads from `fd`, from where it stands, and leaves it open; `name` is for messages and
 * must outlive the reader. */
MUST_CHECK enum err warc_reader_open_fd(int fd, const char *name,
					struct warc_reader **reader, struct why *why);
void warc_reader_close(struct warc_reader *reader); /* NULL is allowed */

/*
 * The next record; what is left of the one before is passed over. `head->fields` is the
 * caller's to release (zeroed at first), the rest is borrowed until the next call.
 * ERR_INVALID: a record that is none, or that ends too early, `why` says what is wrong and
 * head->offset where; call again. ERR_NOT_FOUND: the end. ERR_IO: no more, `why` says it.
 */
MUST_CHECK enum err warc_reader_next(struct warc_reader *reader, struct warc_head *head,
				     struct why *why);
/* The next bytes of the block, appended to `out` up to `max` of them; none when it has
 * ended. ERR_INVALID as above. */
MUST_CHECK enum err warc_reader_block(struct warc_reader *reader, size_t max,
				      struct buf *out, struct why *why);
/* Reads the record to its end. *end: where in the file the next one begins. ERR_INVALID as
 * above. */
MUST_CHECK enum err warc_reader_finish(struct warc_reader *reader, uint64_t *end,
				       struct why *why);

#endif
