/* test_store_history.c - visits that cannot be read, and what RocksDB makes of them when it
 * puts a history together: nothing aborts, and no page loses but what is damaged. */
#include "tests/unit/unit.h"

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
	assert_int_equal(scratch_n_differences(s->store, NULL), 0);
}

static void one_that_is_no_visit_is_kept_and_named_REQ82(void **state)
{
	struct scratch *s = *state;
	struct why last = { "" };

	set_up_page(s);
	append_visit(s, 1);
	append_bytes(s, SPAN("\x03\x01\xff\xff"));
	append_visit(s, 2);
	require_everywhere(s, ERR_CORRUPT, "");
	assert_int_equal(scratch_n_differences(s->store, &last), 1);
	assert_non_null(strstr(last.text, "history"));
	/* And goes with the visits that push it out. */
	for (int i = 0; i < HISTORY_MAX; i++)
		append_visit(s, 100 + i);
	scratch_reopen(s);
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
		scratch(a_sketch_that_is_none_is_named_REQ82),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
