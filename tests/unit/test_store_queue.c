/* test_store_queue.c - who waits for a visit, and in which order. */
#include "tests/unit/unit.h"

#include <math.h>

#include "store/internal.h"
#include "tests/scratch_store.h"

#define MANY 40

static struct queue_entry entries[MANY];

static size_t read_queue(struct scratch *s, uint16_t class, int64_t from_ms,
			 const struct page_key *from, size_t max)
{
	size_t n;

	must(store_read_queue(s->store, class, from_ms, from, entries, max, &n), "queue");
	return n;
}

/* Puts page i into a class and order of its own, and commits. */
static void place(struct scratch *s, int i, uint16_t class, int64_t order_ms)
{
	scratch_load(s, i, &s->page);
	s->page.position = (struct queue_position){ .class = class,
						    .order_ms = order_ms,
						    .queued = true };
	scratch_put(s, &s->page);
	must(store_commit(s->store), "commit");
}

static void keys_sort_by_class_then_order_then_page(void **unused)
{
	static const struct queue_position rows[] = {
		{ .class = 0, .order_ms = -5 }, /* counts as 0 */
		{ .class = 0, .order_ms = 1 },
		{ .class = 0, .order_ms = INT64_MAX },
		{ .class = 1, .order_ms = 0 },
		{ .class = 256, .order_ms = 0 },
		{ .class = UINT16_MAX, .order_ms = 255 },
		{ .class = UINT16_MAX, .order_ms = 256 },
	};
	uint8_t before[QUEUE_KEY_SIZE], key[QUEUE_KEY_SIZE];
	uint8_t parked_before[PARKED_KEY_SIZE], parked[PARKED_KEY_SIZE];

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct queue_entry entry = {
			.key = { { 7, 9 }, 0xfedcba9876543210 },
			.position = rows[i],
		};
		struct queue_entry back;

		queue_key_encode(&entry, key);
		parked_key_encode(&entry, parked);
		if (i) {
			assert_true(memcmp(before, key, sizeof(key)) < 0);
			assert_true(memcmp(parked_before, parked, sizeof(parked)) < 0);
		}
		memcpy(before, key, sizeof(key));
		memcpy(parked_before, parked, sizeof(parked));
		must(queue_key_decode(span_from(key, sizeof(key)), &back), "decode");
		assert_true(page_key_equal(&back.key, &entry.key));
		assert_true(back.position.queued && !back.position.parked);
		must(parked_key_decode(span_from(parked, sizeof(parked)), &back),
		     "decode");
		assert_true(page_key_equal(&back.key, &entry.key));
		assert_true(back.position.queued && back.position.parked);
		assert_int_equal(back.position.class, rows[i].class);
	}
	assert_int_equal(queue_key_decode(span_from(key, 26), entries), ERR_CORRUPT);
	assert_int_equal(parked_key_decode(span_from(key, 26), entries), ERR_CORRUPT);
}

static void first_due_is_first_out(void **state)
{
	struct scratch *s = *state;

	scratch_add_pages(s, MANY);
	place(s, 7, 0, s->now_ms - 1000);
	place(s, 3, 0, s->now_ms + 100000);
	assert_int_equal(read_queue(s, 0, 0, NULL, MANY), MANY);
	scratch_load(s, 7, &s->page);
	assert_true(page_key_equal(&entries[0].key, &s->page.key));
	scratch_load(s, 3, &s->page);
	assert_true(page_key_equal(&entries[MANY - 1].key, &s->page.key));
	for (int i = 1; i < MANY; i++)
		assert_true(entries[i - 1].position.order_ms <=
			    entries[i].position.order_ms);
}

static void reading_goes_on_behind_the_last_entry(void **state)
{
	struct scratch *s = *state;
	struct queue_entry last;
	size_t n = 0, got;

	scratch_add_pages(s, MANY);
	for (int i = 0; i < 6; i++) /* of one instant: the key decides */
		place(s, i, 0, s->now_ms);
	last = (struct queue_entry){ .position = { .order_ms = 0 } };
	while ((got = read_queue(s, 0, last.position.order_ms, n ? &last.key : NULL,
				 3))) {
		for (size_t i = 0; i < got; i++)
			if (n || i)
				assert_false(page_key_equal(&entries[i].key, &last.key));
		last = entries[got - 1];
		n += got;
	}
	assert_int_equal(n, MANY);
}

