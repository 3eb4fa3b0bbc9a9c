/* fuzz_difference.c - two texts, the first of which is the host's frame; rules and records. */
#include "tests/fuzz/fuzz.h"

#include "crawler/charset.h"
#include "crawler/difference.h"
#include "crawler/ignore.h"
#include "crawler/text.h"
#include "crawler/volatile.h"

struct side {
	struct buf scratch, text, masked;
	struct shown shown;
};

static void make_side(struct side *s, struct span input)
{
	struct text_writer writer = { .out = &s->text };
	struct span utf8;

	FUZZ_REQUIRE(!charset_decode(input, SPAN("utf-8"), false, &s->scratch, &utf8));
	FUZZ_REQUIRE(!text_add_lines(&writer, utf8));
	FUZZ_REQUIRE(!volatile_mask(buf_span(&s->text), &s->masked));
	s->shown = (struct shown){ buf_span(&s->text), buf_span(&s->masked),
				   buf_span(&s->text) };
}

static void free_side(struct side *s)
{
	buf_release(&s->scratch);
	buf_release(&s->text);
	buf_release(&s->masked);
}

/* Whatever bytes a record has, it is refused or can be used. */
static void require_record(struct span input)
{
	struct boilerplate b;
	uint8_t id[8] = { 1 };

	boilerplate_init(&b);
	if (!boilerplate_decode(input, &b)) {
		FUZZ_REQUIRE(!boilerplate_learn(&b, span_from(id, sizeof(id))));
		FUZZ_REQUIRE(!boilerplate_note_edit(&b, 1, 2));
		FUZZ_REQUIRE(!boilerplate_succeed(&b, 1, 2));
	}
	boilerplate_release(&b);
}

FUZZ_TARGET(difference)
{
	struct side old = { .text = BUF_INIT }, new = { .text = BUF_INIT };
	struct difference d = { .is_news = false };
	struct boilerplate b;
	struct buf ids = BUF_INIT;
	struct ignore_rule rules[IGNORE_RULES_MAX];
	struct span rest = input;

	require_record(input);
	(void)ignore_parse_lines(input, rules);
	boilerplate_init(&b);
	make_side(&old, span_cut(&rest, '\0'));
	make_side(&new, rest);
	FUZZ_REQUIRE(!difference_ids(&old.shown, &ids));
	FUZZ_REQUIRE(ids.len <= BOILERPLATE_PAGE_MAX * 8);
	for (int i = 0; i < BOILERPLATE_PAGES_MIN + 2; i++)
		FUZZ_REQUIRE(!boilerplate_learn(&b, buf_span(&ids)));
	FUZZ_REQUIRE(!difference_judge(&old.shown, &old.shown, &b, &d));
	FUZZ_REQUIRE(!d.is_news && d.differs == DIFFERS_MARKUP);
	FUZZ_REQUIRE(!difference_judge(&old.shown, &new.shown, &b, &d));
	FUZZ_REQUIRE(d.successions.len % 16 == 0 && d.edits.len % 8 == 0);
	difference_release(&d);
	boilerplate_release(&b);
	buf_release(&ids);
	free_side(&old);
	free_side(&new);
}
