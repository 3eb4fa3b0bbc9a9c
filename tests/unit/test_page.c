/* test_page.c - records of pages, hosts, visits, changes and counters. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "store/counters.h"
#include "store/host.h"
#include "store/visit.h"

static const struct {
	enum verdict verdict;
	uint32_t version, indexed;
	enum page_state state;
} state_rows[] = {
	{ VERDICT_NONE, 0, 0, STATE_UNFETCHED },
	{ VERDICT_NONE, 1, 1, STATE_UNFETCHED }, /* adopted, not yet visited */
	{ VERDICT_NEW, 1, 0, STATE_STALE },
	{ VERDICT_NEW, 1, 1, STATE_UNCHANGED },
	{ VERDICT_UNCHANGED, 3, 2, STATE_STALE },
	{ VERDICT_UNCHANGED, 3, 3, STATE_UNCHANGED },
	{ VERDICT_CHANGED, 4, 3, STATE_STALE },
	{ VERDICT_CHANGED, 4, 4, STATE_UNCHANGED },
	{ VERDICT_MINOR, 1, 1, STATE_UNCHANGED },
	{ VERDICT_GONE, 2, 1, STATE_GONE },
	{ VERDICT_GONE, 2, 2, STATE_GONE },
	{ VERDICT_MOVED, 1, 0, STATE_MOVED },
	{ VERDICT_BLOCKED, 1, 1, STATE_BLOCKED },
	{ VERDICT_REFUSED, 1, 1, STATE_FAILING },
	{ VERDICT_ERROR, 1, 0, STATE_FAILING },
};

static void the_state_follows_from_the_record(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(state_rows); i++) {
		struct page page;

		page_init(&page);
		page.verdict = (uint8_t)state_rows[i].verdict;
		page.version = state_rows[i].version;
		page.indexed_version = state_rows[i].indexed;
		if (page_state(&page) != state_rows[i].state)
			fail_msg("row %zu: %s", i, state_text(page_state(&page)));
	}
}

static void every_state_is_found_by_its_name(void **unused)
{
	enum page_state state;

	(void)unused;
	for (int s = 0; s < N_STATES; s++) {
		assert_true(state_parse(span_of(state_text((enum page_state)s)), &state));
		assert_int_equal(state, s);
	}
	assert_false(state_parse(SPAN("Gone"), &state));
	assert_false(state_parse(SPAN(""), &state));
	assert_string_equal(state_text((enum page_state)99), "unknown");
	assert_string_equal(verdict_text((enum verdict) - 1), "unknown");
}

static const struct {
	const char *tags, *tag;
	bool has;
} tag_rows[] = {
	{ "", "a", false },       { "a", "a", true },       { "a,b", "b", true },
	{ "a,b", "a,b", false },  { "ab,cd", "b", false },  { "ab,cd", "ab,", false },
	{ "news", "new", false }, { "new", "news", false }, { "x,,y", "y", true },
	{ "a,b", "A", false },
};

static void tags_are_whole_words_of_the_list(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(tag_rows); i++) {
		struct page page;

		page_init(&page);
		assert_int_equal(buf_set(&page.tags, span_of(tag_rows[i].tags)), ERR_OK);
		if (page_has_tag(&page, span_of(tag_rows[i].tag)) != tag_rows[i].has)
			fail_msg("'%s' in '%s'", tag_rows[i].tag, tag_rows[i].tags);
		page_release(&page);
	}
}

/* ---- keys ------------------------------------------------------------------------------------ */

static const struct page_key ordered_keys[] = {
	{ { 0, 0 }, 0 },
	{ { 0, 0 }, 1 },
	{ { 0, 0 }, UINT64_MAX },
	{ { 0, 1 }, 0 },
	{ { 0, 255 }, 0 },
	{ { 0, 256 }, 0 },
	{ { 0, UINT64_MAX }, 5 },
	{ { 1, 0 }, 0 },
	{ { 127, 9 }, 9 },
	{ { 128, 0 }, 0 },
	{ { 255, UINT64_MAX }, UINT64_MAX },
};

