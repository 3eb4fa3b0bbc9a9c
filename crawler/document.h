/*
 * document.h - from the bytes of a complete 200 to all that is kept of them.
 *
 * The one expensive step of a visit, made to run in a worker thread: undo the content
 * coding, digest, and only when the bytes are new extract the text and compress. Pure but
 * for the clock that limits it; what it needs again and again lives in the worker.
 */
#ifndef CRAWLER_DOCUMENT_H
#define CRAWLER_DOCUMENT_H

#include "crawler/header.h"
#include "crawler/html.h"
#include "crawler/transport.h"
#include "crawler/volatile.h"
#include "store/base/buf.h"
#include "store/base/digest.h"
#include "store/boilerplate.h"
#include "store/page.h"

/* Of the parser and of what it masks: another number where the same page may read
 * otherwise. */
#define DOCUMENT_EPOCH VOLATILE_VERSION

/* One per thread; all are made before the first is used. */
struct document_worker;

/* `zip_level` is zstd's; 1 to 3 is what the time is worth. */
MUST_CHECK enum err document_worker_new(int zip_level, struct document_worker **worker);
void document_worker_free(struct document_worker *worker);

/* Everything is borrowed during the call. */
struct document_request {
	const struct header_list *headers; /* Content-Encoding, -Type, X-Robots-Tag */
	struct span wire;                  /* the body, transfer coding undone */
	size_t max_bytes;                  /* decoded, REQ 60; 0: the default */
	struct html_limits html;
	struct span ignore; /* see html.h */
	uint32_t epoch;     /* of the parser and these rules */
	bool may_compare;   /* keep another text for document_compare() */
	/* what the store has; all zero: nothing */
	struct digest known_digest, known_text_digest;
	uint64_t known_simhash;
	uint32_t known_words_hash;
};

struct document {
	/* FETCH_OK, FETCH_UNDECODABLE (REQ 61) or FETCH_BODY_TOO_LARGE (REQ 60): then why
	 * in `detail`, and nothing else is set: the response stores nothing (REQ 28). */
	enum fetch_error status;
	const char *detail; /* static */
	uint32_t epoch;     /* as requested */

	struct buf body; /* decoded */
	struct digest digest;
	bool same_bytes; /* REQ 26: as known; nothing below is set */

	struct buf compressed; /* the body as zip.h stores it */
	/* Has it text to compare? Not if it is neither HTML nor plain text, shows no words
	 * or is over a limit (REQ 63): the raw digest alone decides then. */
	bool has_text;
	struct digest text_digest; /* short; none without text */
	bool same_text;            /* REQ 35: as known, under other bytes */
	enum differs differs;      /* ... and what else is not */
	uint64_t simhash;
	uint32_t words_hash;
	float similarity; /* to the known text, see simhash.h; 0 if either has none */

	/* of HTML, see html.h */
	struct buf title, language, canonical, base;
	struct html_robots robots; /* X-Robots-Tag for all or for us included */
	uint32_t n_links;
	struct digest link_digest;

	/* What the page teaches of its host: see difference.h */
	struct buf block_ids, successions, edits;
	/* To be kept for document_compare_sketch(); empty without text */
	struct buf sketch;
	/* Of another text than the known one, for document_compare(): as it shows, masked,
	 * and what else names versions */
	struct buf text, masked, marks;
};

void document_init(struct document *document);

/* `document` is replaced. ERR_NOMEM is the only error; `document` is then to be released
 * unread. */
MUST_CHECK enum err document_read(struct document_worker *worker,
				  const struct document_request *request,
				  struct document *document);
void document_release(struct document *document);

/*
 * Judges a document whose text is another than the known one by the two sketches: `known` is
 * that of the body with that digest. *decided: the document says what document_compare() would
 * have made it say, which need not be asked. Nothing is read, hashed or parsed for it: some
 * 10 us. ERR_NOMEM only.
 */
MUST_CHECK enum err document_compare_sketch(struct span known,
					    const struct digest *known_digest,
					    const struct boilerplate *boilerplate,
					    struct document *document, bool *decided);

/* The version that the store has, to compare with. Everything is borrowed during the call. */
struct document_known {
	struct span content_type, compressed;
	size_t max_bytes;
	struct html_limits html;
	struct span ignore; /* see html.h */
	/* As in document_request; none: to be found out from the body */
	struct digest text_digest;
	const struct boilerplate *boilerplate; /* of the host */
};

/*
 * Looks closer at a document whose text is another than the known one: when nothing but
 * stamps and boilerplate differs it is made the same text. Fills `similarity`, `successions`
 * and `edits`. Does nothing when either version has no text or the stored one is damaged.
 * ERR_NOMEM only.
 */
MUST_CHECK enum err document_compare(struct document_worker *worker,
				     const struct document_known *known,
				     struct document *document);

/* The visible text of a stored body of that Content-Type ("": guessed); empty when it has
 * none. Borrowed until the worker's next call. */
MUST_CHECK enum err document_text(struct document_worker *worker,
				  struct span content_type, struct span body,
				  const struct html_limits *limits, struct span *text);

#endif
