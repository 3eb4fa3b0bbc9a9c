#include "tools/export_archive.h"

#include "tools/body_time.h"
#include "tools/cdxj.h"
#include "tools/stored_head.h"
#include "tools/warc_original.h"

#define PACK_LEVEL 6
/* More than any body that is kept: fetch.max_body is at most this. */
#define BODY_MAX ((size_t)1 << 30)

enum err export_archive_init(struct export_archive *archive, struct store *store)
{
	*archive = (struct export_archive){ .store = store };
	return warc_packer_new(PACK_LEVEL, &archive->packer);
}

void export_archive_release(struct export_archive *archive)
{
	damage_end(&archive->damage);
	warc_packer_free(archive->packer);
	buf_release(&archive->body);
	buf_release(&archive->head);
	buf_release(&archive->fields);
}

enum err export_archive_begin(struct export_archive *archive, int64_t now_ms,
			      struct buf *out)
{
	return warc_info_pack(archive->packer, SPAN(""), SPAN(""), now_ms, out);
}

static bool is_there(const struct page *page)
{
	return page->version && page->announced != STATE_GONE &&
	       !digest_is_none(&page->digest);
}

/* Whose content it is: not the page's own URL behind a redirect. */
static struct span uri_of(const struct page *page)
{
	return buf_span(page->validators_url.len ? &page->validators_url : &page->url);
}

/* The stored fields, as lines of application/warc-fields. */
static enum err read_head(struct export_archive *a, const struct page *page)
{
	struct buf lines = BUF_INIT;
	struct span rest, name, value;
	enum err err = stored_head_get(a->store, page, &lines);

	buf_clear(&a->head);
	rest = buf_span(&lines);
	while (!err && stored_head_next(&rest, &name, &value))
		err = buf_printf(&a->head, "%.*s: %.*s\r\n", (int)name.len, name.data,
				 (int)value.len, value.data);
	buf_release(&lines);
	return err;
}

/* Describes the record that comes next. */
static enum err append_metadata(struct export_archive *a, struct warc_record *resource,
				struct buf *out)
{
	struct warc_record r = { .type = WARC_METADATA,
				 .at_ms = resource->at_ms,
				 .uri = resource->uri,
				 .content_type = SPAN("application/warc-fields"),
				 .body = buf_span(&a->head) };
	enum err err = warc_make_id(r.id);

	buf_clear(&a->fields);
	if (!err)
		err = warc_field(&a->fields, "WARC-Refers-To", span_of(resource->id));
	r.fields = buf_span(&a->fields);
	return err ? err : warc_pack(a->packer, &r, out);
}

static enum err append_records(struct export_archive *a, const struct page *page,
			       struct buf *out)
{
	struct warc_record r = { .type = WARC_RESOURCE,
				 .uri = uri_of(page),
				 .content_type = buf_span(&page->content_type),
				 .body = buf_span(&a->body),
				 .has_payload = true };
	enum err err = body_time(a->store, page, &r.at_ms);

	if (!r.content_type.len)
		r.content_type = SPAN("application/octet-stream");
	if (!err)
		err = warc_make_id(r.id);
	if (!err && a->head.len)
		err = append_metadata(a, &r, out);
	return err ? err : warc_pack(a->packer, &r, out);
}

enum err export_archive_records(struct export_archive *a, const struct page *page,
				struct buf *out)
{
	enum err err;

	if (!is_there(page) || !page->has_body)
		return ERR_OK;
	buf_clear(&a->body);
	err = store_get_body(a->store, &page->digest, BODY_MAX, &a->body);
	if (!err)
		err = read_head(a, page);
	if (err == ERR_NOT_FOUND)
		err = ERR_CORRUPT; /* a body that the record says is there */
	if (damage_of_page(&a->damage, NULL, &page->key, err))
		return ERR_OK;
	return err ? err : append_records(a, page, out);
}

enum err export_archive_line(struct export_archive *a, const struct page *page,
			     struct buf *out)
{
	struct warc_original original = { .uri = BUF_INIT };
	struct cdxj entry = { .url = buf_span(&page->url),
			      .at_ms = page->last_verified_at_ms,
			      .mime = buf_span(&page->content_type),
			      .status = 200,
			      .body_digest = page->digest };
	enum err err;

	if (!is_there(page))
		return ERR_OK;
	err = warc_original_get(a->store, &page->key, &original);
	if (!err && digest_equal(&original.body_digest, &page->digest))
		entry.digest = span_of(original.payload_digest);
	/* Of the URL that gave them only. */
	if (!page->validators_url.len) {
		entry.etag = buf_span(&page->etag);
		entry.last_modified = buf_span(&page->last_modified);
	}
	if (!err)
		err = cdxj_begin(out, &entry);
	if (!err)
		err = cdxj_end(out, 0, 0, NULL);
	warc_original_release(&original);
	return err;
}
