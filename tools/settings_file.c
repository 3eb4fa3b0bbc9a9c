/* settings_file.c - the config file: INI through inih, with [host "pattern"] sections. */
#include "tools/settings.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/suggest.h"

#define LINE_SIZE 8192

/* inih cuts section names at 50 bytes and does not count lines for its handler, so the
 * reader that feeds it keeps both. */
struct config_file {
	const char *path;
	FILE *stream;
	int line;
	char section[64];       /* "" before the first, and in a [host "..."] */
	struct host_rule *rule; /* of the current [host "..."], else NULL */
	struct settings *settings;
	enum err err; /* the first one; then nothing more is read */
	struct why *why;
};

static enum err fail(struct config_file *file, enum err err, const char *what)
{
	file->err = err;
	if (err == ERR_NOMEM)
		return why_set(file->why, err, "%s", err_text(err));
	return why_set(file->why, err, "%s:%d: %s", file->path, file->line, what);
}

static bool section_exists(struct span section)
{
	for (size_t i = 0; i < n_setting_rows; i++) {
		struct span rest = span_of(setting_rows[i].name);

		if (span_equal(span_cut(&rest, '.'), section) && rest.len)
			return true;
	}
	return false;
}

static enum err unknown_section(struct config_file *file, struct span section)
{
	struct suggestion s = suggest_start(section);
	char hint[SUGGEST_TEXT_SIZE], names[64][32];
	struct why reason;

	for (size_t i = 0; i < n_setting_rows && i < ARRAY_SIZE(names); i++) {
		struct span rest = span_of(setting_rows[i].name);
		struct span name = span_cut(&rest, '.');

		snprintf(names[i], sizeof(names[i]), "%.*s", (int)name.len, name.data);
		if (rest.len)
			suggest_offer(&s, names[i]);
	}
	suggest_offer(&s, "host");
	suggest_text(&s, "", hint);
	why_set(&reason, ERR_INVALID, "unknown section '%.*s'%s", (int)section.len,
		section.data, hint);
	return fail(file, ERR_INVALID, reason.text);
}

/* [host "*.example.org"]: `name` is what stands between the brackets. */
static enum err enter_host(struct config_file *file, struct span name)
{
	struct span pattern = span_trim(span_from(name.data + 4, name.len - 4));
	enum err err;

	if (pattern.len < 3 || pattern.data[0] != '"' ||
	    pattern.data[pattern.len - 1] != '"')
		return fail(file, ERR_INVALID, "expected [host \"pattern\"]");
	err = settings_add_rule(file->settings,
				span_from(pattern.data + 1, pattern.len - 2),
				&file->rule);
	return err ? fail(file, err, "") : ERR_OK;
}

static enum err enter_section(struct config_file *file, struct span line)
{
	struct span name;

	while (line.len && line.data[line.len - 1] != ']')
		line.len--; /* a comment may follow */
	if (line.len < 3)
		return fail(file, ERR_INVALID, "expected [section]");
	name = span_trim(span_from(line.data + 1, line.len - 2));
	file->section[0] = '\0';
	file->rule = NULL;
	if (span_starts_with(name, SPAN("host \"")) || span_equal(name, SPAN("host")))
		return enter_host(file, name);
	if (!section_exists(name))
		return unknown_section(file, name);
	snprintf(file->section, sizeof(file->section), "%.*s", (int)name.len, name.data);
	return ERR_OK;
}

/* The ini_reader: like fgets(), and NULL once something is wrong. */
static char *read_line(char *text, int size, void *context)
{
	struct config_file *file = context;
	struct span line;

	if (file->err || !fgets(text, size, file->stream))
		return NULL;
	file->line++;
	line = span_of(text);
	if (line.len + 1 == (size_t)size && text[line.len - 1] != '\n')
		return fail(file, ERR_INVALID, "the line is too long") ? NULL : text;
	line = span_trim(line);
	if (line.len && line.data[0] == '[' && enter_section(file, line))
		return NULL;
	return text;
}

/* The ini_handler: 0 stops the parser. */
static int take_key(void *context, const char *section, const char *key,
		    const char *value)
{
	struct config_file *file = context;
	char name[128];
	struct why reason;
	enum err err;

	(void)section;
	if (file->rule) {
		err = settings_set_rule(file->rule, span_of(key), span_of(value),
					&reason);
	} else {
		snprintf(name, sizeof(name), "%s%s%s", file->section,
			 file->section[0] ? "." : "", key);
		err = settings_set(file->settings, span_of(name), span_of(value),
				   SOURCE_FILE, &reason);
	}
	if (err)
		fail(file, err, reason.text);
	return !err;
}

enum err settings_read_file(struct settings *settings, const char *path, struct why *why)
{
	struct config_file file = { .path = path, .settings = settings, .why = why };
	int bad_line;

	file.stream = fopen(path, "re");
	if (!file.stream)
		return why_set(why, ERR_IO, "cannot open config file '%s': %s", path,
			       strerror(errno));
	/* Debian's inih takes its options at run time. */
	ini_use_stack = false;
	ini_initial_alloc = ini_max_line = LINE_SIZE;
	ini_allow_multiline = ini_allow_inline_comments = false;
	ini_stop_on_first_error = true;
	bad_line = ini_parse_stream(read_line, &file, take_key, &file);
	if (!file.err && ferror(file.stream))
		file.err = why_set(why, ERR_IO, "cannot read config file '%s'", path);
	if (!file.err && bad_line > 0)
		fail(&file, ERR_INVALID, "expected [section] or key = value");
	if (!file.err && bad_line < 0)
		fail(&file, ERR_NOMEM, "");
	fclose(file.stream);
	return file.err;
}
