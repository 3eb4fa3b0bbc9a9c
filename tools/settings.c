#include "tools/settings.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/base/log.h"
#include "tools/suggest.h"

/* ---- one field -------------------------------------------------------------------- */

/* Texts and lists are pointers of many types, so they travel as bytes. */
static void *get_pointer(const void *field)
{
	void *pointer;

	memcpy(&pointer, field, sizeof(pointer));
	return pointer;
}

static void put_pointer(void *field, const void *pointer)
{
	memcpy(field, &pointer, sizeof(pointer));
}

static void list_release(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

/* Appends a copy of `item`; `*list` (NULL: empty) keeps its NULL at the end. */
static enum err list_add(char ***list, struct span item)
{
	size_t n = 0;
	char **grown;

	while (*list && (*list)[n])
		n++;
	grown = realloc(*list, (n + 2) * sizeof(*grown));
	if (!grown)
		return ERR_NOMEM;
	*list = grown;
	grown[n + 1] = NULL;
	grown[n] = strndup(item.data, item.len);
	return grown[n] ? ERR_OK : ERR_NOMEM;
}

static enum err list_parse(const struct setting_row *row, struct span text, char ***list,
			   struct why *why)
{
	struct span item;
	struct value unused;
	enum err err = ERR_OK;

	while (!err && value_next_item(row->kind, &text, &item)) {
		err = value_parse(row->kind, row->limits, item, &unused, why);
		if (!err)
			err = list_add(list, item);
	}
	return err;
}

static void put_number(enum value_kind kind, void *field, const struct value *value)
{
	switch (kind) {
	case VALUE_BOOL:
		*(bool *)field = value->whole != 0;
		break;
	case VALUE_CHOICE:
		*(int *)field = (int)value->whole;
		break;
	case VALUE_NUMBER:
	case VALUE_RATE:
		*(double *)field = value->real;
		break;
	default:
		*(int64_t *)field = value->whole;
	}
}

static bool is_text(enum value_kind kind)
{
	return kind >= VALUE_TEXT && kind <= VALUE_LISTEN;
}

static void field_release(void *base, const struct setting_row *row)
{
	void *field = (char *)base + row->offset;

	if (value_is_list(row->kind))
		list_release(get_pointer(field));
	else if (is_text(row->kind))
		free(get_pointer(field));
}

/* `add`: to the list that is there, which on failure keeps what it got. */
static enum err list_set(void *field, const struct setting_row *row, struct span text,
			 bool add, struct why *why)
{
	char **list = add ? get_pointer(field) : calloc(1, sizeof(*list));
	enum err err;

	if (!list)
		return ERR_NOMEM;
	if (!add)
		list_release(get_pointer(field));
	err = list_parse(row, text, &list, why);
	put_pointer(field, list);
	return err;
}

static enum err text_set(void *field, struct span text)
{
	char *copy = strndup(text.len ? text.data : "", text.len);

	if (!copy)
		return ERR_NOMEM;
	free(get_pointer(field));
	put_pointer(field, copy);
	return ERR_OK;
}

/* Parses `text` into the field of `row`. */
static enum err field_set(void *base, const struct setting_row *row, struct span text,
			  bool add, struct why *why)
{
	void *field = (char *)base + row->offset;
	struct value value;
	enum err err;

	if (value_is_list(row->kind))
		return list_set(field, row, text, add, why);
	err = value_parse(row->kind, row->limits, text, &value, why);
	if (err)
		return err;
	if (is_text(row->kind))
		return text_set(field, text);
	put_number(row->kind, field, &value);
	return ERR_OK;
}

static size_t field_size(enum value_kind kind)
{
	if (kind == VALUE_BOOL)
		return sizeof(bool);
	if (kind == VALUE_CHOICE)
		return sizeof(int);
	return value_is_list(kind) || is_text(kind) ? sizeof(void *) : sizeof(int64_t);
}

/* ---- one setting by name ------------------------------------------------------------ */

static enum err unknown_key(struct span key, const struct setting_row *rows, size_t n,
			    struct why *why)
{
	struct suggestion s = suggest_start(key);
	char hint[SUGGEST_TEXT_SIZE];

	for (size_t i = 0; i < n; i++)
		suggest_offer(&s, rows[i].name);
	suggest_text(&s, "", hint);
	return why_set(why, ERR_INVALID, "unknown key '%.*s'%s", (int)key.len, key.data,
		       hint);
}

/* `reason` says what is wrong with the value; `why` gets the key and the value too. */
static enum err bad_value(enum err err, struct span key, struct span text,
			  const struct why *reason, struct why *why)
{
	if (err != ERR_INVALID)
		return why_set(why, err, "%s", err_text(err));
	return why_set(why, err, "%.*s '%.*s': %s", (int)key.len, key.data, (int)text.len,
		       text.data, reason->text);
}

enum err settings_set(struct settings *settings, struct span name, struct span text,
		      enum setting_source source, struct why *why)
{
	const struct setting_row *row = setting_find(name);
	uint8_t *had;
	struct why reason;
	enum err err;

	if (!row)
		return unknown_key(name, setting_rows, n_setting_rows, why);
	/* Flags stand where everybody can read them: in the list of processes. */
	if (row->kind == VALUE_SECRET && source == SOURCE_FLAG)
		return why_set(why, ERR_INVALID,
			       "%s is for the config file or the environment", row->name);
	had = &settings->sources[row - setting_rows];
	err = field_set(settings, row, text, *had == source && source != SOURCE_DEFAULT,
			&reason);
	if (err)
		return bad_value(err, name,
				 row->kind == VALUE_SECRET ? SPAN("...") : text, &reason,
				 why);
	*had = (uint8_t)source;
	return ERR_OK;
}

enum err settings_set_rule(struct host_rule *rule, struct span key, struct span text,
			   struct why *why)
{
	const struct setting_row *row = host_setting_find(key);
	bool *had;
	struct why reason;
	enum err err;

	if (!row)
		return unknown_key(key, host_setting_rows, n_host_setting_rows, why);
	had = &rule->set[row - host_setting_rows];
	err = field_set(&rule->values, row, text, *had, &reason);
	if (err) /* the value of a header may be a secret: it is not repeated */
		return bad_value(err, key,
				 row->kind == VALUE_HEADERS ? SPAN("...") : text, &reason,
				 why);
	*had = true;
	return ERR_OK;
}

enum err settings_add_rule(struct settings *settings, struct span pattern,
			   struct host_rule **rule)
{
	size_t n = settings->n_rules;
	struct host_rule *grown = settings->rules;
	char *copy = strndup(pattern.len ? pattern.data : "", pattern.len);

	if (!copy)
		return ERR_NOMEM;
	if ((n & (n - 1)) == 0) /* full: there is room for a power of two, or for none */
		grown = realloc(grown, (n ? 2 * n : 1) * sizeof(*grown));
	if (!grown) {
		free(copy);
		return ERR_NOMEM;
	}
	settings->rules = grown;
	*rule = &grown[settings->n_rules++];
	**rule = (struct host_rule){ .pattern = copy };
	return ERR_OK;
}

/* ---- all of them -------------------------------------------------------------------- */

enum err settings_default(struct settings *fresh)
{
	struct settings s = { 0 };
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < n_setting_rows; i++)
		err = settings_set(&s, span_of(setting_rows[i].name),
				   span_of(setting_rows[i].fallback), SOURCE_DEFAULT,
				   NULL);
	if (err)
		settings_release(&s);
	else
		*fresh = s;
	return err;
}

