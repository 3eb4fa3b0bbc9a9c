#include "crawler/difference.h"

#include <stdlib.h>

#include "crawler/blocks.h"
#include "crawler/money.h"
#include "crawler/moment.h"
#include "crawler/volatile.h"
#include "crawler/text.h"
#include "store/base/codec.h"
#include "store/base/digest.h"

#define ID_SIZE 8
#define PAIRS_MAX 16
#define STAMP_MAX 64 /* bytes */
#define HEAD_BLOCKS 128
#define TAIL_BLOCKS 128
#define MARKS_MAX 64

/* A date or version of the frame, and what has taken its place. */
struct pair {
	struct span old, new;
};

struct judge {
	const struct boilerplate *boilerplate;
	struct blocks old, new, old_marks, new_marks;
	struct pair pairs[PAIRS_MAX];
	size_t n_pairs;
	bool has_own;           /* the old text has blocks that are the page's own */
	bool has_words;         /* not if the blocks are those of sketches */
	bool wants_words;       /* without which it cannot be judged */
	struct buf left, right; /* scratch */
	struct difference *d;
};

void difference_release(struct difference *d)
{
	buf_release(&d->successions);
	buf_release(&d->edits);
	*d = (struct difference){ .is_news = false };
}

static enum err append_id(struct buf *list, uint64_t id)
{
	uint8_t bytes[ID_SIZE];

	be64_put(bytes, id);
	return buf_append(list, bytes, sizeof(bytes));
}

static void note_differs(struct difference *d, enum differs differs)
{
	if (differs > d->differs)
		d->differs = differs;
}

/* ---- dates and versions in a block ---------------------------------------------------------- */

enum atom_kind { ATOM_BYTE, ATOM_NUMBER, ATOM_DATE };

struct atom {
	enum atom_kind kind;
	struct span text;
};

/* Digits with points between them. */
static size_t number_len(struct span rest)
{
	size_t n = 0;

	while (n < rest.len && (text_is_digit(rest.data[n]) ||
				(n && rest.data[n] == '.' && n + 1 < rest.len &&
				 text_is_digit(rest.data[n + 1]))))
		n++;
	return n;
}

static struct atom atom_at(struct span block, size_t at)
{
	struct span rest = span_from(block.data + at, block.len - at);
	struct moment moment = { 0, false, false, false };
	size_t n;

	if (text_is_word_byte(rest.data[0]) &&
	    (!at || !text_is_word_byte(block.data[at - 1])))
		moment = moment_at(rest);
	if (moment.has_date)
		return (struct atom){ ATOM_DATE, span_from(rest.data, moment.len) };
	n = number_len(rest);
	return n ? (struct atom){ ATOM_NUMBER, span_from(rest.data, n) }
		 : (struct atom){ ATOM_BYTE, span_from(rest.data, 1) };
}

static size_t count_points(struct span text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += text.data[i] == '.';
	return n;
}

/* May the frame show `a` of `block` one day and something else the next? A date may, and a
 * version: a number with points, with two of them when it is all that the block has. */
static bool is_stamp_atom(struct span block, size_t at, struct atom a)
{
	if (a.kind == ATOM_DATE)
		return true;
	return a.kind == ATOM_NUMBER &&
	       count_points(a.text) >= (a.text.len == block.len ? 2 : 1) &&
	       !money_is_amount(block, at, a.text.len);
}

/* "6.1.170": three short numbers, which hardly anything but a release has. "2.512.345" is
 * how half of the world writes a large number. */
static bool is_release(struct atom a)
{
	struct span rest = a.text;
	size_t n_thousands = 0;

	while (rest.len) {
		struct span part = span_cut(&rest, '.');

		if (part.len > 3 || (part.len > 1 && part.data[0] == '0'))
			return false;
		n_thousands = part.len == 3 ? n_thousands + 1 : 0;
	}
	return a.kind == ATOM_NUMBER && count_points(a.text) == 2 && n_thousands < 2;
}

