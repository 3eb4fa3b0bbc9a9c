#include "store/census.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#define BLOCK_SUMS 64
/* Cells that one page has a share in, at most. */
#define SHARES_MAX 10
#define SUMS_MAX 8

struct census_block {
	UT_hash_handle hh;
	uint64_t key; /* kind (8), group (16), number of the block in it (40) */
	struct census_block *next_changed;
	bool changed;
	int64_t sums[BLOCK_SUMS];
};

struct census {
	struct census_block *blocks, *changed;
};

/* How many sums a cell of the kind has: a power of two. */
static const uint8_t n_sums[N_CENSUS_KINDS] = {
	[CENSUS_CONTENT] = 8, [CENSUS_RATES] = 4,     [CENSUS_VERIFIED] = 1,
	[CENSUS_DUE] = 1,     [CENSUS_SEEN] = 1,      [CENSUS_UNFETCHED] = 2,
	[CENSUS_STATUS] = 1,  [CENSUS_VALIDATOR] = 1, [CENSUS_NOISY] = 1,
};

/* ---- where a page stands, and what it adds there ------------------------------------------- */

struct share {
	enum census_kind kind;
	unsigned group;
	int64_t number;
	int64_t sums[SUMS_MAX];
};

struct shares {
	struct share of[SHARES_MAX];
	size_t n;
};

static struct share *add(struct shares *shares, enum census_kind kind, int64_t number)
{
	struct share *share = &shares->of[shares->n++];

	assert(shares->n <= SHARES_MAX);
	*share = (struct share){ .kind = kind, .number = number > 0 ? number : 0 };
	share->sums[CENSUS_N_PAGES] = 1;
	return share;
}

/* Numbers from a record may be anything: a sum takes none that are absurd. */
static int64_t units(float x, double unit, double most)
{
	double bounded = x > 0 ? fmin((double)x, most) : 0;

	return (int64_t)(bounded / unit);
}

static int64_t units_of_weight(const struct page_share *page)
{
	return units(page->weight, CENSUS_WEIGHT_UNIT, 65536);
}

static unsigned octave_of(uint32_t x)
{
	return x ? 31u - (unsigned)__builtin_clz(x) : 0;
}

/* Half octaves; 0: not known. */
static unsigned rate_number(uint32_t rate_micro)
{
	unsigned octave = octave_of(rate_micro);

	return 2 * octave + ((uint64_t)rate_micro * rate_micro >> (2 * octave + 1) != 0);
}

/* From 2^-16 to 2^16, in half octaves. */
static unsigned weight_number(float weight)
{
	uint32_t bits;
	int octave, n;

	if (!(weight > 0))
		return 0;
	memcpy(&bits, &weight, sizeof(bits));
	octave = (int)(bits >> 23) - 127;
	n = 2 * (octave + 16) + ((bits & 0x7fffff) >= 0x3504f3 /* sqrt 2 */);
	return n < 0 ? 0 : n > 63 ? 63 : (unsigned)n;
}

/* log2 of the ms that a cell of content lasts: an eighth of the mean time between changes,
 * 2^43.3 ms at a rate of 1e-6 a day, or less. As for 1/60 a day where it is not known. */
static unsigned span_bits(unsigned rate_number)
{
	unsigned octave = rate_number ? rate_number / 2 : 14;

	return octave < 9 ? 33 : 42 - octave;
}

static unsigned evidence_number(float rate_a)
{
	return (unsigned)(rate_a >= 0.25F) + (rate_a >= 1) + (rate_a >= 3.5F);
}

static bool has_content(const struct page_share *page)
{
	return page->n_visits && page->last_verified_at_ms &&
	       (page->state == STATE_UNCHANGED || page->state == STATE_STALE ||
		page->state == STATE_FAILING);
}

/* The rate of changes that nobody tells of: scheduler/signal.h. */
static uint32_t silent_rate(const struct page_share *page)
{
	double silent = 1 - fmin(fmax((double)page->told_recall, 0), 1);

	return page->told_recall > 0 ? (uint32_t)(page->rate_micro * silent)
				     : page->rate_micro;
}