static void classes_are_apart(void **state)
{
	struct scratch *s = *state;
	uint16_t found;

	scratch_add_pages(s, 3);
	place(s, 1, 5, 10);
	place(s, 2, 900, 5);
	assert_int_equal(read_queue(s, 0, 0, NULL, MANY), 1);
	assert_int_equal(read_queue(s, 5, 0, NULL, MANY), 1);
	assert_int_equal(read_queue(s, 6, 0, NULL, MANY), 0);
	must(store_next_class(s->store, 1, &found), "class");
	assert_int_equal(found, 5);
	must(store_next_class(s->store, 6, &found), "class");
	assert_int_equal(found, 900);
	assert_int_equal(store_next_class(s->store, 901, &found), ERR_NOT_FOUND);
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
}

static void a_frozen_queue_stays_until_it_thaws(void **state)
{
	struct scratch *s = *state;

	scratch_add_pages(s, 3);
	store_freeze_queue(s->store);
	place(s, 0, 0, s->now_ms + 5000);
	scratch_load(s, 1, &s->page);
	must(store_delete_page(s->store, &s->page, s->host), "delete");
	must(store_commit(s->store), "commit");
	assert_int_equal(read_queue(s, 0, 0, NULL, MANY), 3);
	assert_true(entries[0].position.order_ms == s->now_ms);
	store_thaw_queue(s->store);
	assert_int_equal(read_queue(s, 0, 0, NULL, MANY), 2);
	assert_true(entries[1].position.order_ms == s->now_ms + 5000);
	store_freeze_queue(s->store); /* closing lets go of it */
}

static void parked_pages_wait_with_their_host(void **state)
{
	struct scratch *s = *state;
	struct host_key host, other = { 0, 1 }, found;

	scratch_add_pages(s, 10);
	assert_int_equal(store_next_parked_host(s->store, NULL, &found), ERR_NOT_FOUND);
	assert_int_equal(read_queue(s, 0, 0, NULL, 4), 4);
	for (int i = 0; i < 4; i++)
		must(store_park(s->store, &entries[i]), "park");
	host = entries[0].key.host;
	must(store_commit(s->store), "commit");
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
	assert_int_equal(scratch_read_parked(s, &other, entries, MANY), 0);
	assert_int_equal(scratch_read_parked(s, &host, entries, 3), 3);
	assert_int_equal(scratch_read_parked(s, &host, entries, MANY), 4);
	for (int i = 0; i < 4; i++)
		assert_int_equal(entries[i].position.order_ms, s->now_ms + i);
	must(store_next_parked_host(s->store, NULL, &found), "host");
	assert_true(host_key_equal(&found, &host));
	assert_int_equal(store_next_parked_host(s->store, &host, &found), ERR_NOT_FOUND);
	assert_int_equal(read_queue(s, 0, 0, NULL, MANY), 6);
}

static void an_entry_has_its_pages_worth_wherever_it_stands(void **state)
{
	struct scratch *s = *state;

	scratch_add_pages(s, 2);
	scratch_load(s, 1, &s->page);
	s->page.worth = (struct page_worth){ 3, 0.5F, 40, 300, 5000 };
	scratch_put(s, &s->page);
	place(s, 1, 0x4242, s->now_ms);
	assert_int_equal(read_queue(s, 0x4242, 0, NULL, MANY), 1);
	assert_memory_equal(&entries[0].worth, &s->page.worth, sizeof(s->page.worth));
	must(store_park(s->store, &entries[0]), "park");
	must(store_commit(s->store), "commit");
	memset(entries, 0, sizeof(entries));
	assert_int_equal(scratch_read_parked(s, &s->page.key.host, entries, MANY), 1);
	assert_memory_equal(&entries[0].worth, &s->page.worth, sizeof(s->page.worth));
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
	place(s, 1, 0, s->now_ms); /* where only the instant counts */
	assert_int_equal(read_queue(s, 0, s->now_ms, NULL, 1), 1);
	assert_true(entries[0].worth.a == 0);
}