static void add_pair(struct judge *j, struct span old, struct span new)
{
	for (size_t i = 0; i < j->n_pairs; i++)
		if (span_equal(j->pairs[i].old, old))
			return;
	if (j->n_pairs < PAIRS_MAX && old.len <= STAMP_MAX && new.len <= STAMP_MAX)
		j->pairs[j->n_pairs++] = (struct pair){ old, new };
}

/* Do the two blocks differ in dates and versions alone? With `j` these become pairs; dates
 * alone with `only_dates`. With `names_release`: is one of them a release's? */
static bool differ_in_stamps(struct span old, struct span new, struct judge *j,
			     bool only_dates, bool *names_release)
{
	size_t i = 0, k = 0;

	while (i < old.len && k < new.len) {
		struct atom a = atom_at(old, i), b = atom_at(new, k);

		if (!span_equal(a.text, b.text)) {
			if (a.kind != b.kind || !is_stamp_atom(old, i, a) ||
			    !is_stamp_atom(new, k, b))
				return false;
			if (names_release)
				*names_release |= is_release(a) && is_release(b);
			if (j && (a.kind == ATOM_DATE || !only_dates))
				add_pair(j, a.text, b.text);
		}
		i += a.text.len;
		k += b.text.len;
	}
	return i == old.len && k == new.len;
}

/* ---- the same dates and versions elsewhere ---------------------------------------------------- */

static bool ends_before(struct span text, size_t at)
{
	return !at || (!text_is_word_byte(text.data[at - 1]) &&
		       (text.data[at - 1] != '.' || at < 2 ||
			!text_is_digit(text.data[at - 2])));
}

static bool ends_behind(struct span text, size_t at)
{
	return at == text.len || (!text_is_word_byte(text.data[at]) &&
				  (text.data[at] != '.' || at + 1 == text.len ||
				   !text_is_digit(text.data[at + 1])));
}

/* The stamp of a pair that stands at `at`, whole and as no sum of money; pairs' number: none
 * does. */
static size_t pair_at(const struct judge *j, struct span text, size_t at, bool is_new)
{
	struct span rest = span_from(text.data + at, text.len - at);
	size_t i;

	if (!ends_before(text, at))
		return j->n_pairs;
	for (i = 0; i < j->n_pairs; i++) {
		struct span stamp = is_new ? j->pairs[i].new : j->pairs[i].old;

		if (span_starts_with(rest, stamp) && ends_behind(text, at + stamp.len) &&
		    !money_is_amount(text, at, stamp.len))
			break;
	}
	return i;
}

/* `text` with each stamp replaced by the number of its pair. */
static enum err replace_stamps(const struct judge *j, struct span text, bool is_new,
			       struct buf *out)
{
	enum err err = buf_reserve(out, text.len);

	buf_clear(out);
	for (size_t at = 0; !err && at < text.len;) {
		size_t i = pair_at(j, text, at, is_new);

		if (i == j->n_pairs) {
			err = buf_append_byte(out, text.data[at++]);
			continue;
		}
		at += is_new ? j->pairs[i].new.len : j->pairs[i].old.len;
		err = buf_append_byte(out, VOLATILE_MARK);
		if (!err)
			err = buf_append_byte(out, (char)i);
	}
	return err;
}

static enum err differ_in_pairs(struct judge *j, struct span old, struct span new,
				bool *yes)
{
	enum err err = ERR_OK;

	*yes = false;
	if (!j->n_pairs)
		return ERR_OK;
	err = replace_stamps(j, old, false, &j->left);
	if (!err)
		err = replace_stamps(j, new, true, &j->right);
	*yes = !err && span_equal(buf_span(&j->left), buf_span(&j->right));
	return err;
}

/* ---- hunks ---------------------------------------------------------------------------------------- */

