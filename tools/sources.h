/*
 * sources.h - sources come and go: named by the user, by robots.txt or by an index; and
 * who calls to say that a page has changed. For the loop and for edit.h.
 */
#ifndef TOOLS_SOURCES_H
#define TOOLS_SOURCES_H

#include "tools/edit.h"
#include "tools/page_told.h"

#define SOURCE_LEVELS 3   /* of indexes: REQ 64 */
#define SOURCES_MAX 50000 /* of one host, whatever the settings say */

struct source_name {
	struct span url;  /* canonical */
	struct span host; /* the origin that it speaks for */
	enum source_origin named_by;
	uint8_t level;
	uint64_t index_hash; /* of the index that names it */
	bool adds_pages;
	int64_t first_poll_at_ms;
	uint32_t max_of_host; /* no more sources of the host than that */
};

/* Makes a record of it, unless there is one. A source that the user names is polled again
 * if it was retired, and adds pages from now on. *added: it is new. */
MUST_CHECK enum err sources_name(struct store *store, const struct source_name *name,
				 int64_t now_ms, bool *added);
/* Deletes a source by its URL, whatever host it speaks for first: its own. ERR_NOT_FOUND. */
MUST_CHECK enum err sources_forget(struct store *store, struct span url);
/* Deletes the sources of a host that has no pages left. */
MUST_CHECK enum err sources_forget_host(struct store *store, struct host *host);

/* Somebody says that the page at `url` (canonical) has changed: an announcement, trusted as
 * far as pings of its host have been right. ERR_NOT_FOUND: no such page. */
MUST_CHECK enum err sources_ping(struct editor *editor, struct span url);

#endif
