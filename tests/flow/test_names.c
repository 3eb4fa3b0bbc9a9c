/* Names on their way to addresses: the transport with a name server of our own. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/name_server.h"
#include "tests/origin_client.h"

#define OK_REPLY "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define CLOSING_REPLY \
	"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
#define HERE "127.77.1.1"
#define THERE "127.77.1.2"
/* Not allowed by client_config(). */
#define PRIVATE "127.0.0.1"
#define FOR_AN_HOUR 3600
#define N_NAMES 100

struct names {
	struct client *client;
	struct name_server *server;
};

static int set_up(void **state)
{
	struct names *n = calloc(1, sizeof(*n));
	struct transport_config config = client_config();

	assert_non_null(n);
	n->server = name_server_start();
	config.dns_servers = name_server_address(n->server);
	n->client = client_start(&config);
	origin_reply(n->client->origin, ANY_PATH, ANY_REQUEST, OK_REPLY);
	*state = n;
	return 0;
}

static int tear_down(void **state)
{
	struct names *n = *state;

	client_stop(n->client);
	name_server_stop(n->server);
	free(n);
	return 0;
}

static const char *url_of(const struct names *n, const char *name, char url[128])
{
	snprintf(url, 128, "http://%s:%d/", name, origin_port(n->client->origin));
	return url;
}

static const struct fetch_result *get(struct names *n, const char *name)
{
	char url[128];

	return client_fetch(n->client, url_of(n, name, url), NULL);
}

static void succeeds(struct names *n, const char *name, const char *address)
{
	const struct fetch_result *r = get(n, name);

	if (r->error || strncmp(r->address, address, strlen(address)) != 0)
		fail_msg("%s: %s (%s) at '%s', not %s", name, fetch_error_text(r->error),
			 r->detail, r->address, address);
}

static void fails(struct names *n, const char *name, enum fetch_error error,
		  const char *detail)
{
	const struct fetch_result *r = get(n, name);

	if (r->error != error || !strstr(r->detail, detail))
		fail_msg("%s: %s (%s), not %s", name, fetch_error_text(r->error),
			 r->detail, detail);
	assert_int_equal(r->http_status, 0);
}

static void a_name_is_asked_for_once(void **state)
{
	struct names *n = *state;

	name_server_say(n->server, "a.test", (struct name_reply){ .a = HERE });
	origin_reply(n->client->origin, ANY_PATH, ANY_REQUEST, CLOSING_REPLY);
	for (int i = 0; i < 3; i++) /* a connection each */
		succeeds(n, "a.test", HERE);
	assert_int_equal(name_server_n_asked(n->server, NULL, 0), 1);
	assert_int_equal(origin_n_connections(n->client->origin), 3);
	assert_true(n->client->results[0].dns_us > 0);
	assert_true(n->client->results[0].connect_us >= n->client->results[0].dns_us);
}

static void look_ups_of_one_name_are_joined(void **state)
{
	struct names *n = *state;
	char url[128];

	name_server_say(n->server, "a.test", (struct name_reply){ .a = HERE });
	for (int i = 0; i < 10; i++)
		client_begin(n->client, url_of(n, "a.test", url), NULL);
	client_wait(n->client);
	for (int i = 0; i < 10; i++)
		assert_int_equal(n->client->results[i].error, FETCH_OK);
	assert_int_equal(name_server_n_asked(n->server, NULL, 0), 1);
}

static int n_threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	int n = 0;

	assert_non_null(dir);
	for (struct dirent *e; (e = readdir(dir));)
		n += e->d_name[0] != '.';
	closedir(dir);
	return n;
}

static void many_names_need_no_thread(void **state)
{
	struct names *n = *state;
	int before = n_threads(), most = 0;
	char name[32], url[128];

	name_server_say(n->server, "*", (struct name_reply){ .a = HERE });
	for (int i = 0; i < N_NAMES; i++) {
		snprintf(name, sizeof(name), "n%d.test", i);
		client_begin(n->client, url_of(n, name, url), NULL);
	}
	while (fetcher_n_in_flight(n->client->fetcher)) {
		client_turn_for(n->client, 1);
		most = n_threads() > most ? n_threads() : most;
	}
	for (int i = 0; i < N_NAMES; i++)
		assert_int_equal(n->client->results[i].error, FETCH_OK);
	assert_int_equal(name_server_n_asked(n->server, NULL, 0), N_NAMES);
	assert_int_equal(most, before);
}

static void both_families_serve(void **state)
{
	struct names *n = *state;
	const struct fetch_result *r;

	name_server_say(n->server, "v6.test", (struct name_reply){ .aaaa = "::1" });
	r = get(n, "v6.test");
	/* it came as far as the judgement on the address, REQ 66 */
	assert_int_equal(r->error, FETCH_ADDRESS);
	assert_non_null(strstr(r->detail, "::1"));
	name_server_say(n->server, "both.test",
			(struct name_reply){ .a = HERE, .aaaa = "::1" });
	succeeds(n, "both.test", HERE);
}

