#include "tools/tables.h"

#include <stddef.h>
#include <stdio.h>

#include "tools/settings.h"

#define NEEDS_NOTHING false
#define NEEDS_SETTINGS true

const struct command_row command_rows[] = {
#define COMMAND(name, needs, arguments, summary, more) \
	{ #name, NEEDS_##needs, arguments, summary, more },
#include "tools/options.def"
};

const struct flag_row flag_rows[] = {
#define FLAG(command, name, letter, kind, word, limits, help) \
	{ #command, name, letter, VALUE_##kind, word, limits, help, NULL },
#define SETTING_FLAG(command, name, setting) \
	{ #command, name, 0, VALUE_BOOL, "", "", "", setting },
#include "tools/options.def"
};

const struct setting_row setting_rows[] = {
#define SETTING(field, name, kind, fallback, limits, help) \
	{ name, VALUE_##kind, fallback, limits, help, offsetof(struct settings, field) },
#include "tools/options.def"
};

const struct setting_row host_setting_rows[] = {
#define HOST_SETTING(field, key, kind, fallback, limits, help)              \
	{                                                                   \
		key,    VALUE_##kind, fallback,                             \
		limits, help,         offsetof(struct host_settings, field) \
	},
#include "tools/options.def"
};

const size_t n_command_rows = ARRAY_SIZE(command_rows);
const size_t n_flag_rows = ARRAY_SIZE(flag_rows);
const size_t n_setting_rows = ARRAY_SIZE(setting_rows);
const size_t n_host_setting_rows = ARRAY_SIZE(host_setting_rows);

const struct command_row *command_find(struct span name)
{
	for (size_t i = 0; i < n_command_rows; i++) {
		if (span_equal(span_of(command_rows[i].name), name))
			return &command_rows[i];
	}
	return NULL;
}

static const struct setting_row *find_row(const struct setting_row *rows, size_t n,
					  struct span name)
{
	for (size_t i = 0; i < n; i++) {
		if (span_equal(span_of(rows[i].name), name))
			return &rows[i];
	}
	return NULL;
}

const struct setting_row *setting_find(struct span name)
{
	return find_row(setting_rows, n_setting_rows, name);
}

const struct setting_row *host_setting_find(struct span key)
{
	return find_row(host_setting_rows, n_host_setting_rows, key);
}

bool flag_is_global(const struct flag_row *flag)
{
	return strcmp(flag->command, FLAG_GLOBAL) == 0;
}

bool flag_belongs(const struct flag_row *flag, const struct command_row *command)
{
	return flag_is_global(flag) ||
	       (command && strcmp(flag->command, command->name) == 0);
}

const struct flag_row *flag_find(const struct command_row *command, struct span name)
{
	for (size_t i = 0; i < n_flag_rows; i++) {
		if (flag_belongs(&flag_rows[i], command) &&
		    span_equal(span_of(flag_rows[i].name), name))
			return &flag_rows[i];
	}
	return NULL;
}

const struct flag_row *flag_find_letter(const struct command_row *command, char letter)
{
	for (size_t i = 0; letter && i < n_flag_rows; i++) {
		if (flag_belongs(&flag_rows[i], command) && flag_rows[i].letter == letter)
			return &flag_rows[i];
	}
	return NULL;
}

static const struct setting_row *setting_of(const struct flag_row *flag)
{
	return flag->setting ? setting_find(span_of(flag->setting)) : NULL;
}

enum value_kind flag_kind(const struct flag_row *flag)
{
	const struct setting_row *setting = setting_of(flag);

	return setting ? setting->kind : flag->kind;
}

const char *flag_limits(const struct flag_row *flag)
{
	const struct setting_row *setting = setting_of(flag);

	return setting ? setting->limits : flag->limits;
}

const char *flag_help(const struct flag_row *flag)
{
	const struct setting_row *setting = setting_of(flag);

	return setting ? setting->help : flag->help;
}

const char *flag_word(const struct flag_row *flag)
{
	enum value_kind kind = flag_kind(flag);

	if (flag->word[0])
		return flag->word;
	if (kind == VALUE_CHOICE || kind == VALUE_CHOICES)
		return flag_limits(flag);
	return value_kind_word(kind);
}

void command_arity(const struct command_row *command, size_t *least, size_t *most)
{
	struct span rest = span_of(command->arguments);

	*least = *most = 0;
	while (rest.len) {
		struct span word = span_cut(&rest, ' ');

		*least += word.data[0] != '[';
		if (word.len > 3 && memcmp(word.data + word.len - 3, "...", 3) == 0)
			*most = SIZE_MAX;
		else if (*most != SIZE_MAX)
			++*most;
	}
}

const char *command_words(const struct command_row *command,
			  char words[COMMAND_WORDS_MAX])
{
	const char *all = command->arguments;

	if (all[0] < 'a' || all[0] > 'z')
		return NULL;
	snprintf(words, COMMAND_WORDS_MAX, "%.*s", (int)strcspn(all, " "), all);
	return words;
}
