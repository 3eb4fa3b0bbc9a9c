#include "store/source.h"

const char *source_kind_text(enum source_kind kind)
{
	static const char *const texts[N_SOURCE_KINDS] = { "unknown", "sitemap", "index",
							   "feed", "ping" };

	return (size_t)kind < N_SOURCE_KINDS ? texts[kind] : "unknown";
}

const char *source_origin_text(enum source_origin origin)
{
	static const char *const texts[N_SOURCE_ORIGINS] = { "user", "robots.txt",
							     "index" };

	return (size_t)origin < N_SOURCE_ORIGINS ? texts[origin] : "unknown";
}

/* clang-format off: one line a field reads as the table that it is */
static const struct field source_fields[] = {
	FIELD_TEXT(1, source, url, URL_MAX),
	FIELD(2, FIELD_U8, source, kind),
	FIELD(3, FIELD_U8, source, named_by),
	FIELD(4, FIELD_U8, source, level),
	FIELD(5, FIELD_HASH64, source, index_hash),
	FIELD(6, FIELD_BOOL, source, adds_pages),
	FIELD_TEXT(7, source, etag, PAGE_ETAG_MAX),
	FIELD_TEXT(8, source, last_modified, PAGE_ETAG_MAX),
	FIELD(9, FIELD_DIGEST, source, digest),
	FIELD(10, FIELD_U32, source, body_len),
	FIELD(11, FIELD_I64, source, first_seen_at_ms),
	FIELD(12, FIELD_I64, source, last_poll_at_ms),
	FIELD(13, FIELD_I64, source, next_poll_at_ms),
	FIELD(14, FIELD_I64, source, last_read_at_ms),
	FIELD(15, FIELD_I64, source, last_change_at_ms),
	FIELD(16, FIELD_U32, source, n_polls),
	FIELD(17, FIELD_U32, source, n_news),
	FIELD(18, FIELD_U32, source, n_failures_in_a_row),
	FIELD(19, FIELD_U16, source, http_status),
	FIELD_TEXT(20, source, detail, SOURCE_DETAIL_MAX),
	FIELD(21, FIELD_I64, source, retired_at_ms),
	FIELD(22, FIELD_F32, source, cost),
	FIELD(23, FIELD_U32, source, n_entries),
	FIELD(24, FIELD_U32, source, n_pages),
	FIELD(25, FIELD_U64, source, n_announced),
	FIELD(26, FIELD_U32, source, n_told),
	FIELD(27, FIELD_F32, source, gain),
	FIELD(28, FIELD_F32, source, watched_days),
	FIELD(29, FIELD_F32, source, trust.n_announced),
	FIELD(30, FIELD_F32, source, trust.n_changes),
	FIELD(31, FIELD_F32, source, trust.n_found),
	FIELD(32, FIELD_F32, source, trust.n_found_told),
	FIELD(33, FIELD_F32, source, trust.n_unchanged),
	FIELD(34, FIELD_F32, source, trust.n_unchanged_if_false),
	FIELD(35, FIELD_U32, source, n_host_pages),
	FIELD(36, FIELD_HASH64, source, news_hash),
	FIELD(37, FIELD_U32, source, n_news_applied),
	FIELD(38, FIELD_U32, source, n_news_pages),
};
/* clang-format on */

static const struct record_type source_type = { "source", 1, source_fields,
						ARRAY_SIZE(source_fields) };

void source_init(struct source *source)
{
	memset(source, 0, sizeof(*source));
}

void source_release(struct source *source)
{
	codec_release(&source_type, source);
}

enum err source_encode(const struct source *source, struct buf *out)
{
	return codec_encode(&source_type, source, out);
}

enum err source_decode(struct span bytes, struct source *source)
{
	enum err err = codec_decode(&source_type, bytes, source);

	if (err)
		return err;
	if (!source->url.len)
		return ERR_CORRUPT;
	if (source->kind >= N_SOURCE_KINDS || source->named_by >= N_SOURCE_ORIGINS)
		return ERR_NEWER;
	source->stored.exists = true;
	source->stored.due_at_ms = source->retired_at_ms ? 0 : source->next_poll_at_ms;
	return ERR_OK;
}
