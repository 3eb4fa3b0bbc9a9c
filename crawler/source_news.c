#include "crawler/source_news.h"

#include <stdlib.h>

#include "store/base/clock.h"
#include "store/base/codec.h"
#include "store/base/digest.h"
#include "store/base/url.h"

/* Of a remembered entry: the hash, and the second at which its date begins; 0: no date. */
#define ENTRY_SIZE 12

struct entry {
	uint64_t url_hash;
	uint32_t date_s;
	uint32_t index; /* of the document's entries */
};

struct reading {
	struct source_news *news;
	struct span origin, own_origin;
	bool is_index, all;
	struct buf url;
	struct entry *entries;
	size_t n;
};

void source_news_init(struct source_news *news)
{
	memset(news, 0, sizeof(*news));
}

void source_news_release(struct source_news *news)
{
	buf_release(&news->entries);
	free(news->items);
	source_news_init(news);
}

enum err news_url(const struct source_document *document, struct span url,
		  const struct news *item, struct buf *out)
{
	struct why ignored;

	buf_clear(out);
	if (item->kind == NEWS_LOST)
		return ERR_OK;
	return url_canonical(source_entry_url(document, &document->entries[item->index]),
			     url, out, &ignored);
}

static enum err add(struct source_news *news, const struct news *item)
{
	size_t room = news->room ? 2 * news->room : 64;
	struct news *grown;

	if (news->n == news->room) {
		grown = realloc(news->items, room * sizeof(*grown));
		if (!grown)
			return ERR_NOMEM;
		news->items = grown;
		news->room = room;
	}
	news->items[news->n++] = *item;
	return ERR_OK;
}

/* ---- the document ----------------------------------------------------------------------- */

static bool counts(const struct reading *r, struct span url)
{
	struct url_parts parts;

	if (url_split(url, &parts))
		return false;
	return span_equal(parts.origin, r->origin) ||
	       (r->is_index && span_equal(parts.origin, r->own_origin));
}

static enum err take_entry(struct reading *r, const struct source_document *document,
			   size_t index, struct span base)
{
	const struct source_entry *from = &document->entries[index];
	struct entry *entry = &r->entries[r->n];
	struct why ignored;
	enum err err =
		url_canonical(source_entry_url(document, from), base, &r->url, &ignored);

	if (err == ERR_NOMEM)
		return err;
	if (err || !counts(r, buf_span(&r->url))) {
		r->news->n_elsewhere++;
		return ERR_OK;
	}
	*entry = (struct entry){ .url_hash = hash64(buf_span(&r->url)),
				 .index = (uint32_t)index };
	if (from->has_date && from->date.from_ms / MS_PER_SECOND <= UINT32_MAX)
		entry->date_s = (uint32_t)(from->date.from_ms / MS_PER_SECOND);
	r->n++;
	r->news->n_dated += from->has_date;
	return ERR_OK;
}

/* By hash; of one URL named twice the latest date first. */
static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->url_hash != y->url_hash)
		return x->url_hash < y->url_hash ? -1 : 1;
	return x->date_s > y->date_s ? -1 : x->date_s < y->date_s;
}

static void drop_doubles(struct reading *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		if (!n || r->entries[n - 1].url_hash != r->entries[i].url_hash)
			r->entries[n++] = r->entries[i];
	r->n = n;
}

static enum err take_entries(struct reading *r, const struct source_document *document,
			     struct span base)
{
	enum err err = ERR_OK;

	r->entries = calloc(document->n_entries + 1, sizeof(*r->entries));
	if (!r->entries)
		return ERR_NOMEM;
	for (size_t i = 0; !err && i < document->n_entries; i++)
		err = take_entry(r, document, i, base);
	if (err)
		return err;
	qsort(r->entries, r->n, sizeof(*r->entries), compare);
	drop_doubles(r);
	return ERR_OK;
}

/* ---- what is new about it ------------------------------------------------------------------ */

static bool next_remembered(struct span *rest, struct entry *entry)
{
	const uint8_t *at = (const uint8_t *)rest->data;

	if (rest->len < ENTRY_SIZE)
		return false;
	*entry = (struct entry){ .url_hash = be64_get(at),
				 .date_s = (uint32_t)be16_get(at + 8) << 16 |
					   be16_get(at + 10) };
	*rest = span_from(rest->data + ENTRY_SIZE, rest->len - ENTRY_SIZE);
	return true;
}

