#include "tools/log_sink.h"

#include "store/base/clock.h"
#include "store/base/units.h"
#include "tools/escape.h"
#include "tools/journal.h"
#include "tools/json_out.h"

static const struct {
	const char *name, *color;
} levels[] = {
	[LOG_ERROR] = { "error", "\033[31m" },
	[LOG_WARN] = { "warn", "\033[33m" },
	[LOG_INFO] = { "info", "\033[32m" },
	[LOG_DEBUG] = { "debug", "\033[2m" },
};

/* One "key=value" a time. Values that people quote may hold spaces, so only a word with
 * '=' in it starts a new pair; what is before the first has the key "text". */
static bool starts_pair(struct span word)
{
	size_t at = span_find(word, '=');

	for (size_t i = 0; i < at; i++) {
		char c = word.data[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_')
			return false;
	}
	return at > 0 && at < word.len;
}

static struct span take_pair(struct span *rest, struct span *key)
{
	struct span value = span_cut(rest, ' ');

	*key = SPAN("text");
	if (starts_pair(value))
		*key = span_cut(&value, '=');
	while (rest->len) {
		struct span after = *rest, word = span_cut(&after, ' ');

		if (starts_pair(word))
			break;
		value.len = (size_t)(word.data + word.len - value.data);
		*rest = after;
	}
	return value;
}

static void json_fields(struct json_out *j, const char *fields)
{
	struct span rest = span_of(fields);

	while (rest.len) {
		struct span key, value = take_pair(&rest, &key);
		char name[64];

		snprintf(name, sizeof(name), "%.*s", (int)(key.len < 63 ? key.len : 63),
			 key.data);
		json_key_text(j, name, value);
	}
}

static enum err json_line_of(struct buf *out, int64_t at_ms, enum log_level level,
			     const char *event, const char *fields)
{
	struct json_out j;

	json_start(&j, out);
	json_open(&j, '{');
	json_key_time(&j, "at", at_ms);
	json_key_text(&j, "level", span_of(levels[level].name));
	json_key_text(&j, "event", span_of(event));
	json_fields(&j, fields);
	json_close(&j, '}');
	json_line(&j);
	return json_end(&j);
}

enum err log_sink_line(struct buf *out, enum setting_log_format format, bool color,
		       int64_t at_ms, enum log_level level, const char *event,
		       const char *fields)
{
	enum err err;

	if (format == LOG_FORMAT_JSON)
		return json_line_of(out, at_ms, level, event, fields);
	err = buf_printf(out, "%s%s%s %s", color ? levels[level].color : "",
			 levels[level].name, color ? "\033[0m" : "", event);
	if (!err && *fields)
		err = buf_append_byte(out, ' ');
	if (!err)
		err = escape_terminal(out, span_of(fields));
	return err ? err : buf_append_byte(out, '\n');
}

enum log_level log_sink_level(const struct options *options)
{
	size_t verbose = option_times(options, "verbose");

	if (option_times(options, "quiet"))
		return LOG_ERROR;
	if (verbose)
		return verbose > 1 ? LOG_DEBUG : LOG_INFO;
	return LOG_WARN;
}

/* Read by the sink only; set before any thread starts. */
static struct {
	enum setting_log_format format;
	bool color;
} style;

static void write_line(void *context, enum log_level level, const char *event,
		       const char *fields)
{
	struct buf line = BUF_INIT;

	(void)context;
	if (buf_append_text(&line, journal_prefix(level)) == ERR_OK &&
	    log_sink_line(&line, style.format, style.color, clock_now_ms(), level, event,
			  fields) == ERR_OK)
		fwrite(line.data, 1, line.len, stderr); /* stdio locks the stream */
	buf_release(&line);
}

void log_sink_start(const struct options *options, const struct settings *settings)
{
	style.format = LOG_FORMAT_TEXT;
	style.color = false;
	if (settings) {
		style.format = (enum setting_log_format)settings->log_format;
		style.color = command_wants_color(settings, stderr);
	}
	log_set_sink(write_line, NULL, log_sink_level(options));
}
