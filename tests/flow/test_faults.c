/* test_faults.c - the n-th allocation and the n-th call of the store fail, in everything
 * that the product is for: no crash, no leak, and nothing lost or told twice (REQ 89).
 *
 *	FAULTS=0               in the environment: each of them, not some
 *	test_faults PATTERN    only the tests of that name: 'visiting*' */
#include "tests/flow/faults.h"

#include "tests/unit/unit.h"

#include <stdio.h>

#include "store/base/clock.h"
#include "tests/scratch_store.h"
#include "tests/steps.h"
#include "tools/change_reader.h"
#include "tools/edit.h"
#include "tools/render.h"
#include "tools/report.h"

/* One thing that the product does; its failure is told by the return value alone. */
typedef enum err scenario(struct world *w);

/* ---- scenarios --------------------------------------------------------------------------- */

static enum err open_and_seed(struct world *w)
{
	static const char *const paths[] = { "/a", "/b", "/seeded/1", "/seeded/2" };
	struct editor editor = { .now_ms = w->now_ms };
	char url[ORIGIN_URL_SIZE];
	enum seed_outcome outcome;
	struct why why = { "" };
	enum err err = store_open(w->dir, STORE_WRITE, NULL, &w->store, &why);

	editor.store = w->store;
	for (size_t i = 0; !err && i < ARRAY_SIZE(paths); i++) {
		struct seed seed;

		seed_init(&seed);
		origin_url_on(w->origin, (int)(i % 2), paths[i], url);
		seed.url = span_of(url);
		seed.tags[seed.n_tags++] = SPAN("t");
		err = edit_seed(&editor, &seed, &outcome, &why);
		if (!err)
			err = edit_commit(&editor);
	}
	return err;
}

static enum err visit(struct world *w)
{
	struct loop_config config = { .once = true,
				      .force = true,
				      .settings = &w->settings,
				      .virtual_now_ms = &w->now_ms,
				      .no_control = true };
	struct why why = { "" };
	struct loop *loop = NULL;
	enum err err = ERR_OK;

	if (!w->store)
		err = store_open(w->dir, STORE_WRITE, NULL, &w->store, &why);
	if (!err)
		err = loop_new(w->store, &config, &loop, &why);
	if (!err)
		err = loop_run(loop, &why);
	loop_free(loop);
	return err;
}

static enum err report_all(struct world *w)
{
	const struct filter filter = { .tag = SPAN("") };
	const struct report_query query = { .settings = &w->settings,
					    .filter = &filter,
					    .now_ms = w->now_ms,
					    .window_ms = MS_PER_DAY };
	struct buf out = BUF_INIT;
	struct why why = { "" };
	struct report report;
	enum err err = store_open(w->dir, STORE_READ, NULL, &w->store, &why);

	if (!err)
		err = report_make(w->store, &query, &report);
	if (!err) {
		err = render_json_report(&out, &report);
		if (!err)
			err = render_html_report(&out, &report);
		report_release(&report);
	}
	buf_release(&out);
	return err;
}

static enum err read_changes(struct world *w)
{
	struct change_reader *reader = NULL;
	const struct change *change;
	struct buf out = BUF_INIT;
	struct why why = { "" };
	enum err err = store_open(w->dir, STORE_READ, NULL, &w->store, &why);

	if (!err)
		err = change_reader_new(w->store, 0, true, &reader);
	while (!err && !(err = change_reader_next(reader, &change)))
		err = render_json_change(&out, change);
	change_reader_free(reader);
	buf_release(&out);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err acknowledge(struct world *w)
{
	struct why why = { "" };
	uint64_t n;
	enum err err = store_open(w->dir, STORE_WRITE, NULL, &w->store, &why);

	return err ? err
		   : store_acknowledge(w->store, "index", store_last_cursor(w->store), &n,
				       &why);
}

static void heed(void *context, const char *difference)
{
	(void)context;
	fail_msg("%s", difference);
}

static enum err verify(struct world *w)
{
	struct why why = { "" };
	uint64_t n;
	enum err err = store_open(w->dir, STORE_READ, NULL, &w->store, &why);

