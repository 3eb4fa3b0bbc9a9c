/*
 * seed_sources.h - the sitemaps and feeds that `seed` fetches: those that were named, those
 * that a robots.txt names, and those that their indexes name, each once.
 */
#ifndef TOOLS_SEED_SOURCES_H
#define TOOLS_SEED_SOURCES_H

#include "tools/source_fetch.h"

#define SEED_INDEX_LEVELS 3 /* REQ 64 */

/* One that is to be read, or has been. All borrowed until the next call. */
struct seed_source {
	struct span url;  /* canonical */
	struct span host; /* the origin whose robots.txt named it; empty: its own */
	int level;        /* how many indexes led to it */
	bool is_guess;    /* nobody named it: it need not be there */
};

struct seed_sources {
	const struct settings *settings;
	struct source_fetch fetch;
	bool is_open;
	struct buf list; /* "LEVEL GUESS HOST URL\n" of each that is to be read */
	size_t taken;    /* bytes of it */
	struct buf line; /* of the present one */
	struct seen_source *seen;
};

void seed_sources_init(struct seed_sources *sources, const struct settings *settings);
void seed_sources_release(struct seed_sources *sources);

/* Notes one, unless it was noted before. */
MUST_CHECK enum err seed_sources_add(struct seed_sources *sources,
				     const struct seed_source *source);
/* Notes what the robots.txt of `where` (a URL or a host) names or, where it names none,
 * /sitemap.xml. ERR_INVALID: it could not be asked, `why` says why in a phrase. */
MUST_CHECK enum err seed_sources_discover(struct seed_sources *sources, const char *where,
					  struct why *why);

/* Fetches the next one into sources->fetch. ERR_NOT_FOUND: there are no more.
 * ERR_INVALID: this one could not be had; `source` says which, `why` why in a phrase. */
MUST_CHECK enum err seed_sources_next(struct seed_sources *sources,
				      struct seed_source *source, struct why *why);
/* May the source that was fetched last tell of `url`: is it of its host, of the one that
 * answered for it, or of the one whose robots.txt named it? */
bool seed_sources_may_tell(const struct seed_sources *sources,
			   const struct seed_source *source, struct span url);

/* Does a URL look like one of a source: .xml, .rss or .atom, also with .gz? */
bool seed_sources_looks_like_one(struct span url);

#endif
