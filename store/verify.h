/*
 * verify.h - what the files of store_verify() share. Nobody else includes it.
 */
#ifndef STORE_VERIFY_H
#define STORE_VERIFY_H

#include "store/internal.h"

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct tally {
	UT_hash_handle hh;
	uint8_t key[DIGEST_SIZE]; /* of a host or a body */
	uint32_t n_pages[N_STATES], n_held[N_HOLDS];
	uint64_t refs;
	uint64_t rate_micro;
	uint32_t n_rated;
	bool seen; /* the record that it belongs to */
	bool lost; /* a body that is not there, or not whole */
};

/* A multiset of places in the queues: how many, and the sum of their hashes. */
struct places {
	uint64_t n, sum[2];
};

struct verify {
	struct store *store;
	store_verify_report *report;
	void *context;
	bool mends; /* what it finds, too: store_repair() */
	bool any_lost;
	enum err unfit; /* see verify_store() */
	uint64_t n_differences;
	struct tally *hosts, *bodies;
	int64_t by_state[N_STATES];
	uint64_t n_pages, n_entries;
	struct places recorded, queued;
	bool any_nowhere;  /* a page whose record names no place */
	uint32_t *classes; /* STORE_N_CLASSES counts */
	uint64_t rate_micro;
	struct census *census; /* NULL: none is kept */
	struct zip *zip;       /* made when the first body is looked into */
	struct buf text, body;
};

/* store_verify(), and with `mends` what can be done about it. *unfit: why nothing may be,
 * ERR_CORRUPT, a file, or ERR_NEWER, a record; else ERR_OK. */
MUST_CHECK enum err verify_store(struct store *store, bool mends,
				 store_verify_report *report, void *context,
				 uint64_t *n_differences, enum err *unfit);
/* Reports one difference. */
void verify_differ(struct verify *v, const char *format, ...) PRINTF_LIKE(2, 3);
/* The tally of that key in `table`, made when there is none. NULL: out of memory. */
struct tally *verify_tally(struct tally **table, const void *key, size_t len);
/* Says so if the walk met its end too early: not one record then, but all behind it. */
bool verify_is_broken(struct verify *v, const struct store_walk *walk, const char *what);
/* Reads into v->text. What is there but cannot be read is reported, and counts as found. */
MUST_CHECK enum err verify_read(struct verify *v, enum family family, struct span key,
				bool *found);
/* The next record. ERR_NOT_FOUND: the end, and if it came too early that was reported. */
MUST_CHECK enum err verify_next(struct verify *v, struct store_walk *walk,
				const char *what, struct span *key, struct span *value);

/* store_verify_counts.c: after the pages have been tallied. */
MUST_CHECK enum err verify_hosts(struct verify *v);
MUST_CHECK enum err verify_totals(struct verify *v);
MUST_CHECK enum err verify_classes(struct verify *v);
/* Begins to count; adds a page; compares with what is kept. */
MUST_CHECK enum err verify_begin_census(struct verify *v);
MUST_CHECK enum err verify_count_census(struct verify *v, const struct page *page);
MUST_CHECK enum err verify_census(struct verify *v);
/* store_verify_bodies.c */
MUST_CHECK enum err verify_bodies(struct verify *v);
/* store_verify_beside.c: what is kept under a page's key. */
MUST_CHECK enum err verify_histories(struct verify *v);
MUST_CHECK enum err verify_headers(struct verify *v);

/* store_mend.c: each does nothing unless v->mends. What a walk has begun to read it does
 * not see mended. */
MUST_CHECK enum err mend_drop(struct verify *v, enum family family, struct span key);
/* A record with what lies beside it. Queue entries and shares go as ones of no page. */
MUST_CHECK enum err mend_drop_page(struct verify *v, const struct page_key *key);
/* Puts the record as it is now, and its entry in the queue. */
MUST_CHECK enum err mend_page(struct verify *v, struct page *page);
/* Makes the record if there is none, and counts anew. */
MUST_CHECK enum err mend_host(struct verify *v, const struct host_key *key,
			      const struct tally *t);
/* Who has a body that is lost has none. */
MUST_CHECK enum err mend_lost_bodies(struct verify *v);
/* Commits: `all`, or when there is much. */
MUST_CHECK enum err mend_flush(struct verify *v, bool all);

#endif
