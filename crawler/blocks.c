#include "crawler/blocks.h"

#include <stdlib.h>

#include "store/base/codec.h"
#include "store/base/digest.h"
#include "store/sketch.h"

#define LETTERS_MIN 12 /* a block with fewer says little by itself */

void blocks_release(struct blocks *blocks)
{
	free(blocks->block);
	*blocks = (struct blocks){ NULL, 0, 0 };
}

static bool says_little(struct span block)
{
	size_t n = 0;

	for (size_t i = 0; i < block.len && n < LETTERS_MIN; i++)
		n += (unsigned char)((block.data[i] | 0x20) - 'a') < 26 ||
		     (unsigned char)block.data[i] >= 0x80;
	return n < LETTERS_MIN;
}

static enum err make_room(struct blocks *blocks)
{
	size_t room = blocks->room ? 2 * blocks->room : 64;
	struct block *more;

	if (blocks->n < blocks->room)
		return ERR_OK;
	if (blocks->n >= BLOCKS_MAX)
		return ERR_TOO_LARGE;
	more = realloc(blocks->block, room * sizeof(*more));
	if (!more)
		return ERR_NOMEM;
	blocks->block = more;
	blocks->room = room;
	return ERR_OK;
}

static uint64_t mix(uint64_t first, uint64_t second)
{
	return first * UINT64_C(0x9E3779B185EBCA87) ^ second;
}

static void name_blocks(struct blocks *blocks)
{
	for (size_t i = 0; i < blocks->n; i++) {
		struct block *b = &blocks->block[i];

		b->id[0] = b->id[1] = b->hash;
		if (!b->says_little)
			continue;
		b->id[0] = mix(i ? b[-1].hash : 0, b->hash);
		b->id[1] = mix(b->hash, i + 1 < blocks->n ? b[1].hash : 0);
	}
}

enum err blocks_split(struct span text, struct span masked, struct blocks *blocks)
{
	enum err err = ERR_OK;

	blocks->n = 0;
	while (text.len && !err) {
		struct block b = { .raw = span_cut(&text, '\n'),
				   .masked = span_cut(&masked, '\n') };

		b.hash = hash64(b.masked);
		if (!span_equal(b.raw, b.masked))
			b.raw_hash = hash64(b.raw);
		b.says_little = says_little(b.masked);
		err = make_room(blocks);
		if (!err)
			blocks->block[blocks->n++] = b;
	}
	name_blocks(blocks);
	return err;
}

/* ---- sketches: of each block what it says of itself, its hash and, if so, its raw hash --------- */

enum err blocks_sketch(const struct blocks *blocks, struct buf *sketch)
{
	enum err err =
		blocks->n > SKETCH_BLOCKS_MAX
			? ERR_TOO_LARGE
			: buf_reserve(sketch, blocks->n * (1 + 2 * SKETCH_HASH_SIZE));

	for (size_t i = 0; !err && i < blocks->n; i++) {
		const struct block *b = &blocks->block[i];
		uint8_t bytes[1 + 2 * SKETCH_HASH_SIZE] = { 0 };

		bytes[0] = (uint8_t)((b->says_little ? SKETCH_SAYS_LITTLE : 0) |
				     (b->raw_hash ? SKETCH_IS_MASKED : 0));
		be64_put(bytes + 1, b->hash);
		be64_put(bytes + 1 + SKETCH_HASH_SIZE, b->raw_hash);
		err = buf_append(sketch, bytes,
				 1 + (b->raw_hash ? 2 : 1) * SKETCH_HASH_SIZE);
	}
	return err;
}

enum err blocks_of_sketch(struct span sketch, struct blocks *blocks)
{
	enum err err = ERR_OK;

	blocks->n = 0;
	while (sketch.len && !err) {
		const uint8_t *at = (const uint8_t *)sketch.data;
		bool is_masked = at[0] & SKETCH_IS_MASKED;
		size_t len = sketch_block_len(sketch);
		struct block b = { .says_little = at[0] & SKETCH_SAYS_LITTLE };

		if (!len || blocks->n == SKETCH_BLOCKS_MAX)
			return ERR_CORRUPT;
		b.hash = be64_get(at + 1);
		b.raw_hash = is_masked ? be64_get(at + 1 + SKETCH_HASH_SIZE) : 0;
		err = make_room(blocks);
		if (!err)
			blocks->block[blocks->n++] = b;
		sketch = span_from(sketch.data + len, sketch.len - len);
	}
	name_blocks(blocks);
	return err;
}

