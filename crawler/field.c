#include "crawler/field.h"

bool field_is_sendable(struct span value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.data[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* Where the element that starts `s` ends: at a comma outside quotes, or at the end. An
 * unclosed quote runs to the end. */
static size_t element_len(struct span s)
{
	bool quoted = false;

	for (size_t i = 0; i < s.len; i++) {
		if (s.data[i] == '"')
			quoted = !quoted;
		else if (s.data[i] == '\\' && quoted)
			i++;
		else if (s.data[i] == ',' && !quoted)
			return i;
	}
	return s.len;
}

bool field_list_next(struct span *rest, struct span *element)
{
	while (rest->len) {
		size_t len = element_len(*rest);
		size_t used = len < rest->len ? len + 1 : len;

		*element = span_trim(span_from(rest->data, len));
		*rest = field_skip(*rest, used);
		if (element->len)
			return true;
	}
	return false;
}

struct span field_unquote(struct span s)
{
	struct span inner;

	if (s.len < 2 || s.data[0] != '"' || s.data[s.len - 1] != '"')
		return s;
	inner = span_from(s.data + 1, s.len - 2);
	return span_find(inner, '\\') == inner.len ? inner : s;
}

bool field_parse_number(struct span digits, int64_t *number)
{
	int64_t n = 0;

	for (size_t i = 0; i < digits.len; i++) {
		int digit = digits.data[i] - '0';

		if (digit < 0 || digit > 9)
			return false;
		n = n > (INT64_MAX - digit) / 10 ? INT64_MAX : n * 10 + digit;
	}
	if (!digits.len)
		return false;
	*number = n;
	return true;
}
