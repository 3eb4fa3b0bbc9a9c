#include "crawler/retry_after.h"

#include "crawler/field.h"
#include "crawler/http_date.h"
#include "store/base/clock.h"

#define RETRY_AFTER_MAX_MS MS_PER_DAY

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool read_value(struct span value, int64_t now_ms, int64_t *delay_ms)
{
	int64_t seconds, at_ms;

	if (field_parse_number(value, &seconds)) {
		if (seconds == INT64_MAX)
			return false;
		*delay_ms = smaller(seconds, RETRY_AFTER_MAX_MS / MS_PER_SECOND) *
			    MS_PER_SECOND;
		return true;
	}
	if (!http_date_parse(value, now_ms, &at_ms) || at_ms <= now_ms)
		return false;
	*delay_ms = smaller(at_ms - now_ms, RETRY_AFTER_MAX_MS);
	return true;
}

bool retry_after_from_headers(const struct header_list *headers, int64_t now_ms,
			      int64_t *delay_ms)
{
	int64_t longest_ms = -1, value_ms;
	struct span value;

	for (size_t i = 0; header_get(headers, "Retry-After", i, &value); i++) {
		if (read_value(value, now_ms, &value_ms) && value_ms > longest_ms)
			longest_ms = value_ms;
	}
	if (longest_ms < 0)
		return false;
	*delay_ms = longest_ms;
	return true;
}
