/* edit_release.c - what the mass guard held back is told after all (store/guard.h). */
#include "tools/edit.h"

#include "scheduler/plan.h"
#include "store/guard.h"

/* Its record has all that the index must hear. */
static enum err tell(struct editor *editor, struct page *page)
{
	struct change change;
	bool announce = false;
	enum err err;

	change_init(&change);
	err = page_tell_held(page, editor->now_ms, &change, &announce);
	if (!err && announce) {
		change.cursor = store_next_cursor(editor->store);
		page->change_cursor = change.cursor;
		err = store_append_change(editor->store, &change);
		store_count(editor->store, COUNT_CHANGES_TOLD, 1, editor->now_ms);
	}
	change_release(&change);
	return err ? err : edit_put(editor, page, SPAN(""));
}

static enum err release(struct editor *editor, struct page *page)
{
	struct page *copy =
		editor->in_flight ? editor->in_flight(editor->context, &page->key) : NULL;

	/* The visit that is under way is the second witness. */
	if (copy) {
		copy->next_visit_reason = REASON_RECHECK;
		return ERR_OK;
	}
	if (page->verdict == VERDICT_GONE || page->verdict == VERDICT_MOVED)
		return tell(editor, page);
	/* Its words were not kept: they are fetched, and told whatever they are. */
	plan_at_once(page, REASON_RECHECK, editor->now_ms);
	edit_due(editor, editor->now_ms);
	return edit_put(editor, page, SPAN(""));
}

enum err edit_release_held(struct editor *editor, struct host *host)
{
	struct store_walk *walk = NULL;
	struct page page;
	enum err err;

	guard_release(host);
	if (!host->guard.n_held[HOLD_GONE] && !host->guard.n_held[HOLD_SAME_TEXT])
		return ERR_OK;
	/* The walk sees what is committed. */
	err = store_commit(editor->store);
	if (!err)
		err = store_walk_pages(editor->store, &host->key, &walk);
	page_init(&page);
	while (!err) {
		err = store_walk_page(walk, &page);
		if (err == ERR_CORRUPT || err == ERR_NEWER)
			err = ERR_OK; /* verify's business */
		else if (!err && page.held)
			err = release(editor, &page);
	}
	page_release(&page);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}