static const struct {
	const char *why;
	struct page_worth worth;
	size_t len;
	bool is_worth;
} worth_rows[] = {
	{ "as it is written", { 1, 0.5F, 2, 300, 0 }, WORTH_SIZE, true },
	{ "a page without weight", { 0, 0.5F, 2, 300, 0 }, WORTH_SIZE, true },
	{ "cut short", { 1, 0.5F, 2, 300, 0 }, WORTH_SIZE - 1, false },
	{ "nothing, of an older store", { 1, 0.5F, 2, 300, 0 }, 0, false },
	{ "infinite", { 1, 0.5F, INFINITY, 300, 0 }, WORTH_SIZE, false },
	{ "a rate that is none", { 1, 0.5F, 0, 300, 0 }, WORTH_SIZE, false },
	{ "endless", { 1, 0.5F, 2, 300, INFINITY }, WORTH_SIZE, false },
	{ "of format 2", { 1, 0.5F, 2, 300, 0 }, WORTH_SIZE_2, true },
	{ "... no number", { NAN, 0.5F, 2, 300, 0 }, WORTH_SIZE_2, false },
	{ "... infinite", { 1, 0.5F, INFINITY, 300, 0 }, WORTH_SIZE_2, false },
	{ "... negative", { -1, 0.5F, 1, 300, 0 }, WORTH_SIZE_2, false },
};

static void encode_as_format_2(const struct page_worth *worth, uint8_t *bytes)
{
	const float x[] = { worth->weight, worth->a, worth->b_days, worth->same_bytes,
			    worth->changed_bytes };
	uint32_t bits;

	for (size_t i = 0; i < ARRAY_SIZE(x); i++) {
		memcpy(&bits, &x[i], sizeof(bits));
		be32_put(bytes + 4 * i, bits);
	}
}

static void what_is_no_worth_reads_as_none(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(worth_rows); i++) {
		struct queue_entry entry = { .position = { .class = 0x1000 },
					     .worth = worth_rows[i].worth };
		uint8_t bytes[WORTH_SIZE_2];
		struct page_worth back;

		assert_int_equal(worth_encode(&entry, bytes).len, WORTH_SIZE);
		if (worth_rows[i].len == WORTH_SIZE_2)
			encode_as_format_2(&entry.worth, bytes);
		worth_decode(span_from(bytes, worth_rows[i].len), &back);
		if ((back.a > 0) != worth_rows[i].is_worth)
			fail_msg("row %zu: %s", i, worth_rows[i].why);
		if (back.a > 0)
			assert_memory_equal(&back, &entry.worth, sizeof(back));
	}
}

static void a_class_of_parked_pages_can_be_left_out(void **state)
{
	static const struct queue_position positions[] = {
		{ .class = 2, .order_ms = 1, .queued = true },
		{ .class = 2, .order_ms = 2, .queued = true },
		{ .class = 7, .order_ms = 0, .queued = true },
	};
	struct scratch *s = *state;
	struct parked_reader *reader;
	struct queue_entry entry;

	scratch_add_pages(s, 3);
	for (int i = 0; i < 3; i++) {
		place(s, i, positions[i].class, positions[i].order_ms);
		entry = (struct queue_entry){ .key = s->page.key,
					      .position = positions[i] };
		must(store_park(s->store, &entry), "park");
	}
	must(store_commit(s->store), "commit");
	must(store_begin_parked(s->store, &s->page.key.host, &reader), "parked");
	must(store_next_parked(reader, false, &entry), "next");
	assert_int_equal(entry.position.order_ms, 1);
	must(store_next_parked(reader, true, &entry), "next");
	assert_int_equal(entry.position.class, 7);
	assert_int_equal(store_next_parked(reader, true, &entry), ERR_NOT_FOUND);
	store_end_parked(reader);
}

static void a_parked_page_leaves_its_place_when_it_moves(void **state)
{
	struct scratch *s = *state;

	scratch_add_pages(s, 2);
	assert_int_equal(read_queue(s, 0, 0, NULL, 1), 1);
	must(store_park(s->store, &entries[0]), "park");
	must(store_commit(s->store), "commit");
	/* The record knows nothing of it: both places are tried. */
	place(s, 0, 0, s->now_ms + 777);
	assert_int_equal(scratch_read_parked(s, &s->page.key.host, entries, MANY), 0);
	assert_int_equal(read_queue(s, 0, 0, NULL, MANY), 2);
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
	/* Deleted, too. */
	assert_int_equal(read_queue(s, 0, s->now_ms + 777, NULL, 1), 1);
	must(store_park(s->store, &entries[0]), "park");
	must(store_delete_page(s->store, &s->page, s->host), "delete");
	must(store_commit(s->store), "commit");
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
}

