/*
 * work.h - carries an order out, a slice at a time, so that a crawl goes on meanwhile.
 */
#ifndef TOOLS_WORK_H
#define TOOLS_WORK_H

#include "tools/order.h"

struct work;

/* `order` is borrowed until work_free(). Commits, so that what is pending is seen. */
MUST_CHECK enum err work_new(struct editor *editor, const struct order *order,
			     struct work **work);
void work_free(struct work *work); /* NULL is allowed */

/*
 * Deals with at most `max` pages or changes. True: the order is done, and `reply` is
 * complete once edit_commit() has made it durable. What goes wrong goes into `reply`.
 */
bool work_step(struct work *work, struct editor *editor, size_t max, struct reply *reply);

/* Takes the index-th line of a batch of seeds, in the text format of seed files. */
void work_seed(struct editor *editor, struct span line, uint64_t index,
	       struct reply *reply);

#endif