	return err ? err : store_verify(w->store, heed, NULL, &n);
}

/* ---- one fault after another --------------------------------------------------------------- */

/* Five pages, visited once, and what they will answer next: new words, a 304, a redirect, a
 * page that is gone, and one more that is new. */
static void before(struct world *w)
{
	char to[ORIGIN_URL_SIZE];

	step_ok(w, "/a", "ETag: \"1\"\r\n", "<title>a</title><p>some words of a page");
	step_ok(w, "/b", "ETag: \"1\"\r\n", "<p>other words of another page");
	step_ok(w, "/moves", "", "<p>here for now");
	step_ok(w, "/goes", "", "<p>gone soon");
	for (int i = 0; i < 2; i++) {
		world_seed_on(w, i, "/a");
		world_seed_on(w, i, "/b");
	}
	world_seed(w, "/moves");
	world_seed(w, "/goes");
	world_run_once(w);
	world_seed(w, "/new");
	step_ok(w, "/a", "ETag: \"2\"\r\n", "<title>a</title><p>now it says much else");
	origin_reply(w->origin, "/b", "If-None-Match: \"1\"", ORIGIN_NOT_MODIFIED);
	step_redirect(w, "/moves", "301 Moved", origin_url_on(w->origin, 1, "/to", to));
	step_ok(w, "/to", "", "<p>here for good");
	step_status(w, "/goes", "410 Gone", "");
	step_ok(w, "/new", "", "<p>never seen");
	world_sleep(w, MS_PER_DAY);
	store_close(w->store);
	w->store = NULL;
}

static void close_store(struct world *w)
{
	store_close(w->store);
	w->store = NULL;
}

/* What may not depend on a fault: each page's version, and each change, once. */
static void append_state(struct world *w, struct buf *state)
{
	struct store_walk *walk;
	struct change change;
	struct page page;

	page_init(&page);
	must(store_walk_pages(w->store, NULL, &walk), "walk");
	while (!store_walk_page(walk, &page))
		must(buf_printf(state, "%s %u %u\n", strrchr(buf_text(&page.url), ':'),
				page.version, page.indexed_version),
		     "state");
	store_walk_end(walk);
	page_release(&page);
	change_init(&change);
	for (int kind = 0; kind < N_CHANGE_KINDS; kind++) {
		uint64_t last = 0;

		must(store_walk_changes(w->store, 0, &walk), "walk");
		while (!store_walk_change(walk, &change)) {
			assert_true(change.cursor > last);
			last = change.cursor;
			if (change.kind == kind)
				must(buf_printf(state, "%d ", kind), "state");
		}
		store_walk_end(walk);
	}
	change_release(&change);
}

struct trial {
	struct world *w;
	char base[80]; /* the store as it was before */
	int64_t now_ms;
	struct buf expected;
};

/* Times until all is as without the fault. What it made of a visit is an error like any
 * other: that one is tried again. */
static int n_repeats(scenario *act)
{
	return act == visit ? 2 : 1;
}

/* The scenario with the at-th failing, and again without; returns how many there were. */
static long try_one(struct trial *t, scenario *act, enum fault_kind kind, long at)
{
	struct buf state = BUF_INIT;
	struct world *w = t->w;
	long n;
	enum err err;

	scratch_copy(t->base, w->dir);
	w->now_ms = t->now_ms;
	fault_arm(kind, at);
	err = act(w);
	n = fault_disarm();
	if (err == ERR_NOT_FOUND || err == ERR_INVALID || err == ERR_NEWER)
		fail_msg("fault %d at %ld: %s", (int)kind, at, err_text(err));
	close_store(w);
	if (!at)
		assert_int_equal(err, ERR_OK);
	for (int again = 0; again < n_repeats(act); again++) {
		world_sleep(w, 2 * MS_PER_DAY);
		err = act(w);
		if (err)
			fail_msg("behind fault %d at %ld: %s", (int)kind, at,
				 err_text(err));
	}
	append_state(w, &state);
	assert_int_equal(scratch_n_differences(w->store, NULL), 0);
	close_store(w);
	if (!t->expected.len)
		must(buf_set(&t->expected, buf_span(&state)), "state");
	if (!span_equal(buf_span(&state), buf_span(&t->expected)))
		fail_msg("fault %d at %ld: expected\n%s\nfound\n%s", (int)kind, at,
			 buf_text(&t->expected), buf_text(&state));
	buf_release(&state);
	return n;
}

static long n_points(long n)
{
	const char *faults = getenv("FAULTS");
	long points = faults ? strtol(faults, NULL, 10) : 6;

	return points && points < n ? points : n;
}

static void nothing_is_lost(struct world *w, const char *name, scenario *act)
{
	struct trial t = { .w = w, .expected = BUF_INIT };

	before(w);
	t.now_ms = w->now_ms;
	snprintf(t.base, sizeof(t.base), "%.63s-base", w->dir);
	scratch_copy(w->dir, t.base);
	for (int kind = FAULT_MEMORY; kind <= FAULT_STORE; kind++) {
		long n = try_one(&t, act, (enum fault_kind)kind, 0), points = n_points(n);

		assert_true(n > 0);
		for (long i = 0; i < points; i++)
			(void)try_one(&t, act, (enum fault_kind)kind, 1 + i * n / points);
		print_message("# %s: %ld of %ld %s failed\n", name, points, n,
			      kind == FAULT_MEMORY ? "allocations"
						   : "calls of the store");
	}
	scratch_remove(t.base);
	buf_release(&t.expected);
}

#define CLAIM(name, act)                            \
	static void name(void **state)              \
	{                                           \
		nothing_is_lost(*state, #act, act); \
	}

CLAIM(seeding_loses_nothing_REQ89, open_and_seed)
CLAIM(visiting_loses_nothing_REQ89, visit)
CLAIM(reporting_loses_nothing_REQ89, report_all)
CLAIM(reading_changes_loses_nothing_REQ89, read_changes)
CLAIM(acknowledging_loses_nothing_REQ89, acknowledge)
CLAIM(verifying_loses_nothing_REQ89, verify)

#define flow(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		flow(seeding_loses_nothing_REQ89),
		flow(visiting_loses_nothing_REQ89),
		flow(reporting_loses_nothing_REQ89),
		flow(reading_changes_loses_nothing_REQ89),
		flow(acknowledging_loses_nothing_REQ89),
		flow(verifying_loses_nothing_REQ89),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
