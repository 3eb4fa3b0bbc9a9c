/* test_frontier_server.c - many hosts at one address: no flood, and nobody is left out. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "store/base/clock.h"
#include "tests/crawl.h"

#define N_HOSTS 20
#define DELAY_MS 1000

static int per_address;

static void rules(void *context, const struct host *host, struct frontier_rules *r)
{
	(void)context;
	(void)host;
	r->delay_ms = DELAY_MS;
	r->per_address = per_address;
}

static int host_of_job(const struct crawl *c)
{
	return (int)strtol(buf_text(&c->job.host->name) + strlen("http://h"), NULL, 10);
}

/* The last host is elsewhere. */
static struct span address_of(int h)
{
	return h == N_HOSTS - 1 ? SPAN("192.0.2.9") : SPAN("192.0.2.1");
}

static void fill(struct crawl *c, int places, int pages_per_host)
{
	per_address = places;
	c->config.rules = rules;
	for (int i = 0; i < N_HOSTS * pages_per_host; i++)
		crawl_add_due(c, i % N_HOSTS, i, c->now_ms - 2 * MS_PER_DAY + i);
	crawl_open(c);
}

/* The next job that its address has room for, as the loop does; -1: none now. */
static int next_with_room(struct crawl *c)
{
	for (;;) {
		bool may_start = true;
		int h;

		if (crawl_next(c) < 0)
			return -1;
		h = host_of_job(c);
		if (!frontier_knows_address(c->frontier, c->job.host))
			assert_int_equal(frontier_host_at(c->frontier, c->job.host,
							  address_of(h), &may_start),
					 ERR_OK);
		if (may_start)
			return h;
		assert_int_equal(
			frontier_put_back(c->frontier, c->job.host, &c->job.entry),
			ERR_OK);
	}
}

struct tally {
	int n[N_HOSTS];
	int n_here; /* at the shared address */
	int64_t last_ms, least_gap_ms;
};

static void run_for(struct crawl *c, int64_t ms, struct tally *t)
{
	int64_t end_ms = c->now_ms + ms;

	t->least_gap_ms = INT64_MAX;
	for (; c->now_ms < end_ms; c->now_ms += 10) {
		int h;

		while ((h = next_with_room(c)) >= 0) {
			frontier_started(c->frontier, c->job.host, c->now_ms);
			t->n[h]++;
			if (h != N_HOSTS - 1) {
				if (t->n_here++ &&
				    c->now_ms - t->last_ms < t->least_gap_ms)
					t->least_gap_ms = c->now_ms - t->last_ms;
				t->last_ms = c->now_ms;
			}
			crawl_back(c);
		}
		crawl_commit(c);
	}
}

static void many_names_add_up_to_no_flood_REQ53(void **state)
{
	static const struct {
		int places;
		int64_t gap_ms;
		int least, most; /* in a minute, of all names */
	} rows[] = {
		{ 1, DELAY_MS, 59, 60 },
		{ 4, DELAY_MS / 4, 236, 240 },
		{ 0, 0, 19 * 59, 19 * 60 },
	};
	struct crawl *c;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tally t = { { 0 }, 0, 0, 0 };

		if (i) {
			assert_int_equal(crawl_teardown(state), 0);
			assert_int_equal(crawl_setup(state), 0);
		}
		c = *state;
		fill(c, rows[i].places, 70);
		run_for(c, 60000, &t);
		assert_true(t.least_gap_ms >= rows[i].gap_ms);
		assert_in_range(t.n_here, rows[i].least, rows[i].most);
		assert_in_range(t.n[N_HOSTS - 1], 59, 60); /* who is elsewhere */
		for (int h = 0; h < N_HOSTS - 1; h++)      /* in turns */
			assert_in_range(t.n[h], rows[i].least / 19 - 1,
					rows[i].most / 19 + 3);
		assert_int_equal(crawl_n_differences(c), 0);
	}
}

/* Takes all that can be had, and keeps it out. */
static int take_all(struct crawl *c, struct host **out)
{
	int n = 0, h;

	while ((h = next_with_room(c)) >= 0)
		if (h != N_HOSTS - 1)
			out[n++] = c->job.host;
	return n;
}

static void so_many_at_a_time_REQ53(void **state)
{
	static const int rows[] = { 1, 3, 0 };
	struct host *out[N_HOSTS];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int most = rows[i] ? rows[i] : N_HOSTS - 1;
		struct crawl *c;

		if (i) {
			assert_int_equal(crawl_teardown(state), 0);
			assert_int_equal(crawl_setup(state), 0);
		}
		c = *state;
		fill(c, rows[i], 2);
		assert_int_equal(take_all(c, out), most);
		/* nobody waits for a time: a job must end first */
		assert_true(c->job.next_at_ms == POLITENESS_NEVER);
		if (!rows[i])
			continue;
		frontier_finished(c->frontier, out[0]);
		assert_int_equal(take_all(c, out), 1);
	}
}

