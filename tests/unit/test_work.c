#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/filled_store.h"
#include "tools/work.h"

#define NOW_MS INT64_C(1767225600000)

struct fixture {
	struct filled_store files;
	struct editor editor;
	struct page flight; /* the copy that is being visited; no URL: none is */
};

static struct page *in_flight(void *context, const struct page_key *key)
{
	struct fixture *f = context;

	return f->flight.url.len && page_key_equal(&f->flight.key, key) ? &f->flight
									: NULL;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	filled_store_make(&f->files);
	page_init(&f->flight);
	f->editor = (struct editor){ .store = f->files.store,
				     .now_ms = NOW_MS,
				     .context = f,
				     .in_flight = in_flight };
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	page_release(&f->flight);
	filled_store_remove(&f->files);
	free(f);
	return 0;
}

static void seed(struct fixture *f, const char *url, const char *tags)
{
	filled_store_seed(&f->files, url, tags, 1, NOW_MS);
}

static void find(struct fixture *f, const char *url, struct page *page)
{
	page_clear(page);
	assert_int_equal(store_find_page(f->files.store, span_of(url), page), ERR_OK);
}

static void print_difference(void *context, const char *difference)
{
	(void)context;
	print_error("%s\n", difference);
}

static void expect_sound(struct fixture *f)
{
	uint64_t n;

	assert_int_equal(edit_commit(&f->editor), ERR_OK);
	assert_int_equal(store_verify(f->files.store, print_difference, NULL, &n),
			 ERR_OK);
	assert_int_equal(n, 0);
}

/* Carries an order out in slices of `slice`; returns how many it took. */
static int carry_out(struct fixture *f, const struct order *order, size_t slice,
		     struct reply *reply)
{
	struct work *work;
	int n = 0;
	bool done;

	reply_init(reply);
	assert_int_equal(work_new(&f->editor, order, &work), ERR_OK);
	do {
		done = work_step(work, &f->editor, slice, reply);
		assert_int_equal(edit_commit(&f->editor), ERR_OK);
		n++;
	} while (!done);
	work_free(work);
	return n;
}

static void pages_are_forgotten_by_host_and_tag_in_slices(void **state)
{
	struct fixture *f = *state;
	struct order order;
	struct reply reply;
	char line[64];

	for (int i = 0; i < 50; i++) {
		snprintf(line, sizeof(line), "http://%s/%d", i % 2 ? "a" : "b", i);
		seed(f, line, i % 5 ? "x" : "y");
	}
	order_init(&order, ORDER_FORGET);
	assert_int_equal(buf_set(&order.host, SPAN("a")), ERR_OK);
	assert_int_equal(buf_set(&order.tag, SPAN("y")), ERR_OK);
	assert_true(carry_out(f, &order, 2, &reply) > 2);
	assert_int_equal(reply.err, ERR_OK);
	assert_int_equal(reply.n_done, 5);
	reply_release(&reply);
	buf_clear(&order.tag);
	(void)carry_out(f, &order, 100, &reply);
	assert_int_equal(reply.n_done, 20);
	reply_release(&reply);
	(void)carry_out(f, &order, 100, &reply);
	assert_int_equal(reply.err, ERR_NOT_FOUND);
	reply_release(&reply);
	expect_sound(f);
	assert_int_equal(store_n_pages(f->files.store), 25);
	order_release(&order);
}

static void unknown_urls_are_refused_by_their_place(void **state)
{
	struct fixture *f = *state;
	struct order order;
	struct reply reply;

	seed(f, "http://a/1", "");
	seed(f, "http://a/2", "");
	order_init(&order, ORDER_RECHECK);
	assert_int_equal(
		buf_set(&order.urls, SPAN("http://a/1\nhttp://a/no\nhttp://a/2\n")),
		ERR_OK);
	(void)carry_out(f, &order, 1, &reply);
	assert_int_equal(reply.n_done, 2);
	assert_int_equal(reply.n_refused, 1);
	assert_int_equal(reply.refusals[0].index, 1);
	reply_release(&reply);
	order_release(&order);
}

static void an_acknowledgement_moves_pages_in_slices_and_those_in_flight(void **state)
{
	struct fixture *f = *state;
	struct order order;
	struct reply reply;
	struct page page;
	char url[32];

	for (int i = 0; i < 10; i++) {
		snprintf(url, sizeof(url), "http://a/%d", i);
		(void)filled_store_visit(
			&f->files, &(struct filled_visit){ .url = url,
							   .at_ms = NOW_MS,
							   .verdict = VERDICT_NEW,
							   .evidence = EVIDENCE_BODY,
							   .http_status = 200,
							   .body = url });
	}
	find(f, "http://a/4", &f->flight);
	order_init(&order, ORDER_ACKNOWLEDGE);
	assert_int_equal(buf_set(&order.consumer, SPAN("index")), ERR_OK);
	order.cursor = 7;
	assert_int_equal(carry_out(f, &order, 3, &reply), 3);
	assert_int_equal(reply.err, ERR_OK);
	assert_int_equal(reply.n_done, 7);
	assert_int_equal(f->flight.indexed_version, 1);
	assert_int_equal(f->flight.stored.state, STATE_UNCHANGED);
	reply_release(&reply);
	page_init(&page);
	find(f, "http://a/6", &page);
	assert_int_equal(page_state(&page), STATE_UNCHANGED);
	find(f, "http://a/7", &page);
	assert_int_equal(page_state(&page), STATE_STALE);
	page_release(&page);
	/* Neither backwards nor past the end; then nothing moves. */
	order.cursor = 6;
	(void)carry_out(f, &order, 3, &reply);
	assert_int_equal(reply.err, ERR_INVALID);
	reply_release(&reply);
	order.cursor = 11;
	(void)carry_out(f, &order, 3, &reply);
	assert_int_equal(reply.err, ERR_INVALID);
	assert_int_equal(reply.n_done, 0);
	reply_release(&reply);
	expect_sound(f);
	order_release(&order);
}

static void hosts_are_changed_by_name(void **state)
{
	struct fixture *f = *state;
	struct order order;
	struct reply reply;

	seed(f, "http://a.example/", "");
	seed(f, "https://a.example/", "");
	seed(f, "http://b.example/", "");
	order_init(&order, ORDER_HOST);
	order.change = HOST_PAUSE;
	assert_int_equal(buf_set(&order.host, SPAN("a.example")), ERR_OK);
	(void)carry_out(f, &order, 10, &reply);
	assert_int_equal(reply.n_done, 2);
	reply_release(&reply);
	assert_int_equal(buf_set(&order.host, SPAN("c.example")), ERR_OK);
	(void)carry_out(f, &order, 10, &reply);
	assert_int_equal(reply.err, ERR_NOT_FOUND);
	reply_release(&reply);
	order_release(&order);
	expect_sound(f);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(pages_are_forgotten_by_host_and_tag_in_slices),
		TEST(unknown_urls_are_refused_by_their_place),
		TEST(an_acknowledgement_moves_pages_in_slices_and_those_in_flight),
		TEST(hosts_are_changed_by_name),
	};

	return cmocka_run_group_tests_name("work", tests, NULL, NULL);
}
