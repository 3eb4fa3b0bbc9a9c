#include "store/boilerplate.h"

#include "store/base/codec.h"

#define ID_SIZE 8
#define BLOCK_SIZE (ID_SIZE + 2)
#define LAST_SIZE 4
#define EDIT_SIZE (ID_SIZE + 4)
#define HALVE_AT 512 /* pages: so a new look of the site wins in time */

/* clang-format off: one line a field reads as the table that it is */
static const struct field fields[] = {
	FIELD(1, FIELD_U16, boilerplate, n_pages),
	FIELD_TEXT(2, boilerplate, blocks, BOILERPLATE_BLOCKS_MAX *BLOCK_SIZE),
	FIELD_TEXT(3, boilerplate, last, BOILERPLATE_PAGE_MAX *LAST_SIZE),
	FIELD_TEXT(4, boilerplate, edits, BOILERPLATE_EDITS_MAX *EDIT_SIZE),
};
/* clang-format on */

static const struct record_type type = { "boilerplate", 1, fields, ARRAY_SIZE(fields) };

void boilerplate_init(struct boilerplate *b)
{
	memset(b, 0, sizeof(*b));
}

void boilerplate_release(struct boilerplate *b)
{
	codec_release(&type, b);
	boilerplate_init(b);
}

enum err boilerplate_encode(const struct boilerplate *b, struct buf *out)
{
	return codec_encode(&type, b, out);
}

enum err boilerplate_decode(struct span bytes, struct boilerplate *b)
{
	enum err err = codec_decode(&type, bytes, b);

	if (err)
		return err;
	return b->blocks.len % BLOCK_SIZE || b->last.len % LAST_SIZE ||
			       b->edits.len % EDIT_SIZE
		       ? ERR_CORRUPT
		       : ERR_OK;
}

enum err boilerplate_copy(struct boilerplate *copy, const struct boilerplate *b)
{
	enum err err = buf_set(&copy->blocks, buf_span(&b->blocks));

	copy->n_pages = b->n_pages;
	if (!err)
		err = buf_set(&copy->last, buf_span(&b->last));
	return err ? err : buf_set(&copy->edits, buf_span(&b->edits));
}

/* ---- tables of fixed-width entries, sorted by their first bytes ----------------------------- */

