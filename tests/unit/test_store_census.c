/* test_store_census.c - the census is what the records say, whatever happens to them. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "store/base/clock.h"
#include "store/internal.h"
#include "tests/scratch_store.h"

#define N_PAGES 60
#define NOW (INT64_C(1790000000) * 1000)

static uint32_t drawn;

static uint32_t draw(uint32_t n)
{
	drawn = drawn * 1664525 + 1013904223;
	return (drawn >> 8) % n;
}

/* Everything that the census looks at, to the edges of what a record can hold. */
static void make_up(struct page *page)
{
	static const float floats[] = { 0, -1, 1, 0.3F, 7, 1e-20F, 1e20F };
	static const uint32_t rates[] = { 0, 1, 3, 20000, 70000, 5000000, 4000000000 };
	static const struct span tags[] = { { "", 0 }, { "\"a\"", 3 }, { "W/\"a\"", 5 } };

	page->verdict = (uint8_t)draw(N_VERDICTS);
	page->held = (uint8_t)(draw(9) ? HOLD_NONE : HOLD_GONE);
	page->version = draw(3);
	page->indexed_version = page->version ? draw(page->version + 1) : 0;
	page->n_visits = draw(3);
	page->n_changes = draw(1000);
	page->n_noisy = draw(10);
	page->http_status = (uint16_t)(draw(2) ? 304 : draw(65536));
	page->weight = floats[draw(ARRAY_SIZE(floats))];
	page->rate_a = floats[draw(ARRAY_SIZE(floats))];
	page->told_recall = floats[draw(ARRAY_SIZE(floats))];
	page->told_doubt = floats[draw(ARRAY_SIZE(floats))];
	page->rate_micro = rates[draw(ARRAY_SIZE(rates))];
	page->last_verified_at_ms = draw(8) ? NOW - draw(1 << 24) * INT64_C(1000) : 0;
	page->next_visit_at_ms = draw(8) ? NOW + draw(1 << 24) * INT64_C(1000) : 0;
	if (!draw(50))
		page->last_verified_at_ms = page->next_visit_at_ms = INT64_MAX;
	if (!draw(50))
		page->last_verified_at_ms = page->next_visit_at_ms = INT64_MIN;
	must(buf_set(&page->etag, tags[draw(ARRAY_SIZE(tags))]), "etag");
}

static void load_or_make(struct scratch *s, int i)
{
	struct page_key key;

	scratch_page(s, i, &s->page);
	key = s->page.key;
	if (store_get_page(s->store, &key, &s->page) == ERR_NOT_FOUND)
		scratch_page(s, i, &s->page);
}

static void happen(struct scratch *s)
{
	load_or_make(s, (int)draw(N_PAGES));
	if (!s->host)
		must(store_acquire_host(s->store, &s->page.key.host,
					SPAN("http://h.example"), &s->host),
		     "host");
	if (s->page.stored.exists && !draw(6)) {
		must(store_delete_page(s->store, &s->page, s->host), "delete");
		return;
	}
	make_up(&s->page);
	scratch_put(s, &s->page);
	if (!draw(4)) { /* the same copy, once more */
		make_up(&s->page);
		scratch_put(s, &s->page);
	}
}

static void the_sums_follow_the_records(void **state)
{
	struct scratch *s = *state;
	struct store *reader;

	drawn = 20261126;
	for (int i = 0; i < 3000; i++) {
		happen(s);
		if (draw(100) == 0)
			must(store_commit(s->store), "commit");
		if (draw(600) == 0) { /* what was pending is lost */
			scratch_reopen(s);
		}
		if (draw(300) == 0) {
			must(store_commit(s->store), "commit");
			assert_int_equal(scratch_n_differences(s->store, NULL), 0);
			reader = scratch_open_reader(s);
			assert_int_equal(scratch_n_differences(reader, NULL), 0);
			store_close(reader);
		}
	}
}

static size_t n_cells(struct store *store)
{
	struct census_place place = { .started = false };
	const struct census *census;
	struct census_cell cell;
	size_t n = 0;

	must(store_census(store, &census), "census");
	while (census_next(census, &place, &cell))
		n++;
	return n;
}

static void what_is_forgotten_leaves_nothing(void **state)
{
	struct scratch *s = *state;
	uint8_t block[CENSUS_KEY_SIZE];
	struct store_walk *walk;
	struct span key, value;

	drawn = 1;
	for (int i = 0; i < 200; i++)
		happen(s);
	for (int i = 0; i < N_PAGES; i++) {
		load_or_make(s, i);
		if (s->page.stored.exists)
			must(store_delete_page(s->store, &s->page, s->host), "delete");
	}
	must(store_commit(s->store), "commit");
	assert_int_equal(n_cells(s->store), 0);
	assert_false(census_changed(s->store->census, block));
	must(store_walk_new(s->store, FAMILY_META, SPAN("t:"), SPAN("t:"), &walk),
	     "walk");
	assert_int_equal(store_walk_next(walk, &key, &value), ERR_NOT_FOUND);
	store_walk_end(walk);
}

