/*
 * store_classes.c - how many pages stand in each value class, and the going price.
 *
 * One record of the meta family, written with the batch that changes it: the price's bits,
 * the sum of rates, then for each class in use its distance from the one before, and its
 * count. Some 3 KB for 700 classes, once a commit.
 */
#include "store/internal.h"

static const struct span classes_key = { "classes", 7 };

static enum err append_price(struct buf *out, double price)
{
	uint8_t at[8];
	uint64_t bits;

	memcpy(&bits, &price, sizeof(bits));
	be64_put(at, bits);
	return buf_append(out, at, sizeof(at));
}

/* Most classes are empty, and this is all that a commit of few visits does: so many at a
 * time. */
#define BLOCK 16

static bool block_is_empty(const uint32_t *n_pages)
{
	static const uint32_t none[BLOCK];

	return memcmp(n_pages, none, sizeof(none)) == 0;
}

static enum err encode(const struct store_classes *classes, struct buf *out)
{
	enum err err = append_price(out, classes->price);
	unsigned last = 0;

	if (!err)
		err = varint_append(out, classes->rate_micro);
	for (unsigned c = 1; !err && c < STORE_N_CLASSES; c++) {
		if (c % BLOCK == 0 && block_is_empty(&classes->n_pages[c]))
			c += BLOCK - 1;
		if (!classes->n_pages[c])
			continue;
		err = varint_append(out, c - last);
		if (!err)
			err = varint_append(out, classes->n_pages[c]);
		last = c;
	}
	return err;
}

static enum err decode(struct span bytes, struct store_classes *classes)
{
	uint64_t class = 0, step, n, bits;

	if (bytes.len < 8)
		return ERR_CORRUPT;
	bits = be64_get((const uint8_t *)bytes.data);
	memcpy(&classes->price, &bits, sizeof(bits));
	bytes = span_from(bytes.data + 8, bytes.len - 8);
	if (varint_read(&bytes, &classes->rate_micro))
		return ERR_CORRUPT;
	while (bytes.len) {
		if (varint_read(&bytes, &step) || varint_read(&bytes, &n))
			return ERR_CORRUPT;
		if (step >= STORE_N_CLASSES - class || n > UINT32_MAX)
			return ERR_CORRUPT;
		class += step;
		classes->n_pages[class] = (uint32_t)n;
		classes->n_rated += n;
	}
	return ERR_OK;
}

enum err store_load_classes(struct store *store)
{
	enum err err = store_read(store, FAMILY_META, classes_key, &store->scratch);

	if (err)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	return decode(buf_span(&store->scratch), &store->classes);
}

enum err store_put_classes(struct store *store)
{
	enum err err;

	if (!store->classes_dirty)
		return ERR_OK;
	buf_clear(&store->scratch);
	err = encode(&store->classes, &store->scratch);
	if (!err)
		err = store_put(store, FAMILY_META, classes_key,
				buf_span(&store->scratch), false);
	if (!err)
		store->classes_dirty = false;
	return err;
}

static void remove_rated(struct store *store, const struct page *page, struct host *host)
{
	if (!page->stored.value_class)
		return;
	store->classes.n_pages[page->stored.value_class]--;
	store->classes.n_rated--;
	store->classes.rate_micro -= page->stored.rate_micro;
	host->n_rated--;
	host->rate_micro -= page->stored.rate_micro;
}

void store_move_class(struct store *store, struct page *page, struct host *host)
{
	bool stays = page->stored.exists &&
		     page->stored.value_class == page->value_class &&
		     page->stored.rate_micro == page->rate_micro;

	if (stays)
		return;
	if (page->stored.exists)
		remove_rated(store, page, host);
	if (page->value_class) {
		store->classes.n_pages[page->value_class]++;
		store->classes.n_rated++;
		store->classes.rate_micro += page->rate_micro;
		host->n_rated++;
		host->rate_micro += page->rate_micro;
	}
	page->stored.value_class = page->value_class;
	page->stored.rate_micro = page->rate_micro;
	store->classes_dirty = true;
}

void store_leave_class(struct store *store, const struct page *page, struct host *host)
{
	remove_rated(store, page, host);
	store->classes_dirty = true;
}

const struct store_classes *store_classes(const struct store *store)
{
	return &store->classes;
}

void store_set_price(struct store *store, double price)
{
	store->classes_dirty = store->classes_dirty || price != store->classes.price;
	store->classes.price = price;
}