void settings_release(struct settings *settings)
{
	for (size_t i = 0; i < n_setting_rows; i++)
		field_release(settings, &setting_rows[i]);
	for (size_t i = 0; i < settings->n_rules; i++) {
		free(settings->rules[i].pattern);
		for (size_t j = 0; j < n_host_setting_rows; j++)
			field_release(&settings->rules[i].values, &host_setting_rows[j]);
	}
	free(settings->rules);
	*settings = (struct settings){ 0 };
}

#define ENVIRONMENT_NAME_SIZE 64

static void environment_name(const char *setting, char name[ENVIRONMENT_NAME_SIZE])
{
	snprintf(name, ENVIRONMENT_NAME_SIZE, "FRESHET_%s", setting);
	for (char *c = name; *c; c++) {
		if (*c == '.')
			*c = '_';
		else if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	}
}

static enum err read_environment(struct settings *settings, struct why *why)
{
	for (size_t i = 0; i < n_setting_rows; i++) {
		char name[ENVIRONMENT_NAME_SIZE];
		const char *text;
		struct why reason;
		enum err err;

		environment_name(setting_rows[i].name, name);
		text = getenv(name);
		if (!text || !*text)
			continue;
		err = settings_set(settings, span_of(setting_rows[i].name), span_of(text),
				   SOURCE_ENVIRONMENT, &reason);
		if (err)
			return why_set(why, err, "$%s: %s", name, reason.text);
	}
	return ERR_OK;
}

