/*
 * seed_reader.h - seeds from a file or pipe, one at a time, in bounded memory.
 *
 * A bad line is a rejection with its number and reason; the rest goes on. Formats are
 * told apart by the first line that is neither blank nor a comment. Gzip, CRLF and a
 * byte order mark are seen through (lines.h). XML is read whole: a sitemap or a feed, whose
 * pages are seeds and whose dates say nothing of our copies.
 */
#ifndef TOOLS_SEED_READER_H
#define TOOLS_SEED_READER_H

#include "tools/seed.h"

/* SEED_WARC is read by seed_warc.h. */
enum seed_format {
	SEED_AUTO,
	SEED_TEXT,
	SEED_CSV,
	SEED_NDJSON,
	SEED_SITEMAP,
	SEED_CDXJ,
	SEED_WARC
};

struct seed_rejection {
	uint64_t line;
	struct why reason;   /* may quote outside bytes: escape it before it is shown */
	struct span excerpt; /* raw start of the line; borrowed until the next call */
};
#define SEED_EXCERPT_MAX 80

struct seed_reader;

/* `path` may be "-": standard input. On failure `why` names the path. */
MUST_CHECK enum err seed_reader_open(const char *path, enum seed_format format,
				     struct seed_reader **reader, struct why *why);
/* Reads from `fd` and leaves it open. */
MUST_CHECK enum err seed_reader_open_fd(int fd, const char *name, enum seed_format format,
					struct seed_reader **reader, struct why *why);
/* Reads `bytes`, a document that was fetched from `url` (canonical: relative links are
 * taken from there); both are borrowed. It must be a sitemap or a feed. */
MUST_CHECK enum err seed_reader_open_document(struct span bytes, struct span url,
					      struct seed_reader **reader,
					      struct why *why);
/* After the first seed_reader_next(): the entries are sitemaps, and no pages. */
bool seed_reader_is_index(const struct seed_reader *reader);
void seed_reader_close(struct seed_reader *reader); /* NULL is allowed */

/*
 * ERR_OK: `seed` is the next one, its URL canonical; borrowed until the next call.
 * ERR_INVALID: a line was refused, `rejection` says which and why; call again.
 * ERR_NOT_FOUND: the end. Anything else ends the reading, and `why` says what happened.
 */
MUST_CHECK enum err seed_reader_next(struct seed_reader *reader, struct seed *seed,
				     struct seed_rejection *rejection, struct why *why);

#endif
