#include "crawler/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static const uint8_t MAPPED[12] = { [10] = 0xff, [11] = 0xff };

/* The IANA special-purpose registry of IPv4 and the clouds' metadata addresses, the
 * narrower net first: its reason is the better one. */
static const struct {
	const char *why;
	uint8_t bytes[4];
	uint8_t n_bits;
} refused_v4[] = {
	{ "metadata", { 169, 254, 169, 254 }, 32 },
	{ "metadata", { 168, 63, 129, 16 }, 32 },
	{ "metadata", { 100, 100, 100, 200 }, 32 },
	{ "unspecified", { 0, 0, 0, 0 }, 8 },
	{ "private", { 10, 0, 0, 0 }, 8 },
	{ "shared", { 100, 64, 0, 0 }, 10 },
	{ "loopback", { 127, 0, 0, 0 }, 8 },
	{ "link-local", { 169, 254, 0, 0 }, 16 },
	{ "private", { 172, 16, 0, 0 }, 12 },
	{ "reserved", { 192, 0, 0, 0 }, 24 },
	{ "documentation", { 192, 0, 2, 0 }, 24 },
	{ "reserved", { 192, 88, 99, 0 }, 24 },
	{ "private", { 192, 168, 0, 0 }, 16 },
	{ "benchmark", { 198, 18, 0, 0 }, 15 },
	{ "documentation", { 198, 51, 100, 0 }, 24 },
	{ "documentation", { 203, 0, 113, 0 }, 24 },
	{ "multicast", { 224, 0, 0, 0 }, 4 },
	{ "broadcast", { 255, 255, 255, 255 }, 32 },
	{ "reserved", { 240, 0, 0, 0 }, 4 },
};

static const struct {
	const char *why;
	struct address_net net;
} refused_v6[] = {
	{ "metadata", { { 0xfd, 0, 0x0e, 0xc2, [14] = 0x02, [15] = 0x54 }, 128 } },
	{ "metadata", { { 0xfd, 0x20, 0, 0xce, [14] = 0x02, [15] = 0x54 }, 128 } },
	{ "unspecified", { { 0 }, 128 } },
	{ "loopback", { { [15] = 1 }, 128 } },
	{ "multicast", { { 0xff }, 8 } },
	{ "link-local", { { 0xfe, 0x80 }, 10 } },
	{ "private", { { 0xfe, 0xc0 }, 10 } },
	{ "unique-local", { { 0xfc }, 7 } },
	{ "private", { { 0, 0x64, 0xff, 0x9b, 0, 1 }, 48 } }, /* local NAT64, RFC 8215 */
	{ "documentation", { { 0x20, 0x01, 0x0d, 0xb8 }, 32 } },
	{ "documentation", { { 0x3f, 0xff }, 20 } },
	{ "benchmark", { { 0x20, 0x01, 0, 0x02 }, 48 } },
};

/* IPv6 nets whose addresses carry an IPv4 one: `at` its first byte, `mask` what it is
 * XORed with. The server of a Teredo address counts as much as its client. */
static const struct {
	struct address_net net;
	uint8_t at, mask;
} carriers[] = {
	{ { { [10] = 0xff, [11] = 0xff }, 96 }, 12, 0 }, /* mapped */
	{ { { [8] = 0xff, [9] = 0xff }, 96 }, 12, 0 },   /* translated, RFC 7915 */
	{ { { 0 }, 96 }, 12, 0 },                        /* compatible */
	{ { { 0, 0x64, 0xff, 0x9b }, 96 }, 12, 0 },      /* NAT64, RFC 6052 */
	{ { { 0x20, 0x02 }, 16 }, 2, 0 },                /* 6to4 */
	{ { { 0x20, 0x01, 0, 0 }, 32 }, 4, 0 },          /* Teredo server */
	{ { { 0x20, 0x01, 0, 0 }, 32 }, 12, 0xff },      /* Teredo client */
};

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned n_bits)
{
	unsigned whole = n_bits / 8, rest = n_bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return !rest || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

static bool net_holds(const struct address_net *net, const uint8_t bytes[16])
{
	return same_bits(net->bytes, bytes, net->n_bits);
}

static const char *v4_refusal(const uint8_t bytes[4])
{
	for (size_t i = 0; i < ARRAY_SIZE(refused_v4); i++) {
		if (same_bits(refused_v4[i].bytes, bytes, refused_v4[i].n_bits))
			return refused_v4[i].why;
	}
	return NULL;
}

/* The verdict on an IPv4 address inside `bytes`. *carries: there is one. */
static const char *carried_refusal(const uint8_t bytes[16], bool *carries)
{
	static const uint8_t isatap[4] = { 0, 0, 0x5e, 0xfe };
	const uint8_t marker[4] = { bytes[8] & 0xfc, bytes[9], bytes[10], bytes[11] };
	const char *why = NULL;

	*carries = false;
	for (size_t i = 0; i < ARRAY_SIZE(carriers) && !why; i++) {
		uint8_t v4[4];

		if (!net_holds(&carriers[i].net, bytes))
			continue;
		for (size_t j = 0; j < sizeof(v4); j++)
			v4[j] = bytes[carriers[i].at + j] ^ carriers[i].mask;
		*carries = true;
		why = v4_refusal(v4);
	}
	/* Any prefix may carry ISATAP (RFC 5214), so it adds a refusal, never a pass. */
	if (!why && memcmp(marker, isatap, sizeof(isatap)) == 0)
		why = v4_refusal(bytes + 12);
	return why;
}

static const char *v6_refusal(const uint8_t bytes[16])
{
	static const struct address_net global = { { 0x20 }, 3 };
	static const struct address_net protocols = { { 0x20, 0x01 }, 23 };
	const char *why;
	bool carries;

	for (size_t i = 0; i < ARRAY_SIZE(refused_v6); i++) {
		if (net_holds(&refused_v6[i].net, bytes))
			return refused_v6[i].why;
	}
	why = carried_refusal(bytes, &carries);
	if (why || carries)
		return why;
	/* What IANA has not given out yet is nobody's public server. */
	if (!net_holds(&global, bytes) || net_holds(&protocols, bytes))
		return "reserved";
	return NULL;
}

static bool is_allowed(const uint8_t bytes[16], bool is_v4,
		       const struct address_net *allowed, size_t n_allowed)
{
	for (size_t i = 0; i < n_allowed; i++) {
		/* ::/0 opens IPv6, not the IPv4 that we merely write as IPv6 */
		if (is_v4 && allowed[i].n_bits < 96)
			continue;
		if (net_holds(&allowed[i], bytes))
			return true;
	}
	return false;
}

const char *address_refusal(const struct sockaddr *address,
			    const struct address_net *allowed, size_t n_allowed)
{
	uint8_t bytes[16];

	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)address;

		memcpy(bytes, MAPPED, sizeof(MAPPED));
		memcpy(bytes + sizeof(MAPPED), &in->sin_addr, 4);
	} else if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)address;

		memcpy(bytes, &in6->sin6_addr, sizeof(bytes));
	} else {
		return "not internet";
	}
	if (is_allowed(bytes, address->sa_family == AF_INET, allowed, n_allowed))
		return NULL;
	return v6_refusal(bytes);
}