static int64_t sure(const struct page_share *page)
{
	double doubt = (double)page->told_doubt;

	return (int64_t)((doubt > 0 ? exp(-doubt) : 1) / CENSUS_SURE_UNIT);
}

static void add_content(struct shares *shares, const struct page_share *page)
{
	uint32_t rate = silent_rate(page);
	unsigned rate_at = rate_number(rate), bits = span_bits(rate_at);
	int64_t at_ms = page->last_verified_at_ms > 0 ? page->last_verified_at_ms : 0;
	struct share *share = add(shares, CENSUS_CONTENT, at_ms >> bits);

	share->group = (unsigned)page->is_current << 8 |
		       evidence_number(page->rate_a) << 6 | rate_at;
	share->sums[CENSUS_WEIGHT] = units_of_weight(page);
	share->sums[CENSUS_RATE] = rate;
	share->sums[CENSUS_EVIDENCE] = units(page->rate_a, CENSUS_EVIDENCE_UNIT, 1 << 20);
	share->sums[CENSUS_SINCE] =
		(at_ms & ((INT64_C(1) << bits) - 1)) / CENSUS_SINCE_MS;
	share->sums[CENSUS_SURE] = sure(page);
	add(shares, CENSUS_VERIFIED, at_ms / CENSUS_SLOT_MS);
	add(shares, CENSUS_VALIDATOR, page->validator);
}

static void add_visited(struct shares *shares, const struct page_share *page)
{
	struct share *share = add(shares, CENSUS_RATES, rate_number(page->rate_micro));

	share->sums[CENSUS_N_VISITS] = page->n_visits;
	share->sums[CENSUS_N_CHANGES] = page->n_changes;
	share->sums[CENSUS_WHOLE_RATE] = page->rate_micro;
	add(shares, CENSUS_STATUS, page->http_status);
	if (page->is_noisy)
		add(shares, CENSUS_NOISY, 0);
}

