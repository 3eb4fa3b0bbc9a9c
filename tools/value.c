#include "tools/value.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "crawler/ignore.h"
#include "store/base/units.h"

static const struct {
	const char *text, *word, *expected;
} kinds[VALUE_KINDS] = {
	[VALUE_BOOL] = { "yes or no", "", "yes or no" },
	[VALUE_TEXT] = { "text", "TEXT", "text without control characters" },
	[VALUE_FILE] = { "file", "FILE", "a file name" },
	[VALUE_DIR] = { "directory", "DIR", "a directory name" },
	[VALUE_TOKEN] = { "product token", "NAME", "only letters, '_' and '-'" },
	[VALUE_CONTACT] = { "contact", "CONTACT",
			    "a URL or mail address without spaces, quotes or parentheses" },
	[VALUE_SECRET] = { "secret", "SECRET",
			   "16 bytes or more, visible ASCII without spaces" },
	[VALUE_LISTEN] = { "address and port", "ADDR:PORT",
			   "an address and port such as 127.0.0.1:8380" },
	[VALUE_COUNT] = { "count", "N", "a whole number" },
	[VALUE_NUMBER] = { "number", "X", "a number such as 0.5" },
	[VALUE_DURATION] = { "duration", "D",
			     "a duration such as 500ms, 90s, 15m, 6h or 30d" },
	[VALUE_SIZE] = { "size", "SIZE", "a size such as 512K, 8M or 1G" },
	[VALUE_RATE] = { "rate", "RATE", "a rate such as 50/s, 10/m, 3/h or 100000/d" },
	[VALUE_TIME] = { "time", "TIME", "a time such as 2026-11-22T14:00:00Z" },
	[VALUE_CHOICE] = { "choice", "", "one of" },
	[VALUE_TEXTS] = { "list", "TEXT", "text without control characters" },
	[VALUE_CHOICES] = { "list of choices", "", "one of" },
	[VALUE_CIDRS] = { "list of nets", "CIDR",
			  "a net such as 10.0.0.0/8 or fd00::/8" },
	[VALUE_RESOLVES] = { "list of addresses", "HOST:PORT:ADDR",
			     "HOST:PORT:ADDR such as example.org:80:127.0.0.1" },
	[VALUE_IGNORES] = { "list of parts", "RULE",
			    ".class, #id or a path such as //footer//time" },
	[VALUE_HEADERS] = { "header line", "HEADER",
			    "'Name: value', and no field that freshet sets itself" },
};

const char *value_kind_text(enum value_kind kind)
{
	return kinds[kind].text;
}

const char *value_kind_word(enum value_kind kind)
{
	return kinds[kind].word;
}

bool value_is_list(enum value_kind kind)
{
	return kind >= VALUE_TEXTS && kind <= VALUE_HEADERS;
}

bool value_next_item(enum value_kind kind, struct span *rest, struct span *item)
{
	while (rest->len) {
		if (value_is_list(kind) && kind != VALUE_HEADERS)
			*item = span_trim(span_cut(rest, ','));
		else
			*item = span_cut(rest, '\0');
		if (item->len || !value_is_list(kind))
			return true;
	}
	return false;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_plain_text(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f)
			return false;
	}
	return true;
}

static bool is_token(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!is_letter(text.data[i]) && text.data[i] != '_' &&
		    text.data[i] != '-')
			return false;
	}
	return text.len > 0;
}

static bool is_contact(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] <= ' ' || text.data[i] >= 0x7f ||
		    strchr("()\"", text.data[i]))
			return false;
	}
	return true;
}

/* An IPv4 or IPv6 address, the latter with or without brackets; its bits, else 0. */
static int address_bits(struct span text)
{
	char address[INET6_ADDRSTRLEN], parsed[16];

	if (text.len >= 2 && text.data[0] == '[' && text.data[text.len - 1] == ']')
		text = span_from(text.data + 1, text.len - 2);
	if (text.len >= sizeof(address) || memchr(text.data, '\0', text.len))
		return 0;
	memcpy(address, text.data, text.len);
	address[text.len] = '\0';
	if (inet_pton(AF_INET, address, parsed) == 1)
		return 32;
	return inet_pton(AF_INET6, address, parsed) == 1 ? 128 : 0;
}

static bool is_cidr(struct span text)
{
	struct span address = span_cut(&text, '/');
	int64_t prefix;

	return units_parse_count(text, &prefix) == ERR_OK && address_bits(address) &&
	       prefix <= address_bits(address);
}

static bool is_port(struct span text)
{
	int64_t port;

	return units_parse_count(text, &port) == ERR_OK && port <= 65535;
}

/* Splits before the last colon, so that an IPv6 address may hold its own. */
/* A guess at 16 random bytes takes for ever; at a word, an evening. */
#define SECRET_MIN 16

static bool is_secret(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] <= ' ' || text.data[i] > '~')
			return false;
	return text.len >= SECRET_MIN;
}

static bool is_listen(struct span text)
{
	size_t at = text.len;
	struct span host;

	while (at > 0 && text.data[at - 1] != ':')
		at--;
	if (at < 2)
		return false;
	host = span_from(text.data, at - 1);
	return is_port(span_from(text.data + at, text.len - at)) &&
	       (span_equal(host, SPAN("localhost")) || address_bits(host));
}