static enum err remember(struct source_news *news, const struct entry *entry)
{
	uint8_t bytes[ENTRY_SIZE];

	/* Of documents that are damaged each time in another place. */
	if (news->n_entries >= 2 * SOURCE_MAX_ENTRIES)
		return ERR_OK;
	be64_put(bytes, entry->url_hash);
	be16_put(bytes + 8, (uint16_t)(entry->date_s >> 16));
	be16_put(bytes + 10, (uint16_t)entry->date_s);
	news->n_entries++;
	return buf_append(&news->entries, bytes, sizeof(bytes));
}

static enum err tell(struct reading *r, const struct source_document *document,
		     const struct entry *entry, enum news_kind kind)
{
	const struct source_entry *from = &document->entries[entry->index];
	struct news item = { .kind = kind,
			     .url_hash = entry->url_hash,
			     .index = entry->index,
			     .has_date = from->has_date,
			     .date = from->date };

	return add(r->news, &item);
}

static enum err lose(struct source_news *news, const struct entry *old)
{
	return add(news, &(struct news){ .kind = NEWS_LOST, .url_hash = old->url_hash });
}

/* Both are in the order of their hashes. */
static enum err compare_all(struct reading *r, const struct source_document *document,
			    struct span remembered)
{
	bool whole = !document->is_cut && !document->is_damaged, has_old;
	struct entry old;
	enum err err = ERR_OK;

	has_old = next_remembered(&remembered, &old);
	for (size_t i = 0; !err && i < r->n; i++) {
		struct entry *entry = &r->entries[i];

		for (; !err && has_old && old.url_hash < entry->url_hash;
		     has_old = next_remembered(&remembered, &old))
			err = whole ? lose(r->news, &old) : remember(r->news, &old);
		if (err)
			break;
		if (!has_old || old.url_hash != entry->url_hash)
			err = tell(r, document, entry, NEWS_NEW);
		else if (entry->date_s > old.date_s)
			err = tell(r, document, entry, NEWS_CHANGED);
		else if (r->all)
			err = tell(r, document, entry, NEWS_SAME);
		if (!err)
			err = remember(r->news, entry);
		if (has_old && old.url_hash == entry->url_hash)
			has_old = next_remembered(&remembered, &old);
	}
	for (; !err && has_old; has_old = next_remembered(&remembered, &old))
		err = whole ? lose(r->news, &old) : remember(r->news, &old);
	return err;
}

enum err source_news_read(const struct source_document *document, struct span url,
			  struct span host, struct span remembered, bool all,
			  struct source_news *news)
{
	struct reading r = { .news = news,
			     .origin = host,
			     .is_index = document->kind == SOURCE_INDEX,
			     .all = all };
	struct url_parts parts;
	enum err err = ERR_OK;

	if (url_split(url, &parts) == ERR_OK)
		r.own_origin = parts.origin;
	if (remembered.len % ENTRY_SIZE)
		remembered = SPAN("");
	err = take_entries(&r, document, url);
	if (!err)
		err = compare_all(&r, document, remembered);
	buf_release(&r.url);
	free(r.entries);
	return err;
}

bool news_announces(const struct news *item, enum source_kind kind, bool is_first,
		    int64_t proved_at_ms, int64_t now_ms)
{
	bool has_date = item->has_date && item->date.from_ms <= now_ms + MS_PER_DAY;

	if (!proved_at_ms || item->kind == NEWS_LOST || item->kind == NEWS_SAME)
		return false;
	if (item->kind == NEWS_CHANGED)
		return !has_date || item->date.until_ms > proved_at_ms;
	if (kind == SOURCE_FEED && !is_first)
		return !has_date || item->date.until_ms > proved_at_ms;
	return has_date && item->date.from_ms > proved_at_ms;
}

enum err source_news_end(struct span remembered, struct source_news *news)
{
	struct entry old;
	enum err err = ERR_OK;

	while (!err && next_remembered(&remembered, &old))
		err = lose(news, &old);
	return err;
}
