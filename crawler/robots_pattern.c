#include "crawler/robots_pattern.h"

#include "crawler/field.h"

/* Starting a search costs as much as looking at this many octets. */
#define SEARCH_COST 32

static bool is_one_of(unsigned char c, const char *set)
{
	return c && strchr(set, c);
}

static bool is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || is_one_of(c, "-._~");
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* One octet of text, which may be spelled %XX. */
struct octet {
	unsigned char value;
	bool escaped;
};

static struct octet read_octet(struct span text, size_t *i)
{
	size_t at = (*i)++;
	int high, low;

	if (text.data[at] == '%' && text.len - at > 2) {
		high = hex_value(text.data[at + 1]);
		low = hex_value(text.data[at + 2]);
		if (high >= 0 && low >= 0) {
			*i += 2;
			return (struct octet){ (unsigned char)(high * 16 + low), true };
		}
	}
	return (struct octet){ (unsigned char)text.data[at], false };
}

/* Does the normal form show it as it is? */
static bool is_plain(struct octet o, bool in_query)
{
	if (is_unreserved(o.value))
		return true;
	if (!is_one_of(o.value, ":/?[]@!&'()+,;=")) /* reserved but for * $ # */
		return false;
	return !o.escaped || !is_one_of(o.value, in_query ? "&=+;" : "/?");
}

static bool is_special(struct octet o, enum robots_side side, bool at_end)
{
	return side == ROBOTS_PATTERN && !o.escaped &&
	       (o.value == '*' || (o.value == '$' && at_end));
}

size_t robots_normalise(struct span text, enum robots_side side, char *out)
{
	static const char digits[] = "0123456789ABCDEF";
	bool in_query = false;
	size_t len = 0;

	for (size_t i = 0; i < text.len;) {
		struct octet o = read_octet(text, &i);

		if (is_plain(o, in_query) || is_special(o, side, i == text.len)) {
			out[len++] = (char)o.value;
		} else {
			out[len++] = '%';
			out[len++] = digits[o.value >> 4];
			out[len++] = digits[o.value & 15];
		}
		in_query = in_query || (o.value == '?' && !o.escaped);
	}
	return len;
}

/* Moves `target` behind the first place where `part` stands in it. */
static bool skip_part(struct span *target, struct span part, int64_t *work)
{
	const char *at;
	size_t end;

	if (!part.len)
		return true;
	at = target->len ? memmem(target->data, target->len, part.data, part.len) : NULL;
	end = at ? (size_t)(at - target->data) + part.len : target->len;
	*work -= (int64_t)(end + part.len) + SEARCH_COST;
	*target = field_skip(*target, end);
	return at != NULL;
}

static bool ends_with(struct span s, struct span end)
{
	return s.len >= end.len &&
	       span_equal(span_from(s.data + (s.len - end.len), end.len), end);
}

/* The leftmost place for each part is as good as any other: what follows only needs to
 * stand behind it. So no part is looked for twice. */
bool robots_pattern_matches(struct span pattern, struct span target, int64_t *work)
{
	bool to_end = ends_with(pattern, SPAN("$"));
	struct span part;
	size_t star;

	if (to_end)
		pattern.len--;
	star = span_find(pattern, '*');
	part = span_from(pattern.data, star);
	*work -= (int64_t)part.len + 1;
	if (!span_starts_with(target, part))
		return false;
	target = field_skip(target, part.len);
	if (star == pattern.len)
		return !to_end || target.len == 0;
	pattern = field_skip(pattern, star + 1);
	while ((star = span_find(pattern, '*')) < pattern.len) {
		if (!skip_part(&target, span_from(pattern.data, star), work))
			return false;
		pattern = field_skip(pattern, star + 1);
	}
	return to_end ? ends_with(target, pattern) : skip_part(&target, pattern, work);
}
