/* test_answer.c - what /healthz and /readyz say of a loop that turns, and of one that does
 * not (REQ 84-86 say who may ask: see tests/flow/listener.sh). */
#include "tests/unit/unit.h"

#include <sys/stat.h>

#include "store/base/clock.h"
#include "tests/scratch_store.h"
#include "tools/listener_internal.h"
#include "tools/live.h"

#define US_PER_S INT64_C(1000000)

static unsigned ask(struct scratch *s, struct live *live, answer_function *answer)
{
	struct listener listener = { .live = live, .store = s->store };
	struct exchange exchange = { .listener = &listener };

	assert_int_equal(stat(s->dir, &listener.opened), 0);
	answer(&exchange);
	buf_release(&exchange.answer);
	return exchange.status;
}

static const struct {
	const char *why;
	int64_t age_s;
	bool stopping;
	unsigned health, ready;
} rows[] = {
	{ "a loop that turns is alive and ready", 0, false, 200, 200 },
	{ "one slow turn is nothing", 5, false, 200, 200 },
	{ "a slower one takes no work", 12, false, 200, 503 },
	{ "a minute without a turn is a loop that is stuck", 62, false, 503, 503 },
	{ "a run that ends is alive and takes no work", 0, true, 200, 503 },
};

static void health_goes_by_the_loops_last_turn(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct live_numbers numbers = { .stopping = rows[i].stopping };
		struct live *live = NULL;

		numbers.turned_at_us = clock_monotonic_us() - rows[i].age_s * US_PER_S;
		assert_int_equal(live_new(&live), ERR_OK);
		live_turn(live, &numbers);
		if (ask(*state, live, answer_health) != rows[i].health)
			fail_msg("health, row %zu: %s", i, rows[i].why);
		if (ask(*state, live, answer_ready) != rows[i].ready)
			fail_msg("ready, row %zu: %s", i, rows[i].why);
		live_free(live);
	}
}

/* It may take its time over a large store; whoever restarts it then only begins anew. */
static void a_run_that_starts_is_alive_but_not_ready(void **state)
{
	struct live *live = NULL;

	assert_int_equal(live_new(&live), ERR_OK);
	assert_int_equal(ask(*state, live, answer_health), 200);
	assert_int_equal(ask(*state, live, answer_ready), 503);
	live_free(live);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(health_goes_by_the_loops_last_turn,
						scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(a_run_that_starts_is_alive_but_not_ready,
						scratch_setup, scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