static void the_second_address_serves_where_the_first_is_refused(void **state)
{
	struct names *n = *state;

	name_server_say(n->server, "two.test",
			(struct name_reply){ .a = PRIVATE "," HERE });
	succeeds(n, "two.test", HERE);
}

static void a_chain_of_aliases_is_followed(void **state)
{
	struct names *n = *state;

	name_server_say(
		n->server, "www.test",
		(struct name_reply){ .a = HERE, .cnames = "a.cdn.test,b_c.cdn.test" });
	succeeds(n, "www.test", HERE);
}

static void a_truncated_answer_is_asked_for_again(void **state)
{
	struct names *n = *state;

	name_server_say(n->server, "long.test",
			(struct name_reply){ .a = HERE, .manner = NAMES_TRUNCATED });
	succeeds(n, "long.test", HERE);
	assert_int_equal(name_server_n_asked(n->server, "long.test", 1), 2);
}

static void what_is_no_answer_changes_nothing(void **state)
{
	struct names *n = *state;

	name_server_say(n->server, "loud.test",
			(struct name_reply){ .a = HERE, .manner = NAMES_AFTER_JUNK });
	succeeds(n, "loud.test", HERE);
}

static const struct {
	const char *why, *name, *detail;
	struct name_reply reply;
} failing_rows[] = {
	{ "NXDOMAIN", "none.test", "no such name", { .rcode = 3 } },
	{ "no record", "empty.test", "no address", { .rcode = 0 } },
	{ "SERVFAIL", "ill.test", "failed, refused", { .rcode = 2 } },
	{ "REFUSED", "shut.test", "failed, refused", { .rcode = 5 } },
	{ "broken", "x.test", "x.test: ", { .manner = NAMES_BROKEN } },
	{ "broken", "y.test", "y.test: ", { .manner = NAMES_BROKEN } },
	{ "broken", "z.test", "z.test: ", { .manner = NAMES_BROKEN } },
};

static void failures_are_told_apart_and_kept_shortly(void **state)
{
	struct names *n = *state;

	name_server_say(n->server, "fine.test", (struct name_reply){ .a = HERE });
	for (size_t i = 0; i < ARRAY_SIZE(failing_rows); i++) {
		const char *name = failing_rows[i].name;
		int n_asked;

		name_server_say(n->server, name, failing_rows[i].reply);
		fails(n, name, FETCH_DNS, failing_rows[i].detail);
		n_asked = name_server_n_asked(n->server, name, 0);
		assert_true(n_asked > 0);
		fails(n, name, FETCH_DNS, failing_rows[i].detail);
		assert_int_equal(name_server_n_asked(n->server, name, 0), n_asked);
	}
	succeeds(n, "fine.test", HERE);
}

static void a_silent_server_delays_nobody_else(void **state)
{
	struct names *n = *state;
	struct transport_config config = client_config();
	char url[128];

	config.dns_servers = name_server_address(n->server);
	config.connect_timeout_ms = 400;
	client_reconfigure(n->client, &config);
	name_server_say(n->server, "gone.test",
			(struct name_reply){ .manner = NAMES_SILENT });
	name_server_say(n->server, "fine.test", (struct name_reply){ .a = HERE });
	client_begin(n->client, url_of(n, "gone.test", url), NULL);
	client_begin(n->client, url_of(n, "fine.test", url), NULL);
	client_wait(n->client);
	assert_int_equal(n->client->results[0].error, FETCH_OK);
	assert_int_equal(n->client->results[1].error, FETCH_DNS);
	assert_non_null(strstr(n->client->results[1].detail, "gone.test: no answer"));
	/* nobody waits for it any more: its end must find no one */
	client_begin(n->client, url_of(n, "gone.test", url), NULL);
	fetcher_stop_all(n->client->fetcher);
	assert_int_equal(n->client->results[2].error, FETCH_STOPPED);
}

/* Every fetch looks the name up anew, and libcurl must believe the last answer. */
static void forget_at_once(struct names *n)
{
	struct transport_config config = client_config();

	config.dns_servers = name_server_address(n->server);
	config.name_ttl_min_ms = 1;
	client_reconfigure(n->client, &config);
}

static void a_name_that_moves_is_followed(void **state) /* REQ 66, 67 */
{
	struct names *n = *state;

	forget_at_once(n);
	origin_reply(n->client->origin, ANY_PATH, ANY_REQUEST, CLOSING_REPLY);
	name_server_say(n->server, "m.test", (struct name_reply){ .a = HERE });
	succeeds(n, "m.test", HERE);
	client_turn_for(n->client, 2);
	name_server_say(n->server, "m.test", (struct name_reply){ .a = THERE });
	succeeds(n, "m.test", THERE);
	client_turn_for(n->client, 2);
	name_server_say(n->server, "m.test", (struct name_reply){ .a = PRIVATE });
	fails(n, "m.test", FETCH_ADDRESS, PRIVATE);
	client_turn_for(n->client, 2);
	name_server_say(n->server, "m.test", (struct name_reply){ .rcode = 3 });
	fails(n, "m.test", FETCH_DNS, "no such name");
}

