#include "tools/body_time.h"

enum err body_time(struct store *store, const struct page *page, int64_t *at_ms)
{
	struct visit visits[HISTORY_MAX];
	size_t n = 0;
	enum err err = store_get_history(store, &page->key, visits, &n);

	*at_ms = page->last_change_at_ms     ? page->last_change_at_ms
		 : page->last_verified_at_ms ? page->last_verified_at_ms /* adopted */
					     : page->first_seen_at_ms;
	for (size_t i = 0; !err && i < n; i++)
		if (visits[i].http_status == 200 &&
		    (visits[i].verdict == VERDICT_NEW ||
		     visits[i].verdict == VERDICT_CHANGED ||
		     visits[i].verdict == VERDICT_MINOR))
			*at_ms = visits[i].at_ms;
	return err == ERR_CORRUPT || err == ERR_NEWER ? ERR_OK : err;
}