static bool is_frame(const struct judge *j, const struct block *block)
{
	return boilerplate_has(j->boilerplate, block->id[0]) ||
	       boilerplate_has(j->boilerplate, block->id[1]);
}

static uint64_t hunk_hash(const struct block *old, size_t n_old, const struct block *new,
			  size_t n_new)
{
	uint64_t h = n_old;

	for (size_t i = 0; i < n_old; i++)
		h = h * UINT64_C(0x9E3779B185EBCA87) + old[i].hash;
	for (size_t i = 0; i < n_new; i++)
		h = h * UINT64_C(0xC2B2AE3D27D4EB4F) + new[i].hash;
	return h;
}

/* A release is believed at once. Other dates and numbers that most pages share are moved on
 * one of them as well, a talk by a day: several pages must have had it (*is_doubtful). */
static bool is_stamped(struct judge *j, const struct block *old, const struct block *new,
		       bool *is_doubtful)
{
	bool names_release = false;

	*is_doubtful = false;
	if (!is_frame(j, old))
		return false;
	if (!j->has_words) {
		j->wants_words = true;
		return false;
	}
	if (!differ_in_stamps(old->masked, new->masked, NULL, false, &names_release))
		return false;
	*is_doubtful = !names_release;
	return names_release ||
	       boilerplate_is_deploy(j->boilerplate, hunk_hash(old, 1, new, 1));
}

/* What of the frame's stamps can be learned from a hunk whose blocks answer one another. */
static void learn_pairs(struct judge *j, const struct blocks *old,
			const struct blocks *new, const struct hunk *hunk)
{
	for (uint32_t i = 0; hunk->n_old == hunk->n_new && i < hunk->n_old; i++) {
		const struct block *a = &old->block[hunk->old + i];
		const struct block *b = &new->block[hunk->new + i];
		bool is_doubtful, is_mark = old == &j->old_marks;

		if (is_stamped(j, a, b, &is_doubtful) || (is_mark && is_doubtful))
			(void)differ_in_stamps(a->masked, b->masked, j, false, NULL);
	}
}

/* Of two blocks that are the same but for volatile tokens: their dates. */
static void learn_dates(struct judge *j, const struct hunk *hunks, size_t n)
{
	size_t i = 0, k = 0;

	for (size_t h = 0; i < j->old.n && k < j->new.n;) {
		if (h < n && i == hunks[h].old && k == hunks[h].new) {
			i += hunks[h].n_old;
			k += hunks[h++].n_new;
			continue;
		}
		if (j->old.block[i].raw_hash != j->new.block[k].raw_hash) {
			j->wants_words |= !j->has_words;
			note_differs(j->d, DIFFERS_VOLATILE);
			(void)differ_in_stamps(j->old.block[i].raw, j->new.block[k].raw,
					       j, true, NULL);
		}
		i++, k++;
	}
}

static enum err add_succession(struct judge *j, const struct block *old,
			       const struct block *new)
{
	enum err err = ERR_OK;

	note_differs(j->d, DIFFERS_BOILERPLATE);
	for (int i = 0; !err && i < 2; i++) {
		err = append_id(&j->d->successions, old->id[i]);
		if (!err)
			err = append_id(&j->d->successions, new->id[i]);
	}
	return err;
}

/* Are the blocks of a hunk the old ones with other stamps? */
static enum err judge_stamps(struct judge *j, const struct hunk *hunk, bool *yes)
{
	enum err err = ERR_OK;

	*yes = hunk->n_old == hunk->n_new;
	for (uint32_t i = 0; *yes && !err && i < hunk->n_old; i++) {
		const struct block *old = &j->old.block[hunk->old + i];
		const struct block *new = &j->new.block[hunk->new + i];

		bool is_doubtful;

		*yes = is_stamped(j, old, new, &is_doubtful);
		if (is_doubtful)
			err = append_id(&j->d->edits, hunk_hash(old, 1, new, 1));
		if (!*yes && !err)
			err = differ_in_pairs(j, old->masked, new->masked, yes);
		if (!err && *yes && is_frame(j, old))
			err = add_succession(j, old, new);
		else if (*yes)
			note_differs(j->d, DIFFERS_VOLATILE);
	}
	return err;
}