static bool is_resolve(struct span text)
{
	struct span host = span_cut(&text, ':');
	struct span port = span_cut(&text, ':');

	return host.len && is_port(port) && address_bits(text);
}

/* REQ 1, 4, 5: fields whose value is the crawler's business alone. */
static const char *const own_fields[] = {
	"Host",
	"Range",
	"Expect",
	"TE",
	"Accept-Encoding",
	"Connection",
	"User-Agent",
	"Transfer-Encoding",
	"Content-Length",
	"From",
	"Upgrade",
};

static bool is_own_field(struct span name)
{
	for (size_t i = 0; i < ARRAY_SIZE(own_fields); i++) {
		if (span_equal_nocase(name, span_of(own_fields[i])))
			return true;
	}
	return name.len > 3 && span_equal_nocase(span_from(name.data, 3), SPAN("If-"));
}

static bool is_header(struct span text)
{
	struct span name = text, value = text;

	name = span_cut(&value, ':');
	for (size_t i = 0; i < name.len; i++) {
		if (!is_letter(name.data[i]) && !strchr("-_0123456789", name.data[i]))
			return false;
	}
	return name.len && name.len < text.len && span_trim(value).len &&
	       is_plain_text(text) && !is_own_field(name);
}

static bool parse_bool(struct span text, int64_t *whole)
{
	static const char *const words[][2] = {
		{ "no", "yes" },
		{ "false", "true" },
		{ "off", "on" },
		{ "0", "1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		for (int yes = 0; yes < 2; yes++) {
			if (span_equal(text, span_of(words[i][yes]))) {
				*whole = yes;
				return true;
			}
		}
	}
	return false;
}

static bool parse_choice(const char *limits, struct span text, int64_t *whole)
{
	struct span rest = span_of(limits);

	for (int64_t i = 0; rest.len; i++) {
		if (span_equal(span_cut(&rest, '|'), text)) {
			*whole = i;
			return true;
		}
	}
	return false;
}

static bool is_ignore_rule(struct span text)
{
	struct ignore_rule rule;

	return text.len <= IGNORE_RULE_MAX && ignore_parse(text, &rule) == ERR_OK;
}

static bool parse_one(enum value_kind kind, const char *limits, struct span text,
		      struct value *v)
{
	switch (kind) {
	case VALUE_BOOL:
		return parse_bool(text, &v->whole);
	case VALUE_CHOICE:
	case VALUE_CHOICES:
		return parse_choice(limits, text, &v->whole);
	case VALUE_COUNT:
		return units_parse_count(text, &v->whole) == ERR_OK;
	case VALUE_DURATION:
		return units_parse_duration(text, &v->whole) == ERR_OK;
	case VALUE_SIZE:
		return units_parse_size(text, &v->whole) == ERR_OK;
	case VALUE_TIME:
		return units_parse_time(text, &v->whole) == ERR_OK;
	case VALUE_NUMBER:
		return units_parse_number(text, &v->real) == ERR_OK;
	case VALUE_RATE:
		return units_parse_rate(text, &v->real) == ERR_OK;
	case VALUE_TOKEN:
		return is_token(text);
	case VALUE_CONTACT:
		return is_contact(text);
	case VALUE_SECRET:
		return !text.len || is_secret(text); /* empty: none */
	case VALUE_LISTEN:
		return !text.len || is_listen(text); /* empty: off */
	case VALUE_CIDRS:
		return is_cidr(text);
	case VALUE_RESOLVES:
		return is_resolve(text);
	case VALUE_IGNORES:
		return is_ignore_rule(text);
	case VALUE_HEADERS:
		return is_header(text);
	default:
		return is_plain_text(text);
	}
}

/* Is `limit` (one end of "least..most") kept? A missing end always is. */
static bool keeps_limit(enum value_kind kind, struct span limit, const struct value *v,
			int sign)
{
	struct value bound = { 0 };

	if (!limit.len)
		return true;
	if (!parse_one(kind, "", limit, &bound))
		return false; /* a mistake in the table; a test walks all of it */
	return sign * (double)(v->whole - bound.whole) + sign * (v->real - bound.real) >=
	       0;
}

static bool is_within(enum value_kind kind, const char *limits, const struct value *v)
{
	const char *dots = strstr(limits, "..");

	if (!dots)
		return true;
	return keeps_limit(kind, span_from(limits, (size_t)(dots - limits)), v, 1) &&
	       keeps_limit(kind, span_of(dots + 2), v, -1);
}

enum err value_parse(enum value_kind kind, const char *limits, struct span text,
		     struct value *value, struct why *why)
{
	bool is_choice = kind == VALUE_CHOICE || kind == VALUE_CHOICES;
	struct value v = { 0, 0 };

	if (!parse_one(kind, limits, text, &v))
		return why_set(why, ERR_INVALID, "expected %s%s%s", kinds[kind].expected,
			       is_choice ? " " : "", is_choice ? limits : "");
	if (!is_choice && !is_within(kind, limits, &v))
		return why_set(why, ERR_INVALID, "not within %s", limits);
	*value = v;
	return ERR_OK;
}
