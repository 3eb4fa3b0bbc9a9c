/* edit_seed.c - a seed becomes a page, or tells more of a known one. */
#include "tools/edit.h"

#include "scheduler/plan.h"

/* Adds the tags that `tags` lacks to its list. */
static enum err add_tags(const struct seed *seed, struct page *page, bool *changed,
			 struct why *why)
{
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < seed->n_tags; i++) {
		struct span tag = seed->tags[i];

		if (page_has_tag(page, tag))
			continue;
		if (page->tags.len + 1 + tag.len > PAGE_TAGS_MAX)
			return why_set(why, ERR_INVALID,
				       "the page's tags would be longer than %d bytes",
				       PAGE_TAGS_MAX);
		*changed = true;
		if (page->tags.len)
			err = buf_append_byte(&page->tags, ',');
		if (!err)
			err = buf_append_span(&page->tags, tag);
	}
	return err;
}

/* What may be said of a page again and again. */
static enum err apply(const struct seed *seed, struct page *page, bool *changed,
		      struct why *why)
{
	if (seed->has_weight && page->weight != (float)seed->weight) {
		page->weight = (float)seed->weight;
		*changed = true;
	}
	if (seed->min_interval_ms && page->min_interval_ms != seed->min_interval_ms) {
		page->min_interval_ms = seed->min_interval_ms;
		*changed = true;
	}
	if (seed->max_interval_ms && page->max_interval_ms != seed->max_interval_ms) {
		page->max_interval_ms = seed->max_interval_ms;
		*changed = true;
	}
	return add_tags(seed, page, changed, why);
}

/* What an existing index says of its copy. Validators without a digest are kept, but say
 * nothing: such a page is asked without conditions (REQ 9). */
static enum err adopt(const struct seed *seed, struct page *page)
{
	enum err err = buf_set(&page->etag, seed->etag);

	if (!err)
		err = buf_set(&page->last_modified, seed->last_modified);
	if (err || digest_is_none(&seed->digest))
		return err;
	page->digest = seed->digest;
	page->version = page->indexed_version = 1;
	page->last_verified_at_ms = seed->indexed_at_ms;
	return ERR_OK;
}

static enum err add(struct editor *editor, const struct seed *seed,
		    const struct page_key *key, struct span origin, struct page *page,
		    struct why *why)
{
	bool changed;
	enum err err = buf_set(&page->url, seed->url);

	page->key = *key;
	page->first_seen_at_ms = editor->now_ms;
	if (!err)
		err = apply(seed, page, &changed, why);
	if (!err)
		err = adopt(seed, page);
	plan_at_once(page, REASON_NEVER_FETCHED, editor->now_ms);
	edit_due(editor, editor->now_ms);
	return err ? err : edit_put(editor, page, origin);
}

static enum err update(struct editor *editor, const struct seed *seed, struct page *page,
		       enum seed_outcome *outcome, struct why *why)
{
	struct page *copy =
		editor->in_flight ? editor->in_flight(editor->context, &page->key) : NULL;
	bool changed = false;
	enum err err;

	if (!span_equal(buf_span(&page->url), seed->url))
		return why_set(why, ERR_INVALID,
			       "has the same 64-bit hash as '%.300s', which is known",
			       buf_text(&page->url));
	err = apply(seed, page, &changed, why);
	if (!err && copy)
		err = apply(seed, copy, &changed, why);
	if (!err && changed)
		err = edit_put(editor, page, SPAN(""));
	if (!err)
		*outcome = changed ? SEED_UPDATED : SEED_KNOWN;
	return err;
}

enum err edit_seed(struct editor *editor, const struct seed *seed,
		   enum seed_outcome *outcome, struct why *why)
{
	struct url_parts parts;
	struct page_key key;
	struct page page;
	enum err err = url_split(seed->url, &parts);

	if (err)
		return why_set(why, err, "is not a canonical URL");
	key.host = host_key_of(&parts);
	key.url_hash = hash64(seed->url);
	page_init(&page);
	err = store_get_page(editor->store, &key, &page);
	if (!err) {
		err = update(editor, seed, &page, outcome, why);
	} else if (err == ERR_NOT_FOUND) {
		err = add(editor, seed, &key, parts.origin, &page, why);
		if (!err)
			*outcome = SEED_ADDED;
	}
	page_release(&page);
	/* One record is no reason to refuse the others (REQ 82). */
	if (err == ERR_CORRUPT || err == ERR_NEWER)
		err = why_set(why, ERR_INVALID, "meets a record that is %s",
			      err_text(err));
	return err;
}
