/*
 * census.h - how many pages stand where: what the report wants to know of all pages, kept
 * with every page that is put, so that nobody has to read them.
 *
 * A census is sums in cells. What a page adds to them (its share) follows from its record
 * alone, so the sums are exact and can be counted again; only time, which passes without a
 * record, is rounded by the cells it falls in:
 *
 *   CENSUS_CONTENT    group: is the index current, evidence of changes, change rate (half
 *                     octaves); number: a span of time that lasts an eighth of a change at
 *                     most, in which the content was last proved
 *   CENSUS_RATES      number: change rate (half octaves); of pages visited
 *   CENSUS_VERIFIED   number: a slot, in which content was last proved
 *   CENSUS_DUE        number: a slot, in which the page is to be visited
 *   CENSUS_SEEN       number: a slot, in which the page was first seen
 *   CENSUS_UNFETCHED  number: weight (half octaves from 2^-16)
 *   CENSUS_STATUS, CENSUS_VALIDATOR, CENSUS_NOISY
 *                     number: status of the last visit, kind of validator, 0
 *
 * "Content": a version that is not gone, moved or blocked, of a page that was visited. 64
 * sums make a block, which is one record of the store (store/store_census.c).
 */
#ifndef STORE_CENSUS_H
#define STORE_CENSUS_H

#include "store/page.h"

enum census_kind {
	CENSUS_CONTENT = 1,
	CENSUS_RATES,
	CENSUS_VERIFIED,
	CENSUS_DUE,
	CENSUS_SEEN,
	CENSUS_UNFETCHED,
	CENSUS_STATUS,
	CENSUS_VALIDATOR,
	CENSUS_NOISY,
	N_CENSUS_KINDS
};

#define CENSUS_SLOT_MS (15 * INT64_C(60000))
/* How its sums are kept; another one is counted anew from the pages. */
#define CENSUS_VERSION 1

/* The sums of a cell; the first is the pages in every kind, and the only one but in these. */
enum { CENSUS_N_PAGES, CENSUS_WEIGHT /* of CENSUS_UNFETCHED, too */ };
/* CENSUS_CONTENT */
enum {
	CENSUS_RATE = 2, /* rate_micro, less what the page's sources tell */
	CENSUS_EVIDENCE, /* rate_a */
	CENSUS_SINCE,    /* last proved, after the cell's beginning */
	CENSUS_SURE,     /* 1 less the doubt of what its sources told */
};
/* CENSUS_RATES */
enum { CENSUS_N_VISITS = 1, CENSUS_N_CHANGES, CENSUS_WHOLE_RATE /* rate_micro */ };
/* What one unit of the sum is. */
#define CENSUS_WEIGHT_UNIT (1.0 / (1 << 20))
#define CENSUS_EVIDENCE_UNIT (1.0 / 1024)
#define CENSUS_SINCE_MS 1024
#define CENSUS_SURE_UNIT (1.0 / 65536)

struct census_cell {
	enum census_kind kind;
	bool current;     /* of CENSUS_CONTENT: the index has the version */
	int64_t number;   /* see above */
	int64_t at_ms;    /* the beginning of a cell that is a time */
	int64_t width_ms; /* ... how long it lasts; 0 of others */
	const int64_t *sums;
};

struct census;

struct census *census_new(void); /* NULL: out of memory */
void census_free(struct census *census);
/* Makes sure that census_move() to `share` will need no memory. */
MUST_CHECK enum err census_prepare(struct census *census, const struct page_share *share);
/* A page's share was `from` and is `to`; NULL: there was or is no page. */
void census_move(struct census *census, const struct page_share *from,
		 const struct page_share *to);

/* Cells that are not all zero, in no order. `at` begins as all zero; false: no more. */
struct census_place {
	const struct census_block *block;
	size_t cell;
	bool started;
};
bool census_next(const struct census *census, struct census_place *at,
		 struct census_cell *cell);

/* ---- blocks, as they are kept: a key of 8 bytes, a value ----------------------------------- */

#define CENSUS_KEY_SIZE 8

/* ERR_CORRUPT, ERR_NOMEM. */
MUST_CHECK enum err census_load(struct census *census, struct span key,
				struct span value);
/* The next block that has changed since it was loaded or saved; false: none. An empty
 * `value` means that the block is empty. */
bool census_changed(struct census *census, uint8_t key[CENSUS_KEY_SIZE]);
MUST_CHECK enum err census_value(const struct census *census,
				 const uint8_t key[CENSUS_KEY_SIZE], struct buf *value);
/* Also forgets it when it is empty. */
void census_saved(struct census *census, const uint8_t key[CENSUS_KEY_SIZE]);

/* Calls `differ` for each sum of which `kept` and `counted` disagree. */
typedef void census_differ(void *context, const char *cell, int64_t kept,
			   int64_t counted);
void census_compare(const struct census *kept, const struct census *counted,
		    census_differ *differ, void *context);

#endif
