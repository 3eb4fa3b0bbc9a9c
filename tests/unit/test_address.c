/* REQ 66, 67: the addresses a crawler does not talk to. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "crawler/address.h"

union any_address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static union any_address address_of(const char *text)
{
	union any_address a;

	memset(&a, 0, sizeof(a));
	if (inet_pton(AF_INET, text, &a.in.sin_addr) == 1) {
		a.in.sin_family = AF_INET;
		a.in.sin_port = htons(80);
	} else if (inet_pton(AF_INET6, text, &a.in6.sin6_addr) == 1) {
		a.in6.sin6_family = AF_INET6;
		a.in6.sin6_port = htons(80);
	} else {
		fail_msg("no address: %s", text);
	}
	return a;
}

static const struct {
	const char *address, *why; /* NULL: we talk to it */
} default_rows[] = {
	{ "0.0.0.0", "unspecified" },
	{ "0.1.2.3", "unspecified" },
	{ "9.255.255.255", NULL },
	{ "10.0.0.0", "private" },
	{ "10.255.255.255", "private" },
	{ "11.0.0.0", NULL },
	{ "100.63.255.255", NULL },
	{ "100.64.0.0", "shared" },
	{ "100.127.255.255", "shared" },
	{ "100.128.0.0", NULL },
	{ "100.100.100.200", "metadata" },
	{ "127.0.0.1", "loopback" },
	{ "127.255.255.255", "loopback" },
	{ "128.0.0.1", NULL },
	{ "168.63.129.16", "metadata" },
	{ "168.63.129.17", NULL },
	{ "169.254.0.1", "link-local" },
	{ "169.254.169.254", "metadata" },
	{ "172.15.255.255", NULL },
	{ "172.16.0.0", "private" },
	{ "172.31.255.255", "private" },
	{ "172.32.0.0", NULL },
	{ "192.0.0.1", "reserved" },
	{ "192.0.2.1", "documentation" },
	{ "192.88.99.1", "reserved" },
	{ "192.168.255.255", "private" },
	{ "192.169.0.0", NULL },
	{ "198.17.255.255", NULL },
	{ "198.18.0.0", "benchmark" },
	{ "198.19.255.255", "benchmark" },
	{ "198.20.0.0", NULL },
	{ "198.51.100.7", "documentation" },
	{ "203.0.113.7", "documentation" },
	{ "223.255.255.255", NULL },
	{ "224.0.0.1", "multicast" },
	{ "239.255.255.255", "multicast" },
	{ "240.0.0.1", "reserved" },
	{ "255.255.255.255", "broadcast" },
	{ "::", "unspecified" },
	{ "::1", "loopback" },
	{ "::ffff:127.0.0.1", "loopback" },
	{ "::ffff:93.184.216.34", NULL },
	{ "::127.0.0.1", "loopback" },
	{ "::ffff:0:10.0.0.1", "private" },
	{ "64:ff9b::10.0.0.1", "private" },
	{ "64:ff9b::93.184.216.34", NULL },
	{ "64:ff9b:1::93.184.216.34", "private" },
	{ "64:ff9b:0:1::93.184.216.34", "reserved" },
	{ "100::1", "reserved" },
	{ "2001::1", "unspecified" },                    /* Teredo, server 0.0.0.0 */
	{ "2001:0:5db8:d822:0:0:f5ff:fffe", "private" }, /* ... client 10.0.0.1 */
	{ "2001:0:a00:1:0:0:a247:27dd", "private" },     /* ... server 10.0.0.1 */
	{ "2001:0:5db8:d822:0:0:a247:27dd", NULL },
	{ "2001:1::1", "reserved" },
	{ "2001:2::1", "benchmark" },
	{ "2001:20::1", "reserved" },
	{ "2001:200::1", NULL },
	{ "2001:db8::1", "documentation" },
	{ "2002:7f00:1::1", "loopback" },
	{ "2002:a9fe:a9fe::1", "metadata" },
	{ "2002:5db8:d822::1", NULL },
	{ "2606:2800:220:1::1", NULL },
	{ "2606:2800:220:1:0:5efe:10.0.0.1", "private" },
	{ "2606:2800:220:1:200:5efe:10.0.0.1", "private" },
	{ "3fff:fff::1", "documentation" },
	{ "4000::1", "reserved" },
	{ "fc00::1", "unique-local" },
	{ "fdff:ffff::1", "unique-local" },
	{ "fd00:ec2::254", "metadata" },
	{ "fd20:ce::254", "metadata" },
	{ "fe80::1", "link-local" },
	{ "febf::1", "link-local" },
	{ "fec0::1", "private" },
	{ "ff02::1", "multicast" },
};

static void only_public_addresses_pass_by_default(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(default_rows); i++) {
		union any_address a = address_of(default_rows[i].address);
		const char *why = address_refusal(&a.any, NULL, 0);
		const char *want = default_rows[i].why;

		if (!why != !want || (why && strcmp(why, want) != 0))
			fail_msg("%s: %s, not %s", default_rows[i].address,
				 why ? why : "passes", want ? want : "passes");
	}
}

