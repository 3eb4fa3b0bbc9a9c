/* test_store_history.c - visits that cannot be read, and what RocksDB makes of them when it
 * puts a history together, also without memory: nothing aborts, and no page loses but what
 * is damaged. */
#include "tests/unit/unit.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "store/internal.h"
#include "tests/scratch_store.h"

static void append_visit(struct scratch *s, int64_t at_ms)
{
	struct visit visit = { .at_ms = at_ms, .verdict = VERDICT_UNCHANGED };

	must(store_append_visit(s->store, &s->page.key, &visit), "visit");
	must(store_commit(s->store), "commit");
}

static void append_bytes(struct scratch *s, struct span bytes)
{
	uint8_t key[PAGE_KEY_SIZE];

	page_key_encode(&s->page.key, key);
	must(store_change(s->store, CHANGE_MERGE, FAMILY_HISTORY,
			  span_from(key, sizeof(key)), bytes, false),
	     "operand");
	must(store_commit(s->store), "commit");
}

static void set_up_page(struct scratch *s)
{
	scratch_add_pages(s, 1);
	scratch_load(s, 0, &s->page);
}

/* The instants of the visits that can be read, in order: "1 2 ". */
static void require_history(struct scratch *s, enum err expected, const char *instants)
{
	struct visit visits[HISTORY_MAX];
	struct buf found = BUF_INIT;
	size_t n;
	enum err err = store_get_history(s->store, &s->page.key, visits, &n);

	assert_int_equal(err, expected);
	for (size_t i = 0; !err && i < n; i++)
		must(buf_printf(&found, "%d ", (int)visits[i].at_ms), "text");
	assert_string_equal(buf_text(&found), instants);
	buf_release(&found);
}

/* In memory, read back, and put together for good. */
static void require_everywhere(struct scratch *s, enum err expected, const char *instants)
{
	require_history(s, expected, instants);
	scratch_reopen(s);
	require_history(s, expected, instants);
	must(store_compact(s->store), "compact");
	require_history(s, expected, instants);
}

static void say_nothing(void *context, const char *difference)
{
	(void)context, (void)difference;
}

/* The page's history is the one difference; repaired, these visits of it are left. */
static void require_mended(struct scratch *s, const char *instants)
{
	struct why last = { "" };
	uint64_t n_found, n_left;

	assert_int_equal(scratch_n_differences(s->store, &last), 1);
	assert_non_null(strstr(last.text, "history"));
	must(store_repair(s->store, say_nothing, NULL, &n_found, &n_left), "repair");
	assert_int_equal(n_found, 1);
	assert_int_equal(n_left, 0);
	require_everywhere(s, ERR_OK, instants);
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
}

static void an_operand_that_breaks_off_costs_itself_alone_REQ82(void **state)
{
	struct scratch *s = *state;

	set_up_page(s);
	append_visit(s, 1);
	append_bytes(s, SPAN("\x70\x01")); /* 112 bytes, it says */
	append_visit(s, 2);
	append_bytes(s, SPAN("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"));
	append_visit(s, 3);
	require_everywhere(s, ERR_OK, "1 2 3 ");
	require_mended(s, "1 2 3 ");
}

static void one_that_is_no_visit_is_kept_and_named_REQ82(void **state)
{
	struct scratch *s = *state;

	set_up_page(s);
	append_visit(s, 1);
	append_bytes(s, SPAN("\x03\x01\xff\xff"));
	append_visit(s, 2);
	require_everywhere(s, ERR_CORRUPT, "");
	require_mended(s, "1 2 ");
}

static void a_history_of_nothing_else_goes_when_mended_REQ82(void **state)
{
	struct scratch *s = *state;

	set_up_page(s);
	append_bytes(s, SPAN("\x70\x01"));
	require_everywhere(s, ERR_OK, "");
	require_mended(s, "");
}

/* A newer build's: nothing of it is for this one to mend. */
static void one_that_is_newer_is_left_alone_REQ82(void **state)
{
	struct visit visit = { .at_ms = 2, .verdict = N_VERDICTS };
	struct scratch *s = *state;
	uint64_t n_found, n_left;

	set_up_page(s);
	append_visit(s, 1);
	must(store_append_visit(s->store, &s->page.key, &visit), "visit");
	must(store_commit(s->store), "commit");
	assert_int_equal(store_repair(s->store, say_nothing, NULL, &n_found, &n_left),
			 ERR_NEWER);
	assert_int_equal(n_left, 1);
	require_everywhere(s, ERR_NEWER, "");
}

/* What is damaged goes with the visits that push it out. */
static void damage_is_pushed_out_REQ82(void **state)
{
	const struct span rows[] = { SPAN("\x03\x01\xff\xff"), SPAN("\x70\x01") };
	struct scratch *s = *state;

	set_up_page(s);
	for (size_t row = 0; row < ARRAY_SIZE(rows); row++) {
		append_bytes(s, rows[row]);
		assert_int_equal(scratch_n_differences(s->store, NULL), 1);
		for (int i = 0; i < HISTORY_MAX; i++)
			append_visit(s, 100 + i);
		scratch_reopen(s);
		assert_int_equal(scratch_n_differences(s->store, NULL), 0);
	}
}

