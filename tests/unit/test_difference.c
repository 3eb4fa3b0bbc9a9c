#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "crawler/blocks.h"
#include "crawler/difference.h"
#include "crawler/volatile.h"

/* A page's text with what belongs to it. */
struct side {
	struct buf masked;
	struct shown shown;
};

static void make_side(struct side *s, const char *text, const char *marks)
{
	*s = (struct side){ .masked = BUF_INIT };
	assert_int_equal(volatile_mask(span_of(text), &s->masked), ERR_OK);
	s->shown = (struct shown){ span_of(text), buf_span(&s->masked), span_of(marks) };
}

static void learn(struct boilerplate *b, const char *text, const char *marks)
{
	struct buf ids = BUF_INIT;
	struct side s;

	make_side(&s, text, marks);
	assert_int_equal(difference_ids(&s.shown, &ids), ERR_OK);
	assert_int_equal(boilerplate_learn(b, buf_span(&ids)), ERR_OK);
	buf_release(&s.masked);
	buf_release(&ids);
}

#define FRAME_TOP "Home Products Contact us\n1.2.3"
#define FRAME_END "Call 555-1234 for the offers of today\nExample 4.5 Documentation"

/* Twenty pages of one host, each with words of its own. */
static void learn_host(struct boilerplate *b)
{
	char text[400], marks[64];

	boilerplate_init(b);
	for (int i = 0; i < 20; i++) {
		snprintf(text, sizeof(text),
			 FRAME_TOP "\nThe story number %d has its own words\n" FRAME_END,
			 i);
		snprintf(marks, sizeof(marks), "Manual of Example 7.8");
		learn(b, text, marks);
	}
}

/* Do the sketches decide? What they decide is what the words do. */
static bool sketches_decide(const struct side *old, const struct side *new,
			    const struct boilerplate *b,
			    const struct difference *by_words)
{
	struct buf sketch[2] = { BUF_INIT, BUF_INIT };
	struct difference d = { .is_news = false };
	bool decided;

	assert_int_equal(difference_sketch(&old->shown, &sketch[0]), ERR_OK);
	assert_int_equal(difference_sketch(&new->shown, &sketch[1]), ERR_OK);
	assert_int_equal(difference_judge_sketches(buf_span(&sketch[0]),
						   buf_span(&sketch[1]), b, &d, &decided),
			 ERR_OK);
	if (decided) {
		assert_int_equal(d.is_news, by_words->is_news);
		assert_int_equal(d.differs, by_words->differs);
		assert_true(span_equal(buf_span(&d.edits), buf_span(&by_words->edits)) &&
			    span_equal(buf_span(&d.successions),
				       buf_span(&by_words->successions)));
	}
	difference_release(&d);
	buf_release(&sketch[0]);
	buf_release(&sketch[1]);
	return decided;
}

static bool is_news(const struct boilerplate *b, const char *old, const char *new,
		    const char *marks, const char *new_marks, enum differs *differs,
		    struct difference *d)
{
	struct side was, is;

	make_side(&was, old, marks);
	make_side(&is, new, new_marks);
	assert_int_equal(difference_judge(&was.shown, &is.shown, b, d), ERR_OK);
	(void)sketches_decide(&was, &is, b, d);
	buf_release(&was.masked);
	buf_release(&is.masked);
	*differs = d->differs;
	return d->is_news;
}

#define OWN "The story has its own words"

static bool edit_page(struct boilerplate *b, uint64_t page, const char *old,
		      const char *new)
{
	struct difference d = { .is_news = false };
	enum differs differs;
	bool news = is_news(b, old, new, "", "", &differs, &d);

	for (size_t at = 0; at < d.edits.len; at += 8)
		assert_int_equal(
			boilerplate_note_edit(
				b, be64_get((const uint8_t *)d.edits.data + at), page),
			ERR_OK);
	difference_release(&d);
	return news;
}