static void what_is_not_internet_is_refused(void **unused)
{
	const struct sockaddr a = { .sa_family = AF_UNIX };
	char text[ADDRESS_TEXT_SIZE];

	(void)unused;
	assert_string_equal(address_refusal(&a, NULL, 0), "not internet");
	address_format(&a, text);
	assert_string_equal(text, "");
}

static const struct {
	const char *net, *address;
	bool passes;
} allow_rows[] = {
	{ "127.77.1.0/24", "127.77.1.255", true },
	{ "127.77.1.0/24", "127.77.2.0", false },
	{ "127.77.1.0/24", "127.77.0.255", false },
	{ "127.77.1.0/24", "::ffff:127.77.1.9", true },
	{ "127.77.1.0/24", "::127.77.1.9", false },
	{ "127.77.1.0/24", "64:ff9b::127.77.1.9", false },
	{ "127.77.1.0/24", "2002:7f4d:109::1", false },
	{ "10.0.0.0/9", "10.127.255.255", true },
	{ "10.0.0.0/9", "10.128.0.0", false },
	{ "10.1.2.3", "10.1.2.3", true },
	{ "10.1.2.3", "10.1.2.2", false },
	{ "0.0.0.0/0", "169.254.169.254", true },
	{ "0.0.0.0/0", "::1", false },
	{ "::/0", "fe80::1", true },
	{ "::/0", "127.0.0.1", false },
	{ "::1/128", "::1", true },
	{ "::1", "::", false },
	{ "fd00::/8", "fd12::1", true },
	{ "fd00::/8", "fc00::1", false },
	{ "::ffff:10.0.0.0/104", "10.9.9.9", true },
	{ "10.0.0.0/8", "93.184.216.34", true }, /* public ones stay open */
};

static void a_net_opens_exactly_itself(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(allow_rows); i++) {
		union any_address a = address_of(allow_rows[i].address);
		struct address_net net;

		assert_int_equal(
			address_net_parse(span_of(allow_rows[i].net), &net, NULL),
			ERR_OK);
		if (!address_refusal(&a.any, &net, 1) != allow_rows[i].passes)
			fail_msg("%s in %s", allow_rows[i].address, allow_rows[i].net);
	}
}

static const struct {
	const char *text, *says;
} bad_rows[] = {
	{ "", "no IPv4 or IPv6" },           { "/8", "no IPv4 or IPv6" },
	{ "localhost", "no IPv4 or IPv6" },  { "0x7f.1/8", "no IPv4 or IPv6" },
	{ "10.0.0/8", "no IPv4 or IPv6" },   { "fe80::1%lo", "no IPv4 or IPv6" },
	{ "10.0.0.0/", "0 to 32" },          { "10.0.0.0/33", "0 to 32" },
	{ "10.0.0.0/-1", "0 to 32" },        { "10.0.0.0/8 ", "0 to 32" },
	{ "10.0.0.0/8/8", "0 to 32" },       { "::/129", "0 to 128" },
	{ "10.0.0.1/8", "bits set behind" }, { "10.64.0.0/9", "bits set behind" },
	{ "fe80::1/10", "bits set behind" },
};

static void a_bad_net_is_named(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(bad_rows); i++) {
		struct address_net net;
		struct why why = { "" };

		if (address_net_parse(span_of(bad_rows[i].text), &net, &why) !=
			    ERR_INVALID ||
		    !strstr(why.text, bad_rows[i].says) ||
		    !strstr(why.text, bad_rows[i].text))
			fail_msg("'%s': %s", bad_rows[i].text, why.text);
	}
}

static void an_overlong_net_is_no_net(void **unused)
{
	char text[200];
	struct address_net net;

	(void)unused;
	memset(text, '1', sizeof(text));
	assert_int_equal(address_net_parse(span_from(text, sizeof(text)), &net, NULL),
			 ERR_INVALID);
	/* a NUL must not cut the name to something that parses */
	assert_int_equal(address_net_parse(SPAN("10.0.0.0\0x/8"), &net, NULL),
			 ERR_INVALID);
}

static void an_address_is_shown_with_its_port(void **unused)
{
	union any_address v4 = address_of("127.0.0.1"), v6 = address_of("fe80::1");
	char text[ADDRESS_TEXT_SIZE];

	(void)unused;
	address_format(&v4.any, text);
	assert_string_equal(text, "127.0.0.1:80");
	address_format(&v6.any, text);
	assert_string_equal(text, "[fe80::1]:80");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_public_addresses_pass_by_default),
		cmocka_unit_test(what_is_not_internet_is_refused),
		cmocka_unit_test(a_net_opens_exactly_itself),
		cmocka_unit_test(a_bad_net_is_named),
		cmocka_unit_test(an_overlong_net_is_no_net),
		cmocka_unit_test(an_address_is_shown_with_its_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