static void a_connection_that_stands_outlives_a_move(void **state)
{
	struct names *n = *state;

	forget_at_once(n);
	name_server_say(n->server, "m.test", (struct name_reply){ .a = HERE });
	succeeds(n, "m.test", HERE);
	client_turn_for(n->client, 2);
	name_server_say(n->server, "m.test", (struct name_reply){ .a = THERE });
	succeeds(n, "m.test", HERE);
	assert_true(n->client->results[1].reused_connection);
	assert_int_equal(name_server_n_asked(n->server, NULL, 0), 2);
}

static void given_and_numeric_hosts_are_not_asked_for(void **state)
{
	struct names *n = *state;
	struct transport_config config = client_config();
	char entry[64];
	const char *const resolve[] = { entry, NULL };

	snprintf(entry, sizeof(entry), "Given.test:%d:" THERE,
		 origin_port(n->client->origin));
	config.resolve = resolve;
	config.dns_servers = name_server_address(n->server);
	client_reconfigure(n->client, &config);
	succeeds(n, "given.test", THERE);
	succeeds(n, HERE, HERE);
	/* refused without a look-up, or left to the system's resolver */
	get(n, "0x7f.1");
	get(n, "a.onion");
	fails(n, "localhost", FETCH_ADDRESS, "");
	assert_int_equal(name_server_n_asked(n->server, NULL, 0), 0);
}

static const struct fetch_result *look_up(struct names *n, const char *name)
{
	char url[128];
	struct fetch_request request = { .url = url_of(n, name, url), .look_up = true };

	assert_int_equal(fetcher_start(n->client->fetcher, &request), ERR_OK);
	client_wait(n->client);
	return &n->client->results[n->client->n_results - 1];
}

static void a_look_up_sends_nothing(void **state)
{
	static const struct {
		const char *name, *address;
		enum fetch_error error;
	} rows[] = {
		{ "a.test", HERE, FETCH_OK },     { "a.test", HERE, FETCH_OK },
		{ "v6.test", "[::1]", FETCH_OK }, { "given.test", THERE, FETCH_OK },
		{ "none.test", "", FETCH_DNS },   { "none.test", "", FETCH_DNS },
		{ "localhost", "", FETCH_OK },    { "127.77.1.3", "", FETCH_OK },
	};
	struct names *n = *state;
	struct transport_config config = client_config();
	char entry[64];
	const char *const resolve[] = { entry, NULL };

	snprintf(entry, sizeof(entry), "given.test:%d:" THERE,
		 origin_port(n->client->origin));
	config.resolve = resolve;
	config.dns_servers = name_server_address(n->server);
	client_reconfigure(n->client, &config);
	name_server_say(n->server, "a.test", (struct name_reply){ .a = HERE "," THERE });
	name_server_say(n->server, "v6.test", (struct name_reply){ .aaaa = "::1" });
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct fetch_result *r = look_up(n, rows[i].name);

		assert_int_equal(r->error, rows[i].error);
		assert_string_equal(r->address, rows[i].address);
		assert_int_equal(r->http_status, 0);
	}
	assert_int_equal(origin_n_connections(n->client->origin), 0);
	succeeds(n, "a.test", HERE);
}

/* And none goes round it, where no address would be judged (REQ 68). */
static void a_proxy_looks_names_up_itself(void **state)
{
	struct names *n = *state;
	struct transport_config config = client_config();
	char proxy[64];

	snprintf(proxy, sizeof(proxy), "http://" HERE ":%d",
		 origin_port(n->client->origin));
	config.proxy = proxy;
	config.dns_servers = name_server_address(n->server);
	client_reconfigure(n->client, &config);
	setenv("no_proxy", "anything.test", 1);
	assert_int_equal(get(n, "anything.test")->error, FETCH_OK);
	unsetenv("no_proxy");
	assert_int_equal(name_server_n_asked(n->server, NULL, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define FLOW(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		FLOW(a_name_is_asked_for_once),
		FLOW(look_ups_of_one_name_are_joined),
		FLOW(many_names_need_no_thread),
		FLOW(both_families_serve),
		FLOW(the_second_address_serves_where_the_first_is_refused),
		FLOW(a_chain_of_aliases_is_followed),
		FLOW(a_truncated_answer_is_asked_for_again),
		FLOW(what_is_no_answer_changes_nothing),
		FLOW(failures_are_told_apart_and_kept_shortly),
		FLOW(a_silent_server_delays_nobody_else),
		FLOW(a_name_that_moves_is_followed),
		FLOW(a_connection_that_stands_outlives_a_move),
		FLOW(given_and_numeric_hosts_are_not_asked_for),
		FLOW(a_look_up_sends_nothing),
		FLOW(a_proxy_looks_names_up_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
