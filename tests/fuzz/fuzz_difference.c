/* fuzz_difference.c - hunks make the new text of the old one; a text is no news to itself. */
#include "tests/fuzz/fuzz.h"

#include "crawler/blocks.h"
#include "crawler/difference.h"
#include "crawler/html.h"
#include "crawler/volatile.h"

#define N_PAGES 9 /* as many as prove what the host repeats */
FUZZ_PASSES(difference, 2 * N_PAGES)

static void require_same(const struct blocks *old, uint32_t from, uint32_t end,
			 const struct blocks *new, uint32_t at)
{
	for (; from < end; from++, at++)
		FUZZ_REQUIRE(span_equal(old->block[from].masked, new->block[at].masked));
}

static bool split(const struct shown *shown, struct blocks *blocks)
{
	enum err err = blocks_split(shown->text, shown->masked, blocks);

	FUZZ_REQUIRE(!err || (err == ERR_TOO_LARGE && blocks->n <= BLOCKS_MAX));
	return !err;
}

/* False: one of them has too many blocks to be compared. */
static bool check_hunks(const struct shown *old, const struct shown *new)
{
	struct blocks a = { NULL, 0, 0 }, b = { NULL, 0, 0 };
	struct hunk hunks[HUNKS_MAX];
	uint32_t at_old = 0, at_new = 0;
	size_t n = 0;
	bool comparable = split(old, &a) && split(new, &b);

	if (comparable && !blocks_compare(&a, &b, hunks, &n)) {
		for (size_t i = 0; i < n; i++) {
			FUZZ_REQUIRE(hunks[i].old - at_old == hunks[i].new - at_new);
			require_same(&a, at_old, hunks[i].old, &b, at_new);
			at_old = hunks[i].old + hunks[i].n_old;
			at_new = hunks[i].new + hunks[i].n_new;
		}
		FUZZ_REQUIRE(a.n - at_old == b.n - at_new);
		require_same(&a, at_old, (uint32_t)a.n, &b, at_new);
	}
	blocks_release(&a);
	blocks_release(&b);
	return comparable;
}

/* What sketches decide is what the words would have decided. */
static void check_sketches(const struct shown *old, const struct shown *new,
			   const struct boilerplate *b, const struct difference *by_words)
{
	struct buf sketch[2] = { BUF_INIT, BUF_INIT };
	struct difference d = { .is_news = false };
	bool decided;

	FUZZ_REQUIRE(!difference_sketch(old, &sketch[0]));
	FUZZ_REQUIRE(!difference_sketch(new, &sketch[1]));
	FUZZ_REQUIRE(!difference_judge_sketches(buf_span(&sketch[0]),
						buf_span(&sketch[1]), b, &d, &decided));
	FUZZ_REQUIRE(
		!decided ||
		(d.is_news == by_words->is_news && d.differs == by_words->differs &&
		 span_equal(buf_span(&d.successions), buf_span(&by_words->successions)) &&
		 span_equal(buf_span(&d.edits), buf_span(&by_words->edits))));
	difference_release(&d);
	buf_release(&sketch[0]);
	buf_release(&sketch[1]);
}

/* Two texts, and marks that both have, NUL between them. */
FUZZ_TARGET(difference)
{
	struct span rest = input, old_text = span_cut(&rest, '\0');
	struct span new_text = span_cut(&rest, '\0');
	struct span marks = span_from(
		rest.data, rest.len < HTML_MARKS_MAX ? rest.len : HTML_MARKS_MAX);
	struct buf masked[2] = { BUF_INIT, BUF_INIT }, ids = BUF_INIT;
	struct difference d = { .is_news = false };
	struct boilerplate b;
	struct shown old, new;
	bool comparable;

	boilerplate_init(&b);
	FUZZ_REQUIRE(!volatile_mask(old_text, &masked[0]));
	FUZZ_REQUIRE(!volatile_mask(new_text, &masked[1]));
	old = (struct shown){ old_text, buf_span(&masked[0]), marks };
	new = (struct shown){ new_text, buf_span(&masked[1]), marks };
	comparable = check_hunks(&old, &new);
	for (int i = 0; i < N_PAGES; i++) {
		FUZZ_REQUIRE(!difference_ids(i == 4 ? &new : &old, &ids));
		FUZZ_REQUIRE(!boilerplate_learn(&b, buf_span(&ids)));
	}
	FUZZ_REQUIRE(!difference_judge(&old, &new, &b, &d));
	check_sketches(&old, &new, &b, &d);
	FUZZ_REQUIRE(d.successions.len % 16 == 0 && d.edits.len % 8 == 0);
	FUZZ_REQUIRE(!difference_judge(&old, &old, &b, &d));
	FUZZ_REQUIRE(!comparable || !d.is_news);
	difference_release(&d);
	boilerplate_release(&b);
	buf_release(&masked[0]);
	buf_release(&masked[1]);
	buf_release(&ids);
}