void address_format(const struct sockaddr *address, char text[ADDRESS_TEXT_SIZE])
{
	char ip[INET6_ADDRSTRLEN];

	text[0] = '\0';
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)address;

		if (inet_ntop(AF_INET, &in->sin_addr, ip, sizeof(ip)))
			snprintf(text, ADDRESS_TEXT_SIZE, "%s:%u", ip,
				 ntohs(in->sin_port));
	} else if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)address;

		if (inet_ntop(AF_INET6, &in6->sin6_addr, ip, sizeof(ip)))
			snprintf(text, ADDRESS_TEXT_SIZE, "[%s]:%u", ip,
				 ntohs(in6->sin6_port));
	}
}

/* ---- reading nets ---------------------------------------------------------------- */

static bool parse_length(struct span text, unsigned most, unsigned *n_bits)
{
	unsigned n = 0;

	if (text.len == 0 || text.len > 3)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		n = n * 10 + (unsigned)(text.data[i] - '0');
	}
	*n_bits = n;
	return n <= most;
}

static bool bits_behind(const struct address_net *net)
{
	struct address_net zero = { { 0 }, 0 };

	for (unsigned i = 0; i < net->n_bits / 8U; i++)
		zero.bytes[i] = net->bytes[i];
	if (net->n_bits % 8)
		zero.bytes[net->n_bits / 8] = net->bytes[net->n_bits / 8] &
					      (uint8_t)(0xff << (8 - net->n_bits % 8));
	return memcmp(zero.bytes, net->bytes, sizeof(zero.bytes)) != 0;
}

enum err address_net_parse(struct span text, struct address_net *net, struct why *why)
{
	struct address_net parsed = { { 0 }, 0 };
	struct span length = text, ip = span_cut(&length, '/');
	char name[INET6_ADDRSTRLEN] = "";
	unsigned base = 0, n_bits;
	int shown = (int)(text.len < 80 ? text.len : 80);

	/* a NUL would cut the name to something else that parses */
	if (ip.len && ip.len < sizeof(name) && !memchr(ip.data, '\0', ip.len))
		memcpy(name, ip.data, ip.len);
	if (inet_pton(AF_INET, name, parsed.bytes + sizeof(MAPPED)) == 1) {
		memcpy(parsed.bytes, MAPPED, sizeof(MAPPED));
		base = 96;
	} else if (inet_pton(AF_INET6, name, parsed.bytes) != 1) {
		return why_set(why, ERR_INVALID, "'%.*s' is no IPv4 or IPv6 net", shown,
			       text.data ? text.data : "");
	}
	n_bits = 128 - base;
	if (ip.len < text.len && !parse_length(length, 128 - base, &n_bits))
		return why_set(why, ERR_INVALID,
			       "'%.*s' needs a prefix length of 0 to %u", shown,
			       text.data, 128 - base);
	parsed.n_bits = (uint8_t)(base + n_bits);
	if (bits_behind(&parsed))
		return why_set(why, ERR_INVALID, "'%.*s' has bits set behind its prefix",
			       shown, text.data);
	*net = parsed;
	return ERR_OK;
}