static bool names_setting(struct span variable, struct suggestion *suggestion)
{
	char name[ENVIRONMENT_NAME_SIZE];

	if (span_equal(variable, SPAN("FRESHET_CONFIG")))
		return true;
	for (size_t i = 0; i < n_setting_rows; i++) {
		environment_name(setting_rows[i].name, name);
		if (span_equal(variable, span_of(name)))
			return true;
		suggest_offer(suggestion, setting_rows[i].name);
	}
	return false;
}

/* "FRESHET_FETCH_DELYA" to "fetch.delya": what a setting is likely to be compared with. */
static struct span setting_name(struct span variable, char name[ENVIRONMENT_NAME_SIZE])
{
	size_t prefix = strlen("FRESHET_");

	snprintf(name, ENVIRONMENT_NAME_SIZE, "%.*s", (int)(variable.len - prefix),
		 variable.data + prefix);
	for (char *c = name; *c; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
	if (strchr(name, '_'))
		*strchr(name, '_') = '.';
	return span_of(name);
}

void settings_check_environment(void)
{
	for (char **variable = environ; *variable; variable++) {
		struct span rest = span_of(*variable), name = span_cut(&rest, '=');
		char as_setting[ENVIRONMENT_NAME_SIZE], hint[SUGGEST_TEXT_SIZE];
		struct suggestion s;

		if (!span_starts_with(name, SPAN("FRESHET_")))
			continue;
		s = suggest_start(setting_name(name, as_setting));
		if (names_setting(name, &s))
			continue;
		suggest_text(&s, "", hint);
		log_event(LOG_WARN, "variable ignored", "name=%.*s%s", (int)name.len,
			  name.data, hint);
	}
}

/* --set section.key=value */
static enum err read_set(struct settings *settings, const char *text, struct why *why)
{
	struct span value = span_of(text), name = span_cut(&value, '=');
	struct why reason;
	enum err err;

	if (!strchr(text, '='))
		return why_set(why, ERR_INVALID, "--set '%s': expected section.key=value",
			       text);
	err = settings_set(settings, span_trim(name), span_trim(value), SOURCE_FLAG,
			   &reason);
	return err ? why_set(why, err, "--set: %s", reason.text) : ERR_OK;
}

/* Flags in the order given, so that the later of two that name one setting wins. */
static enum err read_flags(struct settings *settings, const struct options *options,
			   struct why *why)
{
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < options->n_given; i++) {
		const struct option *option = &options->given[i];
		const char *setting = option->flag->setting;

		if (setting && flag_kind(option->flag) == VALUE_BOOL)
			err = settings_set(settings, span_of(setting), SPAN("yes"),
					   SOURCE_FLAG, why);
		else if (setting)
			err = settings_set(settings, span_of(setting),
					   span_of(option->text), SOURCE_FLAG, why);
		else if (strcmp(option->flag->name, "set") == 0)
			err = read_set(settings, option->text, why);
	}
	return err;
}

/* What no single row can say. */
static enum err check_together(const struct settings *s, struct why *why)
{
	if (s->schedule_min_interval_ms > s->schedule_max_interval_ms)
		return why_set(
			why, ERR_INVALID,
			"schedule.min_interval is greater than schedule.max_interval");
	if (s->fetch_retry_min_ms > s->fetch_retry_max_ms)
		return why_set(why, ERR_INVALID,
			       "fetch.retry_min is greater than fetch.retry_max");
	return ERR_OK;
}

