#include "tests/unit/unit.h"

#include <stdio.h>

#include "store/page.h"
#include "tools/seed_pile.h"

static struct seed_pile *pile;

static enum err add(const struct seed *seed, uint64_t line)
{
	return seed_pile_add(pile, seed,
			     &(struct seed_place){ "list", line, 1000 + (int64_t)line });
}

static enum err add_url(const char *url, uint64_t line)
{
	struct seed seed;

	seed_init(&seed);
	seed.url = span_of(url);
	return add(&seed, line);
}

static struct span key_of(const struct seed *seed, uint8_t bytes[PAGE_KEY_SIZE])
{
	struct page_key key;

	assert_int_equal(page_key_of(seed->url, &key), ERR_OK);
	page_key_encode(&key, bytes);
	return span_from(bytes, PAGE_KEY_SIZE);
}

static int setup(void **state)
{
	(void)state;
	return seed_pile_new(&pile) != ERR_OK;
}

static int teardown(void **state)
{
	(void)state;
	seed_pile_free(pile);
	return 0;
}

/* Each once, none in front of one whose key is smaller. */
static void test_order(void **state)
{
	enum { N = 1000 };
	uint8_t before[PAGE_KEY_SIZE] = { 0 }, here[PAGE_KEY_SIZE];
	bool met[N] = { false };
	struct seed_place place;
	struct seed seed;
	char url[64];

	(void)state;
	for (unsigned i = 0; i < N; i++) {
		snprintf(url, sizeof(url), "http://h%u.example/%u", i % 30, i);
		assert_int_equal(add_url(url, i), ERR_OK);
	}
	seed_pile_sort(pile);
	for (unsigned i = 0; i < N; i++) {
		assert_true(seed_pile_next(pile, &seed, &place));
		key_of(&seed, here);
		assert_true(memcmp(before, here, sizeof(here)) <= 0);
		memcpy(before, here, sizeof(here));
		assert_true(place.line < N && !met[place.line]);
		met[place.line] = true;
		snprintf(url, sizeof(url), "http://h%u.example/%u",
			 (unsigned)place.line % 30, (unsigned)place.line);
		assert_true(span_equal(seed.url, span_of(url)));
		assert_int_equal(place.at_ms, 1000 + (int64_t)place.line);
		assert_string_equal(place.file, "list");
		assert_int_equal(seed.line, place.line);
	}
	assert_false(seed_pile_next(pile, &seed, &place));
}

/* What is said of a page twice is said in the order of the lines. */
static void test_order_of_one(void **state)
{
	struct seed_place place;
	struct seed seed;
	uint64_t last = 0;

	(void)state;
	for (uint64_t line = 1; line <= 100; line++)
		assert_int_equal(
			add_url(line % 2 ? "http://a.example/" : "http://b.example/",
				line),
			ERR_OK);
	seed_pile_sort(pile);
	for (int i = 0; i < 100; i++) {
		assert_true(seed_pile_next(pile, &seed, &place));
		if (i % 50)
			assert_int_equal(place.line, last + 2);
		last = place.line;
	}
}

/* Fills a seed with all that a line can say. */
static void say_all(struct seed *seed, struct why *why)
{
	static const char *const said[][2] = {
		{ "weight", "2.5" },
		{ "tags", "one,two" },
		{ "min_interval", "1h" },
		{ "max_interval", "2d" },
		{ "etag", "\"v1\"" },
		{ "last_modified", "Tue, 14 Nov 2023 22:13:20 GMT" },
		{ "digest", "xxh3:00000000000000000000000000000001" },
		{ "indexed_at", "2026-01-01T00:00:00Z" },
	};

	seed_init(seed);
	seed->url = SPAN("http://full.example/");
	for (size_t i = 0; i < ARRAY_SIZE(said); i++)
		if (seed_set(seed, seed_key_find(span_of(said[i][0])),
			     span_of(said[i][1]), why))
			fail_msg("%s: %s", said[i][0], why->text);
}

static void test_all_that_is_said(void **state)
{
	struct seed_place place;
	struct seed seed, got;
	struct why why = { "" };

	(void)state;
	say_all(&seed, &why);
	assert_true(seed_pile_takes(&seed));
	assert_int_equal(add(&seed, 7), ERR_OK);
	seed_pile_sort(pile);
	assert_true(seed_pile_next(pile, &got, &place));
	assert_true(span_equal(got.url, seed.url) && got.url.data != seed.url.data);
	assert_true(got.has_weight && got.weight == 2.5);
	assert_int_equal(got.n_tags, 2);
	assert_true(span_equal(got.tags[0], SPAN("one")));
	assert_true(span_equal(got.tags[1], SPAN("two")));
	assert_ptr_not_equal(got.tags[1].data, seed.tags[1].data);
	assert_int_equal(got.min_interval_ms, seed.min_interval_ms);
	assert_int_equal(got.max_interval_ms, seed.max_interval_ms);
	assert_true(span_equal(got.etag, seed.etag) && got.etag.data != seed.etag.data);
	assert_true(span_equal(got.last_modified, seed.last_modified));
	assert_true(digest_equal(&got.digest, &seed.digest));
	assert_int_equal(got.indexed_at_ms, seed.indexed_at_ms);
}

/* What an archive has of a page is too large to wait. */
static void test_archives(void **state)
{
	struct seed_content content = { 0 };
	struct seed_revisit revisit = { 0 };
	struct seed seed;

	(void)state;
	seed_init(&seed);
	seed.content = &content;
	assert_false(seed_pile_takes(&seed));
	seed.content = NULL;
	seed.revisit = &revisit;
	assert_false(seed_pile_takes(&seed));
}

static void test_no_url(void **state)
{
	struct seed_place place;
	struct seed seed;

	(void)state;
	assert_int_equal(add_url("mailto:someone", 1), ERR_INVALID);
	seed_pile_sort(pile);
	assert_false(seed_pile_next(pile, &seed, &place));
}

/* A full pile has all that it took, and once it is down it takes as many again. */
static void test_full(void **state)
{
	struct seed_place place;
	struct seed seed;
	char url[4096];
	uint64_t n[2] = { 0, 0 }, sum;
	enum err err = ERR_OK;

	(void)state;
	memset(url, 'x', sizeof(url) - 1);
	url[sizeof(url) - 1] = '\0';
	for (int round = 0; round < 2; round++, err = ERR_OK) {
		while (!err) {
			int len = snprintf(url, 64, "http://h.example/%u/",
					   (unsigned)n[round]);

			url[len] = 'x';
			err = add_url(url, n[round]);
			n[round] += !err;
		}
		assert_int_equal(err, ERR_TOO_LARGE);
		seed_pile_sort(pile);
		for (sum = 0; seed_pile_next(pile, &seed, &place); sum += place.line)
			assert_int_equal(seed.url.len, sizeof(url) - 1);
		assert_int_equal(sum, n[round] * (n[round] - 1) / 2);
	}
	assert_true(n[0] > 1000);
	assert_int_equal(n[0], n[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_order_of_one, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_that_is_said, setup, teardown),
		cmocka_unit_test_setup_teardown(test_archives, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_url, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
