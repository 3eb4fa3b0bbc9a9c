#include "store/visit.h"

/* clang-format off: one line a field reads as the table that it is */
static const struct field visit_fields[] = {
	FIELD(1, FIELD_I64, visit, at_ms),       FIELD(2, FIELD_U64, visit, cursor),
	FIELD(3, FIELD_U8, visit, verdict),      FIELD(4, FIELD_U8, visit, evidence),
	FIELD(5, FIELD_U16, visit, http_status), FIELD(6, FIELD_U8, visit, error),
	FIELD(7, FIELD_BOOL, visit, audit),      FIELD(8, FIELD_U32, visit, version),
	FIELD(9, FIELD_U32, visit, elapsed_ms),  FIELD(10, FIELD_U32, visit, wire_bytes),
	FIELD(11, FIELD_F32, visit, predicted),  FIELD(20, FIELD_U8, visit, differs),
};

static const struct field change_fields[] = {
	FIELD(1, FIELD_I64, change, at_ms),
	FIELD_TEXT(2, change, url, URL_MAX),
	FIELD(3, FIELD_U8, change, kind),
	FIELD(4, FIELD_U32, change, version),
	FIELD(5, FIELD_U16, change, http_status),
	FIELD(6, FIELD_U8, change, evidence),
	FIELD(7, FIELD_F32, change, similarity),
	FIELD_TEXT(8, change, title, PAGE_TITLE_MAX),
	FIELD(9, FIELD_DIGEST, change, digest),
	FIELD(10, FIELD_DIGEST, change, previous_digest),
	FIELD(11, FIELD_I64, change, changed_after_ms),
	FIELD(12, FIELD_I64, change, changed_before_ms),
	FIELD_TEXT(13, change, redirect_to, URL_MAX),
	FIELD(20, FIELD_U8, change, differs),
	FIELD(21, FIELD_BOOL, change, noindex),
	FIELD(22, FIELD_BOOL, change, noarchive),
};
/* clang-format on */

static const struct record_type visit_type = { "visit", 1, visit_fields,
					       ARRAY_SIZE(visit_fields) };
static const struct record_type change_type = { "change", 1, change_fields,
						ARRAY_SIZE(change_fields) };

enum err visit_encode(const struct visit *visit, struct buf *out)
{
	return codec_encode(&visit_type, visit, out);
}

enum err visit_decode(struct span bytes, struct visit *visit)
{
	enum err err = codec_decode(&visit_type, bytes, visit);

	if (err)
		return err;
	return visit->verdict >= N_VERDICTS || visit->evidence >= N_EVIDENCES ||
			       visit->differs >= N_DIFFERS
		       ? ERR_NEWER
		       : ERR_OK;
}

const char *change_kind_text(enum change_kind kind)
{
	static const char *const texts[] = { "new",     "changed", "gone",  "moved",
					     "blocked", "back",    "minor", "unchanged" };

	return (size_t)kind < ARRAY_SIZE(texts) ? texts[kind] : "unknown";
}

void change_init(struct change *change)
{
	memset(change, 0, sizeof(*change));
}

void change_release(struct change *change)
{
	codec_release(&change_type, change);
}

enum err change_encode(const struct change *change, struct buf *out)
{
	return codec_encode(&change_type, change, out);
}

enum err change_decode(struct span bytes, struct change *change)
{
	enum err err = codec_decode(&change_type, bytes, change);

	if (err)
		return err;
	if (change->kind >= N_CHANGE_KINDS || change->evidence >= N_EVIDENCES ||
	    change->differs >= N_DIFFERS)
		return ERR_NEWER;
	return page_key_of(buf_span(&change->url), &change->key) ? ERR_CORRUPT : ERR_OK;
}