static void encoded_keys_sort_like_the_struct(void **unused)
{
	uint8_t before[PAGE_KEY_SIZE], at[PAGE_KEY_SIZE];
	struct page_key back;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(ordered_keys); i++) {
		page_key_encode(&ordered_keys[i], at);
		if (i)
			assert_true(memcmp(before, at, sizeof(at)) < 0);
		memcpy(before, at, sizeof(at));
		page_key_decode(at, &back);
		assert_true(page_key_equal(&back, &ordered_keys[i]));
		if (i)
			assert_false(page_key_equal(&back, &ordered_keys[i - 1]));
	}
}

static void pages_of_one_host_lie_together(void **unused)
{
	struct page_key a, b, port, scheme, sibling;

	(void)unused;
	assert_int_equal(page_key_of(SPAN("http://www.a.example/x"), &a), ERR_OK);
	assert_int_equal(page_key_of(SPAN("http://www.a.example/y"), &b), ERR_OK);
	assert_int_equal(page_key_of(SPAN("http://www.a.example:8080/x"), &port), ERR_OK);
	assert_int_equal(page_key_of(SPAN("https://www.a.example/x"), &scheme), ERR_OK);
	assert_int_equal(page_key_of(SPAN("http://a.example/x"), &sibling), ERR_OK);
	assert_true(host_key_equal(&a.host, &b.host));
	assert_true(a.url_hash != b.url_hash);
	assert_false(host_key_equal(&a.host, &port.host));
	assert_false(host_key_equal(&a.host, &scheme.host));
	assert_false(host_key_equal(&a.host, &sibling.host));
	/* ... and a registrable domain in one partition. */
	assert_int_equal(a.host.partition, sibling.host.partition);
	assert_int_equal(page_key_of(SPAN("not a url"), &a), ERR_INVALID);
}

/* ---- records ----------------------------------------------------------------------------------- */

static void a_page_round_trips(void **unused)
{
	struct page page, back;
	struct buf bytes = BUF_INIT;

	(void)unused;
	page_init(&page);
	page_init(&back);
	assert_int_equal(buf_set(&page.url, SPAN("http://a.example/")), ERR_OK);
	assert_int_equal(buf_set(&page.etag, SPAN("\"\x80\xff\\ ,\"")), ERR_OK);
	page.weight = 0; /* kept, though 1 is what a page begins with */
	page.verdict = VERDICT_CHANGED;
	page.version = 9;
	page.has_body = true;
	page.digest = digest_of(SPAN("x"));
	page.simhash = 0x8000000000000001;
	page.position = (struct queue_position){ .class = 65535,
						 .order_ms = INT64_MAX,
						 .queued = true };
	assert_int_equal(page_encode(&page, &bytes), ERR_OK);
	back.stored.certain = true; /* of another page that was here before */
	assert_int_equal(page_decode(buf_span(&bytes), &back), ERR_OK);
	assert_string_equal(buf_text(&back.url), "http://a.example/");
	assert_true(span_equal(buf_span(&back.etag), buf_span(&page.etag)));
	assert_true(back.weight == 0.0f);
	assert_int_equal(back.version, 9);
	assert_true(back.simhash == page.simhash);
	assert_true(back.has_body && digest_equal(&back.digest, &page.digest));
	assert_true(queue_position_equal(&back.position, &page.position));
	assert_true(queue_position_equal(&back.stored.position, &page.position));
	assert_true(back.stored.exists);
	assert_int_equal(back.stored.state, STATE_STALE);
	assert_false(back.stored.certain);
	page_clear(&back);
	assert_int_equal(back.url.len, 0);
	assert_true(back.weight == 1.0f && !back.stored.exists);
	page_release(&page);
	page_release(&back);
	buf_release(&bytes);
}

