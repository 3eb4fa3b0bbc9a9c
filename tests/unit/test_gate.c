/* test_gate.c - who may ask the listener for what (REQ 84-86). */
#include "tests/unit/unit.h"

#include "tools/gate.h"

static const char *const names[] = { "index.example", "MON.example", NULL };

static const struct {
	const char *why, *host, *local;
	bool ours;
} host_rows[] = {
	{ "the address itself", "127.0.0.1:8380", "127.0.0.1", true },
	{ "without a port", "127.0.0.1", "127.0.0.1", true },
	{ "through a tunnel", "127.0.0.1:9999", "127.0.0.1", true },
	{ "localhost", "localhost:8380", "127.0.0.1", true },
	{ "case does not count", "LocalHost", "127.0.0.1", true },
	{ "an IPv6 address", "[::1]:8380", "::1", true },
	{ "... in another spelling", "[0:0:0:0:0:0:0:1]", "::1", true },
	{ "a configured name", "index.example:80", "10.0.0.1", true },
	{ "... case does not count", "mon.Example", "10.0.0.1", true },
	{ "a name that was bound to our address", "evil.example", "127.0.0.1", false },
	{ "another address", "10.0.0.2:8380", "10.0.0.1", false },
	{ "a longer name", "localhost.evil.example", "127.0.0.1", false },
	{ "a dot behind", "localhost.", "127.0.0.1", false },
	{ "userinfo", "localhost@evil.example", "127.0.0.1", false },
	{ "a port that is none", "localhost:80@evil.example", "127.0.0.1", false },
	{ "a port with a sign", "localhost:-1", "127.0.0.1", false },
	{ "brackets that do not close", "[::1", "::1", false },
	{ "something behind brackets", "[::1]evil.example", "::1", false },
	{ "IPv6 without brackets", "::1", "::1", false },
	{ "an octal address", "0177.0.0.1", "127.0.0.1", false },
	{ "nothing", "", "127.0.0.1", false },
	{ "nothing but a port", ":80", "127.0.0.1", false },
	{ "no local address is known", "", "", false },
};

static void the_host_field_must_name_us_req_85(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(host_rows); i++)
		if (gate_host_is_ours(span_of(host_rows[i].host),
				      span_of(host_rows[i].local),
				      names) != host_rows[i].ours)
			fail_msg("row %zu: %s", i, host_rows[i].why);
}

static const struct {
	const char *why, *origin, *host;
	bool ours;
} origin_rows[] = {
	{ "the same", "http://127.0.0.1:8380", "127.0.0.1:8380", true },
	{ "behind a proxy with TLS", "https://index.example", "index.example", true },
	{ "another port is another origin", "http://127.0.0.1:80", "127.0.0.1:8380",
	  false },
	{ "another site", "http://evil.example", "127.0.0.1:8380", false },
	{ "a sandboxed frame", "null", "127.0.0.1:8380", false },
	{ "a longer one", "http://127.0.0.1:83800", "127.0.0.1:8380", false },
	{ "another scheme", "file://127.0.0.1:8380", "127.0.0.1:8380", false },
	{ "nothing", "", "", false },
};

static void the_origin_must_be_ours_req_86(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(origin_rows); i++)
		if (gate_origin_is_ours(span_of(origin_rows[i].origin),
					span_of(origin_rows[i].host)) !=
		    origin_rows[i].ours)
			fail_msg("row %zu: %s", i, origin_rows[i].why);
}

#define TOKEN "0123456789abcdef"

static const struct {
	const char *why, *field;
	bool basic, right;
} token_rows[] = {
	{ "bearer", "Bearer " TOKEN, false, true },
	{ "the scheme has no case", "bearer " TOKEN, false, true },
	{ "blanks around it", "Bearer   " TOKEN " ", false, true },
	{ "another token", "Bearer 0123456789abcdeg", false, false },
	{ "a part of it", "Bearer 0123456789abcde", false, false },
	{ "more than it", "Bearer " TOKEN "0", false, false },
	{ "no token", "Bearer ", false, false },
	{ "no scheme", TOKEN, false, false },
	{ "the password of anybody", "Basic eDowMTIzNDU2Nzg5YWJjZGVm", true, true },
	{ "... nobody's too", "Basic OjAxMjM0NTY3ODlhYmNkZWY=", true, true },
	{ "... not where a browser adds it by itself", "Basic eDowMTIzNDU2Nzg5YWJjZGVm",
	  false, false },
	{ "another password", "Basic eDowMTIzNDU2Nzg5YWJjZGVn", true, false },
	{ "no colon", "Basic MDEyMzQ1Njc4OWFiY2RlZg==", true, false },
	{ "no base64", "Basic ****", true, false },
	{ "a length that cannot be", "Basic abc", true, false },
	{ "nothing but padding", "Basic ====", true, false },
	{ "nothing", "", true, false },
};

static void the_token_comes_in_a_header_req_86(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(token_rows); i++)
		if (gate_brings_token(span_of(token_rows[i].field), SPAN(TOKEN),
				      token_rows[i].basic) != token_rows[i].right)
			fail_msg("row %zu: %s", i, token_rows[i].why);
}

static void without_a_token_nobody_brings_it(void **unused)
{
	(void)unused;
	assert_false(gate_brings_token(SPAN("Bearer "), SPAN(""), true));
	assert_false(gate_brings_token(SPAN("Basic Og=="), SPAN(""), true));
}

static void only_these_addresses_are_of_this_machine_alone(void **unused)
{
	(void)unused;
	assert_true(gate_is_loopback(SPAN("127.0.0.1")));
	assert_true(gate_is_loopback(SPAN("127.8.9.1")));
	assert_true(gate_is_loopback(SPAN("::1")));
	assert_false(gate_is_loopback(SPAN("0.0.0.0")));
	assert_false(gate_is_loopback(SPAN("::")));
	assert_false(gate_is_loopback(SPAN("10.0.0.1")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_host_field_must_name_us_req_85),
		cmocka_unit_test(the_origin_must_be_ours_req_86),
		cmocka_unit_test(the_token_comes_in_a_header_req_86),
		cmocka_unit_test(without_a_token_nobody_brings_it),
		cmocka_unit_test(only_these_addresses_are_of_this_machine_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
