/*
 * difference.h - is what differs between two texts of a page news, or the host's frame?
 *
 * A text differs in blocks. What of it is no news:
 *
 * - a stamp: a block that the host repeats on its pages (store/boilerplate.h) shows another
 *   release, or another date or version as it did on several pages, and is else the same. Such a date or version may stand elsewhere on
 *   the page, too; where it was replaced by the same new one, that is no news either.
 * - a deploy: blocks of the frame were edited as they were on several pages of the host.
 *
 * Everything else is. Where anything is in doubt the answer is "news".
 */
#ifndef CRAWLER_DIFFERENCE_H
#define CRAWLER_DIFFERENCE_H

#include "store/boilerplate.h"
#include "store/observation.h"

/* Of a page as it shows: its text (text.h), its text masked (volatile.h), and its marks,
 * lines that are not shown but name versions: titles of links, the page's generator. */
struct shown {
	struct span text, masked, marks;
};

/* What the comparison says; lists of 8-byte big-endian numbers for store/boilerplate.h. */
struct difference {
	bool is_news;
	enum differs differs; /* the most that does, when it is no news */
	struct buf
		successions; /* ids, in pairs: an old block and what has taken its place */
	struct buf edits;    /* of boilerplate, to be noted */
};

void difference_release(struct difference *d);

/* ERR_NOMEM only; `d` is initialised to zeros and to be released. */
MUST_CHECK enum err difference_judge(const struct shown *old, const struct shown *new,
				     const struct boilerplate *boilerplate,
				     struct difference *d);

/*
 * What the store keeps of a version, so that the next one can mostly be judged without reading
 * it again: hashes of its blocks and of its marks. Replaces `sketch`; with nothing when the
 * version has more blocks than are kept (blocks.h).
 */
MUST_CHECK enum err difference_sketch(const struct shown *shown, struct buf *sketch);

/*
 * difference_judge() of the versions that the sketches are of. Not *decided when that takes
 * their words: a block of the frame was replaced, a volatile token or a mark is another; or
 * when a sketch is empty or damaged. ERR_NOMEM only.
 */
MUST_CHECK enum err difference_judge_sketches(struct span old, struct span new,
					      const struct boilerplate *boilerplate,
					      struct difference *d, bool *decided);

/* Replaces `ids` by what boilerplate_learn() wants of a page: of its first and last blocks
 * and of its marks. */
MUST_CHECK enum err difference_ids(const struct shown *shown, struct buf *ids);

#endif