/* What a build of version 1 wrote of this page. */
static void a_record_of_version_1_reads_as_it_did(void **unused)
{
	static const char was[] = "\x01"
				  "\x0c\x11http://a.example/"
				  "\x10\xd0\x0f" /* last_visit_at_ms 1000 */
				  "\x18\xa0\x1f" /* next_visit_at_ms 2000 */
				  "\x48\x02"     /* verdict unchanged */
				  "\x68\xd0\x0f" /* last_verified_at_ms 1000 */
				  "\x81\x01\x40\x00\x00\x00" /* weight 2 */
				  "\xf8\x02\x85\x20"         /* position.class 0x1005 */
				  "\x80\x03\xd0\x0f"         /* position.order_ms 1000 */
				  "\x90\x03\x01"             /* position.queued */
				  "\xc9\x04\x3f\x80\x00\x00" /* worth.weight 1 */
				  "\xd1\x04\x3f\x00\x00\x00" /* worth.a 0.5 */
		;
	struct page page, back;
	struct buf bytes = BUF_INIT;

	(void)unused;
	page_init(&page);
	page_init(&back);
	assert_int_equal(page_decode(span_from(was, sizeof(was) - 1), &page), ERR_OK);
	assert_int_equal(page_encode(&page, &bytes), ERR_OK);
	assert_int_equal(page_decode(buf_span(&bytes), &back), ERR_OK);
	for (const struct page *p = &page; p; p = p == &page ? &back : NULL) {
		assert_int_equal(p->last_visit_at_ms, 1000);
		assert_int_equal(p->next_visit_at_ms, 2000);
		assert_int_equal(p->last_verified_at_ms, 1000);
		assert_int_equal(p->verdict, VERDICT_UNCHANGED);
		assert_int_equal(p->position.class, 0x1005);
		assert_int_equal(p->position.order_ms, 1000);
		assert_true(p->position.queued && p->weight == 2);
		assert_true(p->worth.weight == 1 && p->worth.a == 0.5F);
	}
	page_release(&page);
	page_release(&back);
	buf_release(&bytes);
}

/* ... and one of version 2, which had more bits of some digests. */
static void a_record_of_version_2_reads_as_it_did(void **unused)
{
	static const char was[] = "\x02"
				  "\x0c\x11http://a.example/"
				  "\x24\x09\"5f2-abc\"" /* etag */
				  "\xd6\x07\x07"        /* from 122 on seven */
				  "\xd0\x0f\xd0\x0f"    /* last and next visit */
				  "0123456789abcdef"    /* digest */
				  "TEXTTEXTtexttext"    /* text_digest */
				  "LINKLINKlinklink"    /* link_digest */
				  "simhash!WORDSwds"    /* simhash, words_hash */
				  "\xb6\x08\x01\x03"    /* from 134 on one: same_bytes */
				  "\x80"
				  "\x2c\x1dSun, 06 Nov 1994 08:49:37 GMT";
	struct page page, back;
	struct buf bytes = BUF_INIT;

	(void)unused;
	page_init(&page);
	page_init(&back);
	assert_int_equal(page_decode(span_from(was, sizeof(was) - 1), &page), ERR_OK);
	assert_int_equal(page_encode(&page, &bytes), ERR_OK);
	assert_true(bytes.len < sizeof(was) - 1 - 20);
	assert_int_equal(page_decode(buf_span(&bytes), &back), ERR_OK);
	for (const struct page *p = &page; p; p = p == &page ? &back : NULL) {
		assert_string_equal(buf_text(&p->etag), "\"5f2-abc\"");
		assert_string_equal(buf_text(&p->last_modified),
				    "Sun, 06 Nov 1994 08:49:37 GMT");
		assert_int_equal(p->last_visit_at_ms, 1000);
		assert_int_equal(p->next_visit_at_ms, 2000);
		assert_memory_equal(p->digest.bytes, "0123456789abcdef", DIGEST_SIZE);
		assert_memory_equal(p->text_digest.bytes, "TEXTTEXT\0\0\0\0\0\0\0",
				    DIGEST_SIZE);
		assert_memory_equal(p->link_digest.bytes, "LINKLINK\0\0\0\0\0\0\0",
				    DIGEST_SIZE);
		assert_true(p->simhash == be64_get((const uint8_t *)"simhash!"));
		assert_true(p->words_hash == be32_get((const uint8_t *)"WORD"));
		assert_true(p->worth.same_bytes > 0);
	}
	page_release(&page);
	page_release(&back);
	buf_release(&bytes);
}

