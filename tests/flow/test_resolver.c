/* How long what was learned of a name is believed: the resolver in a time of our own. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "crawler/resolver.h"
#include "store/base/clock.h"
#include "tests/name_server.h"

#define HERE "127.77.1.1"
#define THERE "127.77.1.2"

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

/* ---- what the system says of its name servers ---------------------------------------- */

#define RESOLV_CONF "/etc/resolv.conf"
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static const struct name_server *machine_server; /* NULL: the machine's own */
static time_t changed_at;

FILE *fopen(const char *path, const char *mode)
{
	static char text[] = "nameserver 127.0.0.1\n";

	return machine_server && strcmp(path, RESOLV_CONF) == 0
		       ? fmemopen(text, strlen(text), "r")
		       : NEXT(fopen)(path, mode);
}

int stat(const char *path, struct stat *st)
{
	if (!machine_server || strcmp(path, RESOLV_CONF) != 0)
		return NEXT(stat)(path, st);
	*st = (struct stat){ .st_mtim.tv_sec = changed_at };
	return 0;
}

/* The file can name no port: this is where the machine's server really is. */
int connect(int fd, const struct sockaddr *to, socklen_t len)
{
	struct sockaddr_in there;

	if (machine_server && to->sa_family == AF_INET && len == sizeof(there)) {
		memcpy(&there, to, sizeof(there));
		if (there.sin_addr.s_addr == htonl(INADDR_LOOPBACK))
			there.sin_port = htons((uint16_t)strtol(
				strchr(name_server_address(machine_server), ':') + 1,
				NULL, 10));
		to = (const struct sockaddr *)&there;
	}
	return NEXT(connect)(fd, to, len);
}

static void machine_asks(const struct name_server *server)
{
	machine_server = server;
	changed_at++;
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

/* On a machine that moves: the old server does not answer, and is always being asked. */
static void another_server_is_asked_while_the_old_one_is_silent(void **state)
{
	struct alone *a = *state;
	struct name_server *second = name_server_start();
	struct name_wait wait = { .name = NULL };
	struct why why = { "" };

	name_server_say(a->server, "*", (struct name_reply){ .manner = NAMES_SILENT });
	name_server_say(second, "*", (struct name_reply){ .a = THERE });
	machine_asks(a->server);
	assert_int_equal(resolver_new(NULL, 0, told, a, &a->resolver, &why), ERR_OK);
	resolver_wait(resolver_find(a->resolver, SPAN("old.test"), a->now_us), &wait);
	machine_asks(second);
	is_known(a, "new.test", THERE);
	assert_int_equal(name_server_n_asked(a->server, "new.test", 0), 0);
	assert_non_null(wait.name); /* of the old one, which still has its time */
	resolver_leave(&wait);
	machine_server = NULL;
	resolver_free(a->resolver);
	a->resolver = NULL;
	name_server_stop(second);
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
#define ALONE(f) cmocka_unit_test_setup_teardown(f, begin_alone, end_alone)
		ALONE(an_answer_holds_for_its_time),
		ALONE(the_least_ttl_of_a_chain_counts),
		ALONE(that_there_is_nothing_is_kept_shortly),
		ALONE(while_the_dns_is_gone_what_was_known_serves_on),
		ALONE(names_that_have_passed_are_forgotten),
		ALONE(another_server_is_asked_while_the_old_one_is_silent),
		ALONE(servers_that_are_none_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
