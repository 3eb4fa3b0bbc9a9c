/* test_frontier_clock.c - a clock that is set forward under a run (REQ 92): whatever a host
 * is left alone for stays as far away as it was. A claim for each thing that waits, and
 * none of them would hold by another's. */
#include "tests/unit/unit.h"

#include "store/base/clock.h"
#include "tests/crawl.h"

#define DELAY_MS (10 * MS_PER_MINUTE)
#define RETRY_AFTER_MS (2 * MS_PER_HOUR)
#define STEP_MS MS_PER_DAY

static struct frontier_rules the_rules;

static void rules(void *context, const struct host *host, struct frontier_rules *r)
{
	(void)context, (void)host;
	*r = the_rules;
}

static void open(struct crawl *c, int64_t delay_ms, int per_address)
{
	the_rules = (struct frontier_rules){ .delay_ms = delay_ms,
					     .per_host = 1,
					     .per_address = per_address };
	c->config.rules = rules;
	crawl_open(c);
}

/* As the loop does, which commits before. */
static void set_clock_forward(struct crawl *c)
{
	crawl_commit(c);
	c->now_ms += STEP_MS;
	assert_int_equal(frontier_clock_stepped(c->frontier, STEP_MS), ERR_OK);
	crawl_commit(c);
}

/* All hosts are at one address. The number, or -1: nothing may be asked. */
static int visit(struct crawl *c)
{
	bool may_start = true;
	int number = crawl_next(c);

	if (number < 0)
		return -1;
	if (!frontier_knows_address(c->frontier, c->job.host))
		assert_int_equal(frontier_host_at(c->frontier, c->job.host,
						  SPAN("192.0.2.1"), &may_start),
				 ERR_OK);
	if (!may_start) {
		assert_int_equal(
			frontier_put_back(c->frontier, c->job.host, &c->job.entry),
			ERR_OK);
		return -1;
	}
	frontier_started(c->frontier, c->job.host, c->now_ms);
	crawl_back(c);
	return number;
}

/* ... not before so much time has gone by, and then. The first look brings who has pages
 * into play. */
static void require_after(struct crawl *c, int64_t ms, int number)
{
	assert_int_equal(visit(c), -1);
	set_clock_forward(c);
	assert_int_equal(visit(c), -1);
	c->now_ms += ms - 1;
	assert_int_equal(visit(c), -1);
	c->now_ms += 1;
	assert_int_equal(visit(c), number);
}

static void the_delay_of_a_host_REQ92(void **state)
{
	struct crawl *c = *state;

	crawl_add_due(c, 0, 1, c->now_ms - 2);
	crawl_add_due(c, 0, 2, c->now_ms - 1);
	open(c, DELAY_MS, 0);
	assert_int_equal(visit(c), 1);
	require_after(c, DELAY_MS, 2);
}

/* The second host was never asked itself. */
static void the_delay_of_an_address_REQ92(void **state)
{
	struct crawl *c = *state;

	crawl_add_due(c, 0, 1, c->now_ms - 2);
	crawl_add_due(c, 1, 2, c->now_ms - 1);
	open(c, DELAY_MS, 1);
	assert_int_equal(visit(c), 1);
	require_after(c, DELAY_MS, 2);
}

static void beg(struct crawl *c)
{
	assert_int_equal(crawl_next(c), 1);
	frontier_started(c->frontier, c->job.host, c->now_ms);
	politeness_answered(&c->config.politeness, c->job.host, HEALTH_BEGS,
			    RETRY_AFTER_MS, c->now_ms);
	crawl_back(c);
}

static void the_retry_after_of_a_host_in_play_REQ92(void **state)
{
	struct crawl *c = *state;

	crawl_add_due(c, 0, 1, c->now_ms - 2);
	crawl_add_due(c, 0, 2, c->now_ms - 1);
	open(c, 0, 0);
	beg(c);
	require_after(c, RETRY_AFTER_MS, 2);
}

/* Nothing of it waits: only its record knows. */
static void the_retry_after_of_one_out_of_play_REQ92(void **state)
{
	struct crawl *c = *state;

	crawl_add_due(c, 0, 1, c->now_ms);
	open(c, 0, 0);
	beg(c);
	assert_int_equal(frontier_n_hosts(c->frontier), 0);
	set_clock_forward(c);
	crawl_add_due(c, 0, 2, c->now_ms - STEP_MS);
	crawl_commit(c);
	assert_int_equal(visit(c), -1);
	c->now_ms += RETRY_AFTER_MS - 1;
	assert_int_equal(visit(c), -1);
	c->now_ms += 1;
	assert_int_equal(visit(c), 2);
}

/* Nobody knows whom the run before had asked last. */
static void the_delay_behind_an_unclean_end_REQ92(void **state)
{
	struct crawl *c = *state;

	crawl_add_due(c, 0, 1, c->now_ms - 1);
	c->config.last_end_was_unclean = true;
	open(c, DELAY_MS, 0);
	require_after(c, DELAY_MS, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, crawl_setup, crawl_teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_delay_of_a_host_REQ92),
		TEST(the_delay_of_an_address_REQ92),
		TEST(the_retry_after_of_a_host_in_play_REQ92),
		TEST(the_retry_after_of_one_out_of_play_REQ92),
		TEST(the_delay_behind_an_unclean_end_REQ92),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