/* ---- without memory ---------------------------------------------------------------------- */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

/* Of our own code, in every thread: RocksDB compacts in those of its own. */
static atomic_bool no_memory;
static atomic_int n_refused;
static _Thread_local bool has_memory; /* this one, all the same */

void *__wrap_malloc(size_t size)
{
	if (!no_memory || has_memory)
		return __real_malloc(size);
	n_refused++;
	return NULL;
}

static void lose_memory(void)
{
	n_refused = 0;
	no_memory = true;
}

static void find_memory(void)
{
	no_memory = false;
	assert_true(n_refused > 0);
}

static void reading_without_memory_is_no_damage_REQ89(void **state)
{
	struct scratch *s = *state;
	uint64_t n;

	set_up_page(s);
	append_visit(s, 1);
	append_visit(s, 2);
	lose_memory();
	require_history(s, ERR_NOMEM, "");
	find_memory();
	lose_memory();
	assert_int_equal(store_verify(s->store, say_nothing, NULL, &n), ERR_NOMEM);
	find_memory();
	require_everywhere(s, ERR_OK, "1 2 ");
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
}

/* RocksDB then takes no more writes until the store is opened anew: nothing is said to be
 * kept that is not, and the log has all. */
static void a_compaction_without_memory_loses_nothing_REQ89(void **state)
{
	struct visit visit = { .at_ms = 3, .verdict = VERDICT_UNCHANGED };
	struct scratch *s = *state;

	set_up_page(s);
	append_visit(s, 1);
	must(store_compact(s->store), "compact");
	append_visit(s, 2);
	has_memory = true;
	lose_memory();
	assert_int_equal(store_compact(s->store), ERR_NOMEM);
	find_memory();
	has_memory = false;
	assert_string_equal(store_failure(s->store), "out of memory");
	require_history(s, ERR_OK, "1 2 ");
	must(store_append_visit(s->store, &s->page.key, &visit), "visit");
	assert_int_equal(store_commit(s->store), ERR_NOMEM);
	scratch_reopen(s);
	require_history(s, ERR_OK, "1 2 ");
	append_visit(s, 3);
	require_everywhere(s, ERR_OK, "1 2 3 ");
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
}

static void neither_does_opening_without_it_REQ89(void **state)
{
	struct scratch *s = *state;
	struct why why = { "" };

	set_up_page(s);
	append_visit(s, 1);
	append_visit(s, 2);
	store_close(s->store);
	s->store = NULL;
	lose_memory();
	assert_int_equal(store_open(s->dir, STORE_WRITE, NULL, &s->store, &why),
			 ERR_NOMEM);
	find_memory();
	assert_non_null(strstr(why.text, "out of memory"));
	scratch_reopen(s);
	require_everywhere(s, ERR_OK, "1 2 ");
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
}

/* Not a history, but beside the page as it is: what comparisons with its text need. */
static void a_sketch_that_is_none_is_named_REQ82(void **state)
{
	static const char good[] = "EPOCdigest..marks...\0block..1\3block..2raw....2";
	struct scratch *s = *state;
	struct span whole = span_from(good, sizeof(good) - 1);
	struct why last;

	set_up_page(s);
	for (size_t len = 1; len <= whole.len; len++) {
		/* the head alone, with the first block, with both */
		bool is_sound = len == 20 || len == 29 || len == whole.len;

		must(store_put_headers(s->store, &s->page.key, HEADERS_SKETCH,
				       span_from(good, len)),
		     "sketch");
		must(store_commit(s->store), "commit");
		last.text[0] = '\0';
		assert_int_equal(scratch_n_differences(s->store, &last), !is_sound);
		assert_true(is_sound || strstr(last.text, "headers"));
	}
	must(store_put_headers(s->store, &s->page.key, HEADERS_SKETCH,
			       SPAN("EPOCdigest..marks...\4block..1")),
	     "sketch");
	must(store_commit(s->store), "commit");
	assert_int_equal(scratch_n_differences(s->store, NULL), 1);
}

#define scratch(test) \
	cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch(an_operand_that_breaks_off_costs_itself_alone_REQ82),
		scratch(one_that_is_no_visit_is_kept_and_named_REQ82),
		scratch(a_history_of_nothing_else_goes_when_mended_REQ82),
		scratch(one_that_is_newer_is_left_alone_REQ82),
		scratch(damage_is_pushed_out_REQ82),
		scratch(reading_without_memory_is_no_damage_REQ89),
		scratch(a_compaction_without_memory_loses_nothing_REQ89),
		scratch(neither_does_opening_without_it_REQ89),
		scratch(a_sketch_that_is_none_is_named_REQ82),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
