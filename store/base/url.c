#include "store/base/url.h"

#include "store/base/url_host.h"
#include "store/base/url_path.h"
#include "store/base/url_text.h"

static bool is_slash(char c)
{
	return c == '/' || c == '\\';
}

static bool is_alpha(char c)
{
	c |= 0x20;
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct span skip(struct span s, size_t n)
{
	return n ? span_from(s.data + n, s.len - n) : s;
}

static enum err refuse(struct why *why, const char *reason)
{
	return why_set(why, ERR_INVALID, "%s", reason);
}

static enum err refuse_long(struct why *why)
{
	return why_set(why, ERR_TOO_LARGE, "longer than %d bytes", URL_MAX);
}

/* "Remove any leading and trailing C0 control or space" (4.4). */
static struct span trim_controls(struct span s)
{
	while (s.len && (unsigned char)s.data[0] <= ' ')
		s = skip(s, 1);
	while (s.len && (unsigned char)s.data[s.len - 1] <= ' ')
		s.len--;
	return s;
}

/* "Remove all ASCII tab or newline" (4.4): `s` itself, or its rest copied to `room`. */
static struct span strip_breaks(struct span s, char room[URL_MAX])
{
	size_t n = 0;

	if (span_find(s, '\t') == s.len && span_find(s, '\n') == s.len &&
	    span_find(s, '\r') == s.len)
		return s;
	for (size_t i = 0; i < s.len; i++) {
		if (s.data[i] != '\t' && s.data[i] != '\n' && s.data[i] != '\r')
			room[n++] = s.data[i];
	}
	return span_from(room, n);
}

/* Takes a scheme and its colon off the start of `rest`; false if there is none. */
static bool take_scheme(struct span *rest, struct span *scheme)
{
	size_t n = 0;

	if (!rest->len || !is_alpha(rest->data[0]))
		return false;
	while (n < rest->len && (is_alpha(rest->data[n]) || is_digit(rest->data[n]) ||
				 memchr("+-.", rest->data[n], 3)))
		n++;
	if (n == rest->len || rest->data[n] != ':')
		return false;
	*scheme = span_from(rest->data, n);
	*rest = skip(*rest, n + 1);
	return true;
}

/* The default port of `scheme` in any case of letters; 0 when it is not http(s). */
static uint16_t default_port(struct span scheme)
{
	if (span_equal_nocase(scheme, SPAN("https")))
		return 443;
	return span_equal_nocase(scheme, SPAN("http")) ? 80 : 0;
}

/* Reads a decimal port; leading zeros are allowed (port state, 4.4). */
static enum err parse_port(struct span digits, uint16_t *port, struct why *why)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < digits.len; i++) {
		if (!is_digit(digits.data[i]))
			return refuse(why, "port is not a number");
		sum = sum * 10 + (uint32_t)(digits.data[i] - '0');
		if (sum > UINT16_MAX)
			return refuse(why, "port is over 65535");
	}
	*port = (uint16_t)sum;
	return ERR_OK;
}

/* Where the host ends: at the first colon outside of brackets (host state, 4.4). */
static size_t measure_host(struct span authority)
{
	bool inside = false;

	for (size_t i = 0; i < authority.len; i++) {
		if (authority.data[i] == '[')
			inside = true;
		else if (authority.data[i] == ']')
			inside = false;
		else if (authority.data[i] == ':' && !inside)
			return i;
	}
	return authority.len;
}

static void put_port(struct url_text *text, uint16_t port)
{
	char digits[5];
	size_t at = sizeof(digits);

	for (; port; port /= 10)
		digits[--at] = (char)('0' + port % 10);
	if (at == sizeof(digits))
		digits[--at] = '0';
	url_text_put_byte(text, ':');
	url_text_put(text, span_from(digits + at, sizeof(digits) - at));
}

static enum err put_authority(struct url_text *text, struct span authority,
			      uint16_t unsaid_port, struct why *why)
{
	size_t host_len = measure_host(authority);
	struct span digits = skip(authority, host_len);
	uint16_t port = unsaid_port;
	enum err err;

	/* Even an empty one, which the standard drops: it is there to deceive
	 * (RFC 9110 4.2.4; REQ 70). */
	if (span_find(authority, '@') < authority.len)
		return refuse(why, "userinfo ('user@') is not allowed");
	if (!host_len)
		return refuse(why, "host is empty");
	if (digits.len > 1) {
		err = parse_port(skip(digits, 1), &port, why);
		if (err)
			return err;
	}
	err = url_host_put(text, span_from(authority.data, host_len), why);
	if (err)
		return err;
	if (port != unsaid_port)
		put_port(text, port);
	return ERR_OK;
}

static void put_path_and_query(struct url_text *text, size_t path_at, struct span rest)
{
	url_path_put(text, path_at, &rest);
	url_path_put_query(text, rest);
}

