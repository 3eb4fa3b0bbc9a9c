#include "tools/work.h"

#include <stdlib.h>

#include "tools/damage.h"
#include "tools/filter.h"
#include "tools/seed_line.h"
#include "tools/sources.h"

/* Pages in flight that one slice of an acknowledgement may meet. */
#define TOLD_MAX 1024

struct work {
	const struct order *order;
	struct store *store;
	/* ORDER_RECHECK, ORDER_FORGET */
	struct span urls; /* that are left */
	uint64_t n_urls;  /* done */
	struct host_filter host;
	bool has_host;
	struct filter filter;
	struct filter_walk *walk;
	struct page page;
	/* ORDER_ACKNOWLEDGE */
	uint64_t acknowledged;
};

static void fail(struct reply *reply, enum err err, const char *what)
{
	reply->err = why_set(&reply->why, err, "%s: %s", what, err_text(err));
}

static enum err start_walk(struct work *work)
{
	const struct order *order = work->order;
	enum err err = ERR_OK;

	if (order->host.len) {
		err = host_filter_init(&work->host, buf_span(&order->host), NULL);
		work->has_host = !err;
		work->filter.host = &work->host;
	}
	work->filter.tag = buf_span(&order->tag);
	return err || work->order->kind == ORDER_HOST
		       ? err
		       : filter_walk_start(work->store, &work->filter, &work->walk);
}

enum err work_new(struct editor *editor, const struct order *order, struct work **out)
{
	struct work *work = calloc(1, sizeof(*work));
	enum err err;

	if (!work)
		return ERR_NOMEM;
	work->order = order;
	work->store = editor->store;
	work->urls = buf_span(&order->urls);
	page_init(&work->page);
	/* Walks do not see what is pending. */
	err = edit_commit(editor);
	if (!err && order->kind == ORDER_ACKNOWLEDGE) {
		err = store_get_acknowledged(work->store, buf_text(&order->consumer),
					     &work->acknowledged);
		if (err == ERR_INVALID) /* the step says why */
			err = ERR_OK;
	} else if (!err && order->kind != ORDER_CHECKPOINT && !work->urls.len) {
		err = start_walk(work);
	}
	if (err)
		work_free(work);
	else
		*out = work;
	return err;
}

void work_free(struct work *work)
{
	if (!work)
		return;
	filter_walk_end(work->walk);
	if (work->has_host)
		host_filter_release(&work->host);
	page_release(&work->page);
	free(work);
}

/* ---- pages ------------------------------------------------------------------------------- */

static enum page_edit edit_of(const struct work *work)
{
	switch (work->order->kind) {
	case ORDER_FORGET:
		return EDIT_FORGET;
	case ORDER_RETRACT:
		return EDIT_RETRACT;
	case ORDER_PING:
		return EDIT_PING;
	default:
		return EDIT_RECHECK;
	}
}

static bool step_urls(struct work *work, struct editor *editor, size_t max,
		      struct reply *reply)
{
	for (; work->urls.len && max; max--) {
		enum err err =
			edit_url(editor, edit_of(work), span_cut(&work->urls, '\n'));

		if (err == ERR_NOT_FOUND)
			err = reply_refuse(reply, work->n_urls, "is not known");
		else if (err == ERR_CORRUPT || err == ERR_NEWER)
			err = reply_refuse(reply, work->n_urls, "its record is damaged");
		else if (!err)
			reply->n_done++;
		if (err) {
			fail(reply, err, "cannot change the page");
			return true;
		}
		work->n_urls++;
	}
	return !work->urls.len;
}

static bool step_walk(struct work *work, struct editor *editor, size_t max,
		      struct reply *reply)
{
	enum err err = ERR_OK;

	for (; max; max--) {
		err = filter_walk_page(work->walk, &work->page);
		if (err)
			break;
		err = edit_page(editor, edit_of(work), &work->page.key);
		if (!err)
			reply->n_done++;
		else if (err != ERR_NOT_FOUND) /* forgotten since the walk began */
			break;
	}
	if (!max)
		return false;
	if (err != ERR_NOT_FOUND)
		fail(reply, err, "cannot change the pages");
	else if (!reply->n_done)
		reply->err = why_set(&reply->why, ERR_NOT_FOUND, "no page matches");
	return true;
}

/* ---- hosts ------------------------------------------------------------------------------- */

static enum err change_hosts(struct work *work, struct editor *editor,
			     struct reply *reply)
{
	struct damage damage = { .n = 0 };
	struct store_walk *walk = NULL;
	struct host host;
	enum err err = store_walk_hosts(work->store, &walk);

