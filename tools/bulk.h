/*
 * bulk.h - changes as the body of an OpenSearch or Elasticsearch `_bulk` request.
 *
 * What is sent is always the page as the store has it now, whole: so a document may be sent
 * again, and of several changes of one page only the last sends anything. Gone pages are
 * deleted, and so are those that were forgotten or ask for it (noindex); a page that moved is
 * deleted once its target has a document of its own; of one that robots.txt blocks the last
 * version stays.
 */
#ifndef TOOLS_BULK_H
#define TOOLS_BULK_H

#include "store/store.h"

/* Elasticsearch takes no longer `_id`; a longer URL is replaced by "sha256:" and hex. */
#define BULK_ID_MAX 512

struct bulk;

/* `index` goes into every action; NULL: the request's URL names it. Borrowed. */
MUST_CHECK enum err bulk_new(const char *index, struct bulk **bulk);
void bulk_free(struct bulk *bulk); /* NULL is allowed */

/* Appends the action for `change` to `out`, and its document; or nothing, where the index
 * need not care. */
MUST_CHECK enum err bulk_append(struct bulk *bulk, struct store *store,
				const struct change *change, struct buf *out);

#endif