static const struct {
	const char *why, *old, *new;
	int differs; /* DIFFERS_NONE: it is news */
} rows[] = {
	{ "nothing differs", FRAME_TOP "\n" OWN, FRAME_TOP "\n" OWN, DIFFERS_MARKUP },
	{ "a stamp by itself", FRAME_TOP "\n" OWN,
	  "Home Products Contact us\n1.2.4\n" OWN, DIFFERS_BOILERPLATE },
	{ "a stamp among words, as it is on several pages", OWN "\n" FRAME_END,
	  OWN "\nCall 555-1234 for the offers of today\nExample 4.6 Documentation",
	  DIFFERS_BOILERPLATE },
	{ "the frame's version in prose as well", OWN "\nRun it (4.5)\n" FRAME_END,
	  OWN "\nRun it (4.6)\nCall 555-1234 for the offers of today\n"
	      "Example 4.6 Documentation",
	  DIFFERS_BOILERPLATE },
	{ "the version that only a link's title names", OWN "\nUse Example 7.8 now",
	  OWN "\nUse Example 7.9 now", DIFFERS_VOLATILE },
	{ "a date that the page's own stamp shows, too",
	  OWN "\nDate\n12 May 2026\nLast updated on 12 May 2026",
	  OWN "\nDate\n7 Oct 2026\nLast updated on 7 Oct 2026", DIFFERS_VOLATILE },
	{ "a volatile token", OWN "\nLast updated on 12 May 2026",
	  OWN "\nLast updated on 7 Oct 2026", DIFFERS_VOLATILE },
	/* news */
	{ "a word", FRAME_TOP "\n" OWN, FRAME_TOP "\nThe story has its true words", 0 },
	{ "a stamp and a word", FRAME_TOP "\n" OWN,
	  "Home Products Contact us\n1.2.4\nThe story has its true words", 0 },
	{ "a version that is no stamp", OWN "\nNeeds Other 3.1", OWN "\nNeeds Other 3.2",
	  0 },
	{ "the frame's version became another than the frame's",
	  OWN "\nRun it (4.5)\n" FRAME_END,
	  OWN "\nRun it (4.7)\nCall 555-1234 for the offers of today\n"
	      "Example 4.6 Documentation",
	  0 },
	{ "a price that was the frame's version", OWN "\nIt costs 4.5 CHF\n" FRAME_END,
	  OWN "\nIt costs 4.6 CHF\nCall 555-1234 for the offers of today\n"
	      "Example 4.6 Documentation",
	  0 },
	{ "a large number in the place of a release", FRAME_TOP "\n" OWN,
	  "Home Products Contact us\n1.234.567\n" OWN, 0 },
	{ "a longer version", OWN "\nRun it (4.5.1)\n" FRAME_END,
	  OWN "\nRun it (4.6.1)\nCall 555-1234 for the offers of today\n"
	      "Example 4.6 Documentation",
	  0 },
	{ "a number of the frame that is no version", OWN "\n" FRAME_END,
	  OWN "\nCall 555-9999 for the offers of today\nExample 4.5 Documentation", 0 },
	{ "words of the frame, on one page", FRAME_TOP "\n" OWN,
	  "Home Products Contact them\n1.2.3\n" OWN, 0 },
	{ "something put into the frame", FRAME_TOP "\n" OWN "\n" FRAME_END,
	  FRAME_TOP "\n" OWN "\nCall 555-1234 for the offers of today\nRetracted\n"
		    "Example 4.5 Documentation",
	  0 },
	{ "a block put in", FRAME_TOP "\n" OWN, FRAME_TOP "\n" OWN "\nAnd more", 0 },
	{ "a block taken out", FRAME_TOP "\n" OWN "\nAnd more", FRAME_TOP "\n" OWN, 0 },
	{ "a stamp that is no release, on one page", OWN "\n" FRAME_END,
	  OWN "\nCall 555-1234 for the offers of today\nExample 4.7 Documentation", 0 },
	{ "a price", OWN "\nThe price\n$12.50", OWN "\nThe price\n$13.50", 0 },
	{ "a date without a stamp", OWN "\nThe fair is on 12 May 2026",
	  OWN "\nThe fair is on 7 Oct 2026", 0 },
};

static void stamps_of_the_frame_are_no_news(void **unused)
{
	struct boilerplate b;
	struct difference d = { .is_news = false };

	(void)unused;
	learn_host(&b);
	for (uint64_t page = 0; page < BOILERPLATE_EDIT_PAGES; page++)
		(void)edit_page(&b, page, OWN "\n" FRAME_END,
				OWN "\nCall 555-1234 for the offers of today\n"
				    "Example 4.6 Documentation");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool marked = rows[i].differs == DIFFERS_VOLATILE;
		enum differs differs;
		bool news = is_news(&b, rows[i].old, rows[i].new, "Manual of Example 7.8",
				    marked ? "Manual of Example 7.9"
					   : "Manual of Example 7.8",
				    &differs, &d);

		if (news != (rows[i].differs == DIFFERS_NONE) ||
		    (!news && (int)differs != rows[i].differs))
			fail_msg("%s: news %d, differs %d", rows[i].why, news, differs);
	}
	difference_release(&d);
	boilerplate_release(&b);
}

