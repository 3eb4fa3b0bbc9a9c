#include "tools/text_out.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/base/clock.h"
#include "store/base/units.h"
#include "store/base/utf8.h"
#include "tools/escape.h"

bool text_wants_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *locale = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(names) && (!locale || !*locale); i++)
		locale = getenv(names[i]);
	return locale && (strcasestr(locale, "UTF-8") || strcasestr(locale, "UTF8"));
}

static char *append_mark(char *to, const char *mark)
{
	size_t len = strlen(mark);

	memcpy(to, mark, len + 1);
	return to + len;
}

void text_bar(const struct text_style *style, double share, size_t columns, char *text)
{
	static const char *const eighths[] = {
		"", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"
	};
	double steps = style->utf8 ? 8 : 1;
	size_t n = isnan(share) ? 0 : (size_t)(share * (double)columns * steps + 0.5);

	*text = '\0';
	if (n > columns * (size_t)steps)
		n = columns * (size_t)steps;
	if (style->utf8 && !n && share > 0)
		n = 1; /* a few of many are not none */
	if (!style->utf8)
		for (; n; n--)
			text = append_mark(text, "#");
	for (; n; n -= n < 8 ? n : 8)
		text = append_mark(text, eighths[n < 8 ? n : 8]);
}

void text_sparks(const struct text_style *style, const int64_t *numbers, size_t n,
		 char *text)
{
	static const char *const marks[2][10] = {
		{ " ", ".", ":", "-", "=", "+", "*", "#", "%", "@" },
		{ " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█", "█" },
	};
	int64_t most = 1, steps = style->utf8 ? 8 : 9;

	*text = '\0';
	for (size_t i = 0; i < n; i++)
		most = numbers[i] > most ? numbers[i] : most;
	for (size_t i = 0; i < n; i++) {
		int64_t mark = numbers[i] * steps / most;

		if (numbers[i] > 0 && !mark)
			mark = 1;
		text = append_mark(text, marks[style->utf8][mark]);
	}
}

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

size_t text_measure(struct span text, size_t columns)
{
	size_t n;

	return measure(text, columns, &n);
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
