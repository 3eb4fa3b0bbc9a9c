/*
 * boilerplate.h - what a host repeats on its pages: navigation, header, footer, build stamp.
 *
 * Learned from the blocks of its pages (see crawler/difference.h, which makes their ids), in
 * a few KB however many pages there are. A block that stands on more than half of the pages
 * learned is boilerplate; an edit of such blocks that is met on several pages is a deploy.
 * Kept in the store by host, changed in the same batch as the visit that taught it.
 */
#ifndef STORE_BOILERPLATE_H
#define STORE_BOILERPLATE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/base/buf.h"

#define BOILERPLATE_PAGES_MIN 8    /* fewer prove nothing */
#define BOILERPLATE_BLOCKS_MAX 256 /* remembered */
#define BOILERPLATE_PAGE_MAX 640   /* ids of one page that are looked at */
#define BOILERPLATE_EDITS_MAX 64
/* So many other pages with the same edit make it a deploy: an eighth of those that were learned,
 * but so many at least and at most. */
#define BOILERPLATE_EDIT_PAGES 3
#define BOILERPLATE_EDIT_PAGES_MAX 8

struct boilerplate {
	uint16_t n_pages;  /* learned; halved with all counts now and then */
	struct buf blocks; /* id (8), pages (2); sorted by id */
	struct buf last;   /* first 4 bytes of the ids of the page learned last, sorted */
	struct buf edits;  /* id (8), a bit for each of its pages (4); newest last */
	bool dirty;        /* not part of the record */
};

void boilerplate_init(struct boilerplate *b);
void boilerplate_release(struct boilerplate *b);
MUST_CHECK enum err boilerplate_encode(const struct boilerplate *b, struct buf *out);
MUST_CHECK enum err boilerplate_decode(struct span bytes, struct boilerplate *b);
/* `copy` is initialised. */
MUST_CHECK enum err boilerplate_copy(struct boilerplate *copy,
				     const struct boilerplate *b);

/* Learns the blocks of a page that is new or has changed: ids of 8 bytes, big-endian, sorted
 * and distinct; more than BOILERPLATE_PAGE_MAX are not looked at. */
MUST_CHECK enum err boilerplate_learn(struct boilerplate *b, struct span ids);
bool boilerplate_has(const struct boilerplate *b, uint64_t id);
/* On a page the block `id` has taken the place of `old`, which is boilerplate: so is it. */
MUST_CHECK enum err boilerplate_succeed(struct boilerplate *b, uint64_t old, uint64_t id);
/* The page whose URL has that hash was edited so. Not to be noted of a page that was visited
 * because somebody said that it had changed: of such visits all have the edit, however few pages
 * do ("sold out", of a night's hundred). */
MUST_CHECK enum err boilerplate_note_edit(struct boilerplate *b, uint64_t edit,
					  uint64_t url_hash);
/* A page was visited that was edited as `edits` say (ids of 8 bytes, big-endian): every other
 * edit that this page never had loses BOILERPLATE_EDIT_PAGES of the pages noted of it. A deploy
 * comes to nearly all pages, one after another; what comes to one now and one then, "sold out",
 * is news however often. */
void boilerplate_doubt(struct boilerplate *b, struct span edits, uint64_t url_hash);
/* Has that edit been noted of so many pages that it is one? */
bool boilerplate_is_deploy(const struct boilerplate *b, uint64_t edit);

#endif
