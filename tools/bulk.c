#include "tools/bulk.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "crawler/document.h"
#include "tools/damage.h"
#include "tools/json_out.h"

/* More than any body that is kept: fetch.max_body is at most this. */
#define BODY_MAX ((size_t)1 << 30)

struct bulk {
	const char *index;
	struct document_worker *worker;
	struct page page, target;
	struct buf body, id;
	struct damage damage;
};

enum action { ACTION_NONE, ACTION_INDEX, ACTION_DELETE };

enum err bulk_new(const char *index, struct bulk **out)
{
	struct bulk *b = calloc(1, sizeof(*b));
	enum err err;

	if (!b)
		return ERR_NOMEM;
	b->index = index;
	page_init(&b->page);
	page_init(&b->target);
	err = document_worker_new(1, &b->worker);
	if (err)
		bulk_free(b);
	else
		*out = b;
	return err;
}

void bulk_free(struct bulk *bulk)
{
	if (!bulk)
		return;
	damage_end(&bulk->damage);
	document_worker_free(bulk->worker);
	page_release(&bulk->page);
	page_release(&bulk->target);
	buf_release(&bulk->body);
	buf_release(&bulk->id);
	free(bulk);
}

/* ---- which action ------------------------------------------------------------------------- */

/* Has the page that this one moved to a document of its own? */
static enum err has_successor(struct bulk *b, struct store *store, bool *has)
{
	enum err err = store_find_page(store, buf_span(&b->page.redirect_to), &b->target);

	*has = !err && b->target.version && b->target.announced == STATE_UNFETCHED;
	return err == ERR_NOT_FOUND || err == ERR_INVALID ? ERR_OK : err;
}

static enum err choose(struct bulk *b, struct store *store, const struct change *change,
		       enum action *action)
{
	enum err err = store_get_page(store, &change->key, &b->page);
	bool has = false;

	*action = err ? ACTION_DELETE : ACTION_NONE;
	if (err)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	if (b->page.change_cursor != change->cursor)
		return ERR_OK; /* a later change sends it */
	if (b->page.announced == STATE_MOVED)
		err = has_successor(b, store, &has);
	if (b->page.announced == STATE_GONE || b->page.noindex || has)
		*action = ACTION_DELETE;
	else if (
		b->page.version) /* also of one that is blocked: its last version stays */
		*action = ACTION_INDEX;
	return err;
}

/* ---- writing it ----------------------------------------------------------------------------- */

static enum err make_id(struct bulk *b, struct span url)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	enum err err;

	if (url.len <= BULK_ID_MAX)
		return buf_set(&b->id, url);
	if (!EVP_Digest(url.data, url.len, hash, &len, EVP_sha256(), NULL))
		return ERR_NOMEM;
	err = buf_set(&b->id, SPAN("sha256:"));
	for (unsigned i = 0; !err && i < len; i++)
		err = buf_printf(&b->id, "%02x", hash[i]);
	return err;
}

static enum err append_action(struct bulk *b, const char *action, struct buf *out)
{
	struct json_out j;

	json_start(&j, out);
	json_open(&j, '{');
	json_key_open(&j, action, '{');
	if (b->index)
		json_key_text(&j, "_index", span_of(b->index));
	json_key_text(&j, "_id", buf_span(&b->id));
	json_close(&j, '}');
	json_close(&j, '}');
	json_line(&j);
	return json_end(&j);
}

/* The visible text; empty where there is none, or no body is kept. */
static enum err read_text(struct bulk *b, struct store *store, struct span *text)
{
	static const struct html_limits limits = { BODY_MAX, HTML_MAX_DEPTH, 0, NULL };
	enum err err;

	*text = (struct span){ NULL, 0 };
	if (!b->page.has_body)
		return ERR_OK;
	buf_clear(&b->body);
	err = store_get_body(store, &b->page.digest, BODY_MAX, &b->body);
	return err ? err
		   : document_text(b->worker, buf_span(&b->page.content_type),
				   buf_span(&b->body), &limits, text);
}

static void json_digest(struct json_out *j, const char *key, const struct digest *digest)
{
	char text[DIGEST_TEXT_SIZE];

	digest_format(digest, text);
	json_key_text_or_null(j, key, span_of(text));
}

static void json_tags(struct json_out *j, struct span tags)
{
	json_key_open(j, "tags", '[');
	while (tags.len)
		json_text(j, span_cut(&tags, ','));
	json_close(j, ']');
}

static enum err append_document(struct bulk *b, struct span text, struct buf *out)
{
	const struct page *page = &b->page;
	struct url_parts parts = { 0 };
	struct json_out j;

	(void)!url_split(buf_span(&page->url), &parts);
	json_start(&j, out);
	json_open(&j, '{');
	json_key_text(&j, "schema", SPAN("freshet.document/1"));
	json_key_text(&j, "url", buf_span(&page->url));
	json_key_text(&j, "host", parts.origin);
	json_key_text_or_null(&j, "title", buf_span(&page->title));
	json_key_text_or_null(&j, "text", text);
	json_key_text_or_null(&j, "language", buf_span(&page->language));
	json_key_text_or_null(&j, "canonical", buf_span(&page->canonical));
	json_key_text_or_null(&j, "content_type", buf_span(&page->content_type));
	json_digest(&j, "digest", &page->digest);
	json_digest(&j, "text_digest", &page->text_digest);
	json_key_whole(&j, "version", page->version);
	json_key_whole(&j, "cursor", (int64_t)page->change_cursor);
	json_key_whole(&j, "length", page->body_len);
	json_key_time(&j, "first_seen_at", page->first_seen_at_ms);
	json_key_time(&j, "last_change_at", page->last_change_at_ms);
	json_key_time(&j, "last_verified_at", page->last_verified_at_ms);
	json_tags(&j, buf_span(&page->tags));
	json_key_text_or_null(&j, "redirect_to", buf_span(&page->redirect_to));
	json_key_bool(&j, "noarchive", page->noarchive);
	json_close(&j, '}');
	json_line(&j);
	return json_end(&j);
}

enum err bulk_append(struct bulk *b, struct store *store, const struct change *change,
		     struct buf *out)
{
	enum action action = ACTION_NONE;
	struct span text = { NULL, 0 };
	enum err err = choose(b, store, change, &action);

	if (!err && action == ACTION_INDEX)
		err = read_text(b, store, &text);
	if (err == ERR_NOT_FOUND)
		err = ERR_CORRUPT; /* a body that the record says is there */
	/* One bad record costs its own document, which the index keeps as it is. */
	if (damage_of_page(&b->damage, NULL, &change->key, err))
		return ERR_OK;
	if (err || action == ACTION_NONE)
		return err;
	err = make_id(b, buf_span(&change->url));
	if (!err)
		err = append_action(b, action == ACTION_INDEX ? "index" : "delete", out);
	if (!err && action == ACTION_INDEX)
		err = append_document(b, text, out);
	return err;
}
