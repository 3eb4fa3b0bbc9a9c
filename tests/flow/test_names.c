/* Names on their way to addresses: the transport with a name server of our own. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "crawler/resolver.h"
#include "store/base/clock.h"
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
	assert_int_equal(get(n, "anything.test")->error, FETCH_OK);
	assert_int_equal(name_server_n_asked(n->server, NULL, 0), 0);
}

/* ---- by the resolver alone, in a time of our own ------------------------------------ */

struct alone {
	struct resolver *resolver;
	struct name_server *server;
	int64_t now_us;
	int n_told;
};

static int begin_alone(void **state)
{
	struct alone *a = calloc(1, sizeof(*a));

	assert_non_null(a);
	a->server = name_server_start();
	a->now_us = 1000000;
	*state = a;
	return 0;
}

static int end_alone(void **state)
{
	struct alone *a = *state;

	resolver_free(a->resolver);
	name_server_stop(a->server);
	free(a);
	return 0;
}

static void told(void *context, struct name_wait *wait, struct name *name)
{
	struct alone *a = context;

	assert_null(wait->name);
	assert_true(name->state != NAME_ASKED);
	a->n_told++;
}

static struct name *look_up(struct alone *a, const char *text)
{
	struct name *name = resolver_find(a->resolver, span_of(text), a->now_us);
	struct name_wait wait = { .name = NULL };
	int64_t began_us = clock_monotonic_us();

	assert_non_null(name);
	if (name->state != NAME_ASKED)
		return name;
	a->n_told = 0;
	resolver_wait(name, &wait);
	while (!a->n_told && clock_monotonic_us() - began_us < 20000000) {
		struct pollfd fd = { .fd = resolver_fd(a->resolver), .events = POLLIN };

		poll(&fd, 1, 20);
		resolver_turn(a->resolver, a->now_us);
	}
	assert_int_equal(a->n_told, 1);
	return name;
}

static void is_known(struct alone *a, const char *text, const char *addresses)
{
	struct name *name = look_up(a, text);

	if (name->state != NAME_KNOWN || strcmp(name->addresses, addresses) != 0)
		fail_msg("%s: state %d, %s, not %s", text, name->state,
			 name->addresses ? name->addresses : name->detail, addresses);
}

static void open_alone(struct alone *a)
{
	struct why why = { "" };

	if (resolver_new(name_server_address(a->server), 0, told, a, &a->resolver, &why))
		fail_msg("%s", why.text);
}

static void pass_s(struct alone *a, int64_t s)
{
	a->now_us += s * 1000000;
}

static const struct {
	unsigned ttl_s;
	int64_t kept_s;
} ttl_rows[] = {
	{ 0, NAME_TTL_MIN_S }, { 1, NAME_TTL_MIN_S },    { 61, 61 },
	{ 1800, 1800 },        { 3601, NAME_TTL_MAX_S }, { 86400, NAME_TTL_MAX_S },
};

static void an_answer_holds_for_its_time(void **state)
{
	struct alone *a = *state;

	open_alone(a);
	for (size_t i = 0; i < ARRAY_SIZE(ttl_rows); i++) {
		struct name_reply reply = { .a = HERE, .ttl_s = ttl_rows[i].ttl_s };
		char name[16];

		snprintf(name, sizeof(name), "t%zu.test", i);
		name_server_say(a->server, name, reply);
		is_known(a, name, HERE);
		reply.a = THERE;
		name_server_say(a->server, name, reply);
		pass_s(a, ttl_rows[i].kept_s - 1);
		is_known(a, name, HERE);
		pass_s(a, 1);
		is_known(a, name, THERE);
	}
}

static void the_least_ttl_of_a_chain_counts(void **state)
{
	struct alone *a = *state;

	open_alone(a);
	name_server_say(
		a->server, "w.test",
		(struct name_reply){ .a = HERE, .cnames = "x.test", .ttl_s = 90 });
	is_known(a, "w.test", HERE);
	pass_s(a, 90);
	name_server_say(a->server, "w.test", (struct name_reply){ .a = THERE });
	is_known(a, "w.test", THERE);
}

static void that_there_is_nothing_is_kept_shortly(void **state)
{
	struct alone *a = *state;

	open_alone(a);
	name_server_say(a->server, "n.test", (struct name_reply){ .rcode = 3 });
	assert_int_equal(look_up(a, "n.test")->state, NAME_FAILED);
	name_server_say(a->server, "n.test", (struct name_reply){ .a = HERE });
	pass_s(a, NAME_NEGATIVE_S - 1);
	assert_int_equal(look_up(a, "n.test")->state, NAME_FAILED);
	pass_s(a, 1);
	is_known(a, "n.test", HERE);
	/* and the other way round: what is gone is gone, whatever was known */
	name_server_say(a->server, "n.test", (struct name_reply){ .rcode = 3 });
	pass_s(a, NAME_TTL_MAX_S);
	assert_int_equal(look_up(a, "n.test")->state, NAME_FAILED);
}

static void while_the_dns_is_gone_what_was_known_serves_on(void **state)
{
	struct alone *a = *state;
	struct name_reply gone = { .rcode = 2 };

	open_alone(a);
	name_server_say(a->server, "s.test", (struct name_reply){ .a = HERE });
	is_known(a, "s.test", HERE);
	name_server_say(a->server, "*", gone);
	name_server_say(a->server, "s.test", gone);
	pass_s(a, NAME_TTL_MIN_S);
	is_known(a, "s.test", HERE);
	assert_int_equal(look_up(a, "new.test")->state, NAME_FAILED);
	/* asked again before long */
	name_server_say(a->server, "*", (struct name_reply){ .a = THERE });
	name_server_say(a->server, "s.test", (struct name_reply){ .a = THERE });
	pass_s(a, NAME_FAILED_S);
	is_known(a, "s.test", THERE);
	is_known(a, "new.test", THERE);
	/* but not for ever */
	name_server_say(a->server, "s.test", gone);
	pass_s(a, NAME_TTL_MIN_S + NAME_STALE_MAX_S);
	assert_int_equal(look_up(a, "s.test")->state, NAME_FAILED);
}

static void names_that_have_passed_are_forgotten(void **state)
{
	struct alone *a = *state;
	open_alone(a);
	name_server_say(a->server, "*", (struct name_reply){ .a = HERE });
	for (int i = 0; i < 1500; i++) {
		char name[32];

		snprintf(name, sizeof(name), "n%d.test", i);
		is_known(a, name, HERE);
		pass_s(a, 1);
	}
	assert_true(resolver_n_names(a->resolver) < 1300);
	is_known(a, "n1499.test", HERE);
	assert_int_equal(name_server_n_asked(a->server, NULL, 0), 1500);
}

static void servers_that_are_none_are_refused(void **state)
{
	struct alone *a = *state;
	struct why why = { "" };

	assert_int_equal(resolver_new("no server", 0, told, a, &a->resolver, &why),
			 ERR_INVALID);
	assert_non_null(strstr(why.text, "no server"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define FLOW(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
#define ALONE(f) cmocka_unit_test_setup_teardown(f, begin_alone, end_alone)
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
		FLOW(a_proxy_looks_names_up_itself),
		ALONE(an_answer_holds_for_its_time),
		ALONE(the_least_ttl_of_a_chain_counts),
		ALONE(that_there_is_nothing_is_kept_shortly),
		ALONE(while_the_dns_is_gone_what_was_known_serves_on),
		ALONE(names_that_have_passed_are_forgotten),
		ALONE(servers_that_are_none_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