static void of_a_host_of_few_pages_nothing_is_boilerplate(void **unused)
{
	struct difference d = { .is_news = false };
	struct boilerplate b;
	enum differs differs;

	(void)unused;
	boilerplate_init(&b);
	for (int i = 0; i < BOILERPLATE_PAGES_MIN - 1; i++)
		learn(&b, FRAME_TOP "\n" OWN, "");
	assert_true(is_news(&b, FRAME_TOP "\n" OWN,
			    "Home Products Contact us\n1.2.4\n" OWN, "", "", &differs,
			    &d));
	difference_release(&d);
	boilerplate_release(&b);
}

#define EDITED "Home Products Shop Contact us\n1.2.3\n" OWN

static void an_edit_of_the_frame_is_believed_when_several_pages_had_it(void **unused)
{
	struct boilerplate b;

	(void)unused;
	learn_host(&b);
	for (uint64_t page = 0; page < BOILERPLATE_EDIT_PAGES; page++)
		assert_true(edit_page(&b, page, FRAME_TOP "\n" OWN, EDITED));
	assert_false(edit_page(&b, 7, FRAME_TOP "\n" OWN, EDITED));
	boilerplate_release(&b);
}

static void one_page_makes_no_deploy_by_itself(void **unused)
{
	struct boilerplate b;

	(void)unused;
	learn_host(&b);
	for (int i = 0; i < 10; i++)
		assert_true(edit_page(&b, 5, FRAME_TOP "\n" OWN, EDITED));
	boilerplate_release(&b);
}

/* Each row is of its own boilerplate: "+" a page that had the edit, "-" one that had not, of
 * another number each; "=" the first page again, without it. */
static const struct {
	const char *pages;
	bool is_deploy;
} belief_rows[] = {
	{ "++", false },     { "+++", true },      { "+++-", false },
	{ "++-+", false },   { "+-+-+-+", false }, { "++--++--++--++", false },
	{ "++++++-", true }, { "+++++-", false },  { "++++++++++++-+-", true },
	{ "+++====", true }, { "-+++", true },     { "+++-+++", true },
};

static void a_page_without_an_edit_speaks_against_a_deploy(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(belief_rows); i++) {
		const char *pages = belief_rows[i].pages;
		struct boilerplate b;

		boilerplate_init(&b);
		for (uint64_t k = 0; pages[k]; k++) {
			if (pages[k] == '+')
				assert_int_equal(boilerplate_note_edit(&b, 77, k),
						 ERR_OK);
			else
				boilerplate_doubt(&b, SPAN(""), pages[k] == '=' ? 0 : k);
		}
		if (boilerplate_is_deploy(&b, 77) != belief_rows[i].is_deploy)
			fail_msg("%s", pages);
		boilerplate_release(&b);
	}
}

static void of_many_pages_more_must_have_had_an_edit(void **unused)
{
	static const struct {
		uint16_t n_pages;
		int n_needed;
	} hosts[] = { { 8, 3 }, { 31, 3 }, { 40, 5 }, { 64, 8 }, { 500, 8 } };

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		struct boilerplate b;

		boilerplate_init(&b);
		b.n_pages = hosts[i].n_pages;
		for (int k = 0; k < hosts[i].n_needed; k++) {
			assert_false(boilerplate_is_deploy(&b, 77));
			assert_int_equal(boilerplate_note_edit(&b, 77, (uint64_t)k),
					 ERR_OK);
		}
		assert_true(boilerplate_is_deploy(&b, 77));
		boilerplate_release(&b);
	}
}

/* Pages of one and the same words: what they say is not their frame. */
static void a_page_that_is_all_frame_has_its_news_there(void **unused)
{
	struct difference d = { .is_news = false };
	struct boilerplate b;
	enum differs differs;

	(void)unused;
	boilerplate_init(&b);
	for (int i = 0; i < 20; i++)
		learn(&b, "All pages of this host say this", "");
	for (int i = 0; i < 20; i++)
		assert_true(is_news(&b, "All pages of this host say this",
				    "All pages of this host say that", "", "", &differs,
				    &d));
	assert_int_equal(d.edits.len, 0);
	difference_release(&d);
	boilerplate_release(&b);
}

