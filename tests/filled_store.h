/*
 * filled_store.h - a store in a directory of its own filled visit by visit as a run
 * would, without a run.
 */
#ifndef TESTS_FILLED_STORE_H
#define TESTS_FILLED_STORE_H

#include "store/observation.h"
#include "store/store.h"
#include "tests/scratch_dir.h"

struct filled_store {
	char dir[SCRATCH_DIR_SIZE];
	struct store *store; /* open for writing until filled_store_read() */
};

/* One visit to make. What is zero is left out. */
struct filled_visit {
	const char *url; /* canonical */
	int64_t at_ms;
	enum verdict verdict;
	enum evidence evidence;
	int http_status;
	int error;    /* enum fetch_error */
	bool noindex; /* of `body` */
	const char *etag, *last_modified, *body, *title, *headers, *hops, *redirect_to,
		*detail;
	int64_t next_at_ms; /* 0: a day later */
	enum visit_reason reason;
	uint32_t wire_bytes, bytes_saved;
};

void filled_store_make(struct filled_store *f);
/* Seeds a page that is due at once. */
void filled_store_seed(struct filled_store *f, const char *url, const char *tags,
		       float weight, int64_t at_ms);
/* Seeds what is not there yet, and commits. Returns the visit's cursor. */
uint64_t filled_store_visit(struct filled_store *f, const struct filled_visit *visit);
/* The record, to be looked at or changed and put back with filled_store_put(). */
void filled_store_get(struct filled_store *f, const char *url, struct page *page);
void filled_store_put(struct filled_store *f, struct page *page);
/* From now on `store` is open for reading only. */
void filled_store_read(struct filled_store *f);
/* Closes it and removes the directory. */
void filled_store_remove(struct filled_store *f);

#endif
