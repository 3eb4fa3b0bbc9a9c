#include "tools/gate.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#define HOST_MAX 256
#define TOKEN_MAX 1024

bool gate_is_loopback(struct span address)
{
	return span_starts_with(address, SPAN("127.")) ||
	       span_equal(address, SPAN("::1")) ||
	       span_equal_nocase(address, SPAN("localhost"));
}

static bool is_port(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	return text.len <= 5;
}

/* "[::1]:80" to "::1", "localhost" to itself; empty when it makes no sense. */
static struct span without_port(struct span host)
{
	struct span name;

	if (host.len && host.data[0] == '[') {
		host = span_from(host.data + 1, host.len - 1);
		if (span_find(host, ']') == host.len)
			return SPAN("");
		name = span_cut(&host, ']');
		if (host.len && host.data[0] != ':')
			return SPAN("");
		if (host.len)
			host = span_from(host.data + 1, host.len - 1);
	} else {
		name = span_cut(&host, ':');
	}
	return is_port(host) ? name : SPAN("");
}

/* One address has many spellings ("::1", "0:0:0:0:0:0:0:1"). */
static bool is_same_address(struct span a, struct span b)
{
	unsigned char bytes[2][sizeof(struct in6_addr)];
	char text[2][INET6_ADDRSTRLEN];
	struct span spans[2] = { a, b };

	for (int i = 0; i < 2; i++) {
		if (!spans[i].len || spans[i].len >= sizeof(text[i]) ||
		    span_find(spans[i], '\0') < spans[i].len)
			return false;
		memcpy(text[i], spans[i].data, spans[i].len);
		text[i][spans[i].len] = '\0';
	}
	if (inet_pton(AF_INET, text[0], bytes[0]) == 1 &&
	    inet_pton(AF_INET, text[1], bytes[1]) == 1)
		return memcmp(bytes[0], bytes[1], 4) == 0;
	return inet_pton(AF_INET6, text[0], bytes[0]) == 1 &&
	       inet_pton(AF_INET6, text[1], bytes[1]) == 1 &&
	       memcmp(bytes[0], bytes[1], 16) == 0;
}

bool gate_host_is_ours(struct span host, struct span local, const char *const *names)
{
	struct span name = without_port(host);

	if (!name.len || host.len > HOST_MAX)
		return false;
	if (span_equal_nocase(name, SPAN("localhost")) || is_same_address(name, local))
		return true;
	for (; names && *names; names++)
		if (span_equal_nocase(name, span_of(*names)))
			return true;
	return false;
}

bool gate_origin_is_ours(struct span origin, struct span host)
{
	static const struct span schemes[] = { { "http://", 7 }, { "https://", 8 } };

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		struct span s = schemes[i];

		if (span_starts_with(origin, s) &&
		    span_equal_nocase(span_from(origin.data + s.len, origin.len - s.len),
				      host))
			return true;
	}
	return false;
}

/* Tells by its time whether the lengths are the same, and no more. */
static bool is_same(struct span a, struct span b)
{
	return a.len == b.len && a.len && CRYPTO_memcmp(a.data, b.data, a.len) == 0;
}

static bool is_password(struct span coded, struct span token)
{
	unsigned char plain[TOKEN_MAX];
	struct span pair;
	int n;

	if (!coded.len || coded.len % 4 || coded.len / 4 * 3 > sizeof(plain))
		return false;
	n = EVP_DecodeBlock(plain, (const unsigned char *)coded.data, (int)coded.len);
	/* It counts the padding as bytes. */
	for (size_t i = coded.len; n > 0 && i > 0 && coded.data[i - 1] == '='; i--)
		n--;
	if (n <= 0)
		return false;
	pair = span_from(plain, (size_t)n);
	(void)span_cut(&pair, ':');
	return is_same(pair, token);
}

bool gate_brings_token(struct span authorization, struct span token, bool basic)
{
	struct span scheme = span_cut(&authorization, ' ');
	struct span rest = span_trim(authorization);

	if (span_equal_nocase(scheme, SPAN("Bearer")))
		return is_same(rest, token);
	return basic && span_equal_nocase(scheme, SPAN("Basic")) &&
	       is_password(rest, token);
}