static void a_page_parked_and_put_in_one_batch_stands_once(void **state)
{
	struct scratch *s = *state;

	scratch_add_pages(s, 1);
	scratch_load(s, 0, &s->page);
	assert_int_equal(read_queue(s, 0, 0, NULL, 1), 1);
	must(store_park(s->store, &entries[0]), "park");
	s->page.weight = 3;
	scratch_put(s, &s->page);
	s->page.position.order_ms += 5;
	scratch_put(s, &s->page);
	s->page.position.order_ms += 5;
	scratch_put(s, &s->page);
	must(store_commit(s->store), "commit");
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
	assert_int_equal(read_queue(s, 0, 0, NULL, MANY), 1);
}

static void an_entry_read_before_its_page_moved_is_not_parked(void **state)
{
	struct scratch *s = *state;

	scratch_add_pages(s, 2);
	assert_int_equal(read_queue(s, 0, 0, NULL, MANY), 2);
	place(s, 0, 0, s->now_ms + 777);
	scratch_load(s, 1, &s->page);
	must(store_delete_page(s->store, &s->page, s->host), "delete");
	for (int i = 0; i < 2; i++)
		must(store_park(s->store, &entries[i]), "park");
	must(store_commit(s->store), "commit");
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
	assert_int_equal(read_queue(s, 0, 0, NULL, MANY), 1);
	assert_int_equal(entries[0].position.order_ms, s->now_ms + 777);
}

static void a_key_that_is_none_stops_nobody_REQ82(void **state)
{
	struct scratch *s = *state;

	scratch_add_pages(s, 3);
	must(store_put(s->store, FAMILY_QUEUE, span_from("\0\0x", 3), SPAN(""), false),
	     "plant");
	must(store_commit(s->store), "commit");
	assert_int_equal(read_queue(s, 0, 0, NULL, MANY), 3);
}

static void a_parked_key_that_is_none_stops_nobody_REQ82(void **state)
{
	struct scratch *s = *state;
	struct queue_entry parked[MANY];
	uint8_t key[PARKED_KEY_SIZE];
	size_t n;

	scratch_add_pages(s, 3);
	n = read_queue(s, 0, 0, NULL, MANY);
	for (size_t i = 0; i < n; i++)
		must(store_park(s->store, &entries[i]), "park");
	parked_key_encode(&entries[0], key);
	must(store_put(s->store, FAMILY_PARKED, span_from(key, HOST_KEY_SIZE + 3),
		       SPAN(""), false),
	     "plant");
	key[HOST_KEY_SIZE + 2] |= 0x80; /* an order that is no time */
	must(store_put(s->store, FAMILY_PARKED, span_from(key, sizeof(key)), SPAN(""),
		       false),
	     "plant");
	must(store_commit(s->store), "commit");
	assert_int_equal(scratch_read_parked(s, &entries[0].key.host, parked, MANY), 3);
}

#define with_store(test) \
	cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_sort_by_class_then_order_then_page),
		with_store(first_due_is_first_out),
		with_store(reading_goes_on_behind_the_last_entry),
		with_store(classes_are_apart),
		with_store(a_frozen_queue_stays_until_it_thaws),
		with_store(parked_pages_wait_with_their_host),
		with_store(an_entry_has_its_pages_worth_wherever_it_stands),
		cmocka_unit_test(what_is_no_worth_reads_as_none),
		with_store(a_class_of_parked_pages_can_be_left_out),
		with_store(a_parked_page_leaves_its_place_when_it_moves),
		with_store(a_page_parked_and_put_in_one_batch_stands_once),
		with_store(an_entry_read_before_its_page_moved_is_not_parked),
		with_store(a_key_that_is_none_stops_nobody_REQ82),
		with_store(a_parked_key_that_is_none_stops_nobody_REQ82),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
