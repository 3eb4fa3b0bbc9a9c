#include "tests/unit/unit.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "tests/filled_store.h"
#include "tools/control.h"

/* One thread plays both sides: what a client has sent is served by turns. */
struct fixture {
	struct filled_store files;
	struct editor editor;
	struct control_server *server;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct why why;

	assert_non_null(f);
	filled_store_make(&f->files);
	f->editor = (struct editor){ .store = f->files.store,
				     .now_ms = INT64_C(1767225600000) };
	if (control_server_new(f->files.dir, &f->server, &why))
		fail_msg("%s", why.text);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	control_server_free(f->server);
	filled_store_remove(&f->files);
	free(f);
	return 0;
}

/* Turns until nothing is ready; returns how many turns it took. */
static int serve(struct fixture *f)
{
	struct pollfd fds[CONTROL_FDS_MAX];
	int n_turns = 0;

	for (;; n_turns++) {
		size_t n = control_server_fds(f->server, fds, CONTROL_FDS_MAX);

		assert_true(n <= CONTROL_FDS_MAX);
		if (poll(fds, n, 0) == 0)
			return n_turns;
		assert_true(n_turns < 100000);
		assert_int_equal(control_server_turn(f->server, &f->editor, fds, n),
				 ERR_OK);
	}
}

static int dial(const struct fixture *f)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/control", f->files.dir);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void say(struct fixture *f, int fd, struct span bytes)
{
	while (bytes.len) {
		ssize_t n = send(fd, bytes.data, bytes.len, MSG_NOSIGNAL);

		if (n > 0)
			bytes = span_from(bytes.data + n, bytes.len - (size_t)n);
		else if (!serve(f))
			return; /* it does not listen any more */
	}
}

/* All that has been answered. */
static struct buf hear(struct fixture *f, int fd)
{
	struct buf got = BUF_INIT;
	char room[4096];
	ssize_t n;

	(void)serve(f);
	while ((n = recv(fd, room, sizeof(room), MSG_DONTWAIT)) > 0)
		assert_int_equal(buf_append(&got, room, (size_t)n), ERR_OK);
	return got;
}

static void expect(struct fixture *f, const char *said, const char *want)
{
	int fd = dial(f);
	struct buf got;

	say(f, fd, span_of(said));
	got = hear(f, fd);
	if (!strstr(buf_text(&got), want))
		fail_msg("'%.200s' was answered '%.300s', without '%s'", said,
			 buf_text(&got), want);
	buf_release(&got);
	close(fd);
	(void)serve(f);
}

static void the_socket_is_for_its_owner_alone(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	char path[100];

	snprintf(path, sizeof(path), "%s/control", f->files.dir);
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0600);
	control_server_free(f->server);
	f->server = NULL;
	assert_int_not_equal(stat(path, &st), 0);
}

static void seeds_are_counted_and_refused_by_line(void **state)
{
	struct fixture *f = *state;

	expect(f,
	       "http://a/\tweight=2\n"
	       "HTTP://A\n"
	       "\n"
	       "ftp://a/\n"
	       "http://b/\tcolour=red\r\n"
	       "{\"op\":\"seed\"}\n",
	       "\"error\":\"\",\"why\":\"\",\"done\":1,\"known\":1,\"refused\":2,"
	       "\"refusals\":[[2,\"");
	assert_int_equal(store_n_pages(f->files.store), 1);
	/* The next batch counts anew. */
	expect(f, "http://a/\n{\"op\":\"seed\"}\n",
	       "\"done\":0,\"known\":1,\"refused\":0");
}

static void what_was_answered_is_committed(void **state)
{
	struct fixture *f = *state;

	expect(f, "http://a/\n{\"op\":\"seed\"}\n", "\"done\":1");
	assert_int_equal(store_n_pending(f->files.store), 0);
	expect(f, "{\"op\":\"recheck\",\"urls\":\"http://a/\\nhttp://no/\\n\"}\n",
	       "\"done\":1,\"known\":0,\"refused\":1,\"refusals\":[[1,\"is not known\"]]");
	expect(f, "{\"op\":\"forget\",\"host\":\"a\"}\n", "\"done\":1");
	assert_int_equal(store_n_pending(f->files.store), 0);
	assert_int_equal(store_n_pages(f->files.store), 0);
}

static const struct {
	const char *said, *want;
} bad_lines[] = {
	{ "{\n", "not a JSON object" },
	{ "{\"op\":\"nonsense\"}\n", "unknown op" },
	{ "{\"op\":\"forget\"}\n", "neither urls nor host nor tag" },
	{ "{\"op\":\"ack\",\"consumer\":\"index\",\"cursor\":9}\n",
	  "has not been handed out" },
	{ "{\"op\":\"ack\",\"consumer\":\"a name that is far too long for it\","
	  "\"cursor\":0}\n",
	  "1 to 22 bytes" },
	{ "{\"op\":\"host\",\"host\":\"x\",\"change\":\"pause\"}\n", "no host 'x'" },
	{ "{\"op\":\"forget\",\"host\":\"no such\"}\n", "error" },
	{ "\x01\x02\xff\n{\"op\":\"seed\"}\n", "\"refused\":1" },
};

