#include "store/base/utf8.h"

/* Length of the form that `first` starts; 0 when it starts none. */
static size_t form_len(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2) /* a continuation, or overlong */
		return 0;
	if (first < 0xe0)
		return 2;
	if (first < 0xf0)
		return 3;
	return first < 0xf5 ? 4 : 0;
}

static bool decode(struct span s, size_t len, uint32_t *code_point)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t sum = (unsigned char)s.data[0];

	if (!len || len > s.len)
		return false;
	if (len > 1)
		sum &= 0x7fu >> len;
	for (size_t i = 1; i < len; i++) {
		unsigned char c = (unsigned char)s.data[i];

		if ((c & 0xc0) != 0x80)
			return false;
		sum = sum << 6 | (c & 0x3f);
	}
	if (sum < least[len] || sum > 0x10ffff || (sum >= 0xd800 && sum <= 0xdfff))
		return false;
	*code_point = sum;
	return true;
}

bool utf8_take(struct span *rest, uint32_t *code_point)
{
	size_t len = form_len((unsigned char)rest->data[0]);
	bool ok = decode(*rest, len, code_point);

	if (!ok) {
		*code_point = (unsigned char)rest->data[0];
		len = 1;
	}
	*rest = span_from(rest->data + len, rest->len - len);
	return ok;
}

/* C0, DEL, C1; line and paragraph separator; marks that turn the direction of text. */
static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
	       c == 0xfeff || (c & 0xfffe) == 0xfffe;
}

bool utf8_is_printable(struct span s)
{
	uint32_t c;

	while (s.len) {
		if (!utf8_take(&s, &c) || is_control(c))
			return false;
	}
	return true;
}
