#include "store/base/url_host.h"

#include <idn2.h>

#include "store/base/url_address.h"

/* No name in the DNS is longer, 4 octets for each of its 253 characters. What libidn2
 * does costs microseconds a label, and this bounds it. */
#define IDN_MAX 1024
#define IDN_FLAGS (IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL)

/* Forbidden domain code points (3.1). */
static const bool forbidden[256] = {
	[0x00 ... 0x20] = true, ['#'] = true, ['%'] = true, ['/'] = true, [':'] = true,
	['<'] = true,           ['>'] = true, ['?'] = true, ['@'] = true, ['['] = true,
	['\\'] = true,          [']'] = true, ['^'] = true, ['|'] = true, [0x7f] = true,
};

/* A host with its escapes undone and its capitals lowered. */
struct name {
	size_t len;
	bool is_ascii;
	char bytes[URL_MAX];
};

/* The octet that `rest` starts with, its escape undone; moves `rest` past it. */
static unsigned char take_octet(struct span *rest)
{
	unsigned char c = (unsigned char)rest->data[0];
	size_t used = 1;

	if (c == '%' && rest->len >= 3) {
		int high = url_digit_value(rest->data[1]);
		int low = url_digit_value(rest->data[2]);

		if (high < 16 && low < 16) {
			c = (unsigned char)(high << 4 | low);
			used = 3;
		}
	}
	*rest = span_from(rest->data + used, rest->len - used);
	return c;
}

/* No mapping makes a forbidden octet allowed, so they are refused at first sight. */
static enum err read_name(struct span host, struct name *name, struct why *why)
{
	name->len = 0;
	name->is_ascii = true;
	while (host.len) {
		unsigned char c = take_octet(&host);

		if (forbidden[c])
			return why_set(why, ERR_INVALID,
				       "host has a forbidden character (0x%02x)", c);
		if (c >= 0x80)
			name->is_ascii = false;
		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		name->bytes[name->len++] = (char)c;
	}
	return ERR_OK;
}

/* Length of the label at the start of `rest`, and of the dot behind it: UTS 46 knows
 * three more dots, U+3002, U+FF0E and U+FF61. */
static size_t measure_label(struct span rest, size_t *dot_len)
{
	static const char dots[3][4] = { "\u3002", "\uff0e", "\uff61" };

	for (size_t i = 0; i < rest.len; i++) {
		struct span here = { rest.data + i, rest.len - i };

		*dot_len = 1;
		if (rest.data[i] == '.')
			return i;
		*dot_len = 3;
		for (size_t j = 0; j < ARRAY_SIZE(dots); j++) {
			if (span_starts_with(here, span_of(dots[j])))
				return i;
		}
	}
	*dot_len = 0;
	return rest.len;
}

/* An ASCII label is done, unless it claims to be an encoded one. */
static bool needs_idn(struct span label)
{
	for (size_t i = 0; i < label.len; i++) {
		if ((unsigned char)label.data[i] >= 0x80)
			return true;
	}
	return span_starts_with(label, SPAN("xn--"));
}

static enum err put_label(struct url_text *text, struct span label, struct why *why)
{
	char copy[IDN_MAX + 1], *ascii = NULL;
	int result;

	if (!needs_idn(label)) {
		url_text_put(text, label);
		return ERR_OK;
	}
	memcpy(copy, label.data, label.len);
	copy[label.len] = '\0';
	result = idn2_to_ascii_8z(copy, &ascii, IDN_FLAGS);
	if (result == IDN2_MALLOC)
		return ERR_NOMEM;
	if (result != IDN2_OK)
		return why_set(why, ERR_INVALID, "host is no valid IDN: %s",
			       idn2_strerror(result));
	url_text_put(text, span_of(ascii));
	idn2_free(ascii);
	return ERR_OK;
}

/* Label by label: what libidn2 refuses in a host that has an international label
 * ("r3---sn") is fine in the ASCII ones beside it. */
static enum err put_labels(struct url_text *text, struct span name, struct why *why)
{
	size_t dot_len;

	do {
		size_t len = measure_label(name, &dot_len);
		enum err err = put_label(text, span_from(name.data, len), why);

		if (err)
			return err;
		if (dot_len)
			url_text_put_byte(text, '.');
		name = span_from(name.data + len + dot_len, name.len - len - dot_len);
	} while (dot_len);
	return ERR_OK;
}

static bool has_encoded_label(struct span name)
{
	for (size_t i = 0; i + 4 <= name.len; i++) {
		if (name.data[i] == 'x' && (i == 0 || name.data[i - 1] == '.') &&
		    memcmp(name.data + i, "xn--", 4) == 0)
			return true;
	}
	return false;
}

/* Domain to ASCII. Nearly all hosts stop at the first test. */
static enum err put_domain(struct url_text *text, struct span host, struct why *why)
{
	struct name name;
	size_t start = text->len;
	enum err err = read_name(host, &name, why);

	if (err)
		return err;
	if (name.is_ascii && !has_encoded_label(span_from(name.bytes, name.len))) {
		url_text_put(text, span_from(name.bytes, name.len));
		return ERR_OK;
	}
	if (name.len > IDN_MAX)
		return why_set(why, ERR_INVALID, "host is too long");
	err = put_labels(text, span_from(name.bytes, name.len), why);
	if (err)
		return err;
	/* Mapping can bring forth what was not there: U+FF05 becomes '%'. */
	for (size_t i = start; i < text->len; i++) {
		if (forbidden[(unsigned char)text->bytes[i]])
			return why_set(why, ERR_INVALID,
				       "host has a forbidden character (0x%02x)",
				       (unsigned char)text->bytes[i]);
	}
	return ERR_OK;
}

enum err url_host_put(struct url_text *text, struct span host, struct why *why)
{
	size_t start = text->len;
	struct span domain;
	enum err err;

	if (host.len && host.data[0] == '[') {
		if (host.len < 2 || host.data[host.len - 1] != ']' ||
		    url_ipv6_put(text, span_from(host.data + 1, host.len - 2)))
			return why_set(why, ERR_INVALID, "host is no valid IPv6 address");
		return ERR_OK;
	}
	err = put_domain(text, host, why);
	if (err)
		return err;
	domain = span_from(text->bytes + start, text->len - start);
	if (!domain.len && !text->overflow)
		return why_set(why, ERR_INVALID, "host is empty");
	if (!url_ends_in_number(domain))
		return ERR_OK;
	text->len = start;
	if (url_ipv4_put(text, domain))
		return why_set(why, ERR_INVALID, "host is no valid IPv4 address");
	return ERR_OK;
}