	host_init(&host);
	while (!err) {
		err = store_walk_host(walk, &host);
		if (damage_of_host(&damage, walk, &host.key, err)) {
			err = ERR_OK;
			continue;
		}
		if (err)
			break;
		if (!host_filter_matches(&work->host, buf_span(&host.name)))
			continue;
		err = edit_host(editor, &host.key, work->order->change);
		reply->n_done++;
	}
	damage_end(&damage);
	store_walk_end(walk);
	host_release(&host);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static bool step_hosts(struct work *work, struct editor *editor, struct reply *reply)
{
	enum err err = change_hosts(work, editor, reply);

	if (err)
		fail(reply, err, "cannot change the host");
	else if (!reply->n_done)
		reply->err = why_set(&reply->why, ERR_NOT_FOUND, "no host '%.200s'",
				     buf_text(&work->order->host));
	return true;
}

/* ---- sources ------------------------------------------------------------------------------ */

static enum err name_source(struct work *work, struct editor *editor, struct span url,
			    bool *added)
{
	struct source_name name = { .url = url,
				    .host = buf_span(&work->order->host),
				    .named_by = SOURCE_BY_USER,
				    .adds_pages = true,
				    .first_poll_at_ms = editor->now_ms,
				    .max_of_host = SOURCES_MAX };
	struct url_parts parts;
	enum err err = url_split(url, &parts);

	if (!err && !name.host.len)
		name.host = parts.origin;
	return err ? err : sources_name(work->store, &name, editor->now_ms, added);
}

/* Few: a command names those that its user has named. */
static bool step_sources(struct work *work, struct editor *editor, struct reply *reply)
{
	bool added = false;
	enum err err = ERR_OK;

	while (!err && work->urls.len) {
		err = name_source(work, editor, span_cut(&work->urls, '\n'), &added);
		if (err == ERR_INVALID)
			err = reply_refuse(reply, work->n_urls, "is no canonical URL");
		else if (!err && added)
			reply->n_done++;
		else if (!err)
			reply->n_known++;
		work->n_urls++;
	}
	if (err)
		fail(reply, err, "cannot keep the source");
	return true;
}

/* ---- acknowledgements ---------------------------------------------------------------------- */

/* Finds how far `max` changes reach, and which of their pages are in flight. */
static enum err look_ahead(struct work *work, struct editor *editor, size_t max,
			   uint64_t *reach, struct page_key *told, size_t *n_told)
{
	struct store_walk *walk = NULL;
	struct change change;
	enum err err = store_walk_changes(work->store, work->acknowledged, &walk);

	change_init(&change);
	*reach = work->order->cursor;
	*n_told = 0;
	for (; !err && max && *n_told < TOLD_MAX; max--) {
		err = store_walk_change(walk, &change);
		/* The store passes over it, too, and says so when it is read. */
		if ((err == ERR_CORRUPT || err == ERR_NEWER) &&
		    !store_walk_is_broken(walk)) {
			err = ERR_OK;
			continue;
		}
		if (err || change.cursor > work->order->cursor)
			break;
		if (max == 1)
			*reach = change.cursor;
		if (editor->in_flight && editor->in_flight(editor->context, &change.key))
			told[(*n_told)++] = change.key;
		if (*n_told == TOLD_MAX)
			*reach = change.cursor;
	}
	store_walk_end(walk);
	change_release(&change);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err tell(struct work *work, struct editor *editor,
		     const struct page_key *told, size_t n_told)
{
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < n_told; i++) {
		err = store_get_page(work->store, &told[i], &work->page);
		if (!err)
			edit_tell_in_flight(editor, &work->page);
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static bool step_acknowledge(struct work *work, struct editor *editor, size_t max,
			     struct reply *reply)
{
	const struct order *order = work->order;
	struct page_key told[TOLD_MAX];
	uint64_t reach = order->cursor, n = 0;
	size_t n_told = 0;
	enum err err = ERR_OK;

	/* A cursor that is out of range is refused by the store before anything moves. */
	if (order->cursor <= store_last_cursor(work->store))
		err = look_ahead(work, editor, max, &reach, told, &n_told);
	if (err) {
		fail(reply, err, "cannot read the feed");
		return true;
	}
	reply->err = store_acknowledge(work->store, buf_text(&order->consumer), reach, &n,
				       &reply->why);
	if (reply->err)
		return true;
	reply->n_done += n;
	work->acknowledged = reach;
	err = tell(work, editor, told, n_told);
	if (err)
		fail(reply, err, "cannot read a page");
	return err || reach == order->cursor;
}

static bool step_checkpoint(struct work *work, struct reply *reply)
{
	enum err err = store_checkpoint(work->store);

	if (err)
		reply->err = why_set(&reply->why, err, "cannot make a checkpoint: %s",
				     store_failure(work->store));
	return true;
}

bool work_step(struct work *work, struct editor *editor, size_t max, struct reply *reply)
{
	switch (work->order->kind) {
	case ORDER_ACKNOWLEDGE:
		return step_acknowledge(work, editor, max, reply);
	case ORDER_RECHECK:
	case ORDER_FORGET:
	case ORDER_RETRACT:
		return work->walk ? step_walk(work, editor, max, reply)
				  : step_urls(work, editor, max, reply);
	case ORDER_HOST:
		return step_hosts(work, editor, reply);
	case ORDER_PING:
		return step_urls(work, editor, max, reply);
	case ORDER_SOURCE:
		return step_sources(work, editor, reply);
	case ORDER_CHECKPOINT:
		return step_checkpoint(work, reply);
	default:
		return true;
	}
}

/* ---- seeds --------------------------------------------------------------------------------- */

void work_seed(struct editor *editor, struct span line, uint64_t index,
	       struct reply *reply)
{
	enum seed_outcome outcome = SEED_KNOWN;
	struct buf url = BUF_INIT;
	struct why why = { "" };
	struct seed seed;
	enum err err;

	seed_init(&seed);
	err = seed_line_text(line, &seed, &why);
	if (!err)
		err = seed_check(&seed, &why);
	if (!err)
		err = url_canonical(seed.url, SPAN(""), &url, &why);
	seed.url = buf_span(&url);
	if (!err)
		err = edit_seed(editor, &seed, &outcome, &why);
	if (err == ERR_INVALID || err == ERR_TOO_LARGE)
		err = reply_refuse(reply, index, why.text);
	else if (!err && outcome == SEED_ADDED)
		reply->n_done++;
	else if (!err)
		reply->n_known++;
	if (err && !reply->err)
		fail(reply, err, "cannot add a page");
	buf_release(&url);
}
