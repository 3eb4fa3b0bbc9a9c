#include "tools/options.h"

#include <assert.h>
#include <stdlib.h>

#include "tools/suggest.h"

/* Where the parser stands. */
struct parser {
	int argc, at; /* `at`: the next word to look at */
	const char *const *argv;
	struct options *options;
	struct why *why;
	bool flags_ended;
};

static enum err unknown_flag(struct parser *p, struct span name)
{
	const struct command_row *command = p->options->command;
	struct suggestion s = suggest_start(name);
	char hint[SUGGEST_TEXT_SIZE];

	for (size_t i = 0; i < n_flag_rows; i++) {
		if (flag_belongs(&flag_rows[i], command))
			suggest_offer(&s, flag_rows[i].name);
	}
	suggest_text(&s, "--", hint);
	return why_set(p->why, ERR_INVALID, "unknown flag '--%.*s'%s%s%s%s",
		       (int)name.len, name.data, command ? " of '" : "",
		       command ? command->name : "", command ? "'" : "", hint);
}

static enum err unknown_command(struct parser *p, const char *word)
{
	struct suggestion s = suggest_start(span_of(word));
	char hint[SUGGEST_TEXT_SIZE];

	for (size_t i = 0; i < n_command_rows; i++)
		suggest_offer(&s, command_rows[i].name);
	suggest_text(&s, "", hint);
	return why_set(p->why, ERR_INVALID, "unknown command '%s'%s", word, hint);
}

static enum err add_option(struct options *o, const struct flag_row *flag,
			   struct value value, struct span text)
{
	struct option *grown = realloc(o->given, (o->n_given + 1) * sizeof(*grown));
	char *copy;

	if (!grown)
		return ERR_NOMEM;
	o->given = grown;
	copy = strndup(text.len ? text.data : "", text.len);
	if (!copy)
		return ERR_NOMEM;
	grown[o->n_given++] = (struct option){ flag, value, copy };
	return ERR_OK;
}

static enum err take_value(struct parser *p, const struct flag_row *flag,
			   const char *text)
{
	enum value_kind kind = flag_kind(flag);
	struct span rest = span_of(text), item = rest;
	struct why reason;
	struct value value;
	enum err err = ERR_OK;

	if (!rest.len && value_is_list(kind))
		return why_set(p->why, ERR_INVALID, "--%s needs a value (%s)", flag->name,
			       flag_word(flag));
	do {
		if (rest.len && !value_next_item(kind, &rest, &item))
			break;
		err = value_parse(kind, flag_limits(flag), item, &value, &reason);
		if (err)
			return why_set(p->why, err, "--%s '%.*s': %s", flag->name,
				       (int)item.len, item.data, reason.text);
		err = add_option(p->options, flag, value, item);
	} while (!err && rest.len);
	return err;
}

static enum err take_bool(struct parser *p, const struct flag_row *flag)
{
	p->options->help |= strcmp(flag->name, "help") == 0;
	p->options->version |= strcmp(flag->name, "version") == 0;
	return add_option(p->options, flag, (struct value){ 1, 0 }, SPAN(""));
}

/* `attached`: a value written in the same word, or NULL. */
static enum err take_flag(struct parser *p, const struct flag_row *flag,
			  const char *attached)
{
	if (flag_kind(flag) == VALUE_BOOL) {
		if (attached)
			return why_set(p->why, ERR_INVALID, "--%s takes no value",
				       flag->name);
		return take_bool(p, flag);
	}
	if (!attached && p->at == p->argc)
		return why_set(p->why, ERR_INVALID, "--%s needs a value (%s)", flag->name,
			       flag_word(flag));
	return take_value(p, flag, attached ? attached : p->argv[p->at++]);
}

static enum err take_long(struct parser *p, const char *word)
{
	struct span rest = span_of(word), name = span_cut(&rest, '=');
	const struct flag_row *flag = flag_find(p->options->command, name);

	if (!flag)
		return unknown_flag(p, name);
	return take_flag(p, flag, word[name.len] == '=' ? word + name.len + 1 : NULL);
}

static enum err take_letters(struct parser *p, const char *word)
{
	for (const char *letter = word; *letter; letter++) {
		const struct flag_row *flag =
			flag_find_letter(p->options->command, *letter);
		enum err err;

		if (!flag)
			return why_set(p->why, ERR_INVALID,
				       "unknown flag '-%.1s' in '-%s'", letter, word);
		if (flag_kind(flag) != VALUE_BOOL)
			return take_flag(p, flag, letter[1] ? letter + 1 : NULL);
		err = take_flag(p, flag, NULL);
		if (err)
			return err;
	}
	return ERR_OK;
}

static enum err take_word(struct parser *p, const char *word)
{
	struct options *o = p->options;

	if (!p->flags_ended && strcmp(word, "--") == 0) {
		p->flags_ended = true;
		return ERR_OK;
	}
	if (!p->flags_ended && word[0] == '-' && word[1] == '-')
		return take_long(p, word + 2);
	if (!p->flags_ended && word[0] == '-' && word[1])
		return take_letters(p, word + 1);
	if (o->command) {
		o->args[o->n_args++] = word;
		return ERR_OK;
	}
	o->command = command_find(span_of(word));
	return o->command ? ERR_OK : unknown_command(p, word);
}