/* The key of some block that is stored. */
static void find_block(struct scratch *s, struct buf *name)
{
	struct store_walk *walk;
	struct span key, value;

	must(store_walk_new(s->store, FAMILY_META, SPAN("t:"), SPAN("t:"), &walk),
	     "walk");
	must(store_walk_next(walk, &key, &value), "block");
	must(buf_set(name, key), "key");
	store_walk_end(walk);
}

static void put_raw(struct scratch *s, struct span key, struct span value)
{
	must(store_put(s->store, FAMILY_META, key, value, false), "put");
	must(store_commit(s->store), "commit");
}

/* What the reader, who sees what is stored, has to say. */
static uint64_t differences(struct scratch *s, struct why *last)
{
	struct store *reader = scratch_open_reader(s);
	uint64_t n = scratch_n_differences(reader, last);

	store_close(reader);
	return n;
}

static void a_wrong_sum_is_named_and_mended(void **state)
{
	struct scratch *s = *state;
	struct buf name = BUF_INIT;
	struct why last = { "" };

	scratch_add_pages(s, 5);
	find_block(s, &name);
	put_raw(s, buf_span(&name), SPAN("\x05\x02"));
	assert_true(differences(s, &last) > 0);
	assert_non_null(strstr(last.text, "census, "));
	scratch_reopen(s); /* loads the wrong sum */
	assert_true(scratch_n_differences(s->store, NULL) > 0);
	must(store_recount(s->store), "recount");
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
	assert_int_equal(differences(s, NULL), 0);
	buf_release(&name);
}

/* A damaged block, a key that is none, another way of counting, none at all: each is
 * counted anew as the store is opened to be written. */
static void what_does_not_decode_is_counted_anew(void **state)
{
	struct scratch *s = *state;
	struct buf name = BUF_INIT;
	const struct census *census;
	struct store *reader;

	scratch_add_pages(s, 5);
	find_block(s, &name);
	for (int trouble = 0; trouble < 4; trouble++) {
		if (trouble == 0)
			put_raw(s, buf_span(&name), SPAN("\xff\xff"));
		else if (trouble == 1)
			put_raw(s, SPAN("t:?"), SPAN("\x01\x01"));
		else if (trouble == 2)
			put_raw(s, SPAN("census"), SPAN("\x63"));
		else
			must(store_delete(s->store, FAMILY_META, SPAN("census"), false),
			     "delete");
		must(store_commit(s->store), "commit");
		reader = scratch_open_reader(s);
		assert_int_equal(store_census(reader, &census),
				 trouble < 2 ? ERR_CORRUPT : ERR_NOT_FOUND);
		assert_int_equal(scratch_n_differences(reader, NULL), trouble < 2);
		store_close(reader);
		scratch_reopen(s);
		assert_int_equal(scratch_n_differences(s->store, NULL), 0);
		assert_int_equal(differences(s, NULL), 0);
	}
	buf_release(&name);
}

/* Format 1 had none. */
static void an_older_store_is_counted_once(void **state)
{
	struct scratch *s = *state;
	struct buf format = BUF_INIT;

	scratch_add_pages(s, 5);
	must(store_delete(s->store, FAMILY_META, SPAN("census"), false), "delete");
	put_raw(s, SPAN("format"), SPAN("\x01"));
	assert_int_equal(differences(s, NULL), 0); /* it has no sums to be wrong */
	scratch_reopen(s);
	assert_true(n_cells(s->store) > 0);
	must(store_read(s->store, FAMILY_META, SPAN("format"), &format), "format");
	assert_int_equal(format.data[0], STORE_FORMAT);
	assert_int_equal(differences(s, NULL), 0);
	buf_release(&format);
}

/* A record that cannot be read is in no sum, and stops nobody. */
static void a_damaged_page_is_not_counted(void **state)
{
	struct scratch *s = *state;
	uint8_t key[PAGE_KEY_SIZE];

	scratch_add_pages(s, 5);
	scratch_load(s, 1, &s->page);
	page_key_encode(&s->page.key, key);
	must(store_put(s->store, FAMILY_PAGE, span_from(key, sizeof(key)),
		       SPAN("\x01\xff"), false),
	     "put");
	must(store_recount(s->store), "recount");
	scratch_reopen(s);
	assert_int_equal(n_cells(s->store), 2); /* seen and unfetched: the other four */
}

int main(void)
{
#define with_store(test) \
	cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
	const struct CMUnitTest tests[] = {
		with_store(the_sums_follow_the_records),
		with_store(what_is_forgotten_leaves_nothing),
		with_store(a_wrong_sum_is_named_and_mended),
		with_store(what_does_not_decode_is_counted_anew),
		with_store(an_older_store_is_counted_once),
		with_store(a_damaged_page_is_not_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