static void shares_of(const struct page_share *page, struct shares *shares)
{
	shares->n = 0;
	if (page->first_seen_at_ms)
		add(shares, CENSUS_SEEN, page->first_seen_at_ms / CENSUS_SLOT_MS);
	if (page->next_visit_at_ms)
		add(shares, CENSUS_DUE, page->next_visit_at_ms / CENSUS_SLOT_MS);
	if (page->state == STATE_UNFETCHED)
		add(shares, CENSUS_UNFETCHED, weight_number(page->weight))
			->sums[CENSUS_WEIGHT] = units_of_weight(page);
	if (page->n_visits)
		add_visited(shares, page);
	if (has_content(page))
		add_content(shares, page);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static unsigned cells_in_block(enum census_kind kind)
{
	return BLOCK_SUMS / n_sums[kind];
}

static uint64_t key_of(const struct share *share)
{
	uint64_t number = (uint64_t)share->number / cells_in_block(share->kind);

	return (uint64_t)share->kind << 56 | (uint64_t)(share->group & 0xffff) << 40 |
	       (number & ((UINT64_C(1) << 40) - 1));
}

static struct census_block *find(const struct census *census, uint64_t key)
{
	struct census_block *found = NULL;

	if (census->blocks)
		HASH_FIND(hh, census->blocks, &key, sizeof(key), found);
	return found;
}

/* NULL: out of memory. */
static struct census_block *get(struct census *census, uint64_t key)
{
	struct census_block *block = find(census, key);

	if (block)
		return block;
	block = calloc(1, sizeof(*block));
	if (!block)
		return NULL;
	block->key = key;
	HASH_ADD(hh, census->blocks, key, sizeof(block->key), block);
	if (block->hh.tbl)
		return block;
	free(block);
	return NULL;
}

struct census *census_new(void)
{
	return calloc(1, sizeof(struct census));
}

void census_free(struct census *census)
{
	struct census_block *block, *next;

	if (!census)
		return;
	HASH_ITER(hh, census->blocks, block, next)
	{
		HASH_DELETE(hh, census->blocks, block);
		free(block);
	}
	free(census);
}

enum err census_prepare(struct census *census, const struct page_share *page)
{
	struct shares shares;

	shares_of(page, &shares);
	for (size_t i = 0; i < shares.n; i++)
		if (!get(census, key_of(&shares.of[i])))
			return ERR_NOMEM;
	return ERR_OK;
}

static void mark(struct census *census, struct census_block *block)
{
	if (block->changed)
		return;
	block->changed = true;
	block->next_changed = census->changed;
	census->changed = block;
}

static void change(struct census *census, const struct share *share, int sign)
{
	/* Not there: the store was damaged, and verifying it will say so. */
	struct census_block *block = find(census, key_of(share));
	size_t cell = (uint64_t)share->number % cells_in_block(share->kind);
	int64_t *sums;

	if (!block)
		return;
	sums = &block->sums[cell * n_sums[share->kind]];
	for (unsigned i = 0; i < n_sums[share->kind]; i++)
		sums[i] =
			(int64_t)((uint64_t)sums[i] + (uint64_t)(sign * share->sums[i]));
	mark(census, block);
}

static bool is_same(const struct share *a, const struct share *b)
{
	return a->kind == b->kind && a->group == b->group && a->number == b->number &&
	       memcmp(a->sums, b->sums, sizeof(a->sums)) == 0;
}

static bool holds(const struct shares *shares, const struct share *wanted)
{
	for (size_t i = 0; i < shares->n; i++)
		if (is_same(&shares->of[i], wanted))
			return true;
	return false;
}

/* What stays as it is changes no block. */
void census_move(struct census *census, const struct page_share *from,
		 const struct page_share *to)
{
	struct shares before = { .n = 0 }, after = { .n = 0 };

	if (from)
		shares_of(from, &before);
	if (to)
		shares_of(to, &after);
	for (size_t i = 0; i < before.n; i++)
		if (!holds(&after, &before.of[i]))
			change(census, &before.of[i], -1);
	for (size_t i = 0; i < after.n; i++)
		if (!holds(&before, &after.of[i]))
			change(census, &after.of[i], 1);
}

/* ---- reading ----------------------------------------------------------------------------------- */

static enum census_kind kind_of(uint64_t key)
{
	return (enum census_kind)(key >> 56);
}

static bool is_empty(const int64_t *sums, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (sums[i])
			return false;
	return true;
}

static int64_t width_ms(enum census_kind kind, unsigned group)
{
	if (kind == CENSUS_CONTENT)
		return INT64_C(1) << span_bits(group & 63);
	return kind == CENSUS_VERIFIED || kind == CENSUS_DUE || kind == CENSUS_SEEN
		       ? CENSUS_SLOT_MS
		       : 0;
}

static void fill_cell(const struct census_block *block, size_t at,
		      struct census_cell *cell)
{
	enum census_kind kind = kind_of(block->key);
	unsigned group = block->key >> 40 & 0xffff;
	int64_t first =
		(int64_t)(block->key & ((UINT64_C(1) << 40) - 1)) * cells_in_block(kind);

	*cell = (struct census_cell){
		.kind = kind,
		.current = group >> 8 & 1,
		.number = first + (int64_t)at,
		.width_ms = width_ms(kind, group),
		.sums = &block->sums[at * n_sums[kind]],
	};
	cell->at_ms = cell->number * cell->width_ms;
}

bool census_next(const struct census *census, struct census_place *at,
		 struct census_cell *cell)
{
	if (!at->started) {
		at->started = true;
		at->block = census->blocks;
	}
	for (; at->block; at->block = at->block->hh.next, at->cell = 0) {
		enum census_kind kind = kind_of(at->block->key);

		for (; at->cell < cells_in_block(kind); at->cell++) {
			if (is_empty(&at->block->sums[at->cell * n_sums[kind]],
				     n_sums[kind]))
				continue;
			fill_cell(at->block, at->cell++, cell);
			return true;
		}
	}
	return false;
}

/* ---- keeping: for each sum that is not 0 the distance from the one before, and its value ------ */

static uint64_t key_from(const uint8_t key[CENSUS_KEY_SIZE])
{
	return be64_get(key);
}

enum err census_load(struct census *census, struct span key, struct span value)
{
	struct census_block *block;
	uint64_t step, sum, at = 0;
	enum census_kind kind;

	if (key.len != CENSUS_KEY_SIZE)
		return ERR_CORRUPT;
	kind = kind_of(key_from((const uint8_t *)key.data));
	if (kind < CENSUS_CONTENT || kind >= N_CENSUS_KINDS)
		return ERR_CORRUPT;
	block = get(census, key_from((const uint8_t *)key.data));
	if (!block)
		return ERR_NOMEM;
	while (value.len) {
		if (varint_read(&value, &step) || varint_read(&value, &sum) ||
		    step >= BLOCK_SUMS - at)
			return ERR_CORRUPT;
		at += step;
		block->sums[at] = unzigzag(sum);
	}
	return ERR_OK;
}

bool census_changed(struct census *census, uint8_t key[CENSUS_KEY_SIZE])
{
	if (!census->changed)
		return false;
	be64_put(key, census->changed->key);
	return true;
}

enum err census_value(const struct census *census, const uint8_t key[CENSUS_KEY_SIZE],
		      struct buf *value)
{
	const struct census_block *block = find(census, key_from(key));
	unsigned last = 0;
	enum err err = ERR_OK;

	buf_clear(value);
	for (unsigned i = 0; block && !err && i < BLOCK_SUMS; i++) {
		if (!block->sums[i])
			continue;
		err = varint_append(value, i - last);
		if (!err)
			err = varint_append(value, zigzag(block->sums[i]));
		last = i;
	}
	return err;
}

/* Only the first of those that have changed is ever asked for. */
void census_saved(struct census *census, const uint8_t key[CENSUS_KEY_SIZE])
{
	struct census_block *block = census->changed;

	assert(block && block->key == key_from(key));
	census->changed = block->next_changed;
	block->changed = false;
	if (!is_empty(block->sums, BLOCK_SUMS))
		return;
	HASH_DELETE(hh, census->blocks, block);
	free(block);
}

/* ---- comparing ------------------------------------------------------------------------------- */

static void tell(const struct census_block *block, unsigned i, int64_t kept,
		 int64_t counted, census_differ *differ, void *context)
{
	static const char *const names[N_CENSUS_KINDS] = {
		[CENSUS_CONTENT] = "content",   [CENSUS_RATES] = "rates",
		[CENSUS_VERIFIED] = "verified", [CENSUS_DUE] = "due",
		[CENSUS_SEEN] = "seen",         [CENSUS_UNFETCHED] = "unfetched",
		[CENSUS_STATUS] = "status",     [CENSUS_VALIDATOR] = "validator",
		[CENSUS_NOISY] = "noisy",
	};
	enum census_kind kind = kind_of(block->key);
	struct census_cell cell;
	char text[96];

	fill_cell(block, i / n_sums[kind], &cell);
	snprintf(text, sizeof(text), "%s %" PRIu64 "/%" PRId64 " sum %u", names[kind],
		 block->key >> 40 & 0xffff, cell.number, i % n_sums[kind]);
	differ(context, text, kept, counted);
}

static void compare_blocks(const struct census *from, const struct census *with,
			   bool only_missing, census_differ *differ, void *context)
{
	static const int64_t none[BLOCK_SUMS];
	const struct census_block *block;

	for (block = from->blocks; block; block = block->hh.next) {
		const struct census_block *other = find(with, block->key);
		const int64_t *sums = other ? other->sums : none;

		if (only_missing && other)
			continue;
		for (unsigned i = 0; i < BLOCK_SUMS; i++)
			if (block->sums[i] != sums[i])
				tell(block, i, only_missing ? 0 : block->sums[i],
				     only_missing ? block->sums[i] : sums[i], differ,
				     context);
	}
}

void census_compare(const struct census *kept, const struct census *counted,
		    census_differ *differ, void *context)
{
	compare_blocks(kept, counted, false, differ, context);
	compare_blocks(counted, kept, true, differ, context);
}