static void a_page_without_its_url_is_corrupt(void **unused)
{
	struct page page;

	(void)unused;
	page_init(&page);
	assert_int_equal(page_decode(SPAN("\x01"), &page), ERR_CORRUPT);
	assert_int_equal(page_decode(SPAN("\x02"), &page), ERR_CORRUPT);
	assert_int_equal(page_decode(SPAN("\x03"), &page), ERR_CORRUPT);
	assert_int_equal(page_decode(SPAN("\x04"), &page), ERR_NEWER);
	page_release(&page);
}

static void values_out_of_range_index_nothing(void **unused)
{
	static const size_t members[] = { offsetof(struct page, verdict),
					  offsetof(struct page, evidence),
					  offsetof(struct page, announced),
					  offsetof(struct page, next_visit_reason) };
	struct visit visit = { .verdict = 255 };
	struct buf bytes = BUF_INIT;
	struct change change;
	struct page page;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		page_init(&page);
		assert_int_equal(buf_set(&page.url, SPAN("http://a.example/")), ERR_OK);
		((uint8_t *)&page)[members[i]] = 255;
		buf_clear(&bytes);
		assert_int_equal(page_encode(&page, &bytes), ERR_OK);
		assert_int_equal(page_decode(buf_span(&bytes), &page), ERR_NEWER);
		page_release(&page);
	}
	buf_clear(&bytes);
	assert_int_equal(visit_encode(&visit, &bytes), ERR_OK);
	assert_int_equal(visit_decode(buf_span(&bytes), &visit), ERR_NEWER);
	change_init(&change);
	assert_int_equal(buf_set(&change.url, SPAN("http://a.example/")), ERR_OK);
	change.kind = N_CHANGE_KINDS;
	buf_clear(&bytes);
	assert_int_equal(change_encode(&change, &bytes), ERR_OK);
	assert_int_equal(change_decode(buf_span(&bytes), &change), ERR_NEWER);
	change_release(&change);
	buf_release(&bytes);
}

static void a_change_knows_its_page(void **unused)
{
	struct change change, back;
	struct buf bytes = BUF_INIT;
	struct page_key key;

	(void)unused;
	change_init(&change);
	change_init(&back);
	assert_int_equal(buf_set(&change.url, SPAN("http://a.example/x")), ERR_OK);
	change.kind = CHANGE_BACK;
	change.similarity = 0.25f;
	assert_int_equal(change_encode(&change, &bytes), ERR_OK);
	assert_int_equal(change_decode(buf_span(&bytes), &back), ERR_OK);
	assert_int_equal(page_key_of(SPAN("http://a.example/x"), &key), ERR_OK);
	assert_true(page_key_equal(&back.key, &key));
	assert_true(back.similarity == 0.25f);
	assert_int_equal(change_decode(SPAN("\x01"), &back), ERR_CORRUPT);
	for (int k = 0; k < N_CHANGE_KINDS; k++)
		assert_string_not_equal(change_kind_text((enum change_kind)k), "unknown");
	change_release(&change);
	change_release(&back);
	buf_release(&bytes);
}

static void a_host_round_trips(void **unused)
{
	struct host host, back;
	struct buf bytes = BUF_INIT;

	(void)unused;
	host_init(&host);
	host_init(&back);
	assert_int_equal(buf_set(&host.name, SPAN("http://a.example")), ERR_OK);
	host.paused = host.backoff_is_retry_after = true;
	host.backoff_until_ms = INT64_MAX;
	for (int s = 0; s < N_STATES; s++)
		host.n_pages[s] = 1u << (4 * s);
	host.robots_state = ROBOTS_STATE_UNREACHABLE;
	host.wire_bytes = UINT64_MAX;
	assert_int_equal(host_encode(&host, &bytes), ERR_OK);
	assert_int_equal(host_decode(buf_span(&bytes), &back), ERR_OK);
	assert_true(back.paused && back.backoff_is_retry_after);
	assert_true(back.backoff_until_ms == INT64_MAX && back.wire_bytes == UINT64_MAX);
	assert_int_equal(host_n_pages(&back), 0x1111111);
	host.robots_state = N_ROBOTS_STATES;
	buf_clear(&bytes);
	assert_int_equal(host_encode(&host, &bytes), ERR_OK);
	assert_int_equal(host_decode(buf_span(&bytes), &back), ERR_NEWER);
	host_release(&host);
	host_release(&back);
	buf_release(&bytes);
}

