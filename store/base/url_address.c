#include "store/base/url_address.h"

#include <arpa/inet.h>
#include <stdio.h>

int url_digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* IPv4 number parser; more than 32 bits are all the same to us. */
static bool parse_number(struct span part, uint64_t *value)
{
	int radix = 10;
	uint64_t sum = 0;

	if (!part.len)
		return false;
	if (part.len >= 2 && span_equal_nocase(span_from(part.data, 2), SPAN("0x"))) {
		radix = 16;
		part = span_from(part.data + 2, part.len - 2);
	} else if (part.len >= 2 && part.data[0] == '0') {
		radix = 8;
	}
	for (size_t i = 0; i < part.len; i++) {
		int digit = url_digit_value(part.data[i]);

		if (digit >= radix)
			return false;
		if (sum <= UINT32_MAX)
			sum = sum * (unsigned)radix + (unsigned)digit;
	}
	*value = sum;
	return true;
}

static bool is_all_digits(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.data[i] < '0' || s.data[i] > '9')
			return false;
	}
	return s.len > 0;
}

/* One dot at the end is the root, not an empty label. */
static struct span without_root(struct span domain)
{
	if (domain.len && domain.data[domain.len - 1] == '.')
		domain.len--;
	return domain;
}

bool url_ends_in_number(struct span domain)
{
	uint64_t ignored;
	struct span last;
	size_t at;

	domain = without_root(domain);
	for (at = domain.len; at && domain.data[at - 1] != '.'; at--)
		;
	last = span_from(domain.data + at, domain.len - at);
	/* "09" is no octal number, and yet nothing but a broken address. */
	return is_all_digits(last) || parse_number(last, &ignored);
}

enum err url_ipv4_put(struct url_text *text, struct span domain)
{
	struct span rest = without_root(domain);
	uint64_t parts[4], address = 0;
	unsigned n = 0;
	char dotted[INET_ADDRSTRLEN];

	do {
		struct span part = { rest.data, span_find(rest, '.') };

		if (n == ARRAY_SIZE(parts) || !parse_number(part, &parts[n]))
			return ERR_INVALID;
		n++;
		if (part.len == rest.len)
			break;
		rest = span_from(rest.data + part.len + 1, rest.len - part.len - 1);
	} while (true);
	/* The last part fills all the octets that the others left. */
	for (unsigned i = 0; i < n; i++) {
		unsigned octets = i == n - 1 ? 4 - i : 1;

		if (parts[i] >> (8 * octets))
			return ERR_INVALID;
		address = address << (8 * octets) | parts[i];
	}
	snprintf(dotted, sizeof(dotted), "%u.%u.%u.%u", (unsigned)(address >> 24),
		 (unsigned)(address >> 16 & 255), (unsigned)(address >> 8 & 255),
		 (unsigned)(address & 255));
	url_text_put(text, span_of(dotted));
	return ERR_OK;
}

struct run {
	int at, len;
};

/* The first longest run of two or more zero pieces: what "::" stands for. */
static struct run find_zeros(const unsigned char address[16])
{
	struct run best = { -1, 1 }, run = { 0, 0 };

	for (int i = 0; i < 8; i++) {
		if (address[2 * i] || address[2 * i + 1]) {
			run = (struct run){ i + 1, 0 };
			continue;
		}
		if (++run.len > best.len)
			best = run;
	}
	return best;
}

static void put_pieces(struct url_text *text, const unsigned char address[16])
{
	struct run zeros = find_zeros(address);

	for (int i = 0; i < 8; i++) {
		char piece[8];

		if (i == zeros.at) {
			url_text_put(text, i ? SPAN(":") : SPAN("::"));
			i += zeros.len - 1;
			continue;
		}
		snprintf(piece, sizeof(piece), "%x%s",
			 (unsigned)(address[2 * i] << 8 | address[2 * i + 1]),
			 i < 7 ? ":" : "");
		url_text_put(text, span_of(piece));
	}
}

enum err url_ipv6_put(struct url_text *text, struct span address)
{
	unsigned char bytes[16];
	char copy[INET6_ADDRSTRLEN];

	if (address.len >= sizeof(copy) || span_find(address, '\0') < address.len)
		return ERR_INVALID;
	if (address.len)
		memcpy(copy, address.data, address.len);
	copy[address.len] = '\0';
	if (inet_pton(AF_INET6, copy, bytes) != 1)
		return ERR_INVALID;
	url_text_put_byte(text, '[');
	put_pieces(text, bytes);
	url_text_put_byte(text, ']');
	return ERR_OK;
}
