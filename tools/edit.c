/* edit.c - one page or one host, changed where it stands. */
#include "tools/edit.h"

#include "scheduler/plan.h"
#include "tools/sources.h"

/* Changes that wait in memory for their commit, two for a new page: about 30 MB. */
#define PENDING_MAX 100000

static struct page *page_in_flight(const struct editor *editor,
				   const struct page_key *key)
{
	return editor->in_flight ? editor->in_flight(editor->context, key) : NULL;
}

void edit_tell_in_flight(struct editor *editor, const struct page *page)
{
	struct page *copy = page_in_flight(editor, &page->key);

	if (!copy)
		return;
	copy->indexed_version = page->indexed_version;
	/* Its commit must leave the place where the page stands now. */
	copy->stored = page->stored;
}

enum err edit_put(struct editor *editor, struct page *page, struct span host_name)
{
	struct host *host = NULL;
	enum err err =
		store_acquire_host(editor->store, &page->key.host, host_name, &host);

	if (!err)
		err = store_put_page(editor->store, page, host);
	store_release_host(editor->store, host);
	if (!err)
		edit_tell_in_flight(editor, page);
	return err;
}

void edit_due(struct editor *editor, int64_t at_ms)
{
	if (!editor->due_at_ms || at_ms < editor->due_at_ms)
		editor->due_at_ms = at_ms;
}

void edit_moved(struct editor *editor, const struct queue_position *position)
{
	if (editor->moved)
		editor->moved(editor->context, position);
}

bool edit_is_full(const struct editor *editor)
{
	return store_n_pending(editor->store) >= PENDING_MAX;
}

enum err edit_commit(struct editor *editor)
{
	enum err err = store_commit(editor->store);

	if (!err && editor->due_at_ms && editor->wake)
		editor->wake(editor->context, editor->due_at_ms);
	if (!err)
		editor->due_at_ms = 0;
	return err;
}

static enum err recheck(struct editor *editor, struct page *page)
{
	const struct queue_position *at = &page->position;
	struct page *in_flight = page_in_flight(editor, &page->key);

	/* The visit under way may have been answered already: one more comes behind it. Until
	 * its commit the page still stands where it was due. */
	if (in_flight) {
		in_flight->recheck_asked = true;
		return ERR_OK;
	}
	/* What stands in front of "now" comes sooner. */
	if (at->queued && at->class == 0 && at->order_ms <= editor->now_ms)
		return ERR_OK;
	plan_at_once(page, REASON_RECHECK, editor->now_ms);
	edit_due(editor, editor->now_ms);
	return edit_put(editor, page, SPAN(""));
}

/* What the index has of it is to go, too; of what was never told there is nothing. */
static enum err tell_gone(struct editor *editor, const struct page *page)
{
	struct change change;
	enum err err;

	if (!page->version || page->announced == STATE_GONE)
		return ERR_OK;
	change_init(&change);
	change.cursor = store_next_cursor(editor->store);
	change.at_ms = change.changed_before_ms = editor->now_ms;
	change.changed_after_ms = page->last_verified_at_ms;
	change.key = page->key;
	change.kind = CHANGE_GONE;
	change.version = page->version + 1;
	change.evidence = EVIDENCE_NONE;
	change.previous_digest = page->digest;
	err = buf_set(&change.url, buf_span(&page->url));
	if (!err)
		err = buf_set(&change.title, buf_span(&page->title));
	if (!err)
		err = store_append_change(editor->store, &change);
	if (!err)
		store_count(editor->store, COUNT_CHANGES_TOLD, 1, editor->now_ms);
	change_release(&change);
	return err;
}

static enum err forget(struct editor *editor, enum page_edit edit, struct page *page)
{
	struct host *host = NULL;
	enum err err =
		store_acquire_host(editor->store, &page->key.host, SPAN(""), &host);

	if (!err && edit == EDIT_RETRACT)
		err = tell_gone(editor, page);
	if (!err)
		err = store_delete_page(editor->store, page, host);
	if (!err)
		err = sources_forget_host(editor->store, host);
	store_release_host(editor->store, host);
	if (!err && editor->forgotten)
		editor->forgotten(editor->context, &page->key);
	return err;
}

static enum err change_page(struct editor *editor, enum page_edit edit, struct page *page)
{
	return edit == EDIT_RECHECK ? recheck(editor, page) : forget(editor, edit, page);
}

enum err edit_url(struct editor *editor, enum page_edit edit, struct span url)
{
	struct page page;
	enum err err;

	if (edit == EDIT_PING)
		return sources_ping(editor, url);
	page_init(&page);
	err = store_find_page(editor->store, url, &page);
	/* What is not even shaped like one is no page of ours either. */
	if (err == ERR_INVALID)
		err = ERR_NOT_FOUND;
	if (!err)
		err = change_page(editor, edit, &page);
	else if (err == ERR_NOT_FOUND && edit != EDIT_RECHECK)
		err = sources_forget(editor->store, url);
	page_release(&page);
	return err == ERR_INVALID ? ERR_NOT_FOUND : err;
}

enum err edit_page(struct editor *editor, enum page_edit edit, const struct page_key *key)
{
	struct page page;
	enum err err;

	page_init(&page);
	err = store_get_page(editor->store, key, &page);
	if (!err)
		err = change_page(editor, edit, &page);
	page_release(&page);
	return err;
}

static void change_host(struct host *host, enum host_change change)
{
	switch (change) {
	case HOST_PAUSE:
	case HOST_RESUME:
		host->paused = change == HOST_PAUSE;
		break;
	case HOST_RELEASE:
		if (host->backoff_is_retry_after)
			return;
		host->backoff_until_ms = 0;
		host->n_failures_in_a_row = 0;
		break;
	case HOST_REFRESH_ROBOTS:
		host->robots_expires_at_ms = 1; /* 0 is "never read" */
		break;
	case N_HOST_CHANGES:
		break;
	}
}

enum err edit_host(struct editor *editor, const struct host_key *key,
		   enum host_change change)
{
	struct host *host;
	enum err err = store_acquire_host(editor->store, key, SPAN(""), &host);

	if (err)
		return err;
	change_host(host, change);
	host->dirty = true;
	if (change == HOST_RELEASE)
		err = edit_release_held(editor, host);
	store_release_host(editor->store, host);
	edit_due(editor, editor->now_ms);
	if (editor->host_changed)
		editor->host_changed(editor->context, key);
	return err;
}