/* Where `key` stands in the sorted `table`, or should; *found: it does. */
static size_t find(struct span table, size_t size, const uint8_t *key, size_t key_size,
		   bool *found)
{
	size_t low = 0, high = table.len / size;

	*found = false;
	while (low < high && !*found) {
		size_t middle = (low + high) / 2;
		int order = memcmp(table.data + middle * size, key, key_size);

		*found = order == 0;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return high * size;
}

static uint16_t count_at(const struct boilerplate *b, size_t at)
{
	return be16_get((const uint8_t *)b->blocks.data + at + ID_SIZE);
}

static void set_count(struct boilerplate *b, size_t at, uint16_t n)
{
	be16_put((uint8_t *)b->blocks.data + at + ID_SIZE, n);
}

static void cut_out(struct buf *table, size_t at, size_t size)
{
	memmove(table->data + at, table->data + at + size, table->len - at - size);
	table->len -= size;
}

/* Makes room by dropping the block of the fewest pages, if it is far from boilerplate. */
static bool has_room(struct boilerplate *b)
{
	size_t least = 0;

	if (b->blocks.len < BOILERPLATE_BLOCKS_MAX * BLOCK_SIZE)
		return true;
	for (size_t at = 0; at < b->blocks.len; at += BLOCK_SIZE)
		if (count_at(b, at) < count_at(b, least))
			least = at;
	if (4 * count_at(b, least) >= b->n_pages)
		return false;
	cut_out(&b->blocks, least, BLOCK_SIZE);
	return true;
}

static enum err insert(struct boilerplate *b, const uint8_t id[ID_SIZE], uint16_t n)
{
	static const uint8_t entry[BLOCK_SIZE];
	bool found;
	size_t at;
	enum err err;

	if (!has_room(b))
		return ERR_OK;
	at = find(buf_span(&b->blocks), BLOCK_SIZE, id, ID_SIZE, &found);
	if (found)
		return ERR_OK;
	err = buf_append(&b->blocks, entry, sizeof(entry));
	if (err)
		return err;
	memmove(b->blocks.data + at + BLOCK_SIZE, b->blocks.data + at,
		b->blocks.len - BLOCK_SIZE - at);
	memcpy(b->blocks.data + at, id, ID_SIZE);
	set_count(b, at, n);
	return ERR_OK;
}

/* ---- learning ---------------------------------------------------------------------------------- */

static void halve(struct boilerplate *b)
{
	b->n_pages /= 2;
	for (size_t at = 0; at < b->blocks.len;) {
		set_count(b, at, count_at(b, at) / 2);
		if (count_at(b, at))
			at += BLOCK_SIZE;
		else
			cut_out(&b->blocks, at, BLOCK_SIZE);
	}
}

/* A block is remembered when two pages in a row have it: what stands on half of them soon
 * is, and what is a page's own never. */
static enum err learn_block(struct boilerplate *b, const uint8_t id[ID_SIZE])
{
	bool found;
	size_t at = find(buf_span(&b->blocks), BLOCK_SIZE, id, ID_SIZE, &found);

	if (found) {
		set_count(b, at, (uint16_t)(count_at(b, at) + 1));
		return ERR_OK;
	}
	find(buf_span(&b->last), LAST_SIZE, id, LAST_SIZE, &found);
	return found ? insert(b, id, 2) : ERR_OK;
}

enum err boilerplate_learn(struct boilerplate *b, struct span ids)
{
	enum err err = ERR_OK;

	if (ids.len > BOILERPLATE_PAGE_MAX * ID_SIZE)
		ids.len = BOILERPLATE_PAGE_MAX * ID_SIZE;
	if (b->n_pages >= HALVE_AT)
		halve(b);
	b->n_pages++;
	b->dirty = true;
	for (size_t at = 0; !err && at < ids.len; at += ID_SIZE)
		err = learn_block(b, (const uint8_t *)ids.data + at);
	buf_clear(&b->last);
	for (size_t at = 0; !err && at < ids.len; at += ID_SIZE)
		err = buf_append(&b->last, ids.data + at, LAST_SIZE);
	return err;
}

bool boilerplate_has(const struct boilerplate *b, uint64_t id)
{
	uint8_t key[ID_SIZE];
	bool found;
	size_t at;

	be64_put(key, id);
	at = find(buf_span(&b->blocks), BLOCK_SIZE, key, ID_SIZE, &found);
	return found && b->n_pages >= BOILERPLATE_PAGES_MIN &&
	       2 * count_at(b, at) > b->n_pages;
}

enum err boilerplate_succeed(struct boilerplate *b, uint64_t old, uint64_t id)
{
	uint8_t key[ID_SIZE];
	uint16_t n;
	bool found;
	size_t at;

	be64_put(key, old);
	at = find(buf_span(&b->blocks), BLOCK_SIZE, key, ID_SIZE, &found);
	if (!found)
		return ERR_OK;
	n = count_at(b, at);
	be64_put(key, id);
	b->dirty = true;
	at = find(buf_span(&b->blocks), BLOCK_SIZE, key, ID_SIZE, &found);
	if (!found)
		return insert(b, key, n);
	if (count_at(b, at) <
	    n) /* the first pages of a deploy were news: it was learned */
		set_count(b, at, n);
	return ERR_OK;
}

/* ---- edits --------------------------------------------------------------------------------------- */

static size_t find_edit(const struct boilerplate *b, uint64_t edit)
{
	for (size_t at = 0; at < b->edits.len; at += EDIT_SIZE)
		if (be64_get((const uint8_t *)b->edits.data + at) == edit)
			return at;
	return b->edits.len;
}

/* Pages are told apart by a bit of their hash each: never too many are counted, so a page
 * that goes back and forth by itself makes no deploy. */
enum err boilerplate_note_edit(struct boilerplate *b, uint64_t edit, uint64_t url_hash)
{
	uint8_t entry[EDIT_SIZE] = { 0 };
	size_t at = find_edit(b, edit);

	b->dirty = true;
	be64_put(entry, edit);
	if (at < b->edits.len) {
		memcpy(entry, b->edits.data + at, EDIT_SIZE);
		cut_out(&b->edits, at, EDIT_SIZE);
	} else if (b->edits.len >= BOILERPLATE_EDITS_MAX * EDIT_SIZE) {
		cut_out(&b->edits, 0, EDIT_SIZE);
	}
	entry[ID_SIZE + url_hash / 8 % 4] |= (uint8_t)(1 << url_hash % 8);
	return buf_append(&b->edits, entry, sizeof(entry));
}

static int count_pages(const struct boilerplate *b, size_t at)
{
	return __builtin_popcount(
		be32_get((const uint8_t *)b->edits.data + at + ID_SIZE));
}

static bool lists(struct span ids, const char *id)
{
	for (size_t at = 0; at < ids.len; at += ID_SIZE)
		if (memcmp(ids.data + at, id, ID_SIZE) == 0)
			return true;
	return false;
}

void boilerplate_doubt(struct boilerplate *b, struct span edits, uint64_t url_hash)
{
	for (size_t at = 0; at < b->edits.len;) {
		uint8_t *pages = (uint8_t *)b->edits.data + at + ID_SIZE;
		uint32_t bits = be32_get(pages);

		if (pages[url_hash / 8 % 4] & 1 << url_hash % 8 ||
		    lists(edits, b->edits.data + at)) {
			at += EDIT_SIZE;
			continue;
		}
		for (int i = 0; i < BOILERPLATE_EDIT_PAGES; i++)
			bits &= bits - 1;
		b->dirty = true;
		be32_put(pages, bits);
		if (bits)
			at += EDIT_SIZE;
		else
			cut_out(&b->edits, at, EDIT_SIZE);
	}
}

static int deploy_pages(const struct boilerplate *b)
{
	int n = b->n_pages / 8;

	if (n > BOILERPLATE_EDIT_PAGES_MAX)
		return BOILERPLATE_EDIT_PAGES_MAX;
	return n < BOILERPLATE_EDIT_PAGES ? BOILERPLATE_EDIT_PAGES : n;
}

bool boilerplate_is_deploy(const struct boilerplate *b, uint64_t edit)
{
	size_t at = find_edit(b, edit);

	return at < b->edits.len && count_pages(b, at) >= deploy_pages(b);
}