/* Is all that a hunk replaces part of the frame? What is only put in must stand between
 * two blocks of it. */
static bool is_in_frame(const struct judge *j, const struct hunk *hunk)
{
	uint32_t from = hunk->old, to = hunk->old + hunk->n_old;

	if (!hunk->n_old) {
		if (!hunk->old)
			return false;
		from--;
		to += hunk->old < j->old.n;
	}
	for (; from < to; from++)
		if (!is_frame(j, &j->old.block[from]))
			return false;
	return true;
}

static enum err judge_deploy(struct judge *j, const struct hunk *hunk, bool *yes)
{
	uint64_t hash;
	enum err err;

	*yes = false;
	/* Where pages are nothing but what the host repeats, that is what they have to say. */
	if (!j->has_own || !j->new.n || !is_in_frame(j, hunk))
		return ERR_OK;
	hash = hunk_hash(&j->old.block[hunk->old], hunk->n_old, &j->new.block[hunk->new],
			 hunk->n_new);
	*yes = boilerplate_is_deploy(j->boilerplate, hash);
	err = append_id(&j->d->edits, hash);
	for (uint32_t i = 0; *yes && !err && i < hunk->n_new; i++) {
		uint32_t old = hunk->old + (i < hunk->n_old ? i : 0);

		err = add_succession(j, &j->old.block[old - !hunk->n_old],
				     &j->new.block[hunk->new + i]);
	}
	if (*yes)
		note_differs(j->d, DIFFERS_BOILERPLATE);
	return err;
}

static enum err judge_hunks(struct judge *j, const struct hunk *hunks, size_t n)
{
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < n; i++) {
		bool yes;

		err = judge_stamps(j, &hunks[i], &yes);
		if (!err && !yes)
			err = judge_deploy(j, &hunks[i], &yes);
		j->d->is_news |= !yes;
	}
	return err;
}

/* Marks are not shown: they tell which stamps the frame has, and no more. */
static enum err learn_marks(struct judge *j)
{
	struct hunk hunks[HUNKS_MAX];
	size_t n;
	enum err err = blocks_compare(&j->old_marks, &j->new_marks, hunks, &n);

	for (size_t i = 0; !err && i < n; i++)
		learn_pairs(j, &j->old_marks, &j->new_marks, &hunks[i]);
	return err;
}

static enum err judge(struct judge *j)
{
	struct hunk hunks[HUNKS_MAX];
	size_t n;
	enum err err = blocks_compare(&j->old, &j->new, hunks, &n);

	if (!err)
		err = learn_marks(j);
	if (err)
		return err;
	for (size_t i = 0; !j->has_own && i < j->old.n; i++)
		j->has_own = !is_frame(j, &j->old.block[i]);
	learn_dates(j, hunks, n);
	for (size_t i = 0; i < n; i++)
		learn_pairs(j, &j->old, &j->new, &hunks[i]);
	return judge_hunks(j, hunks, n);
}

static void release(struct judge *j)
{
	blocks_release(&j->old);
	blocks_release(&j->new);
	blocks_release(&j->old_marks);
	blocks_release(&j->new_marks);
	buf_release(&j->left);
	buf_release(&j->right);
}

enum err difference_judge(const struct shown *old, const struct shown *new,
			  const struct boilerplate *boilerplate, struct difference *d)
{
	struct judge j = { .boilerplate = boilerplate, .d = d, .has_words = true };
	enum err err;

	difference_release(d);
	d->differs = DIFFERS_MARKUP;
	err = blocks_split(old->text, old->masked, &j.old);
	if (!err)
		err = blocks_split(new->text, new->masked, &j.new);
	if (!err)
		err = blocks_split(old->marks, old->marks, &j.old_marks);
	if (!err)
		err = blocks_split(new->marks, new->marks, &j.new_marks);
	if (!err)
		err = judge(&j);
	d->is_news |= err == ERR_TOO_LARGE;
	release(&j);
	return err == ERR_TOO_LARGE ? ERR_OK : err;
}

