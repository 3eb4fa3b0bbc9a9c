/*
 * seed.h - a line of input that names a page, and what may be said about it.
 *
 * Every format comes down to keys and values, checked here: url, weight, tag, tags (a
 * comma-separated list), min_interval, max_interval and, to adopt an index without
 * fetching it anew, etag, last_modified, digest, indexed_at.
 */
#ifndef TOOLS_SEED_H
#define TOOLS_SEED_H

#include "store/base/buf.h"
#include "store/base/digest.h"

#define SEED_TAGS_MAX 16
#define SEED_TAG_MAX 64 /* bytes */
#define SEED_WEIGHT_MAX 1e6
#define SEED_WEIGHT_MIN 1e-6

struct document;
struct warc_original;

/* What a web archive has of the page, besides what the keys say. All borrowed. */
struct seed_content {
	const struct document *document;   /* whole; its digest is the seed's */
	struct span content_type, headers; /* "Name: value\n" lines worth keeping */
	int64_t date_at_ms;                /* the origin's clock; 0: not told */
	const struct warc_original *original;
};

/* An archive saw that content once more, at the seed's indexed_at. */
struct seed_revisit {
	struct span payload_digest; /* of the content; empty: not told */
	struct span uri;            /* of the record that has it, and ... */
	int64_t at_ms;              /* ... its date; 0: not told */
};

/* All spans are borrowed from whatever the values were given in. */
struct seed {
	struct span url;
	double weight; /* 1 unless has_weight */
	bool has_weight;
	struct span tags[SEED_TAGS_MAX];
	size_t n_tags;
	int64_t min_interval_ms, max_interval_ms; /* 0: not given */
	struct span etag, last_modified;          /* verbatim; empty: not given */
	struct digest digest;                     /* none: not given */
	int64_t indexed_at_ms;                    /* 0: not given */
	const struct seed_content *content;       /* NULL: none */
	const struct seed_revisit *revisit;       /* likewise */
	uint64_t line;                            /* where it stands, from 1 */
	unsigned given;                           /* keys seen: none may come twice */
};

struct seed_key;

void seed_init(struct seed *seed);

/* NULL: there is no such key. Case counts. */
const struct seed_key *seed_key_find(struct span name);
const char *seed_key_name(const struct seed_key *key);
/* May the key come more than once, each time with one more value? */
bool seed_key_repeats(const struct seed_key *key);

/* Checks `value` (blanks at its ends do not count) and stores it. On ERR_INVALID `why`
 * is a phrase fit for "line 3: ...". */
MUST_CHECK enum err seed_set(struct seed *seed, const struct seed_key *key,
			     struct span value, struct why *why);
/* What can only be said of the whole: there is a URL, the intervals are in order. */
MUST_CHECK enum err seed_check(const struct seed *seed, struct why *why);

#endif