/* `rest` stands behind "scheme:", or at the slashes of a "//host" reference. */
static enum err put_absolute(struct url_text *text, struct span scheme, struct span rest,
			     struct why *why)
{
	bool is_https = scheme.len == 5;
	size_t n = 0;
	enum err err;

	while (rest.len && is_slash(rest.data[0]))
		rest = skip(rest, 1);
	while (n < rest.len && !is_slash(rest.data[n]) && rest.data[n] != '?' &&
	       rest.data[n] != '#')
		n++;
	url_text_put(text, is_https ? SPAN("https://") : SPAN("http://"));
	err = put_authority(text, span_from(rest.data, n), is_https ? 443 : 80, why);
	if (err)
		return err;
	rest = skip(rest, n);
	if (rest.len && is_slash(rest.data[0]))
		rest = skip(rest, 1);
	url_text_put_byte(text, '/');
	put_path_and_query(text, text->len - 1, rest);
	return ERR_OK;
}

/* Relative and relative slash state (4.4); `base` is canonical. */
static enum err put_relative(struct url_text *text, const struct url_parts *base,
			     struct span rest, struct why *why)
{
	size_t query_at = span_find(base->target, '?'), path_at = base->origin.len;
	struct span base_path = { base->target.data, query_at };

	if (rest.len >= 2 && is_slash(rest.data[0]) && is_slash(rest.data[1]))
		return put_absolute(text, base->scheme, rest, why);
	url_text_put(text, base->origin);
	if (!rest.len || rest.data[0] == '#') {
		url_text_put(text, base->target);
	} else if (rest.data[0] == '?') {
		url_text_put(text, base_path);
		url_path_put_query(text, rest);
	} else if (is_slash(rest.data[0])) {
		url_text_put_byte(text, '/');
		put_path_and_query(text, path_at, skip(rest, 1));
	} else {
		url_text_put(text, base_path);
		url_path_shorten(text);
		put_path_and_query(text, path_at, rest);
	}
	return ERR_OK;
}

/* Scheme start to path or authority state (4.4). `base` is NULL when there is none. */
static enum err put_url(struct url_text *text, struct span input,
			const struct url_parts *base, struct why *why)
{
	struct span scheme = { 0 }, rest = input;

	if (!take_scheme(&rest, &scheme))
		return base ? put_relative(text, base, rest, why)
			    : refuse(why, "not an absolute http(s) URL");
	if (!default_port(scheme))
		return why_set(why, ERR_INVALID, "scheme '%.*s' is not http or https",
			       (int)(scheme.len < 20 ? scheme.len : 20), scheme.data);
	/* "http:page" is relative to a base of the same scheme. */
	if (base && span_equal_nocase(scheme, base->scheme) &&
	    !span_starts_with(rest, SPAN("//")))
		return put_relative(text, base, rest, why);
	return put_absolute(text, scheme, rest, why);
}

enum err url_canonical(struct span input, struct span base, struct buf *canonical,
		       struct why *why)
{
	struct url_parts parts;
	struct url_text text;
	char room[URL_MAX];
	enum err err;

	text.len = 0;
	text.overflow = false;
	input = trim_controls(input);
	if (input.len > URL_MAX)
		return refuse_long(why);
	if (base.len && url_split(base, &parts))
		return refuse(why, "base is not a canonical http(s) URL");
	err = put_url(&text, strip_breaks(input, room), base.len ? &parts : NULL, why);
	if (err)
		return err;
	if (text.overflow)
		return refuse_long(why);
	return buf_set(canonical, span_from(text.bytes, text.len));
}

/* Splits "host[:port]"; `parts->scheme` is known. */
static enum err split_authority(struct span authority, struct url_parts *parts)
{
	size_t host_len = measure_host(authority);
	struct span digits = skip(authority, host_len);

	if (!host_len || digits.len == 1 || span_find(authority, '@') < authority.len)
		return ERR_INVALID;
	parts->authority = authority;
	parts->host = span_from(authority.data, host_len);
	parts->port = default_port(parts->scheme);
	return digits.len ? parse_port(skip(digits, 1), &parts->port, NULL) : ERR_OK;
}

enum err url_split(struct span url, struct url_parts *parts)
{
	struct url_parts p = { 0 };
	struct span rest;
	size_t authority_len;
	enum err err;

	if (span_starts_with(url, SPAN("https://")))
		p.scheme = span_from(url.data, 5);
	else if (span_starts_with(url, SPAN("http://")))
		p.scheme = span_from(url.data, 4);
	else
		return ERR_INVALID;
	rest = skip(url, p.scheme.len + 3);
	if (url.len > URL_MAX || span_find(rest, '#') < rest.len)
		return ERR_INVALID;
	authority_len = span_find(rest, '/');
	if (authority_len == rest.len)
		return ERR_INVALID;
	err = split_authority(span_from(rest.data, authority_len), &p);
	if (err)
		return err;
	p.target = skip(rest, authority_len);
	p.origin = span_from(url.data, url.len - p.target.len);
	*parts = p;
	return ERR_OK;
}
