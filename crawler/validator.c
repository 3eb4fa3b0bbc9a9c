#include "crawler/validator.h"

#include "crawler/field.h"
#include "crawler/http_date.h"
#include "store/base/clock.h"

#define DATE_MARGIN_MS (5 * MS_PER_SECOND)

static size_t prefix_len(struct span etag)
{
	return span_starts_with(etag, SPAN("W/")) ? 2 : 0;
}

/* What the weak comparison compares: the quoted part. */
static struct span opaque_tag(struct span etag)
{
	return field_skip(etag, prefix_len(etag));
}

/* The length of the tag at the front of `s`, 0 if none stands there. */
static size_t tag_len(struct span s)
{
	size_t i = prefix_len(s);

	if (i >= s.len || s.data[i++] != '"')
		return 0;
	for (; i < s.len && i < ETAG_MAX; i++) {
		unsigned char c = (unsigned char)s.data[i];

		if (c == '"')
			return i + 1;
		if (c < 0x20 || c == 0x7f)
			return 0;
	}
	return 0;
}

bool validator_etag_is_usable(struct span value)
{
	size_t len = tag_len(value);

	return len > 0 && len == value.len;
}

bool validator_etag_is_weak(struct span etag)
{
	return prefix_len(etag) > 0;
}

bool validator_weak_match(struct span a, struct span b)
{
	return span_equal(opaque_tag(a), opaque_tag(b));
}

bool validator_strong_match(struct span a, struct span b)
{
	return !validator_etag_is_weak(a) && span_equal(a, b);
}

static struct span skip_list_blanks(struct span s)
{
	while (s.len && (s.data[0] == ',' || s.data[0] == ' ' || s.data[0] == '\t'))
		s = field_skip(s, 1);
	return s;
}

/* Not field_list_next(): a backslash in a tag escapes nothing. */
bool validator_list_next(struct span *rest, struct span *etag)
{
	struct span behind;
	size_t len;

	*rest = skip_list_blanks(*rest);
	len = tag_len(*rest);
	if (!len)
		return false;
	behind = span_trim(field_skip(*rest, len));
	if (behind.len && behind.data[0] != ',')
		return false;
	*etag = span_from(rest->data, len);
	*rest = skip_list_blanks(behind);
	return true;
}

bool validator_date_is_usable(struct span value, int64_t now_ms, int64_t *at_ms)
{
	return http_date_parse(value, now_ms, at_ms);
}

bool validator_date_is_trusted(const struct validator_dates *dates)
{
	int64_t changed_at_ms = dates->last_modified_at_ms;

	/* 0 and before: nobody's page is that old, and 1970 is what a lost clock says */
	if (changed_at_ms <= 0 || dates->date_at_ms - changed_at_ms <= DATE_MARGIN_MS)
		return false;
	return !dates->changed || changed_at_ms > dates->previous_visit_at_ms;
}

static bool only_value(const struct header_list *headers, const char *name,
		       struct span *value)
{
	struct span second;

	return header_get(headers, name, 0, value) &&
	       !header_get(headers, name, 1, &second);
}

struct validator_pair validators_from_headers(const struct header_list *headers,
					      int64_t now_ms)
{
	struct validator_pair pair = { 0 };
	struct span value;
	int64_t at_ms;

	if (only_value(headers, "ETag", &value) && validator_etag_is_usable(value))
		pair.etag = value;
	if (only_value(headers, "Last-Modified", &value) &&
	    validator_date_is_usable(value, now_ms, &at_ms)) {
		pair.last_modified = value;
		pair.last_modified_at_ms = at_ms;
	}
	return pair;
}
