/* REQ 69 against `openssl s_server` with a certificate made here. Skipped, and shown as
 * such, where there is no openssl program. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "tests/origin_client.h"
#include "tests/scratch_dir.h"

extern char **environ;

struct tls_server {
	char folder[SCRATCH_DIR_SIZE], cert[96], key[96], port[8];
	pid_t pid;
	int output; /* kept open: the server writes on */
	struct client *client;
};

static pid_t start(const char *const argv[], int *output)
{
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
	posix_spawn_file_actions_adddup2(&actions, fds[1], 2);
	if (posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv, environ))
		pid = -1;
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	*output = fds[0];
	return pid;
}

/* Reads until `word`, the end, or five seconds have passed. */
static bool says(int fd, const char *word)
{
	char text[8192] = "";
	size_t len = 0;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (len + 1 < sizeof(text) && poll(&p, 1, 5000) > 0) {
		ssize_t n = read(fd, text + len, sizeof(text) - 1 - len);

		if (n <= 0)
			break;
		len += (size_t)n;
		text[len] = '\0';
		if (strstr(text, word))
			return true;
	}
	return false;
}

static bool make_certificate(struct tls_server *s)
{
	const char *const argv[] = { "openssl",
				     "req",
				     "-x509",
				     "-newkey",
				     "ec",
				     "-pkeyopt",
				     "ec_paramgen_curve:prime256v1",
				     "-nodes",
				     "-days",
				     "2",
				     "-subj",
				     "/CN=secure.test",
				     "-addext",
				     "subjectAltName=DNS:secure.test",
				     "-keyout",
				     s->key,
				     "-out",
				     s->cert,
				     NULL };
	int fd, status = -1;
	pid_t pid = start(argv, &fd);

	if (pid > 0)
		waitpid(pid, &status, 0);
	close(fd);
	return status == 0;
}

static bool serve(struct tls_server *s, const char *protocol)
{
	/* the origin's port on an address that the origin does not use */
	char address[64];
	const char *const argv[] = { "openssl", "s_server", "-accept", address,
				     "-cert",   s->cert,    "-key",    s->key,
				     "-www",    protocol,   NULL };

	snprintf(address, sizeof(address), "127.77.1.99:%s", s->port);
	s->pid = start(argv, &s->output);
	return s->pid > 0 && says(s->output, "ACCEPT");
}

static void stop_serving(struct tls_server *s)
{
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	s->pid = 0;
	if (s->output >= 0)
		close(s->output);
	s->output = -1;
}

static int set_up(void **state)
{
	struct tls_server *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	*state = s;
	s->output = -1;
	s->client = client_start(NULL);
	snprintf(s->port, sizeof(s->port), "%d", origin_port(s->client->origin));
	scratch_dir_make(s->folder, "tls");
	snprintf(s->cert, sizeof(s->cert), "%s/cert.pem", s->folder);
	snprintf(s->key, sizeof(s->key), "%s/key.pem", s->folder);
	return 0;
}

static int tear_down(void **state)
{
	struct tls_server *s = *state;

	stop_serving(s);
	client_stop(s->client);
	unlink(s->cert);
	unlink(s->key);
	rmdir(s->folder);
	free(s);
	return 0;
}

static const struct fetch_result *fetch_from(struct tls_server *s, const char *name,
					     const char *cacert)
{
	struct transport_config config = client_config();
	char entry[128], url[128];
	const char *const resolve[] = { entry, NULL };

	snprintf(entry, sizeof(entry), "%s:%s:127.77.1.99", name, s->port);
	snprintf(url, sizeof(url), "https://%s:%s/", name, s->port);
	config.resolve = resolve;
	config.cacert = cacert;
	client_reconfigure(s->client, &config);
	return client_fetch(s->client, url, NULL);
}

static void certificates_and_names_are_verified(void **state)
{
	struct tls_server *s = *state;
	const struct fetch_result *r;

	if (!make_certificate(s) || !serve(s, "-tls1_2"))
		skip();
	r = fetch_from(s, "secure.test", NULL);
	assert_int_equal(r->error, FETCH_TLS);
	assert_int_equal(r->http_status, 0);
	r = fetch_from(s, "other.test", s->cert);
	assert_int_equal(r->error, FETCH_TLS);
	r = fetch_from(s, "secure.test", s->cert);
	assert_int_equal(r->error, FETCH_OK);
	assert_int_equal(r->http_status, 200);
	assert_true(r->tls_us > 0);
}

static void tls_1_1_is_refused(void **state)
{
	struct tls_server *s = *state;

	if (!make_certificate(s) || !serve(s, "-tls1_1"))
		skip();
	assert_int_equal(fetch_from(s, "secure.test", s->cert)->error, FETCH_TLS);
}

/* Of another connection than ours nothing is known, and nothing is made up. */
static void a_trace_tells_of_the_certificate_of_a_new_connection(void **state)
{
	struct tls_server *s = *state;
	const struct fetch_result *r;
	int64_t now_ms = clock_now_ms();

	if (!make_certificate(s) || !serve(s, "-tls1_2"))
		skip();
	client_trace(s->client);
	r = fetch_from(s, "secure.test", s->cert);
	assert_int_equal(r->error, FETCH_OK);
	assert_string_equal(r->trace->subject, "CN = secure.test");
	assert_string_equal(r->trace->issuer, "CN = secure.test");
	assert_true(strstr(r->trace->tls, "TLSv1.2 / ") == r->trace->tls);
	assert_true(r->trace->expires_at_ms > now_ms + MS_PER_DAY);
	assert_true(r->trace->expires_at_ms <= clock_now_ms() + 2 * MS_PER_DAY);
	r = client_get(s->client, "/");
	assert_int_equal(r->trace->expires_at_ms, 0);
	assert_string_equal(r->trace->subject, "");
	assert_string_equal(r->trace->tls, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(certificates_and_names_are_verified,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(tls_1_1_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_trace_tells_of_the_certificate_of_a_new_connection, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
