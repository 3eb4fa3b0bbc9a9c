#include "tools/seed_pile.h"

#include <stdlib.h>

#include "store/page.h"

/* A million seeds of the usual length. It is touched only as far as it is used. */
#define PILE_BYTES ((size_t)128 << 20)
#define AHEAD 8 /* records that are fetched into the cache before they are needed */

struct record {
	struct seed_place place;
	const struct seed *rest; /* NULL: nothing but a URL */
	size_t url_len;
	char url[];
};

/* The first 16 of the 17 bytes of the page's key, as numbers that sort as they do. */
struct entry {
	uint64_t first, second;
	const struct record *record; /* a later one stands behind */
};

/* Records grow from the beginning, entries down from the end. */
struct seed_pile {
	size_t used;   /* of `bytes` */
	size_t n;      /* entries */
	size_t n_down; /* ... that were taken down; 0 until sorted */
	_Alignas(max_align_t) char bytes[PILE_BYTES];
};

enum err seed_pile_new(struct seed_pile **pile)
{
	*pile = malloc(sizeof(**pile));
	if (!*pile)
		return ERR_NOMEM;
	(*pile)->used = (*pile)->n = (*pile)->n_down = 0;
	return ERR_OK;
}

void seed_pile_free(struct seed_pile *pile)
{
	free(pile);
}

static struct entry *entries_of(struct seed_pile *pile)
{
	return (struct entry *)(void *)(pile->bytes + PILE_BYTES) - pile->n;
}

/* NULL: there is no room. */
static void *take(struct seed_pile *pile, size_t size)
{
	size_t aligned =
		(size + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	size_t room = PILE_BYTES - pile->n * sizeof(struct entry) - pile->used;
	char *at = pile->bytes + pile->used;

	if (aligned > room)
		return NULL;
	pile->used += aligned;
	return at;
}

/* False: there is no room. */
static bool copy_span(struct seed_pile *pile, struct span *s)
{
	char *copy = take(pile, s->len);

	if (!copy)
		return false;
	if (s->len)
		memcpy(copy, s->data, s->len);
	s->data = copy;
	return true;
}

static bool is_only_url(const struct seed *seed)
{
	return !seed->has_weight && !seed->n_tags && !seed->min_interval_ms &&
	       !seed->max_interval_ms && !seed->etag.len && !seed->last_modified.len &&
	       digest_is_none(&seed->digest) && !seed->indexed_at_ms;
}

static const struct seed *copy_rest(struct seed_pile *pile, const struct seed *seed)
{
	struct seed *rest = take(pile, sizeof(*rest));

	if (!rest)
		return NULL;
	*rest = *seed;
	for (size_t i = 0; i < rest->n_tags; i++)
		if (!copy_span(pile, &rest->tags[i]))
			return NULL;
	return copy_span(pile, &rest->etag) && copy_span(pile, &rest->last_modified)
		       ? rest
		       : NULL;
}

static struct record *copy_seed(struct seed_pile *pile, const struct seed *seed)
{
	struct record *record = take(pile, sizeof(*record) + seed->url.len);

	if (!record)
		return NULL;
	record->url_len = seed->url.len;
	memcpy(record->url, seed->url.data, seed->url.len);
	record->rest = is_only_url(seed) ? NULL : copy_rest(pile, seed);
	return record->rest || is_only_url(seed) ? record : NULL;
}

bool seed_pile_takes(const struct seed *seed)
{
	return !seed->content && !seed->revisit;
}

enum err seed_pile_add(struct seed_pile *pile, const struct seed *seed,
		       const struct seed_place *place)
{
	size_t used = pile->used;
	struct page_key key;
	uint8_t bytes[PAGE_KEY_SIZE];
	struct record *record;
	enum err err = page_key_of(seed->url, &key);

	if (err)
		return err;
	record = copy_seed(pile, seed);
	if (!record || PILE_BYTES - pile->used < (pile->n + 1) * sizeof(struct entry)) {
		pile->used = used;
		return ERR_TOO_LARGE;
	}
	record->place = *place;
	page_key_encode(&key, bytes);
	pile->n++;
	*entries_of(pile) = (struct entry){
		.first = be64_get(bytes),
		.second = be64_get(bytes + 8),
		.record = record,
	};
	return ERR_OK;
}

static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	if (x->second != y->second)
		return x->second < y->second ? -1 : 1;
	return x->record < y->record ? -1 : 1;
}

void seed_pile_sort(struct seed_pile *pile)
{
	if (pile->n)
		qsort(entries_of(pile), pile->n, sizeof(struct entry), compare);
	pile->n_down = 0;
}

/* In the order of keys each lies somewhere else. */
static void fetch(const struct record *record)
{
	__builtin_prefetch(record);
	__builtin_prefetch((const char *)record + 64);
}

bool seed_pile_next(struct seed_pile *pile, struct seed *seed, struct seed_place *place)
{
	const struct record *record;

	if (pile->n_down == pile->n) {
		pile->used = pile->n = pile->n_down = 0;
		return false;
	}
	if (pile->n_down + AHEAD < pile->n)
		fetch(entries_of(pile)[pile->n_down + AHEAD].record);
	record = entries_of(pile)[pile->n_down++].record;
	if (record->rest)
		*seed = *record->rest;
	else
		seed_init(seed);
	seed->url = span_from(record->url, record->url_len);
	seed->line = record->place.line;
	*place = record->place;
	return true;
}
