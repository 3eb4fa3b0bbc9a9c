/* edit_seed.c - a seed becomes a page, or tells more of a known one. */
#include "tools/edit.h"

#include "crawler/document.h"
#include "scheduler/plan.h"
#include "tools/warc_original.h"

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

/* What an archive has of the page, as a visit would have left it. */
static enum err adopt_content(struct editor *editor, const struct seed_content *content,
			      struct page *page)
{
	static const struct digest none;
	const struct document *d = content->document;
	struct digest old = page->has_body ? page->digest : none;
	struct span type = content->content_type, title = buf_span(&d->title);
	enum err err;

	if (type.len > PAGE_TYPE_MAX)
		type.len = PAGE_TYPE_MAX;
	if (title.len > PAGE_TITLE_MAX)
		title.len = PAGE_TITLE_MAX;
	page->text_digest = d->text_digest;
	page->simhash = d->simhash;
	page->body_len = (uint32_t)d->body.len;
	page->has_body = d->compressed.len > 0;
	page->date_at_ms = content->date_at_ms;
	err = buf_set(&page->content_type, type);
	if (!err)
		err = buf_set(&page->title, title);
	if (!err)
		err = store_swap_body(editor->store, &old,
				      page->has_body ? &d->digest : &none,
				      buf_span(&d->compressed));
	if (!err)
		err = store_put_head(editor->store, page, content->headers);
	if (!err && content->original->uri.len)
		err = warc_original_put(editor->store, &page->key, content->original);
	return err;
}

/* What an existing index says of its copy. Validators without a digest are kept, but say
 * nothing: such a page is asked without conditions (REQ 9). */
static enum err adopt(struct editor *editor, const struct seed *seed, struct page *page)
{
	struct buf head = BUF_INIT;
	enum err err = ERR_OK;

	if (page->head.len) /* is read by the validators */
		err = store_get_head(editor->store, page, &head);
	if (!err)
		err = buf_set(&page->etag, seed->etag);
	if (!err)
		err = buf_set(&page->last_modified, seed->last_modified);
	if (!err && head.len)
		err = store_put_head(editor->store, page, buf_span(&head));
	buf_release(&head);
	if (err || digest_is_none(&seed->digest))
		return err;
	if (seed->content)
		err = adopt_content(editor, seed->content, page);
	page->digest = seed->digest;
	page->version = page->indexed_version = 1;
	page->last_verified_at_ms = seed->indexed_at_ms;
	return err;
}

/* Does the seed know better, and later, what the index has? Once a page has been visited,
 * we do. */
static bool is_news(const struct seed *seed, const struct page *page)
{
	return !page->n_visits && !digest_is_none(&seed->digest) &&
	       (digest_is_none(&page->digest) ||
		seed->indexed_at_ms > page->last_verified_at_ms);
}

/* Is it the content that we adopted which the archive saw once more? */
static enum err confirm(struct editor *editor, const struct seed *seed, struct page *page,
			bool *changed)
{
	const struct seed_revisit *revisit = seed->revisit;
	struct warc_original o = { .uri = BUF_INIT };
	enum err err = ERR_OK;
	bool same;

	if (!revisit || page->n_visits ||
	    seed->indexed_at_ms <= page->last_verified_at_ms)
		return ERR_OK;
	err = warc_original_get(editor->store, &page->key, &o);
	same = revisit->payload_digest.len
		       ? span_equal(revisit->payload_digest, span_of(o.payload_digest))
		       : span_equal(revisit->uri, buf_span(&o.uri)) &&
				 revisit->at_ms == o.at_ms;
	if (!err && o.uri.len && same && digest_equal(&o.body_digest, &page->digest)) {
		page->last_verified_at_ms = seed->indexed_at_ms;
		*changed = true;
	}
	warc_original_release(&o);
	return err;
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
		err = adopt(editor, seed, page);
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
	if (!err && !copy && is_news(seed, page)) {
		err = adopt(editor, seed, page);
		changed = true;
	}
	if (!err && !copy)
		err = confirm(editor, seed, page, &changed);
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
