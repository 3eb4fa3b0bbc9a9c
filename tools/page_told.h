/*
 * page_told.h - the sources that tell of one page, read from the store and written back.
 */
#ifndef TOOLS_PAGE_TOLD_H
#define TOOLS_PAGE_TOLD_H

#include "scheduler/plan.h"
#include "scheduler/told.h"
#include "store/store.h"

struct page_told {
	struct source sources[PAGE_N_TOLD]; /* where told.has[] says so */
	struct told told;
};

/* One of these at a time, to be used for page after page. */
void page_told_init(struct page_told *t);
void page_told_release(struct page_told *t);

/* Those that are heard still; one that cannot be read is none. */
MUST_CHECK enum err page_told_read(struct store *store, const struct page *page,
				   struct page_told *t);

/* learn_visit(), or learn_visit_told() where somebody tells of the page; the sources learn,
 * too. `host` is the page's. */
MUST_CHECK enum err page_told_learn(struct store *store, struct page_told *t,
				    struct page *page, struct host *host,
				    struct observation *o, double price,
				    enum lesson *lesson);

/* The source of that sort announces a change of the page, which gets its new place; both
 * are the caller's to put. *gain: the weight that
 * was truly announced, if a visit is worth its price now (scheduler/poll.h). */
MUST_CHECK enum err page_told_announce(struct store *store, struct page_told *t,
				       struct page *page, const struct host *host,
				       int sort, const struct plan_config *plan,
				       int64_t now_ms, double *gain);

#endif
