#include "tools/text_out.h"

#include <math.h>
#include <stdio.h>

#include "store/base/clock.h"
#include "store/base/units.h"
#include "store/base/utf8.h"
#include "tools/escape.h"

void text_time(int64_t at_ms, char text[TEXT_TIME_SIZE])
{
	char full[UNITS_TIME_SIZE];

	if (!at_ms) {
		snprintf(text, TEXT_TIME_SIZE, "never");
		return;
	}
	units_format_time(at_ms, full);
	snprintf(text, TEXT_TIME_SIZE, "%.10s %.8s", full, full + 11);
}

enum err text_when(struct buf *out, int64_t at_ms, int64_t now_ms)
{
	char at[TEXT_TIME_SIZE], distance[UNITS_TEXT_SIZE];
	int64_t ms = now_ms - at_ms;

	text_time(at_ms, at);
	if (!at_ms)
		return buf_append_text(out, at);
	/* Nobody counts the milliseconds of hours. */
	units_format_duration(ms < 0 ? -ms : ms, distance);
	return ms < 0 ? buf_printf(out, "%sZ (in %s)", at, distance)
		      : buf_printf(out, "%sZ (%s ago)", at, distance);
}

void text_share(double share, char text[TEXT_SHARE_SIZE])
{
	if (isnan(share))
		snprintf(text, TEXT_SHARE_SIZE, "-");
	else
		snprintf(text, TEXT_SHARE_SIZE, "%.1f%%", 100 * share);
}

/* How many bytes the first `columns` characters of `text` take, and how many characters
 * there are up to `columns`. */
static size_t measure(struct span text, size_t columns, size_t *n)
{
	struct span rest = text;
	uint32_t point;

	for (*n = 0; rest.len && *n < columns; ++*n)
		utf8_take(&rest, &point);
	return text.len - rest.len;
}

enum err text_column(struct buf *out, struct span text, size_t columns, bool pad)
{
	struct buf safe = BUF_INIT;
	size_t n = 0, len;
	enum err err = escape_terminal(&safe, text);

	len = measure(buf_span(&safe), columns, &n);
	if (!err && len < safe.len) {
		len = measure(buf_span(&safe), columns - 1, &n);
		err = buf_append(out, safe.data, len);
		if (!err)
			err = buf_append_byte(out, '~');
		n++;
	} else if (!err) {
		err = buf_append_span(out, buf_span(&safe));
	}
	if (!err && pad)
		err = buf_printf(out, "%*s", (int)(columns - n), "");
	buf_release(&safe);
	return err;
}

enum err text_url(struct buf *out, struct span url)
{
	enum err err = escape_terminal(out, url);

	return err ? err : buf_append_byte(out, '\n');
}

enum err text_end_line(struct buf *out, size_t start, size_t columns)
{
	struct buf line = BUF_INIT;
	enum err err = buf_set(&line, span_from(buf_text(out) + start, out->len - start));

	if (!err) {
		out->len = start;
		err = text_column(out, buf_span(&line), columns, false);
	}
	buf_release(&line);
	return err ? err : buf_append_byte(out, '\n');
}