/* ---- comparing: Myers, "An O(ND) Difference Algorithm and Its Variations" (1986) -------------- */

struct comparison {
	const struct block *old, *new; /* without what both begin and end with */
	int n_old, n_new;
	/* How many old blocks d edits come past on diagonal k = old - new, -d <= k <= d; see
	 * at(). */
	int reached[(HUNKS_MAX + 1) * (HUNKS_MAX + 1)];
};

static int *at(struct comparison *c, int d, int k)
{
	return &c->reached[d * d + k + d];
}

/* Is the last of d edits that end on diagonal k a new block (and not an old one)? */
static bool is_insertion(struct comparison *c, int d, int k)
{
	return k == -d || (k != d && *at(c, d - 1, k - 1) < *at(c, d - 1, k + 1));
}

static int walk(struct comparison *c, int d, int k)
{
	int x = 0;

	if (d)
		x = is_insertion(c, d, k) ? *at(c, d - 1, k + 1)
					  : *at(c, d - 1, k - 1) + 1;
	while (x < c->n_old && x - k < c->n_new && c->old[x].hash == c->new[x - k].hash)
		x++;
	return x;
}

/* The least number of edits; above HUNKS_MAX: more than that. */
static int count_edits(struct comparison *c)
{
	for (int d = 0; d <= HUNKS_MAX; d++) {
		for (int k = -d; k <= d; k += 2) {
			int x = walk(c, d, k);

			*at(c, d, k) = x;
			if (x >= c->n_old && x - k >= c->n_new)
				return d;
		}
	}
	return HUNKS_MAX + 1;
}

/* Goes back from the end; `edits` get their order from the start. */
static void trace_back(struct comparison *c, int d, struct hunk edits[HUNKS_MAX])
{
	int k = c->n_old - c->n_new;

	for (; d > 0; d--) {
		bool insertion = is_insertion(c, d, k);
		int x;

		k += insertion ? 1 : -1;
		x = *at(c, d - 1, k);
		edits[d - 1] = (struct hunk){ (uint32_t)x, !insertion, (uint32_t)(x - k),
					      insertion };
	}
}

/* Edits side by side are one hunk. */
static size_t join_edits(struct hunk *edits, size_t n, uint32_t offset)
{
	size_t n_hunks = 0;

	for (size_t i = 0; i < n; i++) {
		struct hunk edit = edits[i], *last = n_hunks ? &edits[n_hunks - 1] : NULL;

		edit.old += offset;
		edit.new += offset;
		if (last && last->old + last->n_old == edit.old &&
		    last->new + last->n_new == edit.new) {
			last->n_old += edit.n_old;
			last->n_new += edit.n_new;
		} else {
			edits[n_hunks++] = edit;
		}
	}
	return n_hunks;
}

enum err blocks_compare(const struct blocks *old, const struct blocks *new,
			struct hunk hunks[HUNKS_MAX], size_t *n)
{
	struct comparison c;
	size_t start = 0, n_old = old->n, n_new = new->n;
	int d;

	while (start < n_old && start < n_new &&
	       old->block[start].hash == new->block[start].hash)
		start++;
	while (n_old > start && n_new > start &&
	       old->block[n_old - 1].hash == new->block[n_new - 1].hash)
		n_old--, n_new--;
	c.old = old->block ? old->block + start : NULL;
	c.new = new->block ? new->block + start : NULL;
	c.n_old = (int)(n_old - start);
	c.n_new = (int)(n_new - start);
	d = count_edits(&c);
	if (d > HUNKS_MAX)
		return ERR_TOO_LARGE;
	trace_back(&c, d, hunks);
	*n = join_edits(hunks, (size_t)d, (uint32_t)start);
	return ERR_OK;
}