static void counts_add_up_and_of_gauges_the_later_stands(void **unused)
{
	struct counters sum = { { 0 } }, none = { { 0 } };

	(void)unused;
	sum.n[COUNT_PAGES_STALE] = 7;
	none.n[COUNT_REQUESTS] = 2;
	counters_add(&sum, &none); /* knows of no pages */
	assert_int_equal(sum.n[COUNT_PAGES_STALE], 7);
	none.n[COUNT_PAGES_GONE] = 5;
	counters_add(&sum, &none);
	assert_int_equal(sum.n[COUNT_PAGES_STALE], 0);
	assert_int_equal(counters_n_pages(&sum), 5);
	assert_int_equal(sum.n[COUNT_REQUESTS], 4);
}

static void counters_keep_their_places(void **unused)
{
	struct counters counters = { { 0 } }, back = { { 7 } }, sum = { { 0 } };
	struct buf bytes = BUF_INIT;

	(void)unused;
	counters.n[COUNT_REQUESTS] = INT64_MAX / 2;
	counters.n[0] = -3;
	counters.n[N_COUNTERS - 1] = 1;
	assert_int_equal(counters_encode(&counters, &bytes), ERR_OK);
	/* A newer build counted something else as well. */
	assert_int_equal(varint_append(&bytes, 5000), ERR_OK);
	assert_int_equal(varint_append(&bytes, 4), ERR_OK);
	assert_int_equal(counters_decode(buf_span(&bytes), &back), ERR_OK);
	assert_memory_equal(&back, &counters, sizeof(back));
	bytes.len--;
	sum = back;
	assert_int_equal(counters_decode(buf_span(&bytes), &back), ERR_CORRUPT);
	assert_memory_equal(&back, &sum, sizeof(back)); /* as it was */
	counters_add(&sum, &counters);
	assert_int_equal(sum.n[N_COUNTERS - 1], 2);
	for (int c = 0; c < N_COUNTERS; c++)
		for (int d = 0; d < c; d++)
			assert_string_not_equal(counter_text((enum counter)c),
						counter_text((enum counter)d));
	buf_release(&bytes);
}

/* Bytes that some disk or some enemy made: decoded, refused, but never followed. */
static void any_bytes_are_a_record_or_none(void **unused)
{
	uint64_t random = 88172645463325252;

	(void)unused;
	for (int i = 0; i < 30000; i++) {
		char bytes[40];
		struct span record = { bytes, 1 + (size_t)i % 39 };
		struct counters counters;
		struct change change;
		struct visit visit;
		struct host host;
		struct page page;

		for (size_t at = 0; at < record.len; at++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			/* Small numbers are tags and lengths that fit. */
			bytes[at] = (char)(random >> 60 ? random & 63 : random);
		}
		bytes[0] = 1;
		page_init(&page);
		host_init(&host);
		change_init(&change);
		if (page_decode(record, &page) == ERR_OK)
			assert_in_range(page_state(&page), 0, N_STATES - 1);
		(void)!host_decode(record, &host);
		(void)!change_decode(record, &change);
		(void)!visit_decode(record, &visit);
		(void)!counters_decode(record, &counters);
		page_release(&page);
		host_release(&host);
		change_release(&change);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_state_follows_from_the_record),
		cmocka_unit_test(every_state_is_found_by_its_name),
		cmocka_unit_test(tags_are_whole_words_of_the_list),
		cmocka_unit_test(encoded_keys_sort_like_the_struct),
		cmocka_unit_test(pages_of_one_host_lie_together),
		cmocka_unit_test(a_page_round_trips),
		cmocka_unit_test(a_record_of_version_1_reads_as_it_did),
		cmocka_unit_test(a_record_of_version_2_reads_as_it_did),
		cmocka_unit_test(a_page_without_its_url_is_corrupt),
		cmocka_unit_test(values_out_of_range_index_nothing),
		cmocka_unit_test(a_change_knows_its_page),
		cmocka_unit_test(a_host_round_trips),
		cmocka_unit_test(counts_add_up_and_of_gauges_the_later_stands),
		cmocka_unit_test(counters_keep_their_places),
		cmocka_unit_test(any_bytes_are_a_record_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
