#include "tests/scratch_visits.h"

#include <stdio.h>

#include "tests/unit/unit.h"

/* One visit as the loop records it: body, headers, history, change, page, counters. */
void scratch_visit(struct scratch *s, int i)
{
	static const struct digest none;
	struct digest old;
	char body[64];
	struct visit visit = { .verdict = VERDICT_CHANGED };

	scratch_load(s, i, &s->page);
	old = s->page.has_body ? s->page.digest : none;
	s->page.verdict = VERDICT_CHANGED;
	s->page.version++;
	s->page.n_visits++;
	s->page.position.order_ms++;
	/* Some bodies are shared, and come back. */
	snprintf(body, sizeof(body), "body %u", s->page.version % 3);
	scratch_swap_body(s, &s->page, &old, span_of(body));
	must(store_put_headers(s->store, &s->page.key, 0, span_of(body)), "headers");
	visit.cursor = scratch_append_change(s, &s->page);
	visit.version = s->page.version;
	must(store_append_visit(s->store, &s->page.key, &visit), "visit");
	scratch_put(s, &s->page);
	store_count(s->store, COUNT_VERDICT_CHANGED, 1, s->now_ms);
}

void scratch_must_be_whole(struct scratch *s, int n_pages, uint64_t safe)
{
	struct visit visits[HISTORY_MAX];
	struct store_walk *walk;
	struct change change;
	uint64_t next = 1;
	size_t n;

	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
	assert_true(store_last_cursor(s->store) >= safe);
	change_init(&change);
	must(store_walk_changes(s->store, 0, &walk), "walk");
	while (!store_walk_change(walk, &change))
		assert_int_equal(change.cursor, next++); /* none lost, none twice */
	store_walk_end(walk);
	change_release(&change);
	assert_int_equal(next, store_last_cursor(s->store) + 1);
	assert_int_equal(store_totals(s->store)->n[COUNT_VERDICT_CHANGED], next - 1);
	for (int i = 0; i < n_pages; i++) {
		scratch_load(s, i, &s->page);
		must(store_get_history(s->store, &s->page.key, visits, &n), "history");
		assert_int_equal(n, s->page.version < HISTORY_MAX ? s->page.version
								  : HISTORY_MAX);
		if (n)
			assert_int_equal(visits[n - 1].cursor, s->page.change_cursor);
		if (n)
			assert_int_equal(visits[n - 1].version, s->page.version);
	}
}