static void what_takes_the_place_of_boilerplate_is_boilerplate(void **unused)
{
	struct difference d = { .is_news = false };
	struct boilerplate b;
	enum differs differs;
	char old[200] = FRAME_TOP "\n" OWN, new[200];

	(void)unused;
	learn_host(&b);
	for (int version = 4; version < 50; version++) {
		snprintf(new, sizeof(new), "Home Products Contact us\n1.2.%d\n" OWN,
			 version);
		assert_false(is_news(&b, old, new, "", "", &differs, &d));
		assert_int_equal(d.successions.len, 32);
		for (size_t at = 0; at < d.successions.len; at += 16) {
			const uint8_t *ids = (const uint8_t *)d.successions.data + at;

			assert_int_equal(
				boilerplate_succeed(&b, be64_get(ids), be64_get(ids + 8)),
				ERR_OK);
		}
		snprintf(old, sizeof(old), "%s", new);
	}
	difference_release(&d);
	boilerplate_release(&b);
}

/* However many pages a host has, and whatever stands on them. */
static void what_is_learned_stays_small(void **unused)
{
	struct buf ids = BUF_INIT, record = BUF_INIT;
	struct boilerplate b, back;
	struct side s;
	char line[64];

	(void)unused;
	boilerplate_init(&b);
	boilerplate_init(&back);
	for (int page = 0; page < 2000; page++) {
		struct buf text = BUF_INIT;

		for (int i = 0; i < 500; i++) {
			snprintf(line, sizeof(line), "A block of some words %d\n",
				 i < 10 ? i : page / 3 * 1000 + i);
			assert_int_equal(buf_append_text(&text, line), ERR_OK);
		}
		make_side(&s, buf_text(&text), "");
		assert_int_equal(difference_ids(&s.shown, &ids), ERR_OK);
		assert_int_equal(boilerplate_learn(&b, buf_span(&ids)), ERR_OK);
		buf_release(&s.masked);
		buf_release(&text);
	}
	assert_int_equal(boilerplate_encode(&b, &record), ERR_OK);
	assert_in_range(record.len, 100, 6000);
	assert_int_equal(boilerplate_decode(buf_span(&record), &back), ERR_OK);
	assert_int_equal(back.n_pages, b.n_pages);
	boilerplate_release(&b);
	boilerplate_release(&back);
	buf_release(&ids);
	buf_release(&record);
}

/* Each letter is a block. */
static const struct {
	const char *why, *old, *new, *new_marks;
	bool decided;
} sketch_rows[] = {
	{ "news of the page's own", FRAME_TOP "\n" OWN, FRAME_TOP "\nOther words of it",
	  "Manual", true },
	{ "regrouped, put in, taken out", FRAME_TOP "\n" OWN "\nAnd more",
	  "And more\n" OWN "\nAnd then\n" FRAME_TOP, "Manual", true },
	{ "nothing", FRAME_TOP "\n" OWN, FRAME_TOP "\n" OWN, "Manual", true },
	{ "all of it", FRAME_TOP "\n" OWN, "", "Manual", true },
	{ "a block of the frame", FRAME_TOP "\n" OWN, "Home Products\n1.2.3\n" OWN,
	  "Manual", false },
	{ "a volatile token", OWN "\nLast updated on 12 May 2026",
	  "Other words of it\nLast updated on 7 Oct 2026", "Manual", false },
	{ "a mark", FRAME_TOP "\n" OWN, FRAME_TOP "\nOther words of it", "Manual 2.0",
	  false },
};

static void sketches_decide_where_no_words_are_wanted(void **unused)
{
	struct boilerplate b;
	struct difference d = { .is_news = false };

	(void)unused;
	learn_host(&b);
	for (size_t i = 0; i < ARRAY_SIZE(sketch_rows); i++) {
		struct side old, new;

		make_side(&old, sketch_rows[i].old, "Manual");
		make_side(&new, sketch_rows[i].new, sketch_rows[i].new_marks);
		assert_int_equal(difference_judge(&old.shown, &new.shown, &b, &d),
				 ERR_OK);
		if (sketches_decide(&old, &new, &b, &d) != sketch_rows[i].decided)
			fail_msg("%s", sketch_rows[i].why);
		buf_release(&old.masked);
		buf_release(&new.masked);
	}
	difference_release(&d);
	boilerplate_release(&b);
}