static void bad_lines_are_answered_and_the_connection_goes_on(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);

	for (size_t i = 0; i < ARRAY_SIZE(bad_lines); i++) {
		struct buf got;

		say(f, fd, span_of(bad_lines[i].said));
		got = hear(f, fd);
		if (!strstr(buf_text(&got), bad_lines[i].want))
			fail_msg("row %zu: '%.300s'", i, buf_text(&got));
		buf_release(&got);
	}
	close(fd);
	(void)serve(f);
}

static void a_line_without_end_ends_the_connection(void **state)
{
	struct fixture *f = *state;
	struct buf line = BUF_INIT, got;
	int fd = dial(f);

	while (line.len < 3 * CONTROL_LINE_MAX)
		assert_int_equal(buf_append_text(&line, "0123456789abcdef"), ERR_OK);
	say(f, fd, buf_span(&line));
	got = hear(f, fd);
	assert_non_null(strstr(buf_text(&got), "longer than 65536 bytes"));
	assert_true(recv(fd, line.data, 1, MSG_DONTWAIT) <= 0);
	buf_release(&line);
	buf_release(&got);
	close(fd);
	/* Others are served as before. */
	expect(f, "{\"op\":\"seed\"}\n", "\"error\":\"\"");
}

/* A crawl goes on between two slices. */
static void one_turn_does_a_bounded_amount_of_work(void **state)
{
	struct fixture *f = *state;
	struct buf lines = BUF_INIT, got;
	int fd = dial(f);

	for (int i = 0; i < 5000; i++)
		assert_int_equal(buf_printf(&lines, "http://h%d/%d\n", i % 3, i), ERR_OK);
	assert_int_equal(buf_append_text(&lines, "{\"op\":\"seed\"}\n"), ERR_OK);
	say(f, fd, buf_span(&lines));
	got = hear(f, fd);
	assert_non_null(strstr(buf_text(&got), "\"done\":5000,"));
	buf_release(&got);
	say(f, fd, SPAN("{\"op\":\"forget\",\"host\":\"h0\"}\n"));
	assert_true(serve(f) >= 2); /* 1667 pages, 1000 a turn */
	got = hear(f, fd);
	assert_non_null(strstr(buf_text(&got), "\"done\":1667,"));
	buf_release(&got);
	buf_release(&lines);
	close(fd);
	(void)serve(f);
}

static void who_hangs_up_half_way_harms_nobody(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);

	say(f, fd, SPAN("http://a/1\nhttp://a/2\n{\"op\":\"forget\",\"ho"));
	close(fd);
	(void)serve(f);
	assert_int_equal(store_n_pages(f->files.store), 2);
	fd = dial(f);
	say(f, fd, SPAN("{\"op\":\"recheck\",\"host\":\"a\"}\n"));
	close(fd);
	(void)serve(f);
	expect(f, "{\"op\":\"seed\"}\n", "\"error\":\"\"");
}

static void a_half_closed_connection_still_gets_its_answer(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);
	struct buf got;

	say(f, fd, SPAN("http://a/1\n{\"op\":\"seed\"}\n"));
	shutdown(fd, SHUT_WR);
	got = hear(f, fd);
	assert_non_null(strstr(buf_text(&got), "\"done\":1,"));
	buf_release(&got);
	close(fd);
}

static void idle_clients_make_room(void **state)
{
	struct fixture *f = *state;
	int fds[CONTROL_CLIENTS_MAX], late;
	struct buf got;

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		fds[i] = dial(f);
	(void)serve(f);
	late = dial(f);
	say(f, late, SPAN("{\"op\":\"seed\"}\n"));
	got = hear(f, late);
	assert_int_equal(got.len, 0); /* it waits */
	f->editor.now_ms += 61 * MS_PER_SECOND;
	say(f, fds[0], SPAN("{\"op\":\"seed\"}\n"));
	(void)serve(f);
	got = hear(f, late);
	assert_true(got.len > 0);
	buf_release(&got);
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		close(fds[i]);
	close(late);
	(void)serve(f);
}

static void a_socket_left_behind_is_replaced(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_un address;
	struct control *control = NULL;
	struct why why;
	int fd, dir_fd;

	control_server_free(f->server);
	f->server = NULL;
	/* As after kill -9: the file stays, and nobody listens. */
	assert_int_equal(control_address(f->files.dir, &address, &dir_fd, &why), ERR_OK);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	close(dir_fd);
	assert_int_equal(control_connect(f->files.dir, &control, &why), ERR_NOT_FOUND);
	assert_int_equal(control_server_new(f->files.dir, &f->server, &why), ERR_OK);
	assert_int_equal(control_connect(f->files.dir, &control, &why), ERR_OK);
	control_close(control);
	assert_int_equal(control_connect("/nonexistent", &control, &why), ERR_NOT_FOUND);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_socket_is_for_its_owner_alone),
		TEST(seeds_are_counted_and_refused_by_line),
		TEST(what_was_answered_is_committed),
		TEST(bad_lines_are_answered_and_the_connection_goes_on),
		TEST(a_line_without_end_ends_the_connection),
		TEST(one_turn_does_a_bounded_amount_of_work),
		TEST(who_hangs_up_half_way_harms_nobody),
		TEST(a_half_closed_connection_still_gets_its_answer),
		TEST(idle_clients_make_room),
		TEST(a_socket_left_behind_is_replaced),
	};

	return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
