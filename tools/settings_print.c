#include "tools/settings_print.h"

#include "store/base/units.h"

static const char *const source_texts[] = {
	[SOURCE_DEFAULT] = "",
	[SOURCE_FILE] = "; set by the config file",
	[SOURCE_ENVIRONMENT] = "; set by the environment",
	[SOURCE_FLAG] = "; set by a flag",
};

static enum err append_choice(struct buf *out, const char *limits, int index)
{
	struct span rest = span_of(limits), choice = { NULL, 0 };

	for (int i = 0; i <= index; i++)
		choice = span_cut(&rest, '|');
	return buf_append_span(out, choice);
}

static enum err append_list(struct buf *out, const char *const *list)
{
	enum err err = ERR_OK;

	for (size_t i = 0; !err && list[i]; i++)
		err = buf_printf(out, "%s%s", i ? ", " : "", list[i]);
	return err;
}

/* A field as its parser would read it. */
static enum err append_value(struct buf *out, const struct setting_row *row,
			     const void *field)
{
	char text[UNITS_TEXT_SIZE] = "";
	int64_t whole = 0;
	double real = 0;
	const void *pointer = NULL;

	switch (row->kind) {
	case VALUE_BOOL:
		return buf_append_text(out, *(const bool *)field ? "yes" : "no");
	case VALUE_CHOICE:
		return append_choice(out, row->limits, *(const int *)field);
	case VALUE_NUMBER:
	case VALUE_RATE:
		memcpy(&real, field, sizeof(real));
		break;
	case VALUE_COUNT:
	case VALUE_DURATION:
	case VALUE_SIZE:
	case VALUE_TIME:
		memcpy(&whole, field, sizeof(whole));
		break;
	default:
		memcpy(&pointer, field, sizeof(pointer));
		return value_is_list(row->kind) ? append_list(out, pointer)
						: buf_append_text(out, pointer);
	}
	if (row->kind == VALUE_NUMBER)
		units_spell_number(real, text);
	else if (row->kind == VALUE_RATE)
		units_spell_rate(real, text);
	else if (row->kind == VALUE_DURATION)
		units_spell_duration(whole, text);
	else if (row->kind == VALUE_SIZE)
		units_spell_size(whole, text);
	else if (row->kind == VALUE_TIME)
		units_format_time(whole, text);
	else
		return buf_printf(out, "%lld", (long long)whole);
	return buf_append_text(out, text);
}

/* "# help\n# (duration, 0s..1d; default 1s)\n" */
static enum err append_comment(struct buf *out, const struct setting_row *row,
			       const char *source)
{
	enum err err = buf_printf(out, "\n# %s\n# (%s%s%s", row->help,
				  value_kind_text(row->kind), *row->limits ? ", " : "",
				  row->limits);

	return err ? err
		   : buf_printf(out, "; default %s%s)\n",
				*row->fallback ? row->fallback : "empty", source);
}

/* Of a kind that is text. */
static bool is_set(const struct settings *settings, const struct setting_row *row)
{
	const char *text;

	memcpy(&text, (const char *)settings + row->offset, sizeof(text));
	return *text != '\0';
}

static enum err append_setting(struct buf *out, const struct settings *settings, size_t i)
{
	const struct setting_row *row = &setting_rows[i];
	const char *key = strchr(row->name, '.');
	enum err err = append_comment(out, row, source_texts[settings->sources[i]]);
	const char *name = key ? key + 1 : row->name;

	if (!err && row->kind == VALUE_SECRET && is_set(settings, row))
		return buf_printf(out, "# %s = (not shown)\n", name);
	if (!err)
		err = buf_printf(out, "%s =", name);
	if (!err)
		err = buf_append_byte(out, ' ');
	if (!err)
		err = append_value(out, row, (const char *)settings + row->offset);
	return err ? err : buf_append_byte(out, '\n');
}

static struct span section_of(const struct setting_row *row)
{
	struct span rest = span_of(row->name), section = span_cut(&rest, '.');

	return rest.len ? section : SPAN("");
}

static enum err append_rule(struct buf *out, const struct host_rule *rule)
{
	enum err err = buf_printf(out, "\n[host \"%s\"]\n", rule->pattern);

	for (size_t i = 0; !err && i < n_host_setting_rows; i++) {
		const struct setting_row *row = &host_setting_rows[i];

		if (!rule->set[i])
			continue;
		if (row->kind == VALUE_HEADERS) {
			err = buf_printf(out, "# %s = (not shown)\n", row->name);
			continue;
		}
		err = buf_printf(out, "%s = ", row->name);
		if (!err)
			err = append_value(out, row,
					   (const char *)&rule->values + row->offset);
		if (!err)
			err = buf_append_byte(out, '\n');
	}
	return err;
}

static enum err append_host_help(struct buf *out)
{
	enum err err = buf_append_text(
		out,
		"\n# ---- hosts -----------------------------------------------------\n"
		"# A section overrides for the hosts that match its pattern, with or "
		"without port;\n# of several that match, the later wins:\n"
		"#   [host \"*.example.org\"]\n");

	for (size_t i = 0; !err && i < n_host_setting_rows; i++) {
		const struct setting_row *row = &host_setting_rows[i];

		err = buf_printf(out, "#   %s = ... (%s; default %s): %s\n", row->name,
				 value_kind_text(row->kind),
				 *row->fallback ? row->fallback : "empty", row->help);
	}
	return err;
}

enum err settings_print(const struct settings *settings, struct buf *out)
{
	struct span section = SPAN("");
	enum err err = buf_append_text(
		out,
		"# Settings of freshet. A flag beats the environment, which beats this "
		"file, which\n# beats the default. `;` and `#` start a comment at the "
		"start of a line only.\n");

	for (size_t i = 0; !err && i < n_setting_rows; i++) {
		struct span next = section_of(&setting_rows[i]);

		if (!span_equal(next, section))
			err = buf_printf(out, "\n[%.*s]\n", (int)next.len, next.data);
		section = next;
		if (!err)
			err = append_setting(out, settings, i);
	}
	if (!err)
		err = append_host_help(out);
	for (size_t i = 0; !err && i < settings->n_rules; i++)
		err = append_rule(out, &settings->rules[i]);
	return err;
}