enum err settings_load(const struct options *options, struct settings *fresh,
		       struct why *why)
{
	struct settings s = { 0 };
	const char *path = getenv("FRESHET_CONFIG");
	enum err err = settings_default(&s);

	if (err)
		return why_set(why, err, "%s", err_text(err));
	if (options)
		path = option_text(options, "config", path);
	if (path && *path)
		err = settings_read_file(&s, path, why);
	if (!err)
		err = read_environment(&s, why);
	if (!err && options)
		err = read_flags(&s, options, why);
	if (!err)
		err = check_together(&s, why);
	if (err)
		settings_release(&s);
	else
		*fresh = s;
	return err;
}

static bool lists_differ(const char *const *a, const char *const *b)
{
	for (; *a && *b; a++, b++)
		if (strcmp(*a, *b) != 0)
			return true;
	return *a || *b;
}

bool settings_differ(const struct settings *a, const struct settings *b,
		     const struct setting_row *row)
{
	const void *x = (const char *)a + row->offset, *y = (const char *)b + row->offset;

	if (value_is_list(row->kind))
		return lists_differ(get_pointer(x), get_pointer(y));
	if (is_text(row->kind))
		return strcmp(get_pointer(x), get_pointer(y)) != 0;
	return memcmp(x, y, field_size(row->kind)) != 0;
}

/* ---- hosts ---------------------------------------------------------------------------- */

/* "http://example.org:80" -> "example.org:80" and "example.org", as text. */
static void split_host(struct span host, char with_port[300], char bare[300])
{
	static const char *const schemes[] = { "http://", "https://" };
	char *colon;

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		if (span_starts_with(host, span_of(schemes[i])))
			host = span_from(host.data + strlen(schemes[i]),
					 host.len - strlen(schemes[i]));
	}
	snprintf(with_port, 300, "%.*s", (int)(host.len < 299 ? host.len : 299),
		 host.len ? host.data : "");
	snprintf(bare, 300, "%s", with_port);
	colon = strrchr(bare, ':');
	if (colon && !strchr(colon, ']')) /* not inside [::1] */
		*colon = '\0';
}

/* A fallback that names a setting is that setting's value, else it is the value. */
static void set_fallbacks(const struct settings *settings, struct host_settings *result)
{
	static const char *const no_list[] = { NULL };

	for (size_t i = 0; i < n_host_setting_rows; i++) {
		const struct setting_row *row = &host_setting_rows[i];
		const struct setting_row *from = setting_find(span_of(row->fallback));
		char *field = (char *)result + row->offset;
		struct value value;

		if (from)
			memcpy(field, (const char *)settings + from->offset,
			       field_size(row->kind));
		else if (value_is_list(row->kind))
			put_pointer(field, no_list);
		else if (!value_parse(row->kind, row->limits, span_of(row->fallback),
				      &value, NULL))
			put_number(row->kind, field, &value);
	}
}

static void apply_rule(const struct host_rule *rule, struct host_settings *result)
{
	for (size_t i = 0; i < n_host_setting_rows; i++) {
		const struct setting_row *row = &host_setting_rows[i];

		if (rule->set[i])
			memcpy((char *)result + row->offset,
			       (const char *)&rule->values + row->offset,
			       field_size(row->kind));
	}
}

void settings_for_host(const struct settings *settings, struct span host,
		       struct host_settings *result)
{
	char with_port[300], bare[300];

	*result = (struct host_settings){ 0 };
	set_fallbacks(settings, result);
	split_host(host, with_port, bare);
	for (size_t i = 0; i < settings->n_rules; i++) {
		const struct host_rule *rule = &settings->rules[i];

		if (!fnmatch(rule->pattern, with_port, FNM_CASEFOLD) ||
		    !fnmatch(rule->pattern, bare, FNM_CASEFOLD))
			apply_rule(rule, result);
	}
}