static void a_host_that_is_not_ready_holds_up_no_other(void **state)
{
	struct crawl *c = *state;
	struct host *out[N_HOSTS], *first;

	fill(c, 1, 2);
	assert_int_equal(take_all(c, out), 1);
	first = out[0];
	first->backoff_until_ms = c->now_ms + MS_PER_HOUR;
	frontier_finished(c->frontier, first);
	for (int i = 0; i < 2 * N_HOSTS; i++) {
		int n = take_all(c, out);

		c->now_ms += 1;
		if (!n)
			break;
		assert_int_equal(n, 1);
		assert_ptr_not_equal(out[0], first);
		frontier_finished(c->frontier, out[0]);
	}
	assert_true(c->job.next_at_ms <= c->now_ms + MS_PER_HOUR);
}

static void a_host_that_moves_takes_its_job_along(void **state)
{
	struct crawl *c = *state;
	struct host *out[N_HOSTS];
	bool may_start;

	fill(c, 1, 2);
	assert_int_equal(take_all(c, out), 1);
	assert_int_equal(
		frontier_host_at(c->frontier, out[0], SPAN("192.0.2.7"), &may_start),
		ERR_OK);
	assert_true(may_start);
	/* there is room where it was */
	assert_int_equal(take_all(c, out + 1), 1);
	frontier_finished(c->frontier, out[0]);
	assert_int_equal(take_all(c, out + 2), 1); /* out[0]'s second page, elsewhere */
	assert_ptr_equal(out[2], out[0]);
	frontier_finished(c->frontier, out[1]);
	assert_int_equal(take_all(c, out + 3), 1);
}

static void a_clock_set_back_is_no_stall_REQ92(void **state)
{
	struct crawl *c = *state;
	struct tally t = { { 0 }, 0, 0, 0 };

	fill(c, 1, 70);
	run_for(c, 5000, &t);
	c->now_ms -= MS_PER_DAY;
	t = (struct tally){ { 0 }, 0, 0, 0 };
	run_for(c, 20000, &t);
	assert_in_range(t.n_here, 18, 20);
}

static void turning_the_limit_off_frees_the_line(void **state)
{
	struct crawl *c = *state;
	struct host *out[N_HOSTS];

	fill(c, 1, 1);
	assert_int_equal(take_all(c, out), 1);
	per_address = 0;
	frontier_reload(c->frontier);
	assert_int_equal(take_all(c, out), N_HOSTS - 2);
}

/* What was sent late holds up the other names of the address, and nobody elsewhere. */
static void a_late_request_holds_up_its_address_REQ53(void **state)
{
	struct crawl *c = *state;
	struct politeness_sending late;
	int first, n_elsewhere = 0;

	fill(c, 1, 2);
	do
		first = next_with_room(c);
	while (first == N_HOSTS - 1);
	assert_true(first >= 0);
	frontier_started(c->frontier, c->job.host, c->now_ms);
	late = (struct politeness_sending){ c->now_ms + 700, c->now_ms + 730 };
	c->now_ms += 730;
	frontier_sent(c->frontier, c->job.host, &late);
	crawl_back(c);
	for (c->now_ms += DELAY_MS - 1; next_with_room(c) >= 0; n_elsewhere++)
		assert_int_equal(host_of_job(c), N_HOSTS - 1);
	assert_int_equal(n_elsewhere, 1);
	c->now_ms += 1;
	assert_true(next_with_room(c) >= 0);
	assert_int_not_equal(host_of_job(c), N_HOSTS - 1);
}

static void the_address_rests_over_a_restart_REQ54(void **state)
{
	struct crawl *c = *state;
	int first;

	fill(c, 1, 1);
	first = next_with_room(c);
	assert_true(first >= 0);
	frontier_started(c->frontier, c->job.host, c->now_ms);
	store_note_request(c->store, c->now_ms);
	crawl_back(c);
	crawl_open(c);
	c->now_ms += DELAY_MS - 1;
	for (int h; (h = next_with_room(c)) >= 0;)
		assert_int_equal(h, first == N_HOSTS - 1 ? 0 : N_HOSTS - 1);
	c->now_ms += 1;
	assert_true(next_with_room(c) >= 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, crawl_setup, crawl_teardown)
	const struct CMUnitTest tests[] = {
		TEST(many_names_add_up_to_no_flood_REQ53),
		TEST(so_many_at_a_time_REQ53),
		TEST(a_host_that_is_not_ready_holds_up_no_other),
		TEST(a_host_that_moves_takes_its_job_along),
		TEST(a_clock_set_back_is_no_stall_REQ92),
		TEST(turning_the_limit_off_frees_the_line),
		TEST(a_late_request_holds_up_its_address_REQ53),
		TEST(the_address_rests_over_a_restart_REQ54),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
