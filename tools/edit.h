/*
 * edit.h - every change that a user makes to the store: seeds, rechecks, deletions,
 * hosts. (Visits are the loop's, acknowledgements work.h's.)
 *
 * The same functions serve a command that has opened the store itself and the control
 * server inside a running `run`, which fills in the hooks. Edits are pending until
 * edit_commit().
 */
#ifndef TOOLS_EDIT_H
#define TOOLS_EDIT_H

#include "store/store.h"
#include "tools/seed.h"

enum host_change {
	HOST_PAUSE,   /* send it nothing */
	HOST_RESUME,  /* end a pause */
	HOST_RELEASE, /* end our own back-off (never a Retry-After); tell what is held */
	HOST_REFRESH_ROBOTS, /* robots.txt is read anew before the next visit */
	N_HOST_CHANGES
};

struct editor {
	struct store *store;
	int64_t now_ms;
	/* Hooks; each may be NULL. */
	void *context;
	/* The copy of a page that is being visited right now. It is patched too: else the
	 * visit's commit would undo the edit. */
	struct page *(*in_flight)(void *context, const struct page_key *key);
	/* A page was deleted: a visit to it that is under way must not bring it back. */
	void (*forgotten)(void *context, const struct page_key *key);
	/* What is due at that time, and was not before, has been committed. */
	void (*wake)(void *context, int64_t at_ms);
	void (*host_changed)(void *context, const struct host_key *key);
	/* A page that waits for its turn has another place, once that is committed. */
	void (*moved)(void *context, const struct queue_position *position);
	int64_t due_at_ms; /* of what is pending; 0: nothing */
};

/* Makes all edits durable, and whatever else is pending in the store. */
MUST_CHECK enum err edit_commit(struct editor *editor);
/* Is so much pending that it should be committed before there is more? */
bool edit_is_full(const struct editor *editor);

enum seed_outcome {
	SEED_ADDED,
	SEED_KNOWN,   /* and nothing new was said of it */
	SEED_UPDATED, /* known; its weight, tags or intervals are others now */
};

/*
 * Adds a page, due at once, or updates what the seed says of a known one: its weight and
 * intervals, its tags (added). The schedule of a known page is not touched, nor is its
 * content once it has been visited; before that, later word of what the index has counts.
 * The URL must be canonical. ERR_INVALID: refused, `why` is a phrase for "line 3: ...".
 */
MUST_CHECK enum err edit_seed(struct editor *editor, const struct seed *seed,
			      enum seed_outcome *outcome, struct why *why);

enum page_edit {
	EDIT_RECHECK, /* due at once */
	EDIT_FORGET,  /* deleted, with all that is known of it */
	EDIT_RETRACT, /* likewise, and the index is told that it is gone */
	EDIT_PING,    /* said to have changed: tools/sources.h */
};

/* ERR_NOT_FOUND: no such page, nor (EDIT_FORGET, EDIT_RETRACT) such a source. EDIT_PING is for URLs. */
MUST_CHECK enum err edit_url(struct editor *editor, enum page_edit edit, struct span url);
MUST_CHECK enum err edit_page(struct editor *editor, enum page_edit edit,
			      const struct page_key *key);

/* ERR_NOT_FOUND: no such host. */
MUST_CHECK enum err edit_host(struct editor *editor, const struct host_key *key,
			      enum host_change change);

/* Tells what the mass guard held back of this host's pages, or has it fetched again. */
MUST_CHECK enum err edit_release_held(struct editor *editor, struct host *host);

/* The store has a new copy of that page: the one in flight learns where it stands and
 * what the index has. */
void edit_tell_in_flight(struct editor *editor, const struct page *page);

/* For the files edit*.c: puts a page whose host may be new, and notes what is due. */
MUST_CHECK enum err edit_put(struct editor *editor, struct page *page,
			     struct span host_name);
void edit_due(struct editor *editor, int64_t at_ms);
void edit_moved(struct editor *editor, const struct queue_position *position);

#endif