static void a_damaged_sketch_decides_nothing(void **unused)
{
	struct difference d = { .is_news = false };
	struct buf sketch = BUF_INIT;
	struct boilerplate b;
	struct side side;
	bool decided;

	(void)unused;
	boilerplate_init(&b);
	make_side(&side, OWN "\nLast updated on 12 May 2026\n30", "Manual");
	assert_int_equal(difference_sketch(&side.shown, &sketch), ERR_OK);
	for (size_t len = 0; len < sketch.len; len++) {
		struct span cut = span_from(sketch.data, len);
		bool is_whole = len == 8 || len == 17 || len == 34;

		assert_int_equal(difference_judge_sketches(cut, buf_span(&sketch), &b, &d,
							   &decided),
				 ERR_OK);
		assert_int_equal(decided, is_whole);
	}
	sketch.data[8] = '\x04'; /* no block says that of itself */
	assert_int_equal(difference_judge_sketches(buf_span(&sketch), buf_span(&sketch),
						   &b, &d, &decided),
			 ERR_OK);
	assert_false(decided);
	difference_release(&d);
	buf_release(&sketch);
	buf_release(&side.masked);
	boilerplate_release(&b);
}

static const struct {
	const char *old, *new;
	size_t n_hunks, n_old, n_new; /* in all */
} hunk_rows[] = {
	{ "abc", "abc", 0, 0, 0 },        { "", "", 0, 0, 0 },
	{ "", "abc", 1, 0, 3 },           { "abc", "", 1, 3, 0 },
	{ "abc", "axc", 1, 1, 1 },        { "abcdef", "xbcdey", 2, 2, 2 },
	{ "abcabba", "cbabac", 4, 3, 2 }, { "aaaa", "aaa", 1, 1, 0 },
	{ "abcd", "dcba", 2, 3, 3 },
};

static void texts_are_compared_by_the_fewest_blocks(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(hunk_rows); i++) {
		const char *texts[2] = { hunk_rows[i].old, hunk_rows[i].new };
		struct blocks blocks[2] = { { NULL, 0, 0 }, { NULL, 0, 0 } };
		char lines[2][64] = { "", "" };
		struct hunk hunks[HUNKS_MAX];
		size_t n, n_old = 0, n_new = 0;

		for (int side = 0; side < 2; side++) {
			for (size_t k = 0; texts[side][k]; k++) {
				lines[side][2 * k] = texts[side][k];
				lines[side][2 * k + 1] = texts[side][k + 1] ? '\n' : '\0';
			}
			assert_int_equal(blocks_split(span_of(lines[side]),
						      span_of(lines[side]),
						      &blocks[side]),
					 ERR_OK);
		}
		assert_int_equal(blocks_compare(&blocks[0], &blocks[1], hunks, &n),
				 ERR_OK);
		for (size_t h = 0; h < n; h++) {
			n_old += hunks[h].n_old;
			n_new += hunks[h].n_new;
		}
		if (n > hunk_rows[i].n_hunks || n_old != hunk_rows[i].n_old ||
		    n_new != hunk_rows[i].n_new)
			fail_msg("'%s' to '%s': %zu hunks, %zu old, %zu new", texts[0],
				 texts[1], n, n_old, n_new);
		blocks_release(&blocks[0]);
		blocks_release(&blocks[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stamps_of_the_frame_are_no_news),
		cmocka_unit_test(of_a_host_of_few_pages_nothing_is_boilerplate),
		cmocka_unit_test(
			an_edit_of_the_frame_is_believed_when_several_pages_had_it),
		cmocka_unit_test(one_page_makes_no_deploy_by_itself),
		cmocka_unit_test(a_page_without_an_edit_speaks_against_a_deploy),
		cmocka_unit_test(of_many_pages_more_must_have_had_an_edit),
		cmocka_unit_test(a_page_that_is_all_frame_has_its_news_there),
		cmocka_unit_test(what_takes_the_place_of_boilerplate_is_boilerplate),
		cmocka_unit_test(what_is_learned_stays_small),
		cmocka_unit_test(sketches_decide_where_no_words_are_wanted),
		cmocka_unit_test(a_damaged_sketch_decides_nothing),
		cmocka_unit_test(texts_are_compared_by_the_fewest_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
