/* test_transport_watch.c - a call into libcurl that does not come back: whose sockets are shut
 * down, and whose are not. */
#include "tests/unit/unit.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crawler/transport_internal.h"

/* Of each pair the first end is the transport's. */
static struct {
	struct transport t;
	struct shard shards[2];
	int ends[4][2];
} world;

static int setup(void **unused)
{
	(void)unused;
	world.t = (struct transport){ .n_shards = 2, .shards = world.shards };
	assert_int_equal(watch_open(&world.t, NULL), ERR_OK);
	for (size_t i = 0; i < ARRAY_SIZE(world.ends); i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, world.ends[i]), 0);
		assert_true(socket_opened(&world.t, world.ends[i][0]));
		world.t.sockets[world.ends[i][0]].shard = &world.shards[i / 3];
	}
	return 0;
}

static int teardown(void **unused)
{
	(void)unused;
	watch_close(&world.t);
	for (size_t i = 0; i < ARRAY_SIZE(world.ends); i++) {
		close(world.ends[i][0]);
		close(world.ends[i][1]);
	}
	free(world.t.sockets);
	return 0;
}

static bool is_shut(int i)
{
	struct pollfd fd = { .fd = world.ends[i][1] };

	(void)poll(&fd, 1, 0);
	return fd.revents & POLLHUP;
}

/* A call that uses the processor until it is noticed. Of one that never is the alarm is the
 * end. */
static void call_for(int fd, int until_shut)
{
	alarm(120);
	watch_begin(&world.t, &world.shards[0], fd);
	while (!is_shut(until_shut))
		;
	watch_end(&world.t);
	alarm(0);
}

static void the_socket_that_it_is_made_for_goes_first(void **unused)
{
	(void)unused;
	call_for(world.ends[0][0], 0);
	assert_false(is_shut(1));
	assert_false(is_shut(3));
}

static void then_all_of_its_shard_and_none_that_was_closed(void **unused)
{
	(void)unused;
	socket_closing(&world.t, world.ends[0][0]); /* its number may be a file's now */
	call_for(world.ends[0][0], 1);
	assert_false(is_shut(0));
	assert_true(is_shut(2));
	assert_false(is_shut(3));
}

#define with_sockets(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_sockets(the_socket_that_it_is_made_for_goes_first),
		with_sockets(then_all_of_its_shard_and_none_that_was_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