/* ---- sketches: the hash of the marks, then the blocks -------------------------------------------- */

enum err difference_sketch(const struct shown *shown, struct buf *sketch)
{
	struct blocks blocks = { NULL, 0, 0 };
	enum err err = blocks_split(shown->text, shown->masked, &blocks);

	buf_clear(sketch);
	if (!err)
		err = append_id(sketch, hash64(shown->marks));
	if (!err)
		err = blocks_sketch(&blocks, sketch);
	if (err)
		buf_clear(sketch);
	blocks_release(&blocks);
	return err == ERR_TOO_LARGE ? ERR_OK : err;
}

/* ERR_TOO_LARGE: they differ too much for anything but news. */
static enum err judge_sketches(struct judge *j, struct span old, struct span new)
{
	enum err err = blocks_of_sketch(old, &j->old);

	if (!err)
		err = blocks_of_sketch(new, &j->new);
	return err ? err : judge(j);
}

enum err difference_judge_sketches(struct span old, struct span new,
				   const struct boilerplate *boilerplate,
				   struct difference *d, bool *decided)
{
	struct judge j = { .boilerplate = boilerplate, .d = d };
	struct span marks = span_from(old.data, ID_SIZE);
	enum err err;

	*decided = false;
	difference_release(d);
	if (old.len < ID_SIZE || !span_starts_with(new, marks))
		return ERR_OK;
	d->differs = DIFFERS_MARKUP;
	err = judge_sketches(&j, span_from(old.data + ID_SIZE, old.len - ID_SIZE),
			     span_from(new.data + ID_SIZE, new.len - ID_SIZE));
	d->is_news |= err == ERR_TOO_LARGE;
	*decided = (!err || err == ERR_TOO_LARGE) && !j.wants_words;
	release(&j);
	if (!*decided)
		difference_release(d);
	return err == ERR_NOMEM ? err : ERR_OK;
}

/* ---- what is learned of a page ---------------------------------------------------------------------- */

static int compare_id(const void *a, const void *b)
{
	return memcmp(a, b, ID_SIZE);
}

static void sort_distinct(struct buf *ids)
{
	size_t n = ids->len / ID_SIZE, kept = 0;

	if (!n)
		return;
	qsort(ids->data, n, ID_SIZE, compare_id);
	for (size_t i = 0; i < n; i++) {
		const char *id = ids->data + i * ID_SIZE;

		if (kept && memcmp(ids->data + (kept - 1) * ID_SIZE, id, ID_SIZE) == 0)
			continue;
		memmove(ids->data + kept++ * ID_SIZE, id, ID_SIZE);
	}
	ids->len = kept * ID_SIZE;
}

static enum err append_ids(struct span text, size_t head, size_t tail, struct buf *ids)
{
	struct blocks blocks = { NULL, 0, 0 };
	enum err err = blocks_split(text, text, &blocks);

	for (size_t i = 0; !err && i < blocks.n; i++)
		for (int k = 0; !err && (i < head || i + tail >= blocks.n) && k < 2; k++)
			err = append_id(ids, blocks.block[i].id[k]);
	blocks_release(&blocks);
	return err == ERR_TOO_LARGE ? ERR_OK : err;
}

enum err difference_ids(const struct shown *shown, struct buf *ids)
{
	enum err err;

	buf_clear(ids);
	err = append_ids(shown->masked, HEAD_BLOCKS, TAIL_BLOCKS, ids);
	if (!err)
		err = append_ids(shown->marks, MARKS_MAX, 0, ids);
	sort_distinct(ids);
	return err;
}