static enum err check_args(const struct options *o, struct why *why)
{
	size_t least, most;
	char room[COMMAND_WORDS_MAX];
	const char *words;
	struct value unused;

	if (!o->command)
		return why_set(why, ERR_INVALID, "no command given");
	command_arity(o->command, &least, &most);
	if (o->n_args < least)
		return why_set(why, ERR_INVALID, "'%s' needs %s", o->command->name,
			       o->command->arguments);
	if (o->n_args > most)
		return why_set(why, ERR_INVALID, "'%s' does not take the argument '%s'",
			       o->command->name, o->args[most]);
	words = command_words(o->command, room);
	if (words && value_parse(VALUE_CHOICE, words, span_of(o->args[0]), &unused, NULL))
		return why_set(why, ERR_INVALID, "%s '%s': expected one of %s",
			       o->command->name, o->args[0], words);
	return ERR_OK;
}

enum err options_parse(int argc, const char *const *argv, struct options *options,
		       struct why *why)
{
	struct parser p = { argc, 1, argv, options, why, false };
	enum err err = ERR_OK;

	*options = (struct options){ 0 };
	options->args = calloc((size_t)argc + 1, sizeof(*options->args));
	if (!options->args)
		return why_set(why, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
	while (!err && p.at < argc && !options->help && !options->version)
		err = take_word(&p, argv[p.at++]);
	if (err == ERR_NOMEM)
		return why_set(why, err, "%s", err_text(err));
	if (err || options->help || options->version)
		return err;
	return check_args(options, why);
}

void options_release(struct options *options)
{
	for (size_t i = 0; i < options->n_given; i++)
		free(options->given[i].text);
	free(options->given);
	free(options->args);
	*options = (struct options){ 0 };
}

/* The last option of that name, or NULL. */
static const struct option *find_last(const struct options *o, const char *name)
{
	const struct flag_row *flag = flag_find(o->command, span_of(name));

	assert(flag);
	for (size_t i = o->n_given; i > 0; i--) {
		if (o->given[i - 1].flag == flag)
			return &o->given[i - 1];
	}
	return NULL;
}

static const struct option *find_kind(const struct options *o, const char *name,
				      enum value_kind kind)
{
	const struct flag_row *flag = flag_find(o->command, span_of(name));

	assert(flag && flag_kind(flag) == kind);
	return find_last(o, name);
}

static int64_t whole_of(const struct options *o, const char *name, enum value_kind kind,
			int64_t fallback)
{
	const struct option *option = find_kind(o, name, kind);

	return option ? option->value.whole : fallback;
}

bool option_given(const struct options *o, const char *name)
{
	return find_last(o, name) != NULL;
}

bool option_bool(const struct options *o, const char *name)
{
	return find_kind(o, name, VALUE_BOOL) != NULL;
}

size_t option_times(const struct options *o, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n_given; i++)
		n += strcmp(o->given[i].flag->name, name) == 0;
	return n;
}

const char *option_text(const struct options *o, const char *name, const char *fallback)
{
	const struct option *option = find_last(o, name);

	return option ? option->text : fallback;
}

int64_t option_duration(const struct options *o, const char *name, int64_t fallback_ms)
{
	return whole_of(o, name, VALUE_DURATION, fallback_ms);
}

int64_t option_size(const struct options *o, const char *name, int64_t fallback)
{
	return whole_of(o, name, VALUE_SIZE, fallback);
}

int64_t option_count(const struct options *o, const char *name, int64_t fallback)
{
	return whole_of(o, name, VALUE_COUNT, fallback);
}

int64_t option_time(const struct options *o, const char *name, int64_t fallback_ms)
{
	return whole_of(o, name, VALUE_TIME, fallback_ms);
}

int option_choice(const struct options *o, const char *name, int fallback)
{
	return (int)whole_of(o, name, VALUE_CHOICE, fallback);
}

double option_number(const struct options *o, const char *name, double fallback)
{
	const struct option *option = find_kind(o, name, VALUE_NUMBER);

	return option ? option->value.real : fallback;
}

double option_rate(const struct options *o, const char *name, double fallback_per_s)
{
	const struct option *option = find_kind(o, name, VALUE_RATE);

	return option ? option->value.real : fallback_per_s;
}

const char *option_list(const struct options *o, const char *name, size_t index,
			int *choice)
{
	const struct flag_row *flag = flag_find(o->command, span_of(name));

	assert(flag && value_is_list(flag_kind(flag)));
	for (size_t i = 0; i < o->n_given; i++) {
		if (o->given[i].flag != flag || index--)
			continue;
		if (choice)
			*choice = (int)o->given[i].value.whole;
		return o->given[i].text;
	}
	return NULL;
}

const char *option_arg(const struct options *o, size_t index)
{
	return index < o->n_args ? o->args[index] : NULL;
}
